"""The files a scenario is made of: found by name inside the case's folders, one extending another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.case.case_location import is_workbook, scenarios_folder
from optimizer.case.faults import Fault, suggestion
from optimizer.case.toml import merge, nested, plain_value, read_toml

SHARED_SCENARIOS = Path(__file__).parents[2] / "inputs" / "scenarios"
"""Where variants that fit any case are kept."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Names of scenarios and of their keys."""


@dataclass(frozen=True)
class SettingLayer:
    """What one file (or `--set`) states."""

    file: str
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of every key path, where known."""


def setting_layers(case_dir: Path, name: str) -> tuple[list[SettingLayer], list[Fault]]:
    """Return a scenario and all that it extends, the most basic first, and what keeps any of them from being read."""
    layers: list[SettingLayer] = []
    seen: list[str] = []
    following: Any = name
    while following is not None:
        above = layers[-1] if layers else SettingLayer("scenario", {})
        location = (above.file, above.lines.get("extends"), "extends" if layers else None)
        if not isinstance(following, str) or not NAME.fullmatch(following):
            rule = "a scenario's name has 1 to 64 letters, digits, _ and -: it is no path"
            return layers[::-1], [Fault(*location, str(following), rule)]
        if following in seen:
            return layers[::-1], [Fault(*location, following, "extends itself: " + " -> ".join([*seen, following]))]
        seen.append(following)
        layer, faults = _read(case_dir, following, location)
        if faults:
            return layers[::-1], faults
        following = layer.values.get("extends")
        layers.append(
            SettingLayer(layer.file, {key: layer.values[key] for key in layer.values if key != "extends"}, layer.lines)
        )
    return layers[::-1], []


def _read(case_dir: Path, name: str, asked: tuple[str, int | None, str | None]) -> tuple[SettingLayer, list[Fault]]:
    """Return a file's layer, or why there is none; `asked` is the place that names the scenario."""
    nothing = SettingLayer(name, {})
    if name == "base" and is_workbook(case_dir):
        return _read_sheet(case_dir)
    paths = [scenarios_folder(case_dir) / f"{name}.toml", SHARED_SCENARIOS / f"{name}.toml"]
    if name == "base":
        paths = [case_dir / "scenario.toml"]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        known = {"base", *(found.stem for path in paths for found in path.parent.glob("*.toml"))}
        hint = suggestion(name, known) or f"; there are {', '.join(sorted(known))}"
        rule = f"the folder {case_dir.name} has no scenario.toml" if name == "base" else "no such scenario" + hint
        return nothing, [Fault(*asked, name, rule)]
    if not path.resolve().is_relative_to(path.parent.resolve()):
        return nothing, [Fault(path.name, None, None, None, f"is a link out of the folder {path.parent.name}")]
    values, lines, faults = read_toml(path)
    return SettingLayer(path.name, values, lines), faults


def _read_sheet(path: Path) -> tuple[SettingLayer, list[Fault]]:
    """Return the layer of a workbook's sheet `scenario`."""
    from optimizer.case.workbook import SCENARIO, Workbook  # reads files that most cases do not have

    book = Workbook(path)
    file, lines, faults = book.label(SCENARIO), dict[str, int](), list[Fault]()
    values: dict[str, Any] = {}
    for line, key, text in book.settings():
        if not all(NAME.fullmatch(part) for part in key.split(".")):
            faults.append(Fault(file, line, "key", key, "must be a key of the scenario: section.key"))
        elif key in lines:
            faults.append(Fault(file, line, "key", key, f"repeats the key of line {lines[key]}"))
        else:
            values = merge(values, nested(key.split("."), plain_value(text)))
        lines.setdefault(key, line)
    return SettingLayer(file, values, lines), faults
