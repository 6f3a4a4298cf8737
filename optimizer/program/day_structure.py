"""The structure of a day: which of its rows and columns are dispatched, which follow from investments, and how.

All days of all nodes share one matrix over the columns of their dispatch; limits and the coefficients of investments
differ. A row with one such column is a limit of that column, which leaves the solver a seventh of the rows; but for
rows that others speak of (what investments draw, shares of couplings, load not served), which stay rows however few
their columns are. What is what follows from the rows themselves and from what aspects declare (`models/couplings.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from models.couplings import Budget, Coupling, State, YearlyAccount
from models.dispatch import LINKS, UNSERVED_LIMIT
from optimizer.program.day_template import Affine, Integers, Template
from optimizer.program.linking_variables import ExtraLink

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class AccountStructure:
    """The rows of a day by which yearly accounts follow from investments; columns and rows counted within the day."""

    determined: Integers
    """Columns that investments determine, ..."""
    determining: Integers
    """... and the row of each that does."""
    free: Integers
    """Columns that bear on accounts alone, ..."""
    limiting: Integers
    """... the rows that hold them: from above those with 1 on the left, from below those with -1, ..."""
    limited: Integers
    """... the place among `free` of each row's column, ..."""
    limit_signs: Integers
    """... and 1 or -1 for each of the free columns."""
    rows: Integers
    """The row of each account."""
    links: Integers
    """The link that stands for the total of each account."""

    @property
    def terms(self) -> Integers:
        """Return the columns that accounts add up: the determined, then the free."""
        return np.concatenate([self.determined, self.free])

    def term_of(self, columns: Integers) -> Integers:
        """Return the place of columns among the terms."""
        terms = self.terms
        order = np.argsort(terms)
        return order[np.searchsorted(terms[order], columns)]


@dataclass(frozen=True)
class DayStructure:
    """The dispatch of a day in the arrays that all days share."""

    template: Template
    columns: Integers
    """The day's columns that are dispatched, counted within the day."""
    rows: Integers
    """The day's rows that stay rows."""
    matrix: sparse.csr_array
    """Those rows over those columns."""
    cost: Array
    """EUR per unit of each column, one day."""
    bounding: Integers
    """The day's rows that bound one column, ..."""
    bounded: Integers
    """... that column, counted among the dispatched, ..."""
    factor: Array
    """... and its coefficient."""
    shares: Integers
    """The links that are a day's share in a coupling, ..."""
    share_matrix: sparse.csr_array
    """... and what one unit of each adds to each row, shape (rows, shares)."""
    determined: sparse.csr_array
    """What one unit of each column that investments determine adds to each row, shape (rows, determined)."""
    linked: Affine
    """What investments add to rows (row of the day, column over the links), but for shares and accounts."""
    extra_links: tuple[ExtraLink, ...]
    """Further links, behind the template's."""
    unserved: int
    """Position among `rows` of the limit on load not served."""
    weight: int
    """Parameter that holds the days of a year that the day stands for, in millions."""
    accounts: AccountStructure

    @property
    def links(self) -> int:
        """Number of links."""
        return len(self.template.links) + len(self.extra_links)


def day_structure(
    template: Template, couplings: Sequence[Coupling], extra_links: tuple[ExtraLink, ...] = ()
) -> DayStructure:
    """Return the structure of a template's days; raises ValueError where days do not share one matrix."""
    own, entries = len(template.columns), template.entries
    rules = np.array([name.split("[", 1)[0] for name in template.rows])
    variables = [LINKS.get(name, name) for name, _ in template.links]
    shared = {each.share for each in couplings if isinstance(each, Budget)}
    shared |= {each.change for each in couplings if isinstance(each, State)}
    totals = [each.total for each in couplings if isinstance(each, YearlyAccount)]
    shares = np.array([place for place, name in enumerate(variables) if name in shared], dtype=np.int64)
    accounts = _account_structure(
        template, np.array([place for place, n in enumerate(variables) if n in totals]), shares
    )
    columns = np.setdiff1d(np.arange(own), accounts.terms)
    to_link = entries.column >= own
    dispatched = ~to_link & np.isin(entries.column, columns)
    if (entries.parameter[dispatched] >= 0).any():
        raise ValueError("a coefficient of the dispatch differs from day to day")
    full = _matrix(template, dispatched, entries.column[dispatched], own)
    full.sum_duplicates()
    full.eliminate_zeros()
    counts = np.diff(full.indptr)
    at_determined = ~to_link & np.isin(entries.column, accounts.determined)
    place = np.searchsorted(accounts.determined, entries.column[at_determined])
    determined = _matrix(template, at_determined, place, len(accounts.determined))
    at_share = to_link & np.isin(entries.column - own, shares)
    if (entries.parameter[at_share] >= 0).any():
        raise ValueError("what a share of a coupling allows differs from day to day")
    share_matrix = _matrix(template, at_share, np.searchsorted(shares, entries.column[at_share] - own), len(shares))
    spoken_of = rules == UNSERVED_LIMIT
    spoken_of[entries.row[at_determined | at_share]] = True
    bounding = np.flatnonzero((counts == 1) & ~spoken_of)
    rows = np.flatnonzero((counts > 0) & ~np.isin(np.arange(len(rules)), bounding))
    tied = np.flatnonzero(to_link & ~at_share)
    tied = tied[counts[entries.row[tied]] > 0]
    return DayStructure(
        template=template,
        columns=columns,
        rows=rows,
        matrix=full[rows][:, columns].tocsr(),
        cost=_cost(template)[columns],
        bounding=bounding,
        bounded=np.searchsorted(columns, full.indices[full.indptr[bounding]]),
        factor=full.data[full.indptr[bounding]],
        shares=shares,
        share_matrix=share_matrix[rows].tocsr(),
        determined=determined[rows].tocsr(),
        linked=Affine(entries.row[tied], entries.column[tied] - own, entries.constant[tied], entries.parameter[tied]),
        extra_links=extra_links,
        unserved=int(np.flatnonzero(rules[rows] == UNSERVED_LIMIT)[0]),
        weight=template.position("days_per_year_e6"),
        accounts=accounts,
    )


