"""What studies and fronts tell, as frames."""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gigasite._case import Case
from gigasite._plan import NoPlan, Plan
from optimizer.benders.master_problem import SearchEnded
from optimizer.monitor.progress import line
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.study import alternatives as near_optimal
from optimizer.study import sensitivity as analysis
from optimizer.study.alternatives_page import frames_of
from optimizer.study.analysis import study_tables
from optimizer.study.pareto import front_of
from optimizer.study.stress import base_form, stressed, whole_numbers
from optimizer.study.study_file import check_study
from optimizer.study.sweep import plan_runs

__all__ = ["alternatives", "pareto", "sensitivity", "stress"]

_log = logging.getLogger("gigasite")


def alternatives(case: Case, within: float = 0.01, plans: int = 5) -> dict[str, pd.DataFrame]:
    """Return what is proved of all near-optimal plans: the frames `sites`, `zones`, `plans`, `flips` and `calls`.

    `within` is the share of the last objective by which a plan may be worse than the best one found, 0..1, `plans` how
    many that differ most are sought. `sites`: whether each stands in all, some or no plan (`stands_in`), with the
    bounds. `zones`: how much zones and countries hold, MW. `plans`: those that differ most, site by site. `flips`: what
    flips the choice of a site, MEUR. `calls`: the estimates to ask about first. What the clock cut short is `not
    proved`. Raises NoPlan where there is no plan, ValueError for a share that is none.

    >>> from gigasite import read_case
    >>> found = alternatives(read_case("inputs/tutorial"), within=0.2, plans=1)
    >>> found["sites"][["site", "stands_in"]].values.tolist()
    [['LULEA', 'all'], ['LYON', 'some'], ['BUGEY', 'no'], ['LODZ', 'no']]
    """
    if not 0 < within <= 1:
        raise ValueError(f"within is {within!r}: a share above 0 and at most 1")
    monitor = RunMonitor(lambda event: _log.info(line(event)))
    try:
        *_, found = near_optimal.alternatives(case, within, plans, monitor)
    except SearchEnded as stop:
        raise NoPlan(stop.status, str(stop)) from None
    return frames_of(found)


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
    [['budget_meur', '2000.0', -122.6, 'effect'], ['budget_meur', '4000.0', 112.6, 'effect']]
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
    [[328.2, 2847.1], [171.6, 1423.6]]
    """
    monitor = RunMonitor(lambda event: _log.info(line(event)))
    try:
        return front_of(case, over, points, monitor, cluster).frame
    except SearchEnded as stop:
        raise NoPlan(stop.status, str(stop)) from None


def stress(
    plans: Mapping[str, Plan],
    study: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Return what plans are worth in every future of a study file, exactly, their whole numbers kept.

    Columns: `run` (see the study's design), `plan`, `objective`, `value` (NaN where the plan breaks a rule or misses an
    earlier objective's level), `best` and `bound` known of the future, `regret` to the best, `most` to the bound;
    `searched` tells whether a run in `folder`, the study's results, is among what is known. Futures in which nothing is
    a plan are left out. Processes as in `run_study`. Raises CaseRefused with every fault of the study, ValueError where
    a plan decides what its case does not know.

    >>> from gigasite import read_case, solve
    >>> plan = solve(read_case("inputs/tutorial"))
    >>> table = stress({"ours": plan}, "inputs/studies/tutorial.toml", workers=1)
    >>> table[table.objective == "compute"][["run", "value"]].round(1).values.tolist()
    [[0.0, 328.2], [1.0, 205.6], [2.0, 328.2], [3.0, 328.2], [4.0, 286.2]]
    """
    planned = plan_runs(*check_study(Path(study)))
    form = base_form(planned)
    numbers = {name: whole_numbers(form, plan) for name, plan in plans.items()}
    monitor = RunMonitor(lambda event: _log.info(line(event)))
    results = Path(folder) if folder is not None else Path(study).with_suffix("")
    return stressed(planned, numbers, results, monitor, workers or os.cpu_count() or 1, cluster)[0]
