"""Limits of budget: money that a fund releases, and the share of a site that it may pay."""

from models.case import Case
from models.timeline import until
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import Grantor, LimitText


def grantor(case: Case, key: tuple[str, str]) -> Grantor:
    """Return who gives the money of a tranche."""
    return "fund" if case.funds[key[0]].kind == "public" else "investor"


def released_meur(case: Case) -> float:
    """Return the money that all funds release."""
    return sum(row.amount_meur for row in case.tranches.values()) or 1_000.0


TEXTS = {
    "tranches.amount_meur": LimitText(
        "{amount} {unit} more from {fund}, from {period} on", "MEUR", typical=released_meur, grantor=grantor
    ),
    "funds.aid_ceiling_share": LimitText(
        "{fund} may pay {amount} more of a site's capital cost (a share)",
        typical=released_meur,
        most=1_000_000,
        size=lambda elastic, site, fund, period: elastic.model.budget.site_money_meur[site, period],
        grantor="ministry or law",
    ),
}


def spending_stays_within_the_tranches(elastic: ElasticModel) -> None:
    """Relax tranches: what is released more stays available later."""
    rows = elastic.model.budget.spending_stays_within_the_tranches
    for (fund, period), row in rows.items():
        releases = [(fund, past) for past in until(elastic.case, period)]
        elastic.relax(row, sum(elastic.limit(rows.name, "tranches.amount_meur", key).slack for key in releases))
