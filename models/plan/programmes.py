"""Answers of programmes: what governments have promised, and gigafactories."""

from typing import Annotated

from models.plan.rows import From, Input, Number, ResultRow
from models.units import Count


class GigafactoryRow(ResultRow):
    """What stands against the gigafactories that are weighed (`siting.gigafactories_weighed`), by the inputs alone.

    Advanced chips in service on the mean of the period, at what they cost at least: the cheapest on sale, in halls and with
    a connection where these cost least; opening, plants and grid steps are left out. Where their compute makes a
    gigafactory (`siting.gigafactory_by`), the columns of chips are 0, and those of kH100e say the same of it.
    """

    key = ("period",)
    period: str
    """Period."""
    gigafactories: Count
    """Gigafactories weighed."""
    standing: Count = 0
    """Gigafactories that the plan has in the period, as `siting.gigafactories_min` counts them."""
    each_kchips: Number
    """Thousand chips of each."""
    supply_kchips: Number
    """Thousand chips of all of them that are on sale in time, in racks that some cooling takes."""
    each_kh100e: Number = 0.0
    """Compute of each."""
    supply_kh100e: Number = 0.0
    """Compute of all of them that is on sale in time, in racks that some cooling takes."""
    affordable_kh100e: Number = 0.0
    """Compute that this money could pay at most."""
    least_meur: Number
    """What these cost at least: a lower bound of the capital, not discounted."""
    available_meur: Number
    """Money that all funds have released up to the period."""
    affordable_kchips: Number
    """Thousand chips that this money could pay at most."""
    site_mw: Number
    """Server power of one gigafactory, of the chips on sale that draw least."""
    sites: Count
    """Candidates, of countries that have committed, whose land, dates and substation, with every step, have room for one."""


class ProgrammeRow(ResultRow):
    """What a programme asks for and the plan has, in every period."""

    key = ("programme", "period")
    rows = ("programmes", "periods")
    programme: str
    """Programme."""
    period: str
    """Period."""
    name: Annotated[str, Input("programmes")]
    """Name of the programme."""
    asked_kh100e: Number
    """Least compute that it asks for in the period."""
    compute_kh100e: Annotated[Number, From("programmes.compute_kh100e")]
    """Compute at the sites that it counts."""
    asked_sites: Count
    """Least number of sites that it asks for in the period."""
    sites: Annotated[Count, From("programmes.sites")]
    """Sites that it counts."""
