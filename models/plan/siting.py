"""Answers of siting: sites and their places."""

from typing import Annotated, Literal

from models.plan.rows import From, Input, Number, ResultRow, Signed
from models.units import Count, Plausible


class SiteRow(ResultRow):
    """Every site, chosen or not, in every period."""

    key = ("site", "period")
    rows = ("sites", "periods")
    site: str
    """Code of the site."""
    period: str
    """Period."""
    name: Annotated[str, Input("sites")]
    """Name of the place."""
    country: Annotated[str, Input("sites")]
    """Host country."""
    zone: Annotated[str, Input("sites")]
    """Bidding zone."""
    substation: Annotated[str, Input("sites")]
    """Substation."""
    status: Annotated[Literal["candidate", "committed"], Input("sites")]
    """Whether the site was already committed."""
    committed_mw: Number
    """Server power of a committed site's own chips in service, besides the new halls (0 for candidates)."""
    latitude: Annotated[Signed, Input("sites")]
    """Degrees north."""
    longitude: Annotated[Signed, Input("sites")]
    """Degrees east."""
    opened: Annotated[int, Plausible(0, 1), From("siting.opened")]
    """1 if the site is open in the period."""
    opens: Annotated[int, Plausible(0, 1), From("siting.open_in")]
    """1 if the site, or the extension of a committed site, is to enter service in the period (it may be late); a committed site is open without."""
    closes: Annotated[int, Plausible(0, 1), From("siting.close_in")]
    """1 if the site is closed down at the start of the period."""
    halls: Annotated[Count, From("sizing.site_halls")]
    """New halls standing."""
    servers_mw: Annotated[Number, From("compute.site_servers_mw")]
    """Power of the new servers in service, mean of the period."""
    peak_mw: Annotated[Number, From("cooling.peak_mw")]
    """Power of the new halls on the design day."""
    connection_mw: Annotated[Number, From("grid.connection_mw")]
    """New grid connection standing."""
    chips_kchips: Annotated[Number, From("compute.site_kchips")]
    """New chips in service, thousands, mean of the period."""
    compute_kh100e: Annotated[Number, From("compute.compute_kh100e")]
    """Compute, committed chips included."""
    served_kh100e: Annotated[Number, From("demand.site_served_kh100e")]
    """Compute served."""
    energy_twh: Annotated[Number, From("cooling.energy_twh")]
    """Electricity of the new servers and their cooling, per year."""
    water_mm3: Annotated[Number, From("cooling.water_mm3")]
    """Water drawn per year."""
    reused_mw: Annotated[Number, From("cooling.reused_mw")]
    """Heat given to neighbours."""
    recovery_mw: Annotated[Number, From("cooling.recovery_mw")]
    """Heat recovery built in the period."""
    capital_meur: Annotated[Number, From("budget.site_money_meur")]
    """Capital spent at the site in the period."""
    public_meur: Number
    """Of which public money."""
    eu_member: Annotated[int | None, Plausible(0, 1), Input("countries")] = None
    """1 if the host country is a member state of the Union; empty in plans written before this was told."""


class PlaceRow(ResultRow):
    """What the places of sites are like, chosen or not, where the inputs say."""

    key = ("site",)
    rows = ("places",)
    site: str
    """Code of the site."""
    seismic_g: Annotated[Number, Input("places")]
    """Peak ground acceleration that is exceeded once in 475 years, g."""
    flood: Annotated[str, Input("places")]
    """Whether floods may reach it."""
    protected: Annotated[str, Input("places")]
    """Whether it lies on protected land."""
    near_people: Annotated[Count, Input("places")]
    """Inhabitants within 50 km."""
    exchange_km: Annotated[Number, Input("places")]
    """Distance to the nearest internet exchange point."""
    exchanges: Annotated[Count, Input("places")]
    """Cities with an internet exchange point within 100 km."""
