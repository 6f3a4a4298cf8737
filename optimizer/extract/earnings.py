"""What an H100e-hour of a finished plan costs and earns, in all and site by site; how often debt service is covered."""

from collections import defaultdict
from typing import Any

import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from models import ledger
from models.case import Case
from models.cash import MEUR_PER_KH100E_YEAR, price_eur_per_hour
from models.plan import EarningRow
from models.timeline import annuity, discount_factor, first_year, horizon_year
from models.upper_bounds import committed_kh100e
from optimizer.extract.solution_values import read

WHOLE = "plan"


def earnings(case: Case, model: Any) -> tuple[EarningRow, ...]:
    """Return cost and revenue of the plan and of every site with new halls, present values."""
    own = _own_cost_meur(case, model)
    total_meur = sum(own.values())
    drawn = {
        site: sum(annuity(case, period) * read(model.cooling.energy_twh[site, period]) for period in case.periods)
        for site in case.sites
    }
    sites = [site for site in case.sites if drawn[site] > 0]
    left_meur, all_drawn = total_meur - sum(own[site] for site in sites), sum(drawn.values())
    served, paid = defaultdict[tuple[str, str], float](float), defaultdict[tuple[str, str], float](float)
    prices = {
        (work, period): price_eur_per_hour(case, work, period) for work in case.workloads for period in case.periods
    }
    for (site, _, work, period), amount in model.demand.served_kh100e.items():
        served[site, period] += read(amount)
        paid[site, period] += prices[work, period] * read(amount)
    years, earned_meur = defaultdict[str, float](float), defaultdict[str, float](float)
    for (site, period), kh100e in served.items():
        new = max(0.0, kh100e - committed_kh100e(case, site, period))
        years[site] += annuity(case, period) * new
        new_share = new / kh100e if kh100e else 0.0
        earned_meur[site] += annuity(case, period) * MEUR_PER_KH100E_YEAR * new_share * paid[site, period]
    rows = [
        _row(
            case,
            site,
            years[site],
            own[site] + (left_meur * drawn[site] / all_drawn if all_drawn else 0),
            earned_meur[site],
        )
        for site in sites
    ]
    revenue_meur = sum(
        discount_factor(case, year) * read(model.cash.revenue_meur[year, period])
        for year, period in model.cash.revenue_meur
    )
    return (_row(case, WHOLE, read(model.objective.compute_goal), total_meur, revenue_meur), *rows)


def _row(case: Case, site: str, years: float, cost_meur: float, revenue_meur: float) -> EarningRow:
    sold = case.settings.money.sold_share
    return EarningRow(
        site=site,
        served_kh100e_years=max(0.0, years),
        cost_meur=cost_meur,
        cost_eur_per_h100e_hour=cost_meur / (MEUR_PER_KH100E_YEAR * years) if years > 1e-6 else None,
        revenue_meur=revenue_meur,
        break_even_share=max(0.0, cost_meur * sold / revenue_meur) if revenue_meur > 1e-6 else None,
    )


def _own_cost_meur(case: Case, model: Any) -> dict[str, float]:
    """Return the net present cost by site, as the index of each variable tells, and that of none (`plan`)."""
    found = dict.fromkeys([*case.sites, WHOLE], 0.0)
    end = discount_factor(case, horizon_year(case))
    for name, sign in (("capex", 1.0), ("interest", 1.0), ("opex", 1.0), ("residual", -end)):
        for block in ledger.contributors(model, f"{name}_meur"):
            for period in case.periods:
                start = discount_factor(case, first_year(case, period))
                worth = sign * {"opex": annuity(case, period), "residual": 1.0}.get(name, start)
                parts = generate_standard_repn(block.component(f"{name}_meur")[period])
                found[WHOLE] += worth * float(pyo.value(parts.constant))
                for variable, factor in zip(parts.linear_vars, parts.linear_coefs, strict=True):
                    index = variable.index()
                    site = index[0] if isinstance(index, tuple) and index[0] in case.sites else WHOLE
                    found[site] += worth * float(pyo.value(factor)) * read(variable)
    return found


def cover_of_debt_service(model: Any, year: int, period: str) -> float | None:
    """Return earnings and grant less running costs of a year over its debt service; None where there is none."""
    service_meur, cash = read(model.cash.service_meur[year, period]), model.cash
    left_meur = read(cash.revenue_meur[year, period]) + read(cash.grant_meur[year, period])
    left_meur -= read(cash.running_meur[year, period])
    return max(0.0, left_meur / service_meur) if service_meur > 1e-6 else None
