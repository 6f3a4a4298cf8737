"""Every aspect keeps the contract: its header is true, all is explained and named after its unit, and it builds."""

import ast
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pyomo.environ as pyo
import pytest

from models import ledger, units
from models.aspects import NAMES
from models.case import Case
from models.formulation import ASPECTS, build, name_of
from models.settings import OBJECTIVES
from optimizer.program.aspects import header_of, rules_of

ROOT = Path(__file__).parents[1]
SUFFIXES = {
    mark.suffix
    for kind in vars(units).values()
    for mark in get_args(kind)
    if isinstance(mark, units.Unit) and mark.suffix
}
WITHOUT_UNIT = {
    "open_in": "binary",
    "close_in": "binary",
    "entered": "0 or 1",
    "opened": "0 or 1",
    "hosts": "0..1",
    "halls": "a count of what its name says",
    "standing": "halls standing, a count",
    "site_halls": "halls, a count",
    "gigafactory": "binary",
    "sites": "sites that a programme counts, a count",
    "runs": "binary",
    "reinforced": "binary",
    "units": "a count of what its name says",
    "on_site_units": "a count of what its name says",
    "has_units": "binary",
    "evenly_served": "0..1",
    "committed_compute": "kH100e-years, as compute_goal",
    **{f"{name}_goal": f"{each.unit}; named after its objective" for name, each in OBJECTIVES.items()},
}
OPERATORS = {"sum", "le", "ge", "in", "max", "min", "pm", "sqrt"}

each_aspect = pytest.mark.parametrize("aspect", ASPECTS, ids=NAMES)


@pytest.fixture(scope="module")
def model(tutorial_case: Case) -> pyo.ConcreteModel:
    return build(tutorial_case)


def components(model: pyo.ConcreteModel, aspect: ModuleType, kind: type[Any]) -> set[str]:
    """Return the names of an aspect's components of a kind, those of the blocks of its days among them."""
    block = model.component(name_of(aspect))
    return {component.local_name for component in block.component_objects(kind, descend_into=True)}


def components_read(aspect: ModuleType) -> set[str]:
    """Return `aspect.name` of everything that an aspect's source reads off other aspects' blocks, or says it links."""
    found = {*getattr(aspect, "LINKS", {}).values()}
    for node in ast.walk(ast.parse(inspect.getsource(aspect))):
        match node:
            case ast.Attribute(attr=name, value=ast.Attribute(attr=other, value=ast.Name(id="model"))):
                if other in NAMES:
                    found.add(f"{other}.{name}")
    return found


def ledgers_totalled(aspect: ModuleType) -> set[str]:
    return set(re.findall(r'ledger\.total\(model, "(\w+)"', inspect.getsource(aspect)))


@each_aspect
def test_it_has_one_file_at_every_level(aspect: ModuleType) -> None:
    name = name_of(aspect)
    files = [f"{room}/{name}.py" for room in ("models", "optimizer/audit")]
    files += [f"tests/{room}/test_{name}.py" for room in ("models", "audit")]
    assert [file for file in files if not (ROOT / file).is_file()] == []
    limited = any(rule.set_by for rule in rules_of(aspect))
    assert (ROOT / "optimizer" / "explain" / f"{name}.py").is_file() == limited
    assert f"\n## {name.capitalize()}\n" in (ROOT / "models" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(ROOT.glob("models/**/*.py")), ids=lambda path: path.stem)
def test_no_file_of_the_problem_imports_an_aspect(path: Path) -> None:
    """The formulation takes them by name."""
    text = path.read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    named = {f"{node.module}{part}" for node in imports for part in ("", *(f".{name.name}" for name in node.names))}
    assert named & {f"models.{name}" for name in NAMES} == set()


@each_aspect
def test_a_file_is_named_after_its_aspect_and_opens_with_it(aspect: ModuleType) -> None:
    assert aspect.__doc__ is not None
    assert aspect.__doc__.startswith(f"{name_of(aspect).capitalize()}: ")


@each_aspect
def test_needs_are_what_the_aspect_reads(aspect: ModuleType) -> None:
    header = header_of(aspect)
    assert {*header.needs} == components_read(aspect)
    assert {*header.needs_ledgers} == ledgers_totalled(aspect)
    before = NAMES[: ASPECTS.index(aspect)]
    assert all(need.partition(".")[0] in before for need in header.needs)


@each_aspect
def test_decisions_are_its_variables(aspect: ModuleType, model: pyo.ConcreteModel) -> None:
    assert {entry.name for entry in header_of(aspect).decides} == components(model, aspect, pyo.Var)


@each_aspect
def test_offers_are_its_named_expressions(aspect: ModuleType, model: pyo.ConcreteModel) -> None:
    named = components(model, aspect, pyo.Expression) | components(model, aspect, pyo.Param)
    assert {entry.name for entry in header_of(aspect).offers} == named - {*ledger.LEDGERS}


@each_aspect
def test_it_adds_to_the_ledgers_it_names(aspect: ModuleType, model: pyo.ConcreteModel) -> None:
    named = components(model, aspect, pyo.Expression)
    assert {*header_of(aspect).adds_to} == named & {*ledger.LEDGERS}


