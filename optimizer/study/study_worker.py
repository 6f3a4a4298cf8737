"""What a worker of a study does: it holds a session, and answers for one variant of the case after another."""

import math
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from models.case import Case
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.master_problem import SearchEnded
from optimizer.benders.search import solve_root
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.faults import CaseRefused
from optimizer.explain.limit_input import with_setting
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.linear_program import NumbersRefused
from optimizer.session import Session
from optimizer.solver.highs import OutOfTime, SolverFailed
from optimizer.study.measures import measures
from optimizer.study.results import FinishedRun, RunPrices
from optimizer.study.variant import Variant, layers_of

DAY_TABLES: Mapping[str, tuple[str, ...]] = {
    "zones": (),
    "fleets": (),
    "reservoirs": (),
    "inflows": (),
    "marginal_costs": (),
    "lines": (),
    "technologies": (
        "capex_meur_per_mw",
        "fixed_share",
        "life_years",
        "lead_years",
        "construction_years",
        "contract_eur_per_mwh",
        "contract_eur_per_kw_year",
        "firm_credit_share",
        "unit_mw",
        "capex_meur_per_mwh",
    ),
}
"""Tables that the dispatch of days rests on -> columns that it does not."""
DAY_KEYS = (
    "time",
    "inputs",
    "money.base_year",
    "money.lost_load_eur_per_mwh",
    "halls.utilisation_share",
    "service.flexible_share",
    "power.shed_share",
    "power.reservoirs",
    "power.usable_transfer_share",
    "power.usable_transfer_summer_share",
    "power.must_run_summer_share",
    "power.interrupted_hours",
    "matching",
    "carbon.cap_by",
)
"""Sections and keys of the scenario that it rests on."""
LOW_TARGET_SHARE = 0.02
"""Target of a session with one: where not every hour has to reach it, its height is nothing that days know."""

What = Literal["make ready", "solve", "price", "finish"]
"""Make a session ready; solve a variant; price plans in it; finish one of them there."""


@dataclass(frozen=True)
class Task:
    """A request to a worker."""

    what: What
    key: str
    variant: Variant
    base: Variant
    """The variant whose session is to answer."""
    plans: tuple[IntegerPlan, ...] = ()
    """Plans to set out from, to be priced, or the one to be finished."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """Levels that objectives keep while plans are priced or finished, ..."""
    bounds: Mapping[str, float] = field(default_factory=dict)
    """... and the bounds that the run proved."""


def session_base(base: Variant, variant: Variant) -> Variant:
    """Return the base run with the electricity system of another: runs that share that share a session.

    Whether they really share cuts is for the session to tell, from the numbers; this only sorts runs.
    """
    settings = base.settings
    for path in DAY_KEYS:
        section, _, key = path.partition(".")
        if key:
            settings = with_setting(settings, path, getattr(getattr(variant.settings, section), key))
        else:
            settings = settings.model_copy(update={section: getattr(variant.settings, section)})
    if settings.matching.target_share and not settings.matching.strict:
        settings = with_setting(settings, "matching.target_share", LOW_TARGET_SHARE)
    cells = {
        (table, column): cells
        for (table, column), cells in variant.cells.items()
        if table in DAY_TABLES and column not in DAY_TABLES[table]
    }
    return Variant(settings, cells, variant.hours, variant.files)


class StudyWorker:
    """The state of a worker: the inputs of the study, and the session that answered last."""

    def __init__(self, inputs: Mapping[str, CaseInputs]) -> None:
        self._inputs = inputs
        self._session: tuple[str, Session | None] | None = None

    def answer(self, task: Task) -> FinishedRun | RunPrices | None:
        """Return how a run ended, or what plans are worth in it; None of a session that was to be made ready."""
        began = time.perf_counter()
        if task.what == "make ready":
            self._ready(task.base)
            return None
        if task.what == "price":
            return self._priced(task)
        if task.what == "finish":
            return self._finished(task)
        try:
            return self._solved(task, began)
        except (CaseRefused, NumbersRefused) as refused:
            return self._without_plan(task, "refused", str(refused), began)
        except SolverFailed as failure:
            return self._without_plan(task, "failed", str(failure), began)
        except Exception as fault:  # one run that fails is no reason to lose the others
            where = traceback.extract_tb(fault.__traceback__)[-1]
            reason = f"a fault of the program: {type(fault).__name__}: {fault} ({where.name}, line {where.lineno})"
            return self._without_plan(task, "failed", reason, began)

    def _case(self, variant: Variant) -> Case:
        """Return the case of a variant, its days dispatched by this process alone: there is one for every core."""
        alone = replace(variant, settings=with_setting(variant.settings, "solve.workers", 1))
        return alone.case(self._inputs[layers_of(variant.settings)])

    def _ready(self, base: Variant) -> Session | None:
        """Return the session of a base variant, its relaxation solved; None where that has no solution."""
        if self._session is None or self._session[0] != base.key:
            if self._session is not None and self._session[1] is not None:
                self._session[1].reset()
            self._session = base.key, None
            with suppress(CaseRefused, NumbersRefused, SearchEnded, OutOfTime):
                session = Session(self._case(base))
                solve_root(session.master(RunMonitor(), time.perf_counter()))
                self._session = base.key, session
        return self._session[1]

    def _posed(self, task: Task) -> tuple[Case, Session]:
        """Return the case of a task and the session that answers for it."""
        case = self._case(task.variant)
        return case, self._ready(task.base) or Session(case)

    def _solved(self, task: Task, began: float) -> FinishedRun:
        case, session = self._posed(task)
        solution = session.solve(case, starts=task.plans, year=lambda: False)
        return FinishedRun(
            task.key,
            solution.status,
            solution.message,
            time.perf_counter() - began,
            measures(case, solution) if solution.has_plan else (),
            solution.integer_plan.numbers,
            solution.floors,
        )

    def _priced(self, task: Task) -> RunPrices:
        """Return what plans are worth in a run; nothing where that cannot be told."""
        with suppress(CaseRefused, NumbersRefused, SolverFailed, SearchEnded, OutOfTime):
            case, session = self._posed(task)
            found = session.price(task.plans, case, floors=task.floors, bounds=task.bounds)
            rows = [tuple(None if math.isnan(each) else each for each in row) for row in found.values.tolist()]
            return RunPrices(task.key, found.bounds, dict(zip((plan.key for plan in task.plans), rows, strict=True)))
        return RunPrices(task.key, {}, dict.fromkeys((plan.key for plan in task.plans), ()))

    def _finished(self, task: Task) -> RunPrices:
        """Return the measures of a plan in a run; none where it cannot be finished."""
        (plan,) = task.plans
        with suppress(NumbersRefused, SolverFailed, SearchEnded, OutOfTime):
            case, session = self._posed(task)
            solution = session.finish(plan, case, floors=task.floors)
            if solution.has_plan:
                return RunPrices(task.key, {}, {}, plan.key, measures(case, solution))
        return RunPrices(task.key, {}, {}, plan.key)

    def _without_plan(self, task: Task, status: str, reason: str, began: float) -> FinishedRun:
        return FinishedRun(task.key, status, reason, time.perf_counter() - began)
