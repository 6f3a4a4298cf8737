"""Writes a cut of a case as a folder of its own, with its overlays and scenarios, and says what was left out."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.case import (
    HOURLY_TABLES,
    INPUT_TABLES,
    WHOLE_COLUMN,
    Array,
    Case,
    OwnSite,
    Row,
    Statement,
)
from models.settings import Inputs
from optimizer.case.case_folder import CaseFolder
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.case_location import hourly_folder, is_workbook, overlays_folder, polygons_file, scenarios_folder
from optimizer.case.cut import Cut, Selection, plan_cut
from optimizer.case.cut_borders import trade_from_beyond_mw
from optimizer.case.cut_report import (
    LEAST_MW,
    basis_lines,
    border_lines,
    change_lines,
    cut_page,
    kept_lines,
    money_lines,
    shortage_lines,
)
from optimizer.case.cut_settings import limits_left, names_left
from optimizer.case.faults import CaseRefused
from optimizer.case.overlays import overlay_names
from optimizer.case.read import hourly_columns, read_inputs
from optimizer.case.settings import load_settings, merged_settings
from optimizer.case.toml import with_keys
from optimizer.case.write_folder import (
    fresh_folder,
    hourly_file,
    write_description,
    write_hourly,
    write_scenario,
    write_table,
)
from optimizer.case.zone_of_place import zone_of_place

REPORT = "CUT.md"
"""File of the new case that says what was left out."""
LOAD = next(each for each in HOURLY_TABLES if each.name == "load")


def write_cut(case_dir: Path, selection: Selection, folder: Path) -> list[str]:
    """Write what a selection keeps of a case into a folder, completely or not at all; return in lines what was done.

    The result has no faults under its base scenario, and scenarios of the case that no longer read are left out.
    Raises CaseRefused if the case has faults, if the selection names what is not there, or leaves no site.
    """
    settings = load_settings(case_dir)
    inputs = read_inputs(case_dir, settings.model_copy(update={"inputs": Inputs()}))  # its own tables, as they are
    case = inputs.case(settings)
    cut = plan_cut(inputs, case, selection)
    changes = {**limits_left(case, cut, selection), **names_left(settings, inputs, cut)}
    told = [*kept_lines(case, cut)]
    with fresh_folder(folder) as fresh:
        told += _write_tables(inputs, case, cut, hourly_folder(case_dir), fresh)
        _write_settings(case_dir, fresh, changes)
        _copy_texts(case_dir, fresh, cut)
        for name in overlay_names(case_dir):
            _write_overlay(case_dir, name, inputs, case, cut, fresh / name)
        write_description(fresh, folder.name)
        told += [*money_lines(case, cut), *change_lines(settings, changes), *basis_lines(case, cut)]
        told += shortage_lines(read_inputs(fresh, load_settings(fresh)).case(load_settings(fresh)), case)
        told += _copy_scenarios(case_dir, fresh)
        before = case_dir / REPORT
        earlier = before.read_text(encoding="utf-8") if before.is_file() else ""
        text = cut_page(f"{case.name}: {selection}", told, cut, earlier)
        (fresh / REPORT).write_text(text, encoding="utf-8", newline="\n")
    return told


def _write_tables(inputs: CaseInputs, case: Case, cut: Cut, origin: Path, fresh: Path) -> Iterator[str]:
    """Write the tables of the case itself; yield what was done to the load of border zones."""
    trade, left = _trade(case, cut), cut.left_of(inputs)
    for name, table in left.tables.items():
        rows = table.rows if name != "sources" else {**table.rows, **_statements(case, trade)}
        if rows:
            write_table(fresh / f"{name}.csv", name, [rows[key] for key in sorted(rows)])
    _write_hourly_tables(left.hourly, trade, origin, fresh)
    yield from border_lines(case, cut, trade)


def _write_hourly_tables(
    hourly: Mapping[str, Mapping[str, Array]], trade: Mapping[str, Array], origin: Path, fresh: Path
) -> None:
    """Write the hourly tables, each as a file of the kind that it has in its origin."""
    for name, series in hourly.items():
        lessened = {zone: _less(series[zone], sent) for zone, sent in trade.items()} if name == LOAD.name else {}
        if series:
            target = hourly_file(fresh, name, origin)
            write_hourly(target, {**series, **lessened}, as_csv=target.suffix == ".csv")


def _trade(case: Case, cut: Cut) -> dict[str, Array]:
    """Return what zones beyond the cut send to each border zone that needs it, MW of the base year."""
    sent = {zone: trade_from_beyond_mw(case, zone, cut.gone["zones"]) for zone in cut.borders}
    return {zone: values for zone, values in sent.items() if values.max(initial=0.0) >= LEAST_MW}


def _less(load: Array, sent: Array) -> Array:
    """Return a load less what others send, both MW; what is left of an hour is 0 only where it was."""
    left = np.maximum(np.round(load - sent, 1), np.minimum(load, LOAD.smallest))
    return np.where(sent > 0, left, load)


def _statements(case: Case, trade: Mapping[str, Array]) -> dict[tuple[str, str, str], Statement]:
    """Return what is said of the loads that were changed."""
    found = {}
    for zone in trade:
        key = (LOAD.name, zone, WHOLE_COLUMN)
        own = case.cell_source(*key)
        source = f"Less what zones left out of the cut sent where the zone's own plants fall short. {own}"[:600].strip()
        found[key] = Statement(
            table=key[0], row=key[1], column=key[2], source=source, quality="derived" if own else "estimate"
        )
    return found


def _write_overlay(case_dir: Path, name: str, inputs: CaseInputs, case: Case, cut: Cut, folder: Path) -> None:
    """Write the tables of an overlay that stay; raises CaseRefused if it has faults of its own."""
    files, faults = CaseFolder(overlays_folder(case_dir) / name), []
    tables = {}
    for table, row_class in INPUT_TABLES.items():
        if (files.path / f"{table}.csv").is_file():
            tables[table], wrong = files.table(table, row_class)
            faults += wrong
    hourly = {}
    for each in HOURLY_TABLES:
        known, _ = hourly_columns(each, inputs.tables)
        hourly[each.name], wrong = files.hourly(each, known, ())
        faults += wrong
    if wrong := [replace(fault, file=f"{name}/{fault.file}") for fault in faults if not fault.note]:
        raise CaseRefused(wrong)
    own = {each: columns for each, columns in hourly.items() if columns}
    trade: dict[str, Array] = {}
    if LOAD.name in own:
        water = tables["reservoirs"].rows if "reservoirs" in tables else case.reservoirs
        trade = _trade(replace(case, hourly={**case.hourly, **own}, reservoirs=water), cut)
    folder.mkdir(parents=True)
    for table, found in tables.items():
        rows = cut.rows(table, {key: _placed(row, inputs, case) for key, row in found.rows.items()})
        write_table(folder / f"{table}.csv", table, [rows[key] for key in sorted(rows)])
    kept = {each: cut.columns(each, series) for each, series in own.items()}
    _write_hourly_tables(kept, trade, files.path, folder)
    write_description(folder, name)


def _placed(row: Row, inputs: CaseInputs, case: Case) -> Row:
    """Return a row, a short one of a site with the zone that it has in the whole case."""
    if not isinstance(row, OwnSite) or row.zone:
        return row
    return row.model_copy(update={"zone": zone_of_place(row, case.zones, inputs.polygons)})


def _write_settings(case_dir: Path, fresh: Path, changes: Mapping[str, object]) -> None:
    """Write the base scenario with what the cut changes in it; a folder's keeps its comments where that can be."""
    if not is_workbook(case_dir):
        try:
            text = with_keys((case_dir / "scenario.toml").read_text(encoding="utf-8-sig"), changes)
            (fresh / "scenario.toml").write_text(text, encoding="utf-8", newline="\n")
            return
        except ValueError:
            pass
    values, _ = merged_settings(case_dir, "base", {})
    for path, value in changes.items():
        section, _, key = path.rpartition(".")
        above = values.setdefault(section, {}) if section else values
        above[key] = value
    write_scenario(fresh, values)


