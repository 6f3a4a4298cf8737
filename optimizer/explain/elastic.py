"""The elastic model: every limit that somebody set may be violated, and a binary indicates whether it is.

The variables that dates, land or headroom would have kept out exist here, as the model is built from `relaxed_case`;
the limits of the case itself come back as rows, each with the slack of its limit.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pyomo.environ as pyo

from models.case import Case
from models.timeline import first_year
from optimizer.explain.limit_input import (
    LimitInput,
    LimitText,
    column_of,
    limit_input,
    new_row,
    with_setting,
)


@dataclass(frozen=True)
class RatioRow:
    """A row of a limit that is a share of something: `excess <= share moved x size`, with a slack of its own."""

    slack: Any
    excess: Any
    """What the row is over its limit."""
    size: Any
    """What the share is taken of."""


@dataclass(frozen=True)
class RelaxableLimit:
    """An input that sets a limit, and the variables that move it in the elastic model."""

    input: LimitInput
    slack: Any = 0.0
    """Move of the input times `slack_per_unit`; for a share, the largest slack of its rows; 0 where it cannot move."""
    violated: Any = 0.0
    """Binary: 1 if the slack is not 0."""
    typical: float = 0.0
    """Slack that counts as one, so that amounts of different units compare."""
    slack_per_unit: float = 1.0
    ratios: tuple[RatioRow, ...] = ()


@dataclass
class ElasticModel:
    """The relaxable limits of a model, which is built from the relaxed case, as they are added."""

    model: pyo.ConcreteModel
    case: Case
    texts: dict[str, LimitText]
    """`table.column` or `section.key` -> how it is reported."""
    relaxed: set[str] = field(default_factory=set)
    """Names of the constraints that are elastic."""
    _limits: dict[tuple[str, Any], RelaxableLimit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        block = self.model.elastic = pyo.Block(concrete=True)
        block.slack = pyo.VarList(domain=pyo.NonNegativeReals)
        block.ratio_slack = pyo.VarList(domain=pyo.NonNegativeReals)
        block.violated = pyo.VarList(domain=pyo.Binary)
        block.rows = pyo.ConstraintList()

    @property
    def limits(self) -> tuple[RelaxableLimit, ...]:
        """Return the limits that can be relaxed."""
        return tuple(limit for limit in self._limits.values() if limit.typical > 0)

    def add_row(self, relation: Any) -> None:
        """Add a row."""
        self.model.elastic.rows.add(relation)

    def limit(
        self,
        rule: str,
        place: str,
        key: Any = None,
        *,
        slack_per_unit: float = 1.0,
        loosest: float | None = None,
        most: float = math.inf,
    ) -> RelaxableLimit:
        """Return the limit that the input at a place and key sets, added when it is first asked for.

        Its slack, at `most` so large, is 0 where the input is at its loosest already.
        """
        if (place, key) not in self._limits:
            text, block = self.texts[place], self.model.elastic
            given = limit_input(self.case, rule, place, text, key, loosest)
            per_unit = math.inf if text.size and given.reach else slack_per_unit
            largest = min(given.reach * per_unit, text.most, most)
            limit = RelaxableLimit(given)
            if largest > 0:
                least = text.typical(self.case) if callable(text.typical) else text.typical
                typical = least if text.size else max(given.value, least) * slack_per_unit
                slack, violated = block.slack.add(), block.violated.add()
                slack.setub(largest)
                self.add_row(slack <= largest * violated)
                limit = RelaxableLimit(given, slack, violated, min(typical or largest, largest), slack_per_unit)
            self._limits[place, key] = limit
        return self._limits[place, key]

    def limit_ratio(self, rule: str, place: str, key: Any, rows: Iterable[tuple[Any, Any]]) -> None:
        """Add a limit that moves the share of every (row, size) together."""
        limit = self.limit(rule, place, key)
        ratios = [*limit.ratios]
        for row, size in rows if limit.typical > 0 else ():
            slack = self.model.elastic.ratio_slack.add()
            lower, body, upper = row.to_bounded_expression(evaluate_bounds=True)
            ratios.append(RatioRow(slack, lower - body if upper is None else body - upper, size))
            self.relax(row, slack)
            self.add_row(slack <= limit.slack)
            self.add_row(slack <= limit.input.reach * size + self.model.zero)
        self._limits[place, key] = replace(limit, ratios=tuple(ratios))

    def relax_switch(self, rows: pyo.Constraint, place: str, by: float) -> None:
        """Let all rows of a rule go, by so much each, where the key that asks for them is off."""
        for row in rows.values():
            limit = self.limit(rows.name, place, loosest=0.0)
            self.add_row(limit.slack >= limit.violated)
            self.relax(row, by * limit.slack)

    def relax(self, row: Any, by: Any) -> None:
        """Let a row be violated by a slack."""
        lower, body, upper = row.to_bounded_expression(evaluate_bounds=True)
        row.set_value(body - by <= upper if upper is not None else body + by >= lower)


def relaxed_case(case: Case) -> Case:
    """Return the case with land, headroom, dates and rules of the scenario that keep nothing out."""
    start = min(first_year(case, period) for period in case.periods)
    land_mw, headroom_mw = column_of("sites.land_mw").high, column_of("headrooms.headroom_mw").high
    sites = {
        site: row.model_copy(
            update={
                "land_mw": land_mw,
                "permit_year": min(row.permit_year, start),
                "connection_year": min(row.connection_year, start),
            }
        )
        for site, row in case.sites.items()
    }
    ample = {"headroom_mw": headroom_mw}
    offering = {substation for (substation, _), row in case.headrooms.items() if row.interruptible_mw}
    for name in ("interruptible_mw", "interrupted_share"):
        ample[name] = column_of(f"headrooms.{name}").high
    rows: dict[Any, Any] = {
        (substation, start): new_row("headrooms", (substation, start)).model_copy(
            update=ample if substation in offering else {"headroom_mw": headroom_mw}
        )
        for substation in case.substations
    }
    settings = case.settings
    for key in ("siting.must_not", "siting.only", "siting.countries_not", "power.cover_technologies"):
        settings = with_setting(settings, key, ())
    return replace(case, settings=with_setting(settings, "siting.near_km", None), sites=sites, headrooms=rows)
