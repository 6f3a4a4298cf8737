"""What the formulation reads: one class per input table, one field per column, units included.

Every table of a case folder is declared here once; validation, templates, `inputs/README.md` and the data package
follow from these classes. A table is a CSV file named after its attribute of `Case` (`sites.csv`, `zones.csv`, ...).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, StringConstraints

from models.settings import Settings
from models.units import (
    SMALLEST,
    Celsius,
    EurPerChip,
    EurPerH100eHour,
    EurPerKwYear,
    EurPerMw,
    EurPerMwh,
    Factor,
    Gravity,
    H100e,
    Hours,
    Kchips,
    Kelvin,
    KgPerChip,
    KgPerMwh,
    Kh100e,
    Km,
    Kw,
    Latitude,
    LitresPerKwh,
    Longitude,
    Metres,
    Meur,
    MeurPerKh100eYear,
    MeurPerMw,
    MeurPerMwh,
    Mm3,
    Ms,
    Mw,
    People,
    PerUnit,
    Plausible,
    Share,
    Twh,
    Year,
    Years,
)

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+\-]{0,47}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Level = Literal["territory", "operator", "control", "chip"]
Quality = Literal["real", "derived", "estimate"]
Array = NDArray[np.float64]
DECISIVE = "decides which site, how large or when"
"""Marks a column that enters the choice between sites: `optimizer/case/quality.py` counts what its cells rest on."""
EVERY_ROW = "*"
"""Row of a statement that holds for every row of its table."""
PUBLIC_KINDS = ("public", "union", "state")
"""Kinds of funds whose money is aid."""
WHOLE_COLUMN = "(hours)"
"""Column of a statement on an hourly table, whose rows are named after the table's columns."""


class Row(BaseModel):
    """One row of an input table."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    key: ClassVar[tuple[str, ...]]
    """The columns that identify a row."""
    refers: ClassVar[Mapping[str, str]] = {}
    """Foreign keys: column -> table whose (single) key it must name."""
    optional: ClassVar[bool] = False
    """Whether a case may leave the table out."""
    blanks: ClassVar[bool] = False
    """Whether an empty cell means the default of its column, where the column may be left out."""


class Sourced(Row):
    """A row whose numbers carry where they come from."""

    source: Source
    """Where the numbers of this row come from."""
    quality: Quality
    """real (published as is), derived (computed from published figures) or estimate (judgement)."""


class Period(Row):
    """Investment periods: consecutive blocks of calendar years."""

    key = ("period",)
    period: Key
    """Name of the period."""
    first_year: Year
    """First calendar year of the period."""
    length_years: Annotated[Years, Plausible(1, 30, usual=(1, 12))]
    """Number of years the period lasts."""


class Country(Sourced):
    """Countries that host sites, with the law and the costs that hold there."""

    key = ("country",)
    country: Key
    """ISO 3166 alpha-2 code."""
    name: Name
    """Name in English."""
    eu_member: bool
    """Whether the country is a member state of the European Union."""
    export_tier: Key
    """Export tier that the chip supply table may limit."""
    building_factor: Annotated[Factor, Plausible(0.3, 3), DECISIVE]
    """Cost of building a hall relative to the European mean."""
    grid_fee_eur_per_mwh: Annotated[EurPerMwh, Plausible(0, 200, 0.25, median=(3, 100)), DECISIVE]
    """Grid fees and levies a large consumer pays on every MWh drawn."""
    electricity_tax_eur_per_mwh: Annotated[EurPerMwh, Plausible(0, 200, 0.05, median=(0.1, 100)), DECISIVE] = 0
    """Tax a data centre pays on every MWh drawn, reduced rates counted where they hold for it."""
    connection_charge_meur_per_mw: Annotated[MeurPerMw, Plausible(0, 5, 0.001), DECISIVE] = 0
    """One-off charge for a MW of connection, beside the works that are built for it."""
    wage_factor: Annotated[Factor, Plausible(0.1, 5), DECISIVE] = 1
    """Cost of labour relative to the European mean: of the staff that operates servers (`money.operation_staff_share`)."""
    pue_limit: Annotated[Factor, Plausible(1.0, 10), DECISIVE]
    """Highest annual PUE the law allows for a new hall (10 = no limit)."""
    reuse_share: Annotated[Share, Plausible(0, 1, 0.01), DECISIVE]
    """Least share of a hall's yearly energy (servers and cooling) that the law demands be reused as heat (DIN EN 50600-4-6)."""
    sites_max: Annotated[int, Plausible(0, 1000), DECISIVE]
    """Most new sites the country may receive."""


class Law(Sourced):
    """Law with dates: a hall and a connection keep, as long as they stand, every row that holds in the year they enter service.

    What holds without a date are the columns `pue_limit` and `reuse_share` of `countries`, beside which a row counts where it is
    stricter. Halls of any size are taken to come under it.
    """

    key = ("law",)
    refers: ClassVar = {"country": "countries"}
    optional = True
    blanks = True
    law: Key
    """Code of the law."""
    name: Name
    """What it is called."""
    country: Key
    """Country where it holds."""
    from_year: Annotated[Year, DECISIVE]
    """First year of the halls and connections that come under it."""
    until_year: Annotated[Year, DECISIVE] = 2100
    """Last year of these."""
    latitude: Latitude = 50.0
    """Point around which it holds, where it has a `radius_km`."""
    longitude: Longitude = 10.0
    """The same point."""
    radius_km: Annotated[Km, Plausible(0, 500, 0.5), DECISIVE] = 0
    """Distance from that point up to which it holds (geodesic, WGS 84); 0: in the whole country."""
    pue_limit: Annotated[Factor, Plausible(1.0, 10), DECISIVE] = 10
    """Highest annual PUE of a new hall (10 = no limit)."""
    reuse_share: Annotated[Share, Plausible(0, 1, 0.01), DECISIVE] = 0
    """Least share of a new hall's yearly energy (servers and cooling) that is reused as heat (DIN EN 50600-4-6)."""
    dispatchable_share: Annotated[Share, Plausible(0, 1, 0.05), DECISIVE] = 0
    """Least firm power of new dispatchable plant and stores in the sites' zones, and of supply behind their meters, as a share of
    new connections."""
    most_mw: Annotated[Mw, Plausible(0, 5_000, 1, usual=(10, 5_000)), DECISIVE] = 5_000
    """Most server power that may be built at a site while it holds; 0: none (a moratorium)."""


class Zone(Sourced):
    """Bidding zones of the electricity market."""

    key = ("zone",)
    refers: ClassVar = {"country": "countries"}
    zone: Key
    """Code of the bidding zone."""
    name: Name
    """Name in English."""
    country: Key
    """Country the zone belongs to."""
    latitude: Latitude
    """Representative point, for maps and line lengths."""
    longitude: Longitude
    """Representative point, for maps and line lengths."""
    load_growth_share: Annotated[Share, Plausible(0, 0.2, 0.0005), DECISIVE]
    """Growth of the existing load per year from the base year on."""
    carbon_decline_share: Annotated[Share, Plausible(0, 0.5, 0.001), DECISIVE]
    """Yearly decline of the zone's carbon intensity from the base year on."""


