"""Two stages by the decomposition, as the extensive form has them, on random cases; what knowing is worth."""

from collections.abc import Sequence
from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models.case import Case
from models.formulation import first_stage
from models.settings import Risk
from models.terms import component_of
from optimizer.benders.solution import Solution
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form, master_part
from optimizer.program.nodes import Future
from optimizer.session import Session
from optimizer.solver.highs import run_highs
from tests.benders.test_couplings import case_of, two_futures


def asked(case: Case, weight: float, objectives: Sequence[str] = ("cost",)) -> Case:
    """Return a case in which the worst futures have a weight."""
    risk = Risk(cvar_share=0.6, cvar_weight=weight)
    question = case.settings.question.model_copy(update={"objectives": tuple(objectives)})
    return replace(case, settings=case.settings.model_copy(update={"risk": risk, "question": question}))


def futures_of(case: Case) -> tuple[Future, ...]:
    """Return three futures: as it is, with tighter power, and with chips at twice the price and less demand."""
    usual, tight = two_futures(case)
    chips = {
        key: row.model_copy(update={"price_eur_per_chip": 2 * row.price_eur_per_chip})
        for key, row in case.chips.items()
    }
    demand = {
        key: row.model_copy(update={"demand_kh100e": 0.5 * row.demand_kh100e}) for key, row in case.demand.items()
    }
    return (
        replace(usual, probability=0.5),
        replace(tight, probability=0.3),
        Future("dear", 0.2, replace(case, chips=chips, demand=demand)),
    )


def solved(case: Case, weight: float, shared: tuple[str, ...] | None = None) -> Solution:
    """Return the answer of the decomposition, as it is with another first stage too."""
    case = asked(case, weight)
    futures = futures_of(case)
    with Session(case, build=lambda _: build_extensive_form(case, futures=futures, shared=shared)) as session:
        return session.solve(year=lambda: False)


def whole(form: ExtensiveForm, solution: Solution) -> float:
    """Return the least value of the extensive form."""
    assert solution.baseline is not None
    program = form.whole("cost", solution.baseline.node_meur)
    outcome = run_highs(program, monitor=RunMonitor(), seconds=600, gap=1e-9)
    assert outcome.status == "optimal"
    return outcome.objective


@pytest.mark.parametrize("weight", [0.0, 0.6])
@pytest.mark.parametrize("seed", [3, 13])
def test_the_decomposition_is_the_extensive_form(seed: int, weight: float) -> None:
    solution = solved(case_of(seed), weight)
    assert solution.status == "solved"
    assert solution.point is not None
    assert solution.stages[0].plan_value == pytest.approx(whole(solution.form, solution), rel=3e-6, abs=3e-6)
    assert not any(each.above for each in solution.violations)


def test_knowing_the_future_is_worth_something_and_the_worst_cost_more_than_the_mean() -> None:
    case = case_of(8)
    found, knowing = solved(case, 0.0), solved(case, 0.0, shared=())
    assert knowing.stages[0].bound <= found.stages[0].plan_value + 1e-5
    assert found.baseline is not None
    assert found.point is not None
    values = found.form.future_values("cost", found.point, found.baseline.node_meur)
    shares = [each.future.probability for each in found.form.futures]
    assert min(values) <= found.stages[0].plan_value + 1e-6
    assert found.stages[0].plan_value <= max(values) + 1e-6
    assert Risk(cvar_share=0.6).worst_mean(values, shares) >= found.stages[0].plan_value - 1e-6


def test_what_aspects_decide_first_are_variables_of_the_master() -> None:
    model = master_part(case_of(3))
    assert all(isinstance(component_of(model, name), pyo.Var) for name in first_stage())


def test_what_is_shared_is_one_column_and_all_else_is_not() -> None:
    case = case_of(3)
    form = build_extensive_form(case, futures=futures_of(case))
    names = set(form.compiled.program.column_names)
    assert form.decided
    assert all(name in names and f"{name}@tight" not in names for name in form.decided)
    assert {name.partition("[")[0] for name in form.decided} == {"siting.open_in"}
    halls = [name for name in names if name.startswith("sizing.halls[") and "@" not in name]
    assert halls
    assert all(f"{name}@tight" in names for name in halls)


def test_futures_whose_days_differ_in_more_than_numbers_by_the_hour_are_refused() -> None:
    case = case_of(3)
    kinds = {
        key: row.model_copy(update={"marginal_eur_per_mwh": row.marginal_eur_per_mwh + 1})
        for key, row in case.technologies.items()
    }
    others = (Future("usual", 0.5, case), Future("dear", 0.5, replace(case, technologies=kinds)))
    with pytest.raises(ValueError, match="a price or an efficiency"):
        build_extensive_form(case, futures=others)


def test_one_future_is_the_plain_question() -> None:
    case = asked(case_of(3), 0.6)
    with Session(case) as plain:
        alone = plain.solve(year=lambda: False)
    with Session(case, build=lambda _: build_extensive_form(case, futures=(Future("only", 1.0, case),))) as session:
        found = session.solve(year=lambda: False)
    assert found.stages[0].plan_value == alone.stages[0].plan_value
    assert found.integer_plan == alone.integer_plan