@each_aspect
def test_rules_are_decorated_sentences_with_an_equation(aspect: ModuleType, model: pyo.ConcreteModel) -> None:
    rules = {rule.name: rule for rule in rules_of(aspect) if rule.kind == "constraint"}
    assert {*rules} == components(model, aspect, pyo.Constraint)
    for name, rule in rules.items():
        assert rule.meaning, f"{name} has no meaning"
        assert re.search(r"=|\\le|\\ge", rule.equation), f"{name} has no equation"
        assert len(name.split("_")) >= 3 or name == "energy_balances", f"{name} is no sentence"


@each_aspect
def test_named_expressions_are_explained(aspect: ModuleType, model: pyo.ConcreteModel) -> None:
    rules = {rule.name: rule for rule in rules_of(aspect) if rule.kind == "expression"}
    assert {*rules} == components(model, aspect, pyo.Expression)
    assert all(rule.meaning for rule in rules.values())


@each_aspect
def test_every_symbol_of_an_equation_is_explained(aspect: ModuleType) -> None:
    known = {letter for symbol, meaning in header_of(aspect).symbols for letter in letters(symbol) if meaning}
    for rule in rules_of(aspect):
        assert letters(rule.equation) <= known, f"{rule.name}: {letters(rule.equation) - known}"


def letters(equation: str) -> set[str]:
    """Return the letters of an equation, Greek ones and words in braces whole."""
    words = re.findall(r"\^\{([a-z]{2,})\}", equation)
    rest = re.sub(r"\^\{[a-z]{2,}\}", "", equation)
    found = re.findall(r"\\([a-z]+)|([A-Za-z])", rest)
    return {*words} | {greek or letter for greek, letter in found} - OPERATORS


@each_aspect
def test_every_index_keeps_its_order(aspect: ModuleType, model: pyo.ConcreteModel) -> None:
    block = model.component(name_of(aspect))
    for kind in (pyo.Var, pyo.Constraint, pyo.Expression, pyo.Block):
        for component in block.component_objects(kind, descend_into=True):
            assert all(part.isordered() for part in component.index_set().subsets()), component.name


@each_aspect
def test_names_end_in_their_unit(aspect: ModuleType, model: pyo.ConcreteModel) -> None:
    named = set().union(*(components(model, aspect, kind) for kind in (pyo.Var, pyo.Expression, pyo.Param)))
    assert {name for name in named - {*WITHOUT_UNIT} if not name.endswith(tuple(SUFFIXES))} == set()


@each_aspect
def test_a_suffix_means_one_unit(aspect: ModuleType) -> None:
    header = header_of(aspect)
    for entry in (*header.decides, *header.offers):
        suffix = max((each for each in SUFFIXES if entry.name.endswith(each)), key=len, default="")
        symbols = {"_mw": "MW", "_mwh": "MWh", "_twh": "TWh", "_meur": "MEUR", "_mm3": "million m3", "_kt": "kt CO2"}
        symbols |= {"_t": "t CO2", "_kh100e": "kH100e", "_kchips": "thousand chips", "": entry.unit}
        assert entry.unit == symbols[suffix], entry.name


def test_the_exceptions_exist(model: pyo.ConcreteModel) -> None:
    named = set().union(*(components(model, each, kind) for each in ASPECTS for kind in (pyo.Var, pyo.Expression)))
    assert {*WITHOUT_UNIT} <= named


@pytest.mark.parametrize("length", range(1, len(ASPECTS)), ids=NAMES[:-1])
@pytest.mark.parametrize("master_part", [False, True], ids=["complete", "master part"])
def test_any_prefix_builds(length: int, master_part: bool, tutorial_case: Case) -> None:
    built = build(tutorial_case, ASPECTS[:length], master_part)
    assert [block.local_name for block in built.component_objects(pyo.Block, descend_into=False)] == [*NAMES[:length]]


NEEDED = {need.partition(".")[0] for aspect in ASPECTS for need in header_of(aspect).needs}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NEEDED])
def test_a_rule_is_switched_off_by_leaving_its_aspect_out(name: str, tutorial_case: Case) -> None:
    rest = tuple(aspect for aspect in ASPECTS if name_of(aspect) != name)
    assert build(tutorial_case, rest, master_part=True).component(name) is None


def test_days_hold_the_dispatch(model: pyo.ConcreteModel, tutorial_case: Case) -> None:
    own = [component.local_name for component in model.dispatch.component_objects(pyo.Var, descend_into=False)]
    assert own == []
    assert [*model.dispatch.days] == [
        (period, day.day) for period in tutorial_case.periods for day in tutorial_case.days
    ]


@pytest.mark.parametrize("total", ["budget", "objective"])
def test_a_ledger_is_closed_by_its_total(total: str, tutorial_case: Case) -> None:
    by_name = dict(zip(NAMES, ASPECTS, strict=True))
    early = {
        "budget": ("siting", "sizing", "compute", "budget", "cooling"),
        "objective": (*NAMES[: NAMES.index("dispatch")], "objective", "dispatch"),
    }
    late = early[total][-1]
    with pytest.raises(ValueError, match=f"aspect {late} adds to .* after the total was taken"):
        build(tutorial_case, tuple(by_name[name] for name in early[total]))