class PriceBasis(Sourced):
    """What electricity costs in a zone beyond what the model's dispatch explains: congestion, scarcity, local fuel."""

    key = ("zone",)
    refers: ClassVar = {"zone": "zones"}
    optional = True
    zone: Key
    """Bidding zone; a zone without a row has a basis of 0."""
    basis_eur_per_mwh: Annotated[EurPerMwh, Plausible(-150, 150, 0.01, median=(0.2, 100)), DECISIVE]
    """Observed mean wholesale price less the model's own, in the base year; paid on what new plant leaves of the draw."""


class Technology(Sourced):
    """Generation and storage technologies."""

    key = ("technology",)
    technology: Key
    """Code of the technology."""
    name: Name
    """Name in English."""
    kind: Literal["generation", "reservoir", "storage"]
    """generation (limited by hourly availability), reservoir (and by yearly energy) or storage (charged first)."""
    low_carbon: bool
    """Whether its energy counts as low-carbon."""
    dispatchable: bool
    """Whether its capacity counts for the low-carbon dispatchable cover."""
    firm_credit_share: Annotated[Share, Plausible(0, 1, 0.01), DECISIVE]
    """Share of a MW that counts as firm."""
    marginal_eur_per_mwh: Annotated[EurPerMwh, Plausible(-50, 1000, 0.4, SMALLEST), DECISIVE]
    """Cost of one more MWh: fuel, carbon price, variable operation."""
    emission_kg_per_mwh: Annotated[KgPerMwh, Plausible(0, 2000, 2), DECISIVE]
    """Direct CO2 emitted per MWh."""
    capex_meur_per_mw: Annotated[MeurPerMw, Plausible(0, 30, 0.04, usual=(0.1, 20)), DECISIVE]
    """Overnight cost of a new MW."""
    fixed_share: Annotated[Share, Plausible(0, 0.2, 0.001), DECISIVE]
    """Fixed operation and maintenance per year, as a share of the overnight cost."""
    life_years: Annotated[Years, Plausible(1, 100), DECISIVE]
    """Technical life of a new plant."""
    lead_years: Annotated[Years, Plausible(0, 25, 0.1, usual=(0.25, 15)), DECISIVE]
    """Years from the base year to the first MW of a new plant."""
    construction_years: Annotated[Years, Plausible(0, 15), DECISIVE]
    """Years over which a new plant is built and paid before it serves."""
    contract_eur_per_mwh: Annotated[EurPerMwh, Plausible(0, 100, 0.1, median=(2, 50)), DECISIVE]
    """Premium over the market that an owner asks for a firm low-carbon contract, on what a MW of it can give in a year."""
    contract_eur_per_kw_year: Annotated[EurPerKwYear, Plausible(0, 500, 0.5, median=(5, 200)), DECISIVE] = 0
    """Price of its capacity beside that, per kW under contract and year."""
    duration_hours: Annotated[Hours, Plausible(0, 5000, 0.05, usual=(0.5, 200), median=(1, 100)), DECISIVE]
    """Hours of discharge that a full store holds (0 for other kinds)."""
    efficiency_share: Annotated[Share, Plausible(0, 1, 0.1), DECISIVE]
    """Round-trip efficiency of storage (1 for other kinds)."""
    minimum_load_share: Annotated[Share, Plausible(0, 0.9, 0.05), DECISIVE] = 0
    """Least output of what is online, of its capacity (0 for kinds other than generation, and for plant free to vary)."""
    ramp_share_per_hour: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 1
    """Most by which the output above that least changes from one hour to the next, of the capacity online."""
    start_eur_per_mw: Annotated[EurPerMw, Plausible(0, 1_000, 1), DECISIVE] = 0
    """What bringing a MW online costs: fuel, wear."""
    carries_over: Annotated[bool, DECISIVE] = False
    """Whether a store carries energy from day to day through the year; others end each day as they began."""
    unit_mw: Annotated[Mw, Plausible(0, 3_000, 1), DECISIVE] = 0.0
    """Power of a unit, of which new plant has a whole number; 0: any power is built."""
    on_site: Annotated[bool, DECISIVE] = False
    """Whether units of it may stand at a site, behind the meter; one of them may fail, the others spare connection."""
    duration_max_hours: Annotated[Hours, Plausible(0, 5000, 0.05, usual=(0.5, 200), median=(1, 100)), DECISIVE] = 0.0
    """Most hours of discharge that a new store may be given, from `duration_hours` up; 0: always those."""
    capex_meur_per_mwh: Annotated[MeurPerMwh, Plausible(0, 5, 0.0005, usual=(0.002, 1)), DECISIVE] = 0.0
    """Overnight cost of a MWh of a new store whose hours are chosen, beside `capex_meur_per_mw` of its power."""


class MarginalCost(Sourced):
    """What one more MWh of a technology costs in a zone, where that is not what it costs elsewhere."""

    key = ("zone", "technology")
    refers: ClassVar = {"zone": "zones", "technology": "technologies"}
    optional = True
    zone: Key
    """Bidding zone."""
    technology: Key
    """Technology."""
    marginal_eur_per_mwh: Annotated[EurPerMwh, Plausible(-50, 1000, 0.4, SMALLEST, median=(14, 500)), DECISIVE]
    """Cost of one more MWh here, in place of the technology's: local fuel, local price of carbon."""


class Fleet(Sourced):
    """Existing plants per zone and technology; a row holds from its year until the next row of the same pair."""

    key = ("zone", "technology", "from_year")
    refers: ClassVar = {"zone": "zones", "technology": "technologies"}
    zone: Key
    """Bidding zone."""
    technology: Key
    """Technology."""
    from_year: Annotated[Year, DECISIVE]
    """First year in which this capacity stands."""
    capacity_mw: Annotated[Mw, Plausible(0, 300_000, 2), DECISIVE]
    """Net capacity standing."""
    uncontracted_share: Annotated[Share, Plausible(0, 1, 0.01), DECISIVE]
    """Share of the capacity whose output a data centre may still contract."""
    must_run_share: Annotated[Share, Plausible(0, 1, 0.01), DECISIVE] = 0
    """Share of what can produce that does so whatever the price, in winter: for the heat that it delivers, or by contract."""


class Reservoir(Sourced):
    """Yearly energy that reservoir hydro (or any technology of kind reservoir) may turn into electricity."""

    key = ("zone", "technology")
    refers: ClassVar = {"zone": "zones", "technology": "technologies"}
    optional = True
    zone: Key
    """Bidding zone."""
    technology: Key
    """Technology of kind reservoir."""
    energy_twh: Annotated[Twh, Plausible(0, 300, 0.001), DECISIVE]
    """Energy available in a year, for the fleet standing."""
    store_twh: Annotated[Twh, Plausible(0, 300, 0.000001), DECISIVE] = 0
    """Energy that the full reservoirs hold; read where `inflows` says when the energy comes (0: none is kept over a month)."""


