"""C1 and N1 share substation UN and country AA, F1 and F2 share UF and BB; a river is shared by N1 and F1."""

import random
from dataclasses import replace
from itertools import combinations
from typing import Any

import pyomo.environ as pyo
import pytest

from models import compute, cooling, demand, power, resilience, siting, sizing
from models.case import Case, SharedRisk
from models.failures import groups, late_share
from models.failures import resilience as reported
from models.formulation import build
from models.plan import Plan
from tests.drafts import row
from tests.models.paper import asking, best, changed, equation, terms

PREFIX = (siting, sizing, compute, demand, cooling, power, resilience)
TRAINING = ("town", "training")


def v(site: str, workload: str = "training", period: str = "p1") -> str:
    return f"demand.served_kh100e[{site},town,{workload},{period}]"


def on_the_river(case: Case) -> Case:
    risks: dict[Any, Any] = {
        ("river", site): SharedRisk.model_validate(row("shared_risks", risk="river", site=site))
        for site in ("F1", "N1")
    }
    return replace(case, shared_risks=risks)


def rules_of(case: Case, **keys: Any) -> Any:
    return build(asking(on_the_river(case), "resilience", **keys), PREFIX).resilience


def test_nothing_is_asked_unless_a_share_is_and_something_is_lost(case: Case) -> None:
    for keys in ({}, {"share": 0.5}, {"sites_lost": 2}, {"delayed_sites": 1}, {"delayed_share": 0.5}):
        rules = rules_of(case, **keys)
        assert not any(len(each) for each in rules.component_objects(pyo.Constraint))
        assert not any(len(each) for each in rules.component_objects(pyo.Var))


def test_of_one_site_lost_the_threshold_is_the_largest(case: Case) -> None:
    rules = rules_of(case, share=0.1, sites_lost=1)
    assert len(rules.above_kh100e) == 0
    threshold = "resilience.threshold_kh100e[sites,town,training,p1]"
    left = equation(rules.enough_is_served_whatever_is_lost["sites", *TRAINING, "p1"])
    assert left == pytest.approx({v("C1"): 1, v("F1"): 1, v("N1"): 1, threshold: -1, ">=": 0.1 * 100})
    counted = rules.worst_loss_counts_every_group
    assert [index[1] for index in counted if index[2:] == (*TRAINING, "p1")] == ["C1", "F1", "N1"]
    assert equation(counted["sites", "N1", *TRAINING, "p1"]) == {threshold: 1, v("N1"): -1, ">=": 0}


def test_of_more_every_site_has_what_is_beyond_the_threshold(case: Case) -> None:
    rules = rules_of(case, share=0.1, sites_lost=2, scope="all")
    served = dict.fromkeys([v(site, period="p2") for site in ("C1", "N1", "F1", "F2")], 1.0)
    served |= dict.fromkeys([v(site, "inference", "p2") for site in ("N1", "F2")], 1.0)
    beyond = {f"resilience.above_kh100e[sites,{site},all,all,p2]": -1 for site in ("C1", "N1", "F1", "F2")}
    lost = {"resilience.threshold_kh100e[sites,all,all,p2]": -2, **beyond}
    assert equation(rules.enough_is_served_whatever_is_lost["sites", "all", "all", "p2"]) == pytest.approx(
        {**served, **lost, ">=": 0.1 * 120}
    )


def test_groups_are_lost_with_all_their_sites(case: Case) -> None:
    rules = rules_of(case, share=0.1, substations_lost=1, countries_lost=1, risks_lost=1, workloads=("training",))
    counted = rules.worst_loss_counts_every_group
    assert groups(on_the_river(case))["substations"] == {"UF": ("F1", "F2"), "UN": ("C1", "N1")}
    for failure, group, sites in (
        ("substations", "UN", "C1 N1"),
        ("countries", "BB", "F1 F2"),
        ("risks", "river", "F1 N1"),
    ):
        threshold = {f"resilience.threshold_kh100e[{failure},town,training,p2]": 1}
        members = {v(site, period="p2"): -1 for site in sites.split()}
        assert equation(counted[failure, group, *TRAINING, "p2"]) == {**threshold, **members, ">=": 0}
    assert {index[2:4] for index in counted} == {TRAINING}


