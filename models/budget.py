r"""Budget: who pays.

Needs     compute.alive_mw, siting.open_in (ledgers site_capex_meur, capex_meur)
Decides   spent_meur       money of the fund spent in the period                     MEUR
          public_meur      public money spent at the site in the period              MEUR
          supported_meur   private money spent on running costs and debt service      MEUR
          reinvested_meur  earnings that pay capital in the period                   MEUR
Offers    available_meur   money of the fund released up to the period               MEUR
          site_money_meur  capital cost of the site in the period                    MEUR
          capital_meur     capital cost of the period                                MEUR
Adds to   (nothing)
Symbols   $u_{fp}$ supported_meur, $e_p$ reinvested_meur, $f$ fund, $m$ fund that matches it, $s$ site, $n$ country, $p, q$ period, $x_{fp}$ spent_meur, $X_{sfp}$ public_meur, $K_p$ capital of the period,
          $K_{sp}$ capital of a site, $T_{fp}$ tranche, $\alpha_f$ aid ceiling of a fund, $\alpha$ of all public money, $\bar X_f$ ceiling at a site, $\mu_f$ match factor,
          $\underline X_{fn}, \bar X_{fn}$ floor and ceiling in a country
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo

from models import ledger
from models.case import Case
from models.terms import get_or_zero
from models.timeline import until


def add(model: pyo.ConcreteModel, budget: pyo.Block, case: Case) -> None:
    """Add the funds; every capital cost is paid by one of them."""
    budget.spent_meur = pyo.Var(model.funds, model.periods, domain=pyo.NonNegativeReals)
    private = [fund for fund, row in case.funds.items() if row.kind == "private"] if case.keeps_accounts else []
    budget.supported_meur = pyo.Var(private, model.periods, domain=pyo.NonNegativeReals)
    budget.reinvested_meur = pyo.Var(list(case.periods) if case.keeps_accounts else [], domain=pyo.NonNegativeReals)
    public, together = case.public_funds, case.settings.money.aid_ceiling_share
    places = sorted({(site, period) for site, _, period in model.compute.alive_mw} | set(model.siting.open_in))
    budget.public_meur = pyo.Var(
        [(site, fund, period) for site, period in places for fund in public if case.may_pay(fund, site)],
        domain=pyo.NonNegativeReals,
    )
    sites = list(dict.fromkeys(site for site, _ in places))
    # two ceilings that leave room for more than everything need a third
    several = sum(case.funds[fund].aid_ceiling_share for fund in public) > 1

    def given(fund: str, site: str, periods: Iterable[str]) -> Any:
        return pyo.quicksum(get_or_zero(budget.public_meur, site, fund, period) for period in periods)

    def given_in(fund: str, country: str) -> Any:
        inside = (site for site in sites if case.sites[site].country == country)
        return pyo.quicksum(given(fund, site, case.periods) for site in inside) + model.zero

    @budget.Expression(model.funds, model.periods)
    def available_meur(_, fund, period):
        """Tranches released so far."""
        return sum(
            case.tranches[fund, past].amount_meur for past in until(case, period) if (fund, past) in case.tranches
        )

    @budget.Expression(places)
    def site_money_meur(_, site, period):
        """Capital cost at the site."""
        return ledger.total(model, "site_capex_meur", site, period)

    @budget.Expression(model.periods)
    def capital_meur(_, period):
        """Capital cost of all aspects."""
        return ledger.total(model, "capex_meur", period)

    @budget.Constraint(model.periods)
    def every_cost_is_paid(_, period):
        r"""The funds, and what was earned, pay every capital cost: $\sum_f x_{fp} + e_p = K_p$."""
        paid = pyo.quicksum(budget.spent_meur[fund, period] for fund in case.funds)
        return paid + get_or_zero(budget.reinvested_meur, period) == budget.capital_meur[period]

    @budget.Constraint(model.funds, model.periods)
    def spending_stays_within_the_tranches(_, fund, period):
        r"""A fund spends no more than it has released: $\sum_{q \le p} (x_{fq} + u_{fq}) \le \sum_{q \le p} T_{fq}$.

        Set by tranches.amount_meur.
        """
        spent = pyo.quicksum(
            budget.spent_meur[fund, past] + get_or_zero(budget.supported_meur, fund, past)
            for past in until(case, period)
        )
        return spent <= budget.available_meur[fund, period]

    @budget.Constraint(public, model.periods)
    def public_money_goes_to_sites(_, fund, period):
        r"""Public money is spent at sites: $x_{fp} = \sum_s X_{sfp}$."""
        return budget.spent_meur[fund, period] == pyo.quicksum(given(fund, site, [period]) for site in sites)

    @budget.Constraint(budget.public_meur.index_set())
    def aid_stays_under_the_ceiling(_, site, fund, period):
        r"""Aid stays under its ceiling at every site: $X_{sfp} \le \alpha_f K_{sp}$.

        Set by funds.aid_ceiling_share.
        """
        ceiling = case.funds[fund].aid_ceiling_share
        return budget.public_meur[site, fund, period] <= ceiling * budget.site_money_meur[site, period]

    @budget.Constraint(places if together < 1 or several else [])
    def all_public_money_stays_under_the_ceiling(_, site, period):
        r"""All public money of a site together stays under a ceiling: $\sum_f X_{sfp} \le \alpha K_{sp}$.

        Set by money.aid_ceiling_share.
        """
        aid = pyo.quicksum(given(fund, site, [period]) for fund in public)
        return aid + model.zero <= together * budget.site_money_meur[site, period]

    limited = [fund for fund in public if case.funds[fund].site_ceiling_meur]

    @budget.Constraint([(site, fund) for site in sites for fund in limited if case.may_pay(fund, site)])
    def fund_pays_no_more_at_a_site_than_its_ceiling(_, site, fund):
        r"""A fund pays no more at a site than its ceiling: $\sum_p X_{sfp} \le \bar X_f$.

        Set by funds.site_ceiling_meur.
        """
        return given(fund, site, case.periods) <= case.funds[fund].site_ceiling_meur

    @budget.Constraint([index for index in budget.public_meur if case.funds[index[1]].matched_by])
    def public_money_is_matched(_, site, fund, period):
        r"""Another fund has paid its part of what a fund has paid at a site: $\mu_f \sum_{q \le p} X_{sfq} \le \sum_{q \le p} X_{smq}$.

        Set by funds.match_factor.
        """
        row, past = case.funds[fund], until(case, period)
        return row.match_factor * given(fund, site, past) <= given(row.matched_by, site, past)

    @budget.Constraint([index for index, row in case.fund_countries.items() if row.floor_meur])
    def country_gets_its_floor(_, fund, country):
        r"""A fund pays its floor in a country: $\sum_{s \in n, p} X_{sfp} \ge \underline X_{fn}$.

        Set by fund_countries.floor_meur.
        """
        return given_in(fund, country) >= case.fund_countries[fund, country].floor_meur

    @budget.Constraint([index for index, row in case.fund_countries.items() if row.ceiling_meur])
    def country_gets_no_more_than_its_ceiling(_, fund, country):
        r"""A fund pays no more in a country than its ceiling: $\sum_{s \in n, p} X_{sfp} \le \bar X_{fn}$.

        Set by fund_countries.ceiling_meur.
        """
        return given_in(fund, country) <= case.fund_countries[fund, country].ceiling_meur
