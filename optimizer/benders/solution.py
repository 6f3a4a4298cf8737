"""What solving brought: the point, the proof of each stage, and what the system does without new data centres."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from models.case import Array
from models.plan import FlipRow, ObjectiveResult, Violation
from optimizer.benders.dispatch import SubproblemEvaluation
from optimizer.benders.full_year_dispatch import DispatchedYear
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.spare_lines import SpareLines
from optimizer.benders.system_dispatch import SystemDispatch
from optimizer.program.extensive_form import ExtensiveForm

SearchStatus = Literal["solved", "limit", "interrupted", "infeasible", "unbounded", "failed"]


@dataclass(frozen=True)
class Baseline:
    """The same electricity system without new data centres."""

    running_meur: Mapping[str, float]
    """Period -> running cost per year."""
    emission_kt: Mapping[str, float]
    """Period -> direct emissions per year."""
    results: tuple[SubproblemEvaluation, ...]
    """Its nodes, with the allocation of what couples their days."""
    dispatched: Mapping[str, SystemDispatch] = field(default_factory=dict)
    """Period -> its zones hour by hour."""
    spare_mw: SpareLines = field(default_factory=dict)
    """What it leaves free of every line in stress hours, where cover is limited by that."""
    allotted_mw: Mapping[tuple[str, str, str, str], float] = field(default_factory=dict)
    """(zone, technology, period, day) -> mean output that the day may take of a reservoir, in the same case."""

    @property
    def node_meur(self) -> Array:
        """Return the operating cost of every node, MEUR a year."""
        return np.array([result.cost_meur for result in self.results])


@dataclass(frozen=True)
class Solution:
    """The end of a run."""

    status: SearchStatus
    message: str
    form: ExtensiveForm
    baseline: Baseline | None
    point: Array | None
    """The whole programme's columns, integers exact; None without a plan."""
    stages: tuple[ObjectiveResult, ...]
    shadow_prices: Mapping[str, float]
    """Row -> dual value of the net present cost at the plan's integers, the objectives kept, for rows that bind."""
    options: Mapping[str, str]
    seconds: float
    violations: tuple[Violation, ...]
    """By how much the point breaks the programme."""
    noise_meur: Mapping[str, float] = field(default_factory=dict)
    """Period -> how far its running costs with and without data centres together may be above the least, per year."""
    dispatched: Mapping[str, SystemDispatch] = field(default_factory=dict)
    """Period -> the zones hour by hour, with the data centres."""
    servers_meur: Mapping[str, float] = field(default_factory=dict)
    """Name of a column of servers -> what one more MW of them adds to the running cost of a year."""
    year: DispatchedYear | None = None
    """Every day of the record at the plan, if it was dispatched."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """Objective -> the value that it kept while those after it were sought, as people read it."""
    flips: tuple[FlipRow, ...] = ()
    """What would flip the choice of its sites, where that was asked."""

    @property
    def has_plan(self) -> bool:
        """Tell whether there is a plan to write."""
        return self.point is not None

    @property
    def integer_plan(self) -> IntegerPlan:
        """Return the whole numbers of the plan; none without one."""
        if self.point is None:
            return IntegerPlan({})
        return IntegerPlan.of(self.form.compiled.program, self.point[: self.form.investments])
