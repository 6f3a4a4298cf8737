"""Audit of the whole year: every day of the record from the plan's decisions, and some of them dispatched afresh.

What the new servers draw, what of it is matched and what the rest emits is recomputed for every hour. The running cost,
the load lost and the direct emissions are those of an own dispatch (`redispatch`) on a sample of days: the one
that loses most, the dearest, and a few that follow from the halls built; all others are held by the totals.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from models.case import Array
from models.plan import FullYearDayRow
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.redispatch import Redispatch, RedispatchRequest, RedispatchResult, drawn
from optimizer.audit.registry import TOLERANCE, Registry, Residual, at_least, at_most, equal, true

CHECKS = Registry("year")

DRAWN_DAYS = 4
"""Days of the sample that follow from the halls."""
SUMMED = {
    **{name: (name, 1.0) for name in ("system_meur", "baseline_meur", "shed_mwh", "baseline_shed_mwh", "system_kt")},
    **{name: (name, 1.0) for name in ("system_without_kt", "burnt_hours", "burnt_mwh")},
    "servers_twh": ("servers_mwh", 1e-6),
    "matched_twh": ("matched_mwh", 1e-6),
    "attributional_kt": ("emitted_t", 1e-3),
}
"""Column of the year -> column of its days, and the unit of the one in that of the other."""


def day_of(audited: AuditedPlan, row: FullYearDayRow) -> tuple[int, int]:
    """Return the positions of a row's period and day in arrays of the year."""
    return audited.periods.index(row.period), row.first_hour // audited.full_year.case.settings.time.hours_per_day


def _daily(audited: AuditedPlan, column: str, daily: Array) -> Iterator[Residual]:
    """Compare a column of the days with what it must be, shape (periods, days)."""
    for row in audited.plan.year_days:
        yield equal(_name(row), getattr(row, column), float(daily[day_of(audited, row)]))


def _name(row: FullYearDayRow) -> str:
    return f"{row.period}, from hour {row.first_hour}"


@CHECKS.rule()
def servers_draw_power_with_their_cooling_on_every_day(audited: AuditedPlan) -> Iterator[Residual]:
    """Draw of a day = sum over hours, sites and cooling of use x hourly PUE x servers in service."""
    year = audited.full_year
    yield from _daily(audited, "servers_mwh", sum(year.draws_mw.values(), year.zeros).sum(axis=2))


@CHECKS.rule()
def draw_is_matched_as_far_as_contracts_and_plants_allow(audited: AuditedPlan) -> Iterator[Residual]:
    """Matched draw of a day = sum over zones and hours of the smaller of draw and low-carbon plant available."""
    year = audited.full_year
    matched = (np.minimum(draw_mw, year.matchable_mw[zone]) for zone, draw_mw in year.draws_mw.items())
    yield from _daily(audited, "matched_mwh", sum(matched, year.zeros).sum(axis=2))


@CHECKS.rule()
def unmatched_draw_emits_at_the_zone_intensity_on_every_day(audited: AuditedPlan) -> Iterator[Residual]:
    """Emissions of a day = sum over zones and hours of intensity x draw not matched, in t."""
    year = audited.full_year
    emitted = (
        year.intensity_t_per_mwh(zone) * np.maximum(draw_mw - year.matchable_mw[zone], 0.0)
        for zone, draw_mw in year.draws_mw.items()
    )
    yield from _daily(audited, "emitted_t", sum(emitted, year.zeros).sum(axis=2))


@CHECKS.rule()
def reservoirs_last_the_year(audited: AuditedPlan) -> Iterator[Residual]:
    """The days of a year are allotted no more than the reservoir's yearly energy, with and without data centres."""
    times = audited.full_year.all_days[0].weight
    for (pair, row), served in product(audited.case.reservoirs.items(), (True, False)):
        for period, days_mwh in zip(audited.periods, _allotted(audited, ".".join(pair), served), strict=True):
            where = f"{', '.join(pair)}, {period}, {_with(served)}"
            yield at_most(where, times * float(days_mwh.sum()), row.energy_twh * 1e6)


