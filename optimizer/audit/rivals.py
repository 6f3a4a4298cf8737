"""Audit of the rivals: which sites could stand in place of the chosen ones, and what each costs, worked out afresh."""

from collections.abc import Mapping

from models.case import WHOLE_COLUMN
from optimizer.audit.compute import operation_meur_per_mw
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import YEAR_HOURS

COMPARED = 3
Plants = Mapping[str, list[tuple[str, str, int]]]
Figures = Mapping[str, tuple[float, float]]
"""Column -> MEUR in the base year, share of it that rests on estimates."""


def expected_rivals(audited: AuditedPlan) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    """Return (site, rival, column) -> cost of the site, of the rival, share that rests on estimates."""
    case, found = audited.case, {}
    opened = {row.site: row.period for row in audited.plan.sites if row.opens}
    for site, period in opened.items():
        servers_mw = audited.halls(site, audited.final) * audited.hall_mw
        plants = plants_of(audited, period)
        firm = firm_premiums(audited, plants, period)
        own = cheapest(audited, site, period, servers_mw, plants, firm)
        ranked = []
        for other, row in case.sites.items():
            fits = row.minimum_mw <= servers_mw <= row.land_mw and not audited.ruled_out(other)
            if row.status == "candidate" and other not in opened and fits and audited.ready(other, period):
                figures = cheapest(audited, other, period, servers_mw, plants, firm)
                if figures:
                    ranked.append((sum(meur for meur, _ in figures.values()), other, figures))
        for _, rival, figures in sorted(ranked, key=lambda each: each[:2])[:COMPARED]:
            for column, (meur, guessed) in (own or {}).items():
                found[site, rival, column] = meur, figures[column][0], max(guessed, figures[column][1])
    return found


def cheapest(
    audited: AuditedPlan, site: str, period: str, servers_mw: float, plants: Plants, firm: Figures
) -> Figures | None:
    """Return what a campus costs at a site with the cheapest of the plan's coolings; None where none is possible."""
    used = {row.cooling for row in audited.plan.halls} or {*audited.case.cooling}
    listed = [
        _figures(audited, site, cooling, period, servers_mw, plants, firm)
        for cooling in audited.suitable_cooling(site)
        if cooling in used
    ]
    return min(filter(None, listed), key=lambda figures: sum(meur for meur, _ in figures.values()), default=None)


def plants_of(audited: AuditedPlan, period: str) -> Plants:
    """Return the keys of the fleets that stand when a period begins, by zone."""
    newest: dict[tuple[str, str], int] = {}
    for zone, kind, since in audited.case.fleets:
        if since <= audited.year[period]:
            newest[zone, kind] = max(since, newest.get((zone, kind), since))
    found: dict[str, list[tuple[str, str, int]]] = {zone: [] for zone in audited.case.zones}
    for (zone, kind), since in newest.items():
        found[zone].append((zone, kind, since))
    return found


def firm_premiums(audited: AuditedPlan, plants: Plants, period: str) -> Figures:
    """Return zone -> least premium of a firm MW in a year, its own or over a line, and whether that is a guess."""
    case, offers = audited.case, []
    for key in (key for keys in plants.values() for key in keys):
        zone, kind, _ = key
        if audited.contractable_mw(zone, kind, period) > 0 and audited.firm_share(kind) > 0:
            meur = audited.contract_meur(zone, kind, period) / audited.firm_share(kind)
            prices = (("technologies", kind, column) for column in ("contract_eur_per_mwh", "contract_eur_per_kw_year"))
            cells = (("fleets", key, "uncontracted_share"), *prices)
            offers.append((zone, meur, _guess(audited, *cells)))
    carried = [
        (end, meur / (1 - line.loss_share), guessed)
        for line in case.lines.values()
        if line.first_year <= audited.year[period]
        for start, end in ((line.from_zone, line.to_zone), (line.to_zone, line.from_zone))
        for zone, meur, guessed in offers
        if zone == start and case.settings.power.cover_import_share > 0
    ]
    always = [
        (row.contract_eur_per_kw_year / 1e3 + row.contract_eur_per_mwh * YEAR_HOURS / 1e6, audited.firm_share(kind))
        for kind, row in case.technologies.items()
    ]
    dearest = max((meur / share for meur, share in always if share > 0), default=0.0)
    reach = offers + carried
    return {
        zone: min(((meur, guessed) for end, meur, guessed in reach if end == zone), default=(dearest, 1.0))
        for zone in case.zones
    }


def _guess(audited: AuditedPlan, *cells: tuple[str, object, str]) -> float:
    """Return 1 if a cell is an estimate."""
    return max((float(audited.case.quality(*cell) == "estimate") for cell in cells), default=0.0)


