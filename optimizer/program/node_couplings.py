"""What ties the days of one node to one another, as arrays: read off the rows of the investments' programme.

A plain budget is one in which every day uses up its share and one row holds the shares of the year under a limit: only
what all days use counts, so that days dispatched together need no shares. Every other coupling is a system of rows over
the shares of all days, the levels between them, and investments.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array, Day
from models.couplings import State
from models.terms import component_of
from optimizer.program.day_structure import DayStructure
from optimizer.program.day_template import Integers
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.linear_program import Positions
from optimizer.program.nodes import Node


@dataclass(frozen=True)
class Limits:
    """Numbers that depend linearly on investments: `constant + slope @ investments`, over `columns` of them."""

    constant: Array
    slope: sparse.csr_array
    columns: Positions

    def at(self, investments: Array) -> Array:
        """Return the numbers at investments, in the order of the columns."""
        found: Array = self.constant + self.slope @ investments
        return found


@dataclass(frozen=True)
class NodeCouplings:
    """The couplings of one node. Shares are those of the structure of a day, by their place among them."""

    columns: Positions
    """Investments on which the limits depend; they are links of the node as well."""
    budgets: Integers
    """The shares that are plain budgets, ..."""
    energy: Limits
    """... and what a year allows of the use of each (of the row's left side; MWh of a reservoir)."""
    general: Integers
    """All other shares."""
    share_lower: Array
    share_upper: Array
    """Bounds of those in every day, (days, general)."""
    share_columns: Positions
    """The column of every share among the investments', (days, shares)."""
    matrix: sparse.csr_array
    """The system over the general shares, day by day, and then over the levels."""
    row_lower: Limits
    row_upper: Limits
    """Its limits; infinite where there is none."""
    level_columns: Positions
    level_lower: Array
    level_upper: Array
    rows: Positions
    """The rows of the investments' programme that are in here and not in the master."""

    def over(self, days: int) -> "NodeCouplings":
        """Return the couplings over other days, so many; raises ValueError where they are not plain budgets alone."""
        if len(self.general) or len(self.level_columns):
            raise ValueError("shares and levels of single days do not hold for other days")
        none = np.zeros((days, 0))
        return replace(self, share_lower=none, share_upper=none)


def node_couplings(form: ExtensiveForm, structure: DayStructure, node: Node) -> NodeCouplings:
    """Return the couplings of a node; raises ValueError where their rules are not what `models/couplings.py` says."""
    program, days = form.compiled.program, form.case_of(node).days
    shares = form.node_links(node)[:, structure.shares]
    if (shares < 0).any():
        raise ValueError("a share of a coupling has no variable in some day")
    levels = _level_columns(form, node)
    own = np.concatenate([shares.ravel(), levels])
    rows = np.flatnonzero(np.diff(program.matrix[:, own].tocsr().indptr))
    matrix = program.matrix[rows].tocsc()
    investments = np.setdiff1d(np.flatnonzero(np.diff(matrix.indptr)), own)
    plain = [
        place for place in range(shares.shape[1]) if _is_plain(form, structure, days, own, shares[:, place], place)
    ]
    general = np.setdiff1d(np.arange(shares.shape[1]), plain)
    budgets = np.array(plain, dtype=np.int64)
    scale, row_of = np.ones(len(plain)), np.zeros(len(plain), dtype=np.int64)
    for number, place in enumerate(plain):
        row_of[number] = np.flatnonzero(np.diff(program.matrix[:, shares[:1, place]].tocsr().indptr))[0]
        coefficient = program.matrix[row_of[number : number + 1]][:, shares[:1, place]].toarray()[0, 0]
        scale[number] = -structure.share_matrix[:, [place]].sum() * days[0].weight / coefficient
    others = np.setdiff1d(rows, row_of)
    general_columns = np.concatenate([shares[:, general].ravel(), levels])

    def limits(values: Array, chosen: Positions, factor: Array) -> Limits:
        slope = sparse.diags_array(-factor) @ program.matrix[chosen][:, investments]
        return Limits(values * factor, slope.tocsr(), investments)

    one = np.ones(len(others))
    return NodeCouplings(
        columns=investments,
        budgets=budgets,
        energy=limits(program.row_upper[row_of], row_of, scale),
        general=general,
        share_lower=program.lower[shares[:, general]],
        share_upper=program.upper[shares[:, general]],
        share_columns=shares,
        matrix=program.matrix[others][:, general_columns].tocsr(),
        row_lower=limits(program.row_lower[others], others, one),
        row_upper=limits(program.row_upper[others], others, one),
        level_columns=levels,
        level_lower=program.lower[levels],
        level_upper=program.upper[levels],
        rows=rows,
    )


def _level_columns(form: ExtensiveForm, node: Node) -> Positions:
    """Return the columns of a node's levels between days."""
    part, found = form.of(node), []
    for coupling in form.couplings:
        if isinstance(coupling, State):
            levels = component_of(part.model, coupling.level).items()
            found += [part.columns[id(each)] for index, each in levels if index[-2] == node.period]
    return np.array(found, dtype=np.int64)


def _is_plain(
    form: ExtensiveForm, structure: DayStructure, days: Sequence[Day], own: Positions, columns: Positions, place: int
) -> bool:
    """Tell whether days use up a share, and one row alone holds what all of them use under a limit."""
    program, template = form.compiled.program, structure.template
    entries = structure.share_matrix[:, [place]].tocoo()
    if len(entries.data) != 1 or entries.data[0] >= 0:
        return False
    row = entries.coords[0][0]
    use, of_day = structure.matrix[[row]], structure.rows[row]
    if template.row_upper[of_day] != 0 or of_day in template.shift.row:
        return False
    negative = (use.data < 0).any() or (template.lower[structure.columns[use.indices]] < 0).any()
    if negative or np.isfinite(template.row_lower[of_day]):
        return False
    yearly = program.matrix[:, columns].tocsr()
    rows = np.flatnonzero(np.diff(yearly.indptr))
    if len(rows) != 1 or np.isfinite(program.row_lower[rows[0]]):
        return False
    if len(np.intersect1d(program.matrix[rows].indices, own)) != len(columns):
        return False
    per_day = yearly[rows].toarray()[0] / np.array([day.weight for day in days])
    bounds = (program.lower[columns] == 0).all() and np.isinf(program.upper[columns]).all()
    return bool(bounds and per_day[0] > 0 and np.allclose(per_day, per_day[0], rtol=1e-12, atol=0.0))
