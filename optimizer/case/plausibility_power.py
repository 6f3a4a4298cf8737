"""Warnings about the electricity system: zones without supply, plants and lines out of proportion, lost laws."""

from collections.abc import Iterator, Mapping

import numpy as np

from models.case import Case
from models.cycles import independent_cycles
from models.upper_bounds import fleet_mw
from optimizer.case.faults import Fault
from optimizer.case.table import Tables

MOST_PER_PEAK = 20.0
"""Plants of one technology are at most so many times their zone's peak load or its lines; 4 in northern Sweden."""
MOST_ONE_WAY = 100.0
"""The two ways of a line differ by less than this factor."""
FULL_HOURS = (100.0, 8784.0)
"""Hours a year at full power that a reservoir's water can mean."""


def imports_mw(case: Case, zone: str) -> float:
    """Return what all lines can bring into a zone, MW."""
    into = [row.backward_mw for row in case.lines.values() if row.from_zone == zone]
    return sum(into) + sum(row.forward_mw for row in case.lines.values() if row.to_zone == zone)


def plants_mw(case: Case, zone: str, period: str) -> float:
    """Return the existing capacity of all technologies in a zone, MW."""
    return sum(fleet_mw(case, zone, technology, period) for technology in case.technologies)


def zones_with_load_have_supply(tables: Tables, case: Case) -> Iterator[Fault]:
    """A zone with load but no plant and no line, or too few of both for its highest load."""
    for zone, row in case.zones.items():
        peak = float(case.hourly["load"][zone].max())
        for period, when in case.periods.items():
            years = when.first_year - case.settings.money.base_year
            most = peak * (1 + row.load_growth_share) ** years
            supply = plants_mw(case, zone, period) + imports_mw(case, zone)
            if most > 0 and supply < most:
                few = f"{most:,.0f} MW of load in {when.first_year}, fleets and lines bring at most {supply:,.0f} MW"
                none = "has load but no fleet and no line: add MW in fleets or lines"
                yield tables["zones"].fault(zone, "zone", few if supply else f"zone {zone} {none}")
                break


def plants_fit_their_zone(tables: Tables, case: Case) -> Iterator[Fault]:
    """A fleet or a potential is out of all proportion to its zone's load."""
    for name, column in (("fleets", "capacity_mw"), ("potentials", "potential_mw")):
        for key, row in getattr(case, name).items():
            peak = float(case.hourly["load"][row.zone].max())
            if peak and getattr(row, column) > MOST_PER_PEAK * max(peak, imports_mw(case, row.zone)):
                rule = (
                    f"over {MOST_PER_PEAK:g} times the zone's peak load, {peak:,.0f} MW, and its lines (another unit?)"
                )
                yield tables[name].fault(key, column, rule)


def lines_go_both_ways(tables: Tables, case: Case) -> Iterator[Fault]:
    """A line carries next to nothing one way beside the other."""
    for line, row in case.lines.items():
        ways = row.forward_mw, row.backward_mw
        if min(ways) > 0 and max(ways) >= MOST_ONE_WAY * min(ways):
            yield tables["lines"].fault(line, "backward_mw", f"forward_mw is {row.forward_mw:g} (another unit?)")


def reservoirs_fit_their_plants(tables: Tables, case: Case) -> Iterator[Fault]:
    """A reservoir's yearly energy is more than its plants can turn out in a year, or next to nothing for them."""
    for key, row in case.reservoirs.items():
        most = max((each.capacity_mw for each in case.fleet_years.get(key, {}).values()), default=0.0)
        hours = row.energy_twh * 1e6 / most if most else 0.0
        if hours and not FULL_HOURS[0] <= hours <= FULL_HOURS[1]:
            yield tables["reservoirs"].fault(key, "energy_twh", f"{hours:,.3g} h a year at full power of {most:g} MW")


def voltages_decide_every_flow(tables: Tables, case: Case) -> Iterator[Fault]:
    """The reactances around some cycle cancel: the voltage law leaves the flow around it open."""
    reactances = {line: row.reactance_pu for line, row in case.lines.items() if row.reactance_pu}
    if min(reactances.values(), default=0.0) >= 0:
        return
    for network in _meshes(independent_cycles(case.lines)):
        lines = sorted({line for cycle in network.values() for line in cycle})
        ways = [[np.sign(cycle.get(line, 0.0) * reactances[line]) for line in lines] for cycle in network.values()]
        drops = np.array(ways)
        signed = np.array([reactances[line] for line in lines])
        signed_drops, scale = (drops * each @ drops.T for each in (signed, np.abs(signed)))
        if np.linalg.svd(signed_drops, compute_uv=False).min() < 1e-9 * np.linalg.svd(scale, compute_uv=False).max():
            rule = "reactances cancel around a cycle: the voltage law leaves its flow open"
            yield tables["lines"].fault(next(iter(network)), "reactance_pu", rule)


def _meshes(cycles: Mapping[str, Mapping[str, float]]) -> Iterator[dict[str, Mapping[str, float]]]:
    """Yield the cycles that hang together by common lines."""
    left = dict(cycles)
    while left:
        closing = next(iter(left))
        mesh = {closing: left.pop(closing)}
        while near := [key for key, cycle in left.items() if any({*cycle} & {*other} for other in mesh.values())]:
            mesh |= {key: left.pop(key) for key in near}
        yield mesh


def price_basis_is_of_these_zones(tables: Tables, case: Case) -> Iterator[Fault]:
    """The price basis was calibrated on the prices of other zones than the case has."""
    zones = case.settings.power.price_basis_zones
    if case.price_basis and case.settings.power.price_basis_scale and zones not in (0, len(case.zones)):
        rule = (
            f"was calibrated on the prices of {zones} zones, the case has {len(case.zones)}, whose prices differ; "
            "power.price_basis_scale = 0 leaves the basis out, power.price_basis_zones = 0 says that it fits"
        )
        yield Fault(tables["price_basis"].file, rule)
