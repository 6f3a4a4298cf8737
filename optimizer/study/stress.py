"""Plans in futures that they were not made for: what each is worth there, and which is never far from the best.

A regret is what a plan falls short of the best that is known of a future. The whole numbers of a plan are kept and all
else is decided anew, so that no gap stands between two plans; that the best known may itself be improved, up to the
bound, adds the same to the regret of every plan.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from models.case import Case
from models.plan import Plan
from models.settings import OBJECTIVES
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.case.display_names import unique_names
from optimizer.case.faults import CaseRefused, Fault
from optimizer.extract.decisions import decisions_of
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.pool.dask_pool import dask_pool
from optimizer.pool.pinned_executor import RequestLost
from optimizer.pool.process_pool import process_pool
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import run_highs
from optimizer.store.plan_files import read_plan
from optimizer.store.plan_folder import FolderRefused
from optimizer.study.results import BASE, PLANS, STUDY, RunPrices
from optimizer.study.study_worker import StudyWorker, Task, session_base
from optimizer.study.sweep import Planned, PlannedRun, Queue, finished_runs
from optimizer.study.variant import Variant, Variants, layers_of

COLUMNS = ("run", "plan", "objective", "value", "bound")
EVERY = "(every plan)"
"""Stands for the plans in a future of which nothing can be told."""
BROKEN = 1e-6
"""Scaled violation from which a rule is broken."""
EQUAL = 1e-6
"""Relative difference of two prices that are the same."""
SECONDS = 60.0


def plans_of(folders: Sequence[Path], form: ExtensiveForm) -> dict[str, IntegerPlan]:
    """Return the whole numbers of written plans by the names of their folders, and of all points of a front's folder.

    `form` knows the columns. Raises FolderRefused where a folder holds neither, or decides what the form does not know.
    """
    found = dict[str, IntegerPlan]()
    names = unique_names({str(place): folder.resolve().name for place, folder in enumerate(folders)})
    for place, folder in enumerate(folders):
        name = names[str(place)]
        if (folder / PLANS).is_file():
            points = json.loads((folder / PLANS).read_text(encoding="utf-8"))
            found |= {f"{name}, {each}": IntegerPlan(numbers) for each, numbers in points.items()}
            continue
        try:
            found[name] = whole_numbers(form, read_plan(folder))
        except ValueError as unknown:
            raise FolderRefused(f"{folder}: {unknown}") from None
    return found


def whole_numbers(form: ExtensiveForm, plan: Plan) -> IntegerPlan:
    """Return the whole numbers of a plan; raises ValueError if it decides what the form does not know."""
    return IntegerPlan.of(form.compiled.program, decisions_of(form, plan))


def base_form(planned: Planned) -> ExtensiveForm:
    """Return the extensive form of a study's base run; raises CaseRefused where its inputs are refused."""
    base = planned.runs[BASE]
    if base.variant is None:
        raise CaseRefused([Fault(STUDY, f"the base run is refused: {base.reason}")])
    return build_extensive_form(_case(planned.variants, base.variant))


