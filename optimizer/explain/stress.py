"""Limits of stress: low-carbon plant that feeds the data centres in the hours of stress."""

from optimizer.explain.limit_input import share

TEXTS = {
    "power.stress_share": share(
        "{amount} less of the draw fed by low-carbon plant in hours of stress (a share)", "stress.drawn_mw", 500, 50_000
    ),
}
