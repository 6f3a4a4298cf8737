"""Folders of studies whose answer is known: a cost that is a sum, a site that hangs on the price."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from SALib.sample import latin

from optimizer.study.results import BASE

BOUNDS = [[30.0, 80.0], [0.0, 10.0], [0.0, 1.0]]
PROBLEM = {"num_vars": 3, "names": ["price", "cap", "idle"], "bounds": BOUNDS}
MORRIS_SIZE, SEED = 4, 1
Row = Mapping[str, float]
BASE_ROW = [40.0, 5.0, 0.5]


def cost(row: Row) -> float:
    return 4 * row["price"] + 10 * row["cap"] + 1000


def sample(count: int = 40) -> list[list[float]]:
    values: list[list[float]] = latin.sample(PROBLEM, count, seed=SEED).tolist()
    return values


def rows_of(design: pd.DataFrame) -> list[tuple[int, dict[str, float]]]:
    return [(int(str(run)), {str(name): value for name, value in row.items()}) for run, row in design.iterrows()]


def design_of(values: Sequence[Sequence[float]], first: int = BASE) -> pd.DataFrame:
    names = pd.Index([f"{name}" for name in ("price", "cap", "idle")])
    return pd.DataFrame(np.asarray(values), pd.RangeIndex(first, first + len(values), name="run"), names)


def results_of(design: pd.DataFrame, gap: float, no_plan: Callable[[Row], bool] = lambda _: False) -> pd.DataFrame:
    """Return the results of runs that are proved to a gap, some without a plan."""
    rows: list[dict[str, object]] = []
    for run, factors in rows_of(design):
        none = no_plan(factors)
        ended = {"status": "infeasible", "reason": "no plan keeps every rule"} if none else {"status": "solved"}
        blank = {"run": run, "key": f"{run:04}", **factors, "reason": "", **ended, "measure": "", "entity": ""}
        blank |= {"period": "", "unit": "MEUR, net present", "value": np.nan, "bound": np.nan, "gap_share": np.nan}
        rows.append(blank | {"measure": "seconds", "unit": "s", "value": 1.0})
        if none:
            continue
        value = cost(factors)
        rows.append(blank | {"measure": "cost", "value": value, "bound": value - gap, "gap_share": gap / value})
        rows.append(blank | {"measure": "new_mw", "period": "p1", "unit": "MW", "value": factors["cap"]})
        rows.append(blank | {"measure": "site_mw", "entity": "ALWAYS", "period": "p1", "unit": "MW", "value": 20.0})
        if factors["price"] > 55:
            rows.append(blank | {"measure": "site_mw", "entity": "DEAR", "period": "p1", "unit": "MW", "value": 20.0})
    return pd.DataFrame(rows)


def prices_of(design: pd.DataFrame) -> pd.DataFrame:
    """Return prices of four plans in each run: its own, one dearer by 0.4, one dearer by 5, one that is no plan."""
    rows = [
        {"run": run, "plan": plan, "objective": "cost", "value": best + more, "regret": more, "bound": best - 0.5}
        for run, row in rows_of(design)
        for best in (cost(row) - 0.5,)
        for plan, more in (("own", 0.0), ("near", 0.4), ("far", 5.0), ("none", np.nan))
    ]
    return pd.DataFrame(rows)


PLANS = {
    plan: {f"siting.open_in[{site},p1]": 1 for site in sites}
    for plan, sites in {"own": ["ALWAYS"], "near": ["ALWAYS", "DEAR"], "far": ["DEAR"], "none": ["DEAR"]}.items()
}


def write_study(folder: Path, method: str, design: pd.DataFrame, results: pd.DataFrame, prices: pd.DataFrame) -> None:
    """Write a study's folder as `gigasite sweep` does."""
    folder.mkdir(parents=True)
    factors = [
        f'[factors.{name}]\nof = "carbon.cap_kg_per_mwh"\nrange = [{low}, {high}]'
        for name, (low, high) in zip(("price", "cap", "idle"), BOUNDS, strict=True)
    ]
    top = 'title = "A study"\ncase = "inputs/tutorial"'
    drawn = f'[design]\nkind = "{method}"\nsize = {MORRIS_SIZE}\nseed = {SEED}'
    (folder / "study.toml").write_text("\n".join([top, drawn, *factors]))
    (folder / "plans.json").write_text(json.dumps(PLANS))
    design.to_csv(folder / "design.csv")
    results.to_parquet(folder / "results.parquet", index=False)
    prices.to_parquet(folder / "prices.parquet", index=False)
