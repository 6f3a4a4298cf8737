"""Checkpoints: what a search knows that is worth keeping, enough to finish its plan elsewhere after it broke off."""

from dataclasses import dataclass

from models.case import Array
from models.plan import ObjectiveResult


@dataclass(frozen=True)
class Checkpoint:
    """The best decisions at some moment of a search."""

    stages: tuple[ObjectiveResult, ...]
    """The objectives already reached."""
    objective: str
    """The objective at work."""
    decisions: Array
    """The master's columns; whole-numbered ones may still carry the solver's rounding."""
    dispatched: bool
    """Whether the days were dispatched at these decisions, so that they are known to be a plan."""
    bound: float
    """Proved bound of the objective at work, to be minimised; -inf where none is known."""
    root: float
    """Its bound before branching."""
