"""Gigafactories that are talked about: what of them is on sale, what that costs at least, and where there is room."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from models.case import Case
from models.plan import GigafactoryRow, Plan
from models.timeline import first_year, last_period, service_share, until
from models.upper_bounds import gigafactory_density, may_be_gigafactory, most_halls


@dataclass(frozen=True)
class Offer:
    """A chip that can be bought in a period and serves in a later one, or the same."""

    meur: float
    """Least cost of a thousand chips, or H100e, that serve on the mean of the period, with hall and connection, ..."""
    mw: float
    """... and their power."""
    thousands: float
    """Thousands on sale that serve."""
    rack_kw: float


def gigafactories(case: Case) -> tuple[GigafactoryRow, ...]:
    """Return for every period what stands against the gigafactories weighed; nothing where none are."""
    return tuple(_row(case, period) for period in case.periods if case.settings.siting.gigafactories_weighed)


def factory_sizes(case: Case, plan: Plan) -> dict[str, float]:
    """Return new sites of committed countries -> advanced chips, thousand, or kH100e that they have had since they opened."""
    held: defaultdict[tuple[str, str], float] = defaultdict(float)
    for row in plan.chips:
        for period in case.periods:
            share = service_share(case, first_year(case, row.period), case.chips[row.chip].life_years, period)
            held[row.site, period] += gigafactory_density(case, row.chip) * share * row.fitted_mw
    new = {row.site for row in plan.sites if row.opened and row.period == last_period(case)}
    new = {site for site in new if may_be_gigafactory(case, site)}
    sizes: defaultdict[str, list[float]] = defaultdict(list)
    for place in plan.sites:
        if place.opened and place.site in new:
            sizes[place.site].append(held[place.site, place.period])
    return {site: min(amounts) for site, amounts in sizes.items()}


def with_standing(case: Case, plan: Plan) -> tuple[GigafactoryRow, ...]:
    """Return the weighed of a plan with the number that it has: new sites open in the period and the last one."""
    least = (1 - 1e-6) * case.settings.siting.gigafactory_size
    large = {site for site, size in factory_sizes(case, plan).items() if size >= least}
    open_in = [(row.period, row.site) for row in plan.sites if row.opened]
    number = {each: len({site for period, site in open_in if period == each} & large) for each in case.periods}
    return tuple(row.model_copy(update={"standing": number[row.period]}) for row in plan.gigafactories)


def _row(case: Case, period: str) -> GigafactoryRow:
    rules, offers = case.settings.siting, _offers(case, period)
    asked = rules.gigafactories_weighed * rules.gigafactory_size
    released_meur = sum(row.amount_meur for row in case.tranches.values() if row.period in until(case, period))
    costs = [(each.meur, each.thousands) for each in offers]
    supply, least_meur = _filled(costs, asked)
    affordable, _ = _filled(costs, asked, released_meur)
    _, site_mw = _filled(((each.mw, each.thousands) for each in offers), rules.gigafactory_size)
    counted = {"each": rules.gigafactory_size, "supply": supply, "affordable": affordable}
    in_chips = rules.gigafactory_by == "chips"
    cool_enough = [
        cooling for cooling, kind in case.cooling.items() if any(each.rack_kw <= kind.rack_limit_kw for each in offers)
    ]
    room_mw = [
        case.settings.halls.hall_mw
        * max((most_halls(case, site, cooling, period) for cooling in cool_enough), default=0)
        for site in case.sites
        if may_be_gigafactory(case, site)
    ]
    return GigafactoryRow(
        period=period,
        gigafactories=rules.gigafactories_weighed,
        **{f"{name}_kchips": in_chips * amount for name, amount in counted.items()},
        **{f"{name}_kh100e": (not in_chips) * amount for name, amount in counted.items()},
        least_meur=least_meur,
        available_meur=released_meur,
        site_mw=site_mw,
        sites=sum(0 < site_mw <= most_mw * (1 + 1e-9) for most_mw in room_mw),
    )


def _filled(parts: Iterable[tuple[float, float]], wanted: float, limit: float = math.inf) -> tuple[float, float]:
    """Return how much of an amount parts (price, amount) give, the cheapest first, within a limit, and what it costs."""
    amount = cost = 0.0
    for price, offered in sorted(parts):
        taken = min(offered, wanted - amount, (limit - cost) / price if price else math.inf)
        amount, cost = amount + taken, cost + taken * price
    return amount, cost


def _offers(case: Case, period: str) -> list[Offer]:
    """Return the advanced chips on sale that serve in a period, in halls and with a connection where these cost least."""
    housing = {cooling: _housing_meur_per_mw(case, cooling, period) for cooling in case.cooling}
    offers = []
    for chip, row in case.chips.items():
        fitting = [meur for cooling, meur in housing.items() if row.rack_kw <= case.cooling[cooling].rack_limit_kw]
        housed_meur = row.price_eur_per_chip / 1000 + row.server_kw * min(fitting, default=math.inf)
        for bought in until(case, period):
            share = service_share(case, first_year(case, bought), row.life_years, period)
            counted = share * gigafactory_density(case, chip) * row.server_kw  # what a chip counts for
            limit = case.chip_supply.get((chip, "any", bought))
            thousands = counted * limit.limit_kchips if limit else math.inf
            sold = row.first_year <= first_year(case, bought) <= row.last_year
            if sold and counted and thousands and housed_meur < math.inf:
                offers.append(Offer(housed_meur / counted, row.server_kw / counted, thousands, row.rack_kw))
    return offers


def _housing_meur_per_mw(case: Case, cooling: str, period: str) -> float:
    """Return the least cost of a hall and its connection by a period, MEUR per MW of servers; endless without a site."""
    money, found = case.settings.money, []
    for site, row in case.sites.items():
        if row.status == "candidate" and most_halls(case, site, cooling, period):
            country = case.countries[row.country]
            works = money.connection_meur_per_mw + money.connection_meur_per_mw_km * row.distance_km
            connected = case.climate.pue_design[site, cooling] * (works + country.connection_charge_meur_per_mw)
            hall = case.cooling[cooling].capex_meur_per_mw * country.building_factor
            found.append(hall + (0.0 if row.behind_meter_mw else connected))
    return min(found, default=math.inf)
