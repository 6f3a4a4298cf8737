r"""Cash: what is earned, what running costs, and how debt is paid back, year by year.

Earnings are those of new compute, as the objective `compute` counts it: of what is served the part beyond what committed sites could
serve by themselves, which is taken off at the highest price. Of its hours a share is sold (`money.sold_share`). Running costs are those of
the ledger but for what the draw adds to the cost of the system and the price basis: in their place every MWh drawn is bought at one
price (`money.power_eur_per_mwh`); what new plant earns or saves is left out. Debt drawn in a period is paid back in equal yearly amounts,
the first a year later; what falls due after the horizon is not followed. Cash is followed where running costs have to be paid (`money.operation_paid`) or some fund is debt; in the latter
case alone running costs are nobody's here, but they count in the cover of debt service. What is not kept goes to the owners. Net present cost
knows nothing of all this: it is what things cost, whoever lends the money.

Needs     demand.served_kh100e, cooling.energy_twh, power.basis_meur, budget.spent_meur, budget.supported_meur, budget.reinvested_meur, budget.capital_meur (ledger opex_meur)
Decides   cash_meur        kept at the end of the year                               MEUR
Offers    revenue_meur     earned in the year                                        MEUR
          grant_meur       public money for running costs of the year                MEUR
          running_meur     running costs of the year, as they are paid               MEUR
          capital_meur     capital paid in the year                                  MEUR
          debt_meur        debt drawn in the year                                    MEUR
          service_meur     debt service of the year                                  MEUR
          supported_meur   private money for running costs and service of the year   MEUR
          reinvested_meur  earnings that pay capital in the year                     MEUR
Adds to   (nothing)
Symbols   $s$ site, $w$ workload, $y$ year of period $p$, $n_y$ part of the year in the period, $f$ debt, $q$ period in which it is drawn, $Y_q$ first year, $r_f, T_f$ interest and tenor,
          $c_y$ cash_meur, $R_p, G, O_p$ revenue, grant and running cost of a whole year, $S_y$ service_meur, $u_y$ supported_meur, $e_y$ reinvested_meur, $x_{fq}$ spent_meur, $i$ interest on cash,
          $v$ served_kh100e, $\pi_{wp}$ price, $V^0_p$ what committed sites could serve by themselves, $\sigma$ share sold, $d$ least cover of debt service
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from typing import Any

import pyomo.environ as pyo

from models import ledger
from models.case import Case
from models.terms import get_or_zero
from models.timeline import first_year, mean_growth, years_of
from models.upper_bounds import committed_service_kh100e

DERIVED = ("cash_pays_what_is_due", "earnings_cover_the_debt_service")
"""Rules whose number holds what committed sites would earn besides the grant."""
MEUR_PER_KH100E_YEAR = 8.76
"""A thousand H100e for a year at one EUR an hour, MEUR."""


def price_eur_per_hour(case: Case, workload: str, period: str) -> float:
    """Return what is earned by an H100e-hour served, those that nobody pays included, EUR: the mean over the period's years."""
    money = case.settings.money
    price = case.workloads[workload].price_eur_per_h100e_hour * money.sold_share
    return price * mean_growth(case, period, -money.price_decline_share)


def payment_share(case: Case, fund: str) -> float:
    """Return the yearly payment on a euro of debt: r / (1 - (1 + r)^-T), 1 / T without interest."""
    rate, tenor = case.funds[fund].interest_share, case.funds[fund].tenor_years
    return rate / (1 - (1 + rate) ** -tenor) if rate else 1 / tenor