class Inflow(Sourced):
    """When the energy of reservoirs comes, and between which levels they are kept, month by month.

    A reservoir has twelve rows or none; one without knows no seasons.
    """

    key = ("zone", "technology", "month")
    refers: ClassVar = {"zone": "zones", "technology": "technologies"}
    optional = True
    zone: Key
    """Bidding zone."""
    technology: Key
    """Technology of kind reservoir."""
    month: Annotated[int, Plausible(1, 12)]
    """Month: 1 for January to 12 for December."""
    inflow_share: Annotated[Share, Plausible(0, 1, 0.001), DECISIVE]
    """Share of the reservoir's yearly energy that flows in; twelve months sum to 1."""
    level_min_share: Annotated[Share, Plausible(0, 1, 0.005), DECISIVE] = 0
    """Least level at the start of the month, as a share of the full store."""
    level_max_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 1
    """Highest level at the start of the month, as a share of the full store."""
    least_mw: Annotated[Mw, Plausible(0, 10_000, 0.1), DECISIVE] = 0
    """Least output in every hour of the month: what must flow below the dams."""


class StressDay(Sourced):
    """Stretches of hours in which the data centres of a zone are fed by low-carbon plant that has power in that hour."""

    key = ("zone", "first_hour")
    refers: ClassVar = {"zone": "zones"}
    optional = True
    zone: Key
    """Bidding zone."""
    first_hour: Annotated[int, Plausible(0, 8783)]
    """Position of the first hour in the hourly tables."""
    hours: Annotated[int, Plausible(1, 8784)] = 24
    """Length."""


class Potential(Sourced):
    """New plants that may be built for the data centres."""

    key = ("zone", "technology")
    refers: ClassVar = {"zone": "zones", "technology": "technologies"}
    optional = True
    zone: Key
    """Bidding zone."""
    technology: Key
    """Technology."""
    potential_mw: Annotated[Mw, Plausible(0, 100_000, 1, median=(20, 20_000)), DECISIVE]
    """Most new capacity over all periods together."""
    first_year: Annotated[Year, DECISIVE] = 1900
    """First year in which it may stand, where that is later than its lead time allows."""


class Line(Sourced):
    """Lines between two zones: transfer capacities both ways, and a reactance where physics splits the flow."""

    key = ("line",)
    refers: ClassVar = {"from_zone": "zones", "to_zone": "zones"}
    optional = True
    line: Key
    """Code of the border."""
    from_zone: Key
    """One end."""
    to_zone: Key
    """The other end."""
    forward_mw: Annotated[Mw, Plausible(0, 50_000, 2, usual=(20, 20_000)), DECISIVE]
    """Transfer capacity from the first to the second end."""
    backward_mw: Annotated[Mw, Plausible(0, 50_000, 2, usual=(20, 20_000)), DECISIVE]
    """Transfer capacity from the second to the first end."""
    loss_share: Annotated[Share, Plausible(0, 0.3, 0.0005), DECISIVE]
    """Share of the energy lost on the way; 0 for a line with a reactance."""
    reactance_pu: Annotated[PerUnit, Plausible(-10, 10, 0.0001), DECISIVE]
    """Series reactance, one base for all, that splits the flow; 0: flow is free (NTC, DC); < 0: star equivalents."""
    first_year: Annotated[Year, DECISIVE] = 1900
    """First year in which it is in service; with a reactance it must be from the start."""


class Station(Sourced):
    """Climate stations, each with a column in the hourly tables `drybulb` and `wetbulb`."""

    key = ("station",)
    station: Key
    """Code of the station."""
    name: Name
    """Place."""
    latitude: Latitude
    """Degrees north."""
    longitude: Longitude
    """Degrees east."""
    elevation_m: Annotated[Metres, Plausible(-400, 4_000, 0.5)]
    """Height above sea level."""
    design_drybulb_c: Annotated[Celsius, DECISIVE]
    """Dry-bulb temperature that the cooling must survive (extreme of the hourly record or the design day)."""
    design_wetbulb_c: Annotated[Celsius, DECISIVE]
    """Wet-bulb temperature that the cooling must survive."""


class Basin(Sourced):
    """Water basins."""

    key = ("basin",)
    basin: Key
    """Code of the basin."""
    name: Name
    """Name in English."""
    available_mm3: Annotated[Mm3, Plausible(0, 5_000, 0.02, median=(0.3, 500)), DECISIVE]
    """Water that data centres might draw in a year if the basin were not stressed."""
    stress_share: Annotated[Share, Plausible(0, 1, 0.01), DECISIVE]
    """Share of that water which the basin's stress takes away."""


class Substation(Sourced):
    """Substations of the transmission grid; several sites may share one."""

    key = ("substation",)
    refers: ClassVar = {"zone": "zones"}
    substation: Key
    """Code of the substation."""
    name: Name
    """Name."""
    zone: Key
    """Bidding zone it feeds."""
    latitude: Latitude
    """Degrees north."""
    longitude: Longitude
    """Degrees east."""


class Headroom(Sourced):
    """Free capacity of a substation for new load; a row holds from its year until the substation's next row."""

    key = ("substation", "from_year")
    refers: ClassVar = {"substation": "substations"}
    substation: Key
    """Substation."""
    from_year: Annotated[Year, DECISIVE]
    """First year in which this headroom exists (before the first row there is none)."""
    headroom_mw: Annotated[Mw, Plausible(0, 10_000, 1, usual=(3, 3_000)), DECISIVE]
    """Power left for new connections, after everything that is already connected or promised. A lower row of a later year
    caps what is connected before as well; the steps of `reinforcements` come on top."""
    interruptible_mw: Annotated[Mw, Plausible(0, 10_000, 1, usual=(3, 3_000)), DECISIVE] = 0.0
    """Further power for connections that the operator may interrupt, when the hourly table `uninterrupted` says; 0: none."""
    interrupted_share: Annotated[Share, Plausible(0, 0.5, 0.001), DECISIVE] = 0.0
    """Most of the energy of a site's year that may be lost by it; 0: such a connection must lose nothing."""


class Reinforcement(Sourced):
    """Steps by which a substation can be reinforced, taken in order."""

    key = ("substation", "step")
    refers: ClassVar = {"substation": "substations"}
    optional = True
    substation: Key
    """Substation."""
    step: Annotated[int, Plausible(1, 20)]
    """1 for the first step, 2 for the next."""
    adds_mw: Annotated[Mw, Plausible(1, 10_000), DECISIVE]
    """Headroom the step adds."""
    capex_meur: Annotated[Meur, Plausible(0, 5_000, 0.2, usual=(0.5, 1_000)), DECISIVE]
    """Cost of the step."""
    lead_years: Annotated[Years, Plausible(0, 20, 0.1, usual=(0.25, 15)), DECISIVE]
    """Years from the decision (first year of a period) to the finished step, over which it is paid."""


