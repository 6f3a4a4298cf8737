"""A session: one case built once, and any number of questions put to it.

What one question finds of the days would serve the next; but then an answer would depend on what was asked before. So
every question begins where the case itself stands once the relaxation of its first objective is solved: with the cuts,
the bases and the allocations of that moment. A question is the case with other numbers. Whatever it changes of limits,
money, chips, land, dates or demand, the cuts stay; a change of what a day's dispatch depends on (fleets, load, weather,
prices) drops them. A hash of those numbers tells.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from types import TracebackType

from models.case import Array, Case
from optimizer.benders.baseline import by_period, solve_baseline, what_is_left_free
from optimizer.benders.cuts import CutPool
from optimizer.benders.decomposition import Decomposition, decompose
from optimizer.benders.dispatch import CancelToken
from optimizer.benders.fix_and_reoptimise import fix_and_reoptimise, update_result, verify
from optimizer.benders.full_year_dispatch import DispatchedYear, FullYearDispatch
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.master_problem import MasterProblem, Root, SearchEnded
from optimizer.benders.price import Pricing, keep, price
from optimizer.benders.search import build_master, finish_from_checkpoint, search, solve_root, time_limit_message
from optimizer.benders.solution import Baseline, SearchStatus, Solution
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.near_optimal.plan_flips import plan_flips
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form
from optimizer.program.violations import describe
from optimizer.solver.highs import OutOfTime


@dataclass
class _Base:
    """The case of a session, as far as it is known."""

    decomposition: Decomposition
    baseline: Baseline
    pool: CutPool
    """The cuts after the relaxation of the first objective, once that is solved; until then those of the baseline."""
    root: Root | None = None


@dataclass
class _Question:
    """A question on its way: who watches it, since when, and what is known so far."""

    monitor: RunMonitor
    form: ExtensiveForm
    began: float = field(default_factory=time.perf_counter)
    baseline: Baseline | None = None
    own: bool = True
    """Whether it is the session's own case."""

    def report(self, stage: str, note: str = "") -> None:
        """Tell who watches what is done now."""
        self.monitor.report(Progress(stage, time.perf_counter() - self.began, note=note))

    def ended(self, status: SearchStatus, message: str) -> Solution:
        """Return the end of a question that has no plan."""
        seconds = time.perf_counter() - self.began
        return Solution(status, message, self.form, self.baseline, None, (), {}, self.options, seconds, ())

    @property
    def options(self) -> dict[str, str]:
        """Return the settings of the search, as the proof of a plan states them."""
        solve = self.form.case.settings.solve
        return {
            "gap_share": repr(solve.gap_share),
            "gaps": ", ".join(f"{name}={gap!r}" for name, gap in solve.gaps if gap is not None),
            "time_limit_seconds": repr(solve.time_limit_seconds),
            "threads": str(solve.threads),
            "random_seed": str(solve.seed),
        }


