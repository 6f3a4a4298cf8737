"""Limits on how many sites there are, and where: numbers of the scenario and of the countries."""

from itertools import combinations

from pyproj import Geod

from models.case import Case
from models.siting import close_groups
from models.timeline import last_period
from optimizer.case.display_names import display_names
from optimizer.explain.elastic import ElasticModel


def number_of_sites(elastic: ElasticModel) -> None:
    """More new sites than the most, or fewer than the least."""
    siting = elastic.model.siting
    row, rule = siting.number_of_sites_stays_within_maximum, "siting.number_of_sites_stays_within_maximum"
    most = elastic.input(rule, "siting.sites_max", "new sites: {amount} more", "sites")
    elastic.loosen(row, elastic.lever(most, most=_room(elastic, most.value)))
    row, rule = siting.number_of_sites_reaches_minimum, "siting.number_of_sites_reaches_minimum"
    least = elastic.input(rule, "siting.sites_min", "new sites: {amount} fewer", "sites", raised=False)
    elastic.loosen(row, elastic.lever(least))


def countries(elastic: ElasticModel) -> None:
    """More new sites in a country than it may receive."""
    for country, row in elastic.model.siting.country_stays_within_maximum.items():
        phrase = f"new sites in {display_names(elastic.case.countries, country)}: {{amount}} more"
        given = elastic.input(
            "siting.country_stays_within_maximum", "countries.sites_max", phrase, "sites", key=country
        )
        elastic.loosen(row, elastic.lever(given, most=_room(elastic, given.value)))


def member_states(elastic: ElasticModel) -> None:
    """Fewer member states with a new site."""
    for row in elastic.model.siting.enough_member_states_host.values():
        phrase = "member states with a new site: {amount} fewer"
        given = elastic.input(
            "siting.enough_member_states_host", "siting.member_states_min", phrase, "member states", raised=False
        )
        elastic.loosen(row, elastic.lever(given))


def gigafactories(elastic: ElasticModel) -> None:
    """Fewer gigafactories, or smaller ones."""
    compute = elastic.model.compute
    for row in compute.enough_gigafactories_stand.values():
        given = elastic.input(
            "compute.enough_gigafactories_stand",
            "siting.gigafactories_min",
            "gigafactories: {amount} fewer",
            "gigafactories",
            raised=False,
        )
        elastic.loosen(row, elastic.lever(given))
    if compute.gigafactory:
        phrase = "{amount} {unit} fewer in a gigafactory"
        given = elastic.input(
            "compute.gigafactory_holds_its_chips",
            "siting.gigafactory_kchips",
            phrase,
            "thousand chips",
            raised=False,
            farthest=elastic.case.settings.siting.gigafactory_kchips / 1000,  # a site without chips is none
        )
        slack = elastic.lever(given)
        for row in compute.gigafactory_holds_its_chips.values():
            elastic.loosen(row, slack)


def separation(elastic: ElasticModel) -> None:
    """New sites nearer to each other than the separation."""
    case, siting = elastic.case, elastic.model.siting
    if not siting.close_sites_exclude_each_other:
        return
    given = elastic.input(
        "siting.close_sites_exclude_each_other",
        "siting.separation_km",
        "sites may be {amount} {unit} nearer to each other",
        "km",
        raised=False,
    )
    slack = elastic.lever(given)
    broken, final = elastic.levers[-1].broken, last_period(case)
    groups = close_groups(case, list(dict.fromkeys(site for site, _ in siting.open_in)))
    for group, row in zip(groups, siting.close_sites_exclude_each_other.values(), strict=True):
        elastic.loosen(row, (len(group) - 1) * broken)
    for one, other in sorted({pair for group in groups for pair in combinations(group, 2)}):
        nearer = given.value - distance_km(case, one, other)
        both = siting.entered[one, final] + siting.entered[other, final] - 1
        elastic.demand(nearer * both <= slack)


def distance_km(case: Case, one: str, other: str) -> float:
    """Return the geodesic distance of two sites, km (WGS 84)."""
    here, there = case.sites[one], case.sites[other]
    return float(Geod(ellps="WGS84").inv(here.longitude, here.latitude, there.longitude, there.latitude)[2] / 1000)


def _room(elastic: ElasticModel, present: float) -> float:
    """Return how many sites more than a number there could be at all."""
    return max(0.0, len({site for site, _ in elastic.model.siting.open_in}) - present)
