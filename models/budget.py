r"""Budget: who pays.

Needs     compute.alive_mw, siting.open_in (ledgers site_capex_meur, capex_meur)
Decides   spent_meur       money of the fund spent in the period                     MEUR
          public_meur      public money spent at the site in the period              MEUR
Offers    available_meur   money of the fund released up to the period               MEUR
          site_money_meur  capital cost of the site in the period                    MEUR
          capital_meur     capital cost of the period                                MEUR
Adds to   (nothing)
Symbols   $f$ fund, $s$ site, $p, q$ period, $x_{fp}$ spent_meur, $X_{sfp}$ public_meur, $K_p$ capital of the period, $K_{sp}$ capital of a site,
          $T_{fp}$ tranche, $\alpha_f$ aid ceiling
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models import ledger
from models.case import Case
from models.timeline import until


def add(model: pyo.ConcreteModel, budget: pyo.Block, case: Case) -> None:
    """Add the funds; every capital cost is paid by one of them."""
    budget.spent_meur = pyo.Var(model.funds, model.periods, domain=pyo.NonNegativeReals)
    public = [fund for fund, row in case.funds.items() if row.kind == "public"]
    places = sorted({(site, period) for site, _, period in model.compute.alive_mw} | set(model.siting.open_in))
    budget.public_meur = pyo.Var(
        [(site, fund, period) for site, period in places for fund in public], domain=pyo.NonNegativeReals
    )

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
        r"""The funds pay every capital cost: $\sum_f x_{fp} = K_p$."""
        return pyo.quicksum(budget.spent_meur[fund, period] for fund in case.funds) == budget.capital_meur[period]

    @budget.Constraint(model.funds, model.periods)
    def spending_stays_within_the_tranches(_, fund, period):
        r"""A fund spends no more than it has released: $\sum_{q \le p} x_{fq} \le \sum_{q \le p} T_{fq}$.

        Set by tranches.amount_meur.
        """
        spent = pyo.quicksum(budget.spent_meur[fund, past] for past in until(case, period))
        return spent <= budget.available_meur[fund, period]

    @budget.Constraint(public, model.periods)
    def public_money_goes_to_sites(_, fund, period):
        r"""Public money is spent at sites: $x_{fp} = \sum_s X_{sfp}$."""
        return budget.spent_meur[fund, period] == pyo.quicksum(
            budget.public_meur[site, fund, period] for site, when in places if when == period
        )

    @budget.Constraint(budget.public_meur.index_set())
    def aid_stays_under_the_ceiling(_, site, fund, period):
        r"""Aid stays under its ceiling at every site: $X_{sfp} \le \alpha_f K_{sp}$.

        Set by funds.aid_ceiling_share.
        """
        ceiling = case.funds[fund].aid_ceiling_share
        return budget.public_meur[site, fund, period] <= ceiling * budget.site_money_meur[site, period]
