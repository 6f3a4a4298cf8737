"""Limits of the grid: connections beyond a substation's headroom, firm or interruptible, in any year of a period."""

from typing import Any

from models.timeline import first_year, starts_in
from models.upper_bounds import headroom_mw, latest, most_power_mw
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, column_of

AMPLE_MW = column_of("headrooms.headroom_mw").high
"""Headroom everywhere in the relaxed case."""
TEXTS = {
    "headrooms.headroom_mw": LimitText(
        "headroom at {substation} +{amount} {unit} by {from_year}", typical=100, grantor="grid operator"
    ),
    "headrooms.interruptible_mw": LimitText(
        "interruptible connections at {substation} +{amount} {unit} by {from_year}",
        typical=100,
        grantor="grid operator",
    ),
}
RULES = {
    "headrooms.headroom_mw": "grid.sites_share_the_substation_queue",
    "headrooms.interruptible_mw": "grid.sites_share_what_may_be_interrupted",
    "headrooms.interrupted_share": "interruption.interruptions_stay_within_their_share",
}
"""Column -> the rule that it limits."""


def sites_share_the_substation_queue(elastic: ElasticModel) -> None:
    """Relax headroom, in the place of the ample one with which the model was built."""
    grid = elastic.model.grid
    for (substation, period), row in grid.sites_share_the_substation_queue.items():
        (first_mw, slack, _), *others = headroom_rows(elastic, substation, period)
        elastic.relax(row, slack + first_mw - AMPLE_MW)
        stepped_mw = grid.headroom_mw[substation, period] - AMPLE_MW
        for row_mw, slack, _ in others:
            elastic.add_row(grid.drawn_mw[substation, period] <= stepped_mw + row_mw + slack)


def sites_share_what_may_be_interrupted(elastic: ElasticModel) -> None:
    """Relax what substations have for interruptible connections, in the place of as much as they like."""
    place = "headrooms.interruptible_mw"
    for (substation, period), row in elastic.model.grid.sites_share_what_may_be_interrupted.items():
        allowed = elastic.case.settings.power.interruptible
        for row_mw, slack, _ in headroom_rows(elastic, substation, period, place):
            elastic.add_row(row.body <= row_mw * allowed + slack)


def could_bring(elastic: ElasticModel, site: str, period: str) -> list[tuple[float, Any]]:
    """Return the MW that headroom, steps and own supply could bring a site, and the slack, for each row of headroom."""
    case, substation = elastic.case, elastic.case.sites[site].substation
    besides_mw = most_power_mw(case, site, period) - headroom_mw(case, substation, period)
    return [(besides_mw + row_mw, slack) for row_mw, slack, _ in headroom_rows(elastic, substation, period)]


def headroom_rows(
    elastic: ElasticModel, substation: str, period: str, place: str = "headrooms.headroom_mw"
) -> list[tuple[float, Any, Any]]:
    """Return value, slack and key of every row that sets a column of a substation's headroom in some year of a period.

    One row may hold in several periods; before the first one there is no headroom, and a new row would give it.
    """
    case, rule, column = elastic.case, RULES[place], place.partition(".")[2]
    rows, year = case.headroom_years.get(substation, {}), first_year(case, period)
    start = min(first_year(case, each) for each in case.periods)
    held = {since: getattr(rows[since], column) for since in starts_in(case, period, rows)}
    if not latest(rows, year):
        held = {start: 0.0, **held}

    def slack(since: int) -> Any:
        return elastic.limit(rule, place, (substation, since)).slack

    return [(row_mw, slack(since), (substation, since)) for since, row_mw in held.items()]
