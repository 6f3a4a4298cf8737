"""How well a plan's draw is matched in every hour of the record: the year's score, and the duration curve."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from models.case import Array, Case
from models.clean_share import matching_share, unclean_share
from models.day_parameters import day_layout
from models.firming import Hours, every_day, firming_of
from models.plan import MatchingCurveRow, MatchingRow, Plan

PERCENTS = (*range(0, 100, 5), 98, 99, 100)
"""Points of the duration curve."""
LEAST_MW = 0.1
"""Zones whose new servers never draw more have no row."""
ROUNDING = 1e-6
"""Share of the draw that rounding may leave unmatched."""
WHOLE = "plan"


def matching_tables(case: Case, plan: Plan) -> Mapping[str, Any]:
    """Return the plan's tables of matching over the record."""
    rows, curve = list[MatchingRow](), list[MatchingCurveRow]()
    for period in case.periods:
        figures, delivered = dict[str, Array](), dict[str, float]()
        for zone, draw in _draws_mw(case, plan, period).items():
            if draw.max() > LEAST_MW:
                supply = _supplied_mw(case, plan, zone, period)
                matched = np.minimum(draw, supply)
                clean = draw - unclean_share(case, zone, period) * (draw - matched)
                figures[zone] = np.array([draw, supply, matched, clean])
                delivered[zone] = _delivered_twh(case, plan, zone, period)
        if figures:
            figures[WHOLE], delivered[WHOLE] = np.sum([*figures.values()], axis=0), sum(delivered.values())
        for zone, hourly in figures.items():
            hours = 8760 / hourly.shape[1]
            draw, _, matched, _ = hourly
            share = np.divide(matched, draw, out=np.ones_like(draw), where=draw > 0)
            counts = {percent: hours * float((share >= percent / 100 - ROUNDING).sum()) for percent in PERCENTS}
            drawn_twh, supplied_twh, matched_twh, clean_twh = (hours / 1e6 * hourly.sum(axis=1)).tolist()
            rows.append(
                MatchingRow(
                    zone=zone,
                    period=period,
                    drawn_twh=drawn_twh,
                    matched_twh=matched_twh,
                    clean_twh=clean_twh,
                    supplied_twh=supplied_twh,
                    delivered_twh=delivered[zone],
                    matched_hours=counts[100],
                    least_share=float(share.min()),
                )
            )
            curve += [
                MatchingCurveRow(zone=zone, period=period, percent=percent, hours=found)
                for percent, found in counts.items()
            ]
    return {"matching": tuple(rows), "matching_curve": tuple(curve)}


def _draws_mw(case: Case, plan: Plan, period: str) -> dict[str, Array]:
    """Return what the new servers of each zone draw with their cooling in every hour."""
    draws: dict[str, Array] = {}
    for row in plan.halls:
        if row.period == period and row.alive_mw:
            zone = case.sites[row.site].zone
            drawn = case.settings.halls.utilisation_share * row.alive_mw * case.climate.pue[row.site, row.cooling]
            draws[zone] = draws.get(zone, 0.0) + drawn
    return draws


def _supplied_mw(case: Case, plan: Plan, zone: str, period: str) -> Array:
    """Return what contracts and new plant of a zone can give in every hour, made even by their stores."""
    total = np.zeros(len(case.hourly["load"][zone]))
    for origin, technology, matching_mw, _ in _sources(case, plan, zone, period):
        total += matching_mw * matching_share(case, origin, technology, period)
    when = every_day(case)
    total[when] += _made_even_mw(case, plan, zone, period, when)
    return total


def _delivered_twh(case: Case, plan: Plan, zone: str, period: str) -> float:
    """Return what of a zone's draw the plan's dispatch delivers in the same hour in a year of its representative days."""
    position, output = plan.hourly.periods.index(period), plan.hourly.by_key("output_mw")
    draw = plan.hourly.by_key("servers_mw")[zone][position]
    given = np.zeros_like(draw)
    when = np.array([day.first_hour for day in case.days])[:, None] + np.arange(draw.shape[1])
    built = {(row.zone, row.technology): row.plant_mw for row in plan.supply if row.period == period}
    running = {*day_layout(case).running}
    for origin, technology, matching_mw, capacity_mw in _sources(case, plan, zone, period):
        made, pair = output[f"{origin}.{technology}"][position], (origin, technology)
        if pair in running and (new_mw := built[pair]):  # it is what runs first, the market decides on the rest
            apart = new_mw * matching_share(case, *pair, period)[when]
            new_mw = min(new_mw, abs(matching_mw))
            given += np.sign(matching_mw) * new_mw * apart / built[pair]
            matching_mw -= np.sign(matching_mw) * new_mw
            made, capacity_mw = made - apart, max(capacity_mw - built[pair], 1e-9)
        given += np.clip(matching_mw / capacity_mw, -1.0, 1.0) * made
    given += _made_even_mw(case, plan, zone, period, when)
    weights = np.array([day.weight for day in case.days])
    return float(weights @ np.clip(given, 0.0, draw).sum(axis=1)) / 1e6


def _sources(case: Case, plan: Plan, zone: str, period: str) -> Iterator[tuple[str, str, float, float]]:
    """Yield the low-carbon generation that matches in a zone: where and what, MW that match, MW of all of it.

    What lines bring counts less their losses, what they take below 0.
    """
    existing = 0.0 if case.settings.matching.additional else 1.0
    capacity = {(row.zone, row.technology): row.fleet_mw + row.plant_mw for row in plan.supply if row.period == period}
    for row in plan.supply:
        kind, held_mw = case.technologies[row.technology], row.plant_mw + existing * row.own_mw
        if (row.zone, row.period) == (zone, period) and held_mw and kind.low_carbon and kind.kind != "storage":
            yield zone, row.technology, held_mw, capacity[zone, row.technology]
    for sent in plan.sending:
        line = case.lines[sent.line]
        ends = (line.from_zone, line.to_zone) if sent.way == "forward" else (line.to_zone, line.from_zone)
        for end, share in zip(ends, (-1.0, 1 - line.loss_share), strict=True):
            if (end, sent.period) == (zone, period):
                yield ends[0], sent.technology, share * sent.sent_mw, capacity[ends[0], sent.technology]


def _made_even_mw(case: Case, plan: Plan, zone: str, period: str, when: Hours) -> Array:
    """Return what the stores of a zone add in the hours of days to the output of the plant that they make even, MW."""
    changes = firming_of(case, dict.fromkeys((row.zone, row.store, row.technology) for row in plan.firming), when)
    here = (row for row in plan.firming if (row.zone, row.period) == (zone, period))
    parts = (row.firmed_mw * changes[row.zone, row.store, row.technology] for row in here)
    return sum(parts, start=np.zeros(when.shape))
