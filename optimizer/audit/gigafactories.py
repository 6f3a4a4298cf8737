"""Audit of the gigafactories weighed: what is on sale, what it costs at least, and where there is room."""

import math

from optimizer.audit.costs import AuditedPlan

Part = tuple[float, float]
"""Of a chip and a period of purchase: cost or power of a thousand that serve, thousands of them."""


def expected_gigafactories(audited: AuditedPlan, period: str) -> dict[str, float]:
    """Return what stands against the gigafactories weighed in a period, by column."""
    rules, case = audited.case.settings.siting, audited.case
    by_chips = rules.gigafactory_by == "chips"
    one = rules.gigafactory_kchips if by_chips else rules.gigafactory_kh100e
    asked = rules.gigafactories_weighed * one
    committed = rules.gigafactory_countries or (*case.countries,)
    housing: dict[str, float] = {}
    room_mw: dict[str, dict[str, float]] = {}
    for site, row in case.sites.items():
        for cooling in audited.suitable_cooling(site):
            halls = _most_halls(audited, site, cooling, period)
            if row.status == "candidate" and halls >= 1 and _has_chips(audited, site, cooling):
                meur = _housing_meur_per_mw(audited, site, cooling)
                housing[cooling] = min(meur, housing.get(cooling, meur))
                if row.country in committed:
                    room_mw.setdefault(site, {})[cooling] = halls * audited.hall_mw
    costs, powers, usable = list[Part](), list[Part](), set[str]()
    for chip, kind in case.chips.items():
        fitting = {cooling for cooling in housing if case.cooling[cooling].rack_limit_kw >= kind.rack_kw}
        for bought in audited.until(period):
            share = audited.lifetime(chip, bought).get(period, 0.0)
            share *= 1.0 if by_chips else kind.throughput_h100e * kind.availability_share
            supply = case.chip_supply.get((chip, "any", bought))
            kchips = share * supply.limit_kchips if supply else asked
            on_sale = kind.first_year <= audited.year[bought] <= kind.last_year
            advanced = kind.throughput_h100e >= rules.gigafactory_chip_h100e
            if fitting and on_sale and advanced and share * kchips > 0:
                housed = min(housing[cooling] for cooling in fitting) * kind.server_kw
                costs.append(((kind.price_eur_per_chip / 1e3 + housed) / share, kchips))
                powers.append((kind.server_kw / share, kchips))
                usable |= fitting
    released_meur = sum(audited.released_meur(fund, period) for fund in case.funds)
    supplied = min(asked, sum(kchips for _, kchips in costs))
    site_mw = _cost(powers, min(one, supplied))
    amounts = {"each": one, "supply": supplied, "affordable": _affordable(costs, supplied, released_meur)}
    large = [site for site, size in audited.factory_sizes.items() if size >= one * (1 - 1e-6)]
    return {
        "gigafactories": rules.gigafactories_weighed,
        "standing": sum(audited.opened(site, period) for site in large),
        **{f"{name}_kchips": amount if by_chips else 0.0 for name, amount in amounts.items()},
        **{f"{name}_kh100e": 0.0 if by_chips else amount for name, amount in amounts.items()},
        "least_meur": _cost(costs, supplied),
        "available_meur": released_meur,
        "site_mw": site_mw,
        "sites": sum(
            site_mw > 0 and any(mw >= site_mw * (1 - 1e-9) for cooling, mw in rooms.items() if cooling in usable)
            for rooms in room_mw.values()
        ),
    }


def _most_halls(audited: AuditedPlan, site: str, cooling: str, period: str) -> int:
    """Return the halls for which there are land, dates and, from then on, a substation with every step."""
    later = audited.periods[audited.periods.index(period) :]
    brought_mw = min(audited.grid_limit_mw(site, each) for each in later)
    by_grid = brought_mw / audited.case.climate.pue_design[site, cooling]
    possible = audited.ready(site, period) and not audited.ruled_out(site)
    most_mw = min(audited.case.sites[site].land_mw, by_grid) if possible else 0.0
    return math.floor(most_mw / audited.hall_mw + 1e-9)


def _has_chips(audited: AuditedPlan, site: str, cooling: str) -> bool:
    """Tell whether a chip that the cooling carries is on sale in a period in which the site can open halls."""
    limit_kw = audited.case.cooling[cooling].rack_limit_kw
    return any(
        chip.rack_kw <= limit_kw and chip.first_year <= audited.year[bought] <= chip.last_year
        for chip in audited.case.chips.values()
        for bought in audited.periods
        if audited.ready(site, bought)
    )


def _housing_meur_per_mw(audited: AuditedPlan, site: str, cooling: str) -> float:
    row, money = audited.case.sites[site], audited.case.settings.money
    country = audited.case.countries[row.country]
    line_meur = row.distance_km * money.connection_meur_per_mw_km + money.connection_meur_per_mw
    drawn = 0.0 if row.behind_meter_mw > 0 else audited.case.climate.pue_design[site, cooling]
    hall_meur = country.building_factor * audited.case.cooling[cooling].capex_meur_per_mw
    return hall_meur + drawn * (line_meur + country.connection_charge_meur_per_mw)


def _cost(parts: list[Part], wanted: float) -> float:
    """Return what so many thousands cost at least: by how much each price in turn exceeds the one below it."""
    cost = below = held = 0.0
    for price, kchips in sorted(parts):
        cost += (price - below) * max(0.0, wanted - held)
        below, held = price, held + kchips
    return cost


def _affordable(parts: list[Part], supplied: float, money_meur: float) -> float:
    """Return the most thousands whose least cost is within the money, by halving."""
    low, high = 0.0, supplied
    if _cost(parts, high) <= money_meur:
        return high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _cost(parts, middle) <= money_meur else (low, middle)
    return low
