"""Near-optimal plans against enumeration: every set of sites of the tutorial, each solved as one whole programme."""

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo
import pytest
import scipy.sparse as sparse
from typer.testing import CliRunner

from models.case import Case
from optimizer.benders.solution import Solution
from optimizer.cli import app
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.near_optimal import near_optimal_set
from optimizer.near_optimal.flip import Flip
from optimizer.near_optimal.flip_limit import changed_limit
from optimizer.near_optimal.near_optimal_set import Search, Searched
from optimizer.near_optimal.site_bounds import SiteAnswer
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form
from optimizer.program.linear_program import LinearProgram
from optimizer.runtime.exit_codes import ExitCode
from optimizer.session import Session
from optimizer.solver.highs import NO_SUBPROBLEMS, run_highs
from optimizer.solver.solve_result import SolveResult
from optimizer.study.alternatives import Alternatives, Study, alternatives

TOLERANCES = (0.0005, 0.05, 0.2)
TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
SITES = ("BUGEY", "LODZ", "LULEA", "LYON")
ANSWERS = {"BUGEY": "no", "LODZ": "no", "LULEA": "all", "LYON": "some"}
"""In which plans within a fifth of the cost each site stands."""


def last_of(case: Case, within: float, plans: int = 3) -> Alternatives:
    return [*alternatives(case, within, plans, RunMonitor())][-1]


@pytest.fixture(scope="module")
def found(tutorial_case: Case) -> dict[float, Alternatives]:
    return {within: last_of(tutorial_case, within) for within in TOLERANCES}


@pytest.fixture(scope="module")
def least_cost(tutorial_case: Case, found: dict[float, Alternatives]) -> dict[frozenset[str], float]:
    """Give the least cost of every set of sites with new halls, new compute held; inf where there is no plan."""
    near = found[TOLERANCES[0]].near
    level, baseline = found[TOLERANCES[0]].levels["compute"], near.master.baseline_meur
    costs = {}
    for size in range(len(SITES) + 1):
        for chosen in combinations(SITES, size):

            def fix(model: Any, chosen: tuple[str, ...] = chosen) -> None:
                model.fixed = pyo.ConstraintList()
                for site in SITES:
                    halls = pyo.quicksum(value for key, value in model.sizing.halls.items() if key[0] == site)
                    if isinstance(halls, int):
                        model.fixed.add(pyo.Constraint.Infeasible if site in chosen else pyo.Constraint.Feasible)
                    else:
                        model.fixed.add(halls >= 1 if site in chosen else halls == 0)

            form = build_extensive_form(tutorial_case, fix)
            compute, cost = (form.full_objective(name, baseline) for name in ("compute", "cost"))
            program = replace(form.program, cost=cost.cost, offset=cost.constant).with_rows(
                sparse.csr_array(compute.cost[None, :]),
                np.array([-np.inf]),
                np.array([compute.sign * level + 1e-6 * abs(level) - compute.constant]),  # as a search keeps a level
                ["level"],
            )
            outcome = run_highs(program, monitor=RunMonitor(), seconds=60, gap=1e-7)
            assert outcome.status in ("optimal", "infeasible")
            costs[frozenset(chosen)] = outcome.objective
    return costs


@pytest.mark.parametrize("within", TOLERANCES)
def test_sites_stand_in_the_plans_in_which_enumeration_finds_them(
    found: dict[float, Alternatives], least_cost: dict[frozenset[str], float], within: float
) -> None:
    answers = found[within]
    inside = [sites for sites, cost in least_cost.items() if cost <= answers.near.limit]
    assert answers.near.reference.value == pytest.approx(min(least_cost.values()), rel=1e-4)
    for site in SITES:
        count = sum(site in sites for sites in inside)
        expected = "all" if count == len(inside) else "some" if count else "no"
        assert answers.answer(site) == expected, site


def test_plans_that_differ_most_are_those_of_enumeration(
    found: dict[float, Alternatives], least_cost: dict[frozenset[str], float]
) -> None:
    answers = found[0.2]
    inside = {sites for sites, cost in least_cost.items() if cost <= answers.near.limit}
    chosen = [answers.near.reference.sites]
    for plan in answers.different[1:]:
        apart = {sites: min(len(sites ^ other) for other in chosen) for sites in inside}
        assert apart[plan.sites] == max(apart.values())
        assert plan.value == pytest.approx(least_cost[plan.sites], rel=1e-3)
        chosen.append(plan.sites)
    assert len(chosen) == min(4, len(inside))


