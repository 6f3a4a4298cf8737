"""Limits of laws with dates: how much may be built, PUE, reuse of energy, dispatchable plant beside connections."""

from optimizer.explain.limit_input import LimitText

TEXTS = {
    "laws.most_mw": LimitText(
        "{law} allows {amount} {unit} more of servers at a site", typical=100, grantor="ministry or law"
    ),
    "laws.pue_limit": LimitText(
        "a PUE by {law} that is {amount} higher",
        "",
        typical=100,
        most=9 * 5_000,
        size=lambda elastic, site, period, law: elastic.model.law.new_mw[site, period],
        grantor="ministry or law",
    ),
    "laws.reuse_share": LimitText(
        "{amount} less of the energy reused by {law} (a share)",
        raised=False,
        typical=100,
        most=5_000,
        size=lambda elastic, site, period, law: elastic.model.cooling.draw_mw[site, period],
        grantor="ministry or law",
    ),
    "laws.dispatchable_share": LimitText(
        "{amount} less of new connections matched by dispatchable plant, by {law} (a share)",
        raised=False,
        typical=100,
        most=50_000,
        size=lambda elastic, law, period: elastic.model.law.covered_mw[law, period],
        grantor="ministry or law",
    ),
}
