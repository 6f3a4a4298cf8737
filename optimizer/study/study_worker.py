"""What a worker of a study does: it holds a session, and answers for one variant of the case after another."""

import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from models.case import Case
from optimizer.benders.master_problem import SearchEnded
from optimizer.benders.search import solve_root
from optimizer.case.faults import CaseRefused
from optimizer.case.read import CaseInputs
from optimizer.explain.limit_input import with_setting
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.linear_program import NumbersRefused
from optimizer.session import Session
from optimizer.solver.highs import OutOfTime, SolverFailed
from optimizer.study.measures import measures
from optimizer.study.results import FinishedRun
from optimizer.study.variant import Layers, Variant

DAY_TABLES: Mapping[str, tuple[str, ...]] = {
    "zones": (),
    "fleets": (),
    "reservoirs": (),
    "lines": (),
    "technologies": (
        "capex_meur_per_mw",
        "fixed_share",
        "life_years",
        "lead_years",
        "construction_years",
        "contract_eur_per_mwh",
        "firm_credit_share",
    ),
}
"""Tables that the dispatch of days rests on -> columns that it does not."""
DAY_KEYS = (
    "time",
    "inputs",
    "money.base_year",
    "money.lost_load_eur_per_mwh",
    "halls.utilisation_share",
    "power.shed_share",
)
"""Sections and keys of the scenario that it rests on."""


@dataclass(frozen=True)
class Task:
    """A request to a worker."""

    what: Literal["make ready", "solve"]
    key: str
    variant: Variant
    base: Variant
    """The variant whose session is to answer."""


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
    cells = {
        (table, column): cells
        for (table, column), cells in variant.cells.items()
        if table in DAY_TABLES and column not in DAY_TABLES[table]
    }
    return Variant(settings, cells, variant.hours, variant.files)


class StudyWorker:
    """The state of a worker: the inputs of the study, and the session that answered last."""

    def __init__(self, inputs: Mapping[Layers, CaseInputs]) -> None:
        self._inputs = inputs
        self._session: tuple[str, Session | None] | None = None

    def answer(self, task: Task) -> FinishedRun | None:
        """Return how a run ended; None of a session that was to be made ready."""
        began = time.perf_counter()
        try:
            if task.what == "make ready":
                self._ready(task.base)
                return None
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
        return alone.case(self._inputs[variant.settings.inputs.overlays])

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

    def _solved(self, task: Task, began: float) -> FinishedRun:
        case = self._case(task.variant)
        session = self._ready(task.base) or Session(case)
        solution = session.solve(case, year=lambda: False)
        rows = measures(case, solution) if solution.has_plan else ()
        return FinishedRun(task.key, solution.status, solution.message, time.perf_counter() - began, rows)

    def _without_plan(self, task: Task, status: str, reason: str, began: float) -> FinishedRun:
        return FinishedRun(task.key, status, reason, time.perf_counter() - began)
