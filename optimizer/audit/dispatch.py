"""Audit of dispatch: the electricity of every zone and hour; arrays have the shape (periods, days, hours)."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from models.case import Array
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least, at_most, equal

CHECKS = Registry(__name__)
LEDGERS = ("opex",)


@CHECKS.rule()
def existing_load_is_that_of_the_case(audited: AuditedPlan) -> Iterator[Residual]:
    """Load = hourly load grown from the base year + use x PUE x committed servers."""
    for zone in audited.case.zones:
        yield equal(zone, audited.hourly("load_mw", zone), audited.load_mw[zone])


@CHECKS.rule()
def servers_draw_power_with_their_cooling(audited: AuditedPlan) -> Iterator[Residual]:
    """Draw of the new servers = sum over sites and cooling of use x hourly PUE x servers in service."""
    for zone, draw_mw in audited.draws_mw.items():
        yield equal(zone, audited.hourly("servers_mw", zone), draw_mw)


@CHECKS.rule()
def output_stays_within_availability(audited: AuditedPlan) -> Iterator[Residual]:
    """Output <= availability x (existing capacity + new plant)."""
    for pair in audited.generators:
        limit_mw = audited.capacity_mw(pair) * audited.available_share(*pair)
        yield at_most(", ".join(pair), audited.output_mw(pair), limit_mw)


@CHECKS.rule()
def what_must_run_runs(audited: AuditedPlan) -> Iterator[Residual]:
    """Output >= must-run share x existing capacity x availability, in summer the part that the scenario states."""
    for pair in audited.generators:
        forced_mw = audited.forced_mw(pair)
        if forced_mw.any():
            yield at_most(", ".join(pair), forced_mw, audited.output_mw(pair))


@CHECKS.rule()
def new_plant_runs_whenever_it_can(audited: AuditedPlan) -> Iterator[Residual]:
    """Output >= what must run + availability x new low-carbon plant of a zone with data centres, if asked."""
    for pair in (pair for pair in audited.generators if audited.runs_new(pair)):
        yield at_least(", ".join(pair), audited.output_mw(pair), audited.forced_mw(pair) + audited.new_mw(pair))


@CHECKS.rule()
def what_is_online_is_available(audited: AuditedPlan) -> Iterator[Residual]:
    """Capacity online <= availability x (existing capacity + new plant)."""
    for pair in audited.clustered:
        limit_mw = audited.capacity_mw(pair) * audited.available_share(*pair)
        yield at_most(", ".join(pair), audited.hourly("online_mw", ".".join(pair)), limit_mw)


@CHECKS.rule()
def output_comes_from_what_is_online(audited: AuditedPlan) -> Iterator[Residual]:
    """Output <= capacity online."""
    for pair in audited.clustered:
        yield at_most(", ".join(pair), audited.output_mw(pair), audited.hourly("online_mw", ".".join(pair)))


@CHECKS.rule()
def what_is_online_runs_at_its_minimum_load(audited: AuditedPlan) -> Iterator[Residual]:
    """Minimum load x capacity online <= output."""
    for pair in audited.clustered:
        least_mw = audited.case.technologies[pair[1]].minimum_load_share * audited.hourly("online_mw", ".".join(pair))
        yield at_most(", ".join(pair), least_mw, audited.output_mw(pair))


@CHECKS.rule()
def what_comes_online_is_started(audited: AuditedPlan) -> Iterator[Residual]:
    """Capacity online - that of the hour before (the first hour follows the last) <= capacity started."""
    for pair in audited.clustered:
        online_mw = audited.hourly("online_mw", ".".join(pair))
        rise_mw = online_mw - np.roll(online_mw, 1, axis=2)
        yield at_most(", ".join(pair), rise_mw, audited.hourly("started_mw", ".".join(pair)), online_mw)


@CHECKS.rule()
def output_rises_no_faster_than_plants_can(audited: AuditedPlan) -> Iterator[Residual]:
    """Rise of output above the minimum since the hour before <= ramp x capacity online."""
    for pair in audited.clustered:
        rise_mw, online_mw, ramp_share = _rise_of(audited, pair)
        yield at_most(", ".join(pair), rise_mw, ramp_share * online_mw, online_mw)


@CHECKS.rule()
def output_falls_no_faster_than_plants_can(audited: AuditedPlan) -> Iterator[Residual]:
    """Fall of output above the minimum since the hour before <= ramp x capacity online in that hour."""
    for pair in audited.clustered:
        rise_mw, online_mw, ramp_share = _rise_of(audited, pair)
        earlier_mw = np.roll(online_mw, 1, axis=2)
        yield at_most(", ".join(pair), -rise_mw, ramp_share * earlier_mw, earlier_mw)


def _rise_of(audited: AuditedPlan, pair: tuple[str, str]) -> tuple[Array, Array, float]:
    """Return the rise of output above the minimum, around the day, the capacity online and the ramp of the plants."""
    kind, online_mw = audited.case.technologies[pair[1]], audited.hourly("online_mw", ".".join(pair))
    above_mw = audited.output_mw(pair) - kind.minimum_load_share * online_mw
    return above_mw - np.roll(above_mw, 1, axis=2), online_mw, kind.ramp_share_per_hour


@CHECKS.rule()
def reservoir_gives_what_is_allotted(audited: AuditedPlan) -> Iterator[Residual]:
    """Output of a day <= hours of the day x mean output allotted to it."""
    hours = audited.case.settings.time.hours_per_day
    for pair in audited.case.reservoirs:
        yield at_most(", ".join(pair), audited.output_mw(pair).sum(axis=2), hours * audited.allotted_mw[pair])


@CHECKS.rule()
def reservoir_keeps_its_least_flow(audited: AuditedPlan) -> Iterator[Residual]:
    """Output in every hour >= the least output of the months for which the day stands."""
    for pair in audited.seasonal:
        least = np.array([audited.least_output_mw(pair, period) for period in audited.periods])[:, :, None]
        yield at_least(", ".join(pair), audited.output_mw(pair), least)


@CHECKS.rule()
def charging_stays_within_capacity(audited: AuditedPlan) -> Iterator[Residual]:
    """Charging <= existing + new storage."""
    for pair in audited.stores:
        yield at_most(", ".join(pair), audited.hourly("charge_mw", ".".join(pair)), audited.capacity_mw(pair))


@CHECKS.rule()
def discharging_stays_within_capacity(audited: AuditedPlan) -> Iterator[Residual]:
    """Discharging <= existing + new storage."""
    for pair in audited.stores:
        yield at_most(", ".join(pair), audited.hourly("discharge_mw", ".".join(pair)), audited.capacity_mw(pair))


@CHECKS.rule()
def level_stays_within_the_store(audited: AuditedPlan) -> Iterator[Residual]:
    """Energy in store <= hours of discharge x existing capacity + energy of new stores."""
    for pair in audited.stores:
        hours = audited.case.technologies[pair[1]].duration_hours
        limit_mwh = [hours * audited.fleet_mw(*pair, each) + audited.store_mwh(*pair, each) for each in audited.periods]
        yield at_most(", ".join(pair), audited.hourly("level_mwh", ".".join(pair)), np.array(limit_mwh)[:, None, None])


@CHECKS.rule()
def storage_ends_the_day_as_it_began(audited: AuditedPlan) -> Iterator[Residual]:
    """Level = level an hour before + sqrt(eta) charge - discharge / sqrt(eta).

    The first hour follows the last; in a store that carries over it follows what may be taken out (dip).
    """
    for pair in audited.stores:
        eta = audited.case.technologies[pair[1]].efficiency_share
        level, charge, discharge = (
            audited.hourly(kind, ".".join(pair)) for kind in ("level_mwh", "charge_mw", "discharge_mw")
        )
        before = np.roll(level, 1, axis=2)
        if pair in audited.carrying:
            before[:, :, 0] = audited.carried_mwh[pair, "dip"]
        gained = np.sqrt(eta) * (level - before)
        yield equal(", ".join(pair), gained, eta * charge - discharge, level, charge)


@CHECKS.rule()
def storage_leaves_what_it_carries_over(audited: AuditedPlan) -> Iterator[Residual]:
    """Level of the last hour in a store that carries over = dip + change."""
    for pair in audited.carrying:
        change, dip = (audited.carried_mwh[pair, kind] for kind in ("change", "dip"))
        yield equal(", ".join(pair), audited.hourly("level_mwh", ".".join(pair))[:, :, -1], dip + change, dip)


@CHECKS.rule()
def storage_rises_as_far_as_the_year_allows(audited: AuditedPlan) -> Iterator[Residual]:
    """Level of every hour in a store that carries over <= dip + rise."""
    for pair in audited.carrying:
        dip, rise = (audited.carried_mwh[pair, kind] for kind in ("dip", "rise"))
        yield at_most(", ".join(pair), audited.hourly("level_mwh", ".".join(pair)).max(axis=2), dip + rise)


@CHECKS.rule()
def flows_stay_within_the_lines(audited: AuditedPlan) -> Iterator[Residual]:
    """Flow sent, each way, <= transfer capacity."""
    for line, row in audited.case.lines.items():
        yield at_most(f"{line} forward", audited.hourly("forward_mw", line), row.forward_mw)
        yield at_most(f"{line} backward", audited.hourly("backward_mw", line), row.backward_mw)


@CHECKS.rule()
def flow_stays_within_what_is_usable(audited: AuditedPlan) -> Iterator[Residual]:
    """Flow sent, each way, <= transfer capacity x usable share of the season x part of the period that has the line."""
    usable = audited.usable_share[:, None]
    for line, row in audited.case.lines.items():
        share = usable * np.array([audited.line_share(line, period) for period in audited.periods])[:, None, None]
        if (share < 1).any():
            yield at_most(f"{line} forward", audited.hourly("forward_mw", line), share * row.forward_mw)
            yield at_most(f"{line} backward", audited.hourly("backward_mw", line), share * row.backward_mw)


@CHECKS.rule()
def energy_balances(audited: AuditedPlan) -> Iterator[Residual]:
    """Output + discharge - charge + flow arriving less losses - flow sent + shed = load + draw as done + spilled."""
    waits = audited.case.settings.service.flexible_share
    for zone in audited.case.zones:
        gains: list[Array] = [audited.hourly("shed_mw", zone)]
        gains += [audited.output_mw(pair) for pair in audited.pairs if pair[0] == zone]
        spends = [audited.load_mw[zone], (1 - waits) * audited.hourly("servers_mw", zone)]
        spends += [audited.hourly("spilled_mw", zone)]
        spends += [audited.hourly("flexible_mw", zone)] if waits else []
        spends += [audited.hourly("charge_mw", ".".join(pair)) for pair in audited.stores if pair[0] == zone]
        for line, row in audited.case.lines.items():
            forward, backward = audited.hourly("forward_mw", line), audited.hourly("backward_mw", line)
            if row.to_zone == zone:
                gains.append((1 - row.loss_share) * forward)
                spends.append(backward)
            if row.from_zone == zone:
                gains.append((1 - row.loss_share) * backward)
                spends.append(forward)
        yield equal(zone, sum(gains, audited.zeros), sum(spends, audited.zeros))


@CHECKS.rule()
def flexible_work_is_done_within_a_day(audited: AuditedPlan) -> Iterator[Residual]:
    """Work that may wait, of every 24 hours, is flexible_share x the draw of the new servers in them."""
    waits = audited.case.settings.service.flexible_share
    for zone in audited.draws_mw if waits else ():
        done_mw, draw_mw = audited.hourly("flexible_mw", zone), audited.hourly("servers_mw", zone)
        starts = range(0, done_mw.shape[2], 24)
        asked_mwh = waits * np.add.reduceat(draw_mw, starts, axis=2)
        yield equal(zone, np.add.reduceat(done_mw, starts, axis=2).sum(axis=2), asked_mwh.sum(axis=2))


@CHECKS.rule()
def flexible_work_stays_within_the_servers(audited: AuditedPlan) -> Iterator[Residual]:
    """All work at once <= servers in service, in full use: draw / utilisation."""
    waits = audited.case.settings.service.flexible_share
    for zone in audited.draws_mw if waits and audited.used_share else ():
        draw_mw = audited.hourly("servers_mw", zone)
        done_mw = audited.hourly("flexible_mw", zone) + (1 - waits) * draw_mw
        yield at_most(zone, done_mw, draw_mw / audited.used_share)


@CHECKS.rule("interruptions_are_accounted_for")
def interruptions_lack_what_the_connection_does_not_carry(audited: AuditedPlan) -> Iterator[Residual]:
    """Energy lost of a year >= sum over hours of what firm, present and own supply do not carry of the draw."""
    for row in audited.plan.connections:
        if row.interruptible_mw:
            yield at_least(f"{row.site}, {row.period}", row.lost_twh, audited.lost_twh(row.site, row.period))


@CHECKS.rule()
def voltage_drops_cancel_around_every_cycle(audited: AuditedPlan) -> Iterator[Residual]:
    """Some angles of the zones explain the flows: flow = difference of the angles at its ends / reactance."""
    reactive = {line: row for line, row in audited.case.lines.items() if row.reactance_pu}
    if not reactive:
        return
    zones = list(audited.case.zones)
    ends = np.zeros((len(reactive), len(zones)))
    for position, row in enumerate(reactive.values()):
        ends[position, zones.index(row.from_zone)] += 1
        ends[position, zones.index(row.to_zone)] -= 1
    ends /= np.array([row.reactance_pu for row in reactive.values()])[:, None]
    flows = np.array([audited.hourly("forward_mw", line) - audited.hourly("backward_mw", line) for line in reactive])
    angles = np.linalg.lstsq(ends, flows.reshape(len(reactive), -1))[0]
    explained = (ends @ angles).reshape(flows.shape)
    for line, flow, flow_of_angles in zip(reactive, flows, explained, strict=True):
        yield equal(line, flow, flow_of_angles, np.abs(flows).max(axis=0))


@CHECKS.rule()
def power_goes_round_only_where_output_is_paid_for(audited: AuditedPlan) -> Iterator[Residual]:
    """No lossy line carries power both ways, and no store takes and gives, while output could be left unmade for free.

    Where all output that reaches a place earns by being made, or the voltage law makes it unwanted there, the cheapest
    dispatch burns it: that is stated (`circulation`), not refused.
    """
    for line, round_mw in audited.line_circulation_mw.items():
        row = audited.case.lines[line]
        spare_mw = np.maximum(audited.spare_mw[row.from_zone], audited.spare_mw[row.to_zone])
        yield at_most(line, np.minimum(round_mw, spare_mw), 0.0, spare_mw)
    for pair, round_mw in audited.store_circulation_mw.items():
        if audited.marginal_eur_per_mwh(*pair) >= 0:
            spare_mw = audited.spare_mw[pair[0]]
            yield at_most(", ".join(pair), np.minimum(round_mw, spare_mw), 0.0, spare_mw)


@CHECKS.rule()
def hardly_any_load_is_shed(audited: AuditedPlan) -> Iterator[Residual]:
    """Load not served in a day, all zones together, <= shed_share x the day's load."""
    shed_mwh = sum((audited.hourly("shed_mw", zone) for zone in audited.case.zones), audited.zeros).sum(axis=2)
    load_mwh = sum(audited.load_mw.values(), audited.zeros).sum(axis=2)
    yield at_most("", shed_mwh, audited.case.settings.power.shed_share * load_mwh)


