"""Checkpoints: what a search knows, enough to finish its plan in another process after it ended early."""

from dataclasses import dataclass

from models.case import Array
from models.plan import ObjectiveResult


@dataclass(frozen=True)
class Checkpoint:
    """The best first-stage solution at some moment of a search."""

    stages: tuple[ObjectiveResult, ...]
    """The objectives already reached."""
    objective: str
    """The objective at work."""
    decisions: Array
    """Values of the master's columns; integers may still carry the solver's rounding."""
    dispatched: bool
    """Whether the days were dispatched at this solution, so that it is known to be a plan."""
    bound: float
    """Proved bound of the objective at work, to be minimised; -inf where none is known."""
    root: float
    """Its bound before branching."""