class Site(Sourced):
    """Candidate sites, and committed ones that exist or are being built."""

    key = ("site",)
    refers: ClassVar = {
        "country": "countries",
        "zone": "zones",
        "substation": "substations",
        "basin": "basins",
        "station": "stations",
    }
    site: Key
    """Code of the site."""
    name: Name
    """Name of the place."""
    kind: Literal["nuclear", "hydro", "coal", "ai_factory", "hub", "campus", "other"] = "other"
    """Why the place is a candidate; a programme may count the sites of one kind."""
    status: Literal["candidate", "committed"]
    """Committed sites are open with their stated capacity, as long as its chips live or their owner renews them."""
    country: Key
    """Host country."""
    zone: Key
    """Bidding zone that feeds it."""
    substation: Annotated[Key, DECISIVE]
    """Substation it connects to."""
    basin: Annotated[Key, DECISIVE]
    """Basin its water comes from."""
    station: Annotated[Key, DECISIVE]
    """Climate station that stands for its weather."""
    latitude: Annotated[Latitude, DECISIVE]
    """Degrees north."""
    longitude: Annotated[Longitude, DECISIVE]
    """Degrees east."""
    land_mw: Annotated[Mw, Plausible(0, 5_000, 1, usual=(3, 3_000)), DECISIVE]
    """Server power for which there is land (new halls, all periods together)."""
    minimum_mw: Annotated[Mw, Plausible(0, 2_000, 1), DECISIVE]
    """Least server power of an open site, a committed site's own included, in every period in which it is open."""
    permit_year: Annotated[Year, DECISIVE]
    """First year in which its permits can be ready."""
    connection_year: Annotated[Year, DECISIVE]
    """First year in which its grid connection can be ready."""
    late_years: Annotated[Years, Plausible(0, 10, 0.25)] = 0.0
    """Years by which a candidate, or the extension of a committed site, is in service later than decided and paid for."""
    distance_km: Annotated[Km, Plausible(0, 200, 0.001), DECISIVE]
    """Length of the line to the substation."""
    opening_meur: Annotated[Meur, Plausible(0, 5_000, 0.2, usual=(1, 1_000)), DECISIVE]
    """Fixed cost of opening the site, or of extending a committed one: land, permits, access, fibre."""
    water_source: Annotated[Literal["none", "river", "lake", "sea"], DECISIVE]
    """Body of water that once-through cooling could use."""
    heat_sink_mw: Annotated[Mw, Plausible(0, 3_000, 0.06, median=(0.5, 500)), DECISIVE]
    """Heat that neighbours (district heating) could take."""
    behind_meter_mw: Annotated[Mw, Plausible(0, 5_000, 0.5), DECISIVE]
    """Firm supply behind the meter that spares grid connection."""
    committed_year: Year
    """Year in which a committed site's capacity serves (ignored for candidates)."""
    committed_mw: Annotated[Mw, Plausible(0, 5_000, 0.2, usual=(0.5, 2_000))]
    """Server power a committed site already holds (0 for candidates)."""
    committed_chip: Key | Literal[""]
    """Chip in a committed site's halls (empty for candidates)."""
    committed_cooling: Key | Literal[""]
    """Cooling of a committed site's halls (empty for candidates)."""
    renewed: bool = False
    """Whether the owner of a committed site renews its chips; without that they wear out."""
    operator: Key | Literal[""] = ""
    """Who runs a committed site, its extension included; empty: not known, and for candidates."""
    fee_eur_per_mwh: Annotated[EurPerMwh, Plausible(-300, 300, 0.05), DECISIVE] = 0.0
    """What a MWh costs here beyond the price of the zone and the fees of the country; negative for a rebate."""


class SharedRisk(Sourced):
    """Sites that something may take together: a cable, a river, a gas field; a site may share several risks."""

    key = ("risk", "site")
    refers: ClassVar = {"site": "sites"}
    optional = True
    risk: Key
    """Code of what may fail; all its rows together are the sites that are lost with it."""
    site: Key
    """Site that is lost with it."""
    kind: Literal["cable", "line", "river", "gas", "other"] = "other"
    """What it is; for the reader, nothing is computed from it."""


class Place(Sourced):
    """What the place of a site is like: hazards, people, exchange points; limits where the scenario asks (`siting`), told always."""

    key = ("site",)
    refers: ClassVar = {"site": "sites"}
    optional = True
    blanks = True
    site: Key
    """Code of the site."""
    seismic_g: Annotated[Gravity, Plausible(0, 0.8, 0.005, median=(0.01, 0.25)), DECISIVE]
    """Peak ground acceleration on rock that is exceeded once in 475 years."""
    flood: Annotated[Literal["low", "exposed", ""], DECISIVE] = ""
    """Whether floods of a river or the sea may reach it; empty: nobody says."""
    protected: Annotated[Literal["no", "yes", ""], DECISIVE] = ""
    """Whether it lies on protected land; empty: nobody says."""
    near_people: Annotated[
        People, Plausible(0, 30_000_000, 20, usual=(2_000, 30_000_000), median=(20_000, 30_000_000)), DECISIVE
    ]
    """Inhabitants within 50 km, from whom its staff comes."""
    exchange_km: Annotated[Km, Plausible(0, 2_000, 0.05, median=(2, 1_000)), DECISIVE]
    """Distance to the nearest internet exchange point (geodesic, WGS 84)."""
    exchanges: Annotated[int, Plausible(0, 100)]
    """Cities with an internet exchange point within 100 km; for the reader, nothing is computed from it."""


class Operator(Sourced):
    """Who runs compute, and under whose law; one with a capacity may run new sites where `sovereignty.operators` asks."""

    key = ("operator",)
    optional = True
    operator: Key
    """Code of the operator."""
    name: Name
    """Name."""
    seat: Key | Literal[""] = ""
    """Country code of its seat; for the reader, nothing is computed from it."""
    jurisdiction: Key
    """Country code of its owner's jurisdiction: who controls it."""
    disclosure: Key | Literal[""] = ""
    """Country code whose law can make it hand over data wherever they lie (US: CLOUD Act, FISA 702; CN: intelligence law), beside
    its own courts; empty: none but those of its seat."""
    accepts: Key | Literal[""] = ""
    """Bloc in whose countries it runs new sites; empty: everywhere."""
    capacity_mw: Annotated[Mw, Plausible(0, 5_000, 5), DECISIVE]
    """Server power that it can run at new sites in any period, beside its committed ones; 0: it runs no new site."""
    capex_spread_share: Annotated[Share, Plausible(0, 0.3, 0.001), DECISIVE] = 0.0
    """What it pays more for a site's capital, as a share: smaller orders, dearer credit; no aid is paid on it."""


class Jurisdiction(Sourced):
    """Blocs: sets of jurisdictions, a row for each member."""

    key = ("bloc", "country")
    optional = True
    bloc: Key
    """Name of the bloc."""
    country: Key
    """Country code of a member, whether or not it hosts sites."""


