"""The same case otherwise: looser, renamed, dearer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from models.case import HOURLY_TABLES, TABLES
from models.scenario import Scenario
from tests.drafts import Cells, Draft

Variant = Callable[[Draft], Draft]
Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]

MEANT = {"from_zone": "zone", "to_zone": "zone", "committed_chip": "chip", "committed_cooling": "cooling"}
"""Columns that hold the key of a table under another name."""


def with_cells(draft: Draft, table: str, change: Change) -> Draft:
    """Return the draft with every row of a table changed."""
    return replace(draft, tables={**draft.tables, table: [{**cells, **change(cells)} for cells in draft.tables[table]]})


def with_section(draft: Draft, section: str, change: Change) -> Draft:
    """Return the draft with a section of its scenario changed."""
    whole = draft.scenario.model_dump()
    whole[section] |= change(whole[section])
    return replace(draft, scenario=Scenario.model_validate(whole))


def looser(table: str, column: str, change: Callable[[float], float]) -> Variant:
    """Return the variant that changes one column in every row of a table."""
    return lambda draft: with_cells(draft, table, lambda cells: {column: change(cells[column])})


def freer(section: str, **limits: float) -> Variant:
    """Return the variant that sets limits of the scenario."""
    return lambda draft: with_section(draft, section, lambda _: limits)


LOOSER: Mapping[str, Variant] = {
    "less coverage": looser("workloads", "coverage_share", lambda share: share / 2),
    "less distance": looser("workloads", "latency_ms", lambda limit: limit * 3),
    "milder law": looser("countries", "pue_limit", lambda _: 10),
    "more chips": looser("chip_supply", "limit_kchips", lambda limit: limit * 2),
    "more headroom": looser("headrooms", "headroom_mw", lambda headroom: headroom + 40),
    "more land": looser("sites", "land_mw", lambda land: land + 20),
    "more money": looser("tranches", "amount_meur", lambda amount: amount * 1.5),
    "more plants": looser("potentials", "potential_mw", lambda potential: potential * 2),
    "more water": looser("basins", "stress_share", lambda _: 0),
    "no carbon cap": freer("carbon", cap_kg_per_mwh=2000, cap_kt=1_000_000),
    "no firm cover": freer("power", cover_share=0),
    "no reactance": looser("lines", "reactance_pu", lambda _: 0),
    "no separation": freer("siting", sites_max=1000, separation_km=0),
}
"""Variants that forbid nothing the case allows."""


def dearer(draft: Draft) -> Draft:
    """Return the draft with every figure in euro doubled."""
    for table in draft.tables:
        draft = with_cells(draft, table, _doubled)
    return with_section(draft, "money", _doubled)


def _doubled(cells: Mapping[str, Any]) -> Cells:
    return {column: 2 * value for column, value in cells.items() if {"eur", "meur"} & set(column.split("_"))}


def renamed(draft: Draft) -> Draft:
    """Return the draft with every code replaced by one that sorts the other way."""
    words: dict[tuple[str, Any], str] = {}
    for table, kind in TABLES.items():
        column = kind.key[0]
        if len(kind.key) == 1:
            codes = sorted(cells[column] for cells in draft.tables.get(table, []))
            words |= {(column, code): f"{column}{999 - position}" for position, code in enumerate(codes)}
    tables = {
        table: [
            {column: words.get((MEANT.get(column, column), cell), cell) for column, cell in cells.items()}
            for cells in listed
        ]
        for table, listed in draft.tables.items()
    }
    hourly = {}
    for each in HOURLY_TABLES:
        axes = {"zones": ["zone"], "stations": ["station"]}.get(each.columns, each.columns.split("."))
        hourly[each.name] = {
            ".".join(words[pair] for pair in zip(axes, key.split("."), strict=True)): values
            for key, values in draft.hourly.get(each.name, {}).items()
        }
    return Draft(tables, hourly, draft.scenario)
