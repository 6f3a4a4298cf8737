"""A study as parts of an archive, and computed again from one."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.toml import parse_toml, toml_text
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.store.plan_folder import FolderRefused
from optimizer.study.archive import Content
from optimizer.study.environment import environment
from optimizer.study.named_figure import Results
from optimizer.study.parts import Collected, inputs_of
from optimizer.study.publication import INPUTS, RESULTS, Publication
from optimizer.study.results import KEYS, PRICE_COLUMNS, PRICES, RUNS, STUDY
from optimizer.study.results import RESULTS as RESULTS_TABLE
from optimizer.study.study_file import Study, check_study
from optimizer.study.sweep import Planned, plan_runs, sweep, tables_of

TABLE_COLUMNS = ("run", "status", "reason", "measure", "entity", "period", "unit", "value", "bound", "gap_share")
STUDIES = f"{INPUTS}/studies"
CASE = re.compile(r"""^(\s*case\s*=\s*)("[^"]*"|'[^']*')""")


def study_results(folder: Path) -> Results:
    """Return the figures of a study's folder, the price of each plan in each run among them, if any was priced.

    Raises FolderRefused where it has no results yet, or they cannot be read.
    """
    try:
        table = pd.read_parquet(folder / f"{RESULTS_TABLE}.parquet")
        priced = folder / f"{PRICES}.parquet"
        prices = pd.read_parquet(priced) if priced.is_file() else pd.DataFrame(columns=pd.Index(PRICE_COLUMNS))
    except FileNotFoundError:
        raise FolderRefused(f"{folder} holds no results yet: gigasite sweep") from None
    except (OSError, ValueError) as fault:  # pyarrow's own faults are both
        raise FolderRefused(f"{folder} cannot be read: {fault}") from None
    for name, frame, columns in ((RESULTS_TABLE, table, TABLE_COLUMNS), (PRICES, prices, PRICE_COLUMNS)):
        if missing := [column for column in columns if column not in frame]:
            raise FolderRefused(f"{folder / name}.parquet has no column {missing[0]}")
    return Results(table, prices)


def study_parts(folder: Path, case_dir: Path | None) -> Collected:
    """Return what belongs to a study whose runs are all finished, and rest on the inputs and the program of today.

    Raises CaseRefused where they do not, or where a table is not the one of its runs.
    """
    found = study_results(folder)
    planned = plan_runs(*check_study(folder / STUDY, case_dir))
    if _keys(folder) != planned.keys:
        rule = "its runs are of other inputs or of another version of the program: gigasite sweep runs it as it is now"
        raise CaseRefused([Fault(KEYS, rule)])
    made = tables_of(planned, folder)
    for name, table in {RESULTS_TABLE: found.table, PRICES: found.prices}.items():
        if name in made and not table.equals(made[name].reset_index(drop=True)):
            rule = "is not the table of its runs: gigasite sweep makes it anew"
            raise CaseRefused([Fault(f"{name}.parquet", rule)])
    study, source = planned.study, planned.variants.case_dir
    case, name = f"{INPUTS}/{source.resolve().name}", folder.resolve().name
    text = _with_case(study, case).encode()
    asked = f"{STUDIES}/{name}.toml"
    ended = max((folder / RUNS / f"{key}.json").stat().st_mtime for key in planned.different)
    files: dict[str, Content] = {
        f"{RESULTS}/{file.relative_to(folder).as_posix()}": file
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and not file.name.startswith(".")
        and (file.parent.name not in (RUNS, PRICES) or file.stem in planned.different)
    }
    files |= {**_inputs(planned), asked: text, f"{RESULTS}/{STUDY}": text}
    if study.design.file:
        files[f"{STUDIES}/{study.design.file}"] = folder / study.design.file
    publication = Publication(
        kind="study",
        title=study.top.title,
        case=case,
        study=asked,
        commands=(f"gigasite sweep {asked}",),
        ended=datetime.fromtimestamp(ended, UTC).isoformat(timespec="seconds"),
        environment=environment(),
    )
    return Collected(publication, files, found)


def _inputs(planned: Planned) -> dict[str, Content]:
    """Return the files of the case that any of the runs rests on."""
    variants, factors = planned.variants, planned.study.factors
    names = {name for run in planned.runs if run.variant is not None for name in run.variant.files}
    asked = [name for name in factors if factors[name].of == "scenario"]
    scenarios = {planned.study.top.scenario, *(str(each) for name in asked for each in planned.design[name])}
    return inputs_of(variants.case_dir, sorted(names), sorted(scenarios))


def _with_case(study: Study, case: str) -> str:
    """Return the text of a study file with its case in another place."""
    lines = study.written.text.split("\n")
    at = study.written.lines["case"] - 1
    lines[at] = CASE.sub(lambda found: f"{found[1]}{toml_text(case)}", lines[at])
    text = "\n".join(lines)
    if parse_toml(text)["case"] != case:
        raise CaseRefused([study.written.fault("case", study.top.case, "must stand on one line, as case = '...'")])
    return text


def _keys(folder: Path) -> list[str]:
    """Return the keys of the runs of a study's folder, in the order of its design."""
    lines = (folder / KEYS).read_text(encoding="utf-8").splitlines()[1:]
    return [line.partition(",")[2] for line in lines]


def study_again(
    folder: Path, publication: Publication, monitor: RunMonitor, only: int | None
) -> tuple[Results, Results]:
    """Return the figures of a study in an unpacked archive as published and computed again, of the first runs only.

    The other runs are then taken as published: their plans are priced in the first ones too.
    """
    published = study_results(folder / RESULTS)
    planned = plan_runs(*check_study(folder / publication.study, folder / publication.case))
    again, number = folder / "again", len(planned.runs) if only is None else only
    _take_over(folder / RESULTS, again, planned, number)
    sweep(planned, again, monitor, os.cpu_count() or 1)
    found = study_results(again)
    tables = [[table[table["run"] < number] for table in (each.table, each.prices)] for each in (published, found)]
    return Results(*tables[0]), Results(*tables[1])


def _take_over(published: Path, again: Path, planned: Planned, first: int) -> None:
    """Copy what is known of all but the first runs, under the keys that they have in this version of the program."""
    anew = set(planned.keys[:first])
    for part in (RUNS, PRICES):
        (again / part).mkdir(parents=True)
        for before, now in zip(_keys(published)[first:], planned.keys[first:], strict=True):
            file = published / part / f"{before}.json"
            if now not in anew and file.is_file():
                content = json.loads(file.read_bytes()) | {"key": now}
                (again / part / f"{now}.json").write_text(json.dumps(content), encoding="utf-8")
    (again / STUDY).write_bytes((published / STUDY).read_bytes())
