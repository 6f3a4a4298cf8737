"""Scenarios: files laid over one another, keys set for one run, checked key by key, every fault listed at once."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from models.case import TABLES
from models.settings import Settings
from models.units import SMALLEST, Smallest
from optimizer.case.cells import invisible_letter
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.setting_layers import NAME, SettingLayer, setting_layers
from optimizer.case.toml import DEEPEST, key_paths_of, merge, nested, toml_value
from optimizer.case.unknown_keys import unknown_key_hint


@dataclass(frozen=True)
class Origin:
    """What states a key: a file or `--set`, and the line where known."""

    file: str
    line: int | None


def load_settings(case_dir: Path, name: str = "base", overrides: Mapping[str, object] | None = None) -> Settings:
    """Return a scenario of a case: `base` is its `scenario.toml`, other names are looked up in `scenarios` folders.

    A workbook's `base` is its sheet `scenario`, its own `scenarios` folder lies beside it.

    A file whose `extends` names another scenario changes only the keys it states; `overrides` (nested as the file is)
    change the result once more. Raises CaseRefused with every fault.
    """
    values, origins, faults = _merge_layers(case_dir, name, overrides or {})
    faults += _tiny_faults(values, origins)
    base = next(iter(origins.values()), Origin("scenario", None)).file
    try:
        settings = Settings.model_validate_json(json.dumps(values, default=_date_or_time), strict=True)
    except ValidationError as error:
        read_whole = not faults
        raised = [cause for cause in error.errors() if read_whole or cause["type"] != "missing"]
        raise CaseRefused([*faults, *(_fault(cause, origins, base) for cause in raised)]) from None
    if letter := invisible_letter(settings.title):
        origin = origins["title"]
        rule = f"holds the unreadable or invisible character U+{ord(letter):04X}"
        faults.append(Fault(origin.file, rule, origin.line, "title", settings.title))
    if faults:
        raise CaseRefused(faults)
    return settings


def changed_keys(case_dir: Path, name: str, overrides: Mapping[str, object]) -> dict[str, Any]:
    """Return the keys whose values `overrides` change, with the new values; raises CaseRefused."""
    before, after = (
        dict(_leaves(load_settings(case_dir, name, each).model_dump(mode="json"))) for each in ({}, overrides)
    )
    return {key: value for key, value in after.items() if before.get(key) != value}


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of every key."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


def merged_settings(
    case_dir: Path, name: str, overrides: Mapping[str, object]
) -> tuple[dict[str, Any], dict[str, Origin]]:
    """Return a scenario's nested values and the origin of each of its keys; raises CaseRefused."""
    values, origins, faults = _merge_layers(case_dir, name, overrides)
    if faults:
        raise CaseRefused(faults)
    return values, origins


def _merge_layers(
    case_dir: Path, name: str, overrides: Mapping[str, object]
) -> tuple[dict[str, Any], dict[str, Origin], list[Fault]]:
    layers, faults = setting_layers(case_dir, name)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for layer in (*layers, SettingLayer("--set", overrides)):
        values = merge(values, layer.values)
        origins |= {path: Origin(layer.file, layer.lines.get(path)) for path in key_paths_of(layer.values)}
    return values, origins, faults


def parse_overrides(settings: Iterable[str]) -> dict[str, Any]:
    """Return the nested values of settings such as `solve.gap_share=0.02`; raises CaseRefused with every fault."""
    values: dict[str, Any] = {}
    stated: dict[str, str] = {}
    faults: list[Fault] = []
    for setting in settings:
        try:
            override = parse_override(setting)
        except CaseRefused as refused:
            faults += refused.faults
            continue
        path, text = (part.strip() for part in setting.split("=", 1))
        if path in stated:
            rule = "is set more than once" + (f", to {stated[path]!r} and to {text!r}" if stated[path] != text else "")
            faults.append(Fault("--set", rule, column=path, value=text))
        stated[path] = text
        values = merge(values, override)
    if faults:
        raise CaseRefused(faults)
    return values


def parse_override(setting: str) -> dict[str, Any]:
    """Return the nested value of one setting, read as TOML (a bare word is a string); raises CaseRefused.

    One that names cells of a table, `tranches.private.p1=500`, is a key of `inputs.cells`.
    """
    path, equals, text = setting.partition("=")
    quoted = path.strip().partition('."')  # inputs.factors."chips.price_eur_per_chip"
    keys = [key.strip() for key in quoted[0].split(".")]
    named = [quoted[2].removesuffix('"')] if quoted[1] else []
    if re.split(r"[.\[]", keys[0])[0] in TABLES:
        keys, named = ["inputs", "cells"], [path.strip()]
    if not equals or len(keys) > DEEPEST or not all(NAME.fullmatch(key) for key in keys):
        raise CaseRefused([Fault("--set", "must be section.key=value", value=setting)])
    try:
        return nested([*keys, *named], toml_value(text.strip()))
    except ValueError as error:
        percent = re.fullmatch(r"\s*([\d.]+)\s*%\s*", text)
        rule = f"is no TOML value: {error}"
        if percent:
            rule = f"a percentage is no number here: write {float(percent[1]) / 100:g} (the share) or {percent[1]}"
        raise CaseRefused([Fault("--set", rule, column=path.strip(), value=text)]) from None


@cache
def setting_fields() -> Mapping[str, FieldInfo]:
    """Return the field of every key a scenario may state by its path: `title`, `question.objectives`, ..."""
    return dict(_fields(Settings))


def setting_of(settings: Settings, path: str) -> Any:
    """Return the value of a key by its path."""
    return reduce(getattr, path.split("."), settings)


def _fields(section: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation, f"{above}{name}.")
        else:
            yield above + name, field


def _date_or_time(value: object) -> dict[str, str]:
    """Return what TOML has and no scenario takes, dates and times, as something that fits no key."""
    return {"date or time": str(value)}


def smallest_of(path: str) -> float:
    """Return the least magnitude that a key of the scenario may have but for 0."""
    marks = setting_fields()[path].metadata if path in setting_fields() else []
    return next((mark.size for mark in marks if isinstance(mark, Smallest)), SMALLEST)


def _tiny_faults(values: Mapping[str, Any], origins: Mapping[str, Origin]) -> Iterator[Fault]:
    """Yield the numbers that are not 0 but too small to be meant."""
    for path, value in _leaves(values):
        if type(value) in (float, int) and 0 < abs(value) < smallest_of(path):
            origin = origins[path]
            rule = f"is not zero but below {smallest_of(path):g} in magnitude: write 0, or check the unit"
            yield Fault(origin.file, rule, origin.line, path, f"{value!r}")


def _fault(cause: Any, origins: Mapping[str, Origin], base: str) -> Fault:
    """Turn one error of pydantic into a fault that names the file which stated the key."""
    path = ".".join(part for part in cause["loc"] if isinstance(part, str))
    origin = origins.get(path) or origins.get(path.rpartition(".")[0]) or Origin(base, None)
    if cause["type"] == "missing":
        return Fault(origin.file, "is missing", column=path)
    shown = json.dumps(cause["input"], default=str)
    rule = cause["msg"].removeprefix("Value error, ")
    if cause["type"] == "extra_forbidden":
        known = [*setting_fields()]
        sections = sorted({key.rpartition(".")[0] for key in known} - {""})
        table = isinstance(cause["input"], Mapping) and path not in TABLES
        rule = "unknown key" + (suggestion(path, sections) if table else unknown_key_hint(path, known))
    return Fault(origin.file, rule, origin.line, path or None, shown)
