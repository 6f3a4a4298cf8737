"""Small programmes whose optimum is proved on paper, and on which released versions of HiGHS were wrong.

Each names the issue at github.com/ERGO-Code/HiGHS/issues in which it was reported. The order of columns and rows
matters: presolve takes them in turn, and other orders of the same programme hid the fault. `gigasite doctor` and
`tests/solver/test_regression_set.py` solve them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import SolverFailed, run_highs
from optimizer.solver.solve_result import SolveResult, relative_gap

INF = float("inf")
SECONDS = 5.0
EXACT = 1e-6
"""Largest relative error of an optimum."""

Solve = Callable[[LinearProgram, str], SolveResult]
"""Solves a programme with `presolve` on or off."""


@dataclass(frozen=True)
class KnownProgramme:
    """A programme and its proved optimum."""

    issue: int
    proof: str
    optimum: float
    columns: Mapping[str, tuple[float, float, float, bool]]
    """Name -> cost, lower bound, upper bound, whole-numbered."""
    rows: Sequence[tuple[Mapping[str, float], float, float]]
    """Coefficients by column, lower limit, upper limit."""

    def program(self) -> LinearProgram:
        """Return it as any other programme."""
        names = list(self.columns)
        cost, lower, upper, whole = (np.array(values) for values in zip(*self.columns.values(), strict=True))
        matrix = np.array([[row.get(name, 0.0) for name in names] for row, _, _ in self.rows])
        return LinearProgram(
            cost=cost,
            offset=0.0,
            lower=lower,
            upper=upper,
            integer=whole,
            matrix=sparse.csr_array(matrix),
            row_lower=np.array([low for _, low, _ in self.rows]),
            row_upper=np.array([high for _, _, high in self.rows]),
            column_names=names,
            row_names=[f"row[{number}]" for number in range(1, len(self.rows) + 1)],
        )


KNOWN_PROGRAMMES = (
    KnownProgramme(
        3094,
        "At most one of x, y is 1. With y = 1 p = 0, so a = 1000 and the cost is at least 10,000; with x = 1 q = 0, "
        "so b = 1000 and a may be 0: 8000; with neither 18,000.",
        8000,
        {
            "x": (0, 0, 1, True),
            "y": (0, 0, 1, True),
            "p": (0, 0, 1000, False),
            "q": (0, 0, 1000, False),
            "a": (10, 0, 1000, False),
            "b": (8, 0, 1000, False),
        },
        [
            ({"p": 1, "x": -1000}, -INF, 0),
            ({"q": 1, "y": -1000}, -INF, 0),
            ({"p": 1, "a": 1}, 1000, 1000),
            ({"q": 1, "b": 1}, 1000, 1000),
            ({"x": 1, "y": 1}, -INF, 1),
        ],
    ),
    KnownProgramme(
        3043,
        "2x + 3z = 2 (x + z) + z >= 2 * 4.5 + 0, reached at x = 4.5, z = 0.",
        9,
        {"x": (2, 0, 10, False), "z": (3, 0, 10, True)},
        [({"x": 1, "z": 1}, 4.5, INF)],
    ),
    KnownProgramme(
        2957,
        "x + 2y = (x + y) + y >= 20.1 + y; y = 8 leaves x >= 12.1, so x >= 13 and 29; x = 12 needs y = 8.1: 28.2; "
        "a smaller x needs y >= 9.1, so at least 29.2.",
        28.2,
        {"x": (1, 0, 20, True), "y": (2, 8, 20, False)},
        [({"x": 1, "y": 1}, 20.1, INF)],
    ),
    KnownProgramme(
        3073,
        "x is 1, 2 or 3, g = 3 - x, t >= x: 200.01, 100.02, 0.03.",
        0.03,
        {"g": (100, 0, INF, False), "t": (0.01, -INF, INF, False), "x": (0, 0, INF, True)},
        [
            ({"g": 1, "x": 1}, 3, 3),
            ({"t": -1, "x": 1}, -INF, 0),
            ({"t": -1, "x": -1}, -INF, 0),
            ({"x": 1}, -INF, 3),
            ({"x": -1}, -INF, -0.45),
        ],
    ),
    KnownProgramme(
        3002,
        "z = y + 7.5 within 6.5 .. 8.5 is 7 or 8. 7: y = -0.5, x >= 3, cost 3 - 2 + 63 = 64; 8: y = 0.5, x >= 2, "
        "cost 2 + 2 + 72 = 76.",
        64,
        {"x": (1, 0, 4, False), "y": (4, -1, 1, False), "z": (9, 0, INF, True)},
        [({"x": 1, "y": 1}, -INF, 5), ({"x": 1, "z": 1}, 10, INF), ({"y": -1, "z": 1}, 7.5, 7.5)],
    ),
    KnownProgramme(
        3273,  # 1.15.1 says -11 without presolve, unless every column has a limit
        "x1 <= x3 <= 1 and x2 <= 12 - x0, which is 11 where x2 may be above 0: -12 at x0 = 1.",
        -12,
        {
            "x0": (0, 0, 1, True),
            "x1": (-1, 0, INF, False),
            "x2": (-1, 0, INF, False),
            "x3": (0, -INF, 1, False),
        },
        [
            ({"x1": -1, "x3": 1}, 0, INF),
            ({"x0": 1000, "x2": -1}, 0, INF),
            ({"x0": 1, "x2": 1}, -INF, 12),
        ],
    ),
    KnownProgramme(
        2585,  # a feasible programme that versions 1.10 to 1.12 call infeasible
        "d <= 4: row 5 bounds a, so the cost is at least 7.4c + 5.52b - 13.20d - 124.72; rows 5 and 2 give "
        "b >= 0.4390 - 0.0373d, row 3 then c >= 0, and c > 0 for d <= 3: least at d = 4, c = 0, b = 0.29, a = 8.89. "
        "d >= 5: rows 1, 4 and 2 give a cost of at least 31.1d - 301.4, above -146.",
        -175.91,
        {
            "a": (-24, -100, 100, False),
            "b": (5, -100, 100, False),
            "c": (7.4, -100, 100, True),
            "d": (9, -100, 100, True),
        },
        [
            ({"a": 96.55, "c": -32.45, "d": 88.78}, -INF, 1216.06),
            ({"a": -3.14, "b": -78.02}, -INF, -50.5404),
            ({"b": 11.8, "c": -21.94}, -INF, 3.422),
            ({"c": 91.59, "d": -10.58}, -INF, -35.25),
            ({"a": 79.17, "b": 1.73, "d": -73.23}, -INF, 411.403),
            ({"a": -10.61, "b": -94.66, "d": 76.88}, -INF, 195.69),
        ],
    ),
)


def solve_once(program: LinearProgram, presolve: str) -> SolveResult:
    """Return what the solver says of a programme at first, as of any other."""
    return run_highs(
        program, monitor=RunMonitor(), seconds=SECONDS, gap=0.0, options={"presolve": presolve}, verify=False
    )


def failure(known: KnownProgramme, solve: Solve = solve_once) -> str:
    """Return what the solver says of a known programme that it gets wrong; empty if it gets it right."""
    for presolve in ("on", "off"):
        try:
            outcome = solve(known.program(), presolve)
        except SolverFailed as fault:
            found, right = str(fault), False
        else:
            found = f"{outcome.objective:.9g}" if outcome.status == "optimal" else outcome.status
            right = outcome.status == "optimal" and relative_gap(outcome.objective, known.optimum) <= EXACT
        if not right:
            return f"{found} instead of {known.optimum:g} with presolve {presolve}"
    return ""
