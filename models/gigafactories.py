"""Gigafactories that are talked about: what of them is on sale, what that costs at least, and where there is room."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from models.case import Case
from models.plan import GigafactoryRow
from models.timeline import first_year, service_share, until
from models.upper_bounds import most_halls


@dataclass(frozen=True)
class Offer:
    """A chip that can be bought in a period and serves in a later one, or the same."""

    meur: float
    """Least cost of a thousand that serve on the mean of the period, with hall and connection, ..."""
    mw: float
    """... and their power."""
    kchips: float
    """Thousands on sale that serve."""
    rack_kw: float


def gigafactories(case: Case) -> tuple[GigafactoryRow, ...]:
    """Return for every period what stands against the gigafactories weighed; nothing where none are."""
    return tuple(_row(case, period) for period in case.periods if case.settings.siting.gigafactories_weighed)


def _row(case: Case, period: str) -> GigafactoryRow:
    rules, offers = case.settings.siting, _offers(case, period)
    asked_kchips = rules.gigafactories_weighed * rules.gigafactory_kchips
    released_meur = sum(row.amount_meur for row in case.tranches.values() if row.period in until(case, period))
    costs = [(each.meur, each.kchips) for each in offers]
    supply_kchips, least_meur = _filled(costs, asked_kchips)
    affordable_kchips, _ = _filled(costs, asked_kchips, released_meur)
    _, site_mw = _filled(((each.mw, each.kchips) for each in offers), rules.gigafactory_kchips)
    cool_enough = [
        cooling for cooling, kind in case.cooling.items() if any(each.rack_kw <= kind.rack_limit_kw for each in offers)
    ]
    room_mw = [
        case.settings.halls.hall_mw
        * max((most_halls(case, site, cooling, period) for cooling in cool_enough), default=0)
        for site, row in case.sites.items()
        if row.status == "candidate"
    ]
    return GigafactoryRow(
        period=period,
        gigafactories=rules.gigafactories_weighed,
        each_kchips=rules.gigafactory_kchips,
        supply_kchips=supply_kchips,
        least_meur=least_meur,
        available_meur=released_meur,
        affordable_kchips=affordable_kchips,
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
    """Return the chips on sale that serve in a period, in halls and with a connection where these cost least."""
    housing = {cooling: _housing_meur_per_mw(case, cooling, period) for cooling in case.cooling}
    offers = []
    for chip, row in case.chips.items():
        fitting = [meur for cooling, meur in housing.items() if row.rack_kw <= case.cooling[cooling].rack_limit_kw]
        housed_meur = row.price_eur_per_chip / 1000 + row.server_kw * min(fitting, default=math.inf)
        for bought in until(case, period):
            share = service_share(case, first_year(case, bought), row.life_years, period)
            limit = case.chip_supply.get((chip, "any", bought))
            kchips = share * limit.limit_kchips if limit else math.inf
            sold = row.first_year <= first_year(case, bought) <= row.last_year
            if sold and share and kchips and housed_meur < math.inf:
                offers.append(Offer(housed_meur / share, row.server_kw / share, kchips, row.rack_kw))
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
