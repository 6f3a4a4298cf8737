"""The whole year of a plan by brute force: every day of a period in one programme, from the formulation of a day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.calendar import MONTHS, month_days
from models.case import Array, Case, Day
from models.day_parameters import day_layout, day_numbers
from models.dispatch import Links, write_day
from models.inflows import inflow_mwh, level_limits_mwh, seasonal_reservoirs
from models.plan import Plan
from models.upper_bounds import carrying_stores, fleet_mw
from optimizer.audit.capacities import Capacities
from optimizer.audit.parameters import Parameters
from optimizer.benders.full_year_dispatch import DispatchedDay, DispatchedYear
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.compile import compile_model, compile_objectives, load_values
from optimizer.solver.highs import run_highs

Holding = Callable[[str, str], float]


ACCOUNTS = ("zone_emitted_t", "site_emitted_t", "unclean_mwh", "unmatched_mwh", "short_mwh")
"""What a day accounts for besides, which no dispatch hangs on."""


class Unservable(Exception):
    """A day of the record loses more load than is allowed."""


@dataclass(frozen=True)
class Investments:
    """What a period has of a plan, by (site, cooling) or (zone, technology)."""

    alive_mw: Holding
    plant_mw: Holding
    own_mw: Holding
    firmed_mw: Callable[[str, str, str], float]
    sent_mw: Callable[[str, str, str], float]
    counted_mw: Holding
    firm_mw: Callable[[str], float]
    interruptible_mw: Callable[[str], float]
    secured_mw: Callable[[str], float]
    store_mwh: Holding


NONE = Investments(*[lambda *_: 0.0] * 10)


def of_every_day(case: Case) -> Case:
    """Return the case with every day of its record as a representative one."""
    longer = case.settings.time.model_copy(update={"hours_per_day": case.settings.time.year_hours})
    year = replace(case, settings=case.settings.model_copy(update={"time": longer}))
    return replace(year, days=Parameters(year).all_days)


def brute_year(case: Case, plan: Plan) -> DispatchedYear:
    """Return the year of a plan: the cheapest dispatch with it, and the one without it, each with water of its own.

    Raises Unservable if there is no such dispatch.
    """
    every = of_every_day(case)
    held = Capacities(case, plan)
    contracts = {(row.zone, row.technology, row.period): row.own_mw for row in plan.supply}
    sent = {(row.line, row.way, row.technology, row.period): row.sent_mw for row in plan.sending}
    firmed = {(row.zone, row.store, row.technology, row.period): row.firmed_mw for row in plan.firming}
    parts = held.interruptible_mw_of
    days: list[DispatchedDay] = []
    allotted_mwh = np.zeros((2, len(case.periods), len(every.days), len(case.reservoirs)))
    carried_mwh = np.zeros((2, len(case.periods), len(every.days), len(carrying_stores(case))))
    for position, period in enumerate(case.periods):
        built = Investments(
            alive_mw=lambda site, cooling, period=period: held.in_service_mw.get((site, cooling, period), 0.0),  # type: ignore[misc]
            plant_mw=lambda zone, kind, period=period: held.plant_mw[zone, kind, period],  # type: ignore[misc]
            own_mw=lambda zone, kind, period=period: contracts[zone, kind, period],  # type: ignore[misc]
            firmed_mw=lambda *pair, period=period: firmed.get((*pair, period), 0.0),
            sent_mw=lambda *way, period=period: sent.get((*way, period), 0.0),
            counted_mw=lambda *_: 0.0,
            firm_mw=lambda site, period=period: (
                held.connected_mw.get((site, period), 0.0) - parts.get((site, period), 0.0)
            ),  # type: ignore[misc]
            secured_mw=lambda site, period=period: held.secured_mw_of.get((site, period), 0.0),  # type: ignore[misc]
            store_mwh=lambda zone, kind, period=period: held.store_mwh(zone, kind, period),  # type: ignore[misc]
            interruptible_mw=lambda site, period=period: parts.get((site, period), 0.0),  # type: ignore[misc]
        )
        with_plan, without = _cheapest(every, period, built), _cheapest(every, period, NONE)
        allotted_mwh[:, position] = _allotted_mwh(every, with_plan), _allotted_mwh(every, without)
        carried_mwh[:, position] = _carried_mwh(every, with_plan), _carried_mwh(every, without)
        days += [_day(every, period, day, with_plan, without) for day in every.days]
    return DispatchedYear(
        days=tuple(days),
        allotted_mwh=allotted_mwh[0],
        baseline_allotted_mwh=allotted_mwh[1],
        carried_mwh=carried_mwh[0],
        baseline_carried_mwh=carried_mwh[1],
        noise_meur=(0.0,) * len(case.periods),
        gap_share=0.0,
        unserved_mwh=0.0,
    )


def _cheapest(case: Case, period: str, built: Investments) -> Any:
    """Return the model of all days of a period, solved for the least cost; then for least emissions, most matched."""
    model = pyo.ConcreteModel()
    names = [day.day for day in case.days]
    layout, hours = day_layout(case), case.settings.time.hours_per_day
    model.allotted_mw = pyo.Var(list(case.reservoirs), names, domain=pyo.NonNegativeReals)
    model.emitted_t = pyo.Var(names, domain=pyo.NonNegativeReals)
    model.enough = pyo.Var(domain=pyo.NonNegativeReals)
    model.lost_mwh = pyo.Var(names, domain=pyo.NonNegativeReals)

    def lasts(_: Any, zone: str, kind: str) -> Any:
        given = sum(day.weight * hours * model.allotted_mw[zone, kind, day.day] for day in case.days)
        return given <= case.reservoirs[zone, kind].energy_twh * 1e6

    within = month_days(case, case.days)
    seasonal = seasonal_reservoirs(case)
    levels = [(*pair, month) for pair in seasonal for month in MONTHS]
    model.level_mwh = pyo.Var(
        levels,
        bounds=lambda _, *at: tuple(float(each[at[2] - 1]) for each in level_limits_mwh(case, at[:2])),
    )

    def kept(_: Any, zone: str, kind: str, month: int) -> Any:
        used = sum(
            float(count) * hours * model.allotted_mw[zone, kind, day.day]
            for count, day in zip(within[month - 1], case.days, strict=True)
        )
        before, after = (model.level_mwh[zone, kind, at] for at in (month, month % 12 + 1))
        return after <= before + float(inflow_mwh(case, (zone, kind))[month - 1]) - used

    model.kept = pyo.Constraint(levels, rule=kept)
    stores = carrying_stores(case)
    size = {
        pair: case.technologies[pair[1]].duration_hours * fleet_mw(case, *pair, period) + built.store_mwh(*pair)
        for pair in stores
    }
    model.carried_mwh = pyo.Var(stores, names, bounds=lambda _, *at: (0, size[at[0], at[1]]))
    after = dict(zip(names, [*names[1:], names[0]], strict=True))

    def written(block: Any, name: str) -> None:
        links = Links(
            alive_mw=built.alive_mw,
            plant_mw=built.plant_mw,
            own_mw=built.own_mw,
            allotted_mw=lambda zone, kind: model.allotted_mw[zone, kind, name],
            emitted_t=lambda: model.emitted_t[name],
            change_mwh=lambda *pair: model.carried_mwh[pair, after[name]] - model.carried_mwh[pair, name],
            dip_mwh=lambda *pair: model.carried_mwh[pair, name],
            rise_mwh=lambda *pair: size[pair] - model.carried_mwh[pair, name],
            firmed_mw=built.firmed_mw,
            sent_mw=built.sent_mw,
            counted_mw=built.counted_mw,
            firm_mw=built.firm_mw,
            interruptible_mw=built.interruptible_mw,
            interrupted_mwh=lambda _: model.lost_mwh[name],
            secured_mw=built.secured_mw,
            store_mwh=built.store_mwh,
            **dict.fromkeys(ACCOUNTS, lambda *_: model.enough),
        )
        day = next(day for day in case.days if day.day == name)
        write_day(block, case, layout, links, day_numbers(case, layout, period, day))

    model.lasts = pyo.Constraint(list(case.reservoirs), rule=lasts)
    model.days = pyo.Block(names, rule=written)
    compiled = compile_model(model)
    goals = {
        "cost": sum(model.days[name].operating_meur for name in names),
        "carbon": sum(model.emitted_t[name] - sum(model.days[name].matched_mw.values()) for name in names),
    }
    vectors = compile_objectives(compiled, goals)
    cheapest = run_highs(replace(compiled.program, cost=vectors["cost"][0]), monitor=RunMonitor(), seconds=60)
    if cheapest.values is None:
        raise Unservable(period)
    load_values(compiled.variables, cheapest.values)
    cleanest = run_highs(replace(compiled.program, cost=vectors["carbon"][0]), monitor=RunMonitor(), seconds=60)
    assert cleanest.values is not None
    model.account = dict(zip(compiled.program.column_names, cleanest.values.tolist(), strict=True))
    return model


def _allotted_mwh(case: Case, model: Any) -> Array:
    """Return what the days were allotted, shape (days, reservoirs)."""
    hours = case.settings.time.hours_per_day
    return np.array(
        [[hours * pyo.value(model.allotted_mw[pair, day.day]) for pair in case.reservoirs] for day in case.days]
    ).reshape(len(case.days), len(case.reservoirs))


def _carried_mwh(case: Case, model: Any) -> Array:
    """Return what is in stores that carry over before each day, shape (days, stores)."""
    stores = carrying_stores(case)
    levels = [[pyo.value(model.carried_mwh[pair, day.day]) for pair in stores] for day in case.days]
    return np.array(levels).reshape(len(case.days), len(stores))


def _day(case: Case, period: str, day: Day, model: Any, without: Any) -> DispatchedDay:
    """Return the figures of a day, with the plan and without it."""

    def total(found: Mapping[Any, Any] | Any) -> float:
        return float(sum(pyo.value(each) for each in found.values()))

    def emitted_kt(block: Any) -> float:
        rate = {kind: row.emission_kg_per_mwh / 1e6 for kind, row in case.technologies.items()}
        sources = (*block.output_mw.items(), *block.discharge_mw.items())
        return float(sum(rate[index[1]] * pyo.value(variable) for index, variable in sources))

    block, other = model.days[day.day], without.days[day.day]
    accounted = {
        kind: sum(model.account[variable.name] for variable in block.component(kind).values())
        for kind in ("servers_mw", "matched_mw")
    }
    return DispatchedDay(
        period=period,
        first_hour=day.first_hour,
        running_meur=pyo.value(block.operating_meur) / day.weight,
        baseline_meur=pyo.value(other.operating_meur) / day.weight,
        shed_mwh=total(block.shed_mw),
        baseline_shed_mwh=total(other.shed_mw),
        draw_mwh=accounted["servers_mw"],
        matched_mwh=accounted["matched_mw"],
        emission_t=model.account[model.emitted_t[day.day].name],
        system_emission_kt=emitted_kt(block),
        baseline_emission_kt=emitted_kt(other),
        burnt_hours=0.0,
        burnt_mwh=0.0,
    )
