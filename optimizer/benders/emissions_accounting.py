"""The account of the new servers, hour by hour: what they draw, how much of it is matched, what the rest emits.

Nothing in it is to be decided once the investments are: all that contracts and new plants of the zone allow is matched.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from models.case import Array, Case
from optimizer.program.day_structure import DayStructure
from optimizer.program.day_template import Integers, Template

DRAWS, MATCHES = "servers_draw_power_with_their_cooling", "matching_needs_contracted_or_built_plant"


@dataclass(frozen=True)
class Linked:
    """What links contribute to rows of a kind: `amount[day, entry]` per unit of `link[entry]`, to `row[entry]`."""

    rows: int
    row: Integers
    link: Integers
    amount: Array
    by_link: sparse.csr_array
    """Which entry is of which link."""

    def at(self, links: Array) -> Array:
        """Return the contributions at given links, shape (days, rows)."""
        total = np.zeros((self.rows, len(self.amount)))
        on = np.flatnonzero(links[self.link])
        np.add.at(total, self.row[on], (self.amount[:, on] * links[self.link[on]]).T)
        return total.T

    def pulled(self, prices: Array) -> Array:
        """Return what one more unit of each link is worth at prices of the rows, (days, rows) -> (days, links)."""
        worth: Array = (self.amount * prices[:, self.row]) @ self.by_link
        return worth


def zone_of_links(shape: DayStructure) -> Integers:
    """Return the position among the hosts of the zone in which each link draws or is matched; -1 where it does not."""
    template = shape.template
    rules = np.array([name.split("[", 1)[0] for name in template.rows])
    entries, own, zones = template.entries, len(template.columns), np.full(shape.links, -1, dtype=np.int64)
    for rule in (DRAWS, MATCHES):
        places = np.flatnonzero(rules == rule)
        chosen = (entries.column >= own) & (rules[entries.row] == rule)
        zones[entries.column[chosen] - own] = np.searchsorted(places, entries.row[chosen]) // len(template.layout.hours)
    return zones


def indicator(column: Integers, columns: int) -> sparse.csr_array:
    """Return the matrix that sums entries by their column."""
    return sparse.csr_array((np.ones(len(column)), (np.arange(len(column)), column)), shape=(len(column), columns))


@dataclass(frozen=True)
class HourlyAccount:
    """The account of some days; arrays of shape (days, zones x hours) but for the last two."""

    drawn_mw: Array
    matched_mw: Array
    emission_t: Array
    """By zone, (days, zones)."""
    slope_t: Array
    """What one more unit of each link adds in its zone, (days, links)."""


class EmissionsAccounting:
    """The account of some days of a period."""

    def __init__(self, shape: DayStructure, numbers: Array) -> None:
        """Take the days' numbers, shape (days, parameters + 1)."""
        template = shape.template
        rules = np.array([name.split("[", 1)[0] for name in template.rows])
        self.draw = _linked(shape, numbers, rules == DRAWS)
        self._match = _linked(shape, numbers, rules == MATCHES)
        self._zones, self._hours = len(template.layout.hosts), len(template.layout.hours)
        first = template.position("intensity_t_per_mwh")
        self._intensity = numbers[:, first : first + self.draw.rows]

    def at(self, links: Array) -> HourlyAccount:
        """Return the account at given links."""
        drawn = self.draw.at(links)
        matched = np.clip(np.minimum(drawn, self._match.at(links)), 0.0, None)
        rates = np.where(drawn > matched, self._intensity, 0.0)
        slope = self.draw.pulled(rates) - self._match.pulled(rates)
        emitted = (self._intensity * (drawn - matched)).reshape(len(drawn), self._zones, self._hours).sum(axis=2)
        return HourlyAccount(drawn, matched, emitted, slope)


def _linked(shape: DayStructure, numbers: Array, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Linked:
    """Return what links contribute to the rows of a rule, in which they stand on the side of the account's columns."""
    entries, own = shape.template.entries, len(shape.template.columns)
    chosen = np.flatnonzero((entries.column >= own) & rows[entries.row])
    places = np.flatnonzero(rows)
    amount = -entries.constant[chosen] * numbers[:, entries.parameter[chosen]]
    link = entries.column[chosen] - own
    by_link = indicator(link, shape.links)
    return Linked(len(places), np.searchsorted(places, entries.row[chosen]), link, amount, by_link)


def direct_emission_rates(case: Case, template: Template) -> Array:
    """Return the direct emissions of one unit of each column of a day, kg CO2."""
    layout, rates = template.layout, np.zeros(len(template.columns))
    for variable, pairs in (("output_mw", layout.generators), ("discharge_mw", layout.stores)):
        kg_per_mwh = [case.technologies[technology].emission_kg_per_mwh for _, technology in pairs]
        rates[slice(*template.spans[variable])] = np.repeat(kg_per_mwh, len(layout.hours))
    return rates
