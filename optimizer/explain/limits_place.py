"""Limits of single places: land, least size, dates, headroom. They decide what exists, so the model is built wide."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from models.case import Case
from models.reach import headroom_mw, power_within_reach
from models.timeline import first_year
from optimizer.explain.elastic import Elastic
from optimizer.names import named

LAND_MW, HEADROOM_MW = 5_000.0, 10_000.0
"""Most that the inputs allow at one place."""


def wide(case: Case) -> Case:
    """Return the case with land, headroom and dates that keep nothing out."""
    start = min(first_year(case, period) for period in case.periods)
    sites = {
        site: row.model_copy(
            update={
                "land_mw": LAND_MW,
                "permit_year": min(row.permit_year, start),
                "connection_year": min(row.connection_year, start),
            }
        )
        for site, row in case.sites.items()
    }
    rows = next(iter(case.headrooms.values()), None)
    everywhere = {
        (substation, start): ample(rows, substation, start) for substation in case.substations if rows is not None
    }
    return replace(case, sites=sites, headrooms=everywhere)


def ample(row: Any, substation: str, year: int) -> Any:
    """Return a row of headroom for another substation and year, as much as the inputs allow."""
    return row.model_copy(update={"substation": substation, "from_year": year, "headroom_mw": HEADROOM_MW})


def land(elastic: Elastic) -> None:
    """More halls at a site than its land holds."""
    case, sizing = elastic.case, elastic.model.sizing
    hall_mw, slacks = case.scenario.halls.hall_mw, {}
    for (site, period), row in sizing.halls_fit_on_the_land_of_an_open_site.items():
        if site not in slacks:
            given = elastic.input(
                "sizing.halls_fit_on_the_land_of_an_open_site",
                "sites.land_mw",
                f"land for {{amount}} {{unit}} of servers more at {named(case.sites, site)}",
                "MW",
                key=site,
            )
            slacks[site] = elastic.lever(given, typical=max(given.value, 5 * hall_mw))
        held = case.sites[site].land_mw * elastic.model.siting.opened[site, period]
        elastic.demand(hall_mw * sizing.site_halls[site, period] <= held + slacks[site])
        elastic.note(row)
    elastic.loosened.add("sizing.site_without_room_stays_closed")
    for (site, period), opening in elastic.model.siting.open_in.items():
        if (site, period) in sizing.halls_fit_on_the_land_of_an_open_site:
            elastic.demand(hall_mw * opening <= case.sites[site].land_mw + slacks[site])


def least_size(elastic: Elastic) -> None:
    """An open site smaller than its least size."""
    case, sizing = elastic.case, elastic.model.sizing
    slacks: dict[str, Any] = {}
    for (site, period), row in sizing.open_site_reaches_its_minimum.items():
        if site not in slacks:
            given = elastic.input(
                "sizing.open_site_reaches_its_minimum",
                "sites.minimum_mw",
                f"{{amount}} {{unit}} of servers less would do at {named(case.sites, site)}",
                "MW",
                key=site,
                raised=False,
            )
            slacks[site] = elastic.lever(given)
        standing = case.scenario.halls.hall_mw * sizing.site_halls[site, period] + slacks[site]
        row.set_value(standing >= case.sites[site].minimum_mw * elastic.model.siting.opened[site, period])
        elastic.note(row)


def dates(elastic: Elastic) -> None:
    """A site in service before its permits or its connection can be ready."""
    case, open_in = elastic.case, elastic.model.siting.open_in
    halls: dict[tuple[str, str], list[Any]] = {}
    for (site, _, period), variable in elastic.model.sizing.halls.items():
        halls.setdefault((site, period), []).append(variable)
    for column, what in (("permit_year", "permits"), ("connection_year", "the grid connection")):
        for site, row in case.sites.items():
            date = getattr(row, column)
            early = [period for period in case.periods if first_year(case, period) < date]
            places = [(site, period) for period in early if (site, period) in halls]
            if not places:
                continue
            given = elastic.input(
                "siting.open_in",
                f"sites.{column}",
                f"{what} of {named(case.sites, site)} {{amount}} {{unit}} earlier",
                "years",
                key=site,
                raised=False,
                farthest=min(first_year(case, period) for _, period in places),
            )
            slack = elastic.lever(given, typical=10.0)
            for place in places:
                gate = open_in[place] if place in open_in else elastic.gate()
                elastic.demand((date - first_year(case, place[1])) * gate <= slack)
                if place not in open_in:
                    for variable in halls[place]:
                        elastic.demand(variable <= variable.ub * gate)


def headroom(elastic: Elastic) -> None:
    """Connections beyond a substation's headroom."""
    case, grid = elastic.case, elastic.model.grid
    slack_of = _headroom_levers(elastic)
    for (substation, period), row in grid.sites_share_the_substation_queue.items():
        missing = HEADROOM_MW - headroom_mw(case, substation, period)
        elastic.loosen(row, slack_of(substation, period) - missing)
    hall_mw = case.scenario.halls.hall_mw
    elastic.loosened.add("sizing.halls_draw_no_more_than_the_grid_could_bring")
    for site, period in grid.connected_mw:
        substation, opened = case.sites[site].substation, elastic.model.siting.opened[site, period]
        reach = power_within_reach(case, site, period)
        peak = elastic.model.cooling.peak_mw[site, period]
        elastic.demand(peak <= reach * opened + slack_of(substation, period))
        coolings = [kind for place, kind, when in elastic.model.sizing.standing if (place, when) == (site, period)]
        least_pue = min(case.climate.pue_design[site, kind] for kind in coolings)
        if (site, period) in elastic.model.siting.open_in:
            elastic.demand(hall_mw * least_pue * opened <= reach + slack_of(substation, period))


def _headroom_levers(elastic: Elastic) -> Callable[[str, str], Any]:
    """Return the slack of the row that sets a substation's headroom in a period; one row may set several."""
    case = elastic.case
    start = min(first_year(case, period) for period in case.periods)
    slacks: dict[tuple[str, int], Any] = {}

    def slack_of(substation: str, period: str) -> Any:
        year = first_year(case, period)
        years = [since for place, since in case.headrooms if place == substation and since <= year]
        key = (substation, max(years, default=start))
        if key not in slacks:
            name = named(case.substations, substation)
            given = elastic.input(
                "grid.sites_share_the_substation_queue",
                "headrooms.headroom_mw",
                f"headroom at {name} +{{amount}} {{unit}} by {year}",
                "MW",
                key=key,
            )
            slacks[key] = elastic.lever(given, typical=max(given.value, 100.0))
        return slacks[key]

    return slack_of
