"""Extracts exchange capacities between zones, and planned projects whose ends lie in two of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from inputs.build.borders import polygons
from inputs.build.extract_fleets import ORIGIN as EXCHANGES_FROM
from inputs.build.extract_fleets import zone_of
from inputs.build.table import raw_file, write_facts

PROJECTS_FROM = "PyPSA/pypsa-eur at 16ed084, data/transmission_projects"
PROJECTS = {
    "tyndp2020/new_links.csv": "TYNDP 2020",
    "tyndp2020/upgraded_links.csv": "TYNDP 2020",
    "nep/new_links.csv": "NEP 2037/2045",
    "manual/new_links.csv": "PyPSA-Eur",
}
"""File -> where its projects come from. Alternating-current projects state no MW and are left aside."""
LEFT_OUT = ("under_consideration", "completed")
EXCHANGES_NOTE = (
    "# Greatest exchange between zones, MW in each direction (facts), as Electricity Maps collects it: limits that the",
    "# operators publish, nameplates of cables, and here and there the greatest flow seen.",
    "# electricitymaps/electricitymaps-contrib at b354f28, config.",
)
PROJECTS_NOTE = (
    "# Planned direct-current links whose ends lie in two zones, but those under consideration: PyPSA/pypsa-eur at",
    "# 16ed084, data/transmission_projects (CC BY 4.0), after TYNDP 2020 and 2024 and the German grid plan. Years as",
    "# stated there, many stale: see facts_planned.csv.",
)


def main(raw: Path) -> None:
    """Write `facts_exchanges.csv` and `facts_projects.csv`; raise FileNotFoundError if a file of `raw` is missing."""
    exchanges = _read(raw / "fleets_2026" / "exchange_capacity.csv", EXCHANGES_FROM)
    rows: list[list[object]] = []
    for border, backward, forward in zip(*(exchanges[name].tolist() for name in exchanges.columns), strict=True):
        ends = [zone_of(end) for end in str(border).split("_")]
        capacities = [abs(float(forward)), abs(float(backward))]
        if len(ends) == 2 and all(ends) and ends[0] != ends[1]:
            order = slice(None, None, 1 if str(ends[0]) < str(ends[1]) else -1)
            rows.append([*ends[order], *capacities[order]])
    write_facts(
        "exchanges", EXCHANGES_NOTE, ["from_zone", "to_zone", "forward_mw", "backward_mw"], sorted(rows, key=str)
    )
    write_facts(
        "projects",
        PROJECTS_NOTE,
        ["project", "from_zone", "to_zone", "capacity_mw", "status", "year", "list"],
        _projects(raw / "grid_projects"),
    )


def _read(path: Path, origin: str) -> pd.DataFrame:
    return pd.read_csv(raw_file(path, origin))


def _projects(folder: Path) -> list[list[object]]:
    names = list(polygons())
    tree = shapely.STRtree([polygons()[name].simplify(0.01) for name in names])
    rows: list[list[object]] = []
    for file, source in PROJECTS.items():
        table = _read(folder / file, PROJECTS_FROM)
        ends = [
            np.array(names, dtype=object)[
                tree.nearest(shapely.points(table[f"x{end}"].to_numpy(), table[f"y{end}"].to_numpy()))
            ]
            for end in (0, 1)
        ]
        table = table.assign(project=table.iloc[:, 0], a=np.minimum(*ends), b=np.maximum(*ends))
        if "tyndp" in file:
            table["project"] = "TYNDP" + table["tags"].str.extract(r"transmission/(\d+)", expand=False)
        kept = table[(table["a"] != table["b"]) & ~table["project_status"].isin(LEFT_OUT)]
        chosen = kept[["project", "a", "b", "p_nom", "project_status", "build_year"]].assign(source=source)
        rows += [list(row) for row in chosen.itertuples(index=False)]
    return sorted(rows, key=str)
