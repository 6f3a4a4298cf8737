"""Settings of halls and sites: how many, where, how large."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from models.settings.sections import Countries, Section, Sites
from models.units import Smallest


class Halls(Section):
    """The standard hall."""

    hall_mw: Annotated[float, Field(ge=0.1, le=5_000)] = 20.0
    """Server power of a standard hall."""
    construction_years: Annotated[float, Field(ge=0, le=15)] = 2.0
    """Years over which a hall, the opening of its site and its heat recovery are built and paid before they serve."""
    utilisation_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 0.8
    """Mean draw of fitted servers relative to their nameplate power."""


class Siting(Section):
    """How many sites and where."""

    sites_min: Annotated[int, Field(ge=0, le=1000)] = 0
    """Least number of new sites."""
    sites_max: Annotated[int, Field(ge=0, le=1000)] = 1000
    """Most new sites."""
    member_states_min: Annotated[int, Field(ge=0, le=27)] = 0
    """Least number of member states of the Union with a new site."""
    closing: bool = False
    """Whether a new site may be closed down in a later period; its halls then stand empty, and keep their firm cover."""
    separation_km: Annotated[float, Field(ge=0, le=2000)] = 0.0
    """Two new sites closer than this exclude each other."""
    gigafactories_min: Annotated[int, Field(ge=0, le=100)] = 0
    """Least number of new sites open in the last period that are gigafactories: what `gigafactory_by` counts reaches its
    number in every period from the opening of the site."""
    gigafactory_by: Literal["chips", "h100e"] = "chips"
    """Whether chips make a gigafactory (`gigafactory_kchips`) or their compute does (`gigafactory_kh100e`)."""
    gigafactory_kchips: Annotated[float, Field(ge=0, le=10_000), Smallest(0.5)] = 100.0
    """Thousand advanced chips that make a gigafactory."""
    gigafactory_kh100e: Annotated[float, Field(ge=0, le=10_000), Smallest(0.5)] = 100.0
    """Compute of advanced chips that makes a gigafactory, thousand H100-equivalents."""
    gigafactory_chip_h100e: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Least throughput of a chip that counts in a gigafactory as advanced, H100-equivalents; 0 counts every chip."""
    gigafactory_countries: Countries = ()
    """Countries that have committed to gigafactories, where alone sites count as such; none listed: all have."""
    gigafactories_weighed: Annotated[int, Field(ge=0, le=100)] = 0
    """Number of gigafactories of which the summary says what stands against them; nothing is asked of the plan."""
    must: Sites = ()
    """Sites that have to be chosen: candidates open in the last period, committed ones extended."""
    must_not: Sites = ()
    """Sites that are neither opened nor extended."""
    only: Sites = ()
    """The only sites that may be opened or extended; none listed allows all. With the same list as `must`: exactly these."""
    countries_not: Countries = ()
    """Countries in which no site is opened or extended."""
    near_latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    """Point near which new sites and extensions have to lie, degrees north."""
    near_longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    """The same point, degrees east."""
    near_km: Annotated[float | None, Field(ge=0, le=20_040)] = None
    """Most distance from that point (geodesic, WGS 84)."""
    seismic_max_g: Annotated[float | None, Field(ge=0, le=5), Smallest(0.005)] = None
    """Most peak ground acceleration, once in 475 years, where a site is opened or extended (table `places`); none: any."""
    flood_not: bool = False
    """Whether no site is opened or extended that floods may reach."""
    protected_not: bool = False
    """Whether none is on protected land."""
    exchange_max_km: Annotated[float | None, Field(ge=0, le=20_040), Smallest(0.5)] = None
    """Most distance of such a site to the nearest internet exchange point; none: any."""
    workforce_min_people: Annotated[int, Field(ge=0, le=50_000_000), Smallest(100)] = 0
    """Least inhabitants within 50 km of such a site."""
    site_min_kchips: Annotated[float, Field(ge=0, le=10_000), Smallest(0.01)] = 0.0
    """Least thousand chips of every new site, in every period in which it is open."""

    @property
    def gigafactory_size(self) -> float:
        """Return what makes a gigafactory: thousand chips, or kH100e."""
        return self.gigafactory_kchips if self.gigafactory_by == "chips" else self.gigafactory_kh100e

    @model_validator(mode="after")
    def _near_what(self) -> "Siting":
        stated = [name for name in ("near_latitude", "near_longitude", "near_km") if getattr(self, name) is not None]
        if len(stated) not in (0, 3):
            raise ValueError("near_latitude, near_longitude and near_km go together: a point, and how far from it")
        return self
