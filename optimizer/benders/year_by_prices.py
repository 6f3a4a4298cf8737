"""Many days of a node that share what couples them: dispatched at prices, mixed, and priced anew until near the best.

Every day is dispatched by itself at prices of the budgets, and of what its shares do to the system. Dispatches at
several prices are mixed so that the year keeps what couples its days, at the least cost: a mix is a dispatch too, for
what a day may do is convex (Dantzig and Wolfe, Operations Research 8, 1960). The mix gives prices, within a box around
the best known (Marsten, Hogan and Blankenship, Operations Research 23, 1975). Whatever they are, days prove a bound.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.allocation import solved_programme
from optimizer.benders.subproblem import DailyResults
from optimizer.program.linear_program import LinearProgram
from optimizer.program.node_couplings import NodeCouplings

MEUR, UNIT = 1e-6, 1e-3
"""The mix counts MEUR, and thousands of the units of rows (GWh)."""
BOX_SHARE, BOX_EUR = 0.3, 10.0
"""Prices asked for next lie within this share, and so many EUR per unit, of the best known."""
NARROWER = 0.5
"""The box shrinks by this factor where prices prove no better bound."""
DEAR_EUR = 1e5
"""What a unit costs by which a mix misses a row: more than any load is worth."""
MISSED = 1e-6
"""Rows that are missed by less, in thousands of their units, are kept."""


@dataclass(frozen=True)
class _Mix:
    """A mix of dispatches."""

    meur: float
    missed: float
    shares: Array
    """Of each dispatch in each day, (dispatches, days)."""
    duals: Array
    """EUR per unit of the rows."""


@dataclass
class PricedYear:
    """The days of a node at some investments: their dispatches so far, the prices asked for next, the best mix."""

    couplings: NodeCouplings
    weights: Array
    """How often each day comes in a year, (days,)."""
    investments: Array
    """What the limits of the couplings depend on."""
    duals: Array
    """What one more unit of a row's limit adds to the cost, EUR: rows of the budgets, then of the system."""
    bound: float = -np.inf
    """What a year costs at least, MEUR, ..."""
    meur: float = np.inf
    """... what the best mix costs that keeps all rows, ..."""
    budget: Array = field(default_factory=lambda: np.zeros((0, 0)))
    """... what it uses of the budgets, (days, budgets), ..."""
    shares: Array = field(default_factory=lambda: np.zeros((0, 0)))
    """... and its shares, (days, general)."""

    def __post_init__(self) -> None:
        """Begin without any dispatch."""
        self._best, self._width = self.duals, 1.0
        self._found: list[tuple[Array, Array, Array]] = []

    @property
    def price_eur(self) -> Array:
        """Return what a unit of each budget costs, (budgets,)."""
        return np.maximum(-self.duals[: len(self.couplings.budgets)], 0.0)

    @property
    def share_price_eur(self) -> Array:
        """Return what a unit of each share costs on a day, EUR of the day, (days, general)."""
        days, general = len(self.weights), len(self.couplings.general)
        yearly = -(self.couplings.matrix[:, : days * general].T @ self.duals[len(self.couplings.budgets) :])
        return np.asarray(yearly.reshape(days, general) / self.weights[:, None])

    def add(self, daily: DailyResults) -> None:
        """Take the days as dispatched at the prices; ask for others."""
        paid = daily.used @ self.price_eur + (daily.shares * self.share_price_eur).sum(axis=1)
        self._found.append((self.weights * (daily.cost - paid) * MEUR, daily.used, daily.shares))
        bound = (float(self.weights @ daily.cost) + self._of_limits()) * MEUR
        if bound > self.bound:
            self.bound, self._best = bound, self.duals
        else:
            self._width *= NARROWER
        dear = np.full(len(self.duals), DEAR_EUR)
        free = self._mixed(-dear, dear)
        if free.missed <= MISSED:
            self.meur = free.meur
            self.budget, self.shares = (
                np.einsum("kd,kdb->db", free.shares, np.array([each[place] for each in self._found]))
                for place in (1, 2)
            )
        box = self._width * (BOX_SHARE * np.abs(self._best) + BOX_EUR)
        lost = free.missed > MISSED and len(self._found) % 2 == 0  # nothing near the best prices keeps all rows
        self.duals = free.duals if lost else self._mixed(self._best - box, self._best + box).duals

    def _limits(self) -> tuple[Array, Array]:
        """Return the limits of all rows: of the budgets, then of the system."""
        known, none = self.couplings, np.full(len(self.couplings.budgets), -np.inf)
        lower, upper, energy = (each.at(self.investments) for each in (known.row_lower, known.row_upper, known.energy))
        return np.concatenate([none, lower]), np.concatenate([energy, upper])

    def _of_limits(self) -> float:
        """Return what the limits of the rows, and of the levels, add to the bound at the prices, EUR."""
        known, (lower, upper) = self.couplings, self._limits()
        duals = self.duals[len(known.budgets) :]
        of_levels = -(known.matrix[:, known.matrix.shape[1] - len(known.level_columns) :].T @ duals)
        of_levels[np.abs(of_levels) <= 1e-9 * np.abs(duals).max(initial=1.0)] = 0.0
        ends = np.where(of_levels > 0, known.level_lower, np.where(of_levels < 0, known.level_upper, 0.0))
        rows = np.where(self.duals > 0, lower, np.where(self.duals < 0, upper, 0.0))
        return float((self.duals * rows).sum() + (of_levels * ends).sum())

    def _mixed(self, least: Array, most: Array) -> _Mix:
        """Return the cheapest mix where missing a row costs as much as keeps its dual within limits, EUR per unit."""
        known, (lower, upper) = self.couplings, self._limits()
        count, days, general = len(self._found), len(self.weights), len(known.general)
        rows, budgets, levels = len(self.duals), len(known.budgets), len(known.level_columns)
        of_shares, of_levels = known.matrix[:, : days * general], known.matrix[:, days * general :]
        by_day = sparse.kron(sparse.eye_array(days), np.ones((general, 1)), format="csr")
        dispatches = [
            sparse.vstack(
                [
                    sparse.csr_array((self.weights[:, None] * used).T),
                    of_shares @ sparse.diags_array(shares.ravel()) @ by_day,
                ]
            )
            for _, used, shares in self._found
        ]
        both, eye = sparse.eye_array(rows), sparse.eye_array(days)
        level_columns = sparse.vstack([sparse.csr_array((budgets, levels)), of_levels])
        matrix = sparse.block_array(
            [
                [sparse.hstack([eye] * count), None, None],
                [sparse.hstack(dispatches) * UNIT, level_columns, sparse.hstack([both, -both])],
            ],
            format="csr",
        )
        width, none = matrix.shape[1], np.zeros(count * days)
        programme = LinearProgram(
            cost=np.concatenate(
                [
                    *(cost for cost, _, _ in self._found),
                    np.zeros(levels),
                    np.array([most, -least]).ravel() * MEUR / UNIT,
                ]
            ),
            offset=0.0,
            lower=np.concatenate([none, known.level_lower * UNIT, np.zeros(2 * rows)]),
            upper=np.concatenate([none + np.inf, known.level_upper * UNIT, np.full(2 * rows, np.inf)]),
            integer=np.zeros(width, dtype=bool),
            matrix=matrix,
            row_lower=np.concatenate([np.ones(days), lower * UNIT]),
            row_upper=np.concatenate([np.ones(days), upper * UNIT]),
            column_names=(),
            row_names=(),
        )
        optimum, point, duals = solved_programme(programme)
        shares = np.clip(point[: count * days].reshape(count, days), 0.0, None)
        missed = float(point[width - 2 * rows :].max(initial=0.0))
        return _Mix(optimum, missed, shares / shares.sum(axis=0), duals[days:] * UNIT / MEUR)
