"""The files a scenario is made of: found by name inside the case's folders, one extending another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    path: Path | None = None
    """Where the file is, if it is one."""


def setting_layers(case_dir: Path, name: str) -> tuple[list[SettingLayer], list[Fault]]:
    """Return a scenario and all that it extends, the most basic first, and what keeps any of them from being read."""
    layers: list[SettingLayer] = []
    seen: list[str] = []
    following: Any = name
    while following is not None:
        above = layers[-1] if layers else SettingLayer("scenario", {})
        location = Fault(above.file, "", above.lines.get("extends"), "extends" if layers else None, str(following))
        if not isinstance(following, str) or not NAME.fullmatch(following):
            rule = "a scenario's name has 1 to 64 letters, digits, _ and -: it is no path"
            return layers[::-1], [replace(location, rule=rule)]
        if following in seen:
            rule = "extends itself: " + " -> ".join([*seen, following])
            return layers[::-1], [replace(location, rule=rule)]
        seen.append(following)
        layer, faults = _read(case_dir, following, location)
        if faults:
            return layers[::-1], faults
        following = layer.values.get("extends")
        layers.append(replace(layer, values={key: layer.values[key] for key in layer.values if key != "extends"}))
    return layers[::-1], []


def _read(case_dir: Path, name: str, asked: Fault) -> tuple[SettingLayer, list[Fault]]:
    """Return a file's layer, or why there is none; `asked` is where the scenario is named."""
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
        return nothing, [replace(asked, rule=rule)]
    if not path.resolve().is_relative_to(path.parent.resolve()):
        return nothing, [Fault(path.name, f"is a link out of the folder {path.parent.name}")]
    values, lines, faults = read_toml(path)
    return SettingLayer(path.name, values, lines, path), faults


def _read_sheet(path: Path) -> tuple[SettingLayer, list[Fault]]:
    """Return the layer of a workbook's sheet `scenario`."""
    from optimizer.case.workbook import SCENARIO, Workbook  # reads files that most cases do not have

    book = Workbook(path)
    file, lines, faults = book.label(SCENARIO), dict[str, int](), list[Fault]()
    values: dict[str, Any] = {}
    for line, key, text in book.settings():
        if not all(NAME.fullmatch(part) for part in key.split(".")):
            faults.append(Fault(file, "must be a key of the scenario: section.key", line, "key", key))
        elif key in lines:
            faults.append(Fault(file, f"repeats the key of line {lines[key]}", line, "key", key))
        else:
            values = merge(values, nested(key.split("."), plain_value(text)))
        lines.setdefault(key, line)
    return SettingLayer(file, values, lines), faults
