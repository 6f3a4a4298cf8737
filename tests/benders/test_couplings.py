"""Couplings that no aspect has, each against the extensive form on random cases: the core knows none of them by name.

A budget with a lower limit and one whose limit grows with an investment; a store whose level runs through a calendar of
representative days, its change of either sign; a second yearly account, with a term that is held from below; two
futures.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from models.case import Array, Case
from models.couplings import Budget, Coupling, State, YearlyAccount
from models.day_parameters import DayLayout
from optimizer.benders import dispatch as dispatch_module
from optimizer.benders.baseline import solve_baseline
from optimizer.benders.decomposition import decompose
from optimizer.benders.dispatch import CancelToken
from optimizer.benders.master_problem import MasterProblem, SearchEnded
from optimizer.benders.search import build_master
from optimizer.benders.solve_objective import solve_relaxation
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form
from optimizer.program.nodes import Future
from optimizer.session import Session
from optimizer.solver.highs import run_highs
from tests.cases import draft

CLOSE = 1e-7
Link = Callable[[str], Any]


@dataclass(frozen=True)
class Toy:
    """Variables and rules of the investments and of every day, and what they couple."""

    couplings: tuple[Coupling, ...]
    invest: Callable[[pyo.ConcreteModel, Case], None]
    day: Callable[[pyo.Block, DayLayout, Link], None]


def form_of(case: Case, toy: Toy | None = None, futures: tuple[Future, ...] = ()) -> ExtensiveForm:
    """Return the extensive form of a case with a toy coupling."""
    if toy is None:
        return build_extensive_form(case, futures=futures)
    return build_extensive_form(
        case,
        lambda model: toy.invest(model, case),
        futures=futures,
        modify_day=toy.day,
        further_couplings=toy.couplings,
    )


def thermal(case: Case) -> tuple[str, str]:
    """Return a plant whose output can be chosen."""
    return next((zone, kind) for zone, kind, _ in case.fleets if case.technologies[kind].kind == "generation")


def grown(model: pyo.ConcreteModel, period: str) -> Any:
    """Return investments of a period that a limit may depend on."""
    return pyo.quicksum(each for index, each in model.grid.connected_mw.items() if index[-1] == period)


def budgets(case: Case) -> Toy:
    """Return a plant that must run so much in a year, and may run more as sites are connected."""
    zone, kind = thermal(case)
    capacity = sum(row.capacity_mw for (z, g, _), row in case.fleets.items() if (z, g) == (zone, kind))
    hours = case.settings.time.hours_per_day * sum(day.weight for day in case.days)

    def invest(model: pyo.ConcreteModel, case: Case) -> None:
        model.toy = pyo.Block(concrete=True)
        days = [day.day for day in case.days]
        model.toy.least_mwh = pyo.Var(model.periods, days, domain=pyo.NonNegativeReals)
        model.toy.most_mwh = pyo.Var(model.periods, days, domain=pyo.NonNegativeReals)

        @model.toy.Constraint(model.periods)  # type: ignore[untyped-decorator]
        def runs_at_least(toy: Any, period: str) -> Any:
            share = pyo.quicksum(day.weight * toy.least_mwh[period, day.day] for day in case.days)
            return share >= 0.3 * capacity * hours / len(case.days) - 20.0 * grown(model, period)

        @model.toy.Constraint(model.periods)  # type: ignore[untyped-decorator]
        def runs_at_most(toy: Any, period: str) -> Any:
            share = pyo.quicksum(day.weight * toy.most_mwh[period, day.day] for day in case.days)
            return share <= 0.4 * capacity * hours / len(case.days) + 50.0 * grown(model, period)

    def day(block: pyo.Block, layout: DayLayout, link: Link) -> None:
        output = pyo.quicksum(block.output_mw[zone, kind, hour] for hour in layout.hours)
        block.toy_least = pyo.Constraint(expr=output >= link("toy.least_mwh")())
        block.toy_most = pyo.Constraint(expr=output <= link("toy.most_mwh")())

    return Toy((Budget("toy.least_mwh"), Budget("toy.most_mwh")), invest, day)


def store(case: Case) -> Toy:
    """Return a store in the first zone whose level is carried through a calendar in which every day comes twice."""
    zone = next(iter(case.zones))
    calendar = [day.day for day in case.days for _ in range(2)] + [case.days[0].day]

    def invest(model: pyo.ConcreteModel, case: Case) -> None:
        model.toy = pyo.Block(concrete=True)
        places = range(len(calendar))
        model.toy.change_mwh = pyo.Var(model.periods, [day.day for day in case.days])
        model.toy.level_mwh = pyo.Var(model.periods, places, domain=pyo.NonNegativeReals)

        @model.toy.Constraint(model.periods, places)  # type: ignore[untyped-decorator]
        def goes_on(toy: Any, period: str, place: int) -> Any:
            following = (place + 1) % len(calendar)
            change = toy.change_mwh[period, calendar[place]]
            return toy.level_mwh[period, following] == toy.level_mwh[period, place] + change

        @model.toy.Constraint(model.periods, places)  # type: ignore[untyped-decorator]
        def is_not_overfull(toy: Any, period: str, place: int) -> Any:
            return toy.level_mwh[period, place] <= 40.0 + 0.5 * grown(model, period)

    def day(block: pyo.Block, layout: DayLayout, link: Link) -> None:
        block.toy_in = pyo.Var(layout.hours, bounds=(0, 25))
        block.toy_out = pyo.Var(layout.hours, bounds=(0, 25))
        for hour in layout.hours:
            balance = block.energy_balances[zone, hour]
            balance.set_value(balance.body + block.toy_out[hour] - block.toy_in[hour] == balance.upper)
        filled = pyo.quicksum(0.9 * block.toy_in[hour] - block.toy_out[hour] / 0.9 for hour in layout.hours)
        block.toy_change = pyo.Constraint(expr=filled == link("toy.change_mwh")())

    return Toy((State("toy.change_mwh", "toy.level_mwh"),), invest, day)


def account(_: Case) -> Toy:
    """Return a cap on the draw of a year beyond what is matched and beyond a level that grows with connections."""

    def invest(model: pyo.ConcreteModel, case: Case) -> None:
        model.toy = pyo.Block(concrete=True)
        days = [day.day for day in case.days]
        model.toy.unmatched_mwh = pyo.Var(model.periods, days, domain=pyo.NonNegativeReals)
        model.toy.peaks_mwh = pyo.Var(model.periods, days, domain=pyo.NonNegativeReals)
        model.toy.level_mw = pyo.Var(model.periods, domain=pyo.NonNegativeReals)

        @model.toy.Constraint(model.periods)  # type: ignore[untyped-decorator]
        def level_follows(toy: Any, period: str) -> Any:
            return toy.level_mw[period] <= 0.2 * grown(model, period)

        @model.toy.Constraint(model.periods)  # type: ignore[untyped-decorator]
        def is_capped(toy: Any, period: str) -> Any:
            both = (toy.unmatched_mwh[period, day.day] + 0.5 * toy.peaks_mwh[period, day.day] for day in case.days)
            taken = pyo.quicksum(day.weight * each for day, each in zip(case.days, both, strict=True))
            energy = pyo.quicksum(model.cooling.energy_twh[site, period] for site in case.sites)
            return taken <= 0.4 * 1e6 * energy

    def day(block: pyo.Block, layout: DayLayout, link: Link) -> None:
        block.toy_peak = pyo.Var(layout.hosts, layout.hours, domain=pyo.NonNegativeReals)
        unmatched, peaks = [], []
        for host in layout.hosts:
            for hour in layout.hours:
                unmatched.append(block.servers_mw[host, hour] - block.matched_mw[host, hour])
                peaks.append(block.toy_peak[host, hour])
        over = {
            (host, hour): block.servers_mw[host, hour] - link("toy.level_mw")() <= block.toy_peak[host, hour]
            for host in layout.hosts
            for hour in layout.hours
        }
        block.toy_over = pyo.Constraint(list(over), rule=lambda _, *index: over[index])
        block.toy_unmatched = pyo.Constraint(expr=pyo.quicksum(unmatched) <= link("toy.unmatched_mwh")())
        block.toy_peaks = pyo.Constraint(expr=pyo.quicksum(peaks) <= link("toy.peaks_mwh")())

    return Toy((YearlyAccount("toy.unmatched_mwh"), YearlyAccount("toy.peaks_mwh")), invest, day)


def two_futures(case: Case) -> tuple[Future, ...]:
    """Return two futures of a case: as it is, and with more load and less availability."""
    load = {zone: 1.15 * hours for zone, hours in case.hourly["load"].items()}
    availability = {key: 0.8 * hours for key, hours in case.hourly["availability"].items()}
    other = replace(case, hourly={**case.hourly, "load": load, "availability": availability})
    return Future("usual", 0.7, case), Future("tight", 0.3, other)


TOYS: dict[str, Callable[[Case], Toy]] = {"budgets": budgets, "store": store, "account": account}
KINDS = [*TOYS, "futures", "nothing"]
AIMS: dict[str, str] = {"account": "compute"}
"""Objectives on which a coupling bears that has no bearing on cost."""
SEEDS = (3, 8, 13)


def built(kind: str, case: Case) -> ExtensiveForm:
    return form_of(case, TOYS[kind](case) if kind in TOYS else None, two_futures(case) if kind == "futures" else ())


def case_of(seed: int, kind: str = "nothing") -> Case:
    """Return a random case that is solved to the last digit a solver knows."""
    case = draft(seed, sites=3, zones=2, periods=2, days=3, scarce=False, floor="sites").case()
    solve = case.settings.solve.model_copy(update={"gap_share": 1e-6, "workers": 1})
    question = case.settings.question.model_copy(update={"objectives": (AIMS.get(kind, "cost"),)})
    return replace(case, settings=case.settings.model_copy(update={"solve": solve, "question": question}))


def relaxed_optimum(form: ExtensiveForm, baseline: Array | None = None) -> tuple[str, float]:
    """Return status and value of the relaxation of the extensive form."""
    objective = form.full_objective(form.case.settings.question.objectives[0], baseline)
    program = replace(form.program, cost=objective.cost, offset=objective.constant)
    outcome = run_highs(program.relaxed(), monitor=RunMonitor(), seconds=60)
    return outcome.status, outcome.objective


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nothing"])
def test_every_coupling_bears_on_some_optimum(kind: str) -> None:
    found = [[relaxed_optimum(built(each, case_of(seed, kind))) for each in (kind, "nothing")] for seed in SEEDS]
    assert any(status == "optimal" and value != pytest.approx(free, rel=1e-4) for (status, value), (_, free) in found)


@pytest.fixture(params=[16, 1], ids=["days together", "days one by one"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dispatch the days of a node together, or each for itself."""
    for limit in ("MAX_DAYS_PER_BLOCK", "MAX_DAYS_PER_SYSTEM"):
        monkeypatch.setattr(dispatch_module, limit, request.param)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("blocks")
