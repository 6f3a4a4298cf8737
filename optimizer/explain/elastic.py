"""The elastic model: every limit that somebody set may be broken, at a stated most, and a binary tells whether it is.

The variables that dates, land or headroom would have kept out exist here, as the model is built from a `wide` case; the
limits of the case itself come back as rows, each with the slack of its lever.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyomo.environ as pyo

from models.case import Case
from optimizer.explain.relaxable_limit import Input, input_at


@dataclass(frozen=True)
class Part:
    """A row of a limit that is a share of something: `excess <= share moved x size`, with a slack of its own."""

    slack: Any
    excess: Any
    """What the row is over its limit."""
    size: Any
    """What the share is taken of."""


@dataclass(frozen=True)
class RelaxableLimit:
    """An input that sets a limit, and the variables that move it in the elastic model."""

    input: Input
    slack: Any
    """Move of the input divided by `per_slack`; for a share, the largest slack of its parts."""
    broken: Any
    most: float
    """Largest slack."""
    typical: float
    """Slack that counts as one, so that amounts of different units compare."""
    per_slack: float = 1.0
    parts: tuple[Part, ...] = ()


@dataclass
class ElasticModel:
    """The levers of a model as they are added."""

    model: pyo.ConcreteModel
    case: Case
    levers: list[RelaxableLimit] = field(default_factory=list)
    loosened: set[str] = field(default_factory=set)
    """Names of the constraints that were made elastic."""

    def __post_init__(self) -> None:
        block = self.model.elastic = pyo.Block(concrete=True)
        block.slack = pyo.VarList(domain=pyo.NonNegativeReals)
        block.part = pyo.VarList(domain=pyo.NonNegativeReals)
        block.broken = pyo.VarList(domain=pyo.Binary)
        block.rows = pyo.ConstraintList()

    def demand(self, relation: Any) -> None:
        """Add a row."""
        self.model.elastic.rows.add(relation)

    def input(self, rule: str, place: str, phrase: str, unit: str, **known: Any) -> Input:
        """Return an input of the case; see `input_at`."""
        return input_at(self.case, rule, place, phrase, unit, **known)

    def lever(self, given: Input, *, per_slack: float = 1.0, most: float | None = None, typical: float = 0.0) -> Any:
        """Add a lever and return its slack; 0 where the input is already at its loosest."""
        reach = abs(given.farthest - given.value) / per_slack if most is None else most
        if reach <= 0:
            return 0.0
        slack, broken = self.model.elastic.slack.add(), self.model.elastic.broken.add()
        slack.setub(reach)
        self.demand(slack <= reach * broken)
        scale = typical or given.value / per_slack or reach
        self.levers.append(RelaxableLimit(given, slack, broken, reach, min(scale, reach), per_slack))
        return slack

    def share(self, given: Input, rows: Iterable[tuple[Any, Any]], most: float, typical: float) -> None:
        """Add a lever that moves the share of every (row, size) together; `most` is the largest slack of a row."""
        farthest = abs(given.farthest - given.value)
        listed = list(rows)
        if farthest <= 0 or not listed:
            return
        slack = self.lever(given, most=most, typical=typical)
        parts = []
        for row, size in listed:
            part = self.model.elastic.part.add()
            lower, body, upper = row.to_bounded_expression(evaluate_bounds=True)
            excess = body - upper if upper is not None else lower - body
            self.loosen(row, part)
            self.demand(part <= slack)
            self.demand(part <= farthest * size + self.model.nothing)
            parts.append(Part(part, excess, size))
        bare = self.levers.pop()
        self.levers.append(RelaxableLimit(given, bare.slack, bare.broken, bare.most, bare.typical, parts=tuple(parts)))

    def loosen(self, row: Any, by: Any) -> None:
        """Let a row, of one limit, be broken by a slack."""
        lower, body, upper = row.to_bounded_expression(evaluate_bounds=True)
        row.set_value(body - by <= upper if upper is not None else body + by >= lower)
        self.note(row)

    def note(self, row: Any) -> None:
        """Remember that the rule of a row is elastic."""
        self.loosened.add(row.parent_component().name)
