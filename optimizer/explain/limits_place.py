"""Limits of single places: land, least size, dates, headroom. They decide what exists, so the model is built wide."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from models.case import Case
from models.timeline import first_year, starts_in
from models.upper_bounds import headroom_mw, latest, power_within_reach
from optimizer.case.display_names import display_names
from optimizer.explain.elastic import ElasticModel

LAND_MW, HEADROOM_MW = 5_000.0, 10_000.0
"""Most that the inputs allow at one place."""


def relaxed_case(case: Case) -> Case:
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


def land(elastic: ElasticModel) -> None:
    """More halls at a site than its land holds."""
    case, sizing = elastic.case, elastic.model.sizing
    hall_mw, slacks = case.settings.halls.hall_mw, {}
    for (site, period), row in sizing.halls_fit_on_the_land_of_an_open_site.items():
        if site not in slacks:
            given = elastic.input(
                "sizing.halls_fit_on_the_land_of_an_open_site",
                "sites.land_mw",
                f"land for {{amount}} {{unit}} of servers more at {display_names(case.sites, site)}",
                "MW",
                key=site,
            )
            slacks[site] = elastic.lever(given, typical=max(given.value, 5 * hall_mw))
        held = case.sites[site].land_mw * elastic.model.siting.entered[site, period]
        elastic.demand(hall_mw * sizing.site_halls[site, period] <= held + slacks[site])
        elastic.note(row)
    elastic.loosened.add("sizing.site_without_room_stays_closed")
    for (site, period), opening in elastic.model.siting.open_in.items():
        if (site, period) in sizing.halls_fit_on_the_land_of_an_open_site:
            elastic.demand(hall_mw * opening <= case.sites[site].land_mw + slacks[site])


def least_size(elastic: ElasticModel) -> None:
    """An open site smaller than its least size."""
    case, model = elastic.case, elastic.model
    halls, servers = model.sizing.open_site_reaches_its_minimum, model.compute.open_site_runs_servers_of_its_least_size
    slacks: dict[str, Any] = {}
    for site in dict.fromkeys(site for site, _ in servers):
        given = elastic.input(
            "compute.open_site_runs_servers_of_its_least_size",
            "sites.minimum_mw",
            f"{{amount}} {{unit}} of servers less would do at {display_names(case.sites, site)}",
            "MW",
            key=site,
            raised=False,
        )
        slacks[site] = elastic.lever(given)
    for (site, _), row in servers.items():
        elastic.loosen(row, slacks[site])
    for (site, period), row in halls.items():
        standing = case.settings.halls.hall_mw * model.sizing.site_halls[site, period] + slacks[site]
        row.set_value(standing >= case.sites[site].minimum_mw * model.siting.entered[site, period])
        elastic.note(row)


def dates(elastic: ElasticModel) -> None:
    """A site in service before its permits or its connection can be ready."""
    case, open_in = elastic.case, elastic.model.siting.open_in
    halls = {(site, period) for site, _, period in elastic.model.sizing.halls}
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
                f"{what} of {display_names(case.sites, site)} {{amount}} {{unit}} earlier",
                "years",
                key=site,
                raised=False,
                farthest=min(first_year(case, period) for _, period in places),
            )
            slack = elastic.lever(given, typical=10.0)
            for place in places:
                elastic.demand((date - first_year(case, place[1])) * open_in[place] <= slack)


def headroom(elastic: ElasticModel) -> None:
    """Connections beyond a substation's headroom, in any year of a period."""
    case, grid = elastic.case, elastic.model.grid
    held_in = _headroom_levers(elastic)
    for (substation, period), row in grid.sites_share_the_substation_queue.items():
        (held_mw, slack), *others = held_in(substation, period)
        elastic.loosen(row, slack - (HEADROOM_MW - held_mw))
        for held_mw, slack in others:
            stepped = grid.headroom_mw[substation, period] - HEADROOM_MW
            elastic.demand(grid.drawn_mw[substation, period] <= stepped + held_mw + slack)
    hall_mw = case.settings.halls.hall_mw
    elastic.loosened.add("sizing.halls_draw_no_more_than_the_grid_could_bring")
    for site, period in grid.connected_mw:
        substation, entered = case.sites[site].substation, elastic.model.siting.entered[site, period]
        besides_mw = power_within_reach(case, site, period) - headroom_mw(case, substation, period)
        peak = elastic.model.cooling.peak_mw[site, period]
        coolings = [kind for place, kind, when in elastic.model.sizing.standing if (place, when) == (site, period)]
        least_pue = min(case.climate.pue_design[site, kind] for kind in coolings)
        for held_mw, slack in held_in(substation, period):
            elastic.demand(peak <= (besides_mw + held_mw) * entered + slack)
            if (site, period) in elastic.model.siting.open_in:
                elastic.demand(hall_mw * least_pue * entered <= besides_mw + held_mw + slack)


def _headroom_levers(elastic: ElasticModel) -> Callable[[str, str], list[tuple[float, Any]]]:
    """Return what gives the MW and the slack of every row that sets a substation's headroom in some year of a period.

    One row may hold in several periods; before the first one there is no headroom, and a new row would give it.
    """
    case = elastic.case
    start = min(first_year(case, period) for period in case.periods)
    slacks: dict[tuple[str, int], Any] = {}

    def slack_of(key: tuple[str, int], year: int) -> Any:
        if key not in slacks:
            given = elastic.input(
                "grid.sites_share_the_substation_queue",
                "headrooms.headroom_mw",
                f"headroom at {display_names(case.substations, key[0])} +{{amount}} {{unit}} by {year}",
                "MW",
                key=key,
            )
            slacks[key] = elastic.lever(given, typical=max(given.value, 100.0))
        return slacks[key]

    def held_in(substation: str, period: str) -> list[tuple[float, Any]]:
        rows, year = case.headroom_years.get(substation, {}), first_year(case, period)
        held = [
            (rows[since].headroom_mw, slack_of((substation, since), max(since, year)))
            for since in starts_in(case, period, rows)
        ]
        return held if latest(rows, year) else [(0.0, slack_of((substation, start), year)), *held]

    return held_in
