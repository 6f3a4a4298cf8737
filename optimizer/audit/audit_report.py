"""What an audit says of a plan: one check per rule, and whether all of them passed."""

from dataclasses import dataclass
from typing import Literal


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
    """Whether a plan is sound, and the checks that this rests on."""

    sound: bool
    """Whether every check passed."""
    checks: tuple[Check, ...]
    """Every rule that was rechecked."""
    fault: str = ""
    """Why the audit itself failed; empty where it came to its end."""


@dataclass(frozen=True)
class Proved:
    """A figure of a plan and the limits that exact arithmetic proves for it, whatever the solver said."""

    figure: str
    """What is proved."""
    value: float
    """The plan's."""
    at_least: float | None
    """No sound plan or system has less; None where nothing was proved."""
    at_most: float | None
    """No sound plan or system has more; None where nothing was proved."""
    tolerance: float = 0.0
    """By how much the value may leave the limits: rows are kept to a millionth."""
    claimed: float | None = None
    """The bound that branch and bound claims; None where it says nothing."""
    fault: str = ""
    """What else was found wrong."""
    relaxations: int = 0
    """Linear programmes that suggested the multipliers."""
    seconds: float = 0.0
    """Wall time."""

    @property
    def passed(self) -> bool:
        """Tell whether nothing proved contradicts the plan."""
        short = self.at_least is not None and self.value < self.at_least - self.tolerance
        long = self.at_most is not None and self.value > self.at_most + self.tolerance
        return not (short or long or self.fault)

    @property
    def gap_share(self) -> float | None:
        """Return how far the value is from the farther limit proved, as a share of it; None without one."""
        limits = [limit for limit in (self.at_least, self.at_most) if limit is not None]
        return max((abs(self.value - limit) / max(abs(self.value), 1.0) for limit in limits), default=None)


State = Literal["matches", "changed", "missing", "unconfirmed", "unknown"]
"""Of a file: as it must be; not so; not there; written by other libraries, so not to be compared; not of the plan."""


@dataclass(frozen=True)
class FileState:
    """A file of a plan or of its case, and whether it is what it must be."""

    name: str
    """Its name in its folder."""
    sha256: str
    """Hash of the file as it is now; empty where it is missing."""
    state: State
    """Whether it is what it must be."""
    note: str = ""
    """What is wrong, and where."""

    @property
    def passed(self) -> bool:
        """Tell whether nothing speaks against the plan."""
        return self.state not in ("changed", "missing")
