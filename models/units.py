"""The units of the model: one annotated type per unit, with the suffix it demands of a name and the range it allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

SMALLEST = 1e-7
"""Nonzero magnitudes below this are refused everywhere: no quantity of the model is that small in its unit."""


@dataclass(frozen=True)
class Unit:
    """A unit of measure: its symbol, the suffix of every name that carries it, and its widest plausible range."""

    symbol: str
    suffix: str
    low: float
    high: float


@dataclass(frozen=True)
class Plausible:
    """The range of values believable for one column, tighter than its unit's, so that a slip of unit is refused."""

    low: float
    high: float
    smallest: float = SMALLEST
    """Least believable magnitude of what is not zero."""
    smallest_below_zero: float | None = None
    """The same of what is below 0 (a subsidy), where it is another."""
    usual: tuple[float, float] | None = None
    """Magnitudes of what is not zero outside of these are believable but rare: each is warned about."""
    median: tuple[float, float] | None = None
    """The median magnitude of what is not zero lies between these: where it does not, the column is warned about."""

    @property
    def least_below_zero(self) -> float:
        """Least believable magnitude of what is below 0."""
        return self.smallest if self.smallest_below_zero is None else self.smallest_below_zero


@dataclass(frozen=True)
class Smallest:
    """The least believable magnitude of a number that is not zero, where its range is stated otherwise."""

    size: float


@dataclass(frozen=True)
class Slip:
    """A unit in which a number may be written by mistake: it then reads times x the right number + plus."""

    unit: str
    times: float = 1.0
    plus: float = 0.0


Mw = Annotated[float, Unit("MW", "_mw", 0.0, 1e6), Field(ge=0)]
Mwh = Annotated[float, Unit("MWh", "_mwh", 0.0, 1e9), Field(ge=0)]
Twh = Annotated[float, Unit("TWh", "_twh", 0.0, 1e4), Field(ge=0)]
Hours = Annotated[float, Unit("h", "_hours", 0.0, 1e5), Field(ge=0)]
Years = Annotated[float, Unit("years", "_years", 0.0, 100.0), Field(ge=0)]
Year = Annotated[int, Unit("calendar year", "_year", 1900, 2100), Field(ge=1900, le=2100)]
Share = Annotated[float, Unit("share (0..1)", "_share", 0.0, 1.0), Field(ge=0, le=1)]
Factor = Annotated[float, Unit("factor", "_factor", 0.0, 100.0), Field(ge=0)]
Meur = Annotated[float, Unit("million EUR (2025)", "_meur", 0.0, 1e6), Field(ge=0)]
MeurPerMw = Annotated[float, Unit("million EUR per MW", "_meur_per_mw", 0.0, 1e3), Field(ge=0)]
MeurPerMwh = Annotated[float, Unit("million EUR per MWh", "_meur_per_mwh", 0.0, 1e3), Field(ge=0)]
MeurPerKh100eYear = Annotated[
    float, Unit("million EUR per kH100e and year", "_meur_per_kh100e_year", 0.0, 1e5), Field(ge=0)
]
EurPerMwh = Annotated[float, Unit("EUR/MWh", "_eur_per_mwh", -500.0, 1e5)]
EurPerMw = Annotated[float, Unit("EUR per MW", "_eur_per_mw", 0.0, 1e5), Field(ge=0)]
EurPerH100eHour = Annotated[float, Unit("EUR per H100e-hour", "_eur_per_h100e_hour", 0.0, 100.0), Field(ge=0)]
EurPerKwYear = Annotated[float, Unit("EUR per kW and year", "_eur_per_kw_year", 0.0, 1e4), Field(ge=0)]
EurPerChip = Annotated[float, Unit("EUR per chip", "_eur_per_chip", 0.0, 1e6), Field(ge=0)]
KgPerMwh = Annotated[float, Unit("kg CO2 per MWh (= g/kWh)", "_kg_per_mwh", 0.0, 3e3), Field(ge=0)]
KgPerChip = Annotated[float, Unit("kg CO2e per chip", "_kg_per_chip", 0.0, 1e5), Field(ge=0)]
Tonnes = Annotated[float, Unit("t CO2", "_t", 0.0, 1e9), Field(ge=0)]
Kt = Annotated[float, Unit("kt CO2", "_kt", 0.0, 1e6), Field(ge=0)]
Kchips = Annotated[float, Unit("thousand chips", "_kchips", 0.0, 1e6), Field(ge=0)]
Kh100e = Annotated[float, Unit("thousand H100-equivalents", "_kh100e", 0.0, 1e6), Field(ge=0)]
H100e = Annotated[float, Unit("H100-equivalents per chip", "_h100e", 0.0, 1e3), Field(ge=0)]
Kw = Annotated[float, Unit("kW", "_kw", 0.0, 1e4), Field(ge=0)]
Mm3 = Annotated[float, Unit("million m3", "_mm3", 0.0, 1e6), Field(ge=0)]
LitresPerKwh = Annotated[float, Unit("litres per kWh of servers", "_l_per_kwh", 0.0, 20.0), Field(ge=0)]
Km = Annotated[float, Unit("km", "_km", 0.0, 2e4), Field(ge=0)]
Ms = Annotated[float, Unit("ms, round trip", "_ms", 0.0, 1e4), Field(ge=0)]
PerUnit = Annotated[float, Unit("per unit", "_pu", -1e3, 1e3)]
Metres = Annotated[float, Unit("m", "_m", -500.0, 9e3)]
Gravity = Annotated[float, Unit("g (9.81 m/s2)", "_g", 0.0, 5.0), Field(ge=0)]
Celsius = Annotated[float, Unit("degrees Celsius", "_c", -60.0, 60.0)]
Kelvin = Annotated[float, Unit("K", "_k", 0.0, 60.0), Field(ge=0)]
Latitude = Annotated[float, Unit("degrees north", "latitude", 27.0, 82.0), Field(ge=-90, le=90)]
Longitude = Annotated[float, Unit("degrees east", "longitude", -32.0, 51.0), Field(ge=-180, le=180)]
Count = Annotated[int, Unit("count", "", 0, 1e6), Field(ge=0)]
People = Annotated[int, Unit("people", "_people", 0, 1e9), Field(ge=0)]

