"""Audit of the form: whether a plan belongs to its case and every row and number is there, once, and sane."""

import math
from collections.abc import Iterator
from itertools import product

from pydantic import ValidationError

from models.aspects import modules
from models.plan import MAY_BE_NEGATIVE, RESULT_TABLES, SCHEMA_VERSION
from models.settings import Settings
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, true
from optimizer.case.quality import quality_shares

CHECKS = Registry("form")


Keys = set[tuple[object, ...]]


@CHECKS.rule()
def plan_is_of_this_schema_and_case(audited: AuditedPlan) -> Iterator[Residual]:
    """Schema version, scenario as resolved, hash of every table and quality of its columns are those of the case."""
    provenance = audited.plan.provenance
    yield true("schema_version", audited.plan.schema_version == SCHEMA_VERSION)
    try:
        settings = Settings.model_validate(provenance.scenario)
    except ValidationError:
        settings = None
    yield true("scenario", settings == audited.case.settings)
    yield true("title", audited.plan.title == audited.case.settings.title)
    yield true("quality_shares", provenance.quality_shares == quality_shares(audited.case))
    for file in sorted({*provenance.files, *audited.case.files} - {"scenario.toml"}):
        yield true(file, file in audited.case.files and provenance.files.get(file) == audited.case.files[file])


def expected_keys(audited: AuditedPlan) -> dict[str, tuple[Keys, Keys]]:
    """Return table -> keys that must be there, keys that may be there."""
    case = audited.case
    periods, sites = list(case.periods), list(case.sites)
    kinds = [kind for kind, row in case.technologies.items() if row.kind != "storage"]
    firsts = [day.first_hour for day in audited.full_year.all_days]
    asked: Keys = {index for index, row in case.demand.items() if row.demand_kh100e > 0}
    days = [day.day for day in case.days]
    full: dict[str, Keys] = {
        "sites": set(product(sites, periods)),
        "places": set(product(case.places)),
        "supply": {(*pair, period) for pair, period in product(audited.pairs, periods)},
        "reservoirs": {(*pair, period, day.day) for pair, period, day in product(case.reservoirs, periods, case.days)},
        "levels": {(*pair, *at) for pair, at in product(audited.seasonal, product(periods, range(1, 13)))},
        "carried": {(*pair, *at) for pair, at in product(audited.carrying, product(periods, days))},
        "carried_levels": {
            (*pair, *at) for pair, at in product(audited.carrying, product(periods, range(len(audited.rows_of_days))))
        },
        "zones": set(product(case.zones, periods)),
        "consequences": set(product(case.zones, periods)) if audited.plan.consequences else set(),
        "lines": set(product(case.lines, periods)),
        "water": set(product(case.basins, periods)),
        "carbon": set(product(periods)),
        "circulation": set(product(periods)),
        "days": set(product(periods, (day.day for day in case.days))),
        "money": {
            (ledger, name, period)
            for name, aspect in modules("optimizer.audit").items()
            for ledger, period in product(getattr(aspect, "LEDGERS", ()), periods)
        },
        "spending": set(product(case.funds, periods)),
        "programmes": set(product(case.programmes, periods)),
        "cash": {(year,) for period in periods for year in audited.calendar_years(period)},
        "matching_days": set(product(audited.scored, periods, (day.day for day in case.days))),
        "year": set(product(periods)) if audited.plan.replay else set(),
        "year_days": set(product(periods, firsts)) if audited.plan.replay else set(),
    }
    sparse: dict[str, tuple[Keys, Keys]] = {
        "halls": (set(), set(product(sites, case.cooling, periods))),
        "chips": (set(), set(product(sites, case.chips, case.cooling, periods))),
        "service": (set(), {(site, *index) for site, index in product(sites, asked)}),
        "demand": (asked, set(case.demand)),
        "connections": (set(), set(product(sites, periods))),
        "substations": (set(), set(product(case.substations, periods))),
        "reinforcements": (set(), set(case.reinforcements)),
        "aid": (set(), set(product(sites, case.public_funds, periods))),
        "sending": (set(), set(product(case.lines, ("forward", "backward"), kinds, periods))),
        "counting": (set(), set(product(sites, kinds, periods)) if case.settings.carbon.cap_by == "site" else set()),
        "firming": (set(), {(*at, plant, period) for at, plant, period in product(audited.stores, kinds, periods)}),
    }
    return {table: (keys, keys) for table, keys in full.items()} | sparse


@CHECKS.rule()
def every_row_is_there_once(audited: AuditedPlan) -> Iterator[Residual]:
    """Keys are unique, known to the case, and complete in the tables that list everything."""
    expected = expected_keys(audited)
    for table, answer in RESULT_TABLES.items():
        keys = [tuple(getattr(row, column) for column in answer.key) for row in getattr(audited.plan, table)]
        required, allowed = expected.get(table, (set(), set(keys)))
        yield true(f"{table}: a row twice", len(set(keys)) == len(keys))
        yield true(f"{table}: unknown {sorted(set(keys) - allowed)[:1]}", set(keys) <= allowed)
        yield true(f"{table}: missing {sorted(required - set(keys))[:1]}", required <= set(keys))
    for step in audited.plan.reinforcements:
        yield true(f"reinforcements: {step.period}", step.period in audited.case.periods)
    stages = [stage.objective for stage in audited.plan.proof.stages]
    yield true("stages: one twice", len(set(stages)) == len(stages))


