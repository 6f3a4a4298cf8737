"""What the folder of a study tells, as tables and pictures in a folder beside a page."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from models.case import Array
from optimizer.case.faults import CaseRefused, Fault
from optimizer.study.design import unit_sample
from optimizer.study.figures import write_drivers, write_effects, write_sites
from optimizer.study.page import page_of
from optimizer.study.results import BASE, STUDY, StudyResults, read_results, write_table, write_text
from optimizer.study.sensitivity import (
    ONE_AT_A_TIME,
    StudyTables,
    drivers,
    effects,
    flips,
    series_of,
    sign_of,
    sites,
    tables_of,
)
from optimizer.study.study_file import read_study

ANSWERS = {"all", "some", "no", "not proved"}
"""In which plans within the tolerance a site stands."""


def analyse(folder: Path, page: Path, measures: Sequence[str] = (), alternatives: Path | None = None) -> None:
    """Write the page of a study's findings, and its tables and pictures into a folder of the page's name beside it.

    `measures` are analysed (without any, all that are of the whole plan); `alternatives` is a table (CSV) with a
    column `site` and one that says in which plans it stands (all, some, no, not proved). Raises FolderRefused where the
    folder holds no results, CaseRefused where that table has no such columns.
    """
    study, target = read_results(folder), page.with_suffix("")
    write_analysis(study, study_tables(folder), target, measures)
    if alternatives is not None:
        write_table(_proved(alternatives), target, "alternatives")
    write_text(page, page_of(target))


def study_tables(folder: Path) -> StudyTables:
    """Return the runs of a study that its method compares; raises FolderRefused where the folder holds no results."""
    return tables_of(read_results(folder), *_drawn(folder / STUDY))


def _proved(path: Path) -> pd.DataFrame:
    """Return `site` and `stands` of a table; raises CaseRefused where it has no such columns."""
    table = pd.read_csv(path, dtype=str)
    answers = [name for name in table if name != "site" and set(table[name].dropna()) <= ANSWERS]
    if "site" not in table or not answers:
        raise CaseRefused([Fault(path.name, f"needs the column site, and one of {', '.join(sorted(ANSWERS))}")])
    return pd.DataFrame({"site": table["site"], "stands": table[answers[0]]})


def _drawn(path: Path) -> tuple[str, Array | None, int, bool]:
    """Return how a design was drawn: kind, the sample of a Morris design, its levels, whether it is of second order."""
    design = tomllib.loads(path.read_text(encoding="utf-8-sig"))["design"]
    shares = unit_sample(read_study(path)) if design["kind"] == "morris" else None
    return design["kind"], shares, design.get("levels", 4), design.get("second_order", False)


def write_analysis(study: StudyResults, tables: StudyTables, target: Path, measures: Sequence[str] = ()) -> None:
    """Write the tables and pictures of a study into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    counted = {"runs": len(study.design), "finished": study.results["run"].nunique()}
    write_table(pd.DataFrame([{"study": study.folder.name, "method": tables.method, **counted}]), target, "study")
    ended = tables.results.drop_duplicates("run").groupby(["status", "reason"], as_index=False, dropna=False)
    write_table(ended.agg(runs=("run", "size")), target, "runs")
    write_table(_factors(study.design), target, "factors")
    write_table(_objectives(tables), target, "objectives")
    write_effects(target, effects(tables, tuple(measures)), measures or tables.objectives)
    write_sites(target, sites(tables))
    if tables.method == ONE_AT_A_TIME:
        write_table(flips(tables), target, "flips")
    else:
        write_drivers(target, drivers(tables))


def _factors(design: pd.DataFrame) -> pd.DataFrame:
    """Return the factors with the ends of their values, how many they take, and what the case itself has."""
    rows = [
        {
            "factor": name,
            "lowest": str(column.min()),
            "highest": str(column.max()),
            "values": column.nunique(),
            "base": str(column.get(BASE, "")),
        }
        for name, column in design.items()
    ]
    return pd.DataFrame(rows, columns=["factor", "lowest", "highest", "values", "base"])


def _objectives(tables: StudyTables) -> pd.DataFrame:
    """Return where each objective lies over the runs, and how well it is proved."""
    rows = [
        {
            "objective": measure,
            "sense": "maximise" if sign_of(measure) < 0 else "minimise",
            "unit": unit,
            "runs": series["value"].count(),
            "lowest": series["value"].min(),
            "highest": series["value"].max(),
            "mean_gap": series["gap"].mean(),
            "largest_gap": series["gap"].max(),
        }
        for measure, _, unit, series in series_of(tables, tuple(tables.objectives))
    ]
    columns = ["objective", "sense", "unit", "runs", "lowest", "highest", "mean_gap", "largest_gap"]
    return pd.DataFrame(rows, columns=columns)
