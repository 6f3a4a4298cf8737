"""Answers of compute and demand: chips, who asks, who is served from where."""

from typing import Annotated

from models.plan.rows import From, Input, Number, ResultRow


class ChipRow(ResultRow):
    """Chips bought by site, chip, cooling and period."""

    key = ("site", "chip", "cooling", "period")
    rows = ("compute.fitted_mw",)
    sparse = True
    site: str
    """Site."""
    chip: str
    """Chip."""
    cooling: str
    """Cooling of the halls they stand in."""
    period: str
    """Period in which they are bought."""
    fitted_mw: Annotated[Number, From("compute.fitted_mw")]
    """Their server power."""
    bought_kchips: Annotated[Number, From("compute.bought_kchips")]
    """Thousand chips."""
    jurisdiction: Annotated[str, Input("chips")] = ""
    """Country code of the vendor's jurisdiction, where the inputs say."""


class ServiceRow(ResultRow):
    """Who is served from where."""

    key = ("site", "region", "workload", "period")
    rows = ("demand.served_kh100e",)
    sparse = True
    site: str
    """Site."""
    region: str
    """Region."""
    workload: str
    """Class of work."""
    period: str
    """Period."""
    served_kh100e: Annotated[Number, From("demand.served_kh100e")]
    """Compute served."""


class DemandRow(ResultRow):
    """What each region asked for and got."""

    key = ("region", "workload", "period")
    rows = ("demand",)
    region: str
    """Region."""
    workload: str
    """Class of work."""
    period: str
    """Period."""
    demand_kh100e: Annotated[Number, Input("demand")]
    """Asked."""
    served_kh100e: Annotated[Number, From("demand.region_served_kh100e")]
    """Served."""
