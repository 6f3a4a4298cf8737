"""NEAR has wind to build, hydro to contract and here a battery too; a day of it has two hours of wind, 0.4 and 0.2."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from scipy.optimize import linprog

from models.case import Array, Case
from models.clean_share import fossil_kg_per_mwh, matching_share, unclean_share
from models.firming import evened_out
from models.formulation import build
from tests.models.paper import DECLINED, asking, best, changed, equation, terms

FLOOR = (0.2 + 0.81 * 0.4) / 1.81
"""Where 0.81 of what the first hour has above it are what the second lacks."""
LOST = (FLOOR - 0.4 + FLOOR - 0.2) / 4
"""Mean change of a MW that a store makes even: the second day is even by itself."""


def asked(case: Case, **keys: Any) -> Case:
    """Return the case with a target of 0.9, storage that matches, and a battery to build in NEAR too."""
    battery = case.potentials["FAR", "battery"].model_copy(update={"zone": "NEAR"})
    case = replace(case, potentials={**case.potentials, ("NEAR", "battery"): battery})
    return asking(case, "matching", **{"target_share": 0.9, "storage": True, **keys})


@pytest.fixture(scope="module")
def scored(case: Case) -> pyo.ConcreteModel:
    return build(asked(case, strict=True))


def own(listed: dict[str, float]) -> dict[str, float]:
    return {name.removeprefix("dispatch.days[p2,d001]."): value for name, value in listed.items()}


def test_nothing_is_asked_unless_a_target_is_set(model: pyo.ConcreteModel) -> None:
    assert not any(len(each) for each in model.matching.component_objects(pyo.Var))
    assert not any(len(each) for each in model.matching.component_objects(pyo.Constraint))


def test_the_unclean_share_by_hand(case: Case) -> None:
    assert fossil_kg_per_mwh(case) == 400
    average, none = (asking(case, "matching", grid=grid) for grid in ("average", "none"))
    assert unclean_share(average, "NEAR", "p1") == pytest.approx([0.05] * 4)
    assert unclean_share(average, "FAR", "p2") == pytest.approx(np.minimum(np.array([5, 6, 5, 5]) / 4 * DECLINED, 1))
    assert unclean_share(none, "NEAR", "p1") == pytest.approx([1] * 4)
    # of 400 MW of hydro a quarter is free to contract, at half its power on the mean: of the load 50 MW are gone
    assert unclean_share(case, "NEAR", "p1") == pytest.approx([0.1, 0.1, 0.075, 0.075])
    assert unclean_share(asking(case, "matching", additional=True), "NEAR", "p1") == pytest.approx([0.05] * 4)
    free = changed(case, "fleets", ("NEAR", "hydro", 2026), uncontracted_share=0.5)
    assert unclean_share(free, "NEAR", "p1") == pytest.approx([1, 1, 0.15, 0.15])  # 100 MW leave nothing of the load


def test_a_store_makes_a_day_even_by_hand() -> None:
    day = np.array([[0.4, 0.2]])
    assert evened_out(day, 4.0, 0.81)[0] == pytest.approx([FLOOR, FLOOR])
    # of a store that holds a twentieth of an hour 0.05 x 0.9 come back
    assert evened_out(day, 0.05, 0.81)[0] == pytest.approx([0.4 - 0.05 / 0.9, 0.2 + 0.05 * 0.9])
    assert evened_out(np.array([[1.0, 0.0]]), 4.0, 1.0)[0] == pytest.approx([0.5, 0.5])
    assert evened_out(np.array([[0.3, 0.3]]), 4.0, 0.81)[0] == pytest.approx([0.3, 0.3])


@pytest.mark.parametrize("seed", range(6))
def test_no_store_holds_a_higher_floor(seed: int) -> None:
    chance = np.random.default_rng(seed)
    output, duration, efficiency = (
        chance.random((4, 24)),
        float(chance.choice([0.5, 2, 6])),
        0.7 + 0.3 * chance.random(),
    )
    found = evened_out(output, duration, efficiency)
    for day, made in zip(output, found, strict=True):
        assert made.min() == pytest.approx(highest_floor(day, duration, efficiency), abs=1e-7)
        charge, discharge = np.maximum(day - made, 0), np.maximum(made - day, 0)
        assert discharge.sum() == pytest.approx(efficiency * charge.sum(), abs=1e-7)
        level = np.cumsum(efficiency**0.5 * charge - discharge / efficiency**0.5)
        assert max(charge.max(), discharge.max()) <= 1 + 1e-9
        assert level.max() - level.min() <= duration + 1e-7


def highest_floor(output: Array, duration: float, efficiency: float) -> float:
    """Return the highest floor of a day by a linear programme over charge, discharge and level of every hour."""
    count, one_way = len(output), efficiency**0.5
    one, none = np.eye(count), np.zeros((count, count))
    column = np.ones((count, 1))
    above = np.hstack([one, -one, none, column])  # floor + charge - discharge <= output
    balance = np.hstack([-one_way * one, one / one_way, one - np.roll(one, -1, axis=1), 0 * column])
    bounds = [(0, 1)] * (2 * count) + [(0, duration)] * count + [(None, None)]
    cost = np.append(np.zeros(3 * count), -1.0)
    return -float(linprog(cost, above, output, balance, np.zeros(count), bounds).fun)


def test_what_stores_make_even_is_held(scored: pyo.ConcreteModel) -> None:
    firmed = {"matching.firmed_mw[NEAR,battery,wind,p2]": 1}
    store = scored.matching.stores_make_even_no_more_than_their_power["NEAR", "battery", "p2"]
    assert equation(store) == {**firmed, "power.plant_mw[NEAR,battery,p2]": -1, "<=": 0}
    plant = scored.matching.plants_are_made_even_or_sent_once["NEAR", "wind", "p2"]
    assert equation(plant) == {**firmed, "power.plant_mw[NEAR,wind,p2]": -1, "<=": 0}


def test_score_of_a_year_reaches_the_target(scored: pyo.ConcreteModel) -> None:
    days = {f"matching.unclean_mwh[plan,p2,{day}]": 2190 / 1e6 for day in ("d001", "d002")}
    left = {name: -(1 - 0.9) * each for name, each in terms(scored.carbon.energy_twh["p2"]).items()}
    rule = scored.matching.score_of_a_year_reaches_the_target["plan", "p2"]
    assert equation(rule) == pytest.approx({**days, **left, "<=": 0})


def test_excess_of_a_year_stays_within_its_share(scored: pyo.ConcreteModel) -> None:
    days = {f"matching.unmatched_mwh[plan,p2,{day}]": 2190 / 1e6 for day in ("d001", "d002")}
    allowed = {name: -1.2 * each for name, each in terms(scored.carbon.energy_twh["p2"]).items()}
    mean = {
        "power.contracted_mw[NEAR,hydro,p2]": 0.5,
        "power.plant_mw[NEAR,wind,p2]": 0.3,
        "matching.firmed_mw[NEAR,battery,wind,p2]": LOST,
    }
    supplied = {name: 8760 / 1e6 * each for name, each in mean.items()}
    rule = scored.matching.excess_of_a_year_stays_within_its_share["plan", "p2"]
    assert equation(rule) == pytest.approx({**days, **supplied, **allowed, "<=": 0})


def test_every_hour_reaches_the_target(scored: pyo.ConcreteModel) -> None:
    days = {f"matching.short_mwh[p2,{day}]": 2190 / 1e6 for day in ("d001", "d002")}
    assert equation(scored.matching.every_hour_reaches_the_target["p2"]) == pytest.approx({**days, "<=": 0})


def test_a_zone_may_have_a_score_of_its_own(case: Case) -> None:
    model = build(asked(case, score_by="zone"))
    assert {group for group, _ in model.matching.drawn_twh} == {"NEAR", "FAR"}
    sites = {name.split("[")[1].split(",")[0] for name in terms(model.matching.drawn_twh["FAR", "p1"])}
    assert sites == {"F1"}  # F2 has its permit too late for the first period


def test_a_day_by_hand(scored: pyo.ConcreteModel) -> None:
    day = scored.dispatch.days["p2", "d001"]
    supply = {
        "power.own_mw[NEAR,hydro,p2]": -0.5,
        "power.plant_mw[NEAR,wind,p2]": -0.4,
        "matching.firmed_mw[NEAR,battery,wind,p2]": 0.4 - FLOOR,
    }
    matched = equation(day.matching_needs_contracted_or_built_plant["NEAR", 0])
    assert own(matched) == pytest.approx({"matched_mw[NEAR,0]": 1, **supply, "<=": 0})
    short = equation(day.an_hour_lacks_what_the_target_asks_of_it["NEAR", 0])
    assert own(short) == pytest.approx({"servers_mw[NEAR,0]": 0.9, "short_mw[NEAR,0]": -1, **supply, "<=": 0})
    weights = {
        ("NEAR", 0): 0.1,
        ("NEAR", 1): 0.1,
        ("FAR", 0): min(1, 1.25 * DECLINED),
        ("FAR", 1): min(1, 1.5 * DECLINED),
    }
    unclean, unmatched, lacking = (
        {"matching.unclean_mwh[plan,p2,d001]": -1.0},
        {"matching.unmatched_mwh[plan,p2,d001]": -1.0},
        {"matching.short_mwh[p2,d001]": -1.0},
    )
    for (zone, hour), weight in weights.items():
        for kind, sign in (("servers_mw", 1), ("matched_mw", -1)):
            unclean[f"{kind}[{zone},{hour}]"] = sign * weight
            unmatched[f"{kind}[{zone},{hour}]"] = sign
        lacking[f"short_mw[{zone},{hour}]"] = 1
    assert own(equation(day.unmatched_draw_is_as_clean_as_the_mix["plan"])) == pytest.approx({**unclean, "<=": 0})
    assert own(equation(day.unmatched_draw_is_counted["plan"])) == pytest.approx({**unmatched, "<=": 0})
    assert own(equation(day.what_hours_lack_is_counted["year"])) == pytest.approx({**lacking, "<=": 0})


def test_plants_match_over_lines_and_then_not_at_home(case: Case) -> None:
    """The line N-F carries 100 MW to FAR and loses a fiftieth; a fifth of it may match."""
    model = build(asked(case, import_share=0.2, storage=False))
    sent = "matching.sent_mw[N-F,forward,{},p2]"
    share = equation(model.matching.matching_takes_its_share_of_a_line["N-F", "forward", "p2"])
    assert share == {sent.format("hydro"): 1, sent.format("wind"): 1, "<=": 20}
    held = equation(model.matching.plants_are_made_even_or_sent_once["NEAR", "wind", "p2"])
    assert held == {sent.format("wind"): 1, "power.plant_mw[NEAR,wind,p2]": -1, "<=": 0}
    day = model.dispatch.days["p2", "d001"]
    here, there = (own(equation(day.matching_needs_contracted_or_built_plant[zone, 0])) for zone in ("NEAR", "FAR"))
    assert (here[sent.format("hydro")], here[sent.format("wind")]) == pytest.approx((0.5, 0.4))
    arriving = {sent.format("hydro"): -0.98 * 0.5, sent.format("wind"): -0.98 * 0.4}
    assert there == pytest.approx({"matched_mw[FAR,0]": 1, **arriving, "<=": 0})
    given = terms(model.matching.supplied_twh["plan", "p2"])
    assert given[sent.format("wind")] == pytest.approx(-0.02 * 0.3 * 8760 / 1e6)
    alone = terms(build(asked(case, import_share=0.2, score_by="zone")).matching.supplied_twh["FAR", "p2"])
    brought = {sent.format("hydro"): 0.98 * 0.5, sent.format("wind"): 0.98 * 0.3}
    assert alone == pytest.approx({name: each * 8760 / 1e6 for name, each in brought.items()})
    late = changed(asked(case, import_share=0.2), "lines", "N-F", first_year=2033)
    assert equation(build(late).matching.matching_takes_its_share_of_a_line["N-F", "forward", "p2"])["<="] == 0


def test_new_plant_alone_matches_where_it_has_to_be_additional(case: Case) -> None:
    day = build(asked(case, additional=True)).dispatch.days["p2", "d001"]
    rule = own(equation(day.matching_needs_contracted_or_built_plant["NEAR", 0]))
    assert "power.own_mw[NEAR,hydro,p2]" not in rule
    assert rule["power.plant_mw[NEAR,wind,p2]"] == pytest.approx(-0.4)


def test_new_plant_may_yield_the_excess_and_storage_more_than_a_peak(case: Case) -> None:
    wide, plain = (build(each).power for each in (asked(case, excess_share=0.5, storage_peaks=3.0), asked(case)))
    free = build(case).power
    for rule, other, factor in (
        ("new_plants_yield_no_more_than_the_data_centres_draw", free, 1.5),
        ("new_storage_stays_within_the_peak_of_the_data_centres", plain, 3.0),
    ):
        found, before = (terms(each.component(rule)["NEAR", "p2"].body) for each in (wide, other))
        drawn = {name: factor * each for name, each in before.items() if not name.startswith("power.")}
        assert drawn
        assert {name: each for name, each in found.items() if not name.startswith("power.")} == pytest.approx(drawn)


def test_a_target_on_paper(case: Case) -> None:
    """Half of what 30 MW of servers draw at N1 takes 13.2 MW; hydro gives half its power on the mean."""
    rich = changed(case, "tranches", ("private", "p1"), amount_meur=5000.0)
    model = build(asked(rich, target_share=0.5, grid="none", storage=False, excess_share=10.0))
    for (site, cooling, period), variable in model.compute.alive_mw.items():
        if period == "p1":
            variable.fix(30 if (site, cooling) == ("N1", "liquid") else 0)
    model.power.firm_low_carbon_capacity_covers_the_peak.deactivate()
    least = best(model, model.power.contracted_mw["NEAR", "hydro", "p1"], pyo.minimize)
    assert least == pytest.approx(0.5 * 30 * 0.8 * 1.1 / 0.5)


def test_a_reservoir_gives_on_its_days_what_the_residual_load_asks(case: Case) -> None:
    """Two days of 100, 100 and 150, 150 MW of load; 400 MW of hydro with 200 MW on the mean, then with 20."""
    day_by_day = asking(case, "matching", reservoirs="days")
    plenty = matching_share(day_by_day, "NEAR", "hydro", "p1")
    assert plenty == pytest.approx([0.4375, 0.4375, 0.5625, 0.5625])  # 175 and 225 MW: 75 MW below the load are cut
    dry = changed(day_by_day, "reservoirs", ("NEAR", "hydro"), energy_twh=0.02 * 8.76)
    assert matching_share(dry, "NEAR", "hydro", "p1") == pytest.approx([0, 0, 0.1, 0.1])
    assert matching_share(case, "NEAR", "hydro", "p1") == pytest.approx([0.5] * 4)
    windy = case.fleets["NEAR", "hydro", 2026].model_copy(update={"technology": "wind", "capacity_mw": 500.0})
    blown = replace(dry, fleets={**dry.fleets, ("NEAR", "wind", 2026): windy})
    # wind leaves -100, 0, 0, 0: three hours share what there is, and a contract gives it evenly over the day
    assert matching_share(blown, "NEAR", "hydro", "p1") == pytest.approx(np.array([40, 40, 80, 80]) / 3 / 400)


def test_cover_and_matching_share_what_a_line_leaves_free(case: Case) -> None:
    """Until the engine knows better all 100 MW of the line N-F are free."""
    model = build(asking(asked(case, import_share=0.2, storage=False), "power", cover_spare_lines=True))
    model.matching.spare_mw["N-F", "p2", "forward"] = 12.0
    sent = {f"matching.sent_mw[N-F,forward,{plant},p2]": 1 for plant in ("hydro", "wind")}
    rules = model.matching.matching_and_cover_fit_into_what_the_system_leaves_free
    assert equation(rules["N-F", "p2", "forward"]) == {**sent, "power.forward_mw[N-F,p2]": 1, "<=": 12}
    assert equation(rules["N-F", "p1", "forward"])["<="] == 100


def test_plants_count_for_one_site(case: Case) -> None:
    """What counts for N1 is what NEAR has, but for what is made even; the committed C1 there does not grow."""
    model = build(asking(asked(case, target_share=0.0), "carbon", cap_by="site"))
    counted, firmed = "matching.counted_mw[N1,wind,p2]", "matching.firmed_mw[NEAR,battery,wind,p2]"
    rule = equation(model.matching.plants_count_for_one_site["NEAR", "wind", "p2"])
    assert rule == {counted: 1, firmed: 1, "power.plant_mw[NEAR,wind,p2]": -1, "<=": 0}
    day = model.dispatch.days["p2", "d001"]
    drawn = {f"compute.alive_mw[N1,{kind},p2]": -pue * 0.8 for kind, pue in (("air", 1.2), ("liquid", 1.1))}
    assert own(equation(day.a_site_draws_what_its_servers_do["N1", 0])) == pytest.approx(
        {"site_draw_mw[N1,0]": 1, **drawn, "==": 0}
    )
    supply = {counted: -0.4, "matching.counted_mw[N1,hydro,p2]": -0.5}
    assert own(equation(day.matching_of_a_site_needs_what_counts_for_it["N1", 0])) == pytest.approx(
        {"site_matched_mw[N1,0]": 1, **supply, "<=": 0}
    )
    emitted = own(equation(day.unmatched_draw_of_a_site_emits_at_its_intensity["N1"]))
    unmatched = {
        f"site_{kind}[N1,{hour}]": sign * 0.02 for kind, sign in (("draw_mw", 1), ("matched_mw", -1)) for hour in (0, 1)
    }
    assert emitted == pytest.approx({**unmatched, "carbon.site_emitted_t[N1,p2,d001]": -1, "<=": 0})


def test_new_plant_runs_whenever_it_can(case: Case) -> None:
    """Wind of NEAR blows 0.4 in the first hour; where it is not asked there is no rule, and nobody spills."""
    assert not build(case).dispatch.days["p2", "d001"].new_plant_runs_whenever_it_can
    day = build(asking(case, "matching", new_plant_runs=True)).dispatch.days["p2", "d001"]
    rule = own(equation(day.new_plant_runs_whenever_it_can["NEAR", "wind", 0]))
    assert rule == {"power.plant_mw[NEAR,wind,p2]": 0.4, "output_mw[NEAR,wind,0]": -1, "<=": 0}
    assert {zone for zone, _ in day.spilled_mw} == {"NEAR"}
    forced = asking(changed(case, "potentials", ("NEAR", "wind")), "matching", new_plant_runs=True)
    wind = case.fleets["NEAR", "hydro", 2026].model_copy(
        update={"technology": "wind", "capacity_mw": 50.0, "must_run_share": 0.1}
    )
    both = replace(forced, fleets={**forced.fleets, ("NEAR", "wind", 2026): wind})
    found = own(equation(build(both).dispatch.days["p2", "d001"].new_plant_runs_whenever_it_can["NEAR", "wind", 0]))
    assert found["<="] == pytest.approx(-0.1 * 50 * 0.4)
