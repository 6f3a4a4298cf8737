"""Programmes of several futures as one: what is decided now is shared, all else exists once per future.

It takes any compiled models with declared first-stage columns (Birge and Louveaux, Introduction to Stochastic
Programming, 2011, chapter 2). The mean may be mixed with the mean of the worst futures, the conditional value at risk
(Rockafellar and Uryasev, Journal of Risk 2, 2000).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from models.settings import Risk
from optimizer.program.linear_program import LinearProgram, Positions

HUGE = 1e200
"""Stands for what has no bound: a sum with it forbids nothing."""
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class FutureProgram:
    """The programme of one future, with which of its columns are decided before it is known."""

    name: str
    probability: float
    program: LinearProgram
    first_stage: Mask


@dataclass(frozen=True)
class TwoStageProgram:
    """All futures as one programme, without a cost, and where their columns are in it."""

    program: LinearProgram
    places: tuple[Positions, ...]
    """By future, the place of each of its columns."""
    decided: dict[str, int]
    """First-stage decision -> its column."""
    lost: tuple[Positions, ...]
    """By future, the first-stage columns that cannot be in it: what they decide is given up there, and paid."""

    def with_losses(self, costs: Sequence[Array]) -> list[Array]:
        """Return the futures' costs over all columns with what is lost, at its cost in the first future that has it."""
        seen = np.ones((len(costs), len(self.program.lower)), dtype=bool)
        for row, lost in zip(seen, self.lost, strict=True):
            row[lost] = False
        known = seen.argmax(axis=0)
        paid = np.array(costs)
        return [np.where(row, cost, paid[known, np.arange(len(cost))]) for row, cost in zip(seen, costs, strict=True)]


def impossible(program: LinearProgram) -> Mask:
    """Return which columns of yes or no a row, with all others at their best bounds, keeps from ever being 1.

    What one of them is kept from, such as a site, others may need, such as who runs it.
    """
    entries = program.matrix.tocoo()
    row, column = entries.coords
    low, high = np.nan_to_num(program.lower, neginf=-HUGE), np.nan_to_num(program.upper, posinf=HUGE)
    binary = program.integer & (program.lower == 0) & (program.upper <= 1)
    slack = 1e-9 * np.maximum(1.0, np.abs(entries.data))
    found: Mask = binary & (program.upper < 1)
    known = -1
    while (count := int(found.sum())) > known:
        known = count
        ends = np.sort([entries.data * low[column], entries.data * np.where(found, 0.0, high)[column]], axis=0)
        least, most = (np.bincount(row, each, len(program.row_lower))[row] for each in ends)
        forbids = least - ends[0] + entries.data > program.row_upper[row] + slack
        forbids |= most - ends[1] + entries.data < program.row_lower[row] - slack
        found[column[forbids & binary[column]]] = True
    return found


