"""Limits of the grid: connections beyond a substation's headroom, in any year of a period."""

from typing import Any

from models.timeline import first_year, starts_in
from models.upper_bounds import headroom_mw, latest, most_power_mw
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, column_of

AMPLE_MW = column_of("headrooms.headroom_mw").high
"""Headroom everywhere in the relaxed case."""
TEXTS = {"headrooms.headroom_mw": LimitText("headroom at {substation} +{amount} {unit} by {from_year}", typical=100)}


def sites_share_the_substation_queue(elastic: ElasticModel) -> None:
    """Relax headroom, in the place of the ample one with which the model was built."""
    grid = elastic.model.grid
    for (substation, period), row in grid.sites_share_the_substation_queue.items():
        (first_mw, slack), *others = headroom_rows(elastic, substation, period)
        elastic.relax(row, slack + first_mw - AMPLE_MW)
        stepped_mw = grid.headroom_mw[substation, period] - AMPLE_MW
        for row_mw, slack in others:
            elastic.add_row(grid.drawn_mw[substation, period] <= stepped_mw + row_mw + slack)


def could_bring(elastic: ElasticModel, site: str, period: str) -> list[tuple[float, Any]]:
    """Return the MW that headroom, steps and own supply could bring a site, and the slack, for each row of headroom."""
    case, substation = elastic.case, elastic.case.sites[site].substation
    besides_mw = most_power_mw(case, site, period) - headroom_mw(case, substation, period)
    return [(besides_mw + row_mw, slack) for row_mw, slack in headroom_rows(elastic, substation, period)]


def headroom_rows(elastic: ElasticModel, substation: str, period: str) -> list[tuple[float, Any]]:
    """Return the MW and the slack of every row that sets a substation's headroom in some year of a period.

    One row may hold in several periods; before the first one there is no headroom, and a new row would give it.
    """
    case, rule = elastic.case, elastic.model.grid.sites_share_the_substation_queue.name
    rows, year = case.headroom_years.get(substation, {}), first_year(case, period)
    start = min(first_year(case, each) for each in case.periods)
    held = {since: rows[since].headroom_mw for since in starts_in(case, period, rows)}
    if not latest(rows, year):
        held = {start: 0.0, **held}

    def slack(since: int) -> Any:
        return elastic.limit(rule, "headrooms.headroom_mw", (substation, since)).slack

    return [(row_mw, slack(since)) for since, row_mw in held.items()]
