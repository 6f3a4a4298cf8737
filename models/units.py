"""The units of the model: one annotated type per unit, with the suffix it demands of a name and the range it allows."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


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
MeurPerKh100eYear = Annotated[
    float, Unit("million EUR per kH100e and year", "_meur_per_kh100e_year", 0.0, 1e5), Field(ge=0)
]
EurPerMwh = Annotated[float, Unit("EUR/MWh", "_eur_per_mwh", -500.0, 1e5)]
EurPerChip = Annotated[float, Unit("EUR per chip", "_eur_per_chip", 0.0, 1e6), Field(ge=0)]
KgPerMwh = Annotated[float, Unit("kg CO2 per MWh (= g/kWh)", "_kg_per_mwh", 0.0, 3e3), Field(ge=0)]
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
PerUnit = Annotated[float, Unit("per unit", "_pu", 0.0, 1e3), Field(ge=0)]
Metres = Annotated[float, Unit("m", "_m", -500.0, 9e3)]
Celsius = Annotated[float, Unit("degrees Celsius", "_c", -60.0, 60.0)]
Kelvin = Annotated[float, Unit("K", "_k", 0.0, 60.0), Field(ge=0)]
Latitude = Annotated[float, Unit("degrees north", "latitude", -90.0, 90.0), Field(ge=-90, le=90)]
Longitude = Annotated[float, Unit("degrees east", "longitude", -180.0, 180.0), Field(ge=-180, le=180)]
Count = Annotated[int, Unit("count", "", 0, 1e6), Field(ge=0)]
People = Annotated[int, Unit("people", "_people", 0, 1e9), Field(ge=0)]
