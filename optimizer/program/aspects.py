"""What an aspect says of itself: the header of its file, its rules and its named expressions, read from its source."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Literal

SECTIONS = ("Needs", "Decides", "Offers", "Adds to", "Symbols")
Kind = Literal["constraint", "expression"]
KINDS: dict[str, Kind] = {"Constraint": "constraint", "Expression": "expression"}
_INDENT = 10
"""Width of the first column of a header."""
_ABBREVIATIONS = {"mwh": "MWh", "pue": "PUE"}


@dataclass(frozen=True)
class Entry:
    """A line of a header: what an aspect decides or offers."""

    name: str
    meaning: str
    unit: str


@dataclass(frozen=True)
class Header:
    """The docstring at the top of an aspect's file."""

    question: str
    """What the aspect answers, without its name."""
    remarks: tuple[str, ...]
    needs: tuple[str, ...]
    """`aspect.name` of every component of another aspect that it reads."""
    needs_ledgers: tuple[str, ...]
    """Ledgers that it totals."""
    decides: tuple[Entry, ...]
    offers: tuple[Entry, ...]
    adds_to: tuple[str, ...]
    symbols: tuple[tuple[str, str], ...]
    """Mathematical symbol (without dollars), meaning."""


@dataclass(frozen=True)
class Rule:
    """A decorated function of an aspect: a constraint or a named expression."""

    kind: Kind
    name: str
    each: tuple[str, ...]
    """What it is written for: site, period, ..."""
    meaning: str
    """Its docstring without the equation."""
    equation: str
    """LaTeX, empty if there is none."""
    set_by: tuple[str, ...] = ()
    """Inputs that set it as a limit, `table.column` or `section.key`; none for physics and definitions."""

    @property
    def sentence(self) -> str:
        """Return the name in words."""
        words = [_ABBREVIATIONS.get(word, word) for word in self.name.capitalize().split("_")]
        return " ".join(words)


@cache
def header_of(aspect: ModuleType) -> Header:
    """Return the header of an aspect; raises ValueError if one of its sections is missing or malformed."""
    blocks = inspect.cleandoc(aspect.__doc__ or "").split("\n\n")
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in blocks[-1].splitlines():
        label, rest = line[:_INDENT].strip(), line[_INDENT:].strip()
        if label:
            current = sections.setdefault(label, [])
        current.append(rest)
    if tuple(sections) != SECTIONS:
        raise ValueError(f"{aspect.__name__}: the header has {', '.join(sections)}, not {', '.join(SECTIONS)}")
    needs = " ".join(sections["Needs"])
    ledgers = re.search(r"\(ledgers ([^)]*)\)", needs)
    return Header(
        question=_flat(blocks[0]).partition(": ")[2],
        remarks=tuple(map(_flat, blocks[1:-1])),
        needs=tuple(re.findall(r"\w+\.\w+", needs)),
        needs_ledgers=tuple(re.findall(r"\w+", ledgers[1])) if ledgers else (),
        decides=tuple(_entries(aspect, sections["Decides"])),
        offers=tuple(_entries(aspect, sections["Offers"])),
        adds_to=()
        if sections["Adds to"] == ["(nothing)"]
        else tuple(re.findall(r"\w+", " ".join(sections["Adds to"]))),
        symbols=tuple(
            (symbol, meaning.strip(" ,;"))
            for symbol, meaning in re.findall(r"\$([^$]+)\$([^$]*)", " ".join(sections["Symbols"]))
        ),
    )


@cache
def rules_of(aspect: ModuleType) -> tuple[Rule, ...]:
    """Return the constraints and named expressions of an aspect, in the order of its source."""
    return tuple(_rules(ast.parse(inspect.getsource(aspect))))


def _rules(tree: ast.AST) -> Iterator[Rule]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            kind = KINDS.get(called.attr) if isinstance(called, ast.Attribute) else None
            if kind:
                said, _, set_by = (ast.get_docstring(node) or "").partition("\n\nSet by ")
                meaning, _, equation = said.partition(": $")
                yield Rule(
                    kind=kind,
                    name=node.name,
                    each=tuple(argument.arg for argument in node.args.args if not argument.arg.startswith("_")),
                    meaning=_flat(meaning).rstrip(".") + ("." if meaning else ""),
                    equation=equation.strip().removesuffix(".").removesuffix("$"),
                    set_by=tuple(re.findall(r"\w+\.\w+", set_by)),
                )


def _entries(aspect: ModuleType, lines: list[str]) -> Iterator[Entry]:
    for line in lines:
        if line == "(nothing)":
            continue
        cells = re.split(r"\s{2,}", line)
        if len(cells) == 2:  # a name as long as its column is followed by a single blank
            cells = [*cells[0].split(" ", 1), cells[1]]
        if len(cells) != 3:
            raise ValueError(f"{aspect.__name__}: {line!r} is not a name, a meaning and a unit")
        yield Entry(*cells)


def _flat(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())
