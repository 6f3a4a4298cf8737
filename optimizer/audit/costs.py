"""A plan worked out afresh, with the money on top of capacities and operation: all that the checks ask for.

What an aspect buys and what it costs to run stands in its own file (`purchases`, `running_costs`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from models.aspects import modules
from models.terms import totals
from optimizer.audit.capacities import Triple
from optimizer.audit.operation import Operation
from optimizer.audit.parameters import Pair


@dataclass(frozen=True)
class Purchase:
    """Something bought in a period, at a site or (empty) elsewhere, and what is left of it at the end."""

    site: str
    period: str
    cost_meur: float
    interest_meur: float = 0.0
    residual_meur: float = 0.0


class AuditedPlan(Operation):
    """A plan worked out afresh from the case and the plan's decisions."""

    @cached_property
    def full_year(self) -> "AuditedPlan":
        """The same plan on every day of the record, as long as the whole year is dispatched in."""
        time = self.case.settings.time
        longer = time.model_copy(update={"hours_per_day": time.replay_hours or time.hours_per_day})
        year = AuditedPlan(
            replace(self.case, settings=self.case.settings.model_copy(update={"time": longer})), self.plan
        )
        return AuditedPlan(replace(year.case, days=year.all_days), self.plan)

    @cached_property
    def purchases(self) -> tuple[tuple[str, Purchase], ...]:
        """Everything the plan buys, with the aspect that buys it."""
        return tuple(
            (name, each)
            for name, aspect in modules("optimizer.audit").items()
            for each in getattr(aspect, "purchases", _none)(self)
        )

    def built_over(
        self, site: str, period: str, cost_meur: float, years: float, life_years: float, lead_years: float = 0
    ) -> Purchase:
        """Return a purchase paid evenly over years until it serves, and then off in equal yearly amounts over its life.

        It serves from the start of the period, or a lead time later, and its interest is counted at the period's start.
        """
        since = self.year[period] + lead_years
        served_meur = self.construction_factor(years) * cost_meur
        interest_meur = served_meur * self.discount_factor(since) / self.discount_factor(self.year[period]) - cost_meur
        return Purchase(site, period, cost_meur, interest_meur, self.residual_share(since, life_years) * served_meur)

    @cached_property
    def site_capital_meur(self) -> Mapping[Pair, float]:
        """(site, period) -> capital spent at the site."""
        return totals(((bought.site, bought.period), bought.cost_meur) for _, bought in self.purchases)

    @cached_property
    def site_public_meur(self) -> Mapping[Pair, float]:
        """(site, period) -> public money granted."""
        return totals(((row.site, row.period), row.public_meur) for row in self.plan.aid)

    @cached_property
    def granted_meur(self) -> Mapping[Pair, Mapping[str, float]]:
        """(site, fund) -> period -> public money granted."""
        found: dict[Pair, dict[str, float]] = {}
        for row in self.plan.aid:
            found.setdefault((row.site, row.fund), {})[row.period] = row.public_meur
        return found

    @cached_property
    def money_meur(self) -> Mapping[Triple, float]:
        """(ledger, aspect, period) -> amount as it falls due; what is left at the end of the horizon is negative."""
        due: defaultdict[Triple, float] = defaultdict(float)
        for name, bought in self.purchases:
            due["capex", name, bought.period] += bought.cost_meur
            due["interest", name, bought.period] += bought.interest_meur
            due["residual", name, bought.period] -= bought.residual_meur
        for name, aspect in modules("optimizer.audit").items():
            for period, cost_meur in getattr(aspect, "running_costs", _none)(self):
                due["opex", name, period] += cost_meur
        return due

    def present_factor(self, ledger: str, period: str) -> float:
        """Return the worth in the base year of one MEUR in a ledger: at the start, in every year, or at the end."""
        if ledger == "opex":
            return self.annuity(period)
        return self.discount_factor(self.end_year if ledger == "residual" else self.year[period])


def _none(_: AuditedPlan) -> tuple[()]:
    """Return what an aspect without costs buys."""
    return ()
