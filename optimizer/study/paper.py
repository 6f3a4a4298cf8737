r"""Papers whose numbers follow from a study: each stands beside the name of its run and cell, and is held to it.

Markdown, as the spans of pandoc and Quarto: `[14.6]{.gigasite run=12 measure=cost unit=bn digits=1}`.
LaTeX, with `\newcommand{\gigasite}[2]{#2}`: `\gigasite{run=12, measure=cost, unit=bn, digits=1}{14.6}`.
An empty number is filled; the reference stays, so that it can be checked, and filled again, any time.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.case.faults import Fault
from optimizer.study.named_figure import FigureRefused, Results, figure_text

LARGEST = 20_000_000
"""Bytes of a paper."""
LATEX = (".tex", ".ltx")
ENDINGS = (".md", ".qmd", ".Rmd", ".markdown", *LATEX)

_SPAN = re.compile(r"\[(?P<text>[^\[\]{}]*)\]\{\s*\.gigasite(?P<names>\s[^{}]*)?\}")
_MACRO = re.compile(r"\\gigasite\s*\{(?P<names>[^{}]*)\}(?:\s*\{(?P<text>(?:[^{}]|\{,\})*)\})?")
_MARK = {False: re.compile(r"\{\s*\.gigasite\b"), True: re.compile(r"\\gigasite\s*\{")}
_QUOTED = {
    False: re.compile(r"^(```+|~~~+).*?^\1|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)|<!--.*?-->", re.DOTALL | re.MULTILINE),
    True: re.compile(r"(?<!\\)%[^\n]*|\\begin\{(verbatim|lstlisting|comment)\}.*?\\end\{\1\}", re.DOTALL),
}
"""What is shown or hidden, not meant, in Markdown and in LaTeX: code, comments."""
_SPACES = re.compile(r"\\[,;: ]|[\s~,\u00a0\u2009\u202f]+|\{,\}")


@dataclass(frozen=True)
class Paper:
    """A paper as it is once its empty numbers are filled, and every number or reference that is wrong."""

    text: str
    references: int
    filled: int
    """Of which had no number before, or another one where they were to be filled again."""
    faults: tuple[Fault, ...]


def read_paper(path: Path) -> tuple[str, list[Fault]]:
    """Return the text of a paper and what keeps it from being one."""
    if path.suffix not in ENDINGS:
        return "", [Fault(str(path), f"a paper is Markdown or LaTeX: its name ends with {', '.join(ENDINGS)}")]
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        return "", [Fault(str(path), f"cannot be read: {error.strerror}")]
    if size > LARGEST:
        return "", [Fault(str(path), f"has {size:,} bytes, a paper at most {LARGEST:,}")]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return "", [Fault(str(path), f"is not UTF-8 (byte 0x{raw[error.start]:02x}): save it so", line)]


def filled_paper(path: Path, results: Results, again: bool = False) -> Paper:
    """Return a paper with its empty numbers filled; `again` fills those that no longer follow from the results too."""
    source, faults = read_paper(path)
    if faults:
        return Paper(source, 0, 0, tuple(faults))
    latex, quoted = path.suffix in LATEX, [*_QUOTED[path.suffix in LATEX].finditer(source)]
    found = [*(_MACRO if latex else _SPAN).finditer(source)]
    found = [each for each in found if not _within(each.start(), quoted)]
    parts, filled, end = list[str](), 0, 0
    for each in found:
        place = Fault(str(path), "", _line(source, each.start()), " ".join((each["names"] or "").split()))
        fault, text = _judged(place, each["text"] or "", latex, results, again)
        faults += filter(None, [fault])
        filled += text != (each["text"] or "")
        parts += [source[end : each.start()], _rewritten(each, text)]
        end = each.end()
    for mark in _MARK[latex].finditer(source):
        if not _within(mark.start(), quoted) and not _within(mark.start(), found):
            rule = "is no reference that can be read: " + (
                r"write \gigasite{run=.., measure=.., digits=..}{}"
                if latex
                else "write []{.gigasite run=.. measure=..}"
            )
            faults.append(
                Fault(str(path), rule, _line(source, mark.start()), value=source[mark.start() :].splitlines()[0])
            )
    faults.sort(key=lambda fault: fault.line or 0)
    return Paper("".join([*parts, source[end:]]), len(found), filled, tuple(faults))


def _judged(place: Fault, text: str, latex: bool, results: Results, again: bool) -> tuple[Fault | None, str]:
    """Return what is wrong with a reference or its number, if anything, and the number that stands there then."""
    try:
        expected = figure_text(results, _reference(place.column or "", latex))
    except FigureRefused as refused:
        return replace(place, rule=str(refused)), text
    if _number(text) == _number(expected):
        return None, text
    if not text.strip() or again:
        return None, expected
    return replace(place, value=text, rule=f"no longer follows from the results: expected {expected}"), text


def _reference(names: str, latex: bool) -> Mapping[str, str]:
    """Return the keys and values of a reference; raises FigureRefused."""
    try:
        words = [word.strip() for word in names.split(",")] if latex else shlex.split(names)
    except ValueError as error:
        raise FigureRefused(f"cannot be read: {error}") from None
    reference: dict[str, str] = {}
    for word in filter(None, words):
        key, equals, value = word.replace(r"\_", "_").partition("=")
        if not equals or not value:
            raise FigureRefused(f"{word!r} is no key=value")
        if key.strip() in reference:
            raise FigureRefused(f"{key.strip()} is stated twice")
        reference[key.strip()] = value.strip().strip("\"'")
    return reference


def _rewritten(found: re.Match[str], text: str) -> str:
    """Return a reference with a number, all else as it stands."""
    start, end = found.span("text")
    if start < 0:
        return f"{found[0]}{{{text}}}"
    return f"{found.string[found.start() : start]}{text}{found.string[end : found.end()]}"


def _number(text: str) -> str:
    """Return a number without what sets its thousands apart, and with a plain minus."""
    return _SPACES.sub("", text).replace("\u2212", "-").replace("$", "")


def _within(position: int, spans: list[re.Match[str]]) -> bool:
    return any(span.start() <= position < span.end() for span in spans)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
