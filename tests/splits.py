"""The same case with one thing in two: a zone and the free line between its halves, or every period and its halves."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.cases import Pick
from tests.drafts import Cells, Draft, row
from tests.variants import every_day, with_cells, with_section

OTHER = "HALF"
"""Code of a zone's other half."""
YEARS = 4
"""Length of a period that is to be halved."""
START = 2026


def zone_in_two(draft: Draft, zone: str) -> Draft:
    """Return the draft with half a zone's load and of the plants no data centre could use beyond an unlimited line.

    Sites, contracts, new plants and the lines to other zones stay where they were.
    """
    used = {cells["technology"] for cells in draft.tables["potentials"] if cells["zone"] == zone}
    used |= {
        cells["technology"] for cells in draft.tables["fleets"] if cells["zone"] == zone and cells["uncontracted_share"]
    }
    return _zone_in_two(draft, zone, used)


def zone_in_two_with_its_sites(draft: Draft, zone: str, seed: int) -> Draft:
    """Return the draft with some of a zone's sites and half of its load and plants beyond an unlimited line."""
    pick = Pick(seed)
    divided = _zone_in_two(draft, zone, set())
    return with_cells(
        divided, "sites", lambda cells: {"zone": OTHER} if cells["zone"] == zone and pick(True, False) else {}
    )


def careless(draft: Draft) -> Draft:
    """Return the draft without the rules that hold within a zone: cover, matching with its carbon caps, new plants."""
    asked = with_section(draft, "power", lambda _: {"cover_share": 0, "cover_energy_share": 0})
    asked = with_section(asked, "carbon", lambda _: {"cap_kg_per_mwh": 2000, "cap_kt": 1_000_000})
    wanted = tuple(name for name in draft.settings.question.objectives if name != "carbon")
    asked = with_section(asked, "question", lambda _: {"objectives": wanted})
    return replace(asked, tables={**asked.tables, "potentials": []})


def _zone_in_two(draft: Draft, zone: str, whole: set[str]) -> Draft:
    """Return the draft with half of a zone's load and plants, but for some technologies, beyond an unlimited line."""
    tables = dict(every_day(draft).tables)
    for table, amount in (("fleets", "capacity_mw"), ("reservoirs", "energy_twh")):
        halved = []
        for cells in tables[table]:
            parts = cells["zone"] == zone and cells["technology"] not in whole
            half = {**cells, amount: cells[amount] / 2} if parts else cells
            halved += [half, {**half, "zone": OTHER}] if parts else [half]
        tables[table] = halved
    tables["zones"] = [*tables["zones"], *({**each, "zone": OTHER} for each in tables["zones"] if each["zone"] == zone)]
    free = row("lines", line="FREE", from_zone=zone, to_zone=OTHER, forward_mw=50_000, backward_mw=50_000)
    tables["lines"] = [*tables["lines"], free]
    halved_load = [value / 2 for value in draft.hourly["load"][zone]]
    hourly = dict(draft.hourly)
    hourly["load"] = {**hourly["load"], zone: halved_load, OTHER: halved_load}
    hourly["carbon"] = {**hourly["carbon"], OTHER: hourly["carbon"][zone]}
    hourly["availability"] = {
        f"{each}.{technology}": values
        for name, values in draft.hourly["availability"].items()
        for owner, technology in [name.split(".")]
        for each in ([owner, OTHER] if owner == zone and technology not in whole else [owner])
    }
    return replace(every_day(draft), tables=tables, hourly=hourly)


def on_long_periods(draft: Draft) -> Draft:
    """Return the draft on periods of four years, with nothing that would happen in their midst.

    Loads and intensities stand still, whatever starts, ends or is ready does so with a period, and chips last.
    """
    for table, columns in {
        "fleets": ("from_year",),
        "headrooms": ("from_year",),
        "chips": ("first_year",),
        "sites": ("permit_year", "connection_year", "committed_year"),
    }.items():
        draft = with_cells(draft, table, lambda cells, columns=columns: {c: _next_start(cells[c]) for c in columns})  # type: ignore[misc]
    for table in ("technologies", "reinforcements"):
        draft = with_cells(draft, table, lambda cells: {"lead_years": YEARS * math.ceil(cells["lead_years"] / YEARS)})
    draft = with_cells(draft, "zones", lambda _: {"load_growth_share": 0, "carbon_decline_share": 0})
    draft = with_cells(draft, "chips", lambda _: {"life_years": 15})
    starts = {cells["period"]: START + YEARS * place for place, cells in enumerate(draft.tables["periods"])}
    return with_cells(draft, "periods", lambda cells: {"first_year": starts[cells["period"]], "length_years": YEARS})


def _next_start(year: int) -> int:
    """Return the start of the first long period that does not begin before a year."""
    return START + YEARS * math.ceil((year - START) / YEARS)


def periods_in_two(draft: Draft) -> Draft:
    """Return the draft with every period in two halves; money and chips arrive with the first, demand is alike."""
    arriving = {"tranches": "amount_meur", "chip_supply": "limit_kchips"}

    def halves(table: str, cells: Mapping[str, Any]) -> list[Cells]:
        first, second = ({**cells, "period": cells["period"] + half} for half in ("-a", SECOND_HALF))
        if table == "periods":
            length = cells["length_years"] // 2
            first["length_years"] = second["length_years"] = length
            second["first_year"] += length
        if table in arriving:
            second[arriving[table]] = 0
        return [first, second]

    tables = {
        table: [half for cells in listed for half in halves(table, cells)]
        if listed and "period" in listed[0]
        else listed
        for table, listed in draft.tables.items()
    }
    return replace(draft, tables=tables)


SECOND_HALF = "-b"
"""What the code of a second half ends with."""
BOUGHT = (
    "siting.open_in[",
    "sizing.halls[",
    "compute.fitted_mw[",
    "cooling.recovery_mw[",
    "grid.connected_mw[",
    "grid.reinforced[",
    "power.built_mw[",
)
"""What is decided once, at the start of a period."""
