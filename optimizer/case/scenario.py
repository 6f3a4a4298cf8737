"""Scenario files: TOML, one extending another, checked key by key, with every fault listed at once."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from models.scenario import Scenario
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.location import is_workbook, variants_of

SHARED = Path(__file__).parents[2] / "inputs" / "scenarios"
"""Where variants that fit any case are kept."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_BARE_WORD = re.compile(r"[A-Za-z_][\w .:+-]*")


def load_scenario(case_dir: Path, name: str = "base", overrides: Mapping[str, object] | None = None) -> Scenario:
    """Return a scenario of a case: `base` is its `scenario.toml`, other names are looked up in `scenarios` folders.

    A workbook's `base` is its sheet `scenario`, its own `scenarios` folder lies beside it.

    A file whose `extends` names another scenario changes only the keys it states; `overrides` (nested as the file is)
    change the result once more. Raises CaseRefused with every fault.
    """
    values, origins = layered(case_dir, name, overrides or {})
    try:
        return Scenario.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        base = _layers(case_dir, name)[0][0]
        raise CaseRefused(_fault(cause, origins, base) for cause in error.errors()) from None


def layered(case_dir: Path, name: str, overrides: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a scenario's nested values, and the file (or `--set`) that states each of its keys."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for file, layer in (*_layers(case_dir, name), ("--set", overrides)):
        values = merge(values, layer)
        origins |= dict.fromkeys(_paths(layer), file)
    return values, origins


def parse_overrides(settings: Iterable[str]) -> dict[str, Any]:
    """Return the nested values of settings such as `solve.gap_share=0.02`; raises CaseRefused with every fault."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for setting in settings:
        try:
            values = merge(values, parse_override(setting))
        except CaseRefused as refused:
            faults += refused.faults
    if faults:
        raise CaseRefused(faults)
    return values


def parse_override(setting: str) -> dict[str, Any]:
    """Return the nested value of one setting, read as TOML (a bare word is a string); raises CaseRefused."""
    path, equals, text = setting.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(_NAME.fullmatch(key) for key in keys):
        raise CaseRefused([Fault("--set", None, None, setting, "must be section.key=value")])
    try:
        value = _toml_value(text.strip())
    except ValueError as error:
        raise CaseRefused([Fault("--set", None, path.strip(), text, f"is no TOML value: {error}")]) from None
    return _nested(keys, value)


def _nested(keys: list[str], value: Any) -> dict[str, Any]:
    """Return a value in the sections that its keys name."""
    for key in reversed(keys):
        value = {key: value}
    return dict(value)


def _toml_value(text: str) -> object:
    try:
        values = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        if _BARE_WORD.fullmatch(text):
            return text
        raise
    if len(values) > 1:
        raise ValueError("it holds more than one line")
    return values["value"]


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return one nest of values laid over another: sections are merged, anything else replaces what it covers."""
    both = {
        key: merge(under[key], value) if isinstance(value, Mapping) and isinstance(under.get(key), Mapping) else value
        for key, value in over.items()
    }
    return {**under, **both}


def _layers(case_dir: Path, name: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (file, values) of a scenario and all that it extends, the most basic first."""
    layers: list[tuple[str, Mapping[str, Any]]] = []
    seen: list[str] = []
    following: object = name
    while following is not None:
        asked_by = layers[-1][0] if layers else "scenario"
        if not isinstance(following, str) or not _NAME.fullmatch(following):
            rule = "a scenario's name has only letters, digits, _ and -: it is no path"
            raise CaseRefused([Fault(asked_by, None, "extends" if layers else None, str(following), rule)])
        if following in seen:
            rule = "extends itself: " + " -> ".join([*seen, following])
            raise CaseRefused([Fault(asked_by, None, "extends", following, rule)])
        seen.append(following)
        file, values = _read(case_dir, following, asked_by)
        following = values.pop("extends", None)
        layers.append((file, values))
    return layers[::-1]


def _read(case_dir: Path, name: str, asked_by: str) -> tuple[str, dict[str, Any]]:
    if name == "base" and is_workbook(case_dir):
        return _read_sheet(case_dir)
    places = [variants_of(case_dir) / f"{name}.toml", SHARED / f"{name}.toml"]
    if name == "base":
        places = [case_dir / "scenario.toml"]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        known = {"base", *(found.stem for place in places for found in place.parent.glob("*.toml"))}
        hint = suggestion(name, known) or f"; there are {', '.join(sorted(known))}"
        rule = f"the folder {case_dir.name} has no scenario.toml" if name == "base" else "no such scenario" + hint
        raise CaseRefused([Fault(asked_by, None, None, name, rule)])
    try:
        return path.name, tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except ValueError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else None
        raise CaseRefused([Fault(path.name, line, None, None, f"is no TOML: {error}")]) from None


def _read_sheet(path: Path) -> tuple[str, dict[str, Any]]:
    """Return how a workbook's scenario is called in faults, and its nested values; raises CaseRefused."""
    from optimizer.case.workbook import SCENARIO, Workbook  # reads files that most cases do not have

    book = Workbook(path)
    file, lines, faults = book.called(SCENARIO), dict[str, int](), list[Fault]()
    values: dict[str, Any] = {}
    for line, key, text in book.settings():
        if not all(_NAME.fullmatch(part) for part in key.split(".")):
            faults.append(Fault(file, line, "key", key, "must be a key of the scenario: section.key"))
        elif key in lines:
            faults.append(Fault(file, line, "key", key, f"repeats the key of line {lines[key]}"))
        else:
            values = merge(values, _nested(key.split("."), plain_value(text)))
        lines.setdefault(key, line)
    if faults:
        raise CaseRefused(faults)
    return file, values


def plain_value(text: str) -> object:
    """Return the TOML value a cell holds, or its text where it is none."""
    try:
        return _toml_value(text)
    except ValueError:
        return text


def _paths(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        yield above + key
        if isinstance(value, Mapping):
            yield from _paths(value, f"{above}{key}.")


def key_paths(section: type[BaseModel] = Scenario, above: str = "") -> Iterator[str]:
    """Yield the path of every key a scenario may state: `title`, `question.objectives`, ..."""
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from key_paths(field.annotation, f"{above}{name}.")
        else:
            yield above + name


def _fault(cause: Any, origins: Mapping[str, str], base: str) -> Fault:
    """Turn one error of pydantic into a fault that names the file which stated the key."""
    path = ".".join(part for part in cause["loc"] if isinstance(part, str))
    file = origins.get(path) or origins.get(path.rpartition(".")[0]) or base
    if cause["type"] == "missing":
        return Fault(file, None, path, None, "is missing")
    shown = json.dumps(cause["input"], default=str)
    if cause["type"] == "extra_forbidden":
        homes = [known for known in key_paths() if known.rpartition(".")[2] == path.rpartition(".")[2]]
        hint = f" (did you mean {homes[0]!r}?)" if homes else suggestion(path, key_paths())
        return Fault(file, None, path, shown, "unknown key" + hint)
    return Fault(file, None, path or None, shown, cause["msg"].removeprefix("Value error, "))
