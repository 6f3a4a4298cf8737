"""What decides: the effect of every factor of a study on what is measured, each beside the gap of its runs.

Methods are the field's: one at a time (tornado), elementary effects (Morris, 1991; Campolongo et al., 2007) and
variance shares (Sobol; Saltelli et al., 2010) by SALib, and for any other design standardised rank regression (Saltelli
et al., *Sensitivity analysis in practice*, 2004). Which factors a site hangs on is asked as regional sensitivity
analysis asks it (Hornberger and Spear, 1981): do runs with the site and runs without it differ in the factor?
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from scipy import stats

from models.case import Array
from models.settings import OBJECTIVES
from optimizer.program.linear_program import Positions
from optimizer.study.pool import ROUNDING
from optimizer.study.results import BASE, StudyResults

CONFIDENCE = 0.95
"""Of every interval."""
ONE_AT_A_TIME = "one_at_a_time"
RESAMPLES, SEED = 1000, 1
"""Of the intervals that SALib draws."""
NO_PLAN = "(no plan)"
"""Stands among the sites for the runs that have no plan."""
OPEN = re.compile(r"siting\.open_in\[(.+),[^,]+\]")
EFFECT_COLUMNS = (
    "measure", "period", "unit", "factor", "statistic", "at", "value", "low", "high", "effect", "gap", "verdict"
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class StudyTables:
    """The runs of a study that its method compares."""

    method: str
    """How its design was drawn: `one_at_a_time`, `morris`, `sobol`; any other is a sample or grid of the factors."""
    design: pd.DataFrame
    """A row for each run, a column for each factor; with the base run only where factors move one at a time."""
    results: pd.DataFrame
    """The tidy table of these runs, see `StudyResults`."""
    prices: pd.DataFrame
    """The exact price of each pooled plan in each of these runs; without rows where none was priced."""
    plans: Mapping[str, Mapping[str, int]]
    """The pooled plans: key -> column -> whole number."""
    shares: Array | None = None
    """The sample that a Morris design was made of, as shares of each factor's values that lie below."""
    levels: int = 4
    """Levels of each factor of a Morris design."""
    second_order: bool = False
    """Whether a Sobol design has the rows for pairs of factors."""

    @property
    def objectives(self) -> list[str]:
        """Measures with a proved bound, in their order of importance."""
        return [*self.results.loc[self.results["bound"].notna(), "measure"].unique()]

    @property
    def planned(self) -> pd.Index:
        """The runs that have a plan."""
        own = self.results["measure"].isin(self.objectives)
        found: pd.Index = pd.Index(sorted(set(self.results.loc[own, "run"])))
        return found

    @property
    def codes(self) -> pd.DataFrame:
        """The design in numbers: texts and truth values by the order in which they first appear."""
        numeric = {
            name: column.astype(float) if is_number(column) else pd.Series(pd.factorize(column)[0] * 1.0, column.index)
            for name, column in self.design.items()
        }
        return pd.DataFrame(numeric, index=self.design.index)


def tables_of(
    study: StudyResults, method: str, shares: Array | None = None, levels: int = 4, second_order: bool = False
) -> StudyTables:
    """Return the runs of a study that its method compares: all but the base run, unless factors move one at a time."""
    design = study.design if method == ONE_AT_A_TIME else study.design.drop(BASE, errors="ignore")
    results, prices = (frame[frame["run"].isin(design.index)] for frame in (study.results, study.prices))
    return StudyTables(method, design, results, prices, study.plans, shares, levels, second_order)


