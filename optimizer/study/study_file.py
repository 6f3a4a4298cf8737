"""A study file: the case asked, the factors that vary and the design over them, checked as a case is."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from pydantic import Field, ValidationError

from models.settings import Section
from optimizer.case.cells import invisible_letter
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.place import place_of
from optimizer.case.toml import merge, nested, read_toml, toml_text
from optimizer.study.factor import FactorSettings, Value
from optimizer.study.variant import Variants, total

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}")
PLAIN_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_. -]*\.csv")
READ = {
    "grid": (),
    "one_at_a_time": (),
    "latin_hypercube": ("size", "seed"),
    "morris": ("size", "seed", "levels"),
    "sobol": ("size", "seed", "second_order"),
    "rows": ("file",),
}
"""Keys of `[design]` that each kind reads."""
RESERVED = {"run", "key", "status", "reason", "measure", "entity", "period", "unit", "value", "bound", "gap_share"}
"""Columns of the results that no factor can be named after."""
TAIL = 0.001
"""Share of a distribution beyond the values that are tried in the case before anything runs."""
LARGEST_DESIGN = 100_000
"""Most runs of a design."""
Form = TypeVar("Form", bound=Section)


class DesignSettings(Section):
    """The section `[design]` of a study file: which combinations of values are run, after the base run."""

    kind: Literal["grid", "one_at_a_time", "latin_hypercube", "morris", "sobol", "rows"]
    """grid (every combination), one_at_a_time (one factor moved, the others as they are), latin_hypercube, morris
    (trajectories for elementary effects), sobol (Saltelli's sample for variance shares), rows (of a CSV file)."""
    size: int = Field(0, ge=0, le=LARGEST_DESIGN)
    """Runs of a Latin hypercube, trajectories of Morris, or base samples of Sobol (a power of 2)."""
    seed: int = Field(0, ge=0, le=2**31 - 1)
    """Seed of what is drawn at random."""
    levels: int = Field(4, ge=2, le=100)
    """Levels of the grid of Morris; an even number."""
    second_order: bool = False
    """Whether Sobol is to tell interactions of two factors as well: 2 k + 2 runs a sample instead of k + 2."""
    file: str = ""
    """For `rows`: a CSV file beside the study file, a column per factor, an empty cell leaving it as it is."""


class StudySettings(Section):
    """The keys at the top of a study file."""

    title: str = Field(min_length=1, max_length=200)
    """One line that says what is asked."""
    case: str = Field(min_length=1)
    """Folder or workbook of the case, from where the command is called."""
    scenario: str = "base"
    """Scenario of the case from which all runs start."""
    plans: int = Field(16, ge=0, le=1000)
    """Most plans that are priced in every run, besides its own; with 0 differences carry the gaps of the search."""


@dataclass(frozen=True)
class StudyText:
    """A study file as it is written."""

    path: Path
    text: str
    lines: Mapping[str, int]
    """Line of every key, by its path."""

    def fault(self, path: str, value: object, rule: str) -> Fault:
        """Return a fault of a key of the file."""
        line = next((self.lines[each] for each in (path, path.rpartition(".")[0]) if each in self.lines), None)
        shown = value if isinstance(value, str | None) else toml_text(value)
        return Fault(self.path.name, rule, line, path, shown)


@dataclass(frozen=True)
class Study:
    """A study file, read."""

    top: StudySettings
    design: DesignSettings
    factors: Mapping[str, FactorSettings]
    """By name, in the order of the file."""
    overrides: Mapping[str, Any]
    """Keys of the scenario set anew for all runs, nested."""
    written: StudyText

    @property
    def name(self) -> str:
        """Return the name of its file without the ending, which its folder of results has too."""
        return self.written.path.stem

    @property
    def rows_file(self) -> Path:
        """Return the CSV file of a design of rows."""
        return self.written.path.parent / self.design.file

    @property
    def variants(self) -> Variants:
        """Return the variants of its case."""
        return Variants(Path(self.top.case), self.top.scenario, self.overrides)


def read_study(path: Path) -> Study:
    """Return a study as its file states it, its case unread; raises CaseRefused with every fault of the file."""
    study, faults = _read(path)
    if faults:
        raise CaseRefused(faults)
    return study


def check_study(path: Path, case_dir: Path | None = None) -> tuple[Study, Variants]:
    """Return a study that fits its case, and the variants of that; raises CaseRefused with every fault of both.

    With `case_dir` that is its case, wherever its file says that it is.
    """
    study, faults = _read(path)
    if case_dir is not None:
        study = replace(study, top=study.top.model_copy(update={"case": str(case_dir)}))
    variants = study.variants
    try:
        if not variants.case_dir.exists():
            raise CaseRefused([study.written.fault("case", study.top.case, "there is no such folder or workbook")])
        variants.read(variants.settings(study.top.scenario, {}))
    except CaseRefused as refused:
        faults += [_of_the_study(study, fault) for fault in refused.faults]
    else:
        wrong = [fault for name in study.factors for fault in _factor_faults(study, name, variants)]
        faults += wrong or _overlaps(study, variants)
    if faults:
        raise CaseRefused(sorted(faults, key=lambda fault: (fault.file != path.name, fault.line or 0)))
    return study, variants


def _read(path: Path) -> tuple[Study, list[Fault]]:
    """Return what of a study file is sound, and its faults; raises CaseRefused where that is too little."""
    values, lines, faults = read_toml(path)
    if faults:
        raise CaseRefused(faults)
    written = StudyText(path, path.read_text(encoding="utf-8-sig"), lines)
    sections = ("set", "design", "factors")
    given: dict[str, dict[str, Any]] = {}
    for name in sections:
        stated = values.get(name, {})
        given[name] = stated if isinstance(stated, dict) else {}
        if given[name] is not stated:
            faults.append(written.fault(name, stated, f"must be a section, [{name}]"))
    rest = {key: value for key, value in values.items() if key not in sections}
    top, wrong = _form(written, StudySettings, "", rest, sections)
    design, more = _form(written, DesignSettings, "design.", given["design"])
    faults += wrong + more
    factors: dict[str, FactorSettings] = {}
    for name, stated in given["factors"].items():
        if not NAME.fullmatch(name) or name in RESERVED:
            rule = "names a column of the results" if name in RESERVED else "must be a letter, then letters, digits, _"
            faults.append(written.fault(f"factors.{name}", None, rule))
        elif not isinstance(stated, dict):
            faults.append(written.fault(f"factors.{name}", stated, f"must be a section, [factors.{name}]"))
        else:
            factor, wrong = _form(written, FactorSettings, f"factors.{name}.", stated)
            faults += wrong
            if factor is not None and not wrong:
                factors[name] = factor
    if not given["factors"]:
        faults.append(written.fault("factors", None, "states no factor: [factors.NAME]"))
    overrides: dict[str, Any] = {}
    for key, value in given["set"].items():
        overrides = merge(overrides, nested(key.split("."), value))
    if top is None:
        raise CaseRefused(faults)
    study = Study(top, design or DesignSettings(kind="grid"), factors, overrides, written)
    return study, [*faults, *(_design_faults(study) if design else ())]


def _form(
    written: StudyText, kind: type[Form], above: str, values: Mapping[str, Any], others: tuple[str, ...] = ()
) -> tuple[Form | None, list[Fault]]:
    """Return the keys of one section, unknown ones left out, and every fault of theirs; None where others are wrong."""
    try:
        return kind.model_validate_json(json.dumps(values, default=str), strict=True), []
    except ValidationError as error:
        faults = list[Fault]()
        for cause in error.errors():
            name = ".".join(str(part) for part in cause["loc"][:1])
            path, rule = f"{above}{name}".removesuffix("."), cause["msg"].removeprefix("Value error, ")
            if cause["type"] == "missing":
                rule = "is missing" if len(cause["loc"]) == 1 else "has too few values"
            elif cause["type"] == "extra_forbidden":
                rule = "unknown key" + suggestion(name, [*kind.model_fields, *others])
            lacks = cause["loc"] in ((), (name,)) and cause["type"] == "missing"
            shown = None if lacks or not cause["loc"] else values.get(name, cause["input"])
            if not any(fault.column == path and cause["loc"][1:] for fault in faults):  # one of a list is enough
                faults.append(written.fault(path, shown, rule))
        known = {name: value for name, value in values.items() if name in kind.model_fields}
        form = None if known.keys() == values.keys() else _form(written, kind, above, known)[0]
        return form, list(dict.fromkeys(faults))


def _design_faults(study: Study) -> Iterator[Fault]:
    """Yield what the design and the factors have against one another."""
    design = study.design
    for name in sorted(design.model_fields_set - {"kind", *READ[design.kind]}):
        yield study.written.fault(
            f"design.{name}", getattr(design, name), f"nothing in a {design.kind} design reads it"
        )
    twins = Counter(name.casefold() for name in study.factors)
    for name in study.factors:
        if twins[name.casefold()] > 1:
            yield study.written.fault(f"factors.{name}", None, "differs from another factor's name by capitals only")
    if letter := invisible_letter(study.top.title):
        yield study.written.fault("title", study.top.title, f"holds the invisible character U+{ord(letter):04X}")
    if design.kind == "rows":
        if not PLAIN_FILE.fullmatch(design.file) or not study.rows_file.is_file():
            yield study.written.fault("design.file", design.file, "names no CSV file beside the study file")
        return
    for name, factor in study.factors.items():
        path = f"factors.{name}"
        if not factor.is_stated:
            yield study.written.fault(path, None, "states no values: values, range or distribution")
        elif design.kind == "morris" and not factor.has_ends:
            yield study.written.fault(
                f"{path}.distribution", factor.distribution, "needs low and high in a Morris design"
            )
    if design.kind in ("latin_hypercube", "morris", "sobol"):
        if design.size == 0:
            yield study.written.fault("design.size", None, f"must be stated for {design.kind}")
        elif design.kind == "sobol" and design.size & (design.size - 1):
            yield study.written.fault("design.size", design.size, "must be a power of 2 for sobol")
    if design.kind == "morris" and design.levels % 2:
        yield study.written.fault("design.levels", design.levels, "must be even")


def _factor_faults(study: Study, name: str, variants: Variants) -> Iterator[Fault]:
    """Yield what is wrong with a factor in its case: its place, and the values beyond which no other lies."""
    factor, path = study.factors[name], f"factors.{name}"
    inputs = variants.read(variants.settings(study.top.scenario, {}))
    try:
        place = place_of(factor.of, factor.where, inputs)
    except ValueError as error:
        rule = str(error)
        at = "where" if rule.startswith("where: ") else "of"
        shown = dict(factor.where) if at == "where" else factor.of
        yield study.written.fault(f"{path}.{at}", shown, rule.removeprefix("where: "))
        return
    relative = next((each for each in ("relative", "relative_to") if getattr(factor, each)), None)
    if place.kind == "hours" and not factor.relative:
        yield study.written.fault(f"{path}.relative", None, "must be true for an hourly table")
        return
    if relative and not place.numeric:
        yield study.written.fault(f"{path}.{relative}", getattr(factor, relative), "needs numbers to multiply")
        return
    if factor.relative_to:
        try:
            total(factor.relative_to, inputs)
        except ValueError as error:
            yield study.written.fault(
                f"{path}.relative_to", factor.relative_to, str(error).removeprefix("relative_to: ")
            )
            return
    stated = "values" if factor.values else "range" if factor.range else "distribution"
    if place.numeric and (wrong := [each for each in factor.values if not isinstance(each, float)]):
        yield study.written.fault(f"{path}.values", wrong[0], "must be a number")
        return
    if not place.numeric and stated != "values" and factor.is_stated:
        yield study.written.fault(f"{path}.{stated}", None, "must be a list of values: these are no numbers")
        return
    tails = [factor.value_at(share) for share in (TAIL, 1 - TAIL)] if factor.distribution else []
    if not np.isfinite(np.array(tails, dtype=float)).all():
        yield study.written.fault(f"{path}.distribution", factor.distribution, "has no values between low and high")
        return
    for value in dict.fromkeys([*factor.ends, *tails]):
        try:
            variant = variants.of(study.factors, {name: value})
            changed = variant.applied(variants.read(variant.settings))
            if place.kind == "cells" and not place.numeric and (faults := changed.faults(variant.settings)):
                raise CaseRefused(faults)  # a name that no table has
        except (CaseRefused, ValueError) as error:
            told = error.faults if isinstance(error, CaseRefused) else ()
            rule = str(error) if not told else _first(told, value)
            yield study.written.fault(f"{path}.{stated}", value, rule)


def _overlaps(study: Study, variants: Variants) -> list[Fault]:
    """Return the factors that change what another one changes: of two values in one place one would be lost."""
    inputs = variants.read(variants.settings(study.top.scenario, {}))
    seen: dict[object, str] = {}
    faults = []
    for name, factor in study.factors.items():
        place = place_of(factor.of, factor.where, inputs)
        if factor.of == "overlay" or place.kind == "hours":
            continue  # laid over one another, multiplied
        parts = [(place.kind, place.table, place.column, row) for row in place.rows or ("",)]
        others = [seen[part] for part in parts if part in seen]
        if others and not all(each.relative or each.relative_to for each in (factor, study.factors[others[0]])):
            faults.append(study.written.fault(f"factors.{name}.of", factor.of, f"is changed by {others[0]} as well"))
        seen |= dict.fromkeys(parts, name)
    return faults


def _first(faults: tuple[Fault, ...], value: Value) -> str:
    """Return the first of some faults in a line, without what the study file says anyway."""
    first, more = faults[0], sum(fault.count for fault in faults) - 1
    same = first.value in (None, toml_text(value), str(value))
    whole = replace(first, value=None if same else first.value, rule="")
    where = str(whole).removesuffix(": ").removeprefix("--set, ").removeprefix("scenario").removeprefix(", ")
    return f"{where}: {first.rule}".removeprefix(": ") + (f" (and {more} more)" if more else "")


def _of_the_study(study: Study, fault: Fault) -> Fault:
    """Return a fault of keys that the study sets as one of its file; others are those of the case."""
    if fault.file == "--set":
        return study.written.fault(f"set.{fault.column}", fault.value, fault.rule)
    if fault.file == "scenario":
        name, line = study.written.path.name, study.written.lines.get("scenario")
        return replace(fault, file=name, line=line, column=fault.column or "scenario")
    return fault