class Session:
    """One built case, many questions; it may hold processes, so close it or use it as a context.

    >>> from optimizer.case.read import read_case
    >>> from optimizer.case.settings import load_settings
    >>> from pathlib import Path
    >>> folder = Path("inputs/tutorial")
    >>> with Session(read_case(folder, load_settings(folder))) as session:
    ...     print(session.solve().status)
    solved
    """

    def __init__(
        self,
        case: Case,
        cluster: str | None = None,
        build: Callable[[Case], ExtensiveForm] = build_extensive_form,
    ) -> None:
        """Take a case; its days are dispatched by this machine, or by the workers of a dask `cluster` at an address.

        `build` makes the extensive form of a case: another may add futures, variables, rules and couplings.
        """
        self.case, self._cluster, self._build = case, cluster, build
        self._base: _Base | None = None

    def __enter__(self) -> "Session":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End its processes."""
        self.reset()

    def reset(self) -> None:
        """Forget all that is known of the case, and end the processes of the session."""
        if self._base is not None:
            self._base.decomposition.dispatcher.close()
            self._base = None

    def solve(
        self,
        changed: Case | None = None,
        monitor: RunMonitor | None = None,
        kept: Sequence[Checkpoint] = (),
        start: Array | None = None,
        *,
        starts: Sequence[IntegerPlan] = (),
        found: Callable[[Solution], None] = lambda _: None,
        year: Callable[[], bool] | None = None,
        last: bool = False,
        flips: bool = False,
    ) -> Solution:
        """Return the solution of the case, or of a changed one; its status tells whether it has a plan, and how proved.

        With checkpoints of a search that broke off nothing is searched: the first of them that is a plan is finished.
        With decisions to `start` from, or whole numbers (`starts`), it begins with the best of them that make a plan.
        The finished plan is handed to `found` before the whole year is dispatched; `year`, asked once the search has
        ended, tells whether that is done, and without it the settings. `flips` asks what would flip the choice of its
        sites. After the `last` question the session knows
        nothing any more, and its processes end before the whole year needs their memory. Raises PoolBroken if the
        cluster is lost.
        """
        question = self._asked(changed, monitor)
        try:
            with self._master_of(question) as master:
                best = finish_from_checkpoint(master, kept) if kept else search(master, start, starts)
                searched = _as_searched(master) if flips and not kept else None
                question.report("finishing", "the cost of all that is not whole minimised")
                decomposition, settings = master.decomposition, question.form.case.settings
                wanted = settings.time.replay if year is None else year()
                with FullYearDispatch(decomposition, self._cluster) if wanted else nullcontext() as full_year:
                    point, shadow_prices = fix_and_reoptimise(master, best, full_year)
                    solution = _finished(question, master, point, shadow_prices)
                    if solution.point is None:
                        return solution
                    if searched is not None:
                        solution = replace(solution, flips=plan_flips(searched, best))
                    if last and full_year is not None and not full_year.borrows_workers:
                        self.reset()  # the whole year needs their memory
                    found(solution)
                    return replace(solution, year=_dispatched(question, full_year, decomposition, point))
        except SearchEnded as stop:
            return question.ended(stop.status, str(stop))
        except OutOfTime as late:
            return question.ended("limit", f"no plan was found: {late}")

    def price(
        self,
        plans: Sequence[IntegerPlan],
        changed: Case | None = None,
        monitor: RunMonitor | None = None,
        floors: Mapping[str, float] | None = None,
        bounds: Mapping[str, float] | None = None,
    ) -> Pricing:
        """Return what plans are worth in the case, or in a changed one, exactly: by linear programmes, to 1e-6.

        `floors` are levels that objectives keep while those after them are minimised, where the case states none; else
        they hang on the bounds of the relaxations, which are not solved where `bounds` of objectives are proved before.
        Raises SearchEnded where no plan exists, not even with fractions.
        """
        with self._master_of(self._asked(changed, monitor)) as master:
            return price(master, plans, floors or {}, bounds or {})

    def finish(
        self,
        plan: IntegerPlan,
        changed: Case | None = None,
        monitor: RunMonitor | None = None,
        floors: Mapping[str, float] | None = None,
    ) -> Solution:
        """Return the solution of the case, or of a changed one, with the whole numbers of a plan; nothing is searched.

        Of its objectives nothing is proved: it has no stages. `floors` are levels that they keep, as in `price`.
        """
        question = self._asked(changed, monitor)
        with self._master_of(question) as master:
            best = keep(master, plan, floors or {})
            if best is None:
                return question.ended("infeasible", "these whole numbers are no plan")
            return _finished(question, master, *fix_and_reoptimise(master, best))

    @contextmanager
    def changed(self, case: Case, monitor: RunMonitor, began: float) -> Iterator[MasterProblem]:
        """Give the master problem of a changed case, before any objective, with the cuts that both share."""
        with self._master_of(self._asked(case, monitor, began)) as master:
            yield master

    def _asked(self, changed: Case | None, monitor: RunMonitor | None, began: float | None = None) -> _Question:
        """Return the question of the case, or of a changed one, its extensive form built."""
        monitor, began = monitor or RunMonitor(), time.perf_counter() if began is None else began
        monitor.report(Progress("building", 0.0))
        own = changed is None or changed == self.case
        return _Question(monitor, self._own_form() if own or changed is None else self._build(changed), began, own=own)

    @contextmanager
    def _master_of(self, question: _Question) -> Iterator[MasterProblem]:
        """Give the master problem of a question, and end the processes that were made for it alone."""
        decomposition: Decomposition | None = None
        try:
            master = self._posed_base(question) if question.own else self._posed(question)
            decomposition = master.decomposition
            yield master
        finally:
            if decomposition is not None and not self._owns(decomposition):
                decomposition.dispatcher.close()
            if self._base is not None and self._base.decomposition.dispatcher.closed:
                self.reset()  # its workers, and the bases they held, are gone

    def master(self, monitor: RunMonitor, began: float) -> MasterProblem:
        """Return the master problem of the case as it stands where every question begins.

        For questions that are no changed case: other rows, bounds or objectives over the same columns, with the same
        cuts. Raises SearchEnded where the system without data centres cannot serve its own load.
        """
        return self._posed_base(_Question(monitor, self._own_form(), began))

    def _own_form(self) -> ExtensiveForm:
        """Return the extensive form of the session's own case, built once."""
        return self._build(self.case) if self._base is None else self._base.decomposition.form

    def _owns(self, decomposition: Decomposition) -> bool:
        """Tell whether a decomposition's days are dispatched by the session's own processes."""
        return self._base is not None and decomposition.dispatcher is self._base.decomposition.dispatcher

    def _posed_base(self, question: _Question) -> MasterProblem:
        """Return the master problem of the session's own case, as it stands where every question begins."""
        if self._base is None:
            decomposition = decompose(
                question.form, question.form.case.settings.solve.time_limit_seconds, self._cluster
            )
            try:
                baseline = self._baseline(question, decomposition)
                decomposition = decomposition.with_spare_lines(baseline.spare_mw)
                self._base = _Base(decomposition, baseline, CutPool())
            except BaseException:
                decomposition.dispatcher.close()
                raise
            master = build_master(decomposition, self._base.baseline, question.monitor, question.began)
            self._base.pool = master.pool.copy()
        else:
            self._base.decomposition.dispatcher.restore()
            master = _master(question, self._base.decomposition, self._base.baseline, self._base.pool.copy())
        base = self._base
        question.baseline, question.form = base.baseline, base.decomposition.form

        def remember(root: Root) -> None:
            base.root, base.pool = root, master.pool.copy()
            base.decomposition.dispatcher.save()

        master.root, master.on_root = base.root, remember
        return master

    def _posed(self, question: _Question) -> MasterProblem:
        """Return the master problem of a changed case, with the cuts that its days have in common with the own case."""
        if self._base is None or self._base.root is None:
            solve_root(self._posed_base(_Question(question.monitor, self._own_form(), question.began)))
        assert self._base is not None
        base, seconds = self._base, question.form.case.settings.solve.time_limit_seconds
        decomposition = decompose(question.form, seconds, self._cluster, like=base.decomposition)
        baseline = base.baseline
        try:
            if self._owns(decomposition):
                decomposition.dispatcher.restore()
                if _asks_otherwise(question.form.case, base.decomposition.form.case):
                    free = what_is_left_free(decomposition, baseline.results, question.monitor)
                    baseline = replace(baseline, spare_mw=free[0], allotted_mw=free[1])
            else:
                baseline = self._baseline(question, decomposition)
            decomposition = decomposition.with_spare_lines(baseline.spare_mw)
            question.baseline, question.form = baseline, decomposition.form
            if not decomposition.numbers.keep_cuts_of(base.decomposition.numbers):
                return build_master(decomposition, baseline, question.monitor, question.began)
            names = base.decomposition.master.column_names
            pool = base.pool.remap_columns(names, decomposition.master.column_names)
            return _master(question, decomposition, baseline, pool)
        except BaseException:
            if not self._owns(decomposition):
                decomposition.dispatcher.close()
            raise

    def _baseline(self, question: _Question, decomposition: Decomposition) -> Baseline:
        question.report("baseline", "the system without new data centres")
        return solve_baseline(decomposition, question.monitor, question.began)


