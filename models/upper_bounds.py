"""What could exist at all: bounds that follow from a case before anything is decided."""

import math
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import scipy.sparse as sparse
from pyproj import Geod
from scipy.optimize import linprog

from models.case import Case, Day, Headroom, Law, Row, Site
from models.once_per_case import once_per_case
from models.timeline import (
    first_year,
    horizon_year,
    is_summer,
    last_period,
    mean_growth,
    mean_over,
    service_share,
    years_of,
)

DatedRow = TypeVar("DatedRow", bound=Row)


def rules_against(case: Case, site: str) -> list[tuple[str, str | None]]:
    """Return the keys of the scenario that keep a site from being opened or extended, each with what its list names.

    Where there is one, nothing that the site would decide exists.
    """
    rules, country = case.settings.siting, case.sites[site].country
    found: list[tuple[str, str | None]] = []
    if site in rules.must_not:
        found.append(("siting.must_not", site))
    if rules.only and site not in rules.only:
        found.append(("siting.only", site))
    if country in rules.countries_not:
        found.append(("siting.countries_not", country))
    return found + [(key, None) for key in limits_of_places(case, site)]


NO_LIMITS: Mapping[str, object] = {
    **dict.fromkeys(("must_not", "only", "countries_not"), ()),
    **dict.fromkeys(("near_km", "seismic_max_g", "exchange_max_km")),
    **dict.fromkeys(("flood_not", "protected_not"), False),
    "workforce_min_people": 0,
}
"""Keys of the section `siting` that keep sites from being opened, with what lets all of them."""


def limits_of_places(case: Case, site: str) -> dict[str, tuple[float, float]]:
    """Return the keys of the scenario that a site breaks by where it lies, each with what it allows and what there is."""
    rules, here, place = case.settings.siting, case.sites[site], case.places.get(site)
    most: dict[str, tuple[float | None, float]] = {}
    if rules.near_latitude is not None and rules.near_longitude is not None:
        most["siting.near_km"] = rules.near_km, distance_km(here, rules.near_latitude, rules.near_longitude)
    if place:
        most["siting.seismic_max_g"] = rules.seismic_max_g, place.seismic_g
        most["siting.flood_not"] = 0.0 if rules.flood_not else None, float(place.flood == "exposed")
        most["siting.protected_not"] = 0.0 if rules.protected_not else None, float(place.protected == "yes")
        most["siting.exchange_max_km"] = rules.exchange_max_km, place.exchange_km
    found = {key: (limit, there) for key, (limit, there) in most.items() if limit is not None and there > limit}
    if place and place.near_people < rules.workforce_min_people:
        found["siting.workforce_min_people"] = float(rules.workforce_min_people), float(place.near_people)
    return found


def distance_km(here: Site, latitude: float, longitude: float) -> float:
    """Return how far a site is from a point, km (geodesic, WGS 84)."""
    return float(Geod(ellps="WGS84").inv(here.longitude, here.latitude, longitude, latitude)[2]) / 1000


def laws_over(case: Case, site: str, period: str) -> list[str]:
    """Return the laws with dates under which halls and connections come that enter service at a site in a period, in order."""
    year = first_year(case, period)
    return [
        law
        for law, row in case.laws.items()
        if row.from_year <= year <= row.until_year and lies_under(case.sites[site], row)
    ]


def lies_under(here: Site, law: Law) -> bool:
    """Tell whether a site lies where a law with dates holds, whatever the year."""
    within = not law.radius_km or distance_km(here, law.latitude, law.longitude) <= law.radius_km
    return here.country == law.country and within


def strictest_law(case: Case, site: str, period: str) -> dict[str, tuple[float, str]]:
    """Return what is asked of halls that enter service at a site in a period, each with the table that asks the most of it.

    The highest annual PUE, the share of a year's energy reused, the most server power built while the law holds, MW.
    """
    country, dated = case.countries[case.sites[site].country], [case.laws[law] for law in laws_over(case, site, period)]
    reuse = [(country.reuse_share, "countries"), *((row.reuse_share, "laws") for row in dated)]
    return {
        "pue_limit": min([(country.pue_limit, "countries"), *((row.pue_limit, "laws") for row in dated)]),
        "reuse_share": max(reuse, key=lambda each: each[0]),
        "most_mw": min([(5_000.0, "countries"), *((row.most_mw, "laws") for row in dated)]),
    }


