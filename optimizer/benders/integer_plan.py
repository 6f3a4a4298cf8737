"""The whole numbers of a plan, by name, so that they outlive the programme in which they were found."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.case import Array
from optimizer.program.linear_program import LinearProgram


@dataclass(frozen=True)
class IntegerPlan:
    """Sites, halls and steps: every decision that is whole. All else follows by a linear programme."""

    numbers: Mapping[str, int]
    """Column -> its number; columns at 0 are left out."""

    @classmethod
    def of(cls, program: LinearProgram, decisions: Array) -> "IntegerPlan":
        """Return the whole numbers of decisions, which are columns of a programme, the first ones at least."""
        whole = np.flatnonzero(program.integer[: len(decisions)])
        numbers = np.round(decisions[whole]).astype(int).tolist()
        names = [program.column_names[column] for column in whole.tolist()]
        return cls({name: number for name, number in sorted(zip(names, numbers, strict=True)) if number})

    @cached_property
    def key(self) -> str:
        """Return a short name: the first digits of a hash."""
        return hashlib.sha256(json.dumps(sorted(self.numbers.items())).encode()).hexdigest()[:12]

    def __hash__(self) -> int:
        return hash(self.key)

    def decisions(self, program: LinearProgram) -> Array | None:
        """Return the plan as columns of a programme, all others 0; None where it has no such column or forbids one."""
        columns = {name: column for column, name in enumerate(program.column_names) if program.integer[column]}
        if not columns.keys() >= self.numbers.keys():
            return None
        point = np.zeros(len(program.lower))
        point[[columns[name] for name in self.numbers]] = list(self.numbers.values())
        whole = program.integer
        within = (program.lower[whole] <= point[whole]) & (point[whole] <= program.upper[whole])
        return point if bool(within.all()) else None