def _master(question: _Question, decomposition: Decomposition, baseline: Baseline, pool: CutPool) -> MasterProblem:
    """Return a master problem that begins with a pool of cuts."""
    return MasterProblem(decomposition, question.monitor, question.began, baseline.node_meur, pool)


def _asks_otherwise(case: Case, other: Case) -> bool:
    """Tell whether two cases with the same days ask for other stress hours."""
    rules, others = case.settings.power, other.settings.power
    return (rules.cover_spare_lines, rules.cover_stress_share) != (others.cover_spare_lines, others.cover_stress_share)


def _as_searched(master: MasterProblem) -> MasterProblem:
    """Return a master problem as its search left it, whatever is added to the other after that."""
    kept = [*master.epsilon_constraints]
    return replace(master, pool=master.pool.copy(), epsilon_constraints=kept, time_limited={})


def _finished(question: _Question, master: MasterProblem, point: Array, shadow_prices: dict[str, float]) -> Solution:
    """Return the solution of a search whose plan is finished, verified."""
    form, baseline = question.form, question.baseline
    assert baseline is not None
    point, violations = verify(master, point)
    if describe(violations):
        message = f"the plan found breaks its own programme and is refused: {describe(violations)}"
        return question.ended("failed", message)
    stages = tuple(update_result(stage, master, point) for stage in master.stages)
    status: SearchStatus = next((stage.status for stage in stages if stage.status != "solved"), "solved")
    pairs = zip(form.nodes, baseline.results, master.final_results, strict=True)
    noise = {
        node.period: sum(each.cost_meur - each.bound.value for each in results)
        for node, *results in pairs
        if node.future == form.nodes[0].future
    }
    seconds = time.perf_counter() - question.began
    return Solution(
        status,
        time_limit_message(master),
        form,
        baseline,
        point,
        stages,
        shadow_prices,
        question.options,
        seconds,
        violations,
        noise,
        by_period(form, master.final_days),
        _servers_meur(master),
        floors=master.floors,
    )


