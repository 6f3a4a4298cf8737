"""Settings of power: what the electricity system must keep."""

from typing import Annotated, Literal

from pydantic import Field

from models.settings.sections import Section, Technologies
from models.units import Smallest


class Power(Section):
    """What the electricity system must keep."""

    cover_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 1.0
    """Share of the data centres' peak that firm low-carbon contracted and built capacity covers."""
    cover_energy_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 0.0
    """Share of the data centres' mean draw that low-carbon plant contracted and built can sustain the year round; 0 asks for
    capacity alone."""
    cover_duration_hours: Annotated[float, Field(ge=0, le=5000), Smallest(1)] = 0.0
    """Length of the stress that storage is firm for: no more of it counts than the share of that which a full store lasts; 0
    leaves its firm credit as it stands."""
    contract_years: Annotated[float, Field(ge=0, le=50), Smallest(0.5)] = 0.0
    """Term of a contract from the period in which it is signed: it runs until the period in which that ends is over; 0 signs
    every contract for a single period."""
    cover_import_share: Annotated[float, Field(ge=0, le=1), Smallest(0.005)] = 0.3
    """Share of a line's capacity over which firm cover may be imported."""
    cover_counted_once: bool = True
    """Whether a contract whose firm capacity is sent to another zone as cover matches nothing at home."""
    cover_spare_lines: bool = False
    """Whether cover over a line counts no further than the line has room in the importing zone's stress hours, while the
    system without new data centres runs at its least cost."""
    cover_stress_share: Annotated[float, Field(gt=0, le=1), Smallest(0.001)] = 0.05
    """Share of the year that counts as stress hours of a zone when what lines have free is asked: those of the highest residual
    load (load less what wind, sun and other supply that changes by the hour can give) among the representative days. The
    stretches in which plant feeds the draw (`stress_share`) are others, stated in the table `stress_days`."""
    usable_transfer_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 1.0
    """Share of the lines' transfer capacity that the market gets: of the year, or of the winter where the summer has its own."""
    usable_transfer_summer_share: Annotated[float | None, Field(ge=0, le=1), Smallest(0.05)] = None
    """The same in summer, the two middle quarters of the record (April to September); where none is stated, that of winter."""
    must_run_summer_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 1.0
    """Part of `fleets.must_run_share` that holds in summer, when little heat is asked for."""
    cover_technologies: Technologies = ()
    """The only technologies of firm low-carbon plant that are contracted or built; none listed allows all. What gives no
    firm cover (wind, sun, storage) may be built all the same."""
    price_basis_scale: Annotated[float, Field(ge=0, le=2)] = 1.0
    """Part of the table `price_basis` that is paid: 0 leaves it out, 1 takes it as it stands."""
    price_basis_zones: Annotated[int, Field(ge=0, le=1000)] = 0
    """Zones of the case on whose prices the table `price_basis` was calibrated, where these are not its own (0): `gigasite
    cut` states it, and `check` warns."""
    price_basis_decay_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.05
    """Yearly decline of the price basis from the base year on, as grids and fuels converge (estimate: no source)."""
    stress_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 0.0
    """Share of the data centres' draw that contracted and built low-carbon plant can feed in every hour of the stretches
    that the table `stress_days` states, with what it has in that hour, and with the cover that lines carry (0: not asked)."""
    reservoirs: Literal["year", "months"] = "year"
    """Whether the yearly energy of a reservoir may be used on any day, or as the table `inflows` says that it comes, and as
    far as the reservoir keeps it from month to month."""
    shed_share: Annotated[float, Field(ge=0, le=1)] = 0.0001
    """Most energy not served, as a share of the existing load of a day."""
    interruptible: bool = True
    """Whether sites may be connected by what the column `headrooms.interruptible_mw` offers."""
    interrupted_hours: Annotated[float, Field(ge=0, le=8760), Smallest(10)] = 1314.0
    """Hours a year without interruptible connections, those of highest residual load of the zone, where the hourly table
    `uninterrupted` has no column (estimate: 15 % of the year, the most under the Dutch alternative transport right ATR85)."""
