"""Which rules of a model are limits that somebody set, and how each is relaxed.

A constraint declares what sets it (`Set by table.column.`). In the file named after its aspect a function of its name
relaxes it; one without is `body <= input` or `body >= input`, or limits a share of something, and needs no code.
"""

import math
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import pyomo.environ as pyo
from pyomo.contrib.fbbt.fbbt import compute_bounds_on_expr

from models.aspects import modules
from models.case import TABLES, Case
from models.formulation import ASPECTS, name_of
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, column_of, limit_input
from optimizer.program.aspects import Rule, rules_of

MODULES = modules("optimizer.explain")

TEXTS: Mapping[str, LimitText] = {place: text for module in MODULES.values() for place, text in module.TEXTS.items()}
"""`table.column` or `section.key` -> how it is reported as a limit."""


def relax_limits(model: pyo.ConcreteModel, case: Case) -> ElasticModel:
    """Relax every limit of a case in a model, which is built from the relaxed case."""
    elastic = ElasticModel(model, case, dict(TEXTS))
    for aspect in ASPECTS:
        name = name_of(aspect)
        functions, block = vars(MODULES[name]) if name in MODULES else {}, model.component(name)
        for variable in block.component_objects(pyo.Var):
            if variable.local_name in functions:
                functions[variable.local_name](elastic)
        for rule in (rule for rule in rules_of(aspect) if rule.set_by):
            if rule.name in functions:
                functions[rule.name](elastic)
            else:
                relax_rows(elastic, block.component(rule.name), rule)
            elastic.relaxed.add(f"{name}.{rule.name}")
    return elastic


def relax_rows(elastic: ElasticModel, rows: pyo.Constraint, rule: Rule) -> None:
    """Relax a constraint of which one input sets each row; raises ValueError for one that needs a function."""
    if len(rule.set_by) > 1:
        raise ValueError(f"{rows.name} is set by several inputs: a function of its name has to relax it")
    (place,) = rule.set_by
    by_key: dict[Any, list[tuple[tuple[Any, ...], Any]]] = {}
    for index, row in rows.items():
        parts = index if isinstance(index, tuple) else (index,)
        key = row_key(elastic.case, place, dict(zip(rule.each, parts, strict=False)))
        by_key.setdefault(key, []).append((parts, row))
    for key, listed in by_key.items():
        if place not in elastic.texts:
            elastic.texts[place] = plain_text(elastic, place, key, listed[0][1])
        if size := elastic.texts[place].size:
            of: Any = attrgetter(size)(elastic.model) if isinstance(size, str) else None
            sizes = [(row, size(elastic, *parts) if callable(size) else of[parts[: of.dim()]]) for parts, row in listed]
            elastic.limit_ratio(rows.name, place, key, sizes)
            continue
        limit = elastic.limit(rows.name, place, key, most=max(largest_violation(row) for _, row in listed))
        for _, row in listed:
            elastic.relax(row, limit.slack)


def row_key(case: Case, place: str, index: Mapping[str, Any]) -> Any:
    """Return the key of the row of a table that sets the row of a constraint at an index; None for the scenario.

    What the index does not name is looked up in the rows that it names: the country of a site.
    """
    table = place.partition(".")[0]
    if table not in TABLES:
        return None
    known = dict(index)
    for name, kind in TABLES.items():
        row = getattr(case, name).get(index.get(kind.key[0])) if len(kind.key) == 1 else None
        known = {**dict(row or ()), **known}
    key = tuple(known[column] for column in TABLES[table].key)
    return key if len(key) > 1 else key[0]


def largest_violation(row: Any) -> float:
    """Return by how much any values within the bounds of its variables violate a row at most."""
    lower, body, upper = row.to_bounded_expression(evaluate_bounds=True)
    least, most = compute_bounds_on_expr(body)
    end, reached = (upper, most) if upper is not None else (least, lower)
    return math.inf if end is None or reached is None else float(reached - end)


def plain_text(elastic: ElasticModel, place: str, key: Any, row: Any) -> LimitText:
    """Return how a limit without a text of its own is reported; raises ValueError if its input bounds no row."""
    lower, _, upper = row.to_bounded_expression(evaluate_bounds=True)
    table, column, raised = place.partition(".")[0], column_of(place), upper is not None
    names = "".join(f", {{{each}}}" for each in TABLES[table].key) if table in TABLES else ""
    amount = "{amount} {unit}" if column.unit else "{amount}"
    text = LimitText(f"{column.meaning.rstrip('.')}{names}: {amount} {'more' if raised else 'less'}", raised=raised)
    if limit_input(elastic.case, row.name, place, text, key).value != (upper if raised else lower):
        raise ValueError(f"{row.name} is no plain row of {place}: a function of its name has to relax it")
    return text
