"""Rules across tables: every function of the tables `given` is one, and yields faults."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from models.calendar import MONTH_DAYS, MONTHS
from models.case import PUBLIC_KINDS, Array
from models.inflows import highest_levels_mwh
from models.settings import Names, Settings
from optimizer.case.checks_coordinates import coordinate_faults
from optimizer.case.checks_sources import statement_faults
from optimizer.case.checks_sovereignty import control_faults, limit_faults, operator_faults
from optimizer.case.checks_time import construction_faults, hour_faults, life_faults, period_faults, wet_bulb_faults
from optimizer.case.faults import Fault, capped, rules_in, suggestion
from optimizer.case.settings import setting_fields, setting_of
from optimizer.case.table import Table

NEARLY_ALL = 1e-3
"""The months of a reservoir may have more or less than its year's energy by this share: they are rounded."""


@dataclass(frozen=True)
class UncheckedCase:
    """Everything read from a case folder, sound cell by cell, before it is known whether it fits together."""

    tables: Mapping[str, Table]
    hourly: Mapping[str, Mapping[str, Array]]
    settings: Settings
    polygons: Mapping[str, BaseGeometry] = field(default_factory=dict)


def check_case(
    tables: Mapping[str, Table],
    hourly: Mapping[str, Mapping[str, Array]],
    settings: Settings,
    polygons: Mapping[str, BaseGeometry] | None = None,
) -> list[Fault]:
    """Return the faults of tables that are sound one by one; `polygons` holds the zones' polygons in degrees."""
    given = UncheckedCase(tables, hourly, settings, polygons or {})
    return [fault for rule in RULES for fault in capped(rule(given), "rows", alike=_column)]


def _column(fault: Fault) -> tuple[object, ...]:
    return fault.file, fault.column, fault.follows


def references_name_rows(given: UncheckedCase) -> Iterator[Fault]:
    """Every foreign key names a row of its table."""
    for table in given.tables.values():
        for column, target in table.row_class.refers.items():
            for key in table.rows:
                yield from _unknown(table, key, column, given.tables[target])


def _unknown(table: Table, key: Any, column: str, target: Table) -> Iterator[Fault]:
    word = getattr(table.rows[key], column)
    if word not in target.lines:
        rule = f"no such row in {target.file}" + suggestion(word, target.lines)
        yield table.fault(key, column, rule, target.hidden_keys)


def rules_of_the_scenario_name_rows(given: UncheckedCase) -> Iterator[Fault]:
    """Every list of the scenario names rows of its table, each once, and no site that must be chosen is ruled out."""
    for path, key in setting_fields().items():
        for table in (given.tables[mark.table] for mark in key.metadata if isinstance(mark, Names)):
            for word, times in Counter(setting_of(given.settings, path)).items():
                if word not in table.lines:
                    rule = f"no such row in {table.file}" + suggestion(word, table.lines)
                    yield Fault("scenario", rule, column=path, value=word, follows=table.hidden_keys)
                elif times > 1:
                    yield Fault("scenario", "is listed twice", column=path, value=word)
    rules, sites = given.settings.siting, given.tables["sites"].rows
    for site in (site for site in rules.must if site in sites):
        country = sites[site].country
        ruled_out = {
            "siting.must_not": site in rules.must_not,
            "siting.only": bool(rules.only) and site not in rules.only,
            "siting.countries_not": country in rules.countries_not,
        }
        for path in (path for path, is_so in ruled_out.items() if is_so):
            yield Fault("scenario", f"{path} rules it out", column="siting.must", value=site)


def risks_asked_about_are_listed(given: UncheckedCase) -> Iterator[Fault]:
    """Where risks may come true, the table `shared_risks` says which."""
    asked = given.settings.resilience.risks_lost
    if asked and not given.tables["shared_risks"].lines:
        yield Fault("scenario", "the table shared_risks lists none", column="resilience.risks_lost", value=str(asked))


