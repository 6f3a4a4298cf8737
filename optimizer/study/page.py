"""The page of a study's findings: what decides, which sites are sure, what they hang on.

It is made from the tables of a folder alone: whoever has them can make it again, without the runs.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.report.markdown import cell, code, plain, section, table
from optimizer.study.sensitivity import NO_PLAN, ONE_AT_A_TIME

METHODS = {
    ONE_AT_A_TIME: "Each factor is moved alone from the base run; an effect is the change that the move makes.",
    "morris": (
        "Elementary effects along random paths (Morris 1991; Campolongo, Cariboni and Saltelli 2007): `mu_star` is the "
        "mean size of a factor's effect over its whole range."
    ),
    "sobol": (
        "Shares of the variance (Sobol 2001; Saltelli et al. 2010): `S1` is the share that the factor explains alone, "
        "`ST` with all that it takes part in; the effect is the deviation that such a share is."
    ),
}
REGRESSION = (
    "Standardised rank regression (Saltelli et al. 2004): `SRRC` lies between -1 and 1; the effect is that of a linear "
    "regression over the factor's whole range."
)
LEADING = ("move", "mu_star", "ST", "SRRC")
ROWS_MAX = 40
"""Of a table on the page; the files have all."""


def page_of(folder: Path) -> str:
    """Return the page that the tables of a folder make."""
    about = pd.read_csv(folder / "study.csv", keep_default_na=False)
    name, method = str(about["study"][0]), str(about["method"][0])
    moved = (folder / "flips.csv").is_file()
    parts = [
        section(f"# What decides in the study {plain(name)}", *_summary(folder, about)),
        section("## What decides", *_deciding(folder, method)),
        section("## Which sites are sure", *_sure(folder)),
        section("## What the sites hang on", *(_flips(folder) if moved else _drivers(folder))),
        section("## The factors", _rows(pd.read_csv(folder / "factors.csv", keep_default_na=False))),
    ]
    return "\n".join(parts)


def _summary(folder: Path, about: pd.DataFrame) -> Iterator[str]:
    yield (
        f"This page is made by `gigasite sensitivity` from the tables in {code(folder.name)}; do not edit it. An "
        "effect no larger than the gap of the runs that it comes from is no effect: another plan, which those runs do "
        "not tell apart, may undo it."
    )
    yield f"{about['finished'][0]:,} of {about['runs'][0]:,} runs have ended, the base run among them. Those compared:"
    yield _rows(pd.read_csv(folder / "runs.csv", keep_default_na=False)[["status", "runs", "reason"]])
    yield "Over the runs that have a plan:"
    objectives = pd.read_csv(folder / "objectives.csv")
    yield _rows(objectives[["objective", "sense", "unit", "lowest", "highest", "mean_gap", "largest_gap"]])


def _deciding(folder: Path, method: str) -> Iterator[str]:
    texts = {"period": str, "unit": str, "at": str}
    found = pd.read_csv(folder / "effects.csv", dtype=texts).fillna(dict.fromkeys(texts, ""))
    lead = found[found["statistic"].isin(LEADING)]
    objectives = pd.read_csv(folder / "objectives.csv")["objective"]
    for objective in objectives:
        yield _verdicts(lead[lead["measure"] == objective], objective)
    yield from _picture(folder, "effects", "The effect of every factor")
    yield METHODS.get(method, REGRESSION)
    own = ["at"] if method == ONE_AT_A_TIME else ["statistic", "value", "low", "high"]
    columns = ["measure", "factor", *own, "effect", "gap", "unit", "verdict"]
    yield _rows(lead.loc[lead["measure"].isin(objectives), columns])


def _verdicts(rows: pd.DataFrame, objective: str) -> str:
    """Return what decides an objective, in a sentence: of each factor the largest effect."""
    if rows.empty:
        return f"**{objective}**: nothing to compare."
    size = rows["effect"].abs()
    largest = rows.assign(size=size).sort_values("size", ascending=False, kind="stable").drop_duplicates("factor")
    decides = largest[largest["verdict"] == "effect"]
    told = zip(decides["factor"], decides["effect"], decides["gap"], decides["unit"], strict=True)
    said = [f"{code(factor)} ({cell(effect)} {unit}, gap {cell(gap)})" for factor, effect, gap, unit in told]
    words = ["; ".join(said) or "no factor has an effect larger than the gap"]
    for verdict in ("within the gap", "not told from 0"):
        names = largest.loc[largest["verdict"] == verdict, "factor"]
        words += [f"{verdict}: {', '.join(map(code, names))}"] if len(names) else []
    return f"**{objective}**: {'. '.join(word[0].upper() + word[1:] for word in words)}."


def _sure(folder: Path) -> Iterator[str]:
    found = pd.read_csv(folder / "sites.csv")
    if found.empty:
        yield "No run with a plan has a new site."
        return
    always = found.loc[found["frequency"] == 1, "site"]
    named = f": {', '.join(map(plain, always))}" if len(always) else ""
    verb = "is" if len(always) == 1 else "are"
    yield f"{len(always):,} of the {len(found):,} sites that any run chose {verb} in every plan found{named}."
    yield from _picture(folder, "sites", "How often each site is chosen")
    if "certain" in found:
        yield (
            "*certain*: the share of runs in which every pooled plan that is worse than the run's best by no more than "
            "its gap has the site; *possible*: in which at least one has it. Plans that nobody found are not among "
            "them; `gigasite alternatives` proves it for one run."
        )
    if (folder / "alternatives.csv").is_file():
        proved = pd.read_csv(folder / "alternatives.csv", dtype=str)[["site", "stands"]]
        found = found.merge(proved, "left", on="site").fillna({"stands": ""})
        yield "*stands*: in all, some or no plan within the tolerance of the base run, by `gigasite alternatives`."
    yield _rows(found)


def _flips(folder: Path) -> Iterator[str]:
    yield "Which moves of one factor alone bring a site into the plan found, or take it out; within the gap by chance."
    found = pd.read_csv(folder / "flips.csv", dtype={"at": str})
    yield _rows(found.assign(chosen=np.where(found["chosen"], "comes in", "goes")))


def _drivers(folder: Path) -> Iterator[str]:
    found = pd.read_csv(folder / "drivers.csv")
    told = found[found["verdict"] == "drives"]
    yield (
        "How often a site is chosen in the runs below and above a factor's median, with Newcombe's interval (1998) for "
        "the difference at 95 %; `p` is the Mann-Whitney test's that runs with the site and without it have the same "
        "values of the factor (a regional sensitivity analysis, Hornberger and Spear 1981), adjusted for the number of "
        f"tests (Benjamini and Hochberg 1995). `{NO_PLAN}` are the runs without a plan. Sites that every run has, or "
        f"none, hang on nothing here. {len(told):,} of {len(found):,} pairs are told from chance."
    )
    yield from _picture(folder, "drivers", "What the sites hang on")
    yield _rows(told if len(told) else found)


def _picture(folder: Path, name: str, words: str) -> Iterator[str]:
    if (folder / f"{name}.png").is_file():
        yield f"![{words}]({folder.name}/{name}.png)"


def _rows(rows: pd.DataFrame) -> str:
    """Return a table of the first rows; a number that is not known is left out."""
    cells: Sequence[Sequence[object]] = rows.head(ROWS_MAX).to_numpy(dtype=object).tolist()
    known = [["" if isinstance(each, float) and np.isnan(each) else each for each in row] for row in cells]
    more = f"\n\n… and {len(rows) - ROWS_MAX:,} more in the table." if len(rows) > ROWS_MAX else ""
    return table([*rows.columns], known) + more
