"""A sweep: every run of a study's design once, on workers, each result kept as it comes, the tables made of them."""

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.benders.integer_plan import IntegerPlan
from optimizer.case.faults import CaseRefused, Fault, capped
from optimizer.case.place import place_of
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.pool.dask_pool import dask_pool
from optimizer.pool.pinned_executor import PinnedExecutor, RequestLost
from optimizer.pool.process_pool import process_pool
from optimizer.runtime.estimate import duration_text
from optimizer.store.lock import Locked, locked
from optimizer.store.plan_folder import FolderRefused
from optimizer.study.design import design_frame, design_rows, rows_sheet
from optimizer.study.factor import Value
from optimizer.study.pool import best_of, better_plan, pool_of, prices_frame
from optimizer.study.results import (
    BASE,
    DESIGN,
    KEYS,
    PLANS,
    PRICES,
    RESULTS,
    RUNS,
    STUDY,
    FinishedRun,
    Row,
    RunPrices,
    results_frame,
    write_table,
    write_text,
)
from optimizer.study.study_file import Study
from optimizer.study.study_worker import StudyWorker, Task, What, session_base
from optimizer.study.variant import Variant, Variants

if TYPE_CHECKING:
    from pandas import DataFrame

Pool = PinnedExecutor[Task, FinishedRun | RunPrices | None]


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
            for part in (RUNS, PRICES):
                (folder / part).mkdir(parents=True, exist_ok=True)
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
    """Run what is left of a study, price its plans and write the tables of what is finished; return its runs by key.

    A run that was finished before, in this folder, is not run again. Once an end is wanted, what is finished is kept.
    Raises FolderRefused, and PoolBroken if there is no such cluster, or it is lost.
    """
    with study_folder(folder, planned):
        going = _Sweep(planned, folder, monitor, workers, cluster)
        try:
            with closing(going):
                going.solve()
                going.price()
        finally:
            going.write()
    return going.finished


def tables_of(planned: Planned, folder: Path) -> dict[str, "DataFrame"]:
    """Return the tables of a study by name, made of what its folder keeps of its runs and prices.

    Raises CaseRefused where runs or prices are left.
    """
    kept = _Sweep(planned, folder, RunMonitor(), 1, None)
    left = [f"{RUNS}/{key}.json" for key in kept.left]
    if not left and planned.study.top.plans:
        left = [f"{PRICES}/{task.key}.json" for task in kept.unpriced() or kept.unfinished_plans()]
    if left:
        number, of = len(left), len(planned.different)
        what = "runs are not finished" if left[0].startswith(RUNS) else "runs have plans without a price"
        raise CaseRefused([Fault(left[0], f"{number:,} of {of:,} {what}: gigasite sweep goes on with them")])
    return kept.tables()


