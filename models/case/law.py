"""Tables of law: countries, with what holds there, and laws with dates."""

from typing import Annotated, ClassVar

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import EurPerMwh, Factor, Km, Latitude, Longitude, MeurPerMw, Mw, Plausible, Share, Year


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