def merged(futures: Sequence[FutureProgram]) -> TwoStageProgram:
    """Return the programmes of futures as one, first-stage columns of the same name being one column.

    Such a column has the bounds of all futures. Where it is a decision of yes or no that a future has not, or forbids
    by a row alone, it is given up there. Columns and rows of the first future keep their names; those of another end
    with `@` and its name.
    """
    if len(futures) == 1:
        (future,) = futures
        every, first = np.arange(len(future.program.lower)), np.flatnonzero(future.first_stage).tolist()
        names = [future.program.column_names[column] for column in first]
        return TwoStageProgram(future.program, (every,), dict(zip(names, first, strict=True)), (every[:0],))
    decided = dict[str, int]()
    places, shared_by = list[Positions](), list[set[int]]()
    lower, upper, integer = list[float](), list[float](), list[bool]()
    names, row_names = list[str](), list[str]()
    blocks, row_lower, row_upper = list[sparse.coo_array](), list[Array](), list[Array]()
    kept = set[tuple[str, bytes, bytes, float, float]]()
    for number, future in enumerate(futures):
        program, suffix = future.program, f"@{future.name}" if number else ""
        given_up = future.first_stage & impossible(program)
        place = np.empty(len(program.lower), dtype=np.int64)
        shared = future.first_stage & ~given_up
        for column, name in enumerate(program.column_names):
            low, high = float(program.lower[column]), float(program.upper[column])
            if shared[column] and name in decided:
                place[column] = known = decided[name]
                lower[known], upper[known] = max(lower[known], low), min(upper[known], high)
                continue
            place[column] = len(names)
            if shared[column]:
                decided[name] = len(names)
            names.append(name + suffix)
            lower.append(low)
            upper.append(0.0 if given_up[column] else high)
            integer.append(bool(program.integer[column]))
        places.append(place)
        shared_by.append({*place[shared].tolist()})
        own_entries = np.diff(program.matrix[:, np.flatnonzero(~shared)].tocsr().indptr)
        chosen = []
        for row, own in enumerate(own_entries.tolist()):
            if not own:
                span = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
                order = np.argsort(place[program.matrix.indices[span]])
                columns, numbers = place[program.matrix.indices[span]][order], program.matrix.data[span][order]
                limits = float(program.row_lower[row]), float(program.row_upper[row])
                key = program.row_names[row], columns.tobytes(), numbers.tobytes(), *limits
                if len(columns) and key in kept:
                    continue
                kept.add(key)
            chosen.append(row)
        part = program.matrix[chosen].tocoo()
        entries = part.data, (part.coords[0], place[part.coords[1]])
        blocks.append(sparse.coo_array(entries, shape=(len(chosen), len(names))))
        row_lower.append(program.row_lower[chosen])
        row_upper.append(program.row_upper[chosen])
        row_names += [program.row_names[row] + suffix for row in chosen]
    for block in blocks:
        block.resize((block.shape[0], len(names)))
    joined = LinearProgram(
        cost=np.zeros(len(names)),
        offset=0.0,
        matrix=sparse.vstack(blocks, format="csr"),
        row_lower=np.concatenate(row_lower),
        row_upper=np.concatenate(row_upper),
        row_names=row_names,
        lower=np.array(lower),
        upper=np.array(upper),
        integer=np.array(integer, dtype=bool),
        column_names=names,
    )
    lost = tuple(np.array(sorted({*decided.values()} - seen), dtype=np.int64) for seen in shared_by)
    return TwoStageProgram(joined, tuple(places), decided, lost)


def with_risk(program: LinearProgram, costs: Sequence[tuple[float, Array, float]], risk: Risk) -> LinearProgram:
    """Return a programme that minimises what costs (probability, coefficients, constant) are worth under a risk."""
    weight = risk.weight_of(len(costs))
    mean = sum((1 - weight) * share * cost for share, cost, _ in costs)
    offset = sum((1 - weight) * share * constant for share, _, constant in costs)
    if weight:
        program, _ = with_tail(program, costs, "")
        mean = np.concatenate([mean, tail_cost([share for share, *_ in costs], risk)])
    return replace(program, cost=np.asarray(mean, dtype=float), offset=float(offset))


def with_tail(
    program: LinearProgram, costs: Sequence[tuple[float, Array, float]], name: str
) -> tuple[LinearProgram, Positions]:
    r"""Return a programme with a tail behind its columns: $\eta$, then by future $s_k \ge \max(0, c_k x - \eta)$."""
    width, count = len(program.lower), len(costs)
    lower, upper = np.array([-np.inf, *[0.0] * count]), np.full(count + 1, np.inf)
    names = [f"value_at_risk[{name}]", *(f"beyond[{name},{number}]" for number in range(count))]
    wide = program.with_columns(lower, upper, np.zeros(count + 1, dtype=bool), names)
    rows = sparse.hstack(
        [-sparse.csr_array(np.array([cost for _, cost, _ in costs])), np.ones((count, 1)), sparse.eye_array(count)],
        format="csr",
    )
    constants = np.array([constant for *_, constant in costs])
    labels = [f"beyond_value_at_risk[{name},{number}]" for number in range(count)]
    return wide.with_rows(rows, constants, np.full(count, np.inf), labels), width + np.arange(count + 1)


def tail_cost(probabilities: Sequence[float], risk: Risk) -> Array:
    r"""Return the cost of a tail's columns: $w$ of $\eta$, $w \pi_k / (1 - \alpha)$ of each $s_k$."""
    weight = risk.weight_of(len(probabilities))
    return weight * np.array([1.0, *(share / (1 - risk.cvar_share) for share in probabilities)])
