"""A sweep: every run of a study's design once, on workers, each result kept as it comes, the tables made of them."""

import json
import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from optimizer.case.faults import CaseRefused, Fault, capped
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.pool.dask_pool import dask_pool
from optimizer.pool.pinned_executor import PinnedExecutor, RequestLost
from optimizer.pool.process_pool import process_pool
from optimizer.runtime.estimate import duration_text
from optimizer.store.lock import Locked, locked
from optimizer.store.plan_folder import FolderRefused
from optimizer.study.design import design_frame, design_rows, rows_sheet
from optimizer.study.factor import Value
from optimizer.study.place import place_of
from optimizer.study.results import (
    BASE,
    DESIGN,
    KEYS,
    RESULTS,
    RUNS,
    STUDY,
    FinishedRun,
    Row,
    results_frame,
    write_table,
    write_text,
)
from optimizer.study.study_file import Study
from optimizer.study.study_worker import StudyWorker, Task, session_base
from optimizer.study.variant import Variant, Variants

if TYPE_CHECKING:
    from pandas import DataFrame

Pool = PinnedExecutor[Task, FinishedRun | None]


@dataclass(frozen=True)
class PlannedRun:
    """A run of the design before it is run."""

    key: str
    variant: Variant | None
    """None where the inputs are refused before they are a case."""
    reason: str = ""


@dataclass(frozen=True)
class Planned:
    """A study with its design drawn: what is to be run."""

    study: Study
    variants: Variants
    design: "DataFrame"
    runs: tuple[PlannedRun, ...]
    """In the order of the design; runs with the same inputs have the same key, and are run once."""

    @property
    def keys(self) -> list[str]:
        """Return the keys of all runs, in the order of the design."""
        return [run.key for run in self.runs]

    @property
    def different(self) -> dict[str, PlannedRun]:
        """Return the runs by key, the base run first."""
        return {run.key: run for run in self.runs}


def plan_runs(study: Study, variants: Variants) -> Planned:
    """Return a study's design and its runs; raises CaseRefused where the design has faults."""
    inputs = variants.read(variants.settings(variants.scenario, {}))
    places = {name: place_of(factor.of, factor.where, inputs) for name, factor in study.factors.items()}
    rows = design_rows(study, {name for name, place in places.items() if place.numeric})
    present = {name: variants.present(factor) for name, factor in study.factors.items()}
    runs = tuple(_planned(study, variants, row) for row in rows)
    if study.design.kind == "rows" and (faults := [*_refused_rows(study, variants, runs[1:])]):
        raise CaseRefused(capped(faults, "rows", lambda fault: fault.rule))
    return Planned(study, variants, design_frame(rows, present), runs)


def _planned(study: Study, variants: Variants, row: Mapping[str, Value | None]) -> PlannedRun:
    try:
        variant = variants.of(study.factors, row)
    except (CaseRefused, ValueError) as refused:
        digest = sha256(json.dumps([sorted(row.items()), str(refused)]).encode()).hexdigest()[:16]
        return PlannedRun(digest, None, str(refused))
    return PlannedRun(variant.key, variant)


def _refused_rows(study: Study, variants: Variants, runs: Sequence[PlannedRun]) -> Iterator[Fault]:
    """Yield the rows of a file with a value that its place cannot have: what somebody typed is set right.

    Values that do not go together, and what was drawn, end as runs that are refused.
    """
    sheet, _ = rows_sheet(study)
    for run, line in zip(runs, sheet.lines, strict=True):
        reason = run.reason
        try:
            if run.variant is not None:
                run.variant.applied(variants.read(run.variant.settings))
        except CaseRefused as refused:
            reason = str(refused.faults[0])
        if reason:
            yield Fault(sheet.file, reason.removeprefix("--set, "), line)