def test_a_share_of_what_is_served_has_no_level_of_its_own(case: Case) -> None:
    rules = rules_of(case, share=0.25, sites_lost=1, share_of="served")
    threshold = {"resilience.threshold_kh100e[sites,town,training,p1]": -1}
    kept = dict.fromkeys([v(site) for site in ("C1", "F1", "N1")], 0.75)
    assert equation(rules.enough_is_served_whatever_is_lost["sites", *TRAINING, "p1"]) == pytest.approx(
        {**kept, **threshold, ">=": 0}
    )


def test_what_nobody_can_serve_is_not_left_either(case: Case) -> None:
    far = asking(changed(case, "workloads", "training", latency_ms=1.0), "resilience", share=0.1, sites_lost=1)
    model = build(far, PREFIX)
    assert best(model, sum(model.demand.served_kh100e.values())) is None


def test_a_late_chip_serves_the_years_that_are_left_of_the_period(case: Case) -> None:
    def late(years: float, chip: str, bought: str, period: str) -> float:
        return late_share(asking(case, "resilience", delayed_years=years), chip, bought, period)

    assert late(2, "large", "p2", "p2") == pytest.approx(2 / 5)
    assert late(2, "small", "p1", "p1") == pytest.approx(2 / 5)
    assert late(2, "small", "p1", "p2") == 0  # lives from 2028 to 2037
    assert (late(6, "small", "p1", "p1"), late(6, "small", "p1", "p2")) == pytest.approx((1, 1 / 5))
    worn = changed(case, "chips", "small", life_years=3.0)
    assert late_share(worn, "small", "p1", "p1") == 0  # 2028 to 2030 as well as 2026 to 2028: later, not less
    older = changed(case, "chips", "small", life_years=7.0)
    assert late_share(older, "small", "p1", "p2") == 0  # two years longer is not credited, and is no loss
    assert late_share(older, "small", "p1", "p1") == pytest.approx(2 / 5)


def test_enough_is_in_service_whatever_is_late(case: Case) -> None:
    rules = rules_of(case, delayed_sites=2, delayed_share=0.6, delayed_years=2.0)
    fitted = {f"compute.fitted_mw[{site},small,{kind},p1]": 0.9 for site in ("N1", "F1") for kind in ("air", "liquid")}
    new = {name: value for name, value in terms(rules.new_kh100e["p1"]).items() if value}
    assert new.keys() <= fitted.keys()
    assert {*new.values()} == {0.9}
    lost = {name: 0.4 * value for name, value in new.items() if "[N1" in name}
    assert terms(rules.late_kh100e["N1", "p1"]) == pytest.approx(lost)
    threshold, above = "resilience.late_threshold_kh100e[p1]", "resilience.late_above_kh100e[{},p1]"
    assert equation(rules.worst_delay_counts_every_site["N1", "p1"]) == pytest.approx(
        {threshold: 1, above.format("N1"): 1, **{name: -value for name, value in lost.items()}, ">=": 0}
    )
    left = {name: (1 - 0.6) * value for name, value in new.items()}
    delayed = {threshold: -2, **{above.format(site): -1 for site in ("N1", "F1")}}
    assert equation(rules.enough_is_in_service_whatever_is_late["p1"]) == pytest.approx({**left, **delayed, ">=": 0})


def test_cover_is_enough_without_any_line(case: Case) -> None:
    model = build(asking(case, "resilience", line_cover_share=0.5), PREFIX)
    rule = model.resilience.cover_is_enough_without_any_line
    assert [*rule] == [("N-F", way, period) for way in ("forward", "backward") for period in ("p1", "p2")]
    peak = {name: -0.5 * value for name, value in terms(model.power.zone_peak_mw["FAR", "p2"]).items()}
    assert peak
    # what FAR has is what it gets over the only line, less what it sends: nothing is left but that
    sent = {"power.backward_mw[N-F,p2]": -1}
    assert equation(rule["N-F", "forward", "p2"]) == pytest.approx({**sent, **peak, ">=": 0})


def compared(case: Case, keys: dict[str, Any], subsets: Any, draw: random.Random) -> tuple[float | None, float | None]:
    """Return the best of a random sum of what is served and bought by the rule, and by a row for every subset."""
    found = []
    for asked in (asking(case, "resilience", **keys), case):
        model = build(asked, PREFIX)
        if asked is case:
            model.every = pyo.ConstraintList()
            for body in subsets(model):
                model.every.add(body)
        spent = random.Random(draw.getstate()[1][0])
        weighed = sum(spent.uniform(0.2, 2) * each for each in model.demand.served_kh100e.values())
        found.append(best(model, weighed - 0.3 * sum(model.compute.fitted_mw.values())))
    draw.random()
    return found[0], found[1]


