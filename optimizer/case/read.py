"""From a case folder to a checked, immutable `Case`; every fault of every file is told in one go."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.case import Array, Case, Climate
from models.scenario import Scenario
from optimizer.case.climate import compute_climate
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.folder import read_folder
from optimizer.case.hours import choose_days
from optimizer.case.latency import round_trips


def read_case(case_dir: Path, scenario: Scenario) -> Case:
    """Return the case a folder holds, for a scenario; raises CaseRefused with every fault of every file."""
    tables, hourly, files = read_folder(case_dir, scenario)
    rows: dict[str, dict[Any, Any]] = {name: dict(table.rows) for name, table in tables.items()}
    rows["periods"] = dict(sorted(rows["periods"].items(), key=lambda item: item[1].first_year))
    return Case(
        name=case_dir.resolve().name,
        scenario=scenario,
        **rows,
        hourly=hourly,
        days=choose_days(hourly["load"], hourly["availability"], rows["fleets"], scenario.time),
        climate=_climate(rows, hourly),
        round_trip_ms=round_trips(rows["sites"], rows["regions"], rows["latency"], scenario.service.route_factor),
        files=files,
    )


def _climate(rows: Mapping[str, Mapping[Any, Any]], hourly: Mapping[str, Mapping[str, Array]]) -> Climate:
    hours = len(next(iter(hourly["load"].values())))
    try:
        return compute_climate(
            rows["sites"], rows["stations"], rows["cooling"], hourly["drybulb"], hourly["wetbulb"], hours
        )
    except ValueError as error:
        raise CaseRefused([Fault("cooling.csv", None, None, None, str(error))]) from None
