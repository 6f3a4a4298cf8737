"""Limits of matching: the score of a year, its excess, and whether every hour is matched."""

from typing import Any

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText

MOST_TWH = 1_000.0
"""Most draw beyond a limit of a year."""


def _drawn_twh(elastic: ElasticModel, *place: str) -> Any:
    """Return what a share of the draw is a share of."""
    return elastic.model.matching.drawn_twh[place]


TEXTS = {
    "matching.target_share": LimitText(
        "{amount} less of the draw matched, or clean in the mix of the grid (a share)",
        "share",
        raised=False,
        typical=0.1,
        most=MOST_TWH,
        size=_drawn_twh,
    ),
    "matching.excess_share": LimitText(
        "{amount} more of the draw that contracts and new plant may give beyond what they match (a share)",
        "share",
        typical=0.1,
        most=MOST_TWH,
        size=_drawn_twh,
    ),
    "matching.import_share": LimitText(
        "{amount} more of the lines over which power matches (a share)",
        "share",
        typical=500,
        most=50_000,
        size=lambda elastic, line, way, _: getattr(elastic.case.lines[line], f"{way}_mw"),
    ),
    "matching.strict": LimitText("single hours may miss the target", "", raised=False, typical=1),
}


def matching_and_cover_fit_into_what_the_system_leaves_free(elastic: ElasticModel) -> None:
    """Relax that lines count by what is left free of them."""
    rows = elastic.model.matching.matching_and_cover_fit_into_what_the_system_leaves_free
    largest = (max(row.forward_mw, row.backward_mw) for row in elastic.case.lines.values())
    elastic.relax_switch(rows, "power.cover_spare_lines", max(largest, default=0.0))


def every_hour_reaches_the_target(elastic: ElasticModel) -> None:
    """Relax that every hour is matched: it is asked or not, in all periods."""
    elastic.relax_switch(elastic.model.matching.every_hour_reaches_the_target, "matching.strict", MOST_TWH)
