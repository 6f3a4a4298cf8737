"""Cases: read from a folder or workbook, and described."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from models import case as tables
from models.case import HOURLY_TABLES, TABLES
from optimizer.case.columns import columns_of
from optimizer.case.faults import CaseRefused
from optimizer.case.glossary import row_meaning
from optimizer.case.quality import quality_counts, shares_of, table_counts
from optimizer.case.read import read_case as read_checked_case
from optimizer.case.settings import load_settings, parse_overrides

__all__ = ["Case", "CaseRefused", "describe_case", "read_case"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Case(tables.Case):
    """A checked, immutable case, and where it was read from: `inputs/README.md` lists its tables, columns and units.

    >>> case = read_case("inputs/tutorial")
    >>> case.name, case.settings.carbon.cap_kg_per_mwh, sorted(case.periods)
    ('tutorial', 50.0, ['p1', 'p2'])
    """

    folder: Path
    """Its folder or workbook."""
    scenario_name: str
    """Name of the scenario."""
    overrides: Mapping[str, str]
    """Keys that were set anew -> value, as TOML."""


def read_case(
    folder: str | os.PathLike[str], scenario: str = "base", overrides: Mapping[str, object] | None = None
) -> Case:
    """Return the case that a folder or workbook (.xlsx) holds; raises CaseRefused with every fault found.

    `scenario` names one of the case's scenarios; `overrides` sets keys of it anew, in the units of `inputs/README.md`;
    their values are numbers, texts, booleans or lists of these, else TypeError is raised.

    >>> read_case("inputs/tutorial", overrides={"carbon.cap_kg_per_mwh": 20}).settings.carbon.cap_kg_per_mwh
    20.0
    >>> try:
    ...     read_case("inputs/tutorial", overrides={"carbon.cap": 20})
    ... except CaseRefused as refused:
    ...     print(refused)
    --set, carbon.cap = '20': unknown key (did you mean 'carbon.cap_kt'?)
    """
    path = Path(folder)
    stated = {  # what JSON is for a number, a text, a boolean or a list of these is TOML as well
        key: json.dumps(value, ensure_ascii=False, default=np.generic.item) for key, value in (overrides or {}).items()
    }
    settings = load_settings(path, scenario, parse_overrides(f"{key}={text}" for key, text in stated.items()))
    read = read_checked_case(path, settings)
    content = {field.name: getattr(read, field.name) for field in fields(read)}
    return Case(**content, folder=path, scenario_name=scenario, overrides=stated)


def describe_case(case: Case) -> pd.DataFrame:
    """Return the tables of a case: rows (hours of an hourly table), key, units of its numbers, estimates and meaning.

    `estimate_share` (0..1) is the part that are estimates of the cells that decide which site, how large or when (of an
    hourly table: of its columns); NaN where none does.

    >>> described = describe_case(read_case("inputs/tutorial"))
    >>> described.loc["load"].to_dict()["rows"], described.units["load"], described.key["demand"]
    (48, 'MW', 'region, workload, period')
    """
    shares = {name: shares_of(counted)["estimate"] for name, counted in table_counts(quality_counts(case)).items()}
    described = [
        {
            "table": name,
            "rows": len(getattr(case, name)),
            "key": ", ".join(kind.key),
            "units": ", ".join(sorted({column.unit for column in columns_of(kind).values()} - {""})),
            "estimate_share": shares.get(name),
            "meaning": row_meaning(kind),
        }
        for name, kind in TABLES.items()
    ]
    described += [
        {
            "table": hourly.name,
            "rows": max((len(column) for column in case.hourly[hourly.name].values()), default=0),
            "key": hourly.columns,
            "units": hourly.unit,
            "estimate_share": shares.get(hourly.name),
            "meaning": hourly.meaning,
        }
        for hourly in HOURLY_TABLES
    ]
    return pd.DataFrame(described).set_index("table").astype({"estimate_share": float})
