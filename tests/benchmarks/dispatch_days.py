"""One model for all who build it: the dispatch of the reference case's days, in Pyomo and as numbers for the peers.

The model: every day of every period (`models/dispatch.py`), the decisions that a day sees as columns (links), and the
yearly energy of the reservoirs. The other decisions are left out: a peer could take them over only by writing the
whole formulation anew. Servers, plants and contracts are fixed at a plan, so that the model has an optimum.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.case import Case
from models.day_parameters import day_layout, day_numbers, period_values
from models.dispatch import links_of, write_day
from models.formulation import build
from models.upper_bounds import fleet_mw

SERVERS_MW, SHARE = 5.0, 0.5
"""The plan: servers at every place; the share of what could be built and contracted."""
Bounds = dict[str, dict[tuple[str, ...], tuple[float, float | None]]]
"""Link -> index with period and day -> bounds."""


def link_bounds(case: Case, expanding: bool = False) -> Bounds:
    """Return the bounds of the links that exist in a case; plants are free up to what can be built if `expanding`."""
    model, layout = build(case, master_part=True), day_layout(case)
    found: Bounds = {"alive_mw": dict.fromkeys(model.compute.alive_mw, (SERVERS_MW, SERVERS_MW))}
    for name, seen in (("plant_mw", layout.growing), ("own_mw", layout.matching)):
        found[name] = {
            index: (0.0, variable.ub)
            if expanding and name == "plant_mw"
            else (SHARE * variable.ub, SHARE * variable.ub)
            for index, variable in model.power.component(name).items()
            if index[:2] in seen
        }
    found["allotted_mw"] = dict.fromkeys(model.power.allotted_mw, (0.0, None))
    found["emitted_t"] = dict.fromkeys(model.carbon.emitted_t, (0.0, None))
    return found


def decisions(case: Case, bounds: Bounds) -> pyo.ConcreteModel:
    """Return a model of the links and the reservoirs, its blocks named as in the whole formulation."""
    model = pyo.ConcreteModel()
    for aspect, names in {
        "compute": ("alive_mw",),
        "power": ("plant_mw", "own_mw", "allotted_mw"),
        "carbon": ("emitted_t",),
    }.items():
        block = pyo.Block(concrete=True)
        model.add_component(aspect, block)
        for name in names:
            block.add_component(name, pyo.Var(list(bounds[name]), bounds=lambda _, *index, of=bounds[name]: of[index]))
    model.dispatch = pyo.Block(concrete=True)
    model.dispatch.operating_meur = pyo.Var(list(case.periods))
    shares = dict(zip((day.day for day in case.days), day_share(case).tolist(), strict=True))

    @model.power.Constraint(list(case.reservoirs), list(case.periods))  # type: ignore[untyped-decorator]
    def reservoir_lasts_the_year(power: Any, zone: str, technology: str, period: str) -> Any:
        taken = pyo.quicksum(shares[day] * power.allotted_mw[zone, technology, period, day] for day in shares)
        return taken <= mean_mw(case, zone, technology)

    return model


def write_out(case: Case, bounds: Bounds) -> pyo.ConcreteModel:
    """Return the whole model in Pyomo, every day written out, as `models.dispatch.add` does."""
    model, layout = decisions(case, bounds), day_layout(case)
    days = {day.day: day for day in case.days}

    @model.Block(list(case.periods), list(days))  # type: ignore[untyped-decorator]
    def days_written(block: Any, period: str, name: str) -> None:
        links, numbers = links_of(model, period, days[name]), day_numbers(case, layout, period, days[name])
        write_day(block, case, layout, links, numbers)

    model.cost = pyo.Objective(expr=pyo.quicksum(block.operating_meur for block in model.days_written.values()))
    return model


def mean_mw(case: Case, zone: str, technology: str) -> float:
    """Return the mean power of a reservoir's yearly energy, MW."""
    return case.reservoirs[zone, technology].energy_twh * 1e6 / 8760


def plant_meur(case: Case, technology: str) -> float:
    """Return what a MW of new plant costs a year, MEUR: the annuity over its life, and fixed operation."""
    row, discount = case.technologies[technology], case.settings.money.discount_share
    annuity = discount / (1 - (1 + discount) ** -row.life_years) if discount else 1 / row.life_years
    return (annuity + row.fixed_share) * row.capex_meur_per_mw


def day_share(case: Case) -> np.ndarray[Any, Any]:
    """Return the share of the year that each day stands for, shape (days,)."""
    return np.array([day.weight for day in case.days]) * case.settings.time.hours_per_day / 8760


