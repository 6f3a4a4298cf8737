"""Yearly accounts: what follows from investments hour by hour without any dispatch, with its subgradient.

Columns that investments determine are read off their rows. A column that bears on accounts alone takes the value that
makes them least: the lowest of the limits that hold it from above, or the highest of those from below. So an account is
a convex, piecewise linear function of the investments.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components

from models.case import Array
from optimizer.program.day_structure import DayStructure
from optimizer.program.day_template import Integers


@dataclass(frozen=True)
class AccountParts:
    """The parts of every account: sums of terms that share no investment with those of another part."""

    count: int
    """Number of parts of all accounts together."""
    account: Integers
    """The account of each part."""
    of_link: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    """Part on which a link bears in an account, (accounts, links); -1 where it bears on none."""
    of_term: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    """Part to which a term belongs, (accounts, terms): the determined columns, then the free; -1 where to none."""


def account_parts(structure: DayStructure) -> AccountParts:
    """Return the parts of a structure's accounts, each account's in the order of its terms."""
    rows, template = structure.accounts, structure.template
    own, entries = len(template.columns), template.entries
    terms = rows.terms
    term_of_row = np.full(len(template.rows), -1, dtype=np.int64)
    term_of_row[rows.determining] = np.arange(len(rows.determined))
    term_of_row[rows.limiting] = len(rows.determined) + rows.limited
    bears = term_of_row[entries.row] >= 0
    here, column = term_of_row[entries.row[bears]], entries.column[bears]
    is_link = column >= own
    nodes = len(terms) + structure.links
    there = np.where(is_link, len(terms) + column - own, 0)
    there[~is_link] = rows.term_of(column[~is_link])
    of_link = np.full((len(rows.rows), structure.links), -1, dtype=np.int64)
    of_term = np.full((len(rows.rows), len(terms)), -1, dtype=np.int64)
    account: list[int] = []
    graph = sparse.coo_array((np.ones(len(here)), (here, there)), shape=(nodes, nodes))
    _, component = connected_components(graph, directed=False)
    for number, row in enumerate(rows.rows.tolist()):
        in_row = entries.column[(entries.row == row) & (entries.column < own)]
        chosen = np.sort(rows.term_of(in_row))
        labels, first = np.unique(component[chosen], return_index=True)
        for label in labels[np.argsort(first)].tolist():
            part = len(account)
            account.append(number)
            of_term[number, chosen[component[chosen] == label]] = part
            of_link[number, component[len(terms) :] == label] = part
    return AccountParts(len(account), np.array(account, dtype=np.int64), of_link, of_term)


@dataclass(frozen=True)
class LinkedRows:
    """What links contribute to rows: `amount[day, entry]` per unit of `link[entry]`, to `row[entry]`."""

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

    def transpose_product(self, prices: Array) -> Array:
        """Return what one more unit of each link is worth at prices of the rows, (days, rows) -> (days, links)."""
        worth: Array = (self.amount * prices[:, self.row]) @ self.by_link
        return worth


def linked_rows(structure: DayStructure, numbers: Array, rows: Integers) -> LinkedRows:
    """Return what links contribute to some rows of a day, on the side of its own columns."""
    template = structure.template
    entries, own, place = template.entries, len(template.columns), np.full(len(template.rows), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    chosen = np.flatnonzero((entries.column >= own) & (place[entries.row] >= 0))
    amount = -entries.constant[chosen] * numbers[:, entries.parameter[chosen]]
    link = entries.column[chosen] - own
    return LinkedRows(len(rows), place[entries.row[chosen]], link, amount, indicator(link, structure.links))


def indicator(column: Integers, columns: int) -> sparse.csr_array:
    """Return the matrix that sums entries by their column."""
    return sparse.csr_array((np.ones(len(column)), (np.arange(len(column)), column)), shape=(len(column), columns))


@dataclass(frozen=True)
class AccountValues:
    """The accounts of some days at given links."""

    determined: Array
    """(days, determined columns)"""
    free: Array
    """(days, free columns)"""
    value: Array
    """By part, (days, parts)."""
    slope: Array
    """What one more unit of each link adds to an account, (days, accounts, links)."""


class YearlyAccounts:
    """The accounts of some days of a node."""

    def __init__(self, structure: DayStructure, parts: AccountParts, numbers: Array) -> None:
        """Take the days' numbers, shape (days, parameters + 1); raises ValueError where an account is not convex."""
        self._structure, self.parts = structure, parts
        rows, template = structure.accounts, structure.template
        entries, own = template.entries, len(template.columns)
        self.determining = linked_rows(structure, numbers, rows.determining)
        self._limiting = linked_rows(structure, numbers, rows.limiting)
        shift = np.zeros((len(template.rows), len(numbers)))
        np.add.at(shift, template.shift.row, template.shift.instantiate(numbers).T)
        upper = template.row_upper[:, None] - shift
        self._constant, self._limits = upper[rows.determining].T, upper[rows.limiting].T
        held = np.isin(entries.row, rows.limiting) & np.isin(entries.column, rows.determined)
        place = np.full(len(template.rows), -1, dtype=np.int64)
        place[rows.limiting] = np.arange(len(rows.limiting))
        where = (place[entries.row[held]], np.searchsorted(rows.determined, entries.column[held]))
        shape = (len(rows.limiting), len(rows.determined))
        self._of_determined = sparse.coo_array((-entries.constant[held], where), shape=shape).tocsr()
        self._prices: list[tuple[Integers, Array]] = []
        for row in rows.rows.tolist():
            chosen = np.flatnonzero((entries.row == row) & (entries.column < own))
            terms, place = np.unique(rows.term_of(entries.column[chosen]), return_inverse=True)
            prices, amounts = np.zeros((len(terms), len(numbers))), entries.constant[chosen]
            np.add.at(prices, place, (amounts * numbers[:, entries.parameter[chosen]]).T)
            self._prices.append((terms, prices.T))
            is_free = terms >= len(rows.determined)
            if (prices.T[:, is_free] * rows.limit_signs[terms[is_free] - len(rows.determined)] > 0).any():
                raise ValueError("an account would be least with a term as large as can be: it is not convex")

    @cached_property
    def _ranks(self) -> list[Integers]:
        """The rows that hold each free column, in ranks: all first ones, all second ones, ..."""
        limited = self._structure.accounts.limited
        order = np.argsort(limited, kind="stable")
        counts = np.bincount(limited, minlength=len(self._structure.accounts.free))
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        return [
            np.where(counts > rank, order[np.minimum(starts + rank, len(order) - 1)], -1)
            for rank in range(int(counts.max(initial=0)))
        ]

    def at(self, links: Array) -> AccountValues:
        """Return the accounts at given links.

        A column whose limit rounding left below 0 counts with that limit: a slope without it would hold for no others.
        """
        rows = self._structure.accounts
        determined = self._constant + self.determining.at(links)
        limits = self._limits + self._limiting.at(links) + determined @ self._of_determined.T
        signs = rows.limit_signs
        free = np.where(signs > 0, np.inf, 0.0) * np.ones((len(determined), 1))
        chosen = np.full(free.shape, -1, dtype=np.int64)
        for row in self._ranks:
            better = (row >= 0) & (limits[:, row] < signs * free)
            free, chosen = np.where(better, signs * limits[:, row], free), np.where(better, row, chosen)
        values = np.zeros((len(determined), self.parts.count))
        slopes = np.zeros((len(rows.rows), len(determined), self._structure.links))
        count = len(rows.determined)
        amounts = np.concatenate([determined, free], axis=1)
        for number, (terms, prices) in enumerate(self._prices):
            np.add.at(values.T, self.parts.of_term[number][terms], (prices * amounts[:, terms]).T)
            is_free = terms >= count
            of_free, own = prices[:, is_free], terms[is_free] - count
            at_limits = np.zeros_like(limits)
            day, place = np.nonzero(chosen[:, own] >= 0)
            np.add.at(at_limits, (day, chosen[day, own[place]]), signs[own[place]] * of_free[day, place])
            of_determined = at_limits @ self._of_determined
            of_determined[:, terms[~is_free]] += prices[:, ~is_free]
            slopes[number] = self.determining.transpose_product(of_determined) + self._limiting.transpose_product(
                at_limits
            )
        return AccountValues(determined, np.maximum(free, 0.0), values, slopes.transpose(1, 0, 2))