class SovereigntyLimit(Sourced):
    """How much of the compute a bloc holds at least or at most, by level: on whose soil, run by whom, on whose chips."""

    key = ("level", "bloc", "workload", "period")
    optional = True
    level: Level
    """territory: host country; operator: owner's jurisdiction; chip: vendor's; control: soil and owner in the bloc, and no
    disclosure law from outside."""
    bloc: Key
    """Bloc of the table `jurisdictions`."""
    workload: Key
    """Class of work whose served compute counts, or `any`; of chips always `any`: all compute in service."""
    period: Key
    """Period, or `any` for each."""
    floor_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 0.0
    """Least share, committed sites included; 0: none is asked."""
    ceiling_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 1.0
    """Most share; 1: none is asked."""


class OwnSite(Sourced):
    """Candidate sites in short: a row is read as one of `sites`, `substations` and `headrooms`; empty cells as defaults."""

    key = ("site",)
    refers: ClassVar = {"zone": "zones", "country": "countries", "basin": "basins", "station": "stations"}
    optional = True
    blanks = True
    site: Key
    """Code of the site."""
    name: Name
    """Name of the place."""
    latitude: Latitude
    """Degrees north."""
    longitude: Longitude
    """Degrees east."""
    land_mw: Annotated[Mw, Plausible(0, 5_000, 1, usual=(3, 3_000))]
    """Server power for which there is land (new halls, all periods together)."""
    headroom_mw: Annotated[Mw, Plausible(0, 10_000, 1, usual=(3, 3_000))]
    """Power its substation has left from `connection_year` on; 0 where `substation` names one that has its headrooms."""
    permit_year: Year
    """First year in which its permits can be ready."""
    connection_year: Year
    """First year in which its grid connection can be ready."""
    opening_meur: Annotated[Meur, Plausible(0, 5_000, 0.2, usual=(1, 1_000))]
    """Fixed cost of opening the site: land, permits, access, fibre."""
    zone: Key | Literal[""] = ""
    """Bidding zone that feeds it; left empty: its substation's, else that in whose polygon it lies, or the nearest."""
    country: Key | Literal[""] = ""
    """Host country; left empty: that of its zone."""
    substation: Key | Literal[""] = ""
    """Substation it connects to, an existing one or the code of a new one; left empty: a new one named like the site."""
    basin: Key | Literal[""] = ""
    """Basin its water comes from; left empty: that of the nearest site."""
    station: Key | Literal[""] = ""
    """Climate station; left empty: the nearest one."""
    minimum_mw: Annotated[Mw, Plausible(0, 2_000, 1)] = 0
    """Least server power of the open site."""
    distance_km: Annotated[Km, Plausible(0, 200, 0.001)] = 0
    """Length of the line to the substation."""
    water_source: Literal["none", "river", "lake", "sea"] = "none"
    """Body of water that once-through cooling could use."""
    heat_sink_mw: Annotated[Mw, Plausible(0, 3_000, 0.06)] = 0
    """Heat that neighbours (district heating) could take."""
    behind_meter_mw: Annotated[Mw, Plausible(0, 5_000, 0.5)] = 0
    """Firm supply behind the meter that spares grid connection."""
    kind: Literal["nuclear", "hydro", "coal", "ai_factory", "hub", "campus", "other"] = "other"
    """Why the place is a candidate; a programme may count the sites of one kind."""


class Cooling(Sourced):
    """Cooling technologies with the parameters of the component model of PUE and WUE."""

    key = ("cooling",)
    cooling: Key
    """Code of the technology."""
    name: Name
    """Name in English."""
    family: Literal["airside", "waterside", "liquid_dry", "once_through", "chiller", "fixed"]
    """Which component model computes its PUE and WUE."""
    rack_limit_kw: Annotated[Kw, Plausible(1, 2_000), DECISIVE]
    """Densest rack it can carry."""
    needs_water_body: bool
    """Whether it needs a river, lake or sea at the site."""
    capex_meur_per_mw: Annotated[MeurPerMw, Plausible(0, 30, 0.1, usual=(1, 25)), DECISIVE]
    """Cost of building a MW of hall with it: shell, power and cooling, European mean."""
    fixed_share: Annotated[Share, Plausible(0, 0.2, 0.001), DECISIVE]
    """Operation and maintenance per year, as a share of that cost."""
    life_years: Annotated[Years, Plausible(5, 60), DECISIVE]
    """Life of the hall."""
    power_loss_share: Annotated[Share, Plausible(0, 0.3, 0.003), DECISIVE]
    """Loss of transformers, UPS and distribution, plus lighting, per unit of server power."""
    fan_share: Annotated[Share, Plausible(0, 0.3, 0.002), DECISIVE]
    """Fan power per unit of server power at full load."""
    pump_share: Annotated[Share, Plausible(0, 0.2, 0.0005), DECISIVE]
    """Pump power per unit of server power at full load."""
    supply_c: Annotated[Celsius, Plausible(5, 60), DECISIVE]
    """Temperature of the air or liquid supplied to the servers."""
    approach_k: Annotated[Kelvin, Plausible(0, 30), DECISIVE]
    """Approach of the heat rejection to the ambient (wet bulb, dry bulb or water)."""
    effectiveness_share: Annotated[Share, Plausible(0, 1, 0.1), DECISIVE]
    """Effectiveness of the adiabatic stage (0 where there is none)."""
    carnot_share: Annotated[Share, Plausible(0, 1, 0.05), DECISIVE]
    """Share of the Carnot coefficient of performance that the chiller reaches (0 where there is none)."""
    pue_fixed: Annotated[Factor, Plausible(0, 3, 1), DECISIVE]
    """Constant PUE of the family `fixed` (0 for the others)."""
    wue_fixed_l_per_kwh: Annotated[LitresPerKwh, Plausible(0, 10, 0.005, usual=(0.005, 5)), DECISIVE]
    """Constant WUE of the family `fixed` (0 for the others)."""
    reuse_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE]
    """Share of server heat it can deliver to a heat network."""


class Chip(Sourced):
    """Accelerators."""

    key = ("chip",)
    chip: Key
    """Code of the chip."""
    name: Name
    """Trade name."""
    jurisdiction: Key | Literal[""] = ""
    """Country code of the vendor's jurisdiction, which `export_caps` may limit; empty: not known, which no bloc counts as
    its own."""
    first_year: Annotated[Year, DECISIVE]
    """First year in which it can be bought in quantity."""
    last_year: Annotated[Year, DECISIVE]
    """Last year in which it can be bought."""
    server_kw: Annotated[Kw, Plausible(0.1, 10), DECISIVE]
    """Power at the server's plug per chip, with its share of host and network."""
    rack_kw: Annotated[Kw, Plausible(1, 2_000), DECISIVE]
    """Power of a rack as sold."""
    throughput_h100e: Annotated[H100e, Plausible(0.01, 100), DECISIVE]
    """Dense 16-bit throughput relative to an NVIDIA H100."""
    price_eur_per_chip: Annotated[EurPerChip, Plausible(0, 500_000, 500, usual=(1_000, 400_000)), DECISIVE]
    """Price per chip with its share of server and network."""
    life_years: Annotated[Years, Plausible(1, 15), DECISIVE]
    """Years it serves."""
    availability_share: Annotated[Share, Plausible(0, 1, 0.1), DECISIVE]
    """Share of the time it is up."""
    resale_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 1.0
    """Share of the value of its remaining compute (what as much costs new) that it fetches when the horizon ends."""
    embodied_kg_per_chip: Annotated[
        KgPerChip, Plausible(0, 20_000, 5, usual=(30, 3_000), median=(30, 3_000)), DECISIVE
    ] = 0.0
    """Emissions of making it, with its share of server and network as far as stated; reported, and counted where asked
    (`carbon.embodied`)."""


