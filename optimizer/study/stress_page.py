"""The page of plans under all futures: which is never far from the best, where each is best, where it is none."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from models.settings import OBJECTIVES
from optimizer.report.markdown import cell, plain, section, table
from optimizer.study.figures import write_regrets
from optimizer.study.results import write_table, write_text
from optimizer.study.stress import verdicts

MATRIX_MAX = 14
"""Most futures of which the page shows every regret; the table has all."""


def write_stress_page(folder: Path, title: str, prices: pd.DataFrame, why: pd.DataFrame, design: pd.DataFrame) -> str:
    """Write `stress.md` with its tables and picture into a folder, and return the page.

    `prices` are those of `stress.regrets`, `why` those of `stress.reasons`; `design` has the factors of every future.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_regrets(folder, prices)
    write_table(verdicts(prices), folder, "plans")
    write_table(why, folder, "no_plan")
    page = stress_page(title, prices, why, design)
    write_text(folder / "stress.md", page)
    return page


def stress_page(title: str, prices: pd.DataFrame, why: pd.DataFrame, design: pd.DataFrame) -> str:
    """Return the page of plans under all futures."""
    intro = (
        "The whole numbers of a plan (sites, halls, steps) are kept in every future, and all else is decided anew. Its "
        "*regret* there is what it falls short of the best that is known; `most` is what it would be if the bound were "
        "reached, which adds the same to the regret of every plan in a future. `none` counts the futures in which it "
        "is no plan, or misses the level that an earlier objective has to keep; `best_in` those in which nothing "
        "better is known. All futures weigh alike in `mean`."
    )
    found, futures = verdicts(prices), prices.drop_duplicates("run")
    intro += (
        f" Of {futures['searched'].sum():,} of {len(futures):,} futures a run of the study tells what else is known; "
        "of the others only these plans are."
    )
    parts = [section(f"# {plain(title)}", intro, *_leading(found, design), "![Regrets](regrets.png)")]
    for objective, rows in found.groupby("objective", sort=False):
        parts.append(section(f"## {objective}", *_objective(str(objective), rows, prices, design)))
    if len(why):
        told = "A plan that misses the level of an objective is compared in that one; `question.levels` states others."
        grouped = why.groupby(["plan", "why"], sort=False, as_index=False)["run"].agg(list)
        listed = [
            [plan, reason, len(runs), ", ".join(map(str, runs))]
            for plan, reason, runs in grouped.to_numpy(dtype=object).tolist()
        ]
        header = ["plan", "why", "futures", "which"]
        parts.append(section("## Where a plan is none", told, table(header, listed)))
    return "\n".join(parts)


def _leading(found: pd.DataFrame, design: pd.DataFrame) -> Iterator[str]:
    """Yield which plan has the least worst regret, of every objective."""
    for objective, rows in found.groupby("objective", sort=False):
        best, unit = rows.iloc[0], OBJECTIVES[str(objective)].unit_in_full
        name = plain(str(best["plan"]))
        if best["none"] == best["futures"]:
            yield f"**{objective}**: none of the plans is one in any future."
            continue
        where = _future(design, best["worst_run"])
        always = f", but no plan in {best['none']:,} of {best['futures']:,} futures" if best["none"] else ""
        yield (
            f"**{objective}**: {name} has the least worst regret, {cell(float(best['worst']))} {unit} (at most "
            f"{cell(float(best['most']))}), in the future {plain(where)}{always}."
        )


def _objective(name: str, rows: pd.DataFrame, prices: pd.DataFrame, design: pd.DataFrame) -> Iterator[str]:
    shown = rows.drop(columns=["objective", "futures"]).rename(columns={"worst_run": "worst in"})
    shown["worst in"] = [_future(design, run) for run in shown["worst in"]]
    records = shown.fillna({"worst": "", "most": "", "mean": ""}).to_numpy(dtype=object).tolist()
    yield table([*shown.columns], records)
    mine = prices[prices["objective"] == name]
    wide = mine.pivot_table(index="run", columns="plan", values="regret", sort=False, dropna=False)
    if len(wide) <= MATRIX_MAX:
        best = mine.groupby("run")[["best", "bound"]].first()
        header = ["future", *map(str, wide.columns), "best known", "gap to the bound"]
        body = [
            [
                _future(design, run),
                *("none" if pd.isna(each) else float(each) for each in regret),
                float(best["best"][run]),
                float(abs(best["best"][run] - best["bound"][run])),
            ]
            for run, regret in zip(wide.index, wide.to_numpy().tolist(), strict=True)
        ]
        yield "Regrets, future by future:"
        yield table(header, body)


def _future(design: pd.DataFrame, run: int) -> str:
    """Return a future in words: its factors; the case itself is the base run."""
    if run < 0:
        return ""
    row = design.loc[run]
    said = ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()
    )
    return f"{run} ({said})"
