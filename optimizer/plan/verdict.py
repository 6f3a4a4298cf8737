"""What an audit says of a plan: one check per rule, and whether all of them passed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One rule rechecked from the raw inputs."""

    rule: str
    """The rule, as a sentence true of every sound plan."""
    rows: int
    """How many rows were compared."""
    worst: float
    """Largest violation found, relative to the limit (or to 1 where the limit is smaller)."""
    where: str
    """Index of that violation; empty when nothing was compared."""
    passed: bool
    """Whether the worst violation is within tolerance."""


@dataclass(frozen=True)
class AuditReport:
    """The verdict on a plan and the checks it rests on."""

    sound: bool
    """Whether every check passed."""
    checks: tuple[Check, ...]
    """Every rule that was rechecked."""
