"""Tables of plants: technologies, fleets, what may be built."""

from typing import Annotated, ClassVar, Literal

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import (
    SMALLEST,
    EurPerKwYear,
    EurPerMw,
    EurPerMwh,
    Hours,
    KgPerMwh,
    MeurPerMw,
    MeurPerMwh,
    Mw,
    Plausible,
    Share,
    Year,
    Years,
)


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