class _Sweep:
    """A study on its way."""

    def __init__(self, planned: Planned, folder: Path, monitor: RunMonitor, workers: int, cluster: str | None) -> None:
        self.planned, self.folder, self.monitor = planned, folder, monitor
        self._workers, self._cluster = workers, cluster
        self._began = time.perf_counter()
        self._pool: Pool | None = None
        self.finished = finished_runs(folder, planned.keys)
        self._prices: dict[str, RunPrices] = {}
        self._plans: dict[str, IntegerPlan] = {}

    def solve(self) -> None:
        """Solve every run that is left: the base run first, from whose plan all others set out."""
        planned, finished = self.planned, self.finished
        for run in planned.runs:
            if run.variant is None and run.key not in finished:
                self._keep_run(FinishedRun(run.key, "refused", run.reason, 0.0), False)
        base, progress = planned.keys[BASE], _Progress(self.monitor, self._began, "runs", len(planned.different))
        for first in (True, False):
            left = [key for key in planned.different if key not in finished]
            if first:
                tasks = [self._task("solve", base), *self._make_ready(left)] if base in left else []
            else:
                known = finished.get(base)
                starts = (IntegerPlan(known.plan),) if known and known.plan else ()
                tasks = [self._task("solve", key, starts) for key in left]
            progress.begin(len(finished))
            for answer, lost in self._answers(tasks):
                if isinstance(answer, FinishedRun):
                    self._keep_run(answer, lost)
                    progress.report(answer.status)

    def price(self) -> None:
        """Price the pool of plans in every run that has one, and finish the best there; what was done before stands."""
        if self.monitor.stopped() or not self.planned.study.top.plans or self.left:
            return
        for found in self._told("prices", self.unpriced()):
            values = {**self._prices[found.key].values, **found.values}
            self._keep_prices(replace(found, values=values))
        for found in self._told("plans", self.unfinished_plans()):
            self._keep_prices(replace(self._prices[found.key], best=found.best, rows=found.rows))

    @property
    def left(self) -> list[str]:
        """Return the keys of the runs that are not finished."""
        return [key for key in self.planned.different if key not in self.finished]

    @property
    def _with_plan(self) -> list[str]:
        return [key for key in self.planned.different if self.finished[key].plan]

    def unpriced(self) -> list[Task]:
        """Return what is left to price, all runs being finished; what was priced before is known then."""
        planned, finished, most = self.planned, self.finished, self.planned.study.top.plans
        self._plans = pool_of(finished[planned.keys[BASE]], (finished[key] for key in planned.keys), most)
        known = finished_prices(self.folder, planned.keys)
        tasks = []
        for key in self._with_plan:
            own = IntegerPlan(finished[key].plan)
            asked = {own.key: own} | self._plans
            prices = known.get(key, RunPrices(key, {}, {}))
            values = {plan: row for plan, row in prices.values.items() if plan in asked}
            self._prices[key] = replace(prices, values=values)
            if left := [plan for plan in asked.values() if plan.key not in values]:
                bounds = {row.measure: row.bound for row in finished[key].rows if row.bound is not None}
                tasks.append(replace(self._task("price", key, left), floors=finished[key].floors, bounds=bounds))
        return tasks

    def unfinished_plans(self) -> list[Task]:
        """Return the runs whose best plan is another's and not finished in them yet, all prices being known."""
        finished = self.finished
        better = {key: better_plan(finished[key], self._prices[key]) for key in self._with_plan}
        own = {plan.key: plan for key in self._with_plan if (plan := IntegerPlan(finished[key].plan))} | self._plans
        tasks = []
        for key, best in better.items():
            if best is None:
                self._prices[key] = replace(self._prices[key], best="", rows=())
            elif self._prices[key].best != best:
                tasks.append(replace(self._task("finish", key, [own[best]]), floors=finished[key].floors))
        return tasks

    def _told(self, stage: str, tasks: Sequence[Task]) -> Iterator[RunPrices]:
        """Yield what workers tell of plans, and tell how far they are."""
        progress = _Progress(self.monitor, self._began, stage, len(tasks))
        if tasks:
            progress.begin(0)
        for found, _ in self._answers(tasks):
            if isinstance(found, RunPrices):
                yield found
                progress.report("solved")

    def _keep_prices(self, prices: RunPrices) -> None:
        """Keep what plans are worth in a run."""
        self._prices[prices.key] = prices
        write_text(self.folder / PRICES / f"{prices.key}.json", json.dumps(asdict(prices), indent=1) + "\n")

    def write(self) -> None:
        """Write the tables of what is finished."""
        for name, frame in self.tables().items():
            write_table(frame, self.folder, name)
        if self._plans:
            own = {plan.key: plan for run in self.finished.values() if (plan := IntegerPlan(run.plan)).numbers}
            plans = {key: dict(plan.numbers) for key, plan in sorted((own | self._plans).items())}
            write_text(self.folder / PLANS, json.dumps(plans, indent=1) + "\n")

    def tables(self) -> dict[str, "DataFrame"]:
        """Return the tables of what is finished, by the names of their files."""
        planned, prices = self.planned, self._prices
        runs = {key: best_of(run, prices[key]) if key in prices else run for key, run in self.finished.items()}
        found = {RESULTS: results_frame(planned.design, planned.keys, runs)}
        if self._plans:
            found[PRICES] = prices_frame(planned.design.index.tolist(), planned.keys, runs, prices)
        return found

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.close()

    def _answers(self, tasks: Sequence[Task]) -> Iterator[tuple[FinishedRun | RunPrices | None, bool]]:
        """Yield what workers answer, and whether they were lost over it."""
        if not tasks or self.monitor.stopped():
            return
        if self._pool is None:
            self._pool = self._made_pool(min(self._workers, len(self.planned.different)))
            self._queue = Queue(self._pool.size)
        for task, future in self._pool.stream(self._queue.of(tasks), self.monitor.stopped):
            try:
                yield future.result(), False
            except RequestLost as lost:
                yield FinishedRun(task.key, "failed", str(lost), 0.0) if task.what == "solve" else None, True

    def _made_pool(self, workers: int) -> Pool:
        """Return workers that hold the inputs of the study; raises PoolBroken."""
        initializer, task = partial(StudyWorker, self.planned.variants.inputs), StudyWorker.answer
        if self._cluster is not None:
            return dask_pool(initializer, task, self._cluster)
        return process_pool(initializer, task, workers)

    def _task(self, what: What, key: str, plans: Sequence[IntegerPlan] = ()) -> Task:
        variant = self.planned.different[key].variant
        assert variant is not None
        base = session_base(self.planned.runs[BASE].variant or variant, variant)
        return Task(what, key, variant, base, tuple(plans))

    def _make_ready(self, left: Sequence[str]) -> list[Task]:
        """Return what the other workers do while one solves the base run: make ready the sessions that are needed."""
        tasks = [self._task("make ready", key) for key in left]
        wanted = Counter(task.base.key for task in tasks)
        ranked = sorted({task.base.key: task for task in tasks}.values(), key=lambda task: -wanted[task.base.key])
        return [ranked[(1 + worker) % len(ranked)] for worker in range(self._workers - 1)]

    def _keep_run(self, run: FinishedRun, lost: bool) -> None:
        """Keep a run that is finished; one whose workers were lost is a result too, but is tried again another time."""
        self.finished[run.key] = run
        if not lost:
            write_text(self.folder / RUNS / f"{run.key}.json", json.dumps(asdict(run), indent=1) + "\n")


