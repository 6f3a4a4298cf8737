"""Limits of budget: money that a fund releases, what of it may go where, and what has to be paid beside it."""

from models.case import Case
from models.terms import get_or_zero
from models.timeline import until
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import Grantor, LimitText, share


def grantor(case: Case, key: tuple[str, str]) -> Grantor:
    """Return who gives the money of a tranche."""
    return "fund" if key[0] in case.public_funds else "investor"


def released_meur(case: Case) -> float:
    """Return the money that all funds release."""
    return sum(row.amount_meur for row in case.tranches.values()) or 1_000.0


TEXTS = {
    "tranches.amount_meur": LimitText(
        "{amount} {unit} more from {fund}, from {period} on", "MEUR", typical=released_meur, grantor=grantor
    ),
    "funds.aid_ceiling_share": share(
        "{fund} may pay {amount} more of a site's capital cost (a share)",
        lambda elastic, site, fund, period: elastic.model.budget.site_money_meur[site, period],
        *(released_meur, 1_000_000),
        raised=True,
        grantor="ministry or law",
    ),
    "money.aid_ceiling_share": share(
        "all public funds together may pay {amount} more of a site's capital cost (a share)",
        *("budget.site_money_meur", released_meur, 1_000_000),
        raised=True,
        unit=None,
        grantor="ministry or law",
    ),
    "funds.site_ceiling_meur": LimitText(
        "{fund} may pay {amount} {unit} more at a site", typical=released_meur, grantor="fund"
    ),
    "funds.match_factor": share(
        "{fund} needs {amount} less to be paid beside each of its euros",
        lambda elastic, site, fund, period: sum(
            get_or_zero(elastic.model.budget.public_meur, site, fund, past) for past in until(elastic.case, period)
        ),
        *(released_meur, 1_000_000),
        unit=None,
        grantor="fund",
    ),
    "fund_countries.floor_meur": LimitText(
        "{fund} need pay {amount} {unit} less in {country}", raised=False, grantor="fund"
    ),
    "fund_countries.ceiling_meur": LimitText("{fund} may pay {amount} {unit} more in {country}", grantor="fund"),
}


def spending_stays_within_the_tranches(elastic: ElasticModel) -> None:
    """Relax tranches: what is released more stays available later."""
    rows = elastic.model.budget.spending_stays_within_the_tranches
    for (fund, period), row in rows.items():
        releases = [(fund, past) for past in until(elastic.case, period)]
        elastic.relax(row, sum(elastic.limit(rows.name, "tranches.amount_meur", key).slack for key in releases))
