"""A fault of the input: where it is, what stands there, and which rule it breaks."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST = 100
"""Letters of a wrong word that are compared with the known ones; no name is longer."""


@dataclass(frozen=True)
class Fault:
    """One broken rule: file, physical line (1 is the first), column or key, the text found there, and the rule."""

    file: str
    line: int | None
    column: str | None
    value: str | None
    rule: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        if self.column is not None:
            place += f", {_short(self.column, 80)}"
        if self.value is not None:
            place += f" = {_short(self.value, 60)!r}"
        told = f"{place}: {self.rule}"
        return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in told)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


class CaseRefused(Exception):
    """The input breaks rules; `faults` lists every one that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` for the known word closest to a wrong one, whatever their case, or nothing."""
    words = {each.casefold(): each for each in sorted(known)}
    close = get_close_matches(word[:LONGEST].casefold(), words, n=1, cutoff=0.6)
    return f" (did you mean {words[close[0]]!r}?)" if close else ""