@contextmanager
def study_folder(folder: Path, planned: Planned) -> Iterator[None]:
    """Lock a study's folder and write its design; raises FolderRefused if it is another's, or holds other things."""
    if folder.exists() and not folder.is_dir():
        raise FolderRefused(f"{folder} is a file; a study is written into a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / STUDY).exists():
        raise FolderRefused(f"{folder} holds files but no {STUDY}: name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with locked(folder.with_name(f".{folder.name}.lock")):
            (folder / RUNS).mkdir(parents=True, exist_ok=True)
            write_text(folder / STUDY, planned.study.written.text)
            if planned.study.design.file:
                (folder / planned.study.design.file).write_bytes(planned.study.rows_file.read_bytes())
            write_text(folder / DESIGN, planned.design.to_csv())
            lines = [f"{run},{each.key}" for run, each in zip(planned.design.index, planned.runs, strict=True)]
            write_text(folder / KEYS, "\n".join(["run,key", *lines, ""]))
            yield
    except Locked as lock:
        raise FolderRefused(f"{folder} is being written by {lock}; wait, stop it, or choose --out") from None


def sweep(
    planned: Planned, folder: Path, monitor: RunMonitor, workers: int = 1, cluster: str | None = None
) -> dict[str, FinishedRun]:
    """Run what is left of a study, and write the tables of all that is finished; return the finished runs by key.

    A run that was finished before, in this folder, is not run again. Once an end is wanted, what is finished is kept.
    Raises FolderRefused, and PoolBroken if there is no such cluster, or it is lost.
    """
    began = time.perf_counter()
    with study_folder(folder, planned):
        finished = finished_runs(folder, planned.keys)
        for run in planned.runs:
            if run.variant is None and run.key not in finished:
                _keep(folder, finished, FinishedRun(run.key, "refused", run.reason, 0.0))
        left = [key for key in planned.different if key not in finished]
        try:
            if left and not monitor.stopped():
                with closing(_pool(planned, min(workers, len(left)), cluster)) as pool:
                    progress = _Progress(monitor, began, len(planned.different), len(finished), pool.size)
                    for one, lost in _solved(pool, planned, left, monitor):
                        _keep(folder, finished, one, lost)
                        progress.report(one)
        finally:
            write_table(results_frame(planned.design, planned.keys, finished), folder, RESULTS)
    return finished


def _pool(planned: Planned, workers: int, cluster: str | None) -> Pool:
    """Return workers that hold the inputs of a study; raises PoolBroken."""
    initializer, task = partial(StudyWorker, planned.variants.inputs), StudyWorker.answer
    return process_pool(initializer, task, workers) if cluster is None else dask_pool(initializer, task, cluster)


def _solved(
    pool: Pool, planned: Planned, left: Sequence[str], monitor: RunMonitor
) -> Iterator[tuple[FinishedRun, bool]]:
    """Yield the runs that are left as they are finished, and whether their workers were lost over them."""
    tasks = []
    for key in left:
        variant = planned.different[key].variant
        assert variant is not None
        tasks.append(Task("solve", key, variant, session_base(planned.runs[BASE].variant or variant, variant)))
    for task, future in pool.stream(Queue(tasks, pool.size).take, monitor.stopped):
        try:
            if (run := future.result()) is not None:
                yield run, False
        except RequestLost as lost:
            yield FinishedRun(task.key, "failed", str(lost), 0.0), True


class Queue:
    """Tasks handed out such that a worker stays with a session as long as there is work for it."""

    def __init__(self, tasks: Iterable[Task], workers: int) -> None:
        self._groups: dict[str, deque[Task]] = {}
        for task in tasks:
            self._groups.setdefault(task.base.key, deque()).append(task)
        self._at: list[str | None] = [None] * workers

    def take(self, worker: int) -> Task | None:
        """Return the next task of a worker; None if there is no more."""
        own = self._at[worker]
        if own is None or not self._groups[own]:
            self._at[worker] = None
            left = {key: len(tasks) / (1 + self._at.count(key)) for key, tasks in self._groups.items() if tasks}
            own = self._at[worker] = max(left, key=lambda key: left[key], default=None)
        return None if own is None else self._groups[own].popleft()


class _Progress:
    """Tells how many runs are finished, and how long the others may take."""

    def __init__(self, monitor: RunMonitor, began: float, runs: int, before: int, workers: int) -> None:
        self._monitor, self._began, self._runs, self._before, self._workers = monitor, began, runs, before, workers
        self._seconds: list[float] = []
        self._statuses: Counter[str] = Counter()
        self._tell("")

    def report(self, run: FinishedRun) -> None:
        """Tell that one more is finished."""
        self._seconds.append(run.seconds)
        self._statuses[run.status] += 1
        left = self._runs - self._before - len(self._seconds)
        self._tell(f", {time_left(self._seconds, left, self._workers)} left" if left else "")

    def _tell(self, left: str) -> None:
        done = self._before + len(self._seconds)
        others = [f"{count} {status}" for status, count in sorted(self._statuses.items()) if status != "solved"]
        which = f" ({', '.join(others)})" if others else ""
        note = f"{done:,} of {self._runs:,} finished{which}{left}"
        self._monitor.report(Progress("runs", time.perf_counter() - self._began, note=note))


def time_left(seconds: Sequence[float], left: int, workers: int) -> str:
    """Return in words how long some runs may still take, by those that are finished."""
    likely = fmean(seconds) * max(left / workers, 1) if seconds else 0.0
    return duration_text(likely / 2, 1.5 * likely)


def finished_runs(folder: Path, keys: Collection[str]) -> dict[str, FinishedRun]:
    """Return the runs of these keys that a folder holds, finished."""
    found = {}
    for key in dict.fromkeys(keys):
        path = folder / RUNS / f"{key}.json"
        if path.is_file():
            content = json.loads(path.read_text(encoding="utf-8"))
            found[key] = FinishedRun(**content | {"rows": tuple(Row(**row) for row in content["rows"])})
    return found


def _keep(folder: Path, finished: dict[str, FinishedRun], run: FinishedRun, lost: bool = False) -> None:
    """Keep a run that is finished; one whose workers were lost is a result too, but is tried again another time."""
    finished[run.key] = run
    if not lost:
        write_text(folder / RUNS / f"{run.key}.json", json.dumps(asdict(run), indent=1) + "\n")
