"""Audit of compute, cooling and grid: chips in their halls, heat and water, and the connection that feeds them."""

from collections import Counter
from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, equal, true

BOOK = Registry()

NO_PUE_LIMIT = 10


@BOOK.rule("compute.chips_are_on_sale")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A chip is bought from its first to its last year."""
    for row in account.plan.chips:
        chip = account.case.chips[row.chip]
        on_sale = chip.first_year <= account.year[row.period] <= chip.last_year
        yield true(f"{row.site}, {row.chip}, {row.period}", on_sale or row.fitted_mw == 0)


@BOOK.rule("compute.racks_suit_the_cooling")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A chip's rack is no denser than the cooling of its hall can carry."""
    for row in account.plan.chips:
        carried = account.case.chips[row.chip].rack_kw <= account.case.cooling[row.cooling].rack_limit_kw
        yield true(f"{row.site}, {row.chip}, {row.cooling}, {row.period}", carried or row.fitted_mw == 0)


@BOOK.rule("compute.servers_in_service_are_those_bought_and_not_yet_worn_out")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Servers reported in service = servers bought x share of the period within their chip's life."""
    for row in account.plan.halls:
        alive_mw = account.alive_mw.get((row.site, row.cooling, row.period), 0.0)
        yield equal(f"{row.site}, {row.cooling}, {row.period}", row.alive_mw, alive_mw)


@BOOK.rule("compute.servers_fit_in_halls")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Servers that serve for any part of the period <= MW of a hall x halls standing."""
    for site, cooling, period in sorted({*account.held_mw}):
        room_mw = account.hall_mw * account.standing.get((site, cooling, period), 0.0)
        yield at_most(f"{site}, {cooling}, {period}", account.held_mw[site, cooling, period], room_mw)


@BOOK.rule("compute.open_site_runs_servers_of_its_least_size")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """New servers in service + a committed site's own >= minimum_mw at an open candidate and at an extended site."""
    for site in account.entering:
        row = account.case.sites[site]
        for period in account.periods:
            stands = account.opened(site, period) if row.status == "candidate" else account.entered(site, period)
            running_mw = account.servers_mw(site, period) + account.committed_mw(site, period)
            yield at_most(f"{site}, {period}", row.minimum_mw * stands, running_mw)


@BOOK.rule("compute.closed_site_runs_no_servers")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """New servers in service = 0 at a candidate that is not open."""
    for site, row in account.case.sites.items():
        for period in account.periods:
            if row.status == "candidate" and not account.opened(site, period):
                yield equal(f"{site}, {period}", account.servers_mw(site, period), 0.0)


@BOOK.rule("compute.market_delivers_what_is_bought")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Thousand chips bought in a period, in all countries or those of a tier, <= limit_kchips."""
    for index, row in account.case.chip_supply.items():
        yield at_most(", ".join(index), account.market_kchips(*index), row.limit_kchips)


@BOOK.rule("compute.gigafactory_holds_its_chips", "compute.enough_gigafactories_stand")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Candidates that hold gigafactory_kchips new chips in the last period >= gigafactories_min."""
    asked = account.case.settings.siting
    held = [account.kchips.get((site, account.final), 0.0) for site in account.new_sites]
    largest = sorted(held, reverse=True)[: asked.gigafactories_min]
    yield at_most("", asked.gigafactories_min, len(held) if asked.gigafactories_min else 0)
    for rank, kchips in enumerate(largest, start=1):
        yield at_most(f"rank {rank}", asked.gigafactory_kchips, kchips)


@BOOK.rule("cooling.withdrawal_stays_within_basin")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Water drawn by all sites of a basin <= what its stress leaves."""
    for basin in account.case.basins:
        for period in account.periods:
            yield at_most(f"{basin}, {period}", account.basin_mm3(basin, period), account.basin_limit_mm3(basin))


@BOOK.rule("cooling.new_halls_keep_the_legal_pue")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Sum over new halls of (annual PUE - legal PUE) x MW <= 0, where the law sets a limit."""
    for site, period in account.opens:
        limit = account.case.countries[account.case.sites[site].country].pue_limit
        if limit < NO_PUE_LIMIT:
            above_mw = sum(
                (account.case.climate.pue_annual[site, cooling] - limit)
                * account.hall_mw
                * account.standing.get((site, cooling, period), 0.0)
                for cooling in account.case.cooling
            )
            yield at_most(f"{site}, {period}", above_mw, 0.0, limit * account.hall_mw * account.halls(site, period))


@BOOK.rule("cooling.heat_reused_stays_within_the_sink")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Heat reused <= what the neighbours can take."""
    for row in account.plan.sites:
        yield at_most(f"{row.site}, {row.period}", row.reused_mw, account.case.sites[row.site].heat_sink_mw)


@BOOK.rule("cooling.heat_reused_is_heat_the_halls_deliver")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Heat reused <= sum over cooling of its reuse_share x use x servers alive."""
    for row in account.plan.sites:
        yield at_most(f"{row.site}, {row.period}", row.reused_mw, account.warmth_mw(row.site, row.period))


@BOOK.rule("cooling.heat_reused_passes_the_recovery_built")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Heat reused <= heat recovery built so far."""
    built = {(row.site, row.period): row.recovery_mw for row in account.plan.sites}
    for row in account.plan.sites:
        so_far_mw = sum(built[row.site, past] for past in account.until(row.period))
        yield at_most(f"{row.site}, {row.period}", row.reused_mw, so_far_mw)


@BOOK.rule("cooling.law_on_heat_reuse_is_kept")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Heat reused >= the country's reuse_share x heat of the new servers."""
    for row in account.plan.sites:
        law = account.case.countries[account.case.sites[row.site].country]
        demanded_mw = law.reuse_share * account.heat_mw(row.site, row.period)
        yield at_most(f"{row.site}, {row.period}", demanded_mw, row.reused_mw)


@BOOK.rule("grid.connections_wait_for_their_year")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A connection is made once permits and connection can be ready."""
    for row in account.plan.connections:
        yield true(f"{row.site}, {row.period}", account.ready(row.site, row.period) or row.connected_mw == 0)


@BOOK.rule("grid.peak_stays_within_connection")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Design-day peak of the new halls <= connections made so far + own supply."""
    for site, period in account.opens:
        fed_mw = account.connected_mw.get((site, period), 0.0) + account.case.sites[site].behind_meter_mw
        yield at_most(f"{site}, {period}", account.peak_mw(site, period), fed_mw)


@BOOK.rule("grid.sites_share_the_substation_queue")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Connections of all sites of a substation <= its headroom + steps finished."""
    for substation in account.case.substations:
        for period in account.periods:
            drawn_mw = account.drawn_mw(substation, period)
            yield at_most(f"{substation}, {period}", drawn_mw, account.stepped_mw(substation, period))


@BOOK.rule("grid.step_is_taken_at_most_once")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """No step of a substation is decided twice."""
    for step, times in Counter((row.substation, row.step) for row in account.plan.reinforcements).items():
        yield at_most(f"{step[0]}, {step[1]}", times, 1)


@BOOK.rule("grid.steps_are_taken_in_order")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A step is decided no earlier than the step before it."""
    decided = {(row.substation, row.step): account.year[row.period] for row in account.plan.reinforcements}
    for (substation, step), year in decided.items():
        if step > 1:
            earlier = decided.get((substation, step - 1))
            yield true(f"{substation}, {step}", earlier is not None and earlier <= year)
