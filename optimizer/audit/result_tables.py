"""Audit of the reported numbers: every column of every table, worked out afresh from the decisions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from models.case import Array, Row
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, equal, true

BOOK = Registry()

Values = Mapping[str, Any]


def _stated(row: Row, *columns: str) -> dict[str, Any]:
    return {column: getattr(row, column) for column in columns}


def _sites(account: AuditedPlan, row: Any) -> Values:
    index = (row.site, row.period)
    columns = ("name", "country", "zone", "substation", "status", "latitude", "longitude")
    return _stated(account.case.sites[row.site], *columns) | {
        "committed_mw": account.committed_mw(*index),
        "opened": account.opened(*index),
        "halls": account.halls(*index),
        "servers_mw": account.servers_mw(*index),
        "peak_mw": account.peak_mw(*index),
        "connection_mw": account.connected_mw.get(index, 0.0),
        "chips_kchips": account.kchips.get(index, 0.0),
        "compute_kh100e": account.compute_kh100e(*index),
        "served_kh100e": account.site_served_kh100e.get(index, 0.0),
        "energy_twh": account.energy_twh(*index),
        "water_mm3": account.water_mm3(*index),
        "capital_meur": account.site_capital_meur.get(index, 0.0),
        "public_meur": account.site_public_meur.get(index, 0.0),
    }


def _halls(account: AuditedPlan, row: Any) -> Values:
    index, climate = (row.site, row.cooling, row.period), account.case.climate
    return {
        "standing_halls": account.standing.get(index, 0.0),
        "alive_mw": account.alive_mw.get(index, 0.0),
        "pue_annual": float(climate.pue[row.site, row.cooling].mean()),
        "wue_annual_l_per_kwh": climate.wue_annual_l_per_kwh[row.site, row.cooling],
    }


def _chips(account: AuditedPlan, row: Any) -> Values:
    return {"bought_kchips": row.fitted_mw / account.case.chips[row.chip].server_kw}


def _demand(account: AuditedPlan, row: Any) -> Values:
    index = (row.region, row.workload, row.period)
    asked = account.case.demand[index].demand_kh100e
    return {"demand_kh100e": asked, "served_kh100e": account.region_served_kh100e.get(index, 0.0)}


def _connections(account: AuditedPlan, row: Any) -> Values:
    return _stated(account.case.sites[row.site], "substation")


def _substations(account: AuditedPlan, row: Any) -> Values:
    return _stated(account.case.substations[row.substation], "name", "zone", "latitude", "longitude") | {
        "drawn_mw": account.drawn_mw(row.substation, row.period),
        "headroom_mw": account.stepped_mw(row.substation, row.period),
    }


def _reinforcements(account: AuditedPlan, row: Any) -> Values:
    return _stated(account.case.reinforcements[row.substation, row.step], "adds_mw", "capex_meur")


def _supply(account: AuditedPlan, row: Any) -> Values:
    pair, position = (row.zone, row.technology), account.periods.index(row.period)
    kind = account.case.technologies[row.technology]
    return {
        "low_carbon": kind.low_carbon,
        "firm_share": kind.firm_credit_share * (kind.low_carbon and kind.dispatchable),
        "fleet_mw": account.fleet_mw(*pair, row.period),
        "plant_mw": account.plant_mw[*pair, row.period],
        "output_twh": account.yearly(account.output_mw(pair))[position],
    }


def _zones(account: AuditedPlan, row: Any) -> Values:
    position = account.periods.index(row.period)
    return _stated(account.case.zones[row.zone], "name", "country", "latitude", "longitude") | {
        "load_twh": account.yearly(account.load_mw[row.zone])[position],
        "servers_twh": account.yearly(account.hourly("servers_mw", row.zone))[position],
        "matched_twh": account.yearly(account.hourly("matched_mw", row.zone))[position],
        "shed_twh": account.yearly(account.hourly("shed_mw", row.zone))[position],
        "peak_mw": account.zone_peak_mw(row.zone, row.period),
        "cover_mw": account.cover_mw(row.zone, row.period),
        "basis_eur_per_mwh": account.basis_eur_per_mwh(row.zone, row.period),
        "basis_meur": account.basis_meur(row.zone, row.period),
        "basis_present_meur": account.annuity(row.period) * account.basis_meur(row.zone, row.period),
    }


def _lines(account: AuditedPlan, row: Any) -> Values:
    position = account.periods.index(row.period)
    return _stated(account.case.lines[row.line], "from_zone", "to_zone") | {
        "forward_twh": account.yearly(account.hourly("forward_mw", row.line))[position],
        "backward_twh": account.yearly(account.hourly("backward_mw", row.line))[position],
    }


def _water(account: AuditedPlan, row: Any) -> Values:
    return {
        "drawn_mm3": account.basin_mm3(row.basin, row.period),
        "limit_mm3": account.basin_limit_mm3(row.basin),
    }


def _carbon(account: AuditedPlan, row: Any) -> Values:
    position = account.periods.index(row.period)
    return {
        "energy_twh": sum(account.energy_twh(site, row.period) for site in account.case.sites),
        "attributional_kt": account.emitted_kt(row.period),
        "system_kt": account.system_kt[position],
        "system_meur": account.system_meur[position],
    }


def _circulation(account: AuditedPlan, row: Any) -> Values:
    position, lines, stores = account.periods.index(row.period), account.line_rounds_mw, account.store_rounds_mw

    def total(series: Array) -> float:
        return 1e6 * float(account.yearly(series)[position])

    on_lines = ((1 - (1 - account.case.lines[line].loss_share) ** 2) * each for line, each in lines.items())
    in_stores = ((1 - account.case.technologies[kind].efficiency_share) * each for (_, kind), each in stores.items())
    return {
        "line_hours": sum(total(np.where(each > 0, 1.0, 0.0)) for each in lines.values()),
        "store_hours": sum(total(np.where(each > 0, 1.0, 0.0)) for each in stores.values()),
        "burnt_mwh": sum(map(total, [*on_lines, *in_stores])),
    }


def _days(account: AuditedPlan, row: Any) -> Values:
    day = next(day for day in account.case.days if day.day == row.day)
    return {"first_hour": day.first_hour, "weight": day.weight}


def _money(account: AuditedPlan, row: Any) -> Values:
    amount = account.money_meur.get((row.ledger, row.aspect, row.period), 0.0)
    return {"amount_meur": amount, "present_meur": amount * account.present_factor(row.ledger, row.period)}


def _spending(account: AuditedPlan, row: Any) -> Values:
    return {"available_meur": account.released_meur(row.fund, row.period)}


REPORTS: Mapping[str, Callable[[AuditedPlan, Any], Values]] = {
    "sites": _sites,
    "halls": _halls,
    "chips": _chips,
    "demand": _demand,
    "connections": _connections,
    "substations": _substations,
    "reinforcements": _reinforcements,
    "supply": _supply,
    "zones": _zones,
    "lines": _lines,
    "water": _water,
    "carbon": _carbon,
    "circulation": _circulation,
    "days": _days,
    "money": _money,
    "spending": _spending,
}
"""Table -> the columns of a row that follow from the case and the decisions."""


def _register(table: str, report: Callable[[AuditedPlan, Any], Values]) -> None:
    @BOOK.rule(f"tables.{table}_say_what_follows_from_the_decisions")
    def _(account: AuditedPlan) -> Iterator[Residual]:
        for row in getattr(account.plan, table):
            where = ", ".join(str(getattr(row, column)) for column in row.key)
            for column, expected in report(account, row).items():
                found = getattr(row, column)
                if isinstance(expected, str):
                    yield true(f"{column} of {where}", found == expected)
                else:
                    yield equal(f"{column} of {where}", float(found), float(expected))


for _table, _report in REPORTS.items():
    _register(_table, _report)


@BOOK.rule("tables.halls_list_every_hall")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Where halls stand there is a row, in every period."""
    listed = {(row.site, row.cooling, row.period) for row in account.plan.halls}
    for index, halls in account.standing.items():
        yield true(", ".join(index), index in listed or halls == 0)


@BOOK.rule("tables.substations_list_every_connection")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Where a substation feeds new connections there is a row, and in every period if in any."""
    listed = {(row.substation, row.period) for row in account.plan.substations}
    feeding = {account.case.sites[row.site].substation for row in account.plan.connections}
    for substation in sorted(feeding | {substation for substation, _ in listed}):
        for period in account.periods:
            yield true(f"{substation}, {period}", (substation, period) in listed)