class ChipSupply(Sourced):
    """What the market delivers: thousand chips per model, period and export tier ("any" limits all countries)."""

    key = ("chip", "tier", "period")
    refers: ClassVar = {"chip": "chips", "period": "periods"}
    optional = True
    chip: Key
    """Chip."""
    tier: Key
    """Export tier of the host country, or `any`."""
    period: Key
    """Period."""
    limit_kchips: Annotated[Kchips, Plausible(0, 20_000, 0.2, usual=(0.5, 5_000), median=(0.5, 1_000)), DECISIVE]
    """Most chips that can be bought in the period."""


class ExportCap(Sourced):
    """What a jurisdiction lets each country have of the chips of its vendors, all models together."""

    key = ("jurisdiction", "place", "period")
    refers: ClassVar = {"period": "periods"}
    optional = True
    jurisdiction: Key
    """Country code of the vendors' jurisdiction (`chips.jurisdiction`)."""
    place: Key
    """Country, or export tier: it caps each country of the tier that has no row of its own."""
    period: Key
    """Period."""
    limit_kchips: Annotated[Kchips, Plausible(0, 20_000, 0.2, usual=(0.5, 5_000), median=(0.5, 1_000)), DECISIVE]
    """Most chips that the country may buy in the period."""


class Region(Sourced):
    """Regions that ask for compute."""

    key = ("region",)
    region: Key
    """Code of the region."""
    name: Name
    """Name in English."""
    latitude: Annotated[Latitude, DECISIVE]
    """Point from which latency is measured."""
    longitude: Annotated[Longitude, DECISIVE]
    """Point from which latency is measured."""
    population_people: Annotated[People, Plausible(0, 1_000_000_000, 20_000)] = 0
    """Inhabitants it stands for; for the reader, nothing is computed from it."""


class Workload(Sourced):
    """Classes of work."""

    key = ("workload",)
    workload: Key
    """Code of the class."""
    name: Name
    """Name in English."""
    latency_ms: Annotated[Ms, Plausible(1, 10_000, usual=(2, 10_000)), DECISIVE]
    """Longest round trip to the site that serves it."""
    coverage_share: Annotated[Share, Plausible(0, 1, 0.005), DECISIVE]
    """Least share of every region's demand that must be served."""
    price_eur_per_h100e_hour: Annotated[EurPerH100eHour, Plausible(0, 15, 0.05, usual=(0.2, 10)), DECISIVE] = 0
    """What users pay for an H100e-hour in the base year; 0 leaves it out of what is earned."""


class Demand(Sourced):
    """Compute asked for by region, class and period."""

    key = ("region", "workload", "period")
    refers: ClassVar = {"region": "regions", "workload": "workloads", "period": "periods"}
    region: Key
    """Region."""
    workload: Key
    """Class of work."""
    period: Key
    """Period."""
    demand_kh100e: Annotated[Kh100e, Plausible(0, 50_000, 0.1, median=(0.3, 5_000)), DECISIVE]
    """Compute asked for, mean over the period."""


class Latency(Sourced):
    """Measured or stated round trips that replace the geodesic estimate."""

    key = ("site", "region")
    refers: ClassVar = {"site": "sites", "region": "regions"}
    optional = True
    site: Key
    """Site."""
    region: Key
    """Region."""
    round_trip_ms: Annotated[Ms, Plausible(0, 2_000, 0.05), DECISIVE]
    """Round trip."""


class Transfer(Sourced):
    """Cost of serving a region from a site."""

    key = ("site", "region", "workload")
    refers: ClassVar = {"site": "sites", "region": "regions", "workload": "workloads"}
    optional = True
    site: Key
    """Site."""
    region: Key
    """Region."""
    workload: Key
    """Class of work."""
    cost_meur_per_kh100e_year: Annotated[MeurPerKh100eYear, Plausible(0, 50, 0.001), DECISIVE]
    """Cost per kH100e served and year."""


class Fund(Sourced):
    """Sources of money."""

    key = ("fund",)
    fund: Key
    """Code of the fund."""
    name: Name
    """Name in English."""
    kind: Literal["public", "union", "state", "private", "debt"]
    """public, union (its budget) and state (its members') money is aid: it goes to sites, under ceilings. private money and
    debt are not; debt is paid back out of what is earned."""
    aid_ceiling_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE]
    """Most of a site's capital cost in a period that the fund may pay (1 = no ceiling)."""
    site_ceiling_meur: Annotated[Meur, Plausible(0, 1_000_000, 10), DECISIVE] = 0
    """Most that a public fund pays at one site in all periods together (0: no ceiling): a consortium is taken to have one."""
    matched_by: Key | Literal[""] = ""
    """Public fund that has to pay beside a public one at every site; empty where none has to."""
    match_factor: Annotated[Factor, Plausible(0, 20, 0.05), DECISIVE] = 1
    """What that fund pays at a site up to every period, over what this one has paid there: at least so much."""
    committed_only: bool = False
    """Whether the fund pays only in countries that have committed themselves (`fund_countries.committed`)."""
    interest_share: Annotated[Share, Plausible(0, 0.3, 0.001), DECISIVE] = 0
    """Interest on debt per year, real."""
    tenor_years: Annotated[int, Plausible(0, 50), DECISIVE] = 0
    """Equal yearly payments by which debt is paid back, the first a year after it is drawn; 0 for other money."""


class FundCountry(Sourced):
    """Countries in which a public fund may pay; a fund without rows pays anywhere."""

    key = ("fund", "country")
    refers: ClassVar = {"fund": "funds", "country": "countries"}
    optional = True
    fund: Key
    """Public fund."""
    country: Key
    """Country."""
    committed: bool
    """Whether the country has committed itself to finance its share of what is built in it."""
    floor_meur: Annotated[Meur, Plausible(0, 1_000_000, 10), DECISIVE] = 0
    """Least that the fund pays at sites of the country in all periods together."""
    ceiling_meur: Annotated[Meur, Plausible(0, 1_000_000, 10), DECISIVE] = 0
    """Most that the fund pays there in all periods together (0: no ceiling)."""


class Tranche(Sourced):
    """Money a fund makes available; what is not spent stays available later."""

    key = ("fund", "period")
    refers: ClassVar = {"fund": "funds", "period": "periods"}
    fund: Key
    """Fund."""
    period: Key
    """Period from which the money can be spent."""
    amount_meur: Annotated[Meur, Plausible(0, 1_000_000, 10, usual=(25, 200_000)), DECISIVE]
    """Amount."""