def _servers_meur(master: MasterProblem) -> dict[str, float]:
    """Return what one more MW of servers adds to the running cost of a year, by the name of its column."""
    names, links = master.decomposition.master.column_names, master.decomposition.links
    return {
        names[column]: float(slope)
        for columns, result in zip(links, master.final_results, strict=True)
        for column, slope in zip(columns.tolist(), result.bound.slope, strict=False)
        if column >= 0 and names[column].startswith("compute.alive_mw[")
    }


def _dispatched(
    question: _Question, full_year: FullYearDispatch | None, decomposition: Decomposition, point: Array
) -> DispatchedYear | None:
    """Return every day of the record at a finished plan; None if it is not wanted, or an end was asked for before."""
    if full_year is None or question.monitor.stopped():
        return None
    token = CancelToken(question.monitor.stopped, lambda note: question.report("whole year", note))
    return full_year.dispatch(decomposition.links_at(point), decomposition.dispatcher.prices, token)


def solve_case(
    case: Case,
    monitor: RunMonitor | None = None,
    kept: Sequence[Checkpoint] = (),
    cluster: str | None = None,
    start: Array | None = None,
    *,
    found: Callable[[Solution], None] = lambda _: None,
    year: Callable[[], bool] | None = None,
    flips: bool = False,
) -> Solution:
    """Return the solution of a case: a session of one question (see `Session.solve`)."""
    with Session(case, cluster) as session:
        return session.solve(None, monitor, kept, start, found=found, year=year, last=True, flips=flips)
