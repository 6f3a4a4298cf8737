"""Audit of dispatch: the electricity of every zone and hour; arrays have the shape (periods, days, hours)."""

from collections.abc import Iterator

import numpy as np

from models.case import Array
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, equal

BOOK = Registry()


@BOOK.rule("dispatch.existing_load_is_that_of_the_case")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Load = hourly load grown from the base year + use x PUE x committed servers."""
    for zone in account.case.zones:
        yield equal(zone, account.hourly("load_mw", zone), account.load_mw[zone])


@BOOK.rule("dispatch.servers_draw_power_with_their_cooling")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Draw of the new servers = sum over sites and cooling of use x hourly PUE x servers alive."""
    for zone, draw_mw in account.draws_mw.items():
        yield equal(zone, account.hourly("servers_mw", zone), draw_mw)


@BOOK.rule("dispatch.output_stays_within_availability")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Output <= availability x (existing capacity + new plant)."""
    for pair in account.generators:
        limit_mw = account.capacity_mw(pair) * account.available_share(*pair)
        yield at_most(", ".join(pair), account.output_mw(pair), limit_mw)


@BOOK.rule("dispatch.reservoir_gives_what_is_allotted")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Output of a day <= hours of the day x mean output allotted to it."""
    hours = account.case.settings.time.hours_per_day
    for pair in account.case.reservoirs:
        yield at_most(", ".join(pair), account.output_mw(pair).sum(axis=2), hours * account.allotted_mw[pair])


@BOOK.rule("dispatch.charging_stays_within_capacity")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Charging <= existing + new storage."""
    for pair in account.stores:
        yield at_most(", ".join(pair), account.hourly("charge_mw", ".".join(pair)), account.capacity_mw(pair))


@BOOK.rule("dispatch.discharging_stays_within_capacity")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Discharging <= existing + new storage."""
    for pair in account.stores:
        yield at_most(", ".join(pair), account.hourly("discharge_mw", ".".join(pair)), account.capacity_mw(pair))


@BOOK.rule("dispatch.level_stays_within_the_store")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Energy in store <= hours of discharge x capacity."""
    for pair in account.stores:
        limit_mwh = account.case.technologies[pair[1]].duration_hours * account.capacity_mw(pair)
        yield at_most(", ".join(pair), account.hourly("level_mwh", ".".join(pair)), limit_mwh)


@BOOK.rule("dispatch.storage_ends_the_day_as_it_began")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Level = level an hour before (the first hour follows the last) + sqrt(eta) charge - discharge / sqrt(eta)."""
    for pair in account.stores:
        eta = account.case.technologies[pair[1]].efficiency_share
        level, charge, discharge = (
            account.hourly(kind, ".".join(pair)) for kind in ("level_mwh", "charge_mw", "discharge_mw")
        )
        before = np.roll(level, 1, axis=2)
        gained = np.sqrt(eta) * (level - before)
        yield equal(", ".join(pair), gained, eta * charge - discharge, level, charge)


@BOOK.rule("dispatch.flows_stay_within_the_lines")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Flow sent, each way, <= transfer capacity."""
    for line, row in account.case.lines.items():
        yield at_most(f"{line} forward", account.hourly("forward_mw", line), row.forward_mw)
        yield at_most(f"{line} backward", account.hourly("backward_mw", line), row.backward_mw)


@BOOK.rule("dispatch.energy_balances")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Output + discharge - charge + arriving flow less losses - flow sent + shed = load + draw of the new servers."""
    for zone in account.case.zones:
        gains: list[Array] = [account.hourly("shed_mw", zone)]
        gains += [account.output_mw(pair) for pair in account.pairs if pair[0] == zone]
        spends = [account.load_mw[zone], account.hourly("servers_mw", zone)]
        spends += [account.hourly("charge_mw", ".".join(pair)) for pair in account.stores if pair[0] == zone]
        for line, row in account.case.lines.items():
            forward, backward = account.hourly("forward_mw", line), account.hourly("backward_mw", line)
            if row.to_zone == zone:
                gains.append((1 - row.loss_share) * forward)
                spends.append(backward)
            if row.from_zone == zone:
                gains.append((1 - row.loss_share) * backward)
                spends.append(forward)
        yield equal(zone, sum(gains, account.nothing), sum(spends, account.nothing))


