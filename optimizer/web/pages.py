"""What pages show: Markdown as HTML, faults beside the lines that they are in, how far a job is."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from models.settings import OBJECTIVES
from optimizer.case.faults import Fault
from optimizer.monitor.progress import number, percent

HERE = Path(__file__).parent
SHOWN_LETTERS = 400
LARGEST_SHOWN = 64 * 1024**2
"""Bytes of a file whose lines are shown beside its faults."""
WIDTH, HEIGHT = 600.0, 120.0
"""Of the picture of a search, in its own units."""


def environment() -> Environment:
    """Return the templates; every text is escaped."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["size"] = size_text
    made.filters["when"] = lambda text: str(text).replace("T", " ")[:16]
    return made


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    for unit, factor in (("MB", 1024**2), ("kB", 1024)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size:,} bytes"


def html_of(markdown: str, files: str) -> str:
    """Return Markdown as HTML, its own HTML as text; `files` is where its pictures and links are."""
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = renderer.parse(markdown)
    for token in tokens:
        if token.attrs.pop("style", None):  # a column set to the right, which the policy of pages lets no style say
            token.attrs["class"] = "number"
        for child in token.children or ():
            for name in ("src", "href"):
                target = child.attrs.get(name)
                if isinstance(target, str) and not target.startswith(("#", "https://") if name == "href" else ()):
                    child.attrs[name] = f"{files}{target}"
    return str(renderer.renderer.render(tokens, renderer.options, {}))


@dataclass(frozen=True)
class FaultShown:
    """A fault with the line that it is in, split where its value stands."""

    fault: Fault
    before: str = ""
    found: str = ""
    after: str = ""

    @property
    def has_line(self) -> bool:
        """Tell whether the line is known."""
        return bool(self.before or self.found or self.after)


def faults_by_file(faults: Sequence[Fault], case: Path) -> dict[str, list[FaultShown]]:
    """Return faults by the file that they are in, each with its line where that is a text of the case."""
    found: dict[str, list[FaultShown]] = {}
    lines: dict[str, list[str]] = {}
    for fault in faults:
        if fault.file not in lines:
            lines[fault.file] = [*_lines(case, fault.file)]
        found.setdefault(fault.file, []).append(_shown(fault, lines[fault.file]))
    return found


def _lines(case: Path, name: str) -> Iterator[str]:
    path = case / name
    with suppress(OSError, ValueError):
        inside = path.resolve().is_relative_to(case.resolve())
        if inside and path.suffix in (".csv", ".toml") and path.is_file() and path.stat().st_size <= LARGEST_SHOWN:
            yield from path.read_text(encoding="utf-8", errors="replace").splitlines()


def _shown(fault: Fault, lines: Sequence[str]) -> FaultShown:
    if fault.line is None or not 1 <= fault.line <= len(lines):
        return FaultShown(fault)
    line = lines[fault.line - 1]
    value = fault.value or ""
    at = _place(line, lines[0], fault.column, value)
    if at is None:
        return FaultShown(fault, line[:SHOWN_LETTERS])
    before, after = line[:at], line[at + len(value) :]
    most = SHOWN_LETTERS // 2
    return FaultShown(
        fault,
        before if len(before) <= most else f"…{before[-most:]}",
        value,
        after if len(after) <= most else f"{after[:most]}…",
    )


def _place(line: str, header: str, column: str | None, value: str) -> int | None:
    """Return where a value stands in a line: in its column, where the same text stands in others too."""
    if not value or value not in line:
        return None
    for delimiter in (",", ";", "\t"):
        names = next(csv.reader([header], delimiter=delimiter), [])
        cells = line.split(delimiter)
        if column in names and len(cells) == len(names) and value in cells[names.index(column)]:
            place = names.index(column)
            return len(delimiter.join([*cells[:place], ""])) + cells[place].index(value)
    return line.index(value)


@dataclass(frozen=True)
class Stage:
    """One stage of a run as its page shows it."""

    name: str
    best: str
    bound: str
    gap: str
    unit: str
    seconds: str
    note: str


def stages_of(reports: Sequence[Mapping[str, Any]]) -> list[Stage]:
    """Return the stages of a run, each with its latest figures."""
    if not reports:
        return []
    first: dict[str, float] = {}
    latest: dict[str, Mapping[str, Any]] = {}
    for report in reports:
        first.setdefault(report["stage"], report["at"])
        latest[report["stage"]] = report
    ends = [*[*first.values()][1:], max(report["at"] for report in reports)]
    return [
        Stage(
            name,
            number(report["incumbent"]),
            number(report["bound"]),
            percent(report["gap"]),
            OBJECTIVES[name].unit_in_full if name in OBJECTIVES else "",
            f"{max(end - first[name], 0.0):,.1f}",
            report["note"],
        )
        for (name, report), end in zip(latest.items(), ends, strict=True)
    ]


@dataclass(frozen=True)
class Curves:
    """The best value and the bound of an objective over time, as points of an SVG polyline."""

    objective: str
    best: str
    bound: str


def curves_of(reports: Sequence[Mapping[str, Any]]) -> Curves | None:
    """Return how the objective now sought has come nearer to its bound; None before there are two reports of it."""
    sought = [each for each in reports if each["stage"] in OBJECTIVES]
    mine = [each for each in sought if each["stage"] == sought[-1]["stage"]]
    values = [value for each in mine for value in (each["incumbent"], each["bound"]) if value is not None]
    times = [each["at"] for each in mine]
    if len(mine) < 2 or not values or min(values) == max(values) or times[0] == times[-1]:
        return None
    place = partial(_point, (times[0], times[-1]), (min(values), max(values)))
    drawn = [
        " ".join(place(each["at"], each[name]) for each in mine if each[name] is not None)
        for name in ("incumbent", "bound")
    ]
    return Curves(mine[-1]["stage"], *drawn)


def _point(times: tuple[float, float], values: tuple[float, float], time: float, value: float) -> str:
    x = WIDTH * (time - times[0]) / (times[1] - times[0])
    y = HEIGHT * (values[1] - value) / (values[1] - values[0])
    return f"{x:.1f},{4 + (HEIGHT - 8) * y / HEIGHT:.1f}"
