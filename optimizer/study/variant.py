"""The variants of a case: what the values of a study's factors make of its inputs, and the case made of these."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.case import Case, row_name
from models.settings import Settings
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.changes import Changes, moved
from optimizer.case.faults import CaseRefused
from optimizer.case.place import place_of
from optimizer.case.read import read_inputs
from optimizer.case.settings import load_settings, setting_of
from optimizer.case.toml import merge, nested
from optimizer.pool.dask_pool import program_digest
from optimizer.study.factor import FactorSettings, Value


@dataclass(frozen=True)
class Variant:
    """The inputs of a run, resolved: what differs from the files of a case under some overlays."""

    settings: Settings
    cells: Mapping[tuple[str, str], Mapping[Any, Value]]
    """(table, column) -> key of a row -> what stands there instead; only where it is another value."""
    hours: Mapping[tuple[str, str], float]
    """(hourly table, column) -> what its hours are multiplied with; only where that is not 1."""
    files: Mapping[str, str]
    """File -> SHA-256."""

    @property
    def key(self) -> str:
        """Return the hash of all of it, of this program and of its solver: the same inputs are the same run."""
        content = {
            "program": program_digest(),
            "files": dict(self.files),
            "settings": self.settings.model_dump(mode="json"),
            "cells": {".".join(place): _named(rows) for place, rows in self.cells.items()},
            "hours": {".".join(place): factor for place, factor in self.hours.items()},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def applied(self, inputs: CaseInputs) -> CaseInputs:
        """Return the inputs changed; raises CaseRefused with every number that is none for its column."""
        return Changes(self.cells, self.hours).applied(inputs)

    def case(self, inputs: CaseInputs) -> Case:
        """Return the case of the inputs changed, checked as one that is read; raises CaseRefused with every fault."""
        changed = self.applied(inputs)
        if faults := changed.faults(self.settings):
            raise CaseRefused(faults)
        return changed.case(self.settings)


def _named(rows: Mapping[Any, Value]) -> dict[str, Value]:
    return {row_name(key): value for key, value in rows.items()}


@dataclass
class Variants:
    """The variants of a case under a scenario with some keys set anew; its files are read once for each overlay."""

    case_dir: Path
    scenario: str
    overrides: Mapping[str, Any]
    inputs: dict[str, CaseInputs] = field(default_factory=dict)
    """Overlays and changes that a scenario states, as text -> what they make of the files."""

    def settings(self, scenario: str, overrides: Mapping[str, Any]) -> Settings:
        """Return a scenario with keys set anew besides the study's own; raises CaseRefused."""
        return load_settings(self.case_dir, scenario, merge(self.overrides, overrides))

    def read(self, settings: Settings) -> CaseInputs:
        """Return what the files of a scenario hold; raises CaseRefused."""
        layers = layers_of(settings)
        if layers not in self.inputs:
            self.inputs[layers] = read_inputs(self.case_dir, settings)
        return self.inputs[layers]

    def of(self, factors: Mapping[str, FactorSettings], values: Mapping[str, Value | None]) -> Variant:
        """Return the variant for values of factors, None leaving things as they are; raises CaseRefused, ValueError."""
        stated = [(factors[name], value) for name, value in values.items() if value is not None]
        scenario = next((str(value) for factor, value in stated if factor.of == "scenario"), self.scenario)
        settings = self.settings(scenario, {})
        added = [str(value) for factor, value in stated if factor.of == "overlay" and value]
        overrides: dict[str, Any] = {}
        if added:
            overrides = nested(["inputs", "overlays"], [*settings.inputs.overlays, *added])
        inputs = self.read(self.settings(scenario, overrides))
        cells: dict[tuple[str, str], dict[Any, Value]] = {}
        hours: dict[tuple[str, str], float] = {}
        for factor, value in stated:
            place = place_of(factor.of, factor.where, inputs)
            times = multiplier(factor, value, inputs)
            if place.kind == "key":
                overrides = merge(
                    overrides, nested(place.column.split("."), moved(setting_of(settings, place.column), value, times))
                )
                settings = self.settings(scenario, overrides)
            elif place.kind == "cells":
                own = cells.setdefault((place.table, place.column), {})
                rows = inputs.tables[place.table].rows
                for row in place.rows:
                    own[row] = moved(own.get(row, getattr(rows[row], place.column)), value, times)
            elif place.kind == "hours":
                assert times is not None
                for name in place.rows:
                    hours[place.table, name] = hours.get((place.table, name), 1.0) * times
        return Variant(
            settings=self.settings(scenario, overrides),
            cells={
                (table, column): differing
                for (table, column), own in sorted(cells.items())
                if (
                    differing := {
                        row: new for row, new in own.items() if new != getattr(inputs.tables[table].rows[row], column)
                    }
                )
            },
            hours={place: factor for place, factor in sorted(hours.items()) if factor != 1},
            files=inputs.files,
        )

    def present(self, factor: FactorSettings) -> Value | None:
        """Return the value of a factor that changes nothing; None where no single one does."""
        settings = self.settings(self.scenario, {})
        inputs = self.read(settings)
        place = place_of(factor.of, factor.where, inputs)
        if place.kind == "layer":
            return self.scenario if factor.of == "scenario" else ""
        if factor.relative_to:
            return total(factor.relative_to, inputs)
        if factor.relative:
            return 1.0
        if place.kind == "key":
            known: Value | None = setting_of(settings, place.column)
            return known
        rows = inputs.tables[place.table].rows
        found: set[Value] = {getattr(rows[row], place.column) for row in place.rows}
        return found.pop() if len(found) == 1 else None


def layers_of(settings: Settings) -> str:
    """Return all that a scenario says of its tables: what their rows and cells hang on besides the files."""
    return settings.inputs.model_dump_json()


def total(cells: str, inputs: CaseInputs) -> float:
    """Return the sum of the cells that a text names; raises ValueError."""
    place = place_of(cells, {}, inputs)
    if place.kind != "cells" or not place.numeric:
        raise ValueError(f"relative_to: {cells} are no cells of numbers")
    rows = inputs.tables[place.table].rows
    found = float(sum(getattr(rows[row], place.column) for row in place.rows))
    if not found:
        raise ValueError(f"relative_to: the sum of {cells} is 0")
    return found


def multiplier(factor: FactorSettings, value: Value, inputs: CaseInputs) -> float | None:
    """Return what a value multiplies what stands there with; None where it takes its place."""
    if factor.relative_to:
        return float(value) / total(factor.relative_to, inputs)
    return float(value) if factor.relative else None