def limits_on_places_know_them(given: UncheckedCase) -> Iterator[Fault]:
    """What a limit on places asks is told of every site that may be opened or extended; a law ends after it begins."""
    rules, places = given.settings.siting, given.tables["places"]
    named = {"flood_not": "flood", "protected_not": "protected"}
    asked = ("seismic_max_g", "exchange_max_km", "workforce_min_people", *named)
    for key in (each for each in asked if getattr(rules, each) not in (None, 0, False)):
        open_to = [site for site, row in given.tables["sites"].rows.items() if row.land_mw]
        told = {site for site, row in places.rows.items() if key not in named or getattr(row, named[key])}
        if unknown := [site for site in open_to if site not in told]:
            rule = f"{places.file} says nothing of {len(unknown)} sites, such as {unknown[0]}"
            yield Fault("scenario", rule, column=f"siting.{key}", value=f"{getattr(rules, key)}")
    for law, row in given.tables["laws"].rows.items():
        if row.until_year < row.from_year:
            yield given.tables["laws"].fault(law, "until_year", f"before from_year = {row.from_year}")


def times_fit(given: UncheckedCase) -> Iterator[Fault]:
    """Periods follow one another, plants are built in time, hourly tables hold as many whole days as asked."""
    yield from period_faults(given.tables["periods"], given.settings.money.base_year)
    yield from construction_faults(given.tables["technologies"])
    yield from hour_faults(given.hourly, given.settings.time)


def committed_sites_are_complete(given: UncheckedCase) -> Iterator[Fault]:
    """Committed sites state power, chip and cooling; candidates state none."""
    table = given.tables["sites"]
    for key, row in table.rows.items():
        committed = row.status == "committed"
        if committed and row.committed_mw == 0:
            yield table.fault(key, "committed_mw", "a committed site must state the server power it holds")
        if not committed and row.committed_mw > 0:
            yield table.fault(key, "committed_mw", "must be 0 for a candidate site")
        for column, target in (("committed_chip", "chips"), ("committed_cooling", "cooling")):
            if committed:
                yield from _unknown(table, key, column, given.tables[target])
            elif getattr(row, column):
                yield table.fault(key, column, "must be empty for a candidate site")


def operators_are_known(given: UncheckedCase) -> Iterator[Fault]:
    """Committed sites name a row of `operators`, candidates none; who accepts a bloc names one with members."""
    yield from operator_faults(given.tables)


def sovereignty_limits_can_be_told(given: UncheckedCase) -> Iterator[Fault]:
    """Floors and ceilings of blocs name what there is, no floor is above its ceiling, operators are decided."""
    yield from limit_faults(given.tables, given.settings.sovereignty.operators)


def control_can_be_counted(given: UncheckedCase) -> Iterator[Fault]:
    """What the scenario asks of operators and of its bloc the tables can say: a capacity, members."""
    yield from control_faults(given.tables, given.settings)


def candidates_can_open(given: UncheckedCase) -> Iterator[Fault]:
    """A candidate has land for its least power."""
    table = given.tables["sites"]
    for key, row in table.rows.items():
        if row.status == "candidate" and row.minimum_mw > row.land_mw:
            yield table.fault(key, "minimum_mw", f"more than land_mw = {row.land_mw:g}, so the site could never open")


def substations_feed_their_sites(given: UncheckedCase) -> Iterator[Fault]:
    """A site and its substation are in the same zone."""
    table, substations = given.tables["sites"], given.tables["substations"].rows
    for key, row in table.rows.items():
        substation = substations.get(row.substation)
        if substation and substation.zone != row.zone:
            yield table.fault(key, "zone", f"its substation {row.substation} is in zone {substation.zone}")


def places_are_where_they_belong(given: UncheckedCase) -> Iterator[Fault]:
    """Sites, substations, zones and regions lie where they can, and near one another where they must."""
    yield from coordinate_faults(given.tables, given.polygons)


def reinforcement_steps_count_up(given: UncheckedCase) -> Iterator[Fault]:
    """The steps of a substation are numbered 1, 2, ... without hole."""
    table = given.tables["reinforcements"]
    known = {key[:2] for key in table.lines}
    for key in table.rows:
        if key[1] > 1 and (key[0], key[1] - 1) not in known:
            yield table.fault(key, "step", f"the substation has no step {key[1] - 1}", table.hidden_keys)


def reservoirs_have_energy(given: UncheckedCase) -> Iterator[Fault]:
    """Fleets of kind reservoir, and only those technologies, have a yearly energy."""
    technologies, reservoirs, fleets = (given.tables[name] for name in ("technologies", "reservoirs", "fleets"))
    kinds = {key: row.kind for key, row in technologies.rows.items()}
    for key, row in reservoirs.rows.items():
        if kinds.get(row.technology, "reservoir") != "reservoir":
            yield reservoirs.fault(key, "technology", f"is of kind {kinds[row.technology]}, not reservoir")
    for key, row in fleets.rows.items():
        if kinds.get(row.technology) == "reservoir" and key[:2] not in reservoirs.lines:
            rule = f"no row {row.zone},{row.technology} in {reservoirs.file}"
            yield fleets.fault(key, "technology", rule, reservoirs.hidden_keys)


