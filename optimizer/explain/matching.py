"""Limits of matching: the score of a year, its excess, and whether every hour is matched."""

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, share

DRAWN = "matching.drawn_twh"
MOST_TWH = 1_000.0
"""Most draw beyond a limit of a year."""
TEXTS = {
    "matching.target_share": share(
        "{amount} less of the draw matched, or clean in the mix of the grid (a share)", DRAWN, 0.1, MOST_TWH
    ),
    "matching.excess_share": share(
        "{amount} more of the draw that contracts and new plant may give beyond what they match (a share)",
        *(DRAWN, 0.1, MOST_TWH),
        raised=True,
    ),
    "matching.import_share": share(
        "{amount} more of the lines over which power matches (a share)",
        lambda elastic, line, way, _: getattr(elastic.case.lines[line], f"{way}_mw"),
        *(500, 50_000),
        raised=True,
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
