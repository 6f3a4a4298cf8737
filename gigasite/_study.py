"""Studies: run from a study file, and read back as frames."""

import logging
import os
from pathlib import Path

from optimizer.monitor.progress import line
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.study.results import StudyResults, read_results
from optimizer.study.study_file import check_study
from optimizer.study.sweep import plan_runs, sweep

__all__ = ["StudyResults", "read_study", "run_study"]

_log = logging.getLogger("gigasite")


def run_study(
    study: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    workers: int | None = None,
    cluster: str | None = None,
) -> StudyResults:
    """Run what is left of a study file into a folder, and return its results; `inputs/studies/README.md` tells how.

    The runs are spread over `workers` processes (by default one a core), or over the workers of a dask `cluster` at an
    address; in a script, call it below `if __name__ == "__main__":`. Runs finished before in this folder are not run
    again. Raises CaseRefused with every fault of the study, FolderRefused if the folder holds other things.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     results = run_study("inputs/studies/tutorial.toml", f"{place}/tutorial", workers=1)
    >>> results.measure("compute")[["budget_meur", "chip_price", "value"]].round(1).values.tolist()[:3]
    [[3000.0, 1.0, 328.2], [2000.0, 1.0, 205.6], [4000.0, 1.0, 440.7]]
    """
    planned = plan_runs(*check_study(Path(study)))
    monitor = RunMonitor(lambda event: _log.info(line(event)))
    sweep(planned, Path(folder), monitor, workers or os.cpu_count() or 1, cluster)
    return read_results(Path(folder))


def read_study(folder: str | os.PathLike[str]) -> StudyResults:
    """Return the results that `gigasite sweep` wrote into a folder: frames `design`, `results`, `prices`, and `plans`.

    Units stand in the column `unit`. Raises FolderRefused if there are none yet.

    >>> from gigasite import FolderRefused
    >>> try:
    ...     read_study("inputs/tutorial")
    ... except FolderRefused as refused:
    ...     print(refused)
    inputs/tutorial holds no study with results: design.csv is missing
    """
    return read_results(Path(folder))
