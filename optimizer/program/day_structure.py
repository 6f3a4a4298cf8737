"""The shape of a day: which of its rows and columns are dispatched, which only keep the servers' account, and how.

All days of all periods share one matrix over the columns of their dispatch; limits and the coefficients of investments
differ. A row with one such column is a limit of that column, which leaves the solver a seventh of the rows; but for
rows that others speak of (draw, allotments, load not served), which stay rows however few their columns are.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.day_template import Affine, Integers, Template
from optimizer.program.linking_variables import ExtraLink

ACCOUNT = frozenset({"servers_mw", "matched_mw"})
"""Variables of a day that its account holds (`account.py`); the draw of the servers is in its balances too."""
DRAW = "servers_mw"
ALLOTMENT = "allotted_mw"
SHED_RULE = "hardly_any_load_is_shed"


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
    reservoirs: Integers
    """Position among `rows` of each row that an allotment limits, in the order of the layout's reservoirs."""
    drawn: sparse.csr_array
    """What a MW drawn by the servers adds to each row, shape (rows, draws)."""
    linked: Affine
    """What investments add to rows (row of the day, column over the links), but for allotments and account."""
    extra_links: tuple[ExtraLink, ...]
    """Further links, behind the template's."""
    shed: int
    """Position among `rows` of the limit on load not served."""
    weight: int
    """Placeholder that holds the days of a year that the day stands for, in millions."""

    @property
    def links(self) -> int:
        """Number of links."""
        return len(self.template.links) + len(self.extra_links)


def day_structure(template: Template, extra_links: tuple[ExtraLink, ...] = ()) -> DayStructure:
    """Return the shape of a template's days; raises ValueError where days do not share one matrix."""
    own, entries = len(template.columns), template.entries
    variables = np.array([name.split("[", 1)[0] for name in template.columns])
    rules = np.array([name.split("[", 1)[0] for name in template.rows])
    in_account = np.isin(variables, list(ACCOUNT))
    columns = np.flatnonzero(~in_account)
    to_link = entries.column >= own
    dispatched = ~to_link
    dispatched[dispatched] = ~in_account[entries.column[dispatched]]
    if (entries.parameter[dispatched] >= 0).any():
        raise ValueError("a coefficient of the dispatch differs from day to day")
    whole = sparse.coo_array(
        (entries.constant[dispatched], (entries.row[dispatched], entries.column[dispatched])),
        shape=(len(rules), own),
    ).tocsr()
    whole.sum_duplicates()
    whole.eliminate_zeros()
    counts = np.diff(whole.indptr)
    at_draw = ~to_link
    at_draw[at_draw] = variables[entries.column[at_draw]] == DRAW
    draws = np.flatnonzero(variables == DRAW)
    drawn = sparse.coo_array(
        (entries.constant[at_draw], (entries.row[at_draw], np.searchsorted(draws, entries.column[at_draw]))),
        shape=(len(rules), len(draws)),
    ).tocsr()
    in_balance = np.zeros(len(rules), dtype=bool)
    in_balance[entries.row[at_draw]] = True
    names = np.array([template.links[column - own][0] for column in entries.column[to_link]], dtype=object)
    allotting = np.flatnonzero(to_link)[names == ALLOTMENT]
    places = {pair: place for place, pair in enumerate(template.layout.reservoirs)}
    allotting = allotting[np.argsort([places[template.links[entries.column[each] - own][1]] for each in allotting])]
    spoken_of = in_balance | (rules == SHED_RULE)
    spoken_of[entries.row[allotting]] = True
    bounding = np.flatnonzero((counts == 1) & ~spoken_of)
    rows = np.flatnonzero((counts > 0) & ~np.isin(np.arange(len(rules)), bounding))
    tied = np.flatnonzero(to_link)[names != ALLOTMENT]
    tied = tied[counts[entries.row[tied]] > 0]
    return DayStructure(
        template=template,
        columns=columns,
        rows=rows,
        matrix=whole[rows][:, columns].tocsr(),
        cost=_cost(template)[columns],
        bounding=bounding,
        bounded=np.searchsorted(columns, whole.indices[whole.indptr[bounding]]),
        factor=whole.data[whole.indptr[bounding]],
        reservoirs=np.searchsorted(rows, entries.row[allotting]),
        drawn=drawn[rows].tocsr(),
        linked=Affine(entries.row[tied], entries.column[tied] - own, entries.constant[tied], entries.parameter[tied]),
        extra_links=extra_links,
        shed=int(np.flatnonzero(rules[rows] == SHED_RULE)[0]),
        weight=template.position("days_per_year_e6"),
    )


def _cost(template: Template) -> Array:
    """Return the running cost of a day's columns, EUR a day."""
    cost = np.zeros(len(template.columns))
    np.add.at(cost, template.cost.column, template.cost.constant)
    return cost