@pytest.mark.parametrize("within", TOLERANCES)
def test_bounds_of_regions_hold_every_plan_found(found: dict[float, Alternatives], within: float) -> None:
    regions = found[within].regions
    assert {each.kind for each in regions} == {"zone", "country"}
    for each in regions:
        ends = each.bound_low_mw, each.plan_low_mw, each.reference_mw, each.plan_high_mw, each.bound_high_mw
        assert list(ends) == sorted(ends)


def test_bounds_and_plans_of_a_site_hold_what_enumeration_finds(
    found: dict[float, Alternatives], least_cost: dict[frozenset[str], float]
) -> None:
    for site, answer in found[0.2].answers.items():
        for bound, plan, inside in (
            (answer.bound_in, answer.plan_in, True),
            (answer.bound_out, answer.plan_out, False),
        ):
            best = min(cost for sites, cost in least_cost.items() if (site in sites) is inside)
            assert bound <= best * (1 + 1e-6)
            assert plan is None or plan.value >= best * (1 - 1e-6)


def test_a_plan_that_misses_a_level_by_less_than_its_gap_is_as_good(tutorial_case: Case) -> None:
    """Compute is sought to 5 %: a plan with so much less of it counts, and is not called none."""
    settings = tutorial_case.settings
    wide = settings.model_copy(update={"solve": settings.solve.model_copy(update={"gap_share": 0.05})})
    exact, loose = last_of(tutorial_case, 0.2, 0), last_of(replace(tutorial_case, settings=wide), 0.2, 0)
    assert loose.levels["compute"] <= exact.levels["compute"] * 0.96
    assert loose.near.reference.value < exact.near.reference.value


def test_searches_at_once_find_what_each_finds_alone(found: dict[float, Alternatives]) -> None:
    """One proves over all sites, one seeks over a few; answers stand in the order in which they were asked for."""
    near = found[0.2].near
    near = replace(near, master=replace(near.master, began=time.perf_counter()))
    forced = {site: {near.stands[site]: (1.0, 1.0)} for site in SITES}
    asked = [
        Search(near.objective, forced["LYON"], limited=False, gap=1e-6),
        Search(near.objective, forced["LODZ"], limited=False, kernel=near.reference.sites | {"LODZ"}, gap=1e-6),
        Search(near.objective, forced["BUGEY"], gap=1e-6),
    ]
    together, alone = near.search(*asked), [near.search(each)[0] for each in asked]
    for one, other in zip(together, alone, strict=True):
        assert one.bound == pytest.approx(other.bound, rel=1e-5)
        assert (one.plan is None) is (other.plan is None)
        if one.plan is not None and other.plan is not None:
            assert one.plan.value == pytest.approx(other.plan.value, rel=1e-5)
    assert together[0].plan is not None
    assert "LYON" in together[0].plan.sites
    assert together[1].bound == -np.inf
    assert together[2] == Searched(np.inf, None)


def test_a_plan_is_asked_to_have_the_sites_that_the_tolerance_pays_for(found: dict[float, Alternatives]) -> None:
    """Of two sites of a zone one; as many as cost no more than the tolerance; no more than are asked at once."""
    near = found[0.2].near
    study = Study(replace(near, limit=near.reference.value + 50.0, bound=100.0), RunMonitor(), 0.0)
    zones = {site: near.case.sites[site].zone for site in SITES}
    assert zones["BUGEY"] == zones["LYON"]
    added = {"BUGEY": 10.0, "LYON": 15.0, "LODZ": 30.0, "LULEA": 45.0}
    left = [SiteAnswer(site, False, bound_in=100.0 + meur) for site, meur in added.items()]

    def group(left: list[SiteAnswer], most: int) -> list[str]:
        return [each.site for each in study.group(left, dict.fromkeys(SITES, most))]

    assert group(left, 8) == ["BUGEY", "LODZ"]
    assert group(left[1:], 8) == ["LYON", "LODZ"]
    assert group(left, 1) == ["BUGEY"]
    assert group(left[3:], 8) == ["LULEA"]
    assert group([], 8) == []


def with_sites(case: Case, level: float, changes: Mapping[str, Mapping[str, object]] = MappingProxyType({})) -> Case:
    """Return a case with other cells in some rows of its sites, new compute held."""
    sites = {site: row.model_copy(update=changes.get(site, {})) for site, row in case.sites.items()}
    question = case.settings.question
    held = question.model_copy(update={"levels": question.levels.model_copy(update={"compute": level})})
    return replace(case, sites=sites, settings=case.settings.model_copy(update={"question": held}))


