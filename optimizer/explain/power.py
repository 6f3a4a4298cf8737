"""Limits of power: firm low-carbon capacity that covers the peak."""

from optimizer.explain.limit_input import LimitText

TEXTS = {
    "power.cover_share": LimitText(
        "{amount} less of the peak covered by firm low-carbon capacity (a share)",
        "share",
        raised=False,
        typical=500,
        most=50_000,
        size=lambda elastic, *place: elastic.model.power.zone_peak_mw[place],
    )
}