SLIPS: Mapping[str, tuple[Slip, ...]] = {
    "MW": (Slip("kW", 1e3), Slip("W", 1e6), Slip("GW", 1e-3)),
    "kW": (Slip("W", 1e3), Slip("MW", 1e-3), Slip("GW", 1e-6)),
    "TWh": (Slip("GWh", 1e3), Slip("MWh", 1e6)),
    "h": (Slip("minutes", 60), Slip("seconds", 3600), Slip("days", 1 / 24)),
    "years": (Slip("months", 12), Slip("days", 365), Slip("hours", 8760)),
    "calendar year": (Slip("two digits", plus=-2000),),
    "share (0..1)": (Slip("percent", 1e2), Slip("per mille", 1e3), Slip("a hundredth of the share", 1e-2)),
    "factor": (Slip("percent", 1e2), Slip("per mille", 1e3)),
    "million EUR (2025)": (Slip("thousand EUR", 1e3), Slip("EUR", 1e6), Slip("billion EUR", 1e-3)),
    "million EUR per MW": (Slip("EUR per kW", 1e3), Slip("EUR per MW", 1e6), Slip("million EUR per kW", 1e-3)),
    "million EUR per MWh": (Slip("EUR per kWh", 1e3), Slip("EUR per MWh", 1e6)),
    "million EUR per kH100e and year": (
        Slip("thousand EUR per kH100e and year", 1e3),
        Slip("EUR per kH100e and year", 1e6),
        Slip("billion EUR per kH100e and year", 1e-3),
    ),
    "EUR/MWh": (Slip("EUR/GWh", 1e3), Slip("EUR/kWh", 1e-3), Slip("cent/kWh", 0.1)),
    "EUR per MW": (Slip("EUR per kW", 1e-3), Slip("thousand EUR per MW", 1e-3)),
    "EUR per H100e-hour": (Slip("cent per H100e-hour", 1e2), Slip("EUR per H100e and day", 24)),
    "EUR per kW and year": (Slip("EUR per MW and year", 1e3), Slip("cent per kW and year", 1e2)),
    "EUR per chip": (Slip("cent", 1e2), Slip("thousand EUR", 1e-3), Slip("million EUR", 1e-6)),
    "kg CO2 per MWh (= g/kWh)": (Slip("g per MWh", 1e3), Slip("t per MWh", 1e-3)),
    "kg CO2e per chip": (Slip("t per chip", 1e-3), Slip("g per chip", 1e3)),
    "thousand chips": (Slip("chips", 1e3), Slip("million chips", 1e-3)),
    "thousand H100-equivalents": (Slip("H100-equivalents", 1e3), Slip("million H100-equivalents", 1e-3)),
    "H100-equivalents per chip": (Slip("TFLOPS", 989), Slip("thousand H100-equivalents", 1e-3)),
    "million m3": (Slip("thousand m3", 1e3), Slip("m3", 1e6), Slip("litres", 1e9), Slip("km3", 1e-3)),
    "litres per kWh of servers": (Slip("litres per MWh", 1e3), Slip("m3 per kWh", 1e-3)),
    "km": (Slip("m", 1e3),),
    "m": (Slip("cm", 1e2), Slip("km", 1e-3), Slip("feet", 1 / 0.3048)),
    "g (9.81 m/s2)": (Slip("m/s2", 9.81), Slip("cm/s2", 981), Slip("percent", 1e2)),
    "ms, round trip": (Slip("microseconds", 1e3), Slip("seconds", 1e-3)),
    "degrees Celsius": (Slip("kelvin", plus=273.15), Slip("degrees Fahrenheit", 1.8, 32)),
    "K": (Slip("absolute kelvin", plus=273.15), Slip("steps of Fahrenheit", 1.8)),
    "degrees north": (Slip("radians", 0.0174532925),),
    "degrees east": (Slip("radians", 0.0174532925),),
    "people": (Slip("thousands", 1e-3), Slip("millions", 1e-6)),
}
"""Symbol of a unit -> what is written for it by mistake; a dense 16-bit H100 does 989 TFLOPS."""
