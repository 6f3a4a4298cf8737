"""Settings of service and resilience: how far work may travel, and what is left when things fail."""

from typing import Annotated, Literal

from pydantic import Field

from models.settings.sections import Section, Workloads
from models.units import Smallest


class Service(Section):
    """How far work may travel."""

    route_factor: Annotated[float, Field(ge=1, le=3)] = 1.4
    """Length of fibre relative to the geodesic."""
    flexible_share: Annotated[float, Field(ge=0, le=1), Smallest(0.001)] = 0.0
    """Share of the new servers' draw that may wait within 24 hours: training. It is dispatched with the power system."""


class Resilience(Section):
    """What has to be left when things fail; what is left in any case is always reported."""

    share: Annotated[float, Field(ge=0, le=1), Smallest(0.0005)] = 0.0
    """Least share that is served without what is lost, in every period (0: not asked). Work is not moved after a loss."""
    share_of: Literal["demand", "served"] = "demand"
    """Whether it is a share of what is asked, which serving more never breaks, or of what is served: no few carry all."""
    scope: Literal["regions", "all"] = "regions"
    """Whether it holds for every region and workload, or for all of them together."""
    workloads: Workloads = ()
    """The only workloads for which it holds; none listed: all."""
    sites_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Sites, whichever they are, that may be lost together; committed ones count like new ones."""
    substations_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Substations that may be lost together, with all sites that they feed."""
    countries_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Countries that may be lost together, with all their sites."""
    risks_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Risks of the table `shared_risks` that may come true together, each with all sites that share it."""
    delayed_sites: Annotated[int, Field(ge=0, le=100)] = 0
    """Sites, whichever they are, that may be late together."""
    delayed_years: Annotated[float, Field(ge=0, le=20), Smallest(0.05)] = 2.0
    """By how much (estimate); the delays that are always reported are of the same length."""
    delayed_share: Annotated[float, Field(ge=0, le=1), Smallest(0.005)] = 0.0
    """Least share of the compute of new chips that is in service in every period even so (0: not asked)."""
    line_cover_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 0.0
    """Share of the data centres' peak in every zone that firm cover reaches when any one line brings it none (0: not asked)."""