@pytest.mark.parametrize("seed", range(6))
def test_the_rule_is_every_subset_of_sites_written_out(case: Case, seed: int) -> None:
    draw = random.Random(seed)
    number, share = draw.choice([1, 2, 2, 3]), draw.choice([0.02, 0.05, 0.1, 0.15])
    case = changed(case, "demand", ("town", "training", "p1"), demand_kh100e=draw.choice([60.0, 100.0]))
    scope = draw.choice(["regions", "all"])

    def subsets(model: pyo.ConcreteModel) -> Any:
        for period in case.periods:
            for workloads in [("training", "inference")] if scope == "all" else [("training",), ("inference",)]:
                asked = sum(
                    each.demand_kh100e for key, each in case.demand.items() if key[1] in workloads and key[2] == period
                )
                for lost in combinations(case.sites, number) if asked else ():
                    left = sum(
                        each
                        for (site, _, workload, when), each in model.demand.served_kh100e.items()
                        if site not in lost and workload in workloads and when == period
                    )
                    yield left + model.zero >= share * asked

    one, other = compared(case, {"share": share, "sites_lost": number, "scope": scope}, subsets, draw)
    assert one == (None if other is None else pytest.approx(other, rel=1e-6))


@pytest.mark.parametrize(("number", "share"), [(1, 0.75), (2, 0.61), (2, 0.65)])
def test_the_rule_is_every_subset_of_delays_written_out(case: Case, number: int, share: float) -> None:
    asked = asking(case, "resilience", delayed_years=2.0)

    def subsets(model: pyo.ConcreteModel) -> Any:
        for period in case.periods:
            for late in combinations(case.sites, number):
                parts = [
                    (1.125 if chip == "large" else 0.9, 0.4 * (bought == period and site in late), each)
                    for (site, chip, _, bought), each in model.compute.fitted_mw.items()
                    if bought <= period
                ]
                whole = sum(density * each for density, _, each in parts)
                lost = sum(density * part * each for density, part, each in parts)
                yield whole - lost + model.zero >= share * whole

    one, other = compared(asked, {"delayed_sites": number, "delayed_share": share}, subsets, random.Random(3))
    assert one == (None if other is None else pytest.approx(other, rel=1e-6))
    assert (one is None) == (number == 2)  # two of the two that can be built lose two fifths of all


def test_more_lost_never_helps(case: Case) -> None:
    case = changed(case, "demand", ("town", "training", "p1"), demand_kh100e=60.0)
    found = []
    for number in range(4):
        model = build(asking(case, "resilience", share=0.09, sites_lost=number, workloads=("training",)), PREFIX)
        cost = sum(model.compute.fitted_mw.values()) + 5 * sum(model.siting.open_in.values())
        found.append(best(model, cost, pyo.minimize))
    assert [*map(bool, found)] == [True, True, True, False]  # no fourth site in the first period
    assert found[0] < found[1] < found[2]  # type: ignore[operator]


def test_the_plan_says_what_is_left(tutorial_case: Case, tutorial_plan: Plan) -> None:
    """Two halls of 20 MW in Lulea compute 38 and 47.5 kH100e, and Paris 19; of five years two are lost by a delay."""
    left = {(row.period, row.failure, row.number): row for row in reported(tutorial_case, tutorial_plan)}
    assert tuple(left.values()) == tutorial_plan.resilience
    assert left["p1", "sites", 1].remaining_share == pytest.approx(1 / 3, abs=1e-4)
    assert left["p1", "sites", 1].lost == "LULEA"
    assert left["p2", "sites", 1].lost_kh100e == pytest.approx(47.5, abs=1e-3)
    assert left["p2", "sites", 2].remaining_share == pytest.approx(0, abs=1e-9)
    assert left["p2", "countries", 1].lost == "SE"
    assert (left["p1", "risks", 1].lost, left["p1", "risks", 1].remaining_share) == ("", 1)  # nothing on the Rhone
    assert left["p1", "delays", 1].lost_kh100e == pytest.approx(0.4 * 38, abs=1e-3)
    assert left["p2", "delays", 3].remaining_share == pytest.approx(0.6, abs=1e-4)
    asked = asking(tutorial_case, "resilience", sites_lost=5, countries_lost=2, delayed_years=6.0)
    more = {(row.period, row.failure, row.number): row for row in reported(asked, tutorial_plan)}
    assert more["p1", "countries", 2].remaining_share == more["p1", "sites", 5].remaining_share == 0
    assert more["p1", "delays", 1].remaining_share == 0
