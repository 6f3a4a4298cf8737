"""A fault of the input: where it is, what stands there, and which rule it breaks."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from difflib import get_close_matches
from inspect import isfunction, signature
from typing import Any

LONGEST = 100
"""Letters of a wrong word that are compared with the known ones; no name is longer."""
SHOWN = 5
"""Faults listed one by one of every column of a file, and of its rows; the others are counted."""
_most_shown = ContextVar("most_shown", default=SHOWN)

NO_FILE, NO_SHEET, NO_ROW = "the file is missing", "the sheet is missing", "has a header and no row"
"""Rules that a table breaks which is not there, or empty."""


@dataclass(frozen=True)
class Fault:
    """One broken rule: file, the rule, physical line (1 is the first), column or key, and the text found there.

    A cause names no other file; a consequence may be owed to the faults of the file that it follows, and is then
    counted with them (`causes_first`).
    """

    file: str
    rule: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    follows: str | None = None
    """File whose own faults may be all that is wrong here."""
    note: bool = False
    """Whether it refuses nothing: something was set right on reading, which `check` reports."""
    count: int = 1
    """Number of faults that it stands for."""

    def as_json(self) -> dict[str, str | int | None]:
        """Return what `--json` prints of it."""
        return {name: getattr(self, name) for name in ("file", "line", "column", "value", "rule", "count")}

    def __str__(self) -> str:
        location = self.file if self.line is None else f"{self.file}, line {self.line}"
        if self.column is not None:
            location += f", {_short(self.column, 80)}"
        if self.value is not None:
            location += f" = {_short(self.value, 60)!r}"
        text = f"{location}: {self.rule}"
        return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


def rules_in(names: Mapping[str, Any], *words: str) -> tuple[Callable[..., Iterator[Fault]], ...]:
    """Return the rules of a file, by its names and in its order: its functions that take just these parameters."""
    own = (each for each in names.values() if isfunction(each) and each.__module__ == names["__name__"])
    return tuple(each for each in own if [*signature(each).parameters] == [*words])


class CaseRefused(Exception):
    """The input breaks rules; `faults` lists every one that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@contextmanager
def listing(most: int) -> Iterator[None]:
    """List so many faults of a column one by one, in place of the few that people read."""
    token = _most_shown.set(most)
    try:
        yield
    finally:
        _most_shown.reset(token)


def most_shown() -> int:
    """Return how many faults of a column are listed one by one."""
    return _most_shown.get()


def capped(
    faults: Iterable[Fault],
    what: str = "cells of this column",
    alike: Callable[[Fault], object] = lambda fault: (fault.column, fault.note),
) -> list[Fault]:
    """Return the first faults of one file that are alike, by default those of a column, and how many more there are."""
    groups: dict[object, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(alike(fault), []).append(fault)
    shown: list[Fault] = []
    for group in groups.values():
        shown += group[: most_shown()]
        if rest := group[most_shown() :]:
            shown.append(remaining_fault(rest[0], sum(fault.count for fault in rest), what))
    return shown


def remaining_fault(first: Fault, count: int, what: str = "cells of this column") -> Fault:
    """Return the fault that stands for so many, of which it is the first."""
    return replace(
        first, value=None, rule=f"and {count:,} more {what}{' from here on' if first.line else ''}", count=count
    )


def causes_first(faults: Iterable[Fault], unread: Collection[str]) -> list[Fault]:
    """Return faults in the order in which they are mended: those of unread files, then by file and line.

    What may follow from the faults of a file comes last, as one fault with their number.
    """
    listed = [*faults]
    causes = [fault for fault in listed if fault.follows is None]
    causes.sort(key=lambda fault: (fault.file not in unread, fault.file, fault.line or 0))
    following: Counter[str] = Counter()
    for fault in listed:
        if fault.follows is not None:
            following[fault.follows] += fault.count
    for file, count in sorted(following.items()):
        rule = f"{count:,} more fault{'' if count == 1 else 's'} may follow from those told of it"
        causes.append(Fault(file, rule, count=count))
    return causes


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` for the known word closest to a wrong one, whatever their case, or nothing.

    Of those that are close, one as deep in its sections comes first.
    """
    words = {each.casefold(): each for each in sorted(known)}
    close = get_close_matches(word[:LONGEST].casefold(), words, n=3, cutoff=0.6)
    best = max(close, key=lambda each: each.count(".") == word.count("."), default=None)
    return f" (did you mean {words[best]!r}?)" if best else ""
