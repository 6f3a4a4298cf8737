"""Plans: found by a session, audited, read back, and handed out as frames."""

import logging
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import geopandas as gpd
import pandas as pd

from gigasite._case import Case, CaseRefused
from models import plan as answers
from models.plan import RESULT_TABLES
from optimizer import session
from optimizer.audit.audit import audit as audit_plan
from optimizer.audit.audit_report import AuditReport
from optimizer.benders.solution import SearchStatus
from optimizer.case.case_location import path_from_text
from optimizer.case.faults import Fault
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.extract.full_year import with_year
from optimizer.monitor.progress import line
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.pool.pinned_executor import PoolBroken
from optimizer.program.linear_program import NumbersRefused
from optimizer.report.write_geopackage import layer_frames
from optimizer.report.write_tables import frame_of
from optimizer.solver.highs import SolverFailed
from optimizer.store.plan_files import read_plan as read_stored_plan
from optimizer.store.plan_folder import FolderRefused

__all__ = ["AuditReport", "FolderRefused", "NoPlan", "Plan", "Session", "audit", "read_plan", "solve"]

_log = logging.getLogger("gigasite")


class NoPlan(Exception):
    """A question ended without a plan; `status` tells how, the text why.

    >>> from gigasite import read_case
    >>> try:
    ...     solve(read_case("inputs/tutorial", overrides={"siting.gigafactories_min": 1}))
    ... except NoPlan as error:
    ...     print(error.status)
    infeasible
    """

    def __init__(self, status: SearchStatus, message: str) -> None:
        super().__init__(status, message)
        self.status: SearchStatus = status
        """infeasible, unbounded, limit (of time), or failed."""

    def __str__(self) -> str:
        return f"no plan ({self.status}): {self.args[1]}"


class Plan(answers.Plan):
    """A siting plan: answers, proof and provenance; `outputs/README.md` lists its tables, columns and units.

    >>> from gigasite import read_case
    >>> plan = solve(read_case("inputs/tutorial"))
    >>> plan.proof.status, sorted({row.site for row in plan.sites if row.opened})
    ('solved', ['LULEA', 'PARIS'])
    """

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Return every result table as a frame, a column per field, as the CSV files of a plan's folder hold them.

        The table `lines` is the file `flows.csv`. The dispatch by hour is no table: see `hourly`.

        >>> from gigasite import read_case
        >>> plan = solve(read_case("inputs/tutorial"))
        >>> plan.to_frames()["sites"].query("opens == 1")[["site", "period"]].values.tolist()
        [['LULEA', 'p1']]
        """
        return {name: frame_of(self, name) for name in RESULT_TABLES}

    def to_geodataframe(self, layer: Literal["sites", "zones", "lines", "substations"] = "sites") -> gpd.GeoDataFrame:
        """Return a layer of the map, with the answers of the last period, in degrees (EPSG:4326).

        Zones are the polygons of the case's `zones.geojson`, if the case is still where the plan says, else points.
        Raises ValueError for another layer.

        >>> from gigasite import read_case
        >>> sites = solve(read_case("inputs/tutorial")).to_geodataframe()
        >>> sites[sites.chosen == 1].geometry.to_wkt().tolist()
        ['POINT (22.15 65.58)']
        """
        layers = layer_frames(self, path_from_text(self.provenance.case_folder))
        if layer not in layers:
            raise ValueError(f"no layer {layer!r}: there are {', '.join(layers)}")
        return layers[layer]


class Session:
    """One case built once, and any number of questions put to it; the answers do not depend on the order of asking.

    Days of a large case are dispatched by processes of its own: leave it by `with`, or call `reset`; in a script, use
    it below `if __name__ == "__main__":`. The logger `gigasite` reports progress at level INFO. A changed case is
    one read with other overrides, or made with `dataclasses.replace`; cuts are kept where its days are the same.

    >>> from gigasite import read_case
    >>> with Session(read_case("inputs/tutorial")) as session:
    ...     for rate in (0.06, 0.1):
    ...         plan = session.solve(read_case("inputs/tutorial", overrides={"money.discount_share": rate}))
    ...         print([(stage.objective, round(stage.plan_value)) for stage in plan.proof.stages])
    [('compute', 328), ('cost', 2847)]
    [('compute', 281), ('cost', 2708)]
    """

    def __init__(self, case: Case, cluster: str | None = None) -> None:
        """Take a case; its days are dispatched by this machine, or by the workers of a dask `cluster` at an address."""
        self.case = case
        self._engine = session.Session(case, cluster)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End its processes."""
        self.reset()

    def reset(self) -> None:
        """Forget all that is known of the case, and end the processes of the session."""
        self._engine.reset()

    def solve(self, changed: Case | None = None) -> Plan:
        """Return the plan of the case, or of a changed one, without its flips; `solve` says what is raised."""
        return self._solve(self.case if changed is None else changed)

    def _solve(self, case: Case, last: bool = False) -> Plan:
        monitor = RunMonitor(lambda event: _log.info(line(event)))
        try:
            solution = self._engine.solve(case, monitor, last=last, flips=last)
        except NumbersRefused as refused:
            raise CaseRefused([Fault("model", str(refused))]) from None
        except (PoolBroken, SolverFailed) as failure:
            raise NoPlan("failed", str(failure)) from failure
        if not solution.has_plan:
            raise NoPlan(solution.status, solution.message)
        plan = extract(case, solution, provenance_of(case, case.folder, case.scenario_name, case.overrides))
        return _public(plan if solution.year is None else with_year(case, plan, solution.year))


def solve(case: Case, cluster: str | None = None) -> Plan:
    """Return the plan of a case: a session of one question, as `gigasite solve` finds it, in this process.

    `solve.time_limit_seconds` bounds the search. `proof.status` tells whether the plan is proved to the gap asked for.
    Raises NoPlan where there is none, CaseRefused where numbers of the model would mislead the solver.

    >>> from gigasite import read_case
    >>> [(stage.objective, round(stage.plan_value)) for stage in solve(read_case("inputs/tutorial")).proof.stages]
    [('compute', 328), ('cost', 2847)]
    """
    with Session(case, cluster) as question:
        return question._solve(case, last=True)


def audit(case: Case, plan: Plan) -> AuditReport:
    """Return the report on a plan, recomputed from the case's inputs without the model: a check per rule.

    >>> from gigasite import read_case
    >>> case = read_case("inputs/tutorial")
    >>> report = audit(case, solve(case))
    >>> report.sound, all(check.passed for check in report.checks)
    (True, True)
    """
    return audit_plan(case, plan)


def read_plan(folder: str | os.PathLike[str]) -> Plan:
    """Return the plan that `gigasite solve` wrote into a folder; raises FolderRefused if it is missing or damaged.

    >>> try:
    ...     read_plan("inputs/tutorial")
    ... except FolderRefused as refused:
    ...     print(refused)
    inputs/tutorial holds no plan.json
    """
    return _public(read_stored_plan(Path(folder)))


def _public(plan: answers.Plan) -> Plan:
    """Return a plan with the methods of the interface."""
    content: dict[str, Any] = {name: getattr(plan, name) for name in answers.Plan.model_fields}
    return Plan(**content)