def is_number(column: pd.Series) -> bool:
    """Tell whether a factor's values are numbers."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def sign_of(objective: str) -> float:
    """Return -1 for an objective that people maximise."""
    return -1.0 if OBJECTIVES[objective].sense == "maximise" else 1.0


def series_of(study: StudyTables, measures: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """Yield every measure of the whole plan, by period: its name, period, unit, and by run `value`, `gap`, `worse`.

    The gap of an objective is what lies between its value and its bound; what has no bound of its own is known no
    better than the objectives of its run, and has their largest gap as a share of itself. `worse` grows as an objective
    becomes worse, and is NaN for what is none.
    """
    results = study.results
    shares = results.groupby("run")["gap_share"].max()
    whole = results[(results["entity"] == "") & (results["measure"] != "seconds")]
    for (measure, period, unit), rows in whole.groupby(["measure", "period", "unit"], sort=False, dropna=False):
        if measures and measure not in measures:
            continue
        by_run = rows.set_index("run")
        own = (by_run["value"] - by_run["bound"]).abs()
        gap = own.fillna(by_run["value"].abs() * shares.reindex(by_run.index))
        worse = by_run["value"] * (sign_of(str(measure)) if measure in OBJECTIVES else np.nan)
        found = pd.DataFrame({"value": by_run["value"], "gap": gap, "worse": worse}).reindex(study.design.index)
        if found["value"].notna().any():
            yield str(measure), str(period), str(unit), found


def effects(study: StudyTables, measures: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the effect of every factor on every measure, or on those named, by the method that the design allows.

    Columns: `measure, period, unit, factor`; `statistic` and its `value` with the ends `low` and `high` of its interval
    at 95 %; `at`, the value that a factor was moved to; `effect`, the same in the measure's unit; `gap`, the gap of the
    runs that the effect comes from, in that unit; `verdict`: `effect`, `within the gap`, or `not told from 0` where the
    interval holds 0.
    """
    ways = {ONE_AT_A_TIME: _tornado, "morris": _morris, "sobol": _sobol}
    rows = [
        {"measure": measure, "period": period, "unit": unit, "at": "", **row}
        for measure, period, unit, series in series_of(study, measures)
        for row in ways.get(study.method, _regression)(study, series)
    ]
    found = pd.DataFrame(rows, columns=EFFECT_COLUMNS)
    within = found["effect"].abs() <= found["gap"] * (1 + 1e-9)
    open_sign = (found["low"] <= 0) & (found["high"] >= 0)
    found["verdict"] = np.select([within, open_sign], ["within the gap", "not told from 0"], "effect")
    return found


def gap_of_pairs(series: pd.DataFrame, first: Positions, second: Positions) -> Array:
    """Return the gap of the differences between runs at some positions: that of the worse one, as bounds prove it.

    The worse run may be as good as its bound, the better one cannot be worse than it is; of what is no objective it is
    the larger gap.
    """
    gaps, worse = series["gap"].to_numpy(), series["worse"].to_numpy()
    later = worse[second] - worse[first]
    largest = np.maximum(gaps[first], gaps[second])
    found: Array = np.where(later > 0, gaps[second], np.where(later < 0, gaps[first], largest))
    return found


