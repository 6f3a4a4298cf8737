"""A written plan in other weather: what it builds and contracts, dispatched on every day of a case's other tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.plan import Plan
from models.settings import Inputs, Settings
from optimizer.audit import full_year
from optimizer.audit.audit import audit, checks_by
from optimizer.audit.audit_report import Check
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.input_integrity import check_inputs
from optimizer.benders.decomposition import decompose
from optimizer.benders.dispatch import CancelToken
from optimizer.benders.full_year_dispatch import LONGEST_SECONDS, FullYearDispatch
from optimizer.case.case_location import path_from_text
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.read import read_case
from optimizer.extract.decisions import decisions_of
from optimizer.extract.full_year import with_year
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.store.plan_files import read_plan
from optimizer.store.plan_folder import PLAN, consistent_read


@dataclass(frozen=True)
class Replayed:
    """A plan on every day of the tables of some overlays."""

    overlays: tuple[str, ...]
    """Those of the plan's own scenario first; without others it is the plan's own record."""
    plan: Plan
    """The plan with that year in the place of its own."""
    checks: tuple[Check, ...]
    """The rules of the whole year, rechecked by the auditor from those tables."""

    @property
    def sound(self) -> bool:
        """Whether every rule passed."""
        return all(each.passed for each in self.checks)


def replay(
    folder: Path, overlays: Sequence[str], case_dir: Path | None = None, monitor: RunMonitor | None = None
) -> Iterator[Replayed]:
    """Yield a written plan under each overlay, laid over those of its scenario; without a name, on its own record.

    The plan's sites, chips, plants and contracts stay; running cost, lost load, emissions and what is matched are those
    of the other tables, with the data centres and without them. Raises CaseRefused where the inputs have changed since,
    an overlay is not there, or the plan is not sound; stops where the monitor is told to.
    """
    monitor = monitor or RunMonitor()
    plan = consistent_read(folder, read_plan)
    source = case_dir or path_from_text(plan.provenance.case_folder)
    settings = Settings.model_validate(plan.provenance.scenario)
    case = read_case(source, settings)
    check_inputs(plan, case.files, source)
    if broken := [each.rule for each in audit(case, plan).checks if not each.passed]:
        raise CaseRefused([Fault(PLAN, f"the plan is not sound: it breaks {', '.join(broken)}")])
    for overlay in overlays or ("",):
        if not overlay and plan.replay:
            yield Replayed(settings.inputs.overlays, plan, ())
            continue
        laid = (*settings.inputs.overlays, *filter(None, [overlay]))
        monitor.report(Progress("reading", 0.0, note=", ".join(laid)))
        yield from _replayed(plan, source, settings.model_copy(update={"inputs": Inputs(overlays=laid)}), monitor)


def _replayed(plan: Plan, source: Path, settings: Settings, monitor: RunMonitor) -> Iterator[Replayed]:
    """Yield the plan on the record of a scenario, unless an end is wanted."""
    case = read_case(source, settings)
    form = build_extensive_form(case)
    point = decisions_of(form, plan)
    decomposition = decompose(form, LONGEST_SECONDS, None)
    token = CancelToken(monitor.stopped, lambda note: monitor.report(Progress("whole year", 0.0, note=note)))
    try:
        with FullYearDispatch(decomposition) as dispatch:
            year = dispatch.dispatch(decomposition.links_at(point), None, token)
    finally:
        decomposition.dispatcher.close()
    if year is not None:
        found = with_year(case, plan, year)
        checks = checks_by(AuditedPlan(case, found), full_year.CHECKS)
        yield Replayed(settings.inputs.overlays, found, tuple(checks))
