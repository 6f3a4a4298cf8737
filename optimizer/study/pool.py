"""The pool of a study's plans, and what it says: every plan's price in every run, and the best of them as its value."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from models.settings import OBJECTIVES
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.solver.solve_result import relative_gap
from optimizer.study.results import PRICE_COLUMNS, FinishedRun, RunPrices

ROUNDING = 1e-5
"""Share of a price by which another must be better to count as better: ten times what prices are exact to."""

if TYPE_CHECKING:
    from pandas import DataFrame


def pool_of(base: FinishedRun, runs: Iterable[FinishedRun], most: int) -> dict[str, IntegerPlan]:
    """Return at most so many plans by key: the base run's, then those that most runs found; the order of runs is none.

    Each run's own plan is priced in it besides.
    """
    found = Counter(plan for run in runs if (plan := IntegerPlan(run.plan)).numbers)
    ranked = sorted(found, key=lambda plan: (plan != IntegerPlan(base.plan), -found[plan], plan.key))
    return {plan.key: plan for plan in ranked[:most]}


def better_plan(run: FinishedRun, prices: RunPrices) -> str | None:
    """Return the plan whose last objective is best in a run; None if the run's own is as good, but for rounding."""
    objective = next(reversed([*prices.bounds]), None)
    known = {plan: values[-1] for plan, values in sorted(prices.values.items()) if values and values[-1] is not None}
    if objective is None or not known:
        return None
    sign = -1 if OBJECTIVES[objective].sense == "maximise" else 1
    best = min(known, key=lambda plan: sign * known[plan])
    own = IntegerPlan(run.plan).key
    worse = known.get(own, math.inf * sign)
    return best if best != own and sign * (worse - known[best]) > ROUNDING * max(abs(known[best]), 1.0) else None


def best_of(run: FinishedRun, prices: RunPrices) -> FinishedRun:
    """Return a run with the best that any plan is worth in it, and the tighter of its bounds, of every objective.

    All other measures are those of the plan whose last objective is best.
    """
    rows = []
    for row in run.rows:
        if row.bound is None:
            rows += [] if prices.rows else [row]
        elif row.measure not in prices.bounds:
            rows.append(row)
        else:
            place = [*prices.bounds].index(row.measure)
            priced = [value for values in prices.values.values() if (value := values[place]) is not None]
            best, tight = (max, min) if OBJECTIVES[row.measure].sense == "maximise" else (min, max)
            value, bound = best([row.value, *priced]), tight(row.bound, prices.bounds[row.measure])
            rows.append(replace(row, value=value, bound=bound, gap_share=relative_gap(value, bound)))
    return replace(run, rows=(*rows, *prices.rows))


def prices_frame(
    numbers: Sequence[int], keys: Sequence[str], runs: Mapping[str, FinishedRun], prices: Mapping[str, RunPrices]
) -> "DataFrame":
    """Return the price and the regret of every plan in every run, beside the bound of the run."""
    import pandas as pd

    rows = []
    for number, key in zip(numbers, keys, strict=True):
        proved = {row.measure: row.bound for row in runs[key].rows} if key in runs else {}
        for place, objective in enumerate(prices[key].bounds if key in prices else ()):
            sign = -1 if OBJECTIVES[objective].sense == "maximise" else 1
            values = {plan: values[place] for plan, values in sorted(prices[key].values.items())}
            least = min((sign * value for value in values.values() if value is not None), default=0.0)
            for plan, value in values.items():
                regret = None if value is None else sign * value - least
                rows.append((number, plan, objective, value, regret, proved.get(objective)))
    frame = pd.DataFrame(rows, columns=list(PRICE_COLUMNS))
    return frame.astype({"value": float, "regret": float, "bound": float})
