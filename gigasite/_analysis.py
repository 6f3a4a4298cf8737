"""What studies and fronts tell, as frames."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gigasite._case import Case
from gigasite._plan import NoPlan
from optimizer.benders.master_problem import SearchEnded
from optimizer.monitor.progress import line
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.study import sensitivity as analysis
from optimizer.study.analysis import study_tables
from optimizer.study.pareto import front_of

__all__ = ["pareto", "sensitivity"]

_log = logging.getLogger("gigasite")


def sensitivity(folder: str | os.PathLike[str], measures: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """Return what decides in a study that was run: the frames `effects`, `sites`, and `drivers` or `flips`.

    `effects`: of every factor on every measure of the whole plan, or on those named, in the measure's unit, beside the
    `gap` of its runs, with a `verdict`. `sites`: how often each is chosen. `drivers`: which factors it hangs on; where
    one factor is moved at a time, `flips`: which moves bring it in or take it out. Raises FolderRefused if there are no
    results.

    >>> from gigasite import run_study
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     results = run_study("inputs/studies/tutorial.toml", f"{place}/tutorial", workers=1)
    ...     found = sensitivity(f"{place}/tutorial", ["compute"])
    >>> found["effects"][["factor", "at", "effect", "verdict"]].round(1).values.tolist()[:2]
    [['budget_meur', '2000.0', -122.6, 'effect'], ['budget_meur', '4000.0', 112.7, 'effect']]
    >>> found["sites"][["site", "frequency"]].values.tolist()
    [['LULEA', 1.0], ['LYON', 0.4]]
    """
    tables = study_tables(Path(folder))
    found = {"effects": analysis.effects(tables, tuple(measures)), "sites": analysis.sites(tables)}
    if tables.method == analysis.ONE_AT_A_TIME:
        return found | {"flips": analysis.flips(tables)}
    return found | {"drivers": analysis.drivers(tables)}


def pareto(case: Case, over: Sequence[str], points: int = 7, cluster: str | None = None) -> pd.DataFrame:
    """Return the front of a case over two or three objectives: a row for each point that no other plan beats.

    Columns: the objectives; the `bound` proved of the first among plans no worse in the others, the `gap` between, in
    its unit; `status`, `sites`, and `equal_to`, an earlier point within the gap. `points` is the number of levels of
    each objective but the first. The objectives are those of `question.objectives`. Raises ValueError for others, and
    NoPlan where there is no plan.

    >>> from gigasite import read_case
    >>> pareto(read_case("inputs/tutorial"), ("compute", "cost"), 3)[["compute", "cost"]].round(1).values.tolist()[:2]
    [[328.2, 2847.9], [172.2, 1423.9]]
    """
    monitor = RunMonitor(lambda event: _log.info(line(event)))
    try:
        return front_of(case, over, points, monitor, cluster).frame
    except SearchEnded as stop:
        raise NoPlan(stop.status, str(stop)) from None
