"""Limits of siting: how many new sites there are, which and where, how near to each other, and from which year on."""

from itertools import combinations

from models.siting import close_groups
from models.timeline import first_year, last_period
from models.upper_bounds import distance_km, limits_of_places, rules_against
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText

TEXTS = {
    "siting.sites_max": LimitText("new sites: {amount} more", "sites"),
    "siting.sites_min": LimitText("new sites: {amount} fewer", "sites", raised=False),
    "countries.sites_max": LimitText("new sites in {country}: {amount} more", "sites", grantor="ministry or law"),
    "siting.member_states_min": LimitText(
        "member states with a new site: {amount} fewer", "member states", raised=False
    ),
    "siting.must": LimitText("{site} need not be chosen", raised=False, typical=1),
    "siting.must_not": LimitText("{site} may be chosen", raised=False, typical=1),
    "siting.only": LimitText("{site} may be chosen as well", typical=1),
    "siting.countries_not": LimitText("sites in {country} may be chosen", raised=False, typical=1),
    "siting.near_km": LimitText("sites may lie {amount} {unit} further from the point", "km", typical=100),
    "siting.seismic_max_g": LimitText("sites may shake by {amount} {unit} more", "g", typical=0.1),
    "siting.flood_not": LimitText("sites that floods may reach may be chosen", "", raised=False, typical=1),
    "siting.protected_not": LimitText("sites on protected land may be chosen", "", raised=False, typical=1),
    "siting.exchange_max_km": LimitText(
        "sites may lie {amount} {unit} further from an internet exchange point", "km", typical=100
    ),
    "siting.workforce_min_people": LimitText(
        "{amount} {unit} fewer within 50 km of a site", "people", raised=False, typical=1e5
    ),
    "siting.separation_km": LimitText("sites may be {amount} {unit} nearer to each other", "km", raised=False),
    "sites.permit_year": LimitText(
        "permits of {site} {amount} {unit} earlier", "years", raised=False, typical=10, grantor="ministry or law"
    ),
    "sites.connection_year": LimitText(
        "the grid connection of {site} {amount} {unit} earlier",
        "years",
        raised=False,
        typical=10,
        grantor="grid operator",
    ),
}
EITHER = ("siting.flood_not", "siting.protected_not")
"""Keys that are true or false."""


def open_in(elastic: ElasticModel) -> None:
    """Relax what keeps a site from opening: rules of the scenario, and dates at which it can be ready."""
    case, opening = elastic.case, elastic.model.siting.open_in
    for site in dict.fromkeys(site for site, _ in opening):
        for place, listed in rules_against(case, site):
            allowed, there = limits_of_places(case, site).get(place, (0.0, 1.0))
            entered, loosest = elastic.model.siting.entered[site, last_period(case)], 0.0 if place in EITHER else None
            slack = elastic.limit(opening.name, place, listed, loosest=loosest).slack
            elastic.add_row(abs(there - allowed) * entered <= slack)
    with_halls = {(site, period) for site, _, period in elastic.model.sizing.halls}
    for column in ("permit_year", "connection_year"):
        for site, row in case.sites.items():
            date, years = getattr(row, column), {each: first_year(case, each) for each in case.periods}
            early = {each: year for each, year in years.items() if year < date and (site, each) in with_halls}
            if early:
                loosest = min(early.values())
                slack = elastic.limit(opening.name, f"sites.{column}", site, loosest=loosest).slack
                for period, year in early.items():
                    elastic.add_row((date - year) * opening[site, period] <= slack)


def site_asked_for_is_chosen(elastic: ElasticModel) -> None:
    """Relax what has to be chosen, site by site."""
    rows = elastic.model.siting.site_asked_for_is_chosen
    for site, row in rows.items():
        elastic.relax(row, elastic.limit(rows.name, "siting.must", site).slack)


def close_sites_exclude_each_other(elastic: ElasticModel) -> None:
    """Relax the separation: new sites nearer to each other."""
    case, siting = elastic.case, elastic.model.siting
    rows = siting.close_sites_exclude_each_other
    if not rows:
        return
    limit, final = elastic.limit(rows.name, "siting.separation_km"), last_period(case)
    groups = close_groups(case, list(dict.fromkeys(site for site, _ in siting.open_in)))
    for group, row in zip(groups, rows.values(), strict=True):
        elastic.relax(row, (len(group) - 1) * limit.violated)
    for one, other in sorted({pair for group in groups for pair in combinations(group, 2)}):
        there = case.sites[other]
        nearer_km = limit.input.value - distance_km(case.sites[one], there.latitude, there.longitude)
        both = siting.entered[one, final] + siting.entered[other, final] - 1
        elastic.add_row(nearer_km * both <= limit.slack)
