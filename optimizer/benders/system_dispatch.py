"""The electricity system zone XX, as the days of a period dispatch it: prices, imports, emissions."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.case import Array, Case
from optimizer.benders.direct_emissions import direct_emission_rates
from optimizer.benders.subproblem import DailyResults
from optimizer.program.day_template import Template


@dataclass(frozen=True)
class SystemDispatch:
    """A period's days; arrays of shape (zones, days, hours), zones in the order of the case."""

    price_eur_per_mwh: Array
    """What one more MWh of load would add to the running cost (dual value of the balance; one of several at a kink)."""
    net_import_mw: Array
    """What lines bring after losses, less what they take."""
    direct_t: Array
    """Direct emissions of the zone's own plants, t CO2."""


def system_dispatch(case: Case, template: Template, daily: DailyResults) -> SystemDispatch:
    """Return the system of a period, whose days were dispatched with their own columns asked for."""
    layout, spans = template.layout, template.spans
    hours, days = len(layout.hours), len(daily.values)
    places = {zone: place for place, zone in enumerate(layout.zones)}

    def of(variable: str, columns: Array) -> Array:
        """Return the columns of a variable, shape (days, keys, hours)."""
        first, end = spans[variable]
        return columns[..., first:end].reshape(*columns.shape[:-1], -1, hours)

    def by_zone(values: Array, zones: Iterable[str]) -> Array:
        """Return the sums by zone of values by key, each of a zone, shape (days, zones, hours)."""
        summed: Array = np.eye(len(layout.zones))[[places[zone] for zone in zones]].T @ values
        return summed

    rates = direct_emission_rates(case, template)
    direct = np.zeros((days, len(layout.zones), hours))
    for variable, pairs in (("output_mw", layout.generators), ("discharge_mw", layout.stores)):
        direct += by_zone(of(variable, daily.values) * of(variable, rates) / 1000, (zone for zone, _ in pairs))
    lines = [case.lines[line] for line in layout.lines]
    arriving = 1 - np.array([row.loss_share for row in lines], dtype=float)[:, None]
    ends = [row.from_zone for row in lines], [row.to_zone for row in lines]
    imports = np.zeros_like(direct)
    for variable, (source, target) in (("forward_mw", ends), ("backward_mw", ends[::-1])):
        sent = of(variable, daily.values)
        imports += by_zone(arriving * sent, target) - by_zone(sent, source)
    price = daily.price.reshape(direct.shape)
    return SystemDispatch(*(array.transpose(1, 0, 2) for array in (price, imports, direct)))
