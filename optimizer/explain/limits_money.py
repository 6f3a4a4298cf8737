"""Limits of money and of the chip market."""

from typing import Any

from models.timeline import first_year, until
from optimizer.case.display_names import display_names
from optimizer.explain.elastic import ElasticModel

TRANCHES = "budget.spending_stays_within_the_tranches"
MOST_TIMES = 1_000.0
"""Most that a tranche can grow, in all the money of the case."""


def tranches(elastic: ElasticModel) -> None:
    """More money than a fund has released."""
    case = elastic.case
    whole = sum(row.amount_meur for row in case.tranches.values()) or 1_000.0
    slacks: dict[tuple[str, str], Any] = {}
    for fund, period in elastic.model.budget.spending_stays_within_the_tranches:
        phrase = f"{{amount}} {{unit}} more from {display_names(case.funds, fund)}, from {first_year(case, period)} on"
        given = elastic.input(TRANCHES, "tranches.amount_meur", phrase, "MEUR", key=(fund, period))
        most = min(given.farthest - given.value, MOST_TIMES * whole)
        slacks[fund, period] = elastic.lever(given, most=most, typical=whole)
    for (fund, period), row in elastic.model.budget.spending_stays_within_the_tranches.items():
        elastic.loosen(row, sum(slacks[fund, past] for past in until(case, period)))


def aid(elastic: ElasticModel) -> None:
    """A public fund pays a larger share of a site."""
    case, budget = elastic.case, elastic.model.budget
    whole = sum(row.amount_meur for row in case.tranches.values()) or 1_000.0
    for fund in sorted({fund for _, fund, _ in budget.aid_stays_under_the_ceiling}):
        given = elastic.input(
            "budget.aid_stays_under_the_ceiling",
            "funds.aid_ceiling_share",
            f"{display_names(case.funds, fund)} may pay {{amount}} more of a site's capital cost (a share)",
            "share",
            key=fund,
        )
        rows = [
            (row, budget.site_money_meur[site, period])
            for (site, payer, period), row in budget.aid_stays_under_the_ceiling.items()
            if payer == fund
        ]
        elastic.share(given, rows, most=MOST_TIMES * whole, typical=whole)


def chips(elastic: ElasticModel) -> None:
    """More chips than the market delivers."""
    case = elastic.case
    for key, row in elastic.model.compute.market_delivers_what_is_bought.items():
        chip, tier, period = key
        where = "" if tier == "any" else f" for {tier}"
        phrase = f"{{amount}} {{unit}} of {display_names(case.chips, chip)} more{where}, {first_year(case, period)}"
        rule = "compute.market_delivers_what_is_bought"
        given = elastic.input(rule, "chip_supply.limit_kchips", phrase, "thousand", key=key)
        elastic.loosen(row, elastic.lever(given, typical=max(given.value, 10.0)))