def _figures(
    audited: AuditedPlan, site: str, cooling: str, period: str, servers_mw: float, plants: Plants, firm: Figures
) -> Figures | None:
    case, money, climate = audited.case, audited.case.settings.money, audited.case.climate
    row, kind, years = case.sites[site], case.cooling[cooling], audited.periods[audited.periods.index(period) :]
    country, building_years = case.countries[row.country], case.settings.halls.construction_years
    factors = {each: audited.annuity(each) for each in years}
    yearly, twh = sum(factors.values()), audited.used_share * YEAR_HOURS * servers_mw / 1e6
    pue = float(climate.pue[site, cooling].mean())
    law = audited.law(site, period)
    if servers_mw > law["most_mw"][0]:
        return None
    if pue > law["pue_limit"][0] or climate.wue_annual_l_per_kwh[site, cooling] * twh > audited.basin_limit_mm3(
        row.basin
    ):
        return None

    def bought(meur: float, construction_years: float, life_years: float = 1e-9) -> float:
        each = audited.built_over(site, period, meur, construction_years, life_years)
        start, end = audited.present_factor("capex", period), audited.present_factor("residual", period)
        return (each.cost_meur + each.interest_meur) * start - each.residual_meur * end

    peak_mw = climate.pue_design[site, cooling] * servers_mw
    connected_mw = max(peak_mw - row.behind_meter_mw, 0.0)
    per_mw = bought(connected_mw, money.connection_construction_years, money.grid_life_years)
    lacking_mw = connected_mw - min(audited.headroom_mw(row.substation, each) for each in years)
    grid_meur, grid_cells = 0.0, []
    if since := [year for key, year in case.headrooms if key == row.substation and year <= audited.year[period]]:
        grid_cells.append(("headrooms", (row.substation, max(since)), "headroom_mw"))
    for key, step in case.reinforcements.items():
        in_time = audited.year[audited.periods[0]] + step.lead_years <= audited.year[audited.final]
        if key[0] == row.substation and in_time and lacking_mw > 1e-6:
            lacking_mw -= step.adds_mw
            grid_meur += bought(step.capex_meur, step.lead_years, money.grid_life_years)
            grid_cells.append(("reinforcements", key, "capex_meur"))
    if lacking_mw > 1e-6:
        return None
    price = {each.period: each.price_eur_per_mwh for each in audited.plan.zones if each.zone == row.zone}
    hall_meur = servers_mw * country.building_factor * kind.capex_meur_per_mw
    heat_mw = min(row.heat_sink_mw, kind.reuse_share * audited.used_share * servers_mw)
    recovered_meur = bought(money.heat_meur_per_mw, building_years, money.grid_life_years)
    recovered_meur -= yearly * money.heat_eur_per_mwh * money.heat_hours / 1e6
    per_mwh = {
        "fleets.capacity_mw": sum(factors[each] * price[each] for each in years),
        "price_basis.basis_eur_per_mwh": sum(
            factor * audited.basis_eur_per_mwh(row.zone, each) for each, factor in factors.items()
        ),
        "countries.grid_fee_eur_per_mwh": yearly * country.grid_fee_eur_per_mwh,
        "countries.electricity_tax_eur_per_mwh": yearly * country.electricity_tax_eur_per_mwh,
        "sites.fee_eur_per_mwh": yearly * row.fee_eur_per_mwh,
    }
    standing_mw = sum(case.fleets[key].capacity_mw for key in plants[row.zone])
    guessed_mw = sum(
        case.fleets[key].capacity_mw * _guess(audited, ("fleets", key, "capacity_mw")) for key in plants[row.zone]
    )
    firm_meur, firm_guess = firm[row.zone]
    weather = [(name, row.station, WHOLE_COLUMN) for name in ("drybulb", "wetbulb") if row.station in case.hourly[name]]
    basis = [("price_basis", zone, "basis_eur_per_mwh") for zone in case.price_basis if zone == row.zone]
    built_meur = bought(hall_meur, building_years, kind.life_years)
    meur = {
        "countries.building_factor": built_meur + yearly * kind.fixed_share * hall_meur,
        "countries.connection_charge_meur_per_mw": country.connection_charge_meur_per_mw * per_mw,
        "countries.wage_factor": yearly * operation_meur_per_mw(case, site) * servers_mw,
        "sites.opening_meur": bought(row.opening_meur, building_years),
        "sites.distance_km": row.distance_km * money.connection_meur_per_mw_km * per_mw,
        "sites.heat_sink_mw": heat_mw * min(recovered_meur, 0.0),
        "sites.station": (pue - 1) * twh * sum(per_mwh.values()) + money.connection_meur_per_mw * per_mw,
        "headrooms.headroom_mw": grid_meur,
        "fleets.uncontracted_share": yearly * firm_meur * case.settings.power.cover_share * peak_mw,
    } | {column: twh * each for column, each in per_mwh.items()}
    keys = {"countries": row.country, "sites": site}
    named = [(column, *column.split(".")) for column in meur]
    guesses = {column: _guess(audited, (table, keys[table], name)) for column, table, name in named if table in keys}
    guesses |= {
        "sites.station": _guess(audited, ("sites", site, "station"), *weather),
        "price_basis.basis_eur_per_mwh": _guess(audited, *basis),
        "fleets.capacity_mw": guessed_mw / standing_mw if standing_mw else 1.0,
        "headrooms.headroom_mw": _guess(audited, *grid_cells),
        "fleets.uncontracted_share": firm_guess,
    }  # fmt: skip
    return {column: (each, guesses[column]) for column, each in meur.items()}