@CHECKS.rule()
def reservoirs_keep_what_flows_in_month_by_month(audited: AuditedPlan) -> Iterator[Residual]:
    """Levels exist that follow what flows in and what the days are allotted, within the store, year after year."""
    times = audited.full_year.all_days[0].weight
    for pair, served in product(audited.seasonal, (True, False)):
        store_mwh = audited.case.reservoirs[pair].store_twh * 1e6
        lowest, highest = (store_mwh * audited.of_months(pair, f"level_{end}_share") for end in ("min", "max"))
        inflow_mwh = audited.inflow_mwh(pair)
        for period, days_mwh in zip(audited.periods, _allotted(audited, ".".join(pair), served), strict=True):
            where, used_mwh = (
                f"{', '.join(pair)}, {period}, {_with(served)}",
                times * days_mwh @ audited.full_year.months_of_record,
            )
            levels_mwh, after_mwh = _highest_levels(inflow_mwh - used_mwh, highest)
            for month, (level, least) in enumerate(zip(levels_mwh.tolist(), lowest.tolist(), strict=True), start=1):
                yield at_least(f"{where}, month {month}", level, least, float(inflow_mwh.sum()))
            yield at_least(f"{where}, after a year", after_mwh, float(levels_mwh[0]), float(inflow_mwh.sum()))


def _highest_levels(gained_mwh: Array, highest_mwh: Array) -> tuple[Array, float]:
    """Return the highest level at the start of each month of the second year, and at its end; the rest is spilt."""
    level, levels = highest_mwh[0], np.zeros(24)
    for month in range(24):
        levels[month] = level
        level = min(level + gained_mwh[month % 12], highest_mwh[(month + 1) % 12])
    return levels[12:], float(level)


@CHECKS.rule()
def energy_carried_over_stays_within_the_store_all_year(audited: AuditedPlan) -> Iterator[Residual]:
    """What is in a store before each day <= hours of discharge x capacity, new plant with the data centres alone."""
    for pair, served in product(audited.carrying, (True, False)):
        for period, levels_mwh in zip(audited.periods, _carried(audited, ".".join(pair), served), strict=True):
            new_mwh = audited.store_mwh(*pair, period) if served else 0.0
            size = audited.case.technologies[pair[1]].duration_hours * audited.fleet_mw(*pair, period) + new_mwh
            yield at_most(f"{', '.join(pair)}, {period}, {_with(served)}", float(levels_mwh.max(initial=0.0)), size)


@CHECKS.rule()
def nothing_is_burnt_where_nothing_pays_for_it(audited: AuditedPlan) -> Iterator[Residual]:
    """No power goes round where no plant earns by its output and no voltage law makes power unwanted."""
    paid = any(audited.marginal_eur_per_mwh(*pair) < 0 for pair in audited.pairs) or bool(audited.clustered)
    if not paid and all(row.reactance_pu == 0 for row in audited.case.lines.values()):
        for row in audited.plan.year_days:
            yield at_most(_name(row), row.burnt_hours, 0.0)
            yield at_most(_name(row), row.burnt_mwh, 0.0)


@CHECKS.rule()
def hardly_any_load_is_shed_on_any_day(audited: AuditedPlan) -> Iterator[Residual]:
    """Load not served in a day <= shed_share x the day's load, and so there is none beyond it."""
    limit_mwh = _shed_limit_mwh(audited)
    beyond = [0.0]
    for row in audited.plan.year_days:
        limit = float(limit_mwh[day_of(audited, row)])
        yield at_most(_name(row), row.shed_mwh, limit)
        beyond.append(audited.full_year.all_days[0].weight * max(0.0, row.shed_mwh - limit))
    lost = sum(row.shed_mwh for row in audited.plan.year_days)
    yield equal("unserved_mwh", audited.plan.replay.unserved_mwh if audited.plan.replay else 0.0, sum(beyond), lost)


