"""What a member of the crew keeps between questions, and how it answers one."""

from functools import cached_property

import highspy

from models.case import Case
from optimizer.benders.day_block import DayBlock
from optimizer.benders.multi_day_lp import MultiDayLP
from optimizer.benders.subproblem import SubproblemRequest, SubproblemResult
from optimizer.program.day_structure import DayStructure


class WorkerState:
    """What a worker keeps: the chunks that it was asked for, with their programmes and bases."""

    def __init__(self, case: Case, shape: DayStructure, seconds: float) -> None:
        """Take what all chunks share; `seconds` is the most time of one solve."""
        self._case, self._shape, self._seconds = case, shape, seconds
        self._chunks: dict[tuple[str, int], DayBlock] = {}
        self._together: dict[bytes, MultiDayLP] = {}

    def chunk(self, period: str, first: int, end: int) -> DayBlock:
        """Return a chunk of the days of a period."""
        key = period, first
        if key not in self._chunks:
            self._chunks[key] = DayBlock(
                self._case,
                self._shape,
                period,
                self._case.days[first:end],
                self._seconds,
                self._first_basis,
                self._together,
            )
        return self._chunks[key]

    @cached_property
    def _first_basis(self) -> highspy.HighsBasis:
        """The basis of one day, always the same: whatever is asked of a worker, its chunks begin alike."""
        period, days = next(iter(self._case.periods)), self._case.days[:1]
        return DayBlock(self._case, self._shape, period, days, self._seconds).first_basis()


def solve_subproblem(prepared: WorkerState, question: SubproblemRequest | None) -> SubproblemResult | None:
    """Return the days asked for; a chunk that is not asked says nothing."""
    if question is None:
        return None
    return prepared.chunk(question.period, question.first, question.end).answer(question)