def test_the_relaxation_is_that_of_the_extensive_form(kind: str, seed: int) -> None:
    relaxed_both_ways(built(kind, case_of(seed, kind)))


def relaxed_both_ways(form: ExtensiveForm) -> str:
    """Assert that the decomposition's relaxation is that of the extensive form; return its status."""
    decomposition = decompose(form, 60)
    baseline = solve_baseline(decomposition, RunMonitor(), float("inf"))
    meur = baseline.node_meur
    master: MasterProblem = build_master(decomposition, baseline, RunMonitor(), float("inf"))
    objective = form.objective(form.case.settings.question.objectives[0])
    status, value = relaxed_optimum(form, meur)
    if status == "infeasible":
        with pytest.raises(SearchEnded, match="no plan keeps every rule"):
            solve_relaxation(master, objective, 1e-7)
    else:
        bound, _ = solve_relaxation(master, objective, 1e-7)
        assert bound == pytest.approx(value, rel=CLOSE, abs=CLOSE)
    return status


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_plan_is_as_good_as_that_of_the_extensive_form(kind: str, seed: int) -> None:
    case = case_of(seed, kind)
    with Session(case, build=partial(built, kind)) as session:
        solution = session.solve(year=lambda: False)
    assert solution.baseline is not None
    form = solution.form
    meur = solution.baseline.node_meur
    objective = form.full_objective(case.settings.question.objectives[0], meur)
    outcome = run_highs(
        replace(form.program, cost=objective.cost, offset=objective.constant),
        monitor=RunMonitor(),
        seconds=60,
        gap=1e-9,
    )
    if outcome.status == "infeasible":
        assert solution.status == "infeasible"
        return
    assert solution.status == "solved"
    assert solution.stages[0].plan_value == pytest.approx(objective.sign * outcome.objective, rel=2e-6, abs=2e-6)
    assert solution.point is not None
    assert not any(each.above for each in solution.violations)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("blocks")
def test_cuts_lie_below_what_other_investments_cost(kind: str, seed: int) -> None:
    form = built(kind, case_of(seed, kind))
    decomposition = decompose(form, 60)
    chance = np.random.default_rng(seed)
    seen = np.unique(decomposition.links[decomposition.links >= 0])

    def invested() -> Array:
        point = np.zeros(len(decomposition.master.lower))
        point[seen] = np.where(chance.random(len(seen)) < 0.4, 20 * chance.random(len(seen)), 0.0)
        return point

    points = [invested() for _ in range(3)]
    found = [decomposition.evaluate(point, CancelToken()) for point in points]
    for here, (point, results) in enumerate(zip(points, found, strict=True)):
        for cut in decomposition.cuts(point, results):
            if cut.kind != "cost":
                continue
            for there, other in enumerate(points):
                cost = found[there][cut.node].cost_meur
                slack = CLOSE if here == there else 1e-9
                assert cut.at(other) <= cost + slack * max(1.0, abs(cost))
                if here == there:
                    assert cut.at(other) >= cost - CLOSE * max(1.0, abs(cost))