@CHECKS.rule()
def every_number_is_finite_and_of_its_sign(audited: AuditedPlan) -> Iterator[Residual]:
    """Every number is finite, counts are whole, and quantities are not negative."""
    for table, answer in RESULT_TABLES.items():
        for row in getattr(audited.plan, table):
            for column, field in answer.model_fields.items():
                value, where = getattr(row, column), f"{table}.{column}"
                if field.annotation is int:
                    yield true(where, isinstance(value, int) and value >= 0)
                elif field.annotation is float:
                    signed = MAY_BE_NEGATIVE in field.metadata and math.isfinite(value)
                    yield at_most(where, 0.0 if signed else -value, 0.0)
                    yield true(where, math.isfinite(value))
    for stage in audited.plan.proof.stages:
        figures = (stage.value, stage.bound, stage.root_bound, stage.gap_share, stage.plan_value, stage.plan_gap_share)
        for number in (*figures, stage.seconds):
            yield true(f"proof of {stage.objective}", math.isfinite(number))
        counted = (stage.gap_share, stage.plan_gap_share, stage.seconds, stage.nodes)
        yield true(f"proof of {stage.objective}", min(counted) >= 0)
    yield true("committed compute", 0 <= audited.plan.proof.committed_compute < math.inf)


@CHECKS.rule()
def every_hour_is_there(audited: AuditedPlan) -> Iterator[Residual]:
    """The dispatch has a series of every kind and key over all periods, days and hours, finite and not negative."""
    case, hourly = audited.case, audited.plan.hourly
    yield true("periods", hourly.periods == tuple(audited.periods))
    yield true("days", hourly.days == tuple(day.day for day in case.days))
    yield true("hours", hourly.hours == case.settings.time.hours_per_day)
    of_hosts = ("servers_mw", "matched_mw", *(["flexible_mw"] if case.settings.service.flexible_share else []))
    keys = {kind: set(case.zones) for kind in ("load_mw", "shed_mw", *of_hosts)}
    keys |= {"output_mw": {".".join(pair) for pair in audited.generators}}
    keys |= {kind: {".".join(pair) for pair in audited.stores} for kind in ("charge_mw", "discharge_mw", "level_mwh")}
    keys |= {kind: set(case.lines) for kind in ("forward_mw", "backward_mw")}
    keys |= {kind: {".".join(pair) for pair in audited.clustered} for kind in ("online_mw", "started_mw")}
    keys |= {"spilled_mw": set(audited.spilling)}
    yield true("kinds", set(hourly.values) == set(hourly.keys) == set(keys))
    for kind, found in hourly.keys.items():
        optional = set(case.zones) if kind in of_hosts else set()
        known, array = keys.get(kind, set()), hourly.values.get(kind, audited.zeros[None])
        yield true(kind, set(found) <= known and known - optional <= set(found) and len(set(found)) == len(found))
        yield true(f"numbers of {kind}", array.shape == (len(found), *audited.zeros.shape))
        extremes = [bound(axis=(1, 2, 3), initial=0.0).tolist() for bound in (array.min, array.max)]
        for key, lowest, highest in zip(found, *extremes, strict=False):
            yield true(f"{kind}, {key}", math.isfinite(lowest) and math.isfinite(highest))
            yield at_most(f"{kind}, {key}", -lowest, 0.0)


@CHECKS.rule()
def every_day_of_a_replay_is_there(audited: AuditedPlan) -> Iterator[Residual]:
    """A replay has every reservoir's water and every store's energy on every day, finite and not negative."""
    replay = audited.plan.replay
    if replay is None:
        return
    length = len(audited.periods) * len(audited.full_year.all_days)
    for allotted_mwh in (replay.allotted_mwh, replay.baseline_allotted_mwh):
        yield true("reservoirs", set(allotted_mwh) == {".".join(pair) for pair in audited.case.reservoirs})
        yield from (true(key, len(given) == length) for key, given in allotted_mwh.items())
        yield from (_amounts(key, given) for key, given in allotted_mwh.items())
    for carried_mwh in (replay.carried_mwh, replay.baseline_carried_mwh):
        yield true("stores", set(carried_mwh) == {".".join(pair) for pair in audited.carrying})
        yield from (true(key, len(carried) == length) for key, carried in carried_mwh.items())
        yield from (_amounts(key, carried) for key, carried in carried_mwh.items())
    yield _amounts("gap_share", (replay.gap_share,))
    yield _amounts("unserved_mwh", (replay.unserved_mwh,))


def _amounts(where: str, numbers: tuple[float, ...]) -> Residual:
    """Record whether numbers are finite and not negative."""
    finite = all(map(math.isfinite, numbers))
    return at_most(where, -min(numbers, default=0.0), 0.0) if finite else true(where, holds=False)
