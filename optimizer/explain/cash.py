"""Limits of cash: public money for running costs, and how often earnings have to cover the debt service."""

from optimizer.explain.limit_input import LimitText

TEXTS = {
    "money.operating_grant_meur": LimitText("{amount} {unit} more a year for running costs", "MEUR", typical=100.0),
    "money.dscr_min": LimitText(
        "earnings need cover {amount} of the debt service less",
        raised=False,
        typical=100.0,
        most=1_000_000,
        size=lambda elastic, year, period: elastic.model.cash.service_meur[year, period],
    ),
}