def add(model: pyo.ConcreteModel, cash: pyo.Block, case: Case) -> None:
    """Add the account of every year."""
    money = case.settings.money
    years = [(year, period) for period in case.periods for year in years_of(case, period)]
    part = {(year, period): share for period in case.periods for year, share in years_of(case, period).items()}
    debts = [fund for fund, row in case.funds.items() if row.kind == "debt"]
    cash.cash_meur = pyo.Var(years if case.keeps_accounts else [], domain=pyo.NonNegativeReals)

    def in_first_year(year: int, period: str, amount: Any) -> Any:
        return amount if year == first_year(case, period) else 0.0

    @cash.Expression(years)
    def revenue_meur(_, year, period):
        r"""Earned by new compute: $n_y R_p$, $R_p = 8.76 \sigma (\sum_{srw} \pi_{wp} v_{srwp} - \max_w \pi_{wp} V^0_p)$."""
        prices = {workload: price_eur_per_hour(case, workload, period) for workload in case.workloads}
        if not any(prices.values()):
            return 0.0
        served = model.demand.served_kh100e
        earned = pyo.quicksum(prices[index[2]] * served[index] for index in served if index[3] == period)
        own = max(prices.values()) * committed_service_kh100e(case, period)
        return part[year, period] * MEUR_PER_KH100E_YEAR * (earned - own)

    @cash.Expression(years)
    def grant_meur(_, year, period):
        """Public money for running costs."""
        return part[year, period] * money.operating_grant_meur

    @cash.Expression(years)
    def running_meur(_, year, period):
        """Running costs, electricity bought at one price."""
        costs = pyo.quicksum(
            get_or_zero(block.component("opex_meur"), period)
            for block in ledger.contributors(model, "opex_meur")
            if block.local_name != "dispatch"
        )
        basis = pyo.quicksum(model.power.basis_meur[zone, period] for zone in case.zones)
        bought = money.power_eur_per_mwh * pyo.quicksum(model.cooling.energy_twh[site, period] for site in case.sites)
        return part[year, period] * (costs - basis + bought)

    @cash.Expression(years)
    def capital_meur(_, year, period):
        """Capital, paid at the start of the period."""
        return in_first_year(year, period, model.budget.capital_meur[period])

    @cash.Expression(years)
    def debt_meur(_, year, period):
        """Debt drawn at the start of the period."""
        return in_first_year(year, period, pyo.quicksum(model.budget.spent_meur[fund, period] for fund in debts))

    @cash.Expression(years)
    def supported_meur(_, year, period):
        """Private money for running costs and service, paid in at the start of the period."""
        paid = pyo.quicksum(get_or_zero(model.budget.supported_meur, fund, period) for fund in case.funds)
        return in_first_year(year, period, paid)

    @cash.Expression(years)
    def reinvested_meur(_, year, period):
        """Earnings that pay capital, at the start of the period."""
        return in_first_year(year, period, get_or_zero(model.budget.reinvested_meur, period))

    @cash.Expression(years)
    def service_meur(_, year, period):
        r"""Payments on the debt drawn before: $S_y = \sum_{f, q : Y_q < y \le Y_q + T_f} r_f / (1 - (1 + r_f)^{-T_f}) x_{fq}$."""
        return pyo.quicksum(
            payment_share(case, fund) * model.budget.spent_meur[fund, drawn]
            for fund in debts
            for drawn in case.periods
            if 0 < year - first_year(case, drawn) <= case.funds[fund].tenor_years
        )

    def kept_before(year: int, period: str) -> Any:
        place = years.index((year, period))
        return (1 + money.cash_interest_share) * cash.cash_meur[years[place - 1]] if place else 0.0

    @cash.Constraint(cash.cash_meur.index_set())
    def cash_pays_what_is_due(_, year, period):
        r"""Cash pays running costs and debt service of every year: $c_y + n_y (O_p - R_p) + S_y + e_y - u_y - (1 + i) c_{y-1} \le n_y G$.

        Set by money.operating_grant_meur.
        """
        at = year, period
        running = cash.running_meur[at] if money.operation_paid else 0.0
        left = cash.cash_meur[at] + running - cash.revenue_meur[at] + cash.service_meur[at] + cash.reinvested_meur[at]
        return left - cash.supported_meur[at] - kept_before(year, period) <= part[at] * money.operating_grant_meur

    @cash.Constraint([at for at in cash.cash_meur if at[0] == first_year(case, at[1])])
    def earnings_are_kept_before_they_pay_capital(_, year, period):
        r"""Earnings pay capital when a year has passed: $e_y \le (1 + i) c_{y-1}$."""
        return model.budget.reinvested_meur[period] <= kept_before(year, period)

    @cash.Constraint(years[1:] if money.dscr_min and debts else [])
    def earnings_cover_the_debt_service(_, year, period):
        r"""Earnings and grant less running costs cover the debt service so many times: $d S_y \le n_y (R_p + G - O_p)$.

        Set by money.dscr_min.
        """
        at = year, period
        earned = cash.revenue_meur[at] + part[at] * money.operating_grant_meur - cash.running_meur[at]
        return money.dscr_min * cash.service_meur[at] <= earned