class Queue:
    """Hands out tasks such that a worker stays with a session as long as there is work for it."""

    def __init__(self, workers: int) -> None:
        self._at: list[str | None] = [None] * workers

    def of(self, tasks: Iterable[Task]) -> Callable[[int], Task | None]:
        """Return what gives a worker its next task of these; None if there is no more."""
        groups: dict[str, deque[Task]] = {}
        for task in tasks:
            groups.setdefault(task.base.key, deque()).append(task)

        def take(worker: int) -> Task | None:
            own = self._at[worker]
            if own not in groups or not groups[own]:
                self._at[worker] = None
                left = {key: len(tasks) / (1 + self._at.count(key)) for key, tasks in groups.items() if tasks}
                own = self._at[worker] = max(left, key=lambda key: left[key], default=None)
            return None if own is None else groups[own].popleft()

        return take


class _Progress:
    """Tells how much of a stage is finished, and how long the rest may take."""

    def __init__(self, monitor: RunMonitor, began: float, stage: str, all_of_it: int) -> None:
        self._monitor, self._began, self._stage, self._all = monitor, began, stage, all_of_it
        self._statuses: Counter[str] = Counter()
        self._done = 0
        self._since, self._before = began, 0

    def begin(self, before: int) -> None:
        """Count from now on; so many are finished before."""
        self._done, self._before, self._since = before, before, time.perf_counter()
        self._tell("")

    def report(self, status: str) -> None:
        """Tell that one more is finished."""
        self._done += 1
        self._statuses[status] += 1
        each = (time.perf_counter() - self._since) / (self._done - self._before)
        left = self._all - self._done
        self._tell(f", {time_left(each, left)} left" if left else "")

    def _tell(self, left: str) -> None:
        others = [f"{count} {status}" for status, count in sorted(self._statuses.items()) if status != "solved"]
        which = f" ({', '.join(others)})" if others else ""
        note = f"{self._done:,} of {self._all:,} finished{which}{left}"
        self._monitor.report(Progress(self._stage, time.perf_counter() - self._began, note=note))


def time_left(each: float, left: int) -> str:
    """Return in words how long what is left may take, if each takes so many seconds of the clock."""
    return duration_text(0.5 * each * left, 1.5 * each * left)


def finished_runs(folder: Path, keys: Collection[str]) -> dict[str, FinishedRun]:
    """Return the runs of these keys that a folder holds, finished; one whose file is damaged is not."""
    found = {}
    for key, content in _kept(folder / RUNS, keys):
        with suppress(KeyError, TypeError):
            found[key] = FinishedRun(**content | {"rows": tuple(Row(**row) for row in content["rows"])})
    return found


def finished_prices(folder: Path, keys: Collection[str]) -> dict[str, RunPrices]:
    """Return the prices in runs of these keys that a folder holds; those of a damaged file are not there."""
    found = {}
    for key, content in _kept(folder / PRICES, keys):
        with suppress(KeyError, TypeError, AttributeError):
            values = {plan: tuple(row) for plan, row in content["values"].items()}
            rows = tuple(Row(**row) for row in content["rows"])
            found[key] = RunPrices(**content | {"values": values, "rows": rows})
    return found


def _kept(folder: Path, keys: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a folder keeps of keys, a JSON object each."""
    for key in dict.fromkeys(keys):
        with suppress(OSError, ValueError):
            content = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
            if isinstance(content, dict) and content.get("key") == key:
                yield key, content