@CHECKS.rule()
def totals_are_those_of_the_days(audited: AuditedPlan) -> Iterator[Residual]:
    """A year = its days, each as often as it comes; what it adds to the net present cost is discounted as such."""
    for row in audited.plan.year:
        days = [day for day in audited.plan.year_days if day.period == row.period]
        for column, (daily, unit) in SUMMED.items():
            found = audited.full_year.all_days[0].weight * unit * sum(getattr(day, daily) for day in days)
            yield equal(f"{column} of {row.period}", getattr(row, column), found)
        model = next(each for each in audited.plan.carbon if each.period == row.period)
        above_meur = (row.system_meur - row.baseline_meur) - (model.system_meur - model.baseline_meur)
        yield equal(f"present_meur of {row.period}", row.present_meur, audited.annuity(row.period) * above_meur)
        open_meur = audited.annuity(row.period) * row.noise_meur
        yield equal(f"present_noise_meur of {row.period}", row.present_noise_meur, open_meur)


@CHECKS.rule()
def sampled_days_cost_and_emit_what_an_own_dispatch_does(audited: AuditedPlan) -> Iterator[Residual]:
    """Running cost = the least of an own dispatch; one that loses and emits what is stated costs no more."""
    dispatch, limit_mwh = Redispatch(audited.full_year), _shed_limit_mwh(audited)
    allotted = {
        served: [_allotted(audited, ".".join(pair), served) for pair in audited.case.reservoirs]
        for served in (True, False)
    }
    carried = {
        served: [_carried(audited, ".".join(pair), served) for pair in audited.carrying] for served in (True, False)
    }
    for row in sample(audited):
        position = day_of(audited, row)
        statements = {
            True: RedispatchResult(row.system_meur, row.shed_mwh, row.system_kt),
            False: RedispatchResult(row.baseline_meur, row.baseline_shed_mwh, row.system_without_kt),
        }
        for served, stated in statements.items():
            where = f"{_name(row)}, {_with(served)}"
            given_mwh = np.array([days_mwh[position] for days_mwh in allotted[served]])
            most_mwh = max(float(limit_mwh[position]), stated.shed_mwh)
            levels = [(each[position], np.roll(each, -1, axis=1)[position]) for each in carried[served]]
            request = RedispatchRequest(*position, served, given_mwh, most_mwh, carried_mwh=tuple(levels))
            cheapest = dispatch.cheapest(request)
            yield true(f"{where}: no dispatch", cheapest is not None)
            if cheapest is None:
                continue
            yield equal(where, stated.system_meur, cheapest.system_meur)
            restated = cheapest if _same(stated, cheapest) else dispatch.cheapest(request, stated, TOLERANCE)
            yield true(f"{where}: no dispatch loses and emits so", restated is not None)
            if restated is not None:
                yield equal(f"{where}, losing and emitting as stated", restated.system_meur, stated.system_meur)


def sample(audited: AuditedPlan) -> list[FullYearDayRow]:
    """Return the days that are dispatched afresh, each once."""
    days = sorted(audited.plan.year_days, key=lambda row: (row.period, row.first_hour))
    worst = [max(days, key=lambda row: row.shed_mwh), max(days, key=lambda row: row.system_meur)]
    return list(dict.fromkeys([*worst, *drawn(audited, days, DRAWN_DAYS)]))


def _same(one: RedispatchResult, other: RedispatchResult) -> bool:
    """Tell whether two dispatches lose and emit the same."""
    residuals = (equal("", one.shed_mwh, other.shed_mwh), equal("", one.system_kt, other.system_kt))
    return all(float(each.violation) <= TOLERANCE for each in residuals)


def _with(served: bool) -> str:
    return f"{'with' if served else 'without'} data centres"


def _allotted(audited: AuditedPlan, key: str, served: bool) -> Array:
    """Return the energy that a reservoir may give, shape (periods, days)."""
    replay = audited.plan.replay
    allotted_mwh = {} if replay is None else replay.allotted_mwh if served else replay.baseline_allotted_mwh
    return np.array(allotted_mwh.get(key, ()), dtype=float).reshape(len(audited.periods), -1)


def _carried(audited: AuditedPlan, key: str, served: bool) -> Array:
    """Return what is in a store before each day, shape (periods, days)."""
    replay = audited.plan.replay
    carried_mwh = {} if replay is None else replay.carried_mwh if served else replay.baseline_carried_mwh
    return np.array(carried_mwh.get(key, ()), dtype=float).reshape(len(audited.periods), -1)


def _shed_limit_mwh(audited: AuditedPlan) -> Array:
    """Return the most load that may be lost in a day, shape (periods, days)."""
    return audited.full_year.shed_limit_mwh
