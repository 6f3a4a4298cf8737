"""Limits of sizing: land, least size and what the grid could bring. They decide what exists: their rows come on top."""

from typing import Any

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.grid import could_bring
from optimizer.explain.limit_input import LimitText

TEXTS = {
    "sites.land_mw": LimitText("land for {amount} {unit} of servers more at {site}", typical=100, grantor="land owner")
}


def halls_fit_on_the_land_of_an_open_site(elastic: ElasticModel) -> None:
    """Relax land: more halls at a site than it has land for."""
    case, model = elastic.case, elastic.model
    for site, period in model.sizing.halls_fit_on_the_land_of_an_open_site:
        land_mw = case.sites[site].land_mw * model.siting.entered[site, period]
        built_mw = case.settings.halls.hall_mw * model.sizing.site_halls[site, period]
        elastic.add_row(built_mw <= land_mw + _land_slack(elastic, site))


def halls_draw_no_more_than_the_grid_could_bring(elastic: ElasticModel) -> None:
    """Relax headroom where it decides how many halls a site could have."""
    model = elastic.model
    for site, period in model.sizing.halls_draw_no_more_than_the_grid_could_bring:
        for most_mw, slack in could_bring(elastic, site, period):
            most = most_mw * model.siting.entered[site, period] + slack
            elastic.add_row(model.cooling.peak_mw[site, period] <= most)


def open_site_reaches_its_minimum(elastic: ElasticModel) -> None:
    """Relax the least size, which is in whole halls here: an open site has fewer."""
    model, rule = elastic.model, elastic.model.compute.open_site_runs_servers_of_its_least_size.name
    for (site, period), row in model.sizing.open_site_reaches_its_minimum.items():
        slack = elastic.limit(rule, "sites.minimum_mw", site).slack
        standing_mw = elastic.case.settings.halls.hall_mw * model.sizing.site_halls[site, period] + slack
        row.set_value(standing_mw >= elastic.case.sites[site].minimum_mw * model.siting.entered[site, period])


def site_without_room_stays_closed(elastic: ElasticModel) -> None:
    """Relax land and headroom where they leave no hall: what opens has both for one."""
    case, model, hall_mw = elastic.case, elastic.model, elastic.case.settings.halls.hall_mw
    kinds: dict[tuple[str, str], list[str]] = {}
    for site, kind, period in model.sizing.standing:
        kinds.setdefault((site, period), []).append(kind)
    for (site, period), opening in model.siting.open_in.items():
        if (site, period) in kinds:
            elastic.add_row(hall_mw * opening <= case.sites[site].land_mw + _land_slack(elastic, site))
            least_pue = min(case.climate.pue_design[site, kind] for kind in kinds[site, period])
            for most_mw, slack in could_bring(elastic, site, period):
                elastic.add_row(hall_mw * least_pue * model.siting.entered[site, period] <= most_mw + slack)


def _land_slack(elastic: ElasticModel, site: str) -> Any:
    return elastic.limit(elastic.model.sizing.halls_fit_on_the_land_of_an_open_site.name, "sites.land_mw", site).slack