def _matrix(template: Template, chosen: Flags, column: Integers, width: int) -> sparse.csr_array:
    """Return the matrix of some entries of the template over other columns, shape (rows of the day, width)."""
    entries = template.entries
    where = (entries.row[chosen], column)
    return sparse.coo_array((entries.constant[chosen], where), shape=(len(template.rows), width)).tocsr()


def _account_structure(template: Template, links: Integers, shares: Integers) -> AccountStructure:
    """Return the rows by which accounts follow from investments; raises ValueError where one would need a dispatch.

    A row of `shares` determines nothing: they are not known from investments alone.
    """
    own, entries, count = len(template.columns), template.entries, len(template.rows)
    to_link = entries.column >= own
    is_total = to_link & np.isin(entries.column - own, links)
    totals = entries.row[is_total][np.argsort(entries.column[is_total], kind="stable")]
    equal = (template.row_lower == template.row_upper) & np.isfinite(template.row_lower)
    alone = (np.bincount(entries.row[~to_link], minlength=count) == 1) & equal
    alone &= np.bincount(entries.row[to_link], minlength=count) > 0
    alone[entries.row[to_link & np.isin(entries.column - own, shares)]] = False
    chosen = ~to_link & alone[entries.row]
    order = np.argsort(entries.column[chosen], kind="stable")
    determined, determining = entries.column[chosen][order], entries.row[chosen][order]
    in_total = ~to_link & np.isin(entries.row, totals)
    free = np.setdiff1d(entries.column[in_total], determined)
    held = ~to_link & np.isin(entries.column, free) & ~np.isin(entries.row, totals)
    other = ~to_link & np.isin(entries.row, entries.row[held]) & ~np.isin(entries.column, determined)
    if not np.array_equal(np.flatnonzero(held), np.flatnonzero(other)) or (abs(entries.constant[held]) != 1.0).any():
        raise ValueError("an account has terms that only a dispatch would decide")
    with_terms = is_total & np.isin(entries.row, entries.row[in_total])
    if (
        (entries.constant[chosen] != 1.0).any()
        or (entries.constant[with_terms] != -1.0).any()
        or template.cost_of(free)
    ):
        raise ValueError("the terms of an account are not plain")
    order = np.argsort(entries.row[held], kind="stable")
    limited = np.searchsorted(free, entries.column[held][order])
    signs = np.bincount(limited, entries.constant[held][order], len(free))
    limiting = entries.row[held]
    if np.isfinite(template.row_lower[limiting]).any() or np.isinf(template.row_upper[limiting]).any():
        raise ValueError("a term of an account is held by a row that is no upper limit")
    if (abs(signs) != np.bincount(limited, minlength=len(free))).any() or not signs.all():
        raise ValueError("a term of an account is held from both sides, or from none")
    return AccountStructure(
        determined=determined,
        determining=determining,
        free=free,
        limiting=entries.row[held][order],
        limited=limited,
        limit_signs=np.sign(signs).astype(np.int64),
        rows=totals,
        links=np.asarray(links, dtype=np.int64),
    )


def _cost(template: Template) -> Array:
    """Return the running cost of a day's columns, EUR a day."""
    cost = np.zeros(len(template.columns))
    np.add.at(cost, template.cost.column, template.cost.constant)
    return cost