def _tornado(study: StudyTables, series: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield what moving one factor away from the base changes."""
    base = np.flatnonzero(study.design.index == BASE)
    for factor, column in study.design.items():
        for position in np.flatnonzero(column.to_numpy() != column[BASE]):
            moved = float(series["value"].iloc[position] - series["value"][BASE])
            if np.isfinite(moved):
                gap = float(gap_of_pairs(series, base, np.array([position]))[0])
                at = str(column.iloc[position])
                yield {"factor": factor, "statistic": "move", "at": at, "value": moved, "effect": moved, "gap": gap}


def _morris(study: StudyTables, series: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield mean, absolute mean and deviation of the elementary effects: of a factor's whole range, on the measure."""
    names = [*study.design]
    steps, blocks = len(names) + 1, _whole_blocks(series, len(names) + 1)
    if not blocks.size or study.shares is None:
        return
    inputs, values = study.shares[blocks], series["value"].to_numpy()[blocks]
    found = salib_morris.analyze(
        _problem(study),
        inputs,
        values,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        num_levels=study.levels,
        seed=SEED,
    )
    step = study.levels / (2 * (study.levels - 1))
    paths = blocks.reshape(-1, steps)
    moved = np.diff(inputs.reshape(-1, steps, len(names)), axis=1) != 0
    of_pair = gap_of_pairs(series, paths[:, :-1], paths[:, 1:]) / step
    for place, factor in enumerate(names):
        gap = float(of_pair[moved[:, :, place]].mean())
        effect = float(found["mu_star"][place])
        spread = float(found["mu_star_conf"][place])
        common = {"factor": factor, "effect": effect, "gap": gap}
        yield {**common, "statistic": "mu_star", "value": effect, "low": effect - spread, "high": effect + spread}
        for statistic in ("mu", "sigma"):
            yield {**common, "statistic": statistic, "value": float(found[statistic][place])}


def _sobol(study: StudyTables, series: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield each factor's share of the variance: of its own (S1) and with all that it takes part in (ST)."""
    names = [*study.design]
    blocks = _whole_blocks(series, (2 if study.second_order else 1) * len(names) + 2)
    values = series["value"].to_numpy()[blocks]
    if not blocks.size or np.ptp(values) == 0:
        return
    found = salib_sobol.analyze(
        _problem(study),
        values,
        calc_second_order=study.second_order,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        seed=SEED,
    )
    gap = float(series["gap"].to_numpy()[blocks].mean())
    for statistic in ("S1", "ST"):
        for place, factor in enumerate(names):
            value, spread = float(found[statistic][place]), float(found[f"{statistic}_conf"][place])
            effect = float(np.sqrt(max(value, 0.0)) * values.std())
            ends = {"low": value - spread, "high": value + spread}
            yield {"factor": factor, "statistic": statistic, "value": value, **ends, "effect": effect, "gap": gap}


def _regression(study: StudyTables, series: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield standardised rank regression coefficients; the effect is a linear regression's over the whole range."""
    known = series["value"].notna()
    inputs = study.codes[known]
    inputs = inputs.loc[:, inputs.nunique() > 1]
    values = series.loc[known, "value"]
    free = len(values) - inputs.shape[1] - 1
    if free < 1 or values.nunique() == 1:
        return
    ranks, ranked = (stats.zscore(each.rank().to_numpy(), ddof=1) for each in (inputs, values))
    coefficients, errors = _least_squares(ranks, ranked, free)
    slopes, _ = _least_squares((inputs - inputs.mean()).to_numpy(), (values - values.mean()).to_numpy(), free)
    spread = stats.t.ppf(0.5 + CONFIDENCE / 2, free) * errors
    gap = float(series.loc[known, "gap"].mean())
    for place, factor in enumerate(inputs):
        value, wide = float(coefficients[place]), float(spread[place])
        effect = float(slopes[place] * np.ptp(inputs[factor]))
        ends = {"low": value - wide, "high": value + wide}
        yield {"factor": factor, "statistic": "SRRC", "value": value, **ends, "effect": effect, "gap": gap}


def _least_squares(inputs: Array, values: Array, free: int) -> tuple[Array, Array]:
    """Return the coefficients of centred inputs and their standard errors."""
    inverse = np.linalg.pinv(inputs)
    coefficients: Array = inverse @ values
    variance = float(((values - inputs @ coefficients) ** 2).sum()) / free
    errors: Array = np.sqrt(variance * (inverse**2).sum(axis=1))
    return coefficients, errors


def _whole_blocks(series: pd.DataFrame, size: int) -> Positions:
    """Return the positions of the runs of every block (a trajectory, a base sample) that has a plan in each of them."""
    positions = np.arange(len(series) // size * size).reshape(-1, size)
    known = series["value"].notna().to_numpy()[positions].all(axis=1)
    return positions[known].ravel()


def _problem(study: StudyTables) -> dict[str, object]:
    codes = study.codes
    bounds = [[float(codes[name].min()), float(codes[name].max())] for name in codes]
    return {"num_vars": codes.shape[1], "names": [*codes], "bounds": bounds}


def chosen(study: StudyTables) -> pd.DataFrame:
    """Return which sites the plan of each run has (True or False): a row for each run with a plan, a column a site."""
    rows = study.results[study.results["measure"] == "site_mw"]
    sizes = rows.pivot_table(index="run", columns="entity", values="value", aggfunc="max", fill_value=0.0)
    return sizes.reindex(study.planned, fill_value=0.0) > 0


def sites(study: StudyTables) -> pd.DataFrame:
    """Return how often each site is chosen, the most frequent first.

    Columns: `site`, `runs` with a plan, `chosen`, `frequency` with the ends `low`, `high` of Wilson's interval; where
    plans were pooled, `certain` and `possible`: the share of runs in which all, or any, of the pooled plans that are
    dearer than the best by no more than the run's gap have it. No frequency says what is sure within one run: that is
    what `gigasite alternatives` proves.
    """
    table = chosen(study)
    rows = []
    for site, column in table.items():
        count, runs = int(column.sum()), len(column)
        low, high = stats.binomtest(count, runs).proportion_ci(CONFIDENCE, method="wilson")
        row = {"site": site, "runs": runs, "chosen": count, "frequency": count / runs, "low": low, "high": high}
        rows.append(row)
    found = pd.DataFrame(rows, columns=["site", "runs", "chosen", "frequency", "low", "high"])
    if len(study.prices):
        held = [[*each] for _, each in near_plans(study).groupby("run")["sites"]]
        for name, both in (("certain", set.intersection), ("possible", set.union)):
            found[name] = [float(np.mean([site in both(*each) for each in held])) for site in found["site"]]
    return found.sort_values(["frequency", "site"], ascending=[False, True], ignore_index=True)


def near_plans(study: StudyTables) -> pd.DataFrame:
    """Return the pooled plans worse than a run's best by no more than its gap: `run`, `plan`, `sites` (a set)."""
    last = study.prices["objective"].iloc[-1]
    priced = study.prices[(study.prices["objective"] == last) & study.prices["value"].notna()]
    value = priced["value"] * sign_of(last)
    best = value.groupby(priced["run"]).transform("min")
    gap = np.maximum(best - priced["bound"] * sign_of(last), ROUNDING * best.abs().clip(lower=1.0))
    near = priced[value - best <= gap]
    opened = {key: {m[1] for m in map(OPEN.fullmatch, numbers) if m} for key, numbers in study.plans.items()}
    sites_of = [opened[plan] for plan in near["plan"]]
    return pd.DataFrame({"run": near["run"], "plan": near["plan"], "sites": sites_of})


def drivers(study: StudyTables) -> pd.DataFrame:
    """Return which factors each site hangs on, the strongest first; and the want of a plan, as `(no plan)`.

    Columns: `site`, `factor`; `low_share`, `high_share`: how often the site is chosen in runs below and above the
    factor's median; `difference` with the ends `low`, `high` of Newcombe's interval; `p`, of the Mann-Whitney test that
    runs with the site and without it have the same values of the factor, adjusted for the number of tests (Benjamini
    and Hochberg); `verdict`: `drives`, or `not told`. Sites that every run has, or none, are left out.
    """
    outcomes = {str(site): column for site, column in chosen(study).items()}
    ended = pd.Index(sorted(set(study.results["run"])))
    outcomes[NO_PLAN] = pd.Series(~ended.isin(study.planned), ended)
    rows = []
    for site, column in outcomes.items():
        if column.nunique() < 2:
            continue
        for factor, values in study.codes.loc[column.index].items():
            if values.nunique() > 1:
                p = stats.mannwhitneyu(values[column], values[~column], method="asymptotic").pvalue
                rows.append({"site": site, "factor": factor, **_halves(column, values), "p": p})
    columns = ["site", "factor", "low_share", "high_share", "difference", "low", "high", "p"]
    found = pd.DataFrame(rows, columns=columns)
    if rows:
        found["p"] = stats.false_discovery_control(found["p"])
    found["verdict"] = np.where(found["p"] < 1 - CONFIDENCE, "drives", "not told")
    return found.sort_values("p", kind="stable", ignore_index=True)


def _halves(column: pd.Series, values: pd.Series) -> dict[str, float]:
    """Return how often something is so below and above a factor's median, and the difference with its interval."""
    middle = values.median()
    below, above = values < middle, values > middle
    if not below.any() or not above.any():
        below, above = (values <= middle, values > middle) if above.any() else (values < middle, values >= middle)
    (p0, low0, high0), (p1, low1, high1) = (_share(column[half]) for half in (below, above))
    difference = p1 - p0
    low = difference - np.hypot(p1 - low1, high0 - p0)
    high = difference + np.hypot(high1 - p1, p0 - low0)
    return {"low_share": p0, "high_share": p1, "difference": difference, "low": float(low), "high": float(high)}


def _share(column: pd.Series) -> tuple[float, float, float]:
    """Return a share and the ends of Wilson's interval."""
    count, runs = int(column.sum()), len(column)
    low, high = stats.binomtest(count, runs).proportion_ci(CONFIDENCE, method="wilson")
    return count / runs, float(low), float(high)


def flips(study: StudyTables) -> pd.DataFrame:
    """Return which moves of one factor bring a site in or take it out, for a design of one at a time.

    Columns: `site`, `factor`, `at` (what the factor was moved to), `chosen` there; the base has the contrary.
    """
    table, base = chosen(study), BASE
    rows = [
        {"site": site, "factor": factor, "at": str(values[run]), "chosen": bool(table.loc[run, site])}
        for factor, values in study.design.items()
        for run in values.index[values != values[base]]
        if base in table.index and run in table.index
        for site in table.columns[table.loc[run] != table.loc[base]]
    ]
    return pd.DataFrame(rows, columns=["site", "factor", "at", "chosen"])