@BOOK.rule("dispatch.voltage_drops_cancel_around_every_cycle")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Some angles of the zones explain the flows: flow = difference of the angles at its ends / reactance."""
    reactive = {line: row for line, row in account.case.lines.items() if row.reactance_pu}
    if not reactive:
        return
    zones = list(account.case.zones)
    ends = np.zeros((len(reactive), len(zones)))
    for position, row in enumerate(reactive.values()):
        ends[position, zones.index(row.from_zone)] += 1
        ends[position, zones.index(row.to_zone)] -= 1
    ends /= np.array([row.reactance_pu for row in reactive.values()])[:, None]
    flows = np.array([account.hourly("forward_mw", line) - account.hourly("backward_mw", line) for line in reactive])
    angles = np.linalg.lstsq(ends, flows.reshape(len(reactive), -1))[0]
    explained = (ends @ angles).reshape(flows.shape)
    for line, flow, flow_of_angles in zip(reactive, flows, explained, strict=True):
        yield equal(line, flow, flow_of_angles, np.abs(flows).max(axis=0))


@BOOK.rule("dispatch.power_goes_round_only_where_output_is_paid_for")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """No lossy line carries power both ways, and no store takes and gives, while output could be left unmade for free.

    Where all output that reaches a place earns by being made, or the voltage law makes it unwanted there, the cheapest
    dispatch burns it: that is stated (`circulation`), not refused.
    """
    for line, round_mw in account.line_rounds_mw.items():
        row = account.case.lines[line]
        spare_mw = np.maximum(account.spare_mw[row.from_zone], account.spare_mw[row.to_zone])
        yield at_most(line, np.minimum(round_mw, spare_mw), 0.0, spare_mw)
    for pair, round_mw in account.store_rounds_mw.items():
        if account.case.technologies[pair[1]].marginal_eur_per_mwh >= 0:
            spare_mw = account.spare_mw[pair[0]]
            yield at_most(", ".join(pair), np.minimum(round_mw, spare_mw), 0.0, spare_mw)


@BOOK.rule("dispatch.hardly_any_load_is_shed")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Load not served in a day, all zones together, <= shed_share x the day's load."""
    shed_mwh = sum((account.hourly("shed_mw", zone) for zone in account.case.zones), account.nothing).sum(axis=2)
    load_mwh = sum(account.load_mw.values(), account.nothing).sum(axis=2)
    yield at_most("", shed_mwh, account.case.settings.power.shed_share * load_mwh)


@BOOK.rule("dispatch.matching_stays_within_the_draw")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Draw matched <= draw of the new servers."""
    for zone in account.case.zones:
        yield at_most(zone, account.hourly("matched_mw", zone), account.hourly("servers_mw", zone))


@BOOK.rule("dispatch.matching_needs_contracted_or_built_plant")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Draw matched <= share that can be produced x low-carbon plant contracted and built in the zone."""
    for zone in account.case.zones:
        yield at_most(zone, account.hourly("matched_mw", zone), account.matchable_mw[zone])


@BOOK.rule("dispatch.unmatched_draw_emits_at_the_zone_intensity")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Emissions of a day >= sum over zones and hours of intensity x (draw - matched), in t."""
    unmatched_t = account.nothing.copy()
    for zone in account.case.zones:
        unmatched_mw = account.hourly("servers_mw", zone) - account.hourly("matched_mw", zone)
        unmatched_t += account.intensity_t_per_mwh(zone) * unmatched_mw
    emitted = {(row.period, row.day): row.emitted_t for row in account.plan.days}
    reported_t = np.array([[emitted[period, day.day] for day in account.case.days] for period in account.periods])
    yield at_most("", unmatched_t.sum(axis=2), reported_t)
