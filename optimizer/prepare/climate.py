"""PUE and WUE of every site and cooling technology, over the year and on the design day."""

from collections.abc import Mapping

import numpy as np

from models.case import Array, Climate, Cooling, Site, Station
from optimizer.prepare.cooling_components import Weather, hourly_pue_wue
from optimizer.prepare.psychrometrics import standard_pressure_pa

BODY_MEMORY_HOURS = 720
"""Rivers and seas follow the air of about the last month, ..."""
BODY_FLOOR_C = 2.0
"""... but do not freeze at the intake."""


def compute_climate(
    sites: Mapping[str, Site],
    stations: Mapping[str, Station],
    cooling: Mapping[str, Cooling],
    drybulb: Mapping[str, Array],
    wetbulb: Mapping[str, Array],
    hours: int,
) -> Climate:
    """Give PUE (hourly, mean, design day) and mean WUE (L/kWh) of every site and cooling; twins share their arrays.

    `drybulb` and `wetbulb` hold degrees Celsius by station, shape (hours,); the family `fixed` needs neither. Raises
    KeyError where another family meets a station without a column, ValueError where it needs a chiller it lacks.
    """
    pue: dict[tuple[str, str], Array] = {}
    annual: dict[tuple[str, str], float] = {}
    design: dict[tuple[str, str], float] = {}
    wue: dict[tuple[str, str], float] = {}
    by_station: dict[tuple[str, str], tuple[Array, float, float, float]] = {}
    weather: dict[str, tuple[Weather, Weather]] = {}
    for site in sites.values():
        for kind in cooling.values():
            site_pair, station_pair = (site.site, kind.cooling), (site.station, kind.cooling)
            if station_pair not in by_station and kind.family == "fixed":
                constant = np.full(hours, kind.pue_fixed)
                by_station[station_pair] = constant, kind.pue_fixed, kind.pue_fixed, kind.wue_fixed_l_per_kwh
            elif station_pair not in by_station:
                if site.station not in weather:
                    year = _year(stations[site.station], drybulb[site.station], wetbulb[site.station])
                    weather[site.station] = year, _design_day(stations[site.station], year)
                year, design_day = weather[site.station]
                values, litres = hourly_pue_wue(kind, year)
                hottest = hourly_pue_wue(kind, design_day)[0].max()
                by_station[station_pair] = (
                    values,
                    float(values.mean()),
                    float(max(hottest, values.max())),
                    float(litres.mean()),
                )
            pue[site_pair], annual[site_pair], design[site_pair], wue[site_pair] = by_station[station_pair]
    return Climate(pue, annual, design, wue)


def _year(station: Station, drybulb_c: Array, wetbulb_c: Array) -> Weather:
    memory = min(BODY_MEMORY_HOURS, len(drybulb_c))
    sums = np.cumsum(np.concatenate([[0.0], drybulb_c[-memory:], drybulb_c]))
    body_c = np.maximum((sums[memory + 1 :] - sums[1:-memory]) / memory, BODY_FLOOR_C)
    return Weather(drybulb_c, wetbulb_c, body_c, standard_pressure_pa(station.elevation_m))


def _design_day(station: Station, year: Weather) -> Weather:
    dry, wet = np.array([station.design_drybulb_c]), np.array([station.design_wetbulb_c])
    return Weather(dry, np.minimum(wet, dry), year.body_c.max(keepdims=True), year.pressure_pa)
