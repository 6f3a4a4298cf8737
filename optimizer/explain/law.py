"""Limits of laws with dates: how much may be built, PUE, reuse of energy, dispatchable plant beside connections."""

from optimizer.explain.limit_input import Grantor, LimitText, share

LAW: Grantor = "ministry or law"
TEXTS = {
    "laws.most_mw": LimitText("{law} allows {amount} {unit} more of servers at a site", typical=100, grantor=LAW),
    "laws.pue_limit": share(
        "a PUE by {law} that is {amount} higher", "law.new_mw", 100, 9 * 5_000, raised=True, unit="", grantor=LAW
    ),
    "laws.reuse_share": share(
        "{amount} less of the energy reused by {law} (a share)", "cooling.draw_mw", 100, 5_000, grantor=LAW
    ),
    "laws.dispatchable_share": share(
        "{amount} less of new connections matched by dispatchable plant, by {law} (a share)",
        *("law.covered_mw", 100, 50_000),
        grantor=LAW,
    ),
}
