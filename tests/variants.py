"""The same case otherwise: renamed, dearer, with a site more or less, a zone or the periods in two."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.case import HOURLY_TABLES, TABLES
from models.settings import Settings
from tests.drafts import Cells, Draft, row

Variant = Callable[[Draft], Draft]
Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]

MEANT = {"from_zone": "zone", "to_zone": "zone", "committed_chip": "chip", "committed_cooling": "cooling"}
"""Columns that hold the key of a table under another name."""


def with_cells(draft: Draft, table: str, change: Change) -> Draft:
    """Return the draft with every row of a table changed."""
    return replace(
        draft, tables={**draft.tables, table: [{**cells, **change(cells)} for cells in draft.tables.get(table, [])]}
    )


def with_section(draft: Draft, section: str, change: Change) -> Draft:
    """Return the draft with a section of its scenario changed."""
    whole = draft.settings.model_dump()
    whole[section] |= change(whole[section])
    return replace(draft, settings=Settings.model_validate(whole))


def with_operators(draft: Draft) -> Draft:
    """Return the draft with new sites run by one of three operators; blocs hold shares at least and at most."""
    tables = {
        "operators": [
            row("operators", operator="home", jurisdiction="AA", capacity_mw=30, capex_spread_share=0.05),
            row("operators", operator="near", jurisdiction="BB", capacity_mw=30, accepts="here"),
            row("operators", operator="away", jurisdiction="US", disclosure="US", capacity_mw=60),
        ],
        "jurisdictions": [row("jurisdictions", bloc="here", country=country) for country in ("AA", "BB")]
        + [row("jurisdictions", bloc="us", country="US")],
        "sovereignty_limits": [
            row("sovereignty_limits", level="control", bloc="here", workload="training", period="any", floor_share=0.3),
            row("sovereignty_limits", level="operator", bloc="us", workload="any", period="any", ceiling_share=0.7),
        ],
        "chips": [{**cells, "jurisdiction": "US"} for cells in draft.tables["chips"]],
    }
    asked = replace(draft, tables={**draft.tables, **tables})
    return with_section(asked, "sovereignty", lambda _: {"operators": True, "bloc": "here"})


def looser(table: str, column: str, change: Callable[[Any], Any]) -> Variant:
    """Return the variant that changes one column in every row of a table."""
    return lambda draft: with_cells(draft, table, lambda cells: {column: change(cells[column])})


def every_day(draft: Draft) -> Draft:
    """Return the draft with every day of its record in the year, none standing for another."""
    days = len(next(iter(draft.hourly["load"].values()))) // draft.settings.time.hours_per_day
    return with_section(draft, "time", lambda _: {"representative_days": days})


OPERATED: Mapping[str, Mapping[str, Any]] = {
    "coal": {"minimum_load_share": 0.4, "start_eur_per_mw": 60},
    "nuclear": {"minimum_load_share": 0.5, "ramp_share_per_hour": 0.2, "start_eur_per_mw": 150},
    "gas": {"start_eur_per_mw": 20},
}
"""How plants are brought online, by technology."""


def operated(draft: Draft) -> Draft:
    """Return the draft with plants that are brought online, some that must run, a local cost, seasons of the lines."""
    draft = with_cells(draft, "technologies", lambda cells: OPERATED.get(str(cells["technology"]), {}))
    draft = with_cells(draft, "fleets", lambda cells: {"must_run_share": 0.4 * (cells["technology"] == "coal")})
    zone = draft.tables["zones"][-1]["zone"]
    local = [row("marginal_costs", zone=zone, technology="gas", marginal_eur_per_mwh=70)]
    draft = replace(draft, tables={**draft.tables, "marginal_costs": local})
    seasons = {"usable_transfer_share": 0.9, "usable_transfer_summer_share": 0.6, "must_run_summer_share": 0.5}
    return with_section(draft, "power", lambda _: seasons)


def with_months(draft: Draft, seed: int) -> Draft:
    """Return the draft with reservoirs whose water comes month by month, with stores and least flows at random."""
    chance = np.random.default_rng(seed)
    reservoirs, inflows = [], []
    for cells in draft.tables["reservoirs"]:
        reservoirs.append(
            {**cells, "store_twh": round(float(cells["energy_twh"] * chance.choice([0.0, 0.05, 0.3])), 6)}
        )
        shares = chance.dirichlet(np.full(12, chance.choice([0.5, 5.0]))).round(4)
        shares[0] = max(0.0, round(shares[0] + 1 - shares.sum(), 4))
        inflows += [
            row(
                "inflows",
                zone=cells["zone"],
                technology=cells["technology"],
                month=month,
                inflow_share=float(share),
                level_max_share=float(chance.choice([1.0, 0.8])),
            )
            for month, share in enumerate(shares, start=1)
        ]
    tables = {**draft.tables, "reservoirs": reservoirs, "inflows": inflows}
    return with_section(replace(draft, tables=tables), "power", lambda _: {"reservoirs": "months"})


def carrying(draft: Draft, hours: float = 12.0) -> Draft:
    """Return the draft with batteries that hold so many hours and carry them from day to day."""

    def carries(cells: Mapping[str, Any]) -> Cells:
        return {"carries_over": True, "duration_hours": hours} if cells["kind"] == "storage" else {}

    return with_cells(draft, "technologies", carries)


def asking(draft: Draft, *objectives: str) -> Draft:
    """Return the draft with other objectives."""
    return with_section(draft, "question", lambda _: {"objectives": objectives})


def dearer(draft: Draft, factor: float) -> Draft:
    """Return the draft with every figure in euro multiplied."""

    def raised(cells: Mapping[str, Any]) -> Cells:
        return {column: factor * value for column, value in cells.items() if {"eur", "meur"} & set(column.split("_"))}

    for table in draft.tables:
        draft = with_cells(draft, table, raised)
    return with_section(draft, "money", raised)


def candidates(draft: Draft) -> list[str]:
    """Return the codes of the candidate sites."""
    return [cells["site"] for cells in draft.tables["sites"] if cells["status"] == "candidate"]


def with_twin(draft: Draft, site: str, twin: str, **worse: Any) -> Draft:
    """Return the draft with a second site like one it has, but for its code and what is given."""
    tables = dict(draft.tables)
    for table, listed in draft.tables.items():
        if "site" in TABLES[table].key:
            other = worse if table == "sites" else {}
            tables[table] = [*listed, *({**cells, "site": twin, **other} for cells in listed if cells["site"] == site)]
    return replace(draft, tables=tables)


def without_site(draft: Draft, site: str) -> Draft:
    """Return the draft without a site and every row that speaks of it."""
    tables = {
        table: [cells for cells in listed if "site" not in TABLES[table].key or cells["site"] != site]
        for table, listed in draft.tables.items()
    }
    return replace(draft, tables=tables)


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
        keys = {name: [kind.key[0]] for name, kind in TABLES.items() if len(kind.key) == 1}
        axes = keys.get(each.columns, each.columns.split("."))
        hourly[each.name] = {
            ".".join(words[pair] for pair in zip(axes, key.split("."), strict=True)): values
            for key, values in draft.hourly.get(each.name, {}).items()
        }
    return Draft(tables, hourly, draft.settings)