def reusable_share(case: Case, site: str, cooling: str) -> float:
    """Return the most of its yearly energy that a hall of a cooling could give away as heat at a site, as a share."""
    hours, pue = case.settings.money.heat_hours, case.climate.pue_annual[site, cooling]
    return case.cooling[cooling].reuse_share * hours / (8760 * pue)


def carrying_stores(case: Case) -> tuple[tuple[str, str], ...]:
    """Return the (zone, technology) of stores that carry energy from day to day."""
    kinds = case.technologies
    return tuple(pair for pair in case.supplies if kinds[pair[1]].kind == "storage" and kinds[pair[1]].carries_over)


def may_be_firm(case: Case, technology: str) -> bool:
    """Tell whether the scenario leaves a technology to be contracted or built; it says so of firm low-carbon plant only."""
    kind, listed = case.technologies[technology], case.settings.power.cover_technologies
    return not listed or technology in listed or not (kind.low_carbon and kind.dispatchable)


@once_per_case
def most_power_mw(case: Case, site: str, period: str) -> float:
    """Return the most power a site could ever draw in a period, MW: headroom, steps that can be ready, own supply.

    Headroom is that for interruptible connections too, own supply that of units on the site, one of which may fail.
    """
    year = first_year(case, period)
    start = min(first_year(case, each) for each in case.periods)
    steps = [
        row.adds_mw
        for row in case.substation_steps.get(case.sites[site].substation, {}).values()
        if start + row.lead_years <= year
    ]
    here = case.sites[site]
    offered_mw = headroom_mw(case, here.substation, period) + interruptible_mw(case, here.substation, period)
    return offered_mw + sum(steps) + here.behind_meter_mw + secured_mw(case, site, period)


@once_per_case
def on_site_units(case: Case, site: str, period: str) -> dict[str, int]:
    """Return the technologies of which units may stand at a site in a period, and the most units of each."""
    zone, kinds = case.sites[site].zone, case.technologies
    listed = (kind for place, kind in case.potentials if place == zone and kinds[kind].on_site and kinds[kind].unit_mw)
    most = {kind: math.floor(buildable_mw(case, zone, kind, period) / kinds[kind].unit_mw + 1e-9) for kind in listed}
    return {kind: units for kind, units in most.items() if units}


def largest_unit_mw(case: Case, site: str) -> float:
    """Return the power of the largest unit that may ever stand at a site, MW."""
    units = (kind for period in case.periods for kind in on_site_units(case, site, period))
    return max((case.technologies[kind].unit_mw for kind in units), default=0.0)


def secured_mw(case: Case, site: str, period: str) -> float:
    """Return the most that units on a site could supply in a period while the largest of them fails, MW."""
    units = on_site_units(case, site, period)
    total = sum(number * case.technologies[kind].unit_mw for kind, number in units.items())
    return max(0.0, total - largest_unit_mw(case, site))


@once_per_case
def most_halls(case: Case, site: str, cooling: str, period: str) -> int:
    """Return the most halls of a cooling that a site could have from a period on: the tightest of land, grid and dates.

    Halls stay, so that a headroom that shrinks later limits them from the start. There are none whose racks carry no chip
    that is on sale once the site could have halls: such a hall costs money and serves nobody.
    """
    here = case.sites[site]
    own_year = here.committed_year if here.status == "committed" else 0
    opens = max(here.permit_year, here.connection_year, own_year)
    if first_year(case, period) < opens or rules_against(case, site):
        return 0
    if not any(chips for each, chips in case.chips_sold[cooling].items() if first_year(case, each) >= opens):
        return 0
    if case.cooling[cooling].needs_water_body and here.water_source == "none":
        return 0
    hall_mw = case.settings.halls.hall_mw
    later = [each for each in case.periods if first_year(case, each) >= first_year(case, period)]
    least_mw = min(most_power_mw(case, site, each) for each in later)
    by_grid = least_mw / (hall_mw * case.climate.pue_design[site, cooling])
    return max(0, math.floor(min(here.land_mw / hall_mw, by_grid) + 1e-9))