def _copy_texts(case_dir: Path, fresh: Path, cut: Cut) -> None:
    """Copy what a case holds beside its tables: pages, and the polygons of the zones that stay."""
    if not is_workbook(case_dir):
        for path in sorted(case_dir.glob("*.md")):
            if path.is_file() and not path.is_symlink():
                shutil.copyfile(path, fresh / path.name)
    polygons = polygons_file(case_dir)
    if polygons.is_file():
        collection = json.loads(polygons.read_bytes())
        kept = [each for each in collection["features"] if each["properties"]["zone"] not in cut.gone["zones"]]
        lines = ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in kept)
        text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
        polygons_file(fresh).write_text(text, encoding="utf-8", newline="\n")


def _copy_scenarios(case_dir: Path, fresh: Path) -> Iterator[str]:
    """Copy the case's own scenarios that still read; yield which do not, and why."""
    place = scenarios_folder(case_dir)
    names = sorted(path.stem for path in place.glob("*.toml")) if place.is_dir() else []
    if names:
        shutil.copytree(place, scenarios_folder(fresh))
    for name in names:
        try:
            read_inputs(fresh, load_settings(fresh, name))
        except CaseRefused as refused:
            (scenarios_folder(fresh) / f"{name}.toml").unlink()
            more = f" (and {len(refused.faults) - 1} more)" if len(refused.faults) > 1 else ""
            yield f"scenario {name} is left out, for it no longer reads: {refused.faults[0]}{more}"
