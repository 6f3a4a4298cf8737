"""How the inputs of two written plans differ, cell by cell and key by key, and cases in between: some parts of either.

A part is a table, an hourly table or a section of the scenario: what changes within it goes together.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from models.case import TABLES, Array, Case, row_name
from models.plan import Plan
from models.settings import Settings
from optimizer.audit.input_integrity import OWN, check_inputs
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.case_location import path_from_text
from optimizer.case.cells import cell_text
from optimizer.case.columns import columns_of
from optimizer.case.display_names import unique_names
from optimizer.case.faults import CaseRefused, capped
from optimizer.case.place import HOURLY, UNCHANGEABLE
from optimizer.case.read import read_inputs
from optimizer.case.settings import setting_fields, setting_of
from optimizer.case.table import Table
from optimizer.store.plan_files import canonical, read_plan

COLUMNS = ("part", "table", "key", "column", "unit", "first", "second", "note")
UNREAD = {
    "title": "a text",
    "time.replay": "no decision hangs on it but for caps on emissions of the whole year",
    "siting.gigafactories_weighed": "nothing is asked of the plan",
}
"""Keys that ask for no other plan, and why."""
SECTIONS = {"solve": "how hard to look", "inputs": "what it changes stands in the tables"}
"""Sections that ask for no other plan by themselves, and what they say."""
FOR_READERS = "nothing is computed from it"
GONE = "no row"


@dataclass(frozen=True)
class Side:
    """A written plan and what it was made from."""

    name: str
    plan: Plan
    settings: Settings
    inputs: CaseInputs | None
    """None where they are not what they were any more."""
    why: str = ""
    """Why they are not known."""

    @property
    def key(self) -> str:
        """Return a text by which sides have one order, whichever is named first."""
        stated = {"files": dict(self.plan.provenance.files), "settings": self.settings.model_dump(mode="json")}
        return hashlib.sha256(canonical(stated).encode()).hexdigest()


def side_names(folders: Sequence[Path]) -> list[str]:
    """Return what plans are called: the names of their folders, with the one above where two have the same."""
    short = [folder.resolve().name for folder in folders]
    long = [f"{folder.resolve().parent.name}/{name}" for folder, name in zip(folders, short, strict=True)]
    named = [other if short.count(name) > 1 else name for name, other in zip(short, long, strict=True)]
    return [*unique_names({str(number): name for number, name in enumerate(named, 1)}).values()]


def read_sides(folders: Sequence[Path], cases: Sequence[Path] = ()) -> list[Side]:
    """Return the plans of some folders with their inputs, as far as these are still what they were.

    `cases` says where the inputs are: one for all plans, or one for each in their order; else they are where they were,
    from the current folder. Raises FolderRefused where a folder holds no plan.
    """
    names, found = side_names(folders), list[Side]()
    for place, folder in enumerate(folders):
        plan = read_plan(folder)
        settings = Settings.model_validate(plan.provenance.scenario)
        stated = cases[place % len(cases)] if cases else path_from_text(plan.provenance.case_folder)
        side = Side(names[place], plan, settings, None)
        try:
            inputs = read_inputs(stated, settings)
            check_inputs(plan, inputs.files, stated)
            found.append(replace(side, inputs=inputs))
        except CaseRefused as refused:
            found.append(replace(side, why="; ".join(map(str, capped(refused.faults, alike=lambda _: None)))))
    return found


def changes(first: Side, second: Side) -> pd.DataFrame:
    """Return every input that differs: part, table, key, column, unit, both values as texts, and a note.

    `part` is empty where no decision hangs on it. Without the inputs of both only files and keys can be told apart.
    """
    rows = [*_settings(first.settings, second.settings)]
    if first.inputs is None or second.inputs is None:
        then, now = first.plan.provenance.files, second.plan.provenance.files
        named = sorted(name for name in {*then, *now} - {OWN} if then.get(name) != now.get(name))
        rows += [(Path(name).stem, name, "", "", "", "", "", "the file differs") for name in named]
    else:
        one, other = first.inputs, second.inputs
        for name in TABLES:
            rows += _cells(name, one.tables[name], other.tables[name])
        for name in HOURLY:
            rows += _hours(name, one.hourly[name], other.hourly[name])
        if {*one.polygons.items()} != {*other.polygons.items()}:
            rows.append(("", "zones.geojson", "", "", "", "", "", "only the map shows it"))
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _settings(first: Settings, second: Settings) -> Iterator[tuple[str, ...]]:
    for key in setting_fields():
        one, other = (setting_of(each, key) for each in (first, second))
        if one != other:
            section = key.partition(".")[0]
            note = SECTIONS.get(section) or UNREAD.get(key, "")
            part = "" if note else part_of(section)
            yield part, "scenario", "", key, "", _text(one), _text(other), note


def part_of(section: str) -> str:
    """Return the part that a section of the scenario is."""
    return f"{section} settings"


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        value = tuple(f"{place} = {cell_text(inner)}" for place, inner in value.items())
    if value is None or value == ():
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else cell_text(value)


def _cells(name: str, first: Table, second: Table) -> Iterator[tuple[str, ...]]:
    columns, kind = columns_of(TABLES[name]), TABLES[name]
    for key in dict.fromkeys([*first.rows, *second.rows]):
        here, there = (table.rows.get(key) for table in (first, second))
        if here is None or there is None:
            part = "" if name == "sources" else name
            texts = (GONE if here is None else "a row", GONE if there is None else "a row")
            yield part, name, row_name(key), "", "", *texts, "" if part else FOR_READERS
            continue
        for column in columns:
            one, other = getattr(here, column), getattr(there, column)
            if one != other:
                unread = name == "sources" or (column in UNCHANGEABLE and column not in kind.key)
                note = FOR_READERS if unread else ""
                unit = columns[column].unit
                yield "" if unread else name, name, row_name(key), column, unit, _text(one), _text(other), note


def _hours(name: str, first: dict[str, Array], second: dict[str, Array]) -> Iterator[tuple[str, ...]]:
    for column in dict.fromkeys([*first, *second]):
        one, other = first.get(column), second.get(column)
        if one is None or other is None:
            texts = ("no column" if one is None else "a column", "no column" if other is None else "a column")
            yield name, name, "", column, HOURLY[name].unit, *texts, ""
        elif not np.array_equal(one, other):
            same = len(one) == len(other)
            note = f"mean; {np.count_nonzero(one != other):,} of {len(one):,} hours differ" if same else "mean"
            yield name, name, "", column, HOURLY[name].unit, f"{one.mean():.6g}", f"{other.mean():.6g}", note


@dataclass(frozen=True)
class Group:
    """Changes that go together."""

    parts: frozenset[str]

    @property
    def name(self) -> str:
        """Return its parts in words."""
        return ", ".join(sorted(self.parts))


def groupings(found: pd.DataFrame) -> Iterator[tuple[Group, ...]]:
    """Yield groupings of the parts that differ, the finest first, the last being one group of all.

    Tables whose rows are not the same belong together from the beginning: rows of one name those of another.
    """
    parts = [*dict.fromkeys(found.loc[found["part"] != "", "part"])]
    rows = found["first"].isin([GONE, "no column"]) | found["second"].isin([GONE, "no column"])
    unlike = {*found.loc[rows, "part"]} - {""}
    tables = {part for part in parts if part in TABLES or part in HOURLY}
    seen = set[frozenset[frozenset[str]]]()
    for together in (unlike, tables, {*parts}):
        single = [frozenset({part}) for part in parts if part not in together]
        partition = [*([frozenset(together)] if together else []), *single]
        if partition and frozenset(partition) not in seen:
            seen.add(frozenset(partition))
            yield tuple(sorted(map(Group, partition), key=lambda group: group.name))


def case_between(first: Side, second: Side, parts: Collection[str]) -> Case:
    """Return the first side's case with some parts of the second's; raises CaseRefused where they do not fit together.

    How hard to look is the first side's.
    """
    assert first.inputs is not None
    assert second.inputs is not None
    one, other = first.inputs, second.inputs
    sections = {name: getattr(second.settings, name) for name in Settings.model_fields if part_of(name) in parts}
    settings = first.settings.model_copy(update=sections)
    inputs = replace(
        one,
        tables={name: (other if name in parts else one).tables[name] for name in one.tables},
        hourly={name: (other if name in parts else one).hourly[name] for name in one.hourly},
    )
    if faults := inputs.faults(settings):
        raise CaseRefused(faults)
    return inputs.case(settings)