class Programme(Sourced):
    """Public programmes that a plan has to carry out: so much compute, or so many sites, by a year."""

    key = ("programme",)
    optional = True
    programme: Key
    """Code of the programme."""
    name: Name
    """Name in English."""
    first_year: Annotated[Year, DECISIVE]
    """Year by which it is reached: it holds in the period that has this year, and in later ones."""
    floor_kh100e: Annotated[Kh100e, Plausible(0, 50_000, 0.5, usual=(0.5, 5_000)), DECISIVE]
    """Least compute at the sites that it counts; 0: none is asked."""
    floor_sites: Annotated[int, Plausible(0, 1000), DECISIVE]
    """Least number of open candidates and extended committed sites that it counts; 0: none is asked."""
    counts_committed: Annotated[bool, DECISIVE]
    """Whether committed sites count with what they have already: their own chips, and as sites without an extension."""
    last_year: Annotated[Year, DECISIVE] = 2100
    """Last year in which it is asked for: in a period that begins later it is not."""
    kind: Annotated[Literal["", "nuclear", "hydro", "coal", "ai_factory", "hub", "campus", "other"], DECISIVE] = ""
    """Kind of the sites that it counts; empty: all."""


class ProgrammeCountry(Row):
    """Countries whose sites a programme counts; one without a row counts those of all."""

    key = ("programme", "country")
    refers: ClassVar = {"programme": "programmes", "country": "countries"}
    optional = True
    programme: Key
    """Programme."""
    country: Key
    """Country."""


class ProgrammeRegion(Row):
    """Regions near which the sites of a programme have to be, all of them."""

    key = ("programme", "region")
    refers: ClassVar = {"programme": "programmes", "region": "regions"}
    optional = True
    programme: Key
    """Programme."""
    region: Key
    """Region."""
    latency_ms: Annotated[Ms, Plausible(1, 10_000, usual=(2, 10_000)), DECISIVE]
    """Longest round trip between the region and a site that counts."""


class Statement(Sourced):
    """What single cells rest on, where that is not what their row says of itself."""

    key = ("table", "row", "column")
    optional = True
    table: Name
    """Table, or hourly table."""
    row: Name
    """Key of the row, its parts joined by dots; of an hourly table the name of a column; `*` for all that have none."""
    column: Name
    """Column; `(hours)` for all hours of an hourly table."""


def row_name(key: object) -> str:
    """Return how a statement names the row with a key: its parts joined by dots."""
    return ".".join(map(str, key)) if isinstance(key, tuple) else str(key)


@dataclass(frozen=True)
class HourlyTable:
    """An hourly table in UTC: a column `hour` (0, 1, ...) and one column per key; CSV or parquet."""

    name: str
    """File name without ending."""
    columns: str
    """What the columns are named after: a table, or `zone.technology`."""
    unit: str
    """Unit of every cell."""
    low: float
    high: float
    meaning: str
    smallest: float = SMALLEST
    """Least believable magnitude of what is not zero."""

    @property
    def smallest_below_zero(self) -> float:
        """The same of what is below zero."""
        return self.smallest


HOURLY_TABLES: tuple[HourlyTable, ...] = (
    HourlyTable("load", "zones", "MW", 0, 200_000, "Existing load of each zone in the base year.", 5),
    HourlyTable(
        "availability",
        "zone.technology",
        "share (0..1)",
        0,
        1,
        "Share of the capacity that can produce; a pair without a column is always available.",
    ),
    HourlyTable(
        "uninterrupted",
        "substations",
        "share (0..1)",
        0,
        1,
        "Share of a substation's interruptible connections that is there; without a column: all of it, but for the hours of "
        "highest residual load of its zone (`power.interrupted_hours`).",
    ),
    HourlyTable(
        "carbon",
        "zones",
        "kg CO2 per MWh (= g/kWh)",
        0,
        2_000,
        "Carbon intensity of consumption in the base year.",
        0.5,
    ),
    HourlyTable("drybulb", "stations", "degrees Celsius", -60, 60, "Dry-bulb temperature at each station."),
    HourlyTable("wetbulb", "stations", "degrees Celsius", -60, 60, "Wet-bulb temperature at each station."),
)

TABLES: Mapping[str, type[Row]] = {
    "periods": Period,
    "countries": Country,
    "laws": Law,
    "zones": Zone,
    "price_basis": PriceBasis,
    "technologies": Technology,
    "marginal_costs": MarginalCost,
    "fleets": Fleet,
    "reservoirs": Reservoir,
    "inflows": Inflow,
    "stress_days": StressDay,
    "potentials": Potential,
    "lines": Line,
    "stations": Station,
    "basins": Basin,
    "substations": Substation,
    "headrooms": Headroom,
    "reinforcements": Reinforcement,
    "operators": Operator,
    "jurisdictions": Jurisdiction,
    "sovereignty_limits": SovereigntyLimit,
    "sites": Site,
    "shared_risks": SharedRisk,
    "places": Place,
    "cooling": Cooling,
    "chips": Chip,
    "chip_supply": ChipSupply,
    "export_caps": ExportCap,
    "regions": Region,
    "workloads": Workload,
    "demand": Demand,
    "latency": Latency,
    "transfers": Transfer,
    "funds": Fund,
    "fund_countries": FundCountry,
    "tranches": Tranche,
    "programmes": Programme,
    "programme_countries": ProgrammeCountry,
    "programme_regions": ProgrammeRegion,
    "sources": Statement,
}
SHORT_TABLES: Mapping[str, type[Row]] = {"own_sites": OwnSite}
"""Tables that a case may hold beside them, whose rows are written out as theirs when it is read."""
INPUT_TABLES: Mapping[str, type[Row]] = {**TABLES, **SHORT_TABLES}
"""Every table that a file or sheet may hold, but for the hourly ones."""


