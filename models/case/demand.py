"""Tables of demand: who asks for compute, how far away, at what price."""

from typing import Annotated, ClassVar

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import EurPerH100eHour, Kh100e, Latitude, Longitude, MeurPerKh100eYear, Ms, People, Plausible, Share


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
