"""Cases for tests: rows that state only what matters, as a case in memory or as a folder of tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

import numpy as np

from models.case import HOURLY_TABLES, TABLES, Case, Row
from models.settings import Settings
from optimizer.prepare.climate import compute_climate
from optimizer.prepare.latency import round_trips
from optimizer.prepare.representative_days import choose_days

NEUTRAL: Mapping[str, Mapping[str, object]] = {
    "periods": {"first_year": 2026, "length_years": 1},
    "countries": {"eu_member": True, "export_tier": "tier1", "building_factor": 1, "pue_limit": 10, "sites_max": 1000},
    "technologies": {"life_years": 100, "efficiency_share": 1},
    "fleets": {"from_year": 2026},
    "headrooms": {"from_year": 2026},
    "reinforcements": {"step": 1, "adds_mw": 1},
    "sites": {
        **dict.fromkeys(("permit_year", "connection_year", "committed_year"), 2026),
        **dict.fromkeys(("committed_chip", "committed_cooling"), ""),
    },
    "cooling": {"family": "fixed", "rack_limit_kw": 2000, "life_years": 60, "supply_c": 25, "pue_fixed": 1},
    "chips": {
        **dict.fromkeys(("server_kw", "rack_kw", "throughput_h100e", "availability_share"), 1),
        "first_year": 2026,
        "last_year": 2100,
        "life_years": 15,
    },
    "workloads": {"latency_ms": 10_000},
    "funds": {"kind": "private", "aid_ceiling_share": 1},
}
"""Where a column of zeros would be no sound row: what has no cost, no limit and no end."""


WORDS: Mapping[Any, object] = {str: "test", bool: False}
Cells = dict[str, Any]


def row(table: str, **columns: Any) -> Cells:
    """Return the cells of a row; what is not told is neutral, its name is its key."""
    kind = TABLES[table]
    blank: Cells = {}
    for name, field in kind.model_fields.items():
        choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)]
        blank[name] = choices[0] if choices else WORDS.get(field.annotation, 0)
        blank[name] = blank[name] if field.is_required() else field.default
    key = {"name": columns[kind.key[0]]} if "name" in kind.model_fields else {}
    place = {"latitude": 50} if "latitude" in kind.model_fields else {}
    return {**blank, **NEUTRAL.get(table, {}), **place, **key, **columns}


def rows(table: str, key: str, keys: Iterable[str], **columns: Any) -> list[Cells]:
    """Return the cells of rows that differ by one column."""
    return [row(table, **{key: each}, **columns) for each in keys]


@dataclass(frozen=True)
class Draft:
    """A case on its way: rows in any order, hourly columns, the question."""

    tables: Mapping[str, list[Cells]]
    hourly: Mapping[str, Mapping[str, list[float]]]
    settings: Settings

    def case(self) -> Case:
        """Return the case, as `read_case` would."""
        table: dict[str, Any] = {name: _by_key(kind, self.tables.get(name, [])) for name, kind in TABLES.items()}
        table["periods"] = dict(sorted(table["periods"].items(), key=lambda item: item[1].first_year))
        hourly = {
            each.name: {
                column: np.array(values, dtype=float)
                for column, values in sorted(self.hourly.get(each.name, {}).items())
            }
            for each in HOURLY_TABLES
        }
        return Case(
            name="draft",
            settings=self.settings,
            **table,
            hourly=hourly,
            days=choose_days(hourly, table["fleets"], self.settings.time),
            climate=compute_climate(
                table["sites"],
                table["stations"],
                table["cooling"],
                hourly["drybulb"],
                hourly["wetbulb"],
                len(next(iter(hourly["load"].values()))),
            ),
            round_trip_ms=round_trips(
                table["sites"], table["regions"], table["latency"], self.settings.service.route_factor
            ),
            files={},
            notes=(),
        )

    def write(self, folder: Path) -> None:
        """Write the tables as a case folder; the scenario stays with the caller."""
        for name, listed in self.tables.items():
            columns = list(TABLES[name].model_fields)
            lines = [",".join(_cell(cells[column]) for column in columns) for cells in listed]
            (folder / f"{name}.csv").write_text("\n".join([",".join(columns), *lines, ""]), encoding="utf-8")
        for name, series in self.hourly.items():
            if series:
                lines = [
                    ",".join(map(repr, (hour, *values)))
                    for hour, values in enumerate(zip(*series.values(), strict=True))
                ]
                (folder / f"{name}.csv").write_text("\n".join([",".join(["hour", *series]), *lines, ""]))


def _by_key(kind: type[Row], listed: list[Cells]) -> dict[Any, Any]:
    """Return rows by key, ordered by it; a key of one column is not a tuple."""
    found = [kind.model_validate(cells) for cells in listed]
    keys = [tuple(getattr(each, column) for column in kind.key) for each in found]
    return dict(sorted((key if len(key) > 1 else key[0], each) for key, each in zip(keys, found, strict=True)))


def _cell(value: object) -> str:
    """Return a value as a CSV cell; words in these tests need no quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def same(one: Case, other: Case) -> bool:
    """Tell whether two cases hold the same, but for their name and files."""
    left, right = (
        {field.name: getattr(case, field.name) for field in fields(Case) if field.name not in ("name", "files")}
        for case in (one, other)
    )
    return repr(left) == repr(right)
