"""An archive computed again from its own files alone, every figure compared with the one that was published."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from models.settings import Settings
from optimizer.audit.input_integrity import check_inputs
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.read import read_case
from optimizer.extract.extract import extract
from optimizer.extract.full_year import with_year
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.session import solve_case
from optimizer.store.plan_files import read_plan
from optimizer.study.archive import unpack
from optimizer.study.environment import differences, environment
from optimizer.study.named_figure import EXACT, Results
from optimizer.study.paper import filled_paper
from optimizer.study.plan_figures import plan_results
from optimizer.study.publication import RESULTS, Publication, read_publication
from optimizer.study.study_archive import study_again

NAMES = ["run", "measure", "entity", "period"]
MEASURED = ("seconds",)
"""Measures of the machine, not of the question."""


@dataclass(frozen=True)
class Reproduced:
    """What became of an archive that was computed again."""

    publication: Publication
    compared: pd.DataFrame
    """A row per figure: run, measure, entity, period, published, reproduced, allowed difference, equal, note."""
    faults: tuple[Fault, ...]
    """Numbers of its papers that do not follow from its results."""
    stopped: bool = False
    """Whether an end was asked for before all was computed."""

    @property
    def equal(self) -> bool:
        """Whether every figure is the published one within its gap, and every paper keeps to them."""
        return bool(self.compared["equal"].all()) and len(self.compared) > 0 and not self.faults and not self.stopped


def reproduce(
    archive: Path, folder: Path, monitor: RunMonitor, tell: Callable[[str], object], only: int | None = None
) -> Reproduced:
    """Unpack an archive into an empty folder, compute it again there, and compare every figure.

    `tell` is called first with each version that is not the published one. Raises CaseRefused for an archive that is
    damaged, foreign or not consistent in itself.
    """
    unpack(archive, folder)
    publication = read_publication(folder)
    for difference in differences(publication.environment, environment()):
        tell(difference)
    again: Results | None
    if publication.kind == "study":
        published, again = study_again(folder, publication, monitor, only)
    else:
        published, again = _plan(folder, publication, monitor)
    papers = [filled_paper(folder / name, published) for name in publication.papers]
    faults = tuple(fault for paper in papers for fault in paper.faults)
    if again is None:
        return Reproduced(publication, compare(published.table.head(0), published.table.head(0)), faults, True)
    return Reproduced(publication, compare(published.figures, again.figures), faults, monitor.stopped())


def _plan(folder: Path, publication: Publication, monitor: RunMonitor) -> tuple[Results, Results | None]:
    """Return the figures of a published plan, and of the plan found again; None where an end was asked for."""
    plan = read_plan(folder / RESULTS)
    case = read_case(folder / publication.case, Settings.model_validate(plan.provenance.scenario))
    check_inputs(plan, case.files, folder / publication.case)
    solution = solve_case(case, monitor, flips=True)
    published = plan_results(plan)
    if not solution.has_plan and monitor.stopped():
        return published, None
    if not solution.has_plan:
        lost = published.table.assign(status=solution.status, reason=solution.message, value=math.nan)
        return published, Results(lost, published.prices)
    found = extract(case, solution, plan.provenance)
    if solution.year is not None:
        found = with_year(case, found, solution.year)
    return published, plan_results(found)


def compare(published: pd.DataFrame, reproduced: pd.DataFrame) -> pd.DataFrame:
    """Return a row per figure of either table, with whether they are equal.

    An objective may differ by its gap as published: the best plan lies between value and bound, and where these do not
    fit the share that is stated, the smaller counts. Any other figure, for which no gap is stated, may differ by a
    share of 1e-6, as may one whose gap is less. A run without a plan has to end so again, with the same status.
    """
    one, other = _comparable(published), _comparable(reproduced)
    for table, whose in ((one, "published"), (other, "reproduced")):
        if (twice := table.duplicated(NAMES)).any():
            first = table.loc[twice, NAMES].iloc[0]
            raise CaseRefused([Fault("results", f"a figure stands twice among those {whose}", value=str([*first]))])
    both = one.merge(other, on=NAMES, how="outer", suffixes=("_one", "_other"), indicator=True)
    then, now = both["value_one"].to_numpy(float), both["value_other"].to_numpy(float)
    stated = both["gap_share_one"].to_numpy(float) * np.maximum(np.abs(then), 1.0)
    gap = np.minimum(stated, np.abs(then - both["bound_one"].to_numpy(float)))
    rounding = EXACT * np.maximum(np.where(np.isfinite(then), np.abs(then), 0.0), 1.0)
    allowed = np.where(np.isfinite(gap), np.maximum(gap, rounding), rounding)
    nothing = np.isnan(then) & np.isnan(now) & (both["status_one"] == both["status_other"]).to_numpy()
    with np.errstate(invalid="ignore"):
        equal = (np.abs(then - now) <= allowed) | (then == now) | nothing
    equal &= (both["_merge"] == "both").to_numpy()
    notes = both["_merge"].map({"both": "", "left_only": "not reproduced", "right_only": "not published"}).astype(str)
    ended = both["status_one"].astype(str) + " then, " + both["status_other"].astype(str) + " now"
    differs = (both["_merge"] == "both") & (both["status_one"] != both["status_other"])
    return pd.DataFrame(
        {
            **{name: both[name] for name in NAMES},
            "published": then,
            "reproduced": now,
            "allowed_difference": allowed,
            "equal": equal,
            "note": notes.mask(differs, ended),
        }
    )


def _comparable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of a table; of a run's measures of the machine its status alone, as a figure without value."""
    found = table[[*NAMES, "status", "value", "bound", "gap_share"]].reset_index(drop=True)
    measured = found["measure"].isin(MEASURED)
    found.loc[measured, ["value", "bound"]] = math.nan
    return found.assign(measure=found["measure"].mask(measured, "status"))


def verdict(found: Reproduced, most: int) -> str:
    """Return in words how many figures are equal, and a table of so many of those that are not, gaps beside."""
    compared, title = found.compared, f"{found.publication.title} ({found.publication.kind})"
    wrong = compared[~compared["equal"]]
    lines = [f"{title}: {len(compared) - len(wrong):,} of {len(compared):,} figures are equal within their gap"]
    if found.stopped:
        lines.append("stopped before all was computed")
    if len(wrong):
        lines += ["", wrong.head(most).to_string(index=False, float_format=lambda number: f"{number:,.10g}")]
        lines += [f"... and {len(wrong) - most:,} more"] if len(wrong) > most else []
    return "\n".join(lines)
