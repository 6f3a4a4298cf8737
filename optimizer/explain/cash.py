"""Limits of cash: public money for running costs, and how often earnings have to cover the debt service."""

from optimizer.explain.limit_input import LimitText, share

TEXTS = {
    "money.operating_grant_meur": LimitText("{amount} {unit} more a year for running costs", "MEUR", typical=100.0),
    "money.dscr_min": share(
        "earnings need cover {amount} of the debt service less", "cash.service_meur", 100.0, 1_000_000, unit=None
    ),
}
