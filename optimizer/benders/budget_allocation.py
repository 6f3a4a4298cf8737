"""The year's water shared between the chunks of a period's days: which may use how much of each reservoir.

What a chunk costs, as a function of its water and of the investments, is convex; every time it is dispatched it gives a
plane that bounds it from below, for all investments (Benders, Numerische Mathematik 4, 1962). A linear programme over
these planes proposes how to share the water, within a box around the best sharing known (Linderoth and Wright,
Computational Optimization and Applications 24, 2003); without the box it proves a bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.subproblem import SubproblemResult
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import pass_model, run_to_optimum

FIRST_BOX = 0.03
"""Half width of the box at first, as a share of what a reservoir's plant can use in a chunk's days."""
FEW = 60
"""So few shares are shared exactly, by the planes alone; more need a box, and prices of the water for a bound."""
EXACT, CLOSE = 1e-9, 3e-5
"""Share of its running cost to which the water of a period is shared: of few shares, of many unless told otherwise."""
LEAST_PLANES, MOST_PLANES = 30, 12_000
"""Planes kept of a chunk at least, and of all chunks of a period at most; those longest without use go first."""
SMALLEST_MWH = 1.0
"""Less water of a chunk's year than this counts as none where dispatches are mixed."""
SHARING_SECONDS = 600.0
"""Most time of one sharing: only a fault takes as long."""
EUR, LACK, MWH = 1e-6, 1e-3, 1e-6
"""The programme counts MEUR (or, of a lack, GWh) and TWh of water."""


@dataclass(frozen=True)
class Bound:
    """`value + slope @ (links - at)` bounds what a period costs (MEUR a year) or lacks (MWh a year) from below."""

    value: float
    slope: Array