@CHECKS.rule()
def matching_stays_within_the_draw(audited: AuditedPlan) -> Iterator[Residual]:
    """Draw matched <= draw of the new servers."""
    for zone in audited.case.zones:
        yield at_most(zone, audited.hourly("matched_mw", zone), audited.hourly("servers_mw", zone))


@CHECKS.rule()
def matching_needs_contracted_or_built_plant(audited: AuditedPlan) -> Iterator[Residual]:
    """Draw matched <= share that can be produced x low-carbon plant contracted or built there, and its stores."""
    for zone in audited.case.zones:
        yield at_most(zone, audited.hourly("matched_mw", zone), audited.matchable_mw[zone])


@CHECKS.rule()
def unmatched_draw_emits_at_the_zone_intensity(audited: AuditedPlan) -> Iterator[Residual]:
    """Emissions of a day >= sum over zones and hours of intensity x (draw - matched), in t."""
    emitted_t = sum((audited.zone_emitted_t(zone) for zone in audited.case.zones), audited.zeros.sum(axis=2))
    yield at_most("", emitted_t, _by_day(audited, audited.plan.days, "emitted_t"))


@CHECKS.rule()
def unmatched_draw_of_a_zone_emits_at_its_intensity(audited: AuditedPlan) -> Iterator[Residual]:
    """No zone's unmatched draw emits more on a day than all zones' together."""
    for zone in audited.case.zones:
        yield at_most(zone, audited.zone_emitted_t(zone), _by_day(audited, audited.plan.days, "emitted_t"))