def density_kh100e_per_mw(case: Case, chip: str) -> float:
    """Return the compute of one MW of servers of a chip, kH100e per MW, its availability counted."""
    row = case.chips[chip]
    return row.throughput_h100e * row.availability_share / row.server_kw


def compute_per_draw_kh100e_per_mw(case: Case, site: str) -> float:
    """Return the most compute that a MW drawn by the servers of a site does, with any cooling and chip, kH100e per MW."""
    used = case.settings.halls.utilisation_share
    found = (
        density_kh100e_per_mw(case, chip) / (used * case.climate.pue_annual[site, cooling])
        for cooling, sold in case.chips_sold.items()
        for chip in {chip for chips in sold.values() for chip in chips}
    )
    return max(found, default=0.0) if used else 0.0


def gigafactory_density(case: Case, chip: str) -> float:
    """Return what a MW of servers of a chip counts for in a gigafactory, thousand chips or kH100e; 0 if it is not advanced."""
    rules, row = case.settings.siting, case.chips[chip]
    if row.throughput_h100e < rules.gigafactory_chip_h100e:
        return 0.0
    return 1 / row.server_kw if rules.gigafactory_by == "chips" else density_kh100e_per_mw(case, chip)


def may_be_gigafactory(case: Case, site: str) -> bool:
    """Tell whether a site is a candidate of a country that has committed to gigafactories."""
    row, countries = case.sites[site], case.settings.siting.gigafactory_countries
    return row.status == "candidate" and (not countries or row.country in countries)


def price_meur_per_mw(case: Case, chip: str) -> float:
    """Return the price of one MW of servers of a chip, MEUR per MW."""
    row = case.chips[chip]
    return row.price_eur_per_chip / row.server_kw / 1000


def export_caps(case: Case) -> dict[tuple[str, str, str], tuple[str, str, str]]:
    """Return (jurisdiction, country, period) -> key of the row that caps it: the country's own, else that of its tier."""
    found = {}
    for key in case.export_caps:
        jurisdiction, place, period = key
        for country, row in case.countries.items():
            if place == country or (
                place == row.export_tier and (jurisdiction, country, period) not in case.export_caps
            ):
                found[jurisdiction, country, period] = key
    return found


def operation_meur_per_mw(case: Case, site: str) -> float:
    """Return what operating a MW of servers costs at a site, MEUR per MW and year: its staff at the country's wages."""
    money, wages = case.settings.money, case.countries[case.sites[site].country].wage_factor
    return money.operation_meur_per_mw * (1 + money.operation_staff_share * (wages - 1))


def chip_residual_meur_per_mw(case: Case, chip: str, bought: str) -> float:
    """Return what one MW of servers of a chip is worth at the end, MEUR: its remaining compute in the cheapest chip sold then.

    Sold at the end is what can be bought in the last period or has come by the year after it. No chip keeps more than the
    share of its price that its remaining years are of its life. A buyer pays `resale_share` of that.
    """
    end, final_year, row = horizon_year(case), first_year(case, last_period(case)), case.chips[chip]
    left_years = max(0.0, row.life_years - (end - first_year(case, bought)))
    yearly_prices = [
        price_meur_per_mw(case, sold) / (density_kh100e_per_mw(case, sold) * each.life_years)
        for sold, each in case.chips.items()
        if each.first_year <= end and each.last_year >= final_year and density_kh100e_per_mw(case, sold)
    ]
    replaced = density_kh100e_per_mw(case, chip) * min(yearly_prices, default=math.inf)
    return row.resale_share * left_years * min(price_meur_per_mw(case, chip) / row.life_years, replaced)


def committed_mw(case: Case, site: str, period: str) -> float:
    """Return the server power of a committed site that serves in a period, MW, in its mean.

    It wears out as its chips do, unless its owner renews them.
    """
    row = case.sites[site]
    if row.status != "committed":
        return 0.0
    life = math.inf if row.renewed else case.chips[row.committed_chip].life_years
    return row.committed_mw * service_share(case, row.committed_year, life, period)