@dataclass
class BudgetAllocation:
    """The planes of the chunks of one period, for one aim, and the best sharing of the water found with them."""

    energy_mwh: Array
    """Energy of each reservoir in a year, (reservoirs,)."""
    allotted_mwh: Array
    """The best sharing known, MWh of a year, (chunks, reservoirs)."""
    price_eur: Array | None = None
    """What its water is worth, EUR/MWh, (reservoirs,)."""
    close: float = CLOSE
    box: float = FIRST_BOX
    planes: "list[_Planes]" = field(default_factory=list)
    rounds: int = 0

    @property
    def shared(self) -> bool:
        """Tell whether there is anything to share."""
        return len(self.allotted_mwh) > 1 and len(self.energy_mwh) > 0

    @property
    def many(self) -> bool:
        """Tell whether there is too much to share for the planes alone."""
        return self.shared and self.allotted_mwh.size > FEW

    @property
    def tolerance(self) -> float:
        """Return the share of the cost up to which the sharing may miss the best."""
        return self.close if self.many else EXACT

    def learn(self, links: Array, allotted_mwh: Array | float, reply: SubproblemResult) -> None:
        """Keep what chunks dispatched at links and water say."""
        self.rounds += 1
        constant = reply.bound - (reply.slope @ links) + (reply.worth * allotted_mwh).sum(axis=1)
        self.planes.append(_Planes(constant, reply.slope, reply.worth, self.rounds))
        if len(self.planes) > max(LEAST_PLANES, MOST_PLANES // len(self.allotted_mwh)):
            oldest = min(range(len(self.planes)), key=lambda place: self.planes[place].used)
            del self.planes[oldest]

    def propose(self, links: Array, most_mwh: Array, *, boxed: bool, unit: float) -> "Proposal":
        """Return the sharing that is best by all planes at given links, within the box or anywhere."""
        chunks, reservoirs = most_mwh.shape
        highest = np.tile(self.energy_mwh, (chunks, 1))
        lower, upper = np.zeros_like(highest), highest
        if boxed:
            reach = self.box * np.maximum(most_mwh, 1.0)
            lower = np.clip(self.allotted_mwh - reach, 0.0, highest)
            upper = np.clip(self.allotted_mwh + reach, 0.0, highest)
        height = np.array([each.constant + each.slope @ links for each in self.planes])
        worth = np.array([each.worth for each in self.planes])
        count, width, scale = len(self.planes), chunks * reservoirs, EUR if unit == EUR else LACK
        # rows: energy of each reservoir; then cost of chunk + worth @ water >= height, by plane and chunk
        plane, chunk, reservoir = np.nonzero(worth > 1e-9)
        row = reservoirs + plane * chunks + chunk
        matrix = sparse.coo_array(
            (
                np.concatenate(
                    [
                        np.ones(width),
                        worth[plane, chunk, reservoir] * scale / MWH,
                        np.ones(count * chunks),
                    ]
                ),
                (
                    np.concatenate(
                        [np.tile(np.arange(reservoirs), chunks), row, reservoirs + np.arange(count * chunks)]
                    ),
                    np.concatenate(
                        [np.arange(width), chunk * reservoirs + reservoir, width + np.tile(np.arange(chunks), count)]
                    ),
                ),
            ),
            shape=(reservoirs + count * chunks, width + chunks),
        ).tocsr()
        programme = LinearProgram(
            cost=np.concatenate([np.zeros(width), np.ones(chunks)]),
            offset=0.0,
            lower=np.concatenate([lower.ravel() * MWH, np.full(chunks, -np.inf)]),
            upper=np.concatenate([upper.ravel() * MWH, np.full(chunks, np.inf)]),
            integer=np.zeros(width + chunks, dtype=bool),
            matrix=matrix,
            row_lower=np.concatenate([np.full(reservoirs, -np.inf), height.ravel() * scale]),
            row_upper=np.concatenate([self.energy_mwh * MWH, np.full(count * chunks, np.inf)]),
            column_names=(),
            row_names=(),
        )
        value, point, duals = _solved(programme)
        weights = np.maximum(duals[reservoirs:], 0.0).reshape(count, chunks)
        for each, used in zip(self.planes, np.any(weights > 0, axis=1).tolist(), strict=True):
            each.used = self.rounds if used else each.used
        if not boxed:  # proved in our own arithmetic: any mix of planes bounds the cost, wherever the water goes
            weights /= weights.sum(axis=0)
            most_worth = np.einsum("kc,kcr->cr", weights, worth).max(axis=0)
            value = scale * float((weights * height).sum() - most_worth @ self.energy_mwh)
        slope = unit * np.sum([w @ each.slope for w, each in zip(weights, self.planes, strict=True)], axis=0)
        water = np.clip(point[:width].reshape(chunks, reservoirs) / MWH, 0.0, None)
        price = -duals[:reservoirs] * MWH / scale
        return Proposal(Bound(value * unit / scale, slope), self.filled(water, most_mwh), price)

    def filled(self, water: Array, most_mwh: Array) -> Array:
        """Return a sharing with what is left of the year's energy spread where plant has room for it."""
        water = water * np.minimum(1.0, self.energy_mwh / np.maximum(water.sum(axis=0), 1e-9))
        room = np.clip(most_mwh - water, 0.0, None)
        left = np.clip(self.energy_mwh - water.sum(axis=0), 0.0, None)
        filled: Array = np.clip(water, 0.0, None) + room * np.minimum(1.0, left / np.maximum(room.sum(axis=0), 1e-9))
        return filled

    def mixed(self, served: Sequence[tuple[Array, Array]], most_mwh: Array) -> tuple[float, Array]:
        """Return the best mix of dispatches known at the same links, and its sharing of the water.

        `served` holds the cost of the chunks (in the unit of the aim), (chunks,), and the water they used, (chunks,
        reservoirs). A mix is a dispatch too, for what a chunk may do is convex (Dantzig and Wolfe, Operations Research
        8, 1960).
        """
        chunks, reservoirs = most_mwh.shape
        count = len(served)
        cost = np.array([each for each, _ in served])
        used = np.array([np.where(water < SMALLEST_MWH, 0.0, water) for _, water in served])
        one, chunk, reservoir = np.nonzero(used)
        amounts = used[one, chunk, reservoir] * MWH
        share = np.arange(count * chunks)
        matrix = sparse.coo_array(
            (
                np.concatenate([amounts, np.ones(count * chunks)]),
                (
                    np.concatenate([reservoir, reservoirs + share % chunks]),
                    np.concatenate([one * chunks + chunk, share]),
                ),
            ),
            shape=(reservoirs + chunks, count * chunks),
        ).tocsr()
        programme = LinearProgram(
            cost=cost.ravel(),
            offset=0.0,
            lower=np.zeros(count * chunks),
            upper=np.full(count * chunks, np.inf),
            integer=np.zeros(count * chunks, dtype=bool),
            matrix=matrix,
            row_lower=np.concatenate([np.full(reservoirs, -np.inf), np.ones(chunks)]),
            row_upper=np.concatenate([self.energy_mwh * MWH, np.ones(chunks)]),
            column_names=(),
            row_names=(),
        )
        _, point, _ = _solved(programme)
        shares = np.clip(point, 0.0, None).reshape(count, chunks)
        shares /= shares.sum(axis=0)
        water = np.einsum("kd,kdr->dr", shares, np.array([water for _, water in served]))
        return float((shares * cost).sum()), self.filled(water, most_mwh)


@dataclass
class _Planes:
    """One plane of each chunk: `cost >= constant + slope @ links - worth @ water`."""

    constant: Array
    slope: Array
    worth: Array
    used: int
    """Round in which one of them last held a proposal up."""


@dataclass(frozen=True)
class Proposal:
    """A sharing of the water, and what it costs by the planes."""

    bound: Bound
    """Proved only if it was free of the box."""
    water_mwh: Array
    price: Array
    """Worth of each reservoir's water per MWh."""


def _solved(programme: LinearProgram) -> tuple[float, Array, Array]:
    """Return optimum, point and row duals; raises OutOfTime or SolverFailed."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    pass_model(solver, programme)
    run_to_optimum(solver, SHARING_SECONDS, "the sharing of the reservoirs")
    solution = solver.getSolution()
    return float(solver.getInfo().objective_function_value), np.array(solution.col_value), np.array(solution.row_dual)
