"""Tables of cooling: technologies, climate stations, basins; and what PUE and WUE come of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from models.case.rows import DECISIVE, Array, Key, Name, Sourced, same
from models.units import (
    Celsius,
    Factor,
    Kelvin,
    Kw,
    Latitude,
    LitresPerKwh,
    Longitude,
    Metres,
    MeurPerMw,
    Mm3,
    Plausible,
    Share,
    Years,
)


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
        return isinstance(other, Climate) and same(vars(self), vars(other))
