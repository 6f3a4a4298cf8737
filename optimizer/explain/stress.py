"""Limits of stress: low-carbon plant that feeds the data centres in the hours of stress."""

from optimizer.explain.limit_input import LimitText

TEXTS = {
    "power.stress_share": LimitText(
        "{amount} less of the draw fed by low-carbon plant in hours of stress (a share)",
        "share",
        raised=False,
        typical=500,
        most=50_000,
        size=lambda elastic, *place: elastic.model.stress.drawn_mw[place],
    ),
}
