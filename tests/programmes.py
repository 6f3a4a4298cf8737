"""Programmes for tests of the solver: a few rows, typed as one would on paper."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse

from optimizer.program.linear_program import LinearProgram

NONE = float("inf")


def programme(
    cost: Sequence[float],
    rows: Sequence[tuple[Sequence[float], float, float]],
    upper: Sequence[float],
    whole: Sequence[bool] | bool = False,
) -> LinearProgram:
    """Return a programme over columns x1, x2, ... from 0 up; rows r1, r2, ...: coefficients, lower and upper limit."""
    matrix = np.array([coefficients for coefficients, _, _ in rows], dtype=float).reshape(len(rows), len(cost))
    return LinearProgram(
        cost=np.array(cost, dtype=float),
        offset=0.0,
        lower=np.zeros(len(cost)),
        upper=np.array(upper, dtype=float),
        integer=np.broadcast_to(np.array(whole, dtype=bool), len(cost)).copy(),
        matrix=sparse.csr_array(matrix),
        row_lower=np.array([low for _, low, _ in rows], dtype=float),
        row_upper=np.array([high for _, _, high in rows], dtype=float),
        column_names=[f"x{number}" for number in range(1, len(cost) + 1)],
        row_names=[f"r{number}" for number in range(1, len(rows) + 1)],
    )


def market_split(seed: int = 0, rows: int = 5, columns: int = 40) -> LinearProgram:
    """Return a programme that branch and bound does not finish: halve five weights at once (Cornuejols, Dawande, 1998).

    The slack either way is what is minimised.
    """
    weights = np.random.default_rng(seed).integers(0, 100, (rows, columns)).astype(float)
    half = np.floor(weights.sum(axis=1) / 2)
    slack = np.hstack([np.eye(rows), -np.eye(rows)])
    return programme(
        cost=[0.0] * columns + [1.0] * 2 * rows,
        rows=[([*own, *slack_own], limit, limit) for own, slack_own, limit in zip(weights, slack, half, strict=True)],
        upper=[1.0] * columns + [NONE] * 2 * rows,
        whole=[True] * columns + [False] * 2 * rows,
    )
