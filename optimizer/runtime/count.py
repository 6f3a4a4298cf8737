"""Rows, columns and coefficients, counted: those of the days here, those of the investments beside."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.case import Case
from models.day_parameters import DayLayout
from optimizer.runtime.index import Index


@dataclass(frozen=True)
class Count:
    """Rows, columns and coefficients."""

    rows: int = 0
    columns: int = 0
    nonzeros: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.rows + other.rows, self.columns + other.columns, self.nonzeros + other.nonzeros)


def columns_of(*families: Iterable[object]) -> Count:
    """Return the columns of families of variables."""
    return Count(columns=sum(1 for family in families for _ in family))


def rows_of(terms: Iterable[int]) -> Count:
    """Return rows that have so many coefficients each."""
    listed = list(terms)
    return Count(rows=len(listed), nonzeros=sum(listed))


def count_days(case: Case, layout: DayLayout, index: Index, period: str) -> Count:
    """Return the size of all days of a period; what availability leaves out in some hours is taken from the record."""
    hours, days = len(layout.hours), len(case.days)
    hosts, zones, lines = len(layout.hosts), len(layout.zones), len(layout.lines)
    generators, stores, cycles = len(layout.generators), len(layout.stores), len(layout.cycles)
    shares = {
        pair: float((column > 0).mean())
        if (column := case.hourly["availability"].get(".".join(pair))) is not None
        else 1.0
        for pair in {*layout.growing, *layout.matching}
    }
    servers = sum((*place, period) in index.standing for zone in layout.hosts for place in layout.places[zone])
    grown = sum(shares[pair] for pair in layout.generators if (*pair, period) in index.plants)
    stored = sum((*pair, period) in index.plants for pair in layout.stores)
    contracts = {*index.contracts}
    matched = sum(
        shares[pair] * (((*pair, period) in contracts) + ((*pair, period) in index.plants))
        for pair in layout.matching
        if pair[0] in layout.hosts
    )
    rows = 4 * stores + 3 * hosts + generators + zones + cycles
    columns = 2 * hosts + generators + 3 * stores + 2 * lines + zones
    terms = (hosts + servers) + (generators + grown) + len(layout.reservoirs) + 3 * (stores + stored) + 4 * stores
    terms += generators + 2 * stores + 4 * lines + zones + hosts  # the balance
    terms += 2 * sum(len(cycle) for cycle in layout.cycles.values()) + zones + 2 * hosts + (hosts + matched) + 2 * hosts
    return Count(
        rows=days * (hours * rows + len(layout.reservoirs) + 2),
        columns=days * hours * columns,
        nonzeros=days * round(hours * terms + len(layout.reservoirs) + 1),
    )