def inflows_fill_the_year(given: UncheckedCase) -> Iterator[Fault]:
    """A reservoir has an inflow for every month or none, all of its energy, and levels that its inflow can keep."""
    table, reservoirs = given.tables["inflows"], given.tables["reservoirs"].rows
    months: dict[Any, dict[int, Any]] = {}
    for (zone, technology, month), row in table.rows.items():
        months.setdefault((zone, technology), {})[month] = row
    for pair, rows in months.items():
        last = (*pair, max(rows))
        if pair not in reservoirs:
            follows = table.hidden_keys or given.tables["reservoirs"].hidden_keys
            yield table.fault(
                last, "technology", f"no row {pair[0]},{pair[1]} in {given.tables['reservoirs'].file}", follows
            )
            continue
        if len(rows) < len(MONTHS):
            missing = next(month for month in MONTHS if month not in rows)
            yield table.fault(last, "month", f"month {missing} of {pair[0]},{pair[1]} is missing", table.hidden_keys)
            continue
        if wrong := [month for month, row in rows.items() if row.level_min_share > row.level_max_share]:
            yield table.fault((*pair, wrong[0]), "level_min_share", "above level_max_share")
        elif abs(sum(row.inflow_share for row in rows.values()) - 1) > NEARLY_ALL:
            total = sum(row.inflow_share for row in rows.values())
            yield table.fault(last, "inflow_share", f"twelve months sum to {total:.4g} instead of 1")
        elif not _keeps_its_levels(reservoirs[pair], [rows[month] for month in MONTHS]):
            yield table.fault(last, "level_min_share", "cannot be kept: too little flows in beyond the least output")


def _keeps_its_levels(reservoir: Any, rows: list[Any]) -> bool:
    """Tell whether a reservoir that gives its least output keeps its levels."""
    inflow, least, lowest, highest = np.array(
        [[row.inflow_share, row.least_mw, row.level_min_share, row.level_max_share] for row in rows]
    ).T
    given, store = least * 24 * np.array(MONTH_DAYS), reservoir.store_twh * 1e6
    energy = reservoir.energy_twh * 1e6
    return highest_levels_mwh(energy * inflow, given, store * lowest, store * highest) is not None


def stress_lies_in_the_record(given: UncheckedCase) -> Iterator[Fault]:
    """A stretch of stress ends before the hourly tables do."""
    table, hours = (
        given.tables["stress_days"],
        min((len(each) for each in given.hourly.get("load", {}).values()), default=0),
    )
    for key, row in table.rows.items():
        if hours and row.first_hour + row.hours > hours:
            yield table.fault(
                key, "first_hour", f"with its {row.hours} hours beyond the {hours:,} of the hourly tables"
            )


def stores_hold_and_return(given: UncheckedCase) -> Iterator[Fault]:
    """Storage has a duration, most hours not below it and an efficiency above 0, and nothing else carries over."""
    table = given.tables["technologies"]
    for key, row in table.rows.items():
        for column in ("duration_hours", "efficiency_share"):
            if row.kind == "storage" and getattr(row, column) == 0:
                yield table.fault(key, column, "must be above 0 for storage")
        if row.carries_over and row.kind != "storage":
            yield table.fault(key, "carries_over", f"must be false for kind {row.kind}: it stores nothing")
        if row.duration_max_hours and row.carries_over:
            yield table.fault(key, "duration_max_hours", "must be 0 for a store that carries over")
        if row.duration_max_hours and (row.kind != "storage" or row.duration_max_hours < row.duration_hours):
            rule = f"must be 0, or at least duration_hours = {row.duration_hours:g} of storage"
            yield table.fault(key, "duration_max_hours", rule)
        if row.capex_meur_per_mwh and not row.duration_max_hours:
            yield table.fault(
                key, "capex_meur_per_mwh", "must be 0 where duration_max_hours is 0: capex_meur_per_mw has it"
            )