def changed(case: Case, level: float, flip: Flip, amount: float) -> Session:
    """Return a session of a case changed so: in favour of a rejected site, against a chosen one."""
    signed, row = (amount if flip.chosen else -amount), case.sites[flip.site]
    if flip.change == "cost_meur":
        return Session(with_sites(case, level), build=dearer(flip.site, signed))
    if flip.change in ("years", "headroom_mw"):
        return Session(changed_limit(with_sites(case, level), flip.site, flip.change, -signed))
    value = getattr(row, flip.change) + signed
    return Session(with_sites(case, level, {flip.site: {flip.change: value}}))


def competing(case: Case, given_up: float, dear: float, late: int, apart: bool) -> Case:
    """Return the tutorial with compute given up, each site dearer to open, Lyon not before a year.

    Where they are `apart`, no two sites share a substation.
    """
    question = case.settings.question.model_copy(update={"tolerance_share": given_up})
    settings = case.settings.model_copy(update={"question": question})
    rows = {key: row.model_copy(update={"opening_meur": row.opening_meur + dear}) for key, row in case.sites.items()}
    rows["LYON"] = rows["LYON"].model_copy(update={"permit_year": late})
    case = replace(case, sites=rows, settings=settings)
    if not apart:
        return case
    rows["BUGEY"] = rows["BUGEY"].model_copy(update={"substation": "AIN"})
    own = case.substations["RHONE"].model_copy(update={"substation": "AIN"})
    headroom = case.headrooms["RHONE", 2026].model_copy(update={"substation": "AIN"})
    return replace(
        case,
        sites=rows,
        substations={**case.substations, "AIN": own},
        headrooms={**case.headrooms, ("AIN", 2026): headroom},
    )


COMPETING = [
    (0.45, 0.0, 2026, False), (0.65, 100.0, 2026, False), (0.3, 100.0, 2026, True), (0.45, 100.0, 2031, True),
]  # fmt: skip
BOTH_ENDS = {
    (change, chosen, flips)
    for change in ("cost_meur", "fee_eur_per_mwh")
    for chosen in (True, False)
    for flips in (True, False)
}
LIMITS_TRIED = {
    COMPETING[1]: {("headroom_mw", False, True)},
    COMPETING[2]: {("headroom_mw", True, False)},
    COMPETING[3]: {("headroom_mw", True, False), ("years", True, False)},
}


@pytest.mark.parametrize(
    "competition", [COMPETING[0], *(pytest.param(each, marks=pytest.mark.long) for each in COMPETING[1:])]
)
def test_a_flip_flips_the_choice_and_less_does_not(
    tutorial_case: Case, competition: tuple[float, float, int, bool]
) -> None:
    """Each change is written into the case, which is solved anew."""
    case, tried = competing(tutorial_case, *competition), set()
    answers = last_of(case, 0.2, 0)
    for flip in answers.flips:
        if flip.change == "years":  # whole ones: the largest below the one end, the other itself
            ends = (flip.always_from, True), (flip.never_below - 1, False)
        else:
            ends = (flip.always_from * 1.0001, True), (flip.never_below * 0.9999, False)
        for amount, flips in ends:
            free = flip.change == "opening_meur" and not flip.chosen and amount > case.sites[flip.site].opening_meur
            if np.isfinite(amount) and amount > 0 and not free:
                with changed(case, answers.levels["compute"], flip, amount) as session:
                    assert stands(session.solve(), flip.site) is (flip.chosen != flips), (flip, amount)
                tried.add((flip.change, flip.chosen, flips))
    assert tried >= BOTH_ENDS | LIMITS_TRIED.get(competition, set())


def stands(solution: Solution, site: str) -> bool:
    """Tell whether a solution's plan has new halls at a site."""
    assert solution.has_plan, solution.message
    return any(name.startswith(f"sizing.halls[{site},") for name in solution.integer_plan.numbers)


def dearer(site: str, meur: float) -> Callable[[Case], ExtensiveForm]:
    """Return what builds a case in which having a site costs more, which no fund pays."""

    def modify(model: Any) -> None:
        final = list(model.periods)[-1]
        model.objective.cost_goal.set_value(model.objective.cost_goal.expr + meur * model.siting.entered[site, final])

    return lambda case: build_extensive_form(case, modify)