def _same(one: object, other: object) -> bool:
    """Tell whether two values are the same, number by number in arrays, which mappings may hold."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return one is other or one == other


@dataclass(frozen=True)
class Day:
    """One representative day: `hours` consecutive hours of the year that stand for `weight` days of a year."""

    day: str
    """Name, in order of the calendar: d001, d002, ..."""
    first_hour: int
    """Position of its first hour in the hourly tables."""
    weight: float
    """Number of such days in a year; hours per day x the weights of all days sum to 8,760."""
    stands_for: tuple[int, ...] = ()
    """Places, in the record, of the days that it represents; of all representative days each place once."""


@dataclass(frozen=True)
class Climate:
    """PUE and WUE per site and cooling technology, from the component model (`optimizer/prepare/climate.py`)."""

    pue: Mapping[tuple[str, str], Array]
    """(site, cooling) -> PUE by hour of the whole record, shape (hours of the hourly tables,)."""
    pue_annual: Mapping[tuple[str, str], float]
    """(site, cooling) -> mean PUE of the record."""
    pue_design: Mapping[tuple[str, str], float]
    """(site, cooling) -> PUE on the design day."""
    wue_annual_l_per_kwh: Mapping[tuple[str, str], float]
    """(site, cooling) -> mean WUE of the record, litres per kWh of servers."""

    def __eq__(self, other: object) -> bool:
        """Tell whether all numbers are the same."""
        return isinstance(other, Climate) and _same(vars(self), vars(other))


@dataclass(frozen=True)
class Case:
    """Everything the formulation reads, validated and immutable; mappings are ordered by key, not by the files' rows."""

    name: str
    settings: Settings
    periods: Mapping[str, Period]
    countries: Mapping[str, Country]
    laws: Mapping[str, Law]
    zones: Mapping[str, Zone]
    price_basis: Mapping[str, PriceBasis]
    technologies: Mapping[str, Technology]
    marginal_costs: Mapping[tuple[str, str], MarginalCost]
    fleets: Mapping[tuple[str, str, int], Fleet]
    reservoirs: Mapping[tuple[str, str], Reservoir]
    inflows: Mapping[tuple[str, str, int], Inflow]
    stress_days: Mapping[tuple[str, int], StressDay]
    potentials: Mapping[tuple[str, str], Potential]
    lines: Mapping[str, Line]
    stations: Mapping[str, Station]
    basins: Mapping[str, Basin]
    substations: Mapping[str, Substation]
    headrooms: Mapping[tuple[str, int], Headroom]
    reinforcements: Mapping[tuple[str, int], Reinforcement]
    operators: Mapping[str, Operator]
    jurisdictions: Mapping[tuple[str, str], Jurisdiction]
    sovereignty_limits: Mapping[tuple[str, str, str, str], SovereigntyLimit]
    sites: Mapping[str, Site]
    shared_risks: Mapping[tuple[str, str], SharedRisk]
    places: Mapping[str, Place]
    cooling: Mapping[str, Cooling]
    chips: Mapping[str, Chip]
    chip_supply: Mapping[tuple[str, str, str], ChipSupply]
    export_caps: Mapping[tuple[str, str, str], ExportCap]
    regions: Mapping[str, Region]
    workloads: Mapping[str, Workload]
    demand: Mapping[tuple[str, str, str], Demand]
    latency: Mapping[tuple[str, str], Latency]
    transfers: Mapping[tuple[str, str, str], Transfer]
    funds: Mapping[str, Fund]
    fund_countries: Mapping[tuple[str, str], FundCountry]
    tranches: Mapping[tuple[str, str], Tranche]
    programmes: Mapping[str, Programme]
    programme_countries: Mapping[tuple[str, str], ProgrammeCountry]
    programme_regions: Mapping[tuple[str, str], ProgrammeRegion]
    sources: Mapping[tuple[str, str, str], Statement]
    hourly: Mapping[str, Mapping[str, Array]]
    """Hourly table -> column -> values, shape (hours of the hourly tables,)."""
    days: tuple[Day, ...]
    """The representative days, in order of the calendar."""
    climate: Climate
    round_trip_ms: Mapping[tuple[str, str], float]
    """(site, region) -> round trip in ms: the table `latency`, else twice geodesic x route factor / 200 km per ms."""
    files: Mapping[str, str]
    """Input file -> SHA-256 of its bytes."""
    notes: tuple[str, ...] = ()
    """What was set right when the files were read, in words."""

    def __eq__(self, other: object) -> bool:
        """Tell whether all tables and settings are the same, wherever they were read from."""
        if not isinstance(other, Case):
            return False
        return all(_same(getattr(self, field.name), getattr(other, field.name)) for field in fields(Case))

    def quality(self, table: str, key: object, column: str) -> Quality:
        """Return how good a cell is: as stated of it, of its column, of its row; what nobody says is an estimate."""
        said = self._said(table, key, column)
        return said.quality if said else "estimate"

    def cell_source(self, table: str, key: object, column: str) -> str:
        """Return where a cell comes from, as stated of it, of its column or of its row; empty if nobody says."""
        said = self._said(table, key, column)
        return said.source if said else ""

    def _said(self, table: str, key: object, column: str) -> Sourced | None:
        """Return what is said of a cell of a table, or of a column of an hourly table."""
        row = row_name(key)
        if said := self.sources.get((table, row, column)) or self.sources.get((table, EVERY_ROW, column)):
            return said
        found = getattr(self, table)[key] if table in TABLES else None
        return found if isinstance(found, Sourced) else None

    @cached_property
    def supplies(self) -> tuple[tuple[str, str], ...]:
        """Every (zone, technology) that has a fleet or a potential, sorted."""
        return tuple(sorted({(zone, technology) for zone, technology, _ in self.fleets} | set(self.potentials)))

    def marginal_eur_per_mwh(self, zone: str, technology: str) -> float:
        """Return what one more MWh of a technology costs in a zone, EUR/MWh: its own there, else the technology's."""
        own = self.marginal_costs.get((zone, technology))
        return (own or self.technologies[technology]).marginal_eur_per_mwh

    @cached_property
    def public_funds(self) -> tuple[str, ...]:
        """The funds whose money is aid."""
        return tuple(fund for fund, row in self.funds.items() if row.kind in PUBLIC_KINDS)

    @cached_property
    def keeps_accounts(self) -> bool:
        """Whether cash is followed year by year: where running costs have to be paid, or debt."""
        return self.settings.money.operation_paid or any(row.kind == "debt" for row in self.funds.values())

    def may_pay(self, fund: str, site: str) -> bool:
        """Tell whether a public fund may pay at a site: in its country, which has committed itself where the fund asks for it."""
        listed = {country: row for (owner, country), row in self.fund_countries.items() if owner == fund}
        here = listed.get(self.sites[site].country)
        return not listed or (here is not None and (here.committed or not self.funds[fund].committed_only))

    @cached_property
    def fleet_years(self) -> Mapping[tuple[str, str], Mapping[int, Fleet]]:
        """(zone, technology) -> year from which a row of its existing capacity holds -> row."""
        found: dict[tuple[str, str], dict[int, Fleet]] = {}
        for (zone, technology, year), row in self.fleets.items():
            found.setdefault((zone, technology), {})[year] = row
        return found

    @cached_property
    def headroom_years(self) -> Mapping[str, Mapping[int, Headroom]]:
        """Substation -> year from which a row of its headroom holds -> row."""
        found: dict[str, dict[int, Headroom]] = {}
        for (substation, year), row in self.headrooms.items():
            found.setdefault(substation, {})[year] = row
        return found

    @cached_property
    def substation_steps(self) -> Mapping[str, Mapping[int, Reinforcement]]:
        """Substation -> step -> its reinforcement."""
        found: dict[str, dict[int, Reinforcement]] = {}
        for (substation, step), row in self.reinforcements.items():
            found.setdefault(substation, {})[step] = row
        return found

    @cached_property
    def chips_sold(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Cooling -> period -> chips on sale in it whose racks the cooling carries."""
        return {
            cooling: {
                period: tuple(
                    chip
                    for chip, row in self.chips.items()
                    if row.first_year <= when.first_year <= row.last_year and row.rack_kw <= kind.rack_limit_kw
                )
                for period, when in self.periods.items()
            }
            for cooling, kind in self.cooling.items()
        }
