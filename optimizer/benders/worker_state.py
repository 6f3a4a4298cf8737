"""What a worker keeps between requests, and how it answers one."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import highspy

from models.case import Case
from optimizer.benders.day_block import BlockStructure, DayBlock
from optimizer.benders.multi_day_lp import MultiDayLP
from optimizer.benders.subproblem import SubproblemRequest, SubproblemResult
from optimizer.program.node_couplings import NodeCouplings
from optimizer.program.nodes import Node


class WorkerState:
    """The blocks that a worker was asked for, with their programmes and bases."""

    def __init__(
        self,
        cases: Mapping[str, Case],
        nodes: tuple[Node, ...],
        structure: BlockStructure,
        seconds: float,
        couplings: Sequence[NodeCouplings],
    ) -> None:
        """Take the case of every future, what all blocks share, and the couplings of the nodes.

        `seconds` is the most time of one solve.
        """
        self._couplings = couplings
        self._cases, self._nodes, self._structure, self._seconds = cases, nodes, structure, seconds
        self._blocks: dict[tuple[Node, int], DayBlock] = {}
        self._together: dict[bytes, MultiDayLP] = {}

    def block(self, node: Node, first: int, end: int) -> DayBlock:
        """Return a block of the days of a node."""
        key = node, first
        if key not in self._blocks:
            self._blocks[key] = self._new(node, first, end, self._first_basis, self._together)
        return self._blocks[key]

    def _new(
        self,
        node: Node,
        first: int,
        end: int,
        start: highspy.HighsBasis | None = None,
        together: dict[bytes, MultiDayLP] | None = None,
    ) -> DayBlock:
        case, position = self._cases[node.future], self._nodes.index(node)
        days, couplings = case.days[first:end], self._couplings[position]
        return DayBlock(case, self._structure, node, position, days, self._seconds, couplings, start, together)

    @cached_property
    def _first_basis(self) -> highspy.HighsBasis:
        """The basis of one day, always the same: whatever is asked of a worker, its blocks begin alike."""
        return self._new(self._nodes[0], 0, 1).first_basis()


def solve_subproblem(state: WorkerState, request: SubproblemRequest | None) -> SubproblemResult | None:
    """Return the days asked for; a block that is not asked for has no result."""
    if request is None:
        return None
    block = state.block(request.node, request.first, request.end)
    if request.mode == "save":
        block.save()
    if request.mode in ("save", "restore"):
        block.restore()
        return None
    return block.solve(request)
