"""The settings of a scenario as a form, made from their declarations; what was changed comes back as for `--set`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic.fields import FieldInfo

from models.settings import OBJECTIVES, Settings
from optimizer.case.faults import Fault
from optimizer.case.glossary import setting_keys
from optimizer.case.settings import setting_fields, setting_of
from optimizer.case.toml import plain_value, toml_text

UNITS = {"mwh": "MWh", "mw": "MW", "gb": "GB", "meur": "MEUR", "eur": "EUR", "kchips": "thousand chips"}
"""Parts of keys that are units -> how they are written."""
HIDDEN = ("inputs.overlays", "futures")
"""Keys for which a scenario is chosen."""


@dataclass(frozen=True)
class Input:
    """One key of a form."""

    key: str
    label: str
    kind: Literal["number", "choice", "text", "lines"]
    value: str
    """As it stands in the form."""
    stated: str
    """What the scenario has."""
    meaning: str
    limits: str
    low: str = ""
    high: str = ""
    whole: bool = False
    choices: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Section:
    """The keys of a section."""

    name: str
    meaning: str
    inputs: tuple[Input, ...]

    @property
    def changed(self) -> int:
        """Return how many keys have another value than the scenario."""
        return sum(each.value != each.stated for each in self.inputs)

    @property
    def wrong(self) -> bool:
        """Tell whether a key is refused."""
        return any(each.fault for each in self.inputs)


def form_of(settings: Settings, typed: Mapping[str, str], faults: tuple[Fault, ...] = ()) -> list[Section]:
    """Return the form of a scenario with what was typed over it, and the faults of it in their places."""
    limits = {key: (words, meaning) for key, _, words, meaning in setting_keys()}
    wrong: dict[str, str] = {str(fault.column): fault.rule for fault in faults}
    inputs: dict[str, list[Input]] = {}
    for key, field in setting_fields().items():
        if key in limits and key not in HIDDEN:
            stated = text_of(setting_of(settings, key))
            value = typed.get(key, stated)
            made = _input(key, field, stated, value, *limits[key], wrong.get(key, ""))
            inputs.setdefault(key.partition(".")[0], []).append(made)
    return [Section(name, _meaning(name), tuple(each)) for name, each in inputs.items()]


def unplaced(faults: tuple[Fault, ...]) -> list[Fault]:
    """Return the faults that no key of the form can show."""
    return [fault for fault in faults if fault.column not in setting_fields() or fault.column in HIDDEN]


def changed_keys(settings: Settings, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed that is not what the scenario has: key -> TOML."""
    return dict(_changed(settings, typed))


def text_of(value: object) -> str:
    """Return a value as it stands in a form."""
    if isinstance(value, Mapping):
        return "\n".join(f"{place} = {text_of(inner)}" for place, inner in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)


def _changed(settings: Settings, typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, field in setting_fields().items():
        text, stated = "\n".join(typed.get(key, "").split("\r\n")).strip(), text_of(setting_of(settings, key))
        if key not in typed or key in HIDDEN or text == stated:
            continue
        if _kind(field) == "lines":
            lines = (line for line in text.splitlines() if line.strip() and line not in stated.splitlines())
            for place, _, value in (line.partition("=") for line in lines):
                yield f"{key}.{json.dumps(place.strip())}", toml_text(plain_value(value.strip()))
        elif get_origin(field.annotation) is tuple:
            yield key, json.dumps([part.strip() for part in text.split(",") if part.strip()])
        else:
            bare = field.annotation is bool or _kind(field) == "number"
            yield key, (text or '""') if bare else json.dumps(text)


def _meaning(section: str) -> str:
    annotation = Settings.model_fields[section].annotation
    return " ".join((getattr(annotation, "__doc__", "") or "").split())


def _choices(field: FieldInfo) -> tuple[str, ...]:
    if field.annotation is bool:
        return "true", "false"
    return tuple(map(str, get_args(field.annotation))) if get_origin(field.annotation) is Literal else ()


def _kind(field: FieldInfo) -> Literal["number", "choice", "text", "lines"]:
    if _choices(field):
        return "choice"
    if get_origin(field.annotation) is Mapping:
        return "lines"
    return "number" if {int, float} & {field.annotation, *get_args(field.annotation)} else "text"


def _input(key: str, field: FieldInfo, stated: str, value: str, limits: str, meaning: str, fault: str) -> Input:
    marks: list[Any] = field.metadata
    low = next((str(mark.ge) for mark in marks if isinstance(mark, Ge)), "")
    low = low or next((str(mark.gt) for mark in marks if isinstance(mark, Gt)), "")
    high = next((str(mark.le) for mark in marks if isinstance(mark, Le)), "")
    words = key.partition(".")[2].replace(".", ": ").split("_")
    label = " ".join(UNITS.get(word, word) for word in words)
    if get_origin(field.annotation) is tuple:
        limits = "names, parted by commas"
        if key == "question.objectives":
            limits = f"in order of importance, parted by commas, of {', '.join(OBJECTIVES)}"
    elif _kind(field) == "lines":
        limits = "one a line"
    elif _choices(field):
        limits = ""
    meaning = meaning.replace("`", "")
    whole = field.annotation is int
    return Input(key, label, _kind(field), value, stated, meaning, limits, low, high, whole, _choices(field), fault)
