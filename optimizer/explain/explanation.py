"""The explanation as it is reported: plain values, to be printed, written or sent."""

import re
from dataclasses import dataclass
from typing import Literal

from models.settings import OBJECTIVES
from optimizer.explain.adequacy import Shortage
from optimizer.explain.limit_input import SCENARIO, LimitInput, Relaxation, number
from optimizer.explain.source_location import SourceLocation

UNITS = {name: objective.unit for name, objective in OBJECTIVES.items()}


@dataclass(frozen=True)
class ReportedChange:
    """A change of one input."""

    words: str
    rule: str
    table: str
    key: str
    file: str
    line: int | None
    column: str
    before: float | None
    after: float
    amount: float
    unit: str
    grantor: str
    """Who could grant it."""

    def __str__(self) -> str:
        location = SourceLocation(self.file, self.line, self.column)
        if self.table == SCENARIO and self.key:
            return f"{self.words} ({location}: {self.key} {'added' if self.after else 'taken out'})"
        before = "none" if self.before is None else number(self.before, self.column)
        return f"{self.words} ({location}: {before} -> {number(self.after, self.column)})"


def reported(change: Relaxation, location: SourceLocation) -> ReportedChange:
    """Return a change as it is reported."""
    given = change.input
    key = ",".join(map(str, given.key)) if isinstance(given.key, tuple) else str(given.key or "")
    return ReportedChange(
        words=change.words,
        rule=given.rule,
        table=given.table,
        key=key,
        file=location.file,
        line=location.line,
        column=location.column,
        before=given.present,
        after=change.after,
        amount=change.amount,
        unit=given.unit,
        grantor=given.grantor,
    )


@dataclass(frozen=True)
class ReportedCorrectionSet:
    """Changes that together are enough."""

    changes: tuple[ReportedChange, ...]
    fewest_proved: bool
    least_proved: bool
    checked: bool
    """Whether the changed case was solved and has a plan."""

    @property
    def by_grantor(self) -> dict[str, list[str]]:
        """Return who could grant them -> the changes, each in words."""
        found: dict[str, list[str]] = {}
        for change in self.changes:
            found.setdefault(change.grantor, []).append(str(change))
        return found

    def __str__(self) -> str:
        text = "; and ".join(f"{grantor}: {' and '.join(words)}" for grantor, words in self.by_grantor.items())
        if not self.fewest_proved:
            return text + " [fewest known; not proved]"
        return text if self.least_proved else text + " [least known; not proved]"


@dataclass(frozen=True)
class ReportedSensitivity:
    """What a step of a limit, or leaving its rule out, is worth: by how much the objective improves."""

    rule: str
    what: str
    place: str
    present: float | None
    step: float | None
    """None where the whole rule is left out."""
    unit: str
    used_up: bool
    """Whether the plan uses all that the limit allows."""
    kept: float | None
    """Worth with the plan's sites, halls and steps kept, exact; None where that was not solved."""
    low: float
    """Worth with all free: what is proved ..."""
    high: float | None
    """... and what is not excluded; None where nothing is."""
    ended: bool
    """Whether that search ended by itself, not at the limit of time."""
    objective_unit: str

    @property
    def above_zero(self) -> bool:
        """Tell whether it is proved that the worth is above 0."""
        return self.low > 0


@dataclass(frozen=True)
class Explanation:
    """What stands in the way of a plan, or what the limits of a plan are worth."""

    status: Literal["infeasible", "feasible", "limit", "interrupted"]
    message: str
    shortages: tuple[Shortage, ...] = ()
    causes: tuple[str, ...] = ()
    """What zones that are short lack altogether."""
    shortage_rows: tuple[str, ...] = ()
    """Where the rows stand that make the system short."""
    alternatives: tuple[ReportedCorrectionSet, ...] = ()
    objective: str = ""
    value: float | None = None
    bound: float | None = None
    worths: tuple[ReportedSensitivity, ...] = ()
    cut_short: tuple[str, ...] = ()
    """What the clock cut short: a faster machine or more time may find more."""
    seconds: float = 0.0


def sensitivity_text(given: LimitInput) -> str:
    """Return a limit's step in words, without its amount."""
    words = re.sub(r"\+?\{amount\}( \{unit\}( of| a year)?)? ", "", given.phrase)
    return words.format()  # braces of names