def committed_kh100e(case: Case, site: str, period: str) -> float:
    """Return the compute of a committed site's own chips in a period, kH100e."""
    servers = committed_mw(case, site, period)
    return servers * density_kh100e_per_mw(case, case.sites[site].committed_chip) if servers else 0.0


def committed_service_kh100e(case: Case, period: str) -> float:
    """Return the most compute that committed sites' own chips could serve in a period without new ones, kH100e.

    The largest flow from sites to demand within the round trip of the work, found by a linear programme.
    """
    own = {site: amount for site in case.sites if (amount := committed_kh100e(case, site, period)) > 0}
    asked = {index: row.demand_kh100e for index, row in case.demand.items() if index[2] == period}
    pairs = [
        (place, want)
        for place, site in enumerate(own)
        for want, (region, workload, _) in enumerate(asked)
        if case.round_trip_ms[site, region] <= case.workloads[workload].latency_ms
    ]
    if not pairs:
        return 0.0
    rows = np.array([[place, len(own) + want] for place, want in pairs]).T.ravel()
    columns = np.tile(np.arange(len(pairs)), 2)
    limits = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(own) + len(asked), len(pairs)))
    most = np.array([*own.values(), *asked.values()])
    return -float(linprog(-np.ones(len(pairs)), A_ub=limits, b_ub=most, method="highs").fun)


def most_compute_kh100e(case: Case, site: str, period: str) -> float:
    """Return the most compute a site could hold in a period, kH100e, committed chips included."""
    halls = max((most_halls(case, site, cooling, period) for cooling in case.cooling), default=0)
    densest = max(
        (
            density_kh100e_per_mw(case, chip)
            for chip, row in case.chips.items()
            if row.first_year <= first_year(case, period)
        ),
        default=0.0,
    )
    return committed_kh100e(case, site, period) + halls * case.settings.halls.hall_mw * densest


def fleet_mw(case: Case, zone: str, technology: str, period: str) -> float:
    """Return the existing capacity of a technology in a zone, MW: the mean over the years of a period."""
    rows = case.fleet_years.get((zone, technology), {})

    def standing_mw(year: int) -> float:
        row = latest(rows, year)
        return row.capacity_mw if row else 0.0

    return mean_over(case, period, standing_mw)


def transfer_mw(case: Case, line: str, period: str) -> tuple[float, float]:
    """Return the transfer capacity of a line, forward and backward, MW: the mean over the years of a period."""
    row = case.lines[line]
    serves = service_share(case, row.first_year, math.inf, period)
    return serves * row.forward_mw, serves * row.backward_mw


def availability_varies(case: Case, zone: str, technology: str) -> bool:
    """Tell whether what plants of a technology can give in a zone changes from hour to hour: wind, sun, rivers."""
    column = case.hourly["availability"].get(f"{zone}.{technology}")
    return column is not None and bool(np.ptp(column) > 0)


def usable_transfer_on(case: Case, day: Day) -> float:
    """Return the share of the lines' transfer capacity that the market gets on a day."""
    return usable_transfer_share(case, summer=is_summer(case, day.first_hour))


def usable_transfer_share(case: Case, *, summer: bool) -> float:
    """Return the share of the lines' transfer capacity that the market gets in a season."""
    rules = case.settings.power
    own = rules.usable_transfer_summer_share
    return rules.usable_transfer_share if own is None or not summer else own


def must_run_mw(case: Case, zone: str, technology: str, period: str) -> float:
    """Return the existing capacity that runs whatever the price, in winter, MW: the mean over the years of a period."""
    rows = case.fleet_years.get((zone, technology), {})

    def running_mw(year: int) -> float:
        row = latest(rows, year)
        return row.must_run_share * row.capacity_mw if row else 0.0

    return mean_over(case, period, running_mw)


def contractable_mw(case: Case, zone: str, technology: str, period: str) -> float:
    """Return the existing low-carbon dispatchable capacity free to contract in every year of a period, MW."""
    kind = case.technologies[technology]
    if not (kind.low_carbon and kind.dispatchable and may_be_firm(case, technology)):
        return 0.0
    found = [latest(case.fleet_years.get((zone, technology), {}), year) for year in years_of(case, period)]
    return min(row.capacity_mw * row.uncontracted_share if row else 0.0 for row in found)


