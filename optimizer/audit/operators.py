"""Audit of operators: who runs each new site, whether they can, and what they pay more for its capital."""

from collections import defaultdict
from collections.abc import Iterator

from models.aspects import modules
from models.case import Case
from optimizer.audit.costs import AuditedPlan, Purchase
from optimizer.audit.registry import Registry, Residual, at_most, equal, true
from optimizer.audit.sovereignty import counts, home

CHECKS = Registry(__name__)
LEDGERS = ("capex",)


def _new(audited: AuditedPlan) -> list[str]:
    """Return the candidates that open, where it is decided who runs them."""
    asked = audited.case.settings.sovereignty.operators
    return [site for site in audited.entering_sites if asked and audited.case.sites[site].status == "candidate"]


def _running(audited: AuditedPlan, site: str) -> list[str]:
    return sorted({row.operator for row in audited.plan.operators if row.site == site})


def _likeness(case: Case, operator: str) -> tuple[object, ...]:
    """Return all of an operator that counts: its spread, where it runs sites, and for whom it counts there."""
    row, told = case.operators[operator], case.settings.sovereignty.bloc
    asked = {
        (each.level, each.bloc) for each in case.sovereignty_limits.values() if each.level in ("operator", "control")
    }
    asked |= {("operator", told), ("control", told)}
    counted = {
        (*which, country) for which in asked for country in case.countries if counts(case, *which, country, operator)
    }
    accepted = home(case, row.accepts) if row.accepts else {*case.countries}
    return row.capex_spread_share, frozenset(accepted & {*case.countries}), frozenset(counted)


@CHECKS.rule(
    "only_the_class_of_a_site_runs_servers", "only_the_class_of_a_site_serves", "only_the_class_of_a_site_spends"
)
def new_site_is_run_by_one_class(audited: AuditedPlan) -> Iterator[Residual]:
    """Who runs a new site accepts its country, has a capacity and is like all others there in all that counts."""
    case, new = audited.case, _new(audited)
    for site in (row.site for row in audited.plan.operators if case.sites[row.site].status == "candidate"):
        yield true(site, site in new)
    for site in new:
        running = _running(audited, site)
        for period in audited.periods:
            stated = any((row.site, row.period) == (site, period) for row in audited.plan.operators)
            yield true(f"{site}, {period}", stated == (audited.opened(site, period) > 0))
        for each in running:
            row = case.operators[each]
            accepts = not row.accepts or case.sites[site].country in home(case, row.accepts)
            yield true(f"{site}, {each}", accepts and row.capacity_mw > 0)
        yield true(f"{site}, alike", len({_likeness(case, each) for each in running}) == 1)


@CHECKS.rule("compute_is_served_by_the_class_of_its_site", "capital_of_a_site_is_split_by_class")
def servers_are_run_by_some_class(audited: AuditedPlan) -> Iterator[Residual]:
    """New servers in service at a site with an operator = those that its operators run; committed ones likewise."""
    run, own = defaultdict[tuple[str, str], float](float), defaultdict[tuple[str, str], float](float)
    for row in audited.plan.operators:
        run[row.site, row.period] += row.servers_mw
        own[row.site, row.period] += row.committed_mw
    named = [site for site, row in audited.case.sites.items() if row.operator]
    for site in (*_new(audited), *named):
        for period in audited.periods:
            if audited.opened(site, period):
                yield equal(f"{site}, {period}", run[site, period], audited.servers_mw(site, period))
                yield equal(f"own of {site}, {period}", own[site, period], audited.committed_mw(site, period))
    for site in named:
        yield true(site, _running(audited, site) == [audited.case.sites[site].operator])


@CHECKS.rule()
def operators_run_no_more_than_they_can(audited: AuditedPlan) -> Iterator[Residual]:
    """New servers that an operator runs at candidates <= capacity_mw; so do all that are alike, named by the first."""
    case, new = audited.case, _new(audited)
    alike = defaultdict[object, list[str]](list)
    for operator, row in case.operators.items() if case.settings.sovereignty.operators else ():
        if row.capacity_mw:
            alike[_likeness(case, operator)].append(operator)
    for period in audited.periods:
        run_mw = dict.fromkeys(case.operators, 0.0)
        for said in audited.plan.operators:
            run_mw[said.operator] += said.servers_mw if said.period == period and said.site in new else 0.0
        for operators in alike.values():
            limit_mw = sum(case.operators[each].capacity_mw for each in operators)
            yield at_most(f"{operators[0]}, {period}", sum(run_mw[each] for each in operators), limit_mw)
            for each in operators:
                yield at_most(f"each, {each}, {period}", run_mw[each], case.operators[each].capacity_mw)


def spreads(audited: AuditedPlan) -> dict[str, float]:
    """Return what the operator of each new site pays more for its capital, as a share."""
    return {site: audited.case.operators[_running(audited, site)[0]].capex_spread_share for site in _new(audited)}


def purchases(audited: AuditedPlan) -> Iterator[Purchase]:
    """Yield what operators pay more for the capital of their new sites, of which nothing is left at the end."""
    spread = spreads(audited)
    for name, aspect in modules("optimizer.audit").items() if any(spread.values()) else ():
        for bought in aspect.purchases(audited) if name != "operators" and hasattr(aspect, "purchases") else ():
            if share := spread.get(bought.site):
                yield Purchase("", bought.period, share * bought.cost_meur)