def only_generation_is_brought_online(given: UncheckedCase) -> Iterator[Fault]:
    """Minimum load, ramp, start cost and must-run are of kind generation; what must run can be reached at its ramp."""
    technologies, fleets = given.tables["technologies"], given.tables["fleets"]
    for key, row in technologies.rows.items():
        for column, neutral in (("minimum_load_share", 0), ("ramp_share_per_hour", 1), ("start_eur_per_mw", 0)):
            if row.kind != "generation" and getattr(row, column) != neutral:
                yield technologies.fault(key, column, f"must be {neutral} for kind {row.kind}")
        if row.ramp_share_per_hour < 1 and not row.minimum_load_share and not row.start_eur_per_mw:
            rule = "needs a minimum load or a start cost: without either nothing says what is online"
            yield technologies.fault(key, "ramp_share_per_hour", rule)
    for key, row in fleets.rows.items():
        kind = technologies.rows.get(row.technology)
        if kind and row.must_run_share and kind.kind != "generation":
            yield fleets.fault(key, "must_run_share", f"must be 0 for kind {kind.kind}")
        elif kind and row.must_run_share > min(1.0, kind.minimum_load_share + kind.ramp_share_per_hour):
            yield fleets.fault(key, "must_run_share", "is above the minimum load and the ramp of an hour together")


def units_on_sites_can_be_counted_on(given: UncheckedCase) -> Iterator[Fault]:
    """What may stand on a site comes in units, and gives power when it is asked to."""
    table = given.tables["technologies"]
    for key, row in table.rows.items():
        if row.on_site and not (row.unit_mw and row.dispatchable and row.kind == "generation"):
            yield table.fault(key, "on_site", "needs unit_mw above 0, dispatchable true and kind generation")


def lines_join_two_zones(given: UncheckedCase) -> Iterator[Fault]:
    """A line's ends differ, and one with a reactance has no losses: sent both ways, power would burn in them."""
    table = given.tables["lines"]
    for key, row in table.rows.items():
        if row.from_zone == row.to_zone:
            yield table.fault(key, "to_zone", "is the zone from which the line comes")
        if row.reactance_pu and row.loss_share:
            yield table.fault(key, "loss_share", "must be 0 for a line with a reactance: its law knows no losses")


def lines_with_a_reactance_are_in_service(given: UncheckedCase) -> Iterator[Fault]:
    """A line with a reactance is in service when the first period begins: the flow splits over what stands."""
    table = given.tables["lines"]
    begins = min((row.first_year for row in given.tables["periods"].rows.values()), default=None)
    for key, row in table.rows.items():
        if begins is not None and row.reactance_pu and row.first_year > begins:
            yield table.fault(
                key, "first_year", f"after {begins}, when the first period begins, and it has a reactance"
            )


def chips_are_sold_forwards(given: UncheckedCase) -> Iterator[Fault]:
    """A chip's last year of sale is not before its first."""
    table = given.tables["chips"]
    for key, row in table.rows.items():
        if row.last_year < row.first_year:
            yield table.fault(key, "last_year", f"before first_year = {row.first_year}")


def supply_limits_name_tiers(given: UncheckedCase) -> Iterator[Fault]:
    """A chip supply row limits `any` country or the tier of some."""
    table, countries = given.tables["chip_supply"], given.tables["countries"]
    if countries.rows_refused:
        return
    tiers = {"any", *(row.export_tier for row in countries.rows.values())}
    for key, row in table.rows.items():
        if row.tier not in tiers:
            rule = f"no country in {countries.file} has this export_tier, and it is not `any`"
            yield table.fault(key, "tier", rule + suggestion(row.tier, tiers))


def export_caps_name_places_and_jurisdictions(given: UncheckedCase) -> Iterator[Fault]:
    """An export cap holds for a country or the tier of some, and for the jurisdiction of some chip."""
    table, countries, chips = (given.tables[name] for name in ("export_caps", "countries", "chips"))
    if countries.rows_refused or chips.rows_refused:
        return
    places = {*countries.rows, *(row.export_tier for row in countries.rows.values())}
    vendors = {row.jurisdiction for row in chips.rows.values()}
    for key, row in table.rows.items():
        if row.place not in places:
            rule = "no such country, and no country has this export_tier" + suggestion(row.place, places)
            yield table.fault(key, "place", rule)
        if row.jurisdiction not in vendors:
            rule = "no chip has this jurisdiction" + suggestion(row.jurisdiction, vendors)
            yield table.fault(key, "jurisdiction", rule)


