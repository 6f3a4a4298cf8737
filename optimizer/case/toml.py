"""TOML as scenarios need it: of sensible size, its faults named by line, the line of every key known."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from optimizer.case.faults import Fault

LARGEST = 1_000_000
"""Bytes of a scenario file; a full one has 3,000."""
LONGEST = 1_000
"""Characters of a line; a key of more parts than that would take the parser minutes."""
DEEPEST = 10
"""Levels of sections, tables and lists in one another."""
MOST = 500
"""Keys of a scenario; all together there are fewer than 50."""

_BARE_WORD = re.compile(r"[A-Za-z_][\w .:+-]*")
_ENDS = re.compile(r"\r\n|\n")
_SECTION = re.compile(r"\s*\[{1,2}([^\[\]]+)\]")
_STATED = re.compile(r"""^\s*[\w"' .-]+?\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^"#])*?(\s*#.*)?$""")
_KEY = re.compile(r"\s*([\w\"' .-]+?)\s*=")


def read_toml(path: Path) -> tuple[dict[str, Any], dict[str, int], list[Fault]]:
    """Return the nested values of a file, the line of every key path, and what makes the file none."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        return {}, {}, [Fault(path.name, f"cannot be read: {error.strerror}")]
    if size > LARGEST:
        return {}, {}, [Fault(path.name, f"has {size:,} bytes, a scenario at most {LARGEST:,}")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return {}, {}, [Fault(path.name, f"is not UTF-8 (byte 0x{raw[error.start]:02x}): save it so", line)]
    try:
        values = parse_toml(text)
    except ValueError as error:
        return {}, {}, [Fault(path.name, f"is no TOML: {error}", _line_of(error, text))]
    return values, dict(_key_lines(text)), []


def _line_of(error: ValueError, text: str) -> int | None:
    if found := re.search(r"at line (\d+)", str(error)):
        return int(found[1])
    return len(_ENDS.findall(text)) + 1 if "end of document" in str(error) else None


def parse_toml(text: str) -> dict[str, Any]:
    """Return the nested values of a TOML text; raises ValueError if it is none or beyond any sensible size."""
    for number, line in enumerate(_ENDS.split(text), start=1):
        if len(line) > LONGEST:
            raise ValueError(f"it has {len(line):,} characters, at most {LONGEST:,} are read (at line {number})")
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None
    count = sum(1 for _ in _parts(values))
    if count > MOST:
        raise ValueError(f"it has more than {MOST} keys and values")
    return values


def key_paths_of(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the path of every key of nested values, sections included: `solve`, `solve.seed`, ..."""
    for key, value in values.items():
        yield above + key
        if isinstance(value, Mapping):
            yield from key_paths_of(value, f"{above}{key}.")


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return one nest of values laid over another: sections are merged, anything else replaces what it covers."""
    both = {
        key: merge(under[key], value) if isinstance(value, Mapping) and isinstance(under.get(key), Mapping) else value
        for key, value in over.items()
    }
    return {**under, **both}


def nested(keys: list[str], value: Any) -> dict[str, Any]:
    """Return a value in the sections that its keys name."""
    for key in reversed(keys):
        value = {key: value}
    return dict(value)


def toml_value(text: str) -> object:
    """Return the TOML value of a text, a bare word being a string; raises ValueError if it is none."""
    try:
        values = parse_toml(f"value = {text}")
    except ValueError:
        if _BARE_WORD.fullmatch(text):
            return text
        raise
    if len(values) > 1:
        raise ValueError("it holds more than one line")
    return values["value"]


def plain_value(text: str) -> object:
    """Return the TOML value a cell holds, or its text where it is none."""
    try:
        return toml_value(text)
    except ValueError:
        return text


def scenario_text(values: Mapping[str, Any]) -> str:
    """Return nested values as a TOML text, a section each."""
    lines = [f"{key} = {toml_text(value)}" for key, value in values.items() if not isinstance(value, Mapping)]
    for section, inner in values.items():
        if isinstance(inner, Mapping):
            lines += ["", f"[{section}]", *(f"{key} = {toml_text(value)}" for key, value in inner.items())]
    return "\n".join([*lines, ""])


def with_keys(text: str, changes: Mapping[str, object]) -> str:
    """Return a TOML text with other values of some keys, by their paths; what else it says stays, comments too.

    Raises ValueError if it is written such that this cannot be done line by line.
    """
    for path, value in changes.items():
        section, _, key = path.rpartition(".")
        lines, known, stated = text.splitlines(), dict(_key_lines(text)), f"{key} = {toml_text(value)}"
        if path in known:
            place = known[path] - 1
            lines[place] = _STATED.sub(lambda found, stated=stated: stated + (found[1] or ""), lines[place])  # type: ignore[misc]
        elif section in known:
            lines.insert(known[section], stated)
        elif section:
            lines += ["", f"[{section}]", stated]
        else:
            lines.insert(0, stated)
        text = "\n".join([*lines, ""])
        found: Any = parse_toml(text)
        for part in path.split("."):
            found = found[part] if isinstance(found, Mapping) and part in found else None
        if found != value:
            raise ValueError(f"{path} cannot be changed line by line")
    return text


def toml_text(value: object) -> str:
    """Return a value as TOML on one line; numbers, texts, lists of them are written as in JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml_text(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _parts(value: Any, depth: int = 0) -> Iterator[Any]:
    """Yield all that a value holds; raises ValueError where it is nested too deeply."""
    if depth > DEEPEST:
        raise ValueError("its values are nested too deeply")
    yield value
    below = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for part in below:
        yield from _parts(part, depth + 1)


def _key_lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield (path, line) of the keys and sections that stand at the beginning of a line."""
    section = ""
    for number, line in enumerate(_ENDS.split(text), start=1):
        if opened := _SECTION.match(line):
            section = _unquoted(opened[1])
            yield section, number
        elif stated := _KEY.match(line):
            yield f"{section}.{_unquoted(stated[1])}".removeprefix("."), number


def _unquoted(path: str) -> str:
    return ".".join(part.strip(" \t\"'") for part in path.split("."))
