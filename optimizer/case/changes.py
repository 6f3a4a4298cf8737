"""Cells and hours of a case changed for a question: what a scenario sets or scales of tables, or a study's factors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from models.case import TABLES, WHOLE_COLUMN, Statement, row_name
from models.settings import Settings
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.cells import cell_text, read_cell
from optimizer.case.columns import columns_of
from optimizer.case.faults import CaseRefused, Fault, capped
from optimizer.case.place import HOURLY, Place, place_of

Value = float | bool | str
CHANGED = "changed by the scenario: inputs.cells or inputs.factors"
"""Source of a cell that a scenario sets or scales."""


@dataclass(frozen=True)
class Changes:
    """What differs from the files of a case."""

    cells: Mapping[tuple[str, str], Mapping[Any, Value]]
    """(table, column) -> key of a row -> what stands there instead."""
    hours: Mapping[tuple[str, str], float]
    """(hourly table, column) -> what its hours are multiplied with."""

    def applied(self, inputs: CaseInputs) -> CaseInputs:
        """Return the inputs changed; raises CaseRefused with every number that is none for its column."""
        tables, faults = dict(inputs.tables), list[Fault]()
        for (name, column), cells in self.cells.items():
            table, declared, rows = tables[name], columns_of(TABLES[name])[column], dict(tables[name].rows)
            for key, value in cells.items():
                read, rule = read_cell(cell_text(value), declared, ".")
                if rule is None:
                    try:
                        rows[key] = TABLES[name].model_validate({**dict(rows[key]), column: read})
                    except ValidationError as error:
                        rule = error.errors()[0]["msg"]
                if rule is not None:
                    where = table.files.get(key, table.file)
                    faults.append(Fault(where, rule, table.lines[key], column, cell_text(value)))
            tables[name] = replace(table, rows=rows)
        hourly = {name: dict(columns) for name, columns in inputs.hourly.items()}
        for (name, column), factor in self.hours.items():
            values, limits = factor * hourly[name][column], HOURLY[name]
            if not (limits.low <= values.min() and values.max() <= limits.high):
                rule = f"{values.min():g} .. {values.max():g} {limits.unit}, must be {limits.low:g} .. {limits.high:g}"
                faults.append(Fault(inputs.labels[name], rule, None, column))
            hourly[name][column] = values
        if faults:
            raise CaseRefused(capped(faults))
        return replace(inputs, tables=tables, hourly=hourly)


def moved(present: Any, value: Value, times: float | None) -> Value:
    """Return what stands in a place afterwards: a value, or what stood there times a factor; whole stays whole."""
    if times is None:
        whole = isinstance(present, int) and not isinstance(present, bool) and isinstance(value, float)
        return int(value) if whole and float(value).is_integer() else value
    return round(present * times) if isinstance(present, int) else present * times


def as_asked(inputs: CaseInputs, settings: Settings) -> CaseInputs:
    """Return the inputs with the cells that a scenario sets, then with what it scales; raises CaseRefused.

    What is changed is an estimate from then on, whatever it rested on before.
    """
    faults = list[Fault]()
    cells, hours = dict[tuple[str, str], dict[Any, Value]](), dict[tuple[str, str], float]()
    stated = [("cells", *each) for each in settings.inputs.cells.items()]
    for key, name, value in [*stated, *(("factors", *each) for each in settings.inputs.factors.items())]:
        try:
            place = _place(name, inputs, scaled=key == "factors")
        except ValueError as error:
            faults.append(Fault("scenario", str(error), column=f"inputs.{key}.{name}", value=cell_text(value)))
            continue
        times = float(value) if key == "factors" else None
        for row in place.rows:
            if place.kind == "hours":
                hours[place.table, row] = hours.get((place.table, row), 1.0) * float(value)
            else:
                own = cells.setdefault((place.table, place.column), {})
                present = getattr(inputs.tables[place.table].rows[row], place.column)
                own[row] = moved(own.get(row, present), value, times)
    try:
        changed = Changes(cells, hours).applied(inputs)
    except CaseRefused as refused:
        faults += [replace(fault, rule=f"{fault.rule} ({CHANGED})") for fault in refused.faults]
    if faults:
        raise CaseRefused(capped(faults))
    said = dict(changed.tables["sources"].rows)
    changed_cells = [(table, row_name(row), column) for (table, column), own in cells.items() for row in own]
    for cell in (*changed_cells, *((table, column, WHOLE_COLUMN) for table, column in hours)):
        said[cell] = Statement(table=cell[0], row=cell[1], column=cell[2], source=CHANGED, quality="estimate")
    sources = changed.tables["sources"]
    lines = {**dict.fromkeys(said, 0), **sources.lines}
    return replace(changed, tables={**changed.tables, "sources": replace(sources, rows=said, lines=lines)})


def _place(name: str, inputs: CaseInputs, *, scaled: bool) -> Place:
    """Return the cells or hours that a scenario changes; raises ValueError with what is wrong with the name."""
    place = place_of(name, {}, inputs)
    if place.kind in ("layer", "key"):
        raise ValueError("is no cell of a table: keys of the scenario are set by themselves (--set)")
    if scaled and not place.numeric:
        raise ValueError("holds no numbers, which a factor could multiply")
    if not scaled and place.kind == "hours":
        raise ValueError("hours of an hourly table are scaled (inputs.factors, --scale), not set")
    return place