def firm_credit_share(case: Case, technology: str) -> float:
    """Return the share of a MW of a technology that counts as firm; of storage no more than lasts through the stress."""
    kind, stress_hours = case.technologies[technology], case.settings.power.cover_duration_hours
    if kind.kind == "storage" and stress_hours:
        return min(kind.firm_credit_share, kind.duration_hours / stress_hours)
    return kind.firm_credit_share


def contract_meur_per_mw(case: Case, zone: str, technology: str, period: str) -> float:
    """Return what a MW under contract costs in a year, MEUR: its capacity, and the premium on what it can give."""
    kind = case.technologies[technology]
    energy_meur = kind.contract_eur_per_mwh * mean_availability(case, zone, technology, period) * 8760 / 1e6
    return energy_meur + kind.contract_eur_per_kw_year / 1000


def sustained_share(case: Case, zone: str, technology: str, period: str) -> float:
    """Return the mean power that a MW can sustain the year round: none of storage, a reservoir's inflow, availability."""
    storage = case.technologies[technology].kind == "storage"
    return 0.0 if storage else mean_availability(case, zone, technology, period)


def buildable_mw(case: Case, zone: str, technology: str, period: str) -> float:
    """Return the most new capacity of a technology that could stand in a zone in a period, MW."""
    row = case.potentials.get((zone, technology))
    if not row or not may_be_firm(case, technology):
        return 0.0
    ready_year = max(case.settings.money.base_year + case.technologies[technology].lead_years, row.first_year)
    return row.potential_mw if ready_year <= first_year(case, period) else 0.0


def mean_availability(case: Case, zone: str, technology: str, period: str) -> float:
    """Return the share of the year's hours a MW of a technology produces at most: availability, reservoir energy."""
    column = case.hourly["availability"].get(f"{zone}.{technology}")
    mean = 1.0 if column is None else float(column.mean())
    reservoir = case.reservoirs.get((zone, technology))
    capacity = fleet_mw(case, zone, technology, period)
    if reservoir and capacity:
        return min(mean, reservoir.energy_twh * 1e6 / (8760 * capacity))
    return mean


def headroom_mw(case: Case, substation: str, period: str) -> float:
    """Return a substation's least headroom over the years of a period, MW, before any reinforcement."""
    return min(row.headroom_mw if row else 0.0 for row in _headroom_rows(case, substation, period))


def interruptible_mw(case: Case, substation: str, period: str) -> float:
    """Return the least over the years of a period of what a substation has for interruptible connections, MW."""
    rows = _headroom_rows(case, substation, period) if case.settings.power.interruptible else [None]
    return min(row.interruptible_mw if row else 0.0 for row in rows)


def interruptible_sites(case: Case) -> list[str]:
    """Return the sites with halls in some period whose substation has interruptible connections in some, in order."""
    return [
        site
        for site, row in case.sites.items()
        if any(interruptible_mw(case, row.substation, period) for period in case.periods)
        and any(most_halls(case, site, cooling, period) for cooling in case.cooling for period in case.periods)
    ]


def interrupted_share(case: Case, substation: str, period: str) -> float:
    """Return the least over the years of a period of the share of a site's energy that may be lost by interruptions."""
    return min(row.interrupted_share if row else 0.0 for row in _headroom_rows(case, substation, period))


def _headroom_rows(case: Case, substation: str, period: str) -> list[Headroom | None]:
    """Return the row of a substation's headroom in every year of a period."""
    return [latest(case.headroom_years.get(substation, {}), year) for year in years_of(case, period)]


def latest(rows: Mapping[int, DatedRow], year: int) -> DatedRow | None:
    """Return the row that holds in a year: that of the latest year up to it; none before the first."""
    known = [since for since in rows if since <= year]
    return rows[max(known)] if known else None


def price_basis_eur_per_mwh(case: Case, zone: str, period: str) -> float:
    """Return the price basis of a zone, EUR/MWh: the part of it that the scenario takes, declined to the mean of a period."""
    row, rules = case.price_basis.get(zone), case.settings.power
    declined = mean_growth(case, period, -rules.price_basis_decay_share)
    return rules.price_basis_scale * declined * row.basis_eur_per_mwh if row else 0.0