@CHECKS.rule("a_site_draws_what_its_servers_do", "matching_of_a_site_stays_within_its_draw")
def matching_of_a_site_needs_what_counts_for_it(audited: AuditedPlan) -> Iterator[Residual]:
    """What sites of a zone match each by itself <= what the zone matches, hour by hour."""
    for zone in audited.host_zones if audited.case.settings.carbon.cap_by == "site" else []:
        left_mw = sum((audited.site_unmatched_mw(site) for site in audited.sites_in(zone)), audited.zeros.copy())
        yield at_most(zone, audited.unmatched_mw(zone), left_mw)


@CHECKS.rule()
def unmatched_draw_of_a_site_emits_at_its_intensity(audited: AuditedPlan) -> Iterator[Residual]:
    """Where every site has a cap: all sites together emit no less by themselves than their zones do."""
    if audited.case.settings.carbon.cap_by == "site":
        sites = (audited.site_emitted_t(site) for site in audited.case.sites)
        zones = (audited.zone_emitted_t(zone) for zone in audited.case.zones)
        none = audited.zeros.sum(axis=2)
        yield at_most("", sum(zones, none), sum(sites, none.copy()))


@CHECKS.rule()
def unmatched_draw_is_as_clean_as_the_mix(audited: AuditedPlan) -> Iterator[Residual]:
    """Unclean draw of a day = sum over zones and hours of the mix's unclean share x (draw - matched), in MWh."""
    for scored, zones in audited.scored.items():
        unclean = ((audited.unclean_share(zone) * audited.unmatched_mw(zone)).sum(axis=2) for zone in zones)
        rows = [row for row in audited.plan.matching_days if row.scored == scored]
        yield equal(scored, sum(unclean, audited.zeros.sum(axis=2)), _by_day(audited, rows, "unclean_mwh"))


