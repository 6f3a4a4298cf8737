"""Writes a cut of a case as a folder of its own, with its overlays and scenarios, and says what was left out."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.case import (
    HOURLY_TABLES,
    INPUT_TABLES,
    TABLES,
    WHOLE_COLUMN,
    Array,
    Case,
    OwnSite,
    Row,
    Statement,
    row_name,
)
from models.settings import Inputs, Names, Settings
from optimizer.case.case_folder import CaseFolder
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.case_location import hourly_folder, is_workbook, overlays_folder, polygons_file, scenarios_folder
from optimizer.case.cut import Cut, Selection, plan_cut
from optimizer.case.cut_borders import grown_load_mw, lines_into_mw, shortage_mw, trade_from_beyond_mw
from optimizer.case.faults import CaseRefused
from optimizer.case.overlays import overlay_names
from optimizer.case.place import place_of
from optimizer.case.read import hourly_columns, read_inputs
from optimizer.case.settings import load_settings, merged_settings, setting_fields
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
LEAST_MW = 1.0
"""Trade and shortages below it are not told."""
NAMED = 12
"""So many names of what is left out are told at once; the file lists all."""


def write_cut(case_dir: Path, selection: Selection, folder: Path) -> list[str]:
    """Write what a selection keeps of a case into a folder, completely or not at all; return in lines what was done.

    The result has no faults under its base scenario, and scenarios of the case that no longer read are left out.
    Raises CaseRefused if the case has faults, if the selection names what is not there, or leaves no site.
    """
    settings = load_settings(case_dir)
    inputs = read_inputs(case_dir, settings.model_copy(update={"inputs": Inputs()}))  # its own tables, as they are
    case = inputs.case(settings)
    cut = plan_cut(inputs, case, selection)
    changes = {**_settings_changes(case, cut, selection), **_names_left(settings, inputs, cut)}
    told = [*_kept(case, cut)]
    with fresh_folder(folder) as fresh:
        told += _write_tables(inputs, case, cut, hourly_folder(case_dir), fresh)
        _write_settings(case_dir, fresh, changes)
        _copy_texts(case_dir, fresh, cut)
        for name in overlay_names(case_dir):
            _write_overlay(case_dir, name, inputs, case, cut, fresh / name)
        write_description(fresh, folder.name)
        told += [*_money(case, cut), *_changes(settings, changes), *_basis(case, cut)]
        told += _shortages(read_inputs(fresh, load_settings(fresh)).case(load_settings(fresh)), case)
        told += _copy_scenarios(case_dir, fresh)
        before = case_dir / REPORT
        earlier = before.read_text(encoding="utf-8") if before.is_file() else ""
        text = _report(f"{case.name}: {selection}", told, cut, earlier)
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
    yield from _borders(case, cut, trade)


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


def _names_left(settings: Settings, inputs: CaseInputs, cut: Cut) -> dict[str, object]:
    """Return the lists of keys, the cells and the factors of a scenario that name what is left out, without that."""
    changes: dict[str, object] = {}
    for path, field in setting_fields().items():
        for mark in field.metadata:
            if isinstance(mark, Names):
                section, _, key = path.rpartition(".")
                stated = getattr(getattr(settings, section), key)
                kept = [name for name in stated if name not in cut.gone[mark.table]]
                if len(kept) < len(stated):
                    changes[path] = kept
    left = cut.left_of(inputs)
    for key in ("cells", "factors"):
        cells = getattr(settings.inputs, key)
        there = {name: value for name, value in cells.items() if _is_place(name, left)}
        if len(there) < len(cells):
            changes[f"inputs.{key}"] = there
    return changes


def _is_place(name: str, inputs: CaseInputs) -> bool:
    """Tell whether a name is that of cells or hours of a case."""
    try:
        place_of(name, {}, inputs)
    except ValueError:
        return False
    return True


def _settings_changes(case: Case, cut: Cut, selection: Selection) -> dict[str, object]:
    """Return the keys of the scenario that cannot stay as they are, with their new values."""
    if not any(cut.gone.values()):
        return {}
    settings = case.settings
    sites = Counter(row.country for row in cut.rows("sites", case.sites).values())
    most = {country: min(number, case.countries[country].sites_max) for country, number in sites.items()}
    members = [country for country, number in most.items() if number and case.countries[country].eu_member]
    number = sum(most.values())
    changes: dict[str, object] = {"title": f"{settings.title} (cut: {selection})"[:200]}
    for key, bound in (
        ("sites_min", number),
        ("gigafactories_min", number),
        ("member_states_min", len(members)),
    ):
        if getattr(settings.siting, key) > bound:
            changes[f"siting.{key}"] = bound
    if cut.gone["zones"] and cut.rows("price_basis", case.price_basis) and not settings.power.price_basis_zones:
        changes["power.price_basis_zones"] = len(case.zones)
    return changes


def _copy_texts(case_dir: Path, fresh: Path, cut: Cut) -> None:
    """Copy what a case holds beside its tables: pages, and the polygons of the zones that stay."""
    if not is_workbook(case_dir):
        for path in sorted(case_dir.glob("*.md")):
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


def _kept(case: Case, cut: Cut) -> Iterator[str]:
    """Yield how much of each table stays, and which zones and regions."""
    counts = {name: len(getattr(case, name)) for name in TABLES if cut.gone[name]}
    if not counts:
        yield "Nothing is left out."
        return
    yield "Kept: " + ", ".join(
        f"{name} {total - len(cut.gone[name]):,} of {total:,}" for name, total in counts.items() if name != "sources"
    )
    if cut.gone["zones"] or cut.borders:
        yield f"Zones with their sites: {_names(cut.core)}."
    if cut.unreached:
        yield f"Regions left out because no site left is near enough for their work: {_names(cut.unreached)}."


def _borders(case: Case, cut: Cut, trade: Mapping[str, Array]) -> Iterator[str]:
    """Yield which zones stand as borders, and what they got from beyond."""
    if cut.borders:
        yield (
            f"Borders: {_names(cut.borders)} stay with their load, plants and the lines between zones that stay, "
            "without sites and without new plants."
        )
    beyond = [
        line
        for line, row in case.lines.items()
        if line in cut.gone["lines"] and len({row.from_zone, row.to_zone} & cut.gone["zones"]) == 1
    ]
    if beyond:
        yield f"Lines to zones that are left out go with them, and their trade: {_names(beyond)}."
    for zone, sent in trade.items():
        year, energy = (8.76e-3 * float(each.mean()) for each in (case.hourly[LOAD.name][zone], sent))
        yield (
            f"{zone}: up to {sent.max():,.0f} MW ({energy:,.3g} TWh of {year:,.4g} a year) that its own plants "
            "cannot serve came from zones left out: taken off its load."
        )


def _money(case: Case, cut: Cut) -> Iterator[str]:
    """Yield what share of the demand stays, and that money and chips stay whole."""
    if cut.gone["demand"]:
        kept, asked = (
            sum(row.demand_kh100e for row in rows.values()) for rows in (cut.rows("demand", case.demand), case.demand)
        )
        yield (
            f"Demand: {kept / asked if asked else 0:.1%} of the compute asked for stays. "
            f"Money ({sum(row.amount_meur for row in case.tranches.values()):,.0f} MEUR) and chips stay those of all "
            f"of {case.name}: change tranches and chip_supply if the cut has only a part of them."
        )


def _changes(settings: Settings, changes: Mapping[str, object]) -> Iterator[str]:
    """Yield the limits of the scenario that were lowered to what is left, and those that hold for the whole case."""
    for path, value in changes.items():
        section, _, key = path.rpartition(".")
        if isinstance(value, int) and section == "siting":
            yield f"{path} = {value}: more cannot be (was {getattr(settings.siting, key)})."
        elif isinstance(value, list | dict):
            lost = [name for name in getattr(getattr(settings, section), key) if name not in value]
            yield f"{path} no longer says {_names(lost)}, which left." + ("" if value else " It says nothing now.")
    levels = settings.question.levels.model_dump(exclude_none=True)
    if changes and levels:
        yield f"Levels of the question ({', '.join(levels)}) stay those of the whole case."


def _basis(case: Case, cut: Cut) -> Iterator[str]:
    """Yield that the price basis is that of other zones."""
    if cut.gone["zones"] and cut.rows("price_basis", case.price_basis):
        yield (
            f"price_basis was calibrated on the prices of {len(case.zones)} zones, which these are not: its rows stay, "
            "`gigasite check` warns of it, and power.price_basis_scale = 0 leaves it out."
        )


def _shortages(cut_case: Case, whole: Case) -> Iterator[str]:
    """Yield the zones that have lost lines or plants and cannot serve their load even with all lines that are left."""
    for zone in cut_case.zones:
        for period in cut_case.periods:
            lines = lines_into_mw(cut_case, zone, cut_case.zones, period)
            before = lines_into_mw(whole, zone, whole.zones, period), shortage_mw(whole, zone, period).max()
            short = shortage_mw(cut_case, zone, period) - lines
            if short.max() >= LEAST_MW and short.max() > before[1] - before[0] + LEAST_MW:
                peak = grown_load_mw(cut_case, zone, period).max()
                yield (
                    f"{zone} falls up to {short.max():,.0f} MW short of its load (peak {peak:,.0f}) in {period}, in "
                    f"{(short > 0).sum():,} hours, stores not counted: there may be no plan."
                )
                break


def _names(names: Sequence[str] | frozenset[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:NAMED]) + (f" and {len(listed) - NAMED} more" if listed[NAMED:] else "")


def _report(title: str, told: Sequence[str], cut: Cut, earlier: str) -> str:
    """Return the page that says what was done, and lists every row that was left out."""
    parts = [f"# Cut of {title}", "", *(f"- {line}" for line in told)]
    for table, keys in cut.gone.items():
        if keys:
            names = sorted(map(row_name, keys))
            parts += ["", f"## Left out of {table} ({len(names):,})", "", ", ".join(f"`{name}`" for name in names)]
    return "\n".join([*parts, *(["", earlier.rstrip()] if earlier else []), ""])