def test_the_command_writes_what_it_prints(tmp_path: Path) -> None:
    """The share may be a percentage; every table is written, and the JSON object is that of the folder."""
    arguments = ["alternatives", str(TUTORIAL), "--within", "20%", "--plans", "1", "--out", str(tmp_path), "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "alternatives.json").read_text())
    assert json.loads(result.stdout) == written
    answers = {row["site"]: row["stands_in"] for row in written["sites"]}
    assert answers == ANSWERS
    for name in ("sites", "zones", "plans", "flips", "calls"):
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) == len(written[name])
    assert "near-optimal plans" in (tmp_path / "alternatives.md").read_text()
    assert CliRunner().invoke(app, [*arguments, "--within", "0"]).exit_code == 2


@pytest.mark.parametrize(
    ("parts", "code"), [(1, ExitCode.INTERRUPTED), (3, ExitCode.INTERRUPTED), (1, ExitCode.LIMIT_WITH_PLAN)]
)
def test_what_was_proved_before_an_end_is_written_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int, code: ExitCode
) -> None:
    """Ctrl-C, or no time left, after some parts of the work: what they proved stands, the code tells of the end."""

    def interrupted(case: Case, within: float, plans: int, monitor: RunMonitor) -> Iterator[Alternatives]:
        for number, found in enumerate(alternatives(case, within, plans, monitor)):
            yield found
            if number + 1 == parts:
                if code == ExitCode.INTERRUPTED:
                    signal.raise_signal(signal.SIGINT)
                while not found.near.over:
                    time.sleep(0.1)

    monkeypatch.setattr("optimizer.study.alternatives.alternatives", interrupted)
    arguments = ["alternatives", str(TUTORIAL), "--within", "20%", "--plans", "2", "--time-limit", "5", "--json"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path)])
    assert result.exit_code == code, result.output
    written = json.loads((tmp_path / "alternatives.json").read_text())
    assert written["cut_short"]
    assert json.loads(result.stdout) == written
    assert {row["site"]: row["stands_in"] for row in written["sites"]} == ANSWERS
    assert "cut the work short" in (tmp_path / "alternatives.md").read_text()


def test_a_proof_cuts_off_what_lies_beyond_the_limit_and_nothing_else(found: dict[float, Alternatives]) -> None:
    """With the limit a little below the best plan of the other side there is none; a little above it that is found."""
    near = found[0.2].near
    near = replace(near, master=replace(near.master, began=time.perf_counter()))
    side = float("LYON" not in near.reference.sites)
    bounds = {near.stands["LYON"]: (side, side)}
    (best,) = near.search(Search(near.objective, bounds, limited=False, nodes=10_000, gap=1e-6))
    assert best.plan is not None
    value = best.plan.value
    for share, stands in ((-1e-3, False), (1e-3, True)):
        limited = replace(near, limit=value + share * abs(value), plans=[])
        (proved,) = limited.search(Search(near.objective, bounds, nodes=10_000, gap=1e-6, seeks_plans=False))
        assert (proved.plan is not None) is stands
        assert proved.bound <= value * (1 + 1e-6) if stands else proved.bound == limited.above


def test_a_proof_spends_nothing_on_plans_and_is_asked_once(
    found: dict[float, Alternatives], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, asked = found[0.2].near, list[dict[str, Any]]()
    near = replace(near, master=replace(near.master, began=time.perf_counter()))

    def heard(program: LinearProgram, **given: Any) -> SolveResult:
        asked.append(given)
        return run_highs(program, **given)

    monkeypatch.setattr(near_optimal_set, "run_highs", heard)
    forced = {near.stands["BUGEY"]: (1.0, 1.0)}
    proof = Search(near.objective, forced, seeks_plans=False)
    for search in (proof, replace(proof, seeks_plans=True), replace(proof, limited=False)):
        near.search(search)
    assert [NO_SUBPROBLEMS.items() <= given["options"].items() for given in asked] == [True, False, True]
    assert [given["verify"] for given in asked] == [False, True, True]


def test_an_end_before_anything_is_proved_leaves_sites_not_proved(tutorial_case: Case) -> None:
    """Stopped once the reference plan is found: no site is called settled, no bound is made up."""
    monitor = RunMonitor(lambda event: monitor.stop.set() if event.stage == "sites" else None)
    *_, answers = alternatives(tutorial_case, 0.2, 3, monitor)
    assert answers.cut_short
    for site, answer in answers.answers.items():
        assert answers.answer(site) in ("not proved", ANSWERS[site])
        assert max(answer.bound_in, answer.bound_out) < np.inf
    assert "not proved" in map(answers.answer, answers.answers)