def programmes_ask_for_something(given: UncheckedCase) -> Iterator[Fault]:
    """A programme asks for compute or for sites, by a year that some period has."""
    table, periods = given.tables["programmes"], given.tables["periods"]
    end = max((row.first_year + row.length_years for row in periods.rows.values()), default=math.inf)
    for key, row in table.rows.items():
        if not (row.floor_kh100e or row.floor_sites):
            yield table.fault(key, "floor_kh100e", "0, and so is floor_sites: the programme asks for nothing")
        if row.last_year < row.first_year:
            yield table.fault(key, "last_year", f"before first_year = {row.first_year}")
        if row.first_year >= end and not periods.rows_refused:
            yield table.fault(key, "first_year", f"after the last period, which ends with {end:g}")


def fixed_cooling_has_its_pue(given: UncheckedCase) -> Iterator[Fault]:
    """The family `fixed` states its PUE, at least 1; the others state none."""
    table = given.tables["cooling"]
    for key, row in table.rows.items():
        if row.family == "fixed" and row.pue_fixed < 1:
            yield table.fault(key, "pue_fixed", "must be at least 1 for the family fixed")
        for column in ("pue_fixed", "wue_fixed_l_per_kwh"):
            if row.family != "fixed" and getattr(row, column) != 0:
                yield table.fault(key, column, f"must be 0: the climate decides for the family {row.family}")


def temperatures_are_possible(given: UncheckedCase) -> Iterator[Fault]:
    """A wet-bulb temperature is not above the dry-bulb temperature."""
    yield from wet_bulb_faults(given.tables["stations"], given.hourly)


def funds_pay_where_they_can(given: UncheckedCase) -> Iterator[Fault]:
    """Only public money has countries, is matched or limited at a site; floors fit under ceilings and into the fund."""
    funds, countries = given.tables["funds"], given.tables["fund_countries"]
    for key, row in funds.rows.items():
        public, match = row.kind in PUBLIC_KINDS, funds.rows.get(row.matched_by)
        if row.matched_by and row.matched_by not in funds.lines:
            yield from _unknown(funds, key, "matched_by", funds)
        elif row.matched_by and (not public or key == row.matched_by or (match and match.kind not in PUBLIC_KINDS)):
            yield funds.fault(key, "matched_by", "a public fund is matched by another public fund")
        if not public and row.site_ceiling_meur:
            rule = f"says nothing: money of kind {row.kind} is not placed at sites"
            yield funds.fault(key, "site_ceiling_meur", rule)
        if (row.kind == "debt") != (row.tenor_years > 0):
            yield funds.fault(key, "tenor_years", "must be above 0 for debt, and 0 for other money")
        if row.kind != "debt" and row.interest_share:
            yield funds.fault(key, "interest_share", f"must be 0 for money of kind {row.kind}")
    floors: dict[str, float] = {}
    for (fund, country), row in countries.rows.items():
        owner = funds.rows.get(fund)
        floors[fund] = floors.get(fund, 0.0) + row.floor_meur
        released = sum(each.amount_meur for (of, _), each in given.tables["tranches"].rows.items() if of == fund)
        if owner and owner.kind not in PUBLIC_KINDS:
            yield countries.fault((fund, country), "fund", f"money of kind {owner.kind} is not placed at sites")
        elif row.ceiling_meur and row.floor_meur > row.ceiling_meur:
            yield countries.fault((fund, country), "floor_meur", f"above ceiling_meur = {row.ceiling_meur:g}")
        elif row.floor_meur and floors[fund] > released:
            rule = f"the floors of {fund} come to {floors[fund]:,.7g}, above its tranches of {released:,.7g}"
            yield countries.fault((fund, country), "floor_meur", rule)


def lives_reach_the_horizon(given: UncheckedCase) -> Iterator[Fault]:
    """Halls and plants outlive the periods: their renewal is not modelled, and a shorter life would serve for free."""
    yield from life_faults(given.tables)


def statements_are_about_cells(given: UncheckedCase) -> Iterator[Fault]:
    """What `sources` says is of cells that there are: it names a table, a column of it, and a row or `*`."""
    yield from statement_faults(given.tables, given.hourly)


RULES: tuple[Callable[[UncheckedCase], Iterator[Fault]], ...] = rules_in(globals(), "given")
"""In their order here."""
