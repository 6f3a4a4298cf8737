"""What new compute of a plan earns and costs, worked out afresh: by year, and over the horizon by site."""

from collections import defaultdict
from collections.abc import Mapping

from optimizer.audit.compute import operation_meur_per_mw
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.objective import objective_values
from optimizer.audit.operators import spreads
from optimizer.audit.sizing import hall_meur

HOURS_PER_YEAR = 8760


def price_eur(audited: AuditedPlan, workload: str, period: str) -> float:
    """Return what an H100e-hour served earns on the mean of a period, unsold ones included."""
    money, base = audited.case.settings.money, audited.case.settings.money.base_year
    paid = audited.case.workloads[workload].price_eur_per_h100e_hour
    return money.sold_share * audited.mean(period, lambda year: paid * (1 - money.price_decline_share) ** (year - base))


def year_meur(audited: AuditedPlan, period: str) -> tuple[float, float]:
    """Return revenue and running costs of a whole year of a period, MEUR."""
    case, money = audited.case, audited.case.settings.money
    prices = {workload: price_eur(audited, workload, period) for workload in case.workloads}
    earned = sum(prices[row.workload] * row.served_kh100e for row in audited.plan.service if row.period == period)
    earned -= max(prices.values()) * audited.least_cut_kh100e(period) if any(prices.values()) else 0.0
    due = sum(
        meur
        for (ledger, aspect, when), meur in audited.money_meur.items()
        if (ledger, when) == ("opex", period) and aspect != "dispatch"
    )
    due -= sum(audited.basis_meur(zone, period) for zone in case.price_basis)
    bought = sum(audited.energy_twh(site, period) for site in case.sites)
    return earned * 1000 * HOURS_PER_YEAR / 1e6, due + money.power_eur_per_mwh * bought


def service_meur(audited: AuditedPlan, year: int) -> float:
    """Return the payments of a year on debt drawn before: what, paid so often and discounted, is worth the debt."""
    due = 0.0
    for row in audited.plan.spending:
        fund, age = audited.case.funds[row.fund], year - audited.year[row.period]
        if fund.kind == "debt" and 1 <= age <= fund.tenor_years:
            due += row.spent_meur / sum((1 + fund.interest_share) ** -n for n in range(1, fund.tenor_years + 1))
    return due


def own_cost_meur(audited: AuditedPlan) -> Mapping[str, float]:
    """Return the present cost of what is bought and due at every site."""
    case, money = audited.case, audited.case.settings.money
    own, spread = defaultdict[str, float](float), spreads(audited)
    for _, bought in audited.purchases:
        start, end = audited.discount_factor(audited.year[bought.period]), audited.discount_factor(audited.end_year)
        paid_meur = (1 + spread.get(bought.site, 0.0)) * bought.cost_meur + bought.interest_meur
        own[bought.site] += start * paid_meur - end * bought.residual_meur
    for row in audited.plan.sites:
        here, years = case.sites[row.site], audited.annuity(row.period)
        country = case.countries[here.country]
        tariff = country.grid_fee_eur_per_mwh + country.electricity_tax_eur_per_mwh + here.fee_eur_per_mwh
        tariff += audited.basis_eur_per_mwh(here.zone, row.period)
        own[row.site] += years * tariff * audited.energy_twh(row.site, row.period)
        own[row.site] -= years * money.heat_eur_per_mwh * money.heat_hours * row.reused_mw / 1e6
        own[row.site] -= (
            years * money.interruptible_meur_per_mw * audited.interruptible_mw_of.get((row.site, row.period), 0.0)
        )
    for (site, _, period), servers_mw in audited.in_service_mw.items():
        own[site] += audited.annuity(period) * operation_meur_per_mw(case, site) * servers_mw
    for (site, cooling, period), halls in audited.installed_halls.items():
        upkeep_meur = case.cooling[cooling].fixed_share * hall_meur(case, site, cooling) * halls
        own[site] += audited.annuity(period) * upkeep_meur
    for each in audited.plan.service:
        transfer = case.transfers.get((each.site, each.region, each.workload))
        carried_meur = transfer.cost_meur_per_kh100e_year * each.served_kh100e if transfer else 0.0
        own[each.site] += audited.annuity(each.period) * carried_meur
    return own


def expected_earnings(audited: AuditedPlan) -> dict[str, dict[str, float | None]]:
    """Return the columns of the table `earnings` for every site that draws, and for the plan."""
    case, values, own = audited.case, objective_values(audited), own_cost_meur(audited)
    drawn = {
        site: sum(audited.annuity(period) * audited.energy_twh(site, period) for period in audited.periods)
        for site in case.sites
    }
    drawing = [site for site, twh in drawn.items() if twh > 0]
    shared_meur = values["cost"] - sum(own.get(site, 0.0) for site in drawing)
    revenue_meur = sum(
        part * audited.discount_factor(year) * year_meur(audited, period)[0]
        for period in audited.periods
        for year, part in audited.calendar_years(period).items()
    )
    found = {"plan": _columns(audited, values["compute"], values["cost"], revenue_meur)}
    for site in drawing:
        years, earned_meur = 0.0, 0.0
        for period in audited.periods:
            rows = [row for row in audited.plan.service if (row.site, row.period) == (site, period)]
            served = sum(row.served_kh100e for row in rows)
            new = max(0.0, served - audited.committed_kh100e(site, period))
            years += audited.annuity(period) * new
            for row in rows if served else ():
                part = new * row.served_kh100e / served
                earned_meur += audited.annuity(period) * part * price_eur(audited, row.workload, period) * 8.76
        cost_meur = own.get(site, 0.0) + shared_meur * drawn[site] / sum(drawn.values())
        found[site] = _columns(audited, years, cost_meur, earned_meur)
    return found


def _columns(audited: AuditedPlan, years: float, cost_meur: float, revenue_meur: float) -> dict[str, float | None]:
    full_meur = revenue_meur / audited.case.settings.money.sold_share if revenue_meur > 1e-6 else 0.0
    return {
        "served_kh100e_years": max(0.0, years),
        "cost_meur": cost_meur,
        "cost_eur_per_h100e_hour": 1e6 * cost_meur / (1000 * HOURS_PER_YEAR * years) if years > 1e-6 else None,
        "revenue_meur": revenue_meur,
        "break_even_share": max(0.0, cost_meur / full_meur) if full_meur else None,
    }