def export(case: Case, bounds: Bounds, path: Path) -> None:
    """Write the model's numbers as arrays by name; what depends on it has the shape (periods, days, ..., hours).

    Raises ValueError if the voltage law holds, which the peers' scripts do not write.
    """
    layout = day_layout(case)
    if layout.cycles:
        raise ValueError("a network with reactances is not part of this comparison")
    periods, hours = list(case.periods), len(layout.hours)
    by_period = [period_values(case, layout, period, case.days) for period in periods]

    def numbers(field: str, *shape: int) -> np.ndarray[Any, Any]:
        values = np.stack([each[field] for each in by_period])
        return values.reshape(len(periods), len(case.days), *shape)

    growing = [pair for pair in layout.generators if pair in layout.growing]
    matching = [pair for pair in layout.generators if pair in layout.matching]
    places = [(zone, *place) for zone in layout.hosts for place in layout.places[zone]]

    def plan(name: str, pairs: list[tuple[str, str]]) -> np.ndarray[Any, Any]:
        """Return the upper bound of a link, shape (pairs, periods); nan where it does not exist."""
        known = bounds[name]
        return np.array([[known.get((*pair, period), (0, np.nan))[1] for period in periods] for pair in pairs])

    matching_share = numbers("matching", len(matching), hours)
    matching_new = np.zeros((len(periods), len(case.days), len(growing), hours))
    for place, pair in enumerate(growing):
        if pair in layout.matching:
            matching_new[:, :, place] = matching_share[:, :, matching.index(pair)]

    when = np.array([day.first_hour for day in case.days])[:, None] + np.arange(hours)

    def share(zone: str, technology: str) -> np.ndarray[Any, Any]:
        """Return what can be produced of a plant, shape (days, hours)."""
        column = case.hourly["availability"].get(f"{zone}.{technology}")
        return np.ones(when.shape) if column is None else column[when]

    def words(listed: Any) -> np.ndarray[Any, Any]:
        return np.array(list(listed), dtype=str)

    def joined(pairs: Any) -> np.ndarray[Any, Any]:
        return words(".".join(pair) for pair in pairs)

    lines = [case.lines[line] for line in layout.lines]
    stores = [case.technologies[technology] for _, technology in layout.stores]
    np.savez(
        path,
        period=words(periods),
        day=words(day.day for day in case.days),
        hour=np.arange(hours),
        zone=words(layout.zones),
        host=words(layout.hosts),
        generator=joined(layout.generators),
        generator_zone=words(zone for zone, _ in layout.generators),
        store=joined(layout.stores),
        store_zone=words(zone for zone, _ in layout.stores),
        line=words(layout.lines),
        line_from=words(row.from_zone for row in lines),
        line_to=words(row.to_zone for row in lines),
        place=joined(place for _, *place in places),
        place_zone=words(zone for zone, *_ in places),
        reservoir=joined(layout.reservoirs),
        growing=joined(growing),
        matching=joined(matching),
        matching_zone=words(zone for zone, _ in matching),
        load_mw=numbers("load_mw", len(layout.zones), hours),
        existing_mw=numbers("existing_mw", len(layout.generators), hours),
        availability=numbers("availability", len(growing), hours),
        growing_zone=words(zone for zone, _ in growing),
        matching_share=matching_share,
        matching_new=matching_new,
        draw=numbers("draw", len(places), hours),
        intensity=numbers("intensity_t_per_mwh", len(layout.hosts), hours),
        generator_mw=np.array([[fleet_mw(case, *pair, period) for pair in layout.generators] for period in periods]),
        generator_share=np.stack([np.stack([share(*pair) for pair in layout.generators], axis=1)] * len(periods)),
        fleet_mw=numbers("fleet_mw", len(layout.stores)),
        shed_mwh=numbers("shed_mwh"),
        days_per_year_e6=numbers("days_per_year_e6"),
        alive_mw=plan("alive_mw", [(site, cooling) for _, site, cooling in places]),
        plant_generator_mw=plan("plant_mw", growing),
        plant_store_mw=plan("plant_mw", list(layout.stores)),
        own_mw=plan("own_mw", matching),
        plant_generator_meur=np.array([plant_meur(case, technology) for _, technology in growing]),
        plant_store_meur=np.array([plant_meur(case, technology) for _, technology in layout.stores]),
        reservoir_mw=np.array([mean_mw(case, *pair) for pair in layout.reservoirs]),
        day_share=day_share(case),
        forward_mw=np.array([row.forward_mw for row in lines]),
        backward_mw=np.array([row.backward_mw for row in lines]),
        loss_share=np.array([row.loss_share for row in lines]),
        efficiency_share=np.array([row.efficiency_share for row in stores]),
        duration_hours=np.array([row.duration_hours for row in stores]),
        generator_eur=np.array([case.marginal_eur_per_mwh(*pair) for pair in layout.generators]),
        store_eur=np.array([case.marginal_eur_per_mwh(*pair) for pair in layout.stores]),
        lost_load_eur=np.array(case.settings.money.lost_load_eur_per_mwh),
    )
