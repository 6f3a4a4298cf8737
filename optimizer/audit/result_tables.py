"""Audit of the reported numbers: every column of every table, worked out afresh from the decisions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.case import Array, Row
from optimizer.audit.candidates import Candidates
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.earnings import expected_earnings, service_meur, year_meur
from optimizer.audit.gigafactories import expected_gigafactories
from optimizer.audit.parameters import YEAR_HOURS
from optimizer.audit.programmes import expected_programme
from optimizer.audit.registry import Registry, Residual, at_most, equal, true
from optimizer.audit.resilience import reported
from optimizer.audit.rivals import expected_rivals
from optimizer.audit.sovereignty import expected_index

CHECKS = Registry("tables")

LEAST_DRAW_MW = 0.1
"""Matching is stated of zones whose new servers ever draw more."""
CURVE_PERCENTS = sorted({*range(0, 101, 5), 98, 99})
"""Shares of the draw for which the duration curve of matching says its hours."""
Values = Mapping[str, Any]


def _stated(row: Row, *columns: str) -> dict[str, Any]:
    return {column: getattr(row, column) for column in columns}


def _sites(audited: AuditedPlan, row: Any) -> Values:
    index = (row.site, row.period)
    columns = ("name", "country", "zone", "substation", "status", "latitude", "longitude")
    return _stated(audited.case.sites[row.site], *columns) | {
        "eu_member": audited.case.countries[audited.case.sites[row.site].country].eu_member,
        "committed_mw": audited.committed_mw(*index),
        "opened": audited.opened(*index),
        "halls": audited.halls(*index),
        "servers_mw": audited.servers_mw(*index),
        "peak_mw": audited.peak_mw(*index),
        "connection_mw": audited.connected_mw.get(index, 0.0),
        "chips_kchips": audited.kchips.get(index, 0.0),
        "compute_kh100e": audited.compute_kh100e(*index),
        "served_kh100e": audited.site_served_kh100e.get(index, 0.0),
        "energy_twh": audited.energy_twh(*index),
        "water_mm3": audited.water_mm3(*index),
        "capital_meur": audited.site_capital_meur.get(index, 0.0),
        "public_meur": audited.site_public_meur.get(index, 0.0),
    }


def _places(audited: AuditedPlan, row: Any) -> Values:
    columns = ("seismic_g", "flood", "protected", "near_people", "exchange_km", "exchanges")
    return _stated(audited.case.places[row.site], *columns)


def _halls(audited: AuditedPlan, row: Any) -> Values:
    index, climate = (row.site, row.cooling, row.period), audited.case.climate
    return {
        "standing_halls": audited.installed_halls.get(index, 0.0),
        "alive_mw": audited.in_service_mw.get(index, 0.0),
        "pue_annual": float(climate.pue[row.site, row.cooling].mean()),
        "wue_annual_l_per_kwh": climate.wue_annual_l_per_kwh[row.site, row.cooling],
    }


def _chips(audited: AuditedPlan, row: Any) -> Values:
    kind = audited.case.chips[row.chip]
    return {"bought_kchips": row.fitted_mw / kind.server_kw, "jurisdiction": kind.jurisdiction}


def _demand(audited: AuditedPlan, row: Any) -> Values:
    index = (row.region, row.workload, row.period)
    asked = audited.case.demand[index].demand_kh100e
    return {"demand_kh100e": asked, "served_kh100e": audited.region_served_kh100e.get(index, 0.0)}


def _connections(audited: AuditedPlan, row: Any) -> Values:
    here, place = audited.case.sites[row.site], (row.site, row.period)
    offers = any(audited.interruptible_mw(here.substation, period) for period in audited.periods)
    firm_mw = audited.connected_mw.get(place, 0.0) - row.interruptible_mw
    return _stated(here, "substation") | {"firm_mw": firm_mw if offers else 0.0}


def _substations(audited: AuditedPlan, row: Any) -> Values:
    return _stated(audited.case.substations[row.substation], "name", "zone", "latitude", "longitude") | {
        "drawn_mw": audited.drawn_mw(row.substation, row.period),
        "headroom_mw": audited.stepped_mw(row.substation, row.period),
    }


def _reinforcements(audited: AuditedPlan, row: Any) -> Values:
    return _stated(audited.case.reinforcements[row.substation, row.step], "adds_mw", "capex_meur")


def _supply(audited: AuditedPlan, row: Any) -> Values:
    pair, position = (row.zone, row.technology), audited.periods.index(row.period)
    kind = audited.case.technologies[row.technology]
    return {
        "low_carbon": kind.low_carbon,
        "firm_share": audited.firm_share(row.technology),
        "fleet_mw": audited.fleet_mw(*pair, row.period),
        "plant_mw": audited.plant_mw[*pair, row.period],
        "store_mwh": audited.store_mwh(*pair, row.period) if kind.duration_max_hours else 0.0,
        "output_twh": audited.yearly(audited.output_mw(pair))[position],
    }


def _zones(audited: AuditedPlan, row: Any) -> Values:
    position = audited.periods.index(row.period)
    year_twh = audited.yearly(np.ones_like(audited.load_mw[row.zone]))[position]  # of one MW
    return _stated(audited.case.zones[row.zone], "name", "country", "latitude", "longitude") | {
        "load_twh": audited.yearly(audited.load_mw[row.zone])[position],
        "servers_twh": audited.yearly(audited.hourly("servers_mw", row.zone))[position],
        "matched_twh": audited.yearly(audited.hourly("matched_mw", row.zone))[position],
        "shed_twh": audited.yearly(audited.hourly("shed_mw", row.zone))[position],
        "peak_mw": audited.zone_peak_mw(row.zone, row.period),
        "cover_mw": audited.cover_mw(row.zone, row.period),
        "sustained_mw": audited.sustained_mw(row.zone, row.period),
        "intensity_kg_per_mwh": 1000 * audited.yearly(audited.intensity_t_per_mwh(row.zone))[position] / year_twh,
        "basis_eur_per_mwh": audited.basis_eur_per_mwh(row.zone, row.period),
        "basis_meur": audited.basis_meur(row.zone, row.period),
        "basis_present_meur": audited.annuity(row.period) * audited.basis_meur(row.zone, row.period),
    }


def _consequences(audited: AuditedPlan, row: Any) -> Values:
    position, case = audited.periods.index(row.period), audited.case
    arriving, leaving, emitted = 0.0, 0.0, 0.0
    for line, each in case.lines.items():
        ways = ((each.to_zone, "forward_mw", "backward_mw"), (each.from_zone, "backward_mw", "forward_mw"))
        for zone, to, out in ways:
            if zone == row.zone:
                arriving += (1 - each.loss_share) * audited.yearly(audited.hourly(to, line))[position]
                leaving += audited.yearly(audited.hourly(out, line))[position]
    for pair in audited.pairs:
        if pair[0] == row.zone:
            emitted += (
                case.technologies[pair[1]].emission_kg_per_mwh * audited.yearly(audited.output_mw(pair))[position]
            )
    listed = [each for each in audited.plan.substations if (each.zone, each.period) == (row.zone, row.period)]
    taken = {each.substation: audited.drawn_mw(each.substation, row.period) for each in listed}
    return {
        "import_with_twh": arriving - leaving,
        "emission_with_kt": emitted,
        "headroom_taken_mw": sum(taken.values()),
        "headroom_left_mw": sum(max(0.0, audited.stepped_mw(name, row.period) - mw) for name, mw in taken.items()),
    }


def _lines(audited: AuditedPlan, row: Any) -> Values:
    position = audited.periods.index(row.period)
    return _stated(audited.case.lines[row.line], "from_zone", "to_zone") | {
        "forward_twh": audited.yearly(audited.hourly("forward_mw", row.line))[position],
        "backward_twh": audited.yearly(audited.hourly("backward_mw", row.line))[position],
        **({} if row.congested_hours is None else {"congested_hours": _congested_hours(audited, row)}),
    }


def _congested_hours(audited: AuditedPlan, row: Any) -> float:
    line, position = audited.case.lines[row.line], audited.periods.index(row.period)
    room = audited.usable_share[:, None] * audited.line_share(row.line, row.period)
    full = np.zeros(audited.zeros.shape[1:])
    for kind, capacity_mw in (("forward_mw", line.forward_mw), ("backward_mw", line.backward_mw)):
        sent_mw = audited.hourly(kind, row.line)[position]
        full = np.maximum(full, (sent_mw > 1e-6) & (sent_mw >= room * capacity_mw * (1 - 1e-6)))
    return float(audited.weights @ full.sum(axis=1))


def _water(audited: AuditedPlan, row: Any) -> Values:
    return {
        "drawn_mm3": audited.basin_mm3(row.basin, row.period),
        "limit_mm3": audited.basin_limit_mm3(row.basin),
    }


def _carbon(audited: AuditedPlan, row: Any) -> Values:
    position = audited.periods.index(row.period)
    return {
        "energy_twh": sum(audited.energy_twh(site, row.period) for site in audited.case.sites),
        "attributional_kt": audited.emitted_kt(row.period),
        "embodied_kt": audited.embodied_kt(row.period),
        "system_kt": audited.system_kt[position],
        "system_meur": audited.system_meur[position],
    }


def _circulation(audited: AuditedPlan, row: Any) -> Values:
    position = audited.periods.index(row.period)
    lines, stores = audited.line_circulation_mw, audited.store_circulation_mw

    def total(series: Array) -> float:
        return 1e6 * float(audited.yearly(series)[position])

    on_lines = ((1 - (1 - audited.case.lines[line].loss_share) ** 2) * each for line, each in lines.items())
    in_stores = ((1 - audited.case.technologies[kind].efficiency_share) * each for (_, kind), each in stores.items())
    return {
        "line_hours": sum(total(np.where(each > 0, 1.0, 0.0)) for each in lines.values()),
        "store_hours": sum(total(np.where(each > 0, 1.0, 0.0)) for each in stores.values()),
        "burnt_mwh": sum(map(total, [*on_lines, *in_stores])),
    }


def _days(audited: AuditedPlan, row: Any) -> Values:
    day = next(day for day in audited.case.days if day.day == row.day)
    return {"first_hour": day.first_hour, "weight": day.weight}


def _money(audited: AuditedPlan, row: Any) -> Values:
    amount = audited.money_meur.get((row.ledger, row.aspect, row.period), 0.0)
    return {"amount_meur": amount, "present_meur": amount * audited.present_factor(row.ledger, row.period)}


def _programmes(audited: AuditedPlan, row: Any) -> Values:
    return expected_programme(audited, row.programme, row.period) | _stated(
        audited.case.programmes[row.programme], "name"
    )


def _spending(audited: AuditedPlan, row: Any) -> Values:
    return {"available_meur": audited.released_meur(row.fund, row.period)}


def _cash(audited: AuditedPlan, row: Any) -> Values:
    part, case = audited.calendar_years(row.period)[row.year], audited.case
    revenue, running = (part * meur for meur in year_meur(audited, row.period))
    grant, due = part * case.settings.money.operating_grant_meur, service_meur(audited, row.year)
    paid = [
        each for each in audited.plan.spending if each.period == row.period and row.year == audited.year[row.period]
    ]
    bought = sum(each.cost_meur for _, each in audited.purchases if each.period == row.period) if paid else 0.0
    return {
        "revenue_meur": revenue,
        "grant_meur": grant,
        "running_meur": running,
        "capital_meur": bought,
        "debt_meur": sum(each.spent_meur for each in paid if case.funds[each.fund].kind == "debt"),
        "supported_meur": sum(each.supported_meur for each in paid),
        "service_meur": due,
        "dscr": max(0.0, (revenue + grant - running) / due) if due > 1e-6 else None,
        **({} if case.keeps_accounts else {"cash_meur": 0.0}),
    }


REPORTS: Mapping[str, Callable[[AuditedPlan, Any], Values]] = {
    "sites": _sites,
    "places": _places,
    "halls": _halls,
    "chips": _chips,
    "demand": _demand,
    "connections": _connections,
    "substations": _substations,
    "reinforcements": _reinforcements,
    "supply": _supply,
    "zones": _zones,
    "consequences": _consequences,
    "lines": _lines,
    "water": _water,
    "carbon": _carbon,
    "circulation": _circulation,
    "days": _days,
    "money": _money,
    "spending": _spending,
    "programmes": _programmes,
    "cash": _cash,
}
"""Table -> the columns of a row that follow from the case and the decisions."""


def _whole(*numbers: object) -> bool:
    """Return whether numbers are counts, which are equal or are not."""
    return all(isinstance(number, int) for number in numbers)


def _register(table: str, report: Callable[[AuditedPlan, Any], Values]) -> None:
    def compare(audited: AuditedPlan) -> Iterator[Residual]:
        for row in getattr(audited.plan, table):
            where = ", ".join(str(getattr(row, column)) for column in row.key)
            for column, expected in report(audited, row).items():
                found = getattr(row, column)
                if isinstance(expected, str) or found is None or expected is None or _whole(found, expected):
                    yield true(f"{column} of {where}", found == expected)
                else:
                    yield equal(f"{column} of {where}", float(found), float(expected))

    CHECKS.enter(f"{table}_say_what_follows_from_the_decisions", compare)


for _table, _report in REPORTS.items():
    _register(_table, _report)


@CHECKS.rule()
def consequences_without_data_centres_are_those_of_the_whole(audited: AuditedPlan) -> Iterator[Residual]:
    """Emissions of all zones without the data centres sum to those of the system."""
    rows = audited.plan.consequences
    for total in audited.plan.carbon if rows else ():
        alone = sum(row.emission_without_kt for row in rows if row.period == total.period)
        yield equal(total.period, alone, total.system_without_kt)


@CHECKS.rule()
def halls_list_every_hall(audited: AuditedPlan) -> Iterator[Residual]:
    """Where halls stand there is a row, in every period."""
    listed = {(row.site, row.cooling, row.period) for row in audited.plan.halls}
    for index, halls in audited.installed_halls.items():
        yield true(", ".join(index), index in listed or halls == 0)


@CHECKS.rule()
def substations_list_every_connection(audited: AuditedPlan) -> Iterator[Residual]:
    """Where a substation feeds new connections there is a row, and in every period if in any."""
    listed = {(row.substation, row.period) for row in audited.plan.substations}
    feeding = {audited.case.sites[row.site].substation for row in audited.plan.connections}
    for substation in sorted(feeding | {substation for substation, _ in listed}):
        for period in audited.periods:
            yield true(f"{substation}, {period}", (substation, period) in listed)


@CHECKS.rule()
def matching_is_that_of_every_hour_of_the_record(audited: AuditedPlan) -> Iterator[Residual]:
    """Where new servers draw, all hours of the record are matched as far as contracts and new plant allow."""
    year = type(audited)(replace(audited.case, days=audited.all_days), audited.plan)
    hours = YEAR_HOURS / (len(audited.all_days) * audited.case.settings.time.hours_per_day)
    expected: dict[tuple[str, str], Values] = {}
    curve: dict[tuple[str, str, int], float] = {}
    for position, period in enumerate(audited.periods):
        drawn = {zone: draw[position].ravel() for zone, draw in year.draws_mw.items()}
        drawn = {zone: draw for zone, draw in drawn.items() if draw.max() > LEAST_DRAW_MW}
        series = {
            zone: np.array([draw, supply, np.minimum(draw, supply), draw - unclean * np.maximum(draw - supply, 0)])
            for zone, draw in drawn.items()
            for supply, unclean in [
                (year.matchable_mw[zone][position].ravel(), year.unclean_share(zone)[position].ravel())
            ]
        }
        together = {"plan": np.sum([*series.values()], axis=0)} if series else {}
        for zone, (draw, supply, matched, clean) in (series | together).items():
            totals = zip(
                ("drawn_twh", "supplied_twh", "matched_twh", "clean_twh"), (draw, supply, matched, clean), strict=True
            )
            share = np.where(draw > 0, matched / np.where(draw > 0, draw, 1.0), 1.0)
            for percent in CURVE_PERCENTS:
                curve[zone, period, percent] = hours * float((100 * share >= percent - 1e-4).sum())
            places = drawn if zone == "plan" else [zone]
            delivered = sum((audited.delivered_mw(each) for each in places), audited.zeros)
            expected[zone, period] = {
                "delivered_twh": audited.yearly(delivered)[position],
                **{column: hours * float(each.sum()) / 1e6 for column, each in totals},
                "matched_hours": curve[zone, period, 100],
                "least_share": float(share.min()),
            }
    found = {(row.zone, row.period): row for row in audited.plan.matching}
    yield true("matching", found.keys() == expected.keys())
    for index in found.keys() & expected.keys():
        for column, figure in expected[index].items():
            yield equal(f"{column} of {', '.join(index)}", getattr(found[index], column), figure)
    stated = {(row.zone, row.period, row.percent): row.hours for row in audited.plan.matching_curve}
    yield true("matching_curve", stated.keys() == curve.keys())
    for place in stated.keys() & curve.keys():
        yield equal(", ".join(map(str, place)), stated[place], curve[place])


@CHECKS.rule()
def resilience_says_what_is_left(audited: AuditedPlan) -> Iterator[Residual]:
    """What is left after the worst losses and delays, of every period, by sorting what sites serve."""
    yield from reported(audited)


@CHECKS.rule()
def sovereignty_is_told_of_every_level(audited: AuditedPlan) -> Iterator[Residual]:
    """The index has a row for every level and period, with the shares that follow from sites, chips and operators."""
    found = {(row.level, row.period): row for row in audited.plan.sovereignty}
    levels = ("territory", "operator", "control", "chip")
    yield true("sovereignty", found.keys() == {(level, period) for level in levels for period in audited.periods})
    for index, row in found.items():
        for column, expected in expected_index(audited, *index).items():
            stated, where = getattr(row, column), f"{column} of {', '.join(index)}"
            if isinstance(expected, float) and isinstance(stated, float):
                yield equal(where, stated, expected)
            else:
                yield true(where, stated == expected)
    for each in audited.plan.operators:
        known = audited.case.operators[each.operator]
        said = (each.name, each.jurisdiction, each.disclosure)
        yield true(f"{each.site}, {each.operator}", said == (known.name, known.jurisdiction, known.disclosure))


@CHECKS.rule()
def rivals_are_the_cheapest_that_could_hold_as_much(audited: AuditedPlan) -> Iterator[Residual]:
    """Chosen sites are compared with those that cost least in their place, column by column of the inputs."""
    expected = expected_rivals(audited)
    found = {(row.site, row.rival, row.column): row for row in audited.plan.rivals}
    yield true("rivals", found.keys() == expected.keys())
    for key in (key for key in expected if key in found):
        for column, figure in zip(("site_meur", "rival_meur", "estimate_share"), expected[key], strict=True):
            yield equal(f"{column} of {', '.join(key)}", getattr(found[key], column), figure)


@CHECKS.rule()
def candidates_say_what_the_inputs_say_of_them(audited: AuditedPlan) -> Iterator[Residual]:
    """Every candidate has a row: from when it could stand, what rules it out, what a campus there costs."""
    listed = Candidates(audited)
    names = [site for site, row in audited.case.sites.items() if row.status == "candidate"]
    yield true("candidates", sorted(row.site for row in audited.plan.candidates) == sorted(names))
    for row in (row for row in audited.plan.candidates if row.site in names):
        for column, expected in listed.expected(row.site).items():
            found, where = getattr(row, column), f"{column} of {row.site}"
            if isinstance(expected, str):
                yield true(where, found == expected)
            else:
                yield equal(where, float(found), expected)


@CHECKS.rule()
def flips_are_of_the_choice_made(audited: AuditedPlan) -> Iterator[Residual]:
    """What flips the choice of a site is told of the choice made, and what never does is less than what always does."""
    chosen = {row.site for row in audited.plan.sites if row.halls and row.period == audited.final}
    ends: dict[tuple[str, str], dict[str, float]] = {}
    for row in audited.plan.flips:
        known = row.site in audited.case.sites and row.chosen == (row.site in chosen)
        yield true(f"{row.site}, {row.change}", known)
        ends.setdefault((row.site, row.change), {})[row.end] = row.amount
    for index, found in ends.items():
        if len(found) == 2:
            yield at_most(", ".join(index), found["never below"], found["always from"])


@CHECKS.rule()
def earnings_are_those_of_the_decisions(audited: AuditedPlan) -> Iterator[Residual]:
    """Of the plan and of every site that draws: compute served, its cost, what it earns, where it breaks even."""
    found = {row.site: row for row in audited.plan.earnings}
    expected = expected_earnings(audited) if found else {}  # plans written before this was told
    yield true("earnings", found.keys() == expected.keys())
    for site in found.keys() & expected.keys():
        for column, figure in expected[site].items():
            told = getattr(found[site], column)
            if figure is None or told is None:
                yield true(f"{column} of {site}", told is figure)
            else:
                yield equal(f"{column} of {site}", told, figure)


@CHECKS.rule()
def gigafactories_are_weighed_by_the_inputs(audited: AuditedPlan) -> Iterator[Residual]:
    """Of gigafactories weighed: what is on sale, its least cost, what is affordable, and where there is room."""
    found = {row.period: row for row in audited.plan.gigafactories}
    weighed = audited.periods if audited.case.settings.siting.gigafactories_weighed else []
    yield true("gigafactories", found.keys() == set(weighed))
    for period in (period for period in weighed if period in found):
        for column, figure in expected_gigafactories(audited, period).items():
            yield equal(f"{column} of {period}", getattr(found[period], column), figure)
