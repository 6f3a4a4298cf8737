"""A session answers every question as if it were the first one."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from models.case import Case
from optimizer.benders import dispatch as dispatch_module
from optimizer.benders.decomposition import decompose
from optimizer.benders.solution import Solution
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import Session, solve_case
from optimizer.solver.solve_result import relative_gap

Change = Callable[[Case], Case]


def with_setting(section: str, **values: object) -> Change:
    """Return a change of some keys of the settings."""

    def change(case: Case) -> Case:
        part = getattr(case.settings, section).model_copy(update=values)
        return replace(case, settings=case.settings.model_copy(update={section: part}))

    return change


def with_rows(table: str, **factors: float) -> Change:
    """Return a change of some columns of every row of a table, each by a factor."""

    def change(case: Case) -> Case:
        rows = getattr(case, table)
        scaled = {
            key: row.model_copy(update={name: getattr(row, name) * factor for name, factor in factors.items()})
            for key, row in rows.items()
        }
        changed: Case = replace(case, **{table: scaled})  # type: ignore[arg-type]
        return changed

    return change


def with_hourly(table: str, factor: float) -> Change:
    """Return a change of an hourly table by a factor."""
    return lambda case: replace(
        case, hourly={**case.hourly, table: {key: factor * hours for key, hours in case.hourly[table].items()}}
    )


KEEPING: dict[str, Change] = {
    "nothing": lambda case: case,
    "a limit": with_setting("carbon", cap_kg_per_mwh=40.0),
    "money": with_rows("tranches", amount_meur=0.8),
    "chips": with_rows("chips", price_eur_per_chip=1.2),
    "land": with_rows("sites", land_mw=0.7),
    "dates": lambda case: replace(
        case,
        sites={key: row.model_copy(update={"permit_year": row.permit_year + 1}) for key, row in case.sites.items()},
    ),
    "demand": with_rows("demand", demand_kh100e=0.9),
    "objectives": with_setting("question", objectives=("cost",)),
}
DROPPING: dict[str, Change] = {
    "fleets": with_rows("fleets", capacity_mw=1.05),
    "load": with_hourly("load", 0.97),
    "weather": with_hourly("availability", 0.95),
    "prices": with_rows("technologies", marginal_eur_per_mwh=1.1),
}
CHANGES = KEEPING | DROPPING


def figures(solution: Solution) -> object:
    """Return all that a solution says, to the last bit, but for times."""
    stages = [stage.model_dump(exclude={"seconds"}) for stage in solution.stages]
    point = None if solution.point is None else solution.point.tobytes()
    return solution.status, solution.message, stages, point, dict(solution.shadow_prices)


@pytest.fixture(scope="module")
def first_answers(tutorial_case: Case) -> dict[str, object]:
    """Give the answer to every question of a session that was asked nothing before."""
    found = {}
    for name, change in CHANGES.items():
        with Session(tutorial_case) as session:
            found[name] = figures(session.solve(change(tutorial_case)))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_an_answer_does_not_depend_on_what_was_asked_before(
    seed: int, tutorial_case: Case, first_answers: dict[str, object]
) -> None:
    chance = random.Random(seed)
    asked = [chance.choice(list(CHANGES)) for _ in range(7)]
    with Session(tutorial_case) as session:
        for name in asked:
            if chance.random() < 0.2:
                session.reset()
            assert figures(session.solve(CHANGES[name](tutorial_case))) == first_answers[name], (name, asked)


@pytest.mark.parametrize("name", CHANGES)
def test_an_answer_is_as_good_as_that_of_a_solve_of_the_case_alone(name: str, tutorial_case: Case) -> None:
    case = CHANGES[name](tutorial_case)
    with Session(tutorial_case) as session:
        found = session.solve(case)
    alone = solve_case(case)
    assert found.status == alone.status
    for one, other in zip(found.stages, alone.stages, strict=True):
        gap = case.settings.solve.gap_share + 1e-6
        assert relative_gap(one.value, other.value) <= gap
        assert relative_gap(one.bound, other.bound) <= gap


@pytest.mark.parametrize("name", CHANGES)
def test_only_what_the_days_depend_on_drops_the_cuts(name: str, tutorial_case: Case) -> None:
    own, other = (decompose(build_extensive_form(case), 60) for case in (tutorial_case, CHANGES[name](tutorial_case)))
    assert other.numbers.keep_cuts_of(own.numbers) == (name in KEEPING)


def test_cuts_spare_the_days_of_later_questions(tutorial_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    evaluate = dispatch_module.Dispatcher.evaluate

    def counted(self: dispatch_module.Dispatcher, *rest: object, **named: object) -> object:
        asked.append("days")
        return evaluate(self, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(dispatch_module.Dispatcher, "evaluate", counted)
    with Session(tutorial_case) as session:
        session.solve(year=lambda: False)
        first = len(asked)
        session.solve(KEEPING["money"](tutorial_case), RunMonitor(), year=lambda: False)
        later = len(asked) - first
    asked.clear()
    solve_case(KEEPING["money"](tutorial_case), year=lambda: False)
    assert later < len(asked)