@CHECKS.rule()
def unmatched_draw_is_counted(audited: AuditedPlan) -> Iterator[Residual]:
    """Unmatched draw of a day = sum over zones and hours of draw - matched, in MWh."""
    for scored, zones in audited.scored.items():
        unmatched = (audited.unmatched_mw(zone).sum(axis=2) for zone in zones)
        rows = [row for row in audited.plan.matching_days if row.scored == scored]
        yield equal(scored, sum(unmatched, audited.zeros.sum(axis=2)), _by_day(audited, rows, "unmatched_mwh"))


@CHECKS.rule("an_hour_lacks_what_the_target_asks_of_it")
def what_hours_lack_is_counted(audited: AuditedPlan) -> Iterator[Residual]:
    """What the hours of a day lack >= sum over zones and hours of (target x draw - what can be matched), if above 0."""
    rules, lacking = audited.case.settings.matching, audited.zeros.sum(axis=2)
    for zone in audited.host_zones if rules.strict and rules.target_share else []:
        short_mw = rules.target_share * audited.hourly("servers_mw", zone) - audited.matchable_mw[zone]
        lacking = lacking + np.maximum(short_mw, 0.0).sum(axis=2)
    yield at_most("", lacking, _by_day(audited, audited.plan.days, "short_mwh"))


def _by_day(audited: AuditedPlan, rows: Iterable[Any], column: str) -> Array:
    """Return a column of rows by period and day, shape (periods, days)."""
    found = {(row.period, row.day): getattr(row, column) for row in rows}
    return np.array([[found[period, day.day] for day in audited.case.days] for period in audited.periods])


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield the running cost of the system above that without data centres, MEUR per year of a period."""
    for row in audited.plan.carbon:
        yield row.period, float(audited.system_meur[audited.periods.index(row.period)]) - row.baseline_meur
