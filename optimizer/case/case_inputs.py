"""What the files of a case hold, before anything is worked out from it, and the case made of it for a scenario."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shapely.geometry.base import BaseGeometry

from models.case import Array, Case, Climate
from models.settings import Settings
from optimizer.case.checks import check_case
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.table import Tables
from optimizer.prepare.climate import compute_climate
from optimizer.prepare.latency import round_trips
from optimizer.prepare.representative_days import choose_days, whole_days

Hourly = dict[str, dict[str, Array]]


@dataclass(frozen=True)
class CaseInputs:
    """What the files of a case hold under some overlays, before anything is worked out from it."""

    name: str
    tables: Tables
    hourly: Hourly
    """Hourly table -> column -> values, as long as the files are."""
    polygons: Mapping[str, BaseGeometry]
    files: Mapping[str, str]
    """File -> SHA-256."""
    labels: Mapping[str, str]
    """How faults name hourly tables."""
    notes: tuple[str, ...] = ()

    def faults(self, settings: Settings, refused: Collection[str] = ()) -> list[Fault]:
        """Return the faults across tables; hourly tables that are `refused` themselves show nothing of what else is."""
        hourly = {name: {} if name in refused else columns for name, columns in self.hourly.items()}
        across = check_case(self.tables, hourly, settings, self.polygons)
        return [replace(fault, file=self.labels.get(fault.file, fault.file)) for fault in across]

    def case(self, settings: Settings) -> Case:
        """Return the case for a scenario; raises CaseRefused where the climate of a site cannot be worked out."""
        hourly, left_out = whole_days(self.hourly, settings.time)
        rows: dict[str, dict[Any, Any]] = {name: dict(table.rows) for name, table in self.tables.items()}
        rows["periods"] = dict(sorted(rows["periods"].items(), key=lambda item: item[1].first_year))
        try:
            climate = _climate(rows, hourly)
        except ValueError as error:
            raise CaseRefused([Fault(self.tables["cooling"].file, str(error))]) from None
        return Case(
            name=self.name,
            settings=settings,
            **rows,
            hourly=hourly,
            days=choose_days(hourly, rows["fleets"], settings.time),
            climate=climate,
            round_trip_ms=round_trips(rows["sites"], rows["regions"], rows["latency"], settings.service.route_factor),
            files=self.files,
            notes=(*self.notes, *left_out),
        )


def _climate(rows: Mapping[str, Mapping[Any, Any]], hourly: Mapping[str, Mapping[str, Array]]) -> Climate:
    hours = len(next(iter(hourly["load"].values())))
    return compute_climate(
        rows["sites"], rows["stations"], rows["cooling"], hourly["drybulb"], hourly["wetbulb"], hours
    )