def priced(
    planned: Planned,
    plans: Mapping[str, IntegerPlan],
    floors: Mapping[str, Mapping[str, float]],
    monitor: RunMonitor,
    workers: int = 1,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Return what plans are worth in every run of a study: `run, plan, objective, value, bound`; NaN where one is none.

    `floors` are the levels of objectives that the runs kept, by key. A future of which nothing can be told is left out;
    once an end is wanted, those priced by then are returned. Raises PoolBroken.
    """
    base = planned.runs[BASE].variant
    tasks = [
        Task("price", key, variant, session_base(base or variant, variant), tuple(plans.values()), floors.get(key, {}))
        for key, run in planned.different.items()
        if (variant := run.variant) is not None
    ]
    found = {each.key: each for each in _answers(planned, tasks, monitor, workers, cluster)}
    rows = [
        (run, name, objective, found[key].values[plan.key][place], bound)
        for run, key in zip(planned.design.index.tolist(), planned.keys, strict=True)
        if key in found
        for place, (objective, bound) in enumerate(found[key].bounds.items())
        for name, plan in plans.items()
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS]).astype({"value": float, "bound": float})


def _answers(
    planned: Planned, tasks: Sequence[Task], monitor: RunMonitor, workers: int, cluster: str | None
) -> Iterator[RunPrices]:
    """Yield what workers tell of futures, and report how far they are."""
    start, began = partial(StudyWorker, planned.variants.inputs), time.perf_counter()
    made = process_pool(start, StudyWorker.answer, min(workers, len(tasks))) if cluster is None else None
    with closing(made or dask_pool(start, StudyWorker.answer, str(cluster))) as pool:
        stream = pool.stream(Queue(pool.size).of(tasks), monitor.stopped)
        for number, (_, future) in enumerate(stream, 1):
            with suppress(RequestLost):
                answer = future.result()
                if isinstance(answer, RunPrices):
                    yield answer
            note = f"{number:,} of {len(tasks):,} priced"
            monitor.report(Progress("futures", time.perf_counter() - began, note=note))


def regrets(prices: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the prices of plans with what each falls short of the best known of a future.

    `prices` has `run, plan, objective, value, bound`, and `known` the same but for the plan: what searches found and
    proved there. `bound` becomes the tighter one; added are `best`, `regret` (not negative; NaN where the plan is none)
    and `most`, the regret if the bound is reached.
    """
    every = pd.concat([prices, known])
    signs = every["objective"].map(_sign)
    signed = every.assign(best=every["value"] * signs, bound=every["bound"] * signs)
    best = signed.groupby(["run", "objective"])[["best", "bound"]].agg({"best": "min", "bound": "max"})
    table = prices.drop(columns="bound").merge(best, "left", left_on=["run", "objective"], right_index=True)
    sign = table["objective"].map(_sign)
    table["bound"] = np.fmin(table["bound"], table["best"])
    table["regret"] = sign * table["value"] - table["best"]
    table["most"] = sign * table["value"] - table["bound"]
    return table.assign(best=sign * table["best"], bound=sign * table["bound"])


def _sign(objective: str) -> float:
    return -1.0 if OBJECTIVES[objective].sense == "maximise" else 1.0


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return how every plan does over all futures, by objective, the least worst regret first.

    Columns: `objective`, `plan`; `futures` and `none`, in how many it is no plan or misses a level; `worst` regret, in
    which future (`worst_run`), and at `most`, whatever the bounds leave open; `mean` regret over the futures in which
    it is a plan, each weighted alike; `best_in`, in how many nothing better is known. A plan that is none somewhere
    stands behind all that are plans more often.
    """
    rows = []
    for (objective, plan), mine in table.groupby(["objective", "plan"], sort=False):
        known = mine.dropna(subset="regret")
        ranked = known.sort_values("regret", ascending=False, kind="stable")[["regret", "run"]].to_numpy().tolist()
        worst, run = ranked[0] if ranked else (np.nan, -1)
        same = known["regret"] <= EQUAL * known["value"].abs().clip(lower=1.0)
        rows.append(
            {
                "objective": objective,
                "plan": plan,
                "futures": len(mine),
                "none": len(mine) - len(known),
                "worst": worst,
                "worst_run": int(run),
                "most": known["most"].max(),
                "mean": known["regret"].mean(),
                "best_in": int(same.sum()),
            }
        )
    order = {name: place for place, name in enumerate(dict.fromkeys(table["objective"]))}
    frame = pd.DataFrame(rows)
    frame["order"] = frame["objective"].map(order)
    return frame.sort_values(["order", "none", "worst"], kind="stable", ignore_index=True).drop(columns="order")


def broken_rule(case: Case, plan: IntegerPlan) -> str:
    """Return why whole numbers are no plan of a case: the number or rule that is in the way, as far as that is cheap.

    The rules of the investments are asked, each by a slack; where none of them is broken it is the dispatch of the
    days, or a level that the plan does not reach.
    """
    program = build_extensive_form(case).compiled.program
    places = {name: place for place, name in enumerate(program.column_names)}
    for name, number in plan.numbers.items():
        if name not in places:
            return f"{name} cannot be decided there"
        if number > program.upper[places[name]]:
            return f"{name} is {number}, at most {program.upper[places[name]]:g} there"
    point = plan.decisions(program)
    if point is None:
        return "a number is less than it must be there"
    fixed = elastic(program.with_fixed_integers(point))
    outcome = run_highs(fixed, monitor=RunMonitor(), seconds=SECONDS)
    if outcome.values is None or outcome.objective <= BROKEN:
        return "the days cannot be served with it, or it misses a level"
    count = len(program.row_lower)
    slack = outcome.values[len(program.lower) :]
    scaled = (slack[:count] + slack[count:]) * fixed.cost[len(program.lower) : len(program.lower) + count]
    return f"breaks {program.row_names[int(scaled.argmax())]}"


def elastic(program: LinearProgram) -> LinearProgram:
    """Return the programme of least violations, each row's in shares of its own size."""
    rows, columns = program.matrix.shape
    limits = np.where(np.isfinite(program.row_upper), program.row_upper, program.row_lower)
    size = np.maximum(np.abs(np.where(np.isfinite(limits), limits, 0.0)), 1.0)
    identity = sparse.eye_array(rows, format="csr")
    return LinearProgram(
        cost=np.concatenate([np.zeros(columns), 1 / size, 1 / size]),
        offset=0.0,
        matrix=sparse.hstack([program.matrix, identity, -identity], format="csr"),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        row_names=program.row_names,
        lower=np.concatenate([program.lower, np.zeros(2 * rows)]),
        upper=np.concatenate([program.upper, np.full(2 * rows, np.inf)]),
        integer=np.zeros(columns + 2 * rows, dtype=bool),
        column_names=[
            *program.column_names,
            *(f"{way}[{name}]" for way in ("under", "over") for name in program.row_names),
        ],
    )


def reasons(table: pd.DataFrame, cases: Mapping[int, Case], plans: Mapping[str, IntegerPlan]) -> pd.DataFrame:
    """Return why plans are none in some futures: `run`, `plan`, `why`; a case is only looked at where one is none."""
    order = [*dict.fromkeys(table["objective"])]
    none = table[table["value"].isna()].drop_duplicates(["run", "plan"])
    rows = []
    for run, plan, objective in none[["run", "plan", "objective"]].to_numpy(dtype=object).tolist():
        place = order.index(objective)
        why = f"misses the level of {order[place - 1]}" if place else broken_rule(cases[run], plans[plan])
        rows.append({"run": run, "plan": plan, "why": why})
    return pd.DataFrame(rows, columns=["run", "plan", "why"])


def stressed(
    planned: Planned,
    plans: Mapping[str, IntegerPlan],
    results: Path,
    monitor: RunMonitor,
    workers: int = 1,
    cluster: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the regrets of plans in the futures of a study, and why they are none there: `run, plan, why`.

    What the study's runs found, if the folder of its results holds them for these inputs, counts among what is known of
    a future: the column `searched` tells of which. Raises PoolBroken.
    """
    futures = [*zip(planned.design.index.tolist(), planned.runs, strict=True)]
    finished = finished_runs(results, planned.keys)
    floors = {key: run.floors for key, run in finished.items()}
    prices = priced(planned, plans, floors, monitor, workers, cluster)
    known = [
        (run, row.measure, row.value, row.bound)
        for run, each in futures
        if each.key in finished
        for row in finished[each.key].rows
        if row.bound is not None
    ]
    table = regrets(prices, pd.DataFrame(known, columns=["run", "objective", "value", "bound"]))
    table["searched"] = table["run"].isin({run for run, *_ in known})
    told, none = set(prices["run"]), set(prices.loc[prices["value"].isna(), "run"])
    cases = {
        run: _case(planned.variants, each.variant) for run, each in futures if run in none and each.variant is not None
    }
    left_out = [(run, EVERY, _left_out(planned.variants, each)) for run, each in futures if run not in told]
    why = pd.DataFrame(left_out, columns=["run", "plan", "why"])
    return table, pd.concat([why, reasons(table, cases, plans)], ignore_index=True)


def _case(variants: Variants, variant: Variant) -> Case:
    return variant.case(variants.inputs[layers_of(variant.settings)])


def _left_out(variants: Variants, run: PlannedRun) -> str:
    """Return why nothing can be told of a future."""
    try:
        if run.variant is not None:
            _case(variants, run.variant)
    except CaseRefused as refused:
        return str(refused)
    return run.reason or "no plan exists there, not even with fractions of halls, or it was not asked for"
