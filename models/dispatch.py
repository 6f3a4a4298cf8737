r"""Dispatch: the electricity of one representative day, hour by hour, in every zone.

The day is written once, in `write_day`. `add` writes it for every period and day with its numbers; the engine compiles it
once with parameters for the numbers and instantiates all periods and days (`optimizer/program/day_template.py`).

Plants that state a minimum load or a cost of starting are brought online: those of a technology in a zone together, as capacity and not
as whole units (clustered commitment, Palmintier and Webster 2016, its integers relaxed: a zone has many plants, and a day with whole units
would have no dual values). What must run is made whatever the price; what of it nobody takes is spilled for nothing. So a price is below
zero only where plants would rather pay than be started again, or where one earns by its output.

Work that may wait (`service.flexible_share`, training) is done within 24 hours when that is cheapest for the system, as fast as the servers
in service can. Matching, emissions and interruptions are accounted for the draw before anything waits.

Needs     compute.alive_mw, power.own_mw, power.plant_mw, power.allotted_mw, storage.change_mwh, storage.dip_mwh,
          storage.rise_mwh, carbon.emitted_t, carbon.zone_emitted_t, carbon.site_emitted_t,
          matching.counted_mw, matching.firmed_mw, matching.sent_mw, matching.unclean_mwh,
          matching.unmatched_mwh, matching.short_mwh, grid.firm_mw, grid.interruptible_mw, grid.secured_mw,
          interruption.interrupted_mwh, plants.store_mwh
Decides   servers_mw       draw of the new servers with their cooling                     MW
          output_mw        generation, existing and new plants together                   MW
          online_mw        capacity online, of plants that are brought online             MW
          started_mw       brought online since the hour before                           MW
          spilled_mw       output of plants that must run which nobody takes              MW
          charge_mw        drawn into storage                                             MW
          discharge_mw     given by storage                                               MW
          level_mwh        energy in store at the end of the hour                         MWh
          forward_mw       flow from the line's first to its second zone, as sent         MW
          backward_mw      flow the other way, as sent                                    MW
          shed_mw          load not served                                                MW
          matched_mw       new servers' draw met by contracted and built low-carbon plant  MW
          short_mw         what an hour lacks of the share to be matched in each          MW
          flexible_mw      draw for work that may wait, when it is done                   MW
          site_draw_mw     draw of a site's new servers, where its emissions have a cap      MW
          site_matched_mw  that part of it which what counts for the site meets             MW
          lacking_mw       draw that a connection does not carry while it is interrupted  MW
Offers    operating_meur   running cost of the whole system, of all such days in a year   MEUR
          baseline_meur    the same without the new data centres, set by the engine       MEUR
Adds to   opex_meur
Symbols   $z$ zone, $g$ technology, $h$ hour, $s$ site, $k$ cooling, $l$ line, $a_{zg}$ `dip_mwh`, $c_{zg}$ `change_mwh`, $r^{up}_{zg}$ `rise_mwh`, $q_{zh}$ servers_mw, $y_{zgh}$ output_mw,
          $u_{zgh}$ online_mw, $v_{zgh}$ started_mw, $w_{zh}$ spilled_mw, $\mu_g$ minimum load, $\rho_g$ ramp, $r_{zgh}$ must-run output,
          $i_{zgh}$ charge_mw, $o_{zgh}$ discharge_mw, $e_{zgh}$ level_mwh, $f^{in}_{lh}$ flow sent towards the zone, $f^{out}_{lh}$ flow
          sent out of it, $f^{forward}_{lh}$ forward_mw, $f^{backward}_{lh}$ backward_mw, $c$ cycle of lines with a reactance,
          $\chi_{cl}$ reactance over the least of the cycle, negative where the cycle runs against the line,
          $n_{zh}$ shed_mw, $m_{zh}$ matched_mw, $a_{sk}$ alive_mw, $\delta_{skh}$ PUE x utilisation,
          $\check y_{zg}$ least output of a reservoir, $\bar y_{zgh}$ existing capacity that can produce, $\bar y_{zg}$ existing storage, $\alpha_{zgh}$ availability,
          $B_{zg}$ plant_mw, $x^{own}_{zg}$ own_mw, $w_{zbg}$ firmed_mw, $s^{in}_{lg}, s^{out}_{lg}$ sent_mw into and out of the zone, $\alpha^{in}_{lgh}$ availability where it comes from, $b$ technology of a store, $\delta_{zbgh}$ what a store adds to a MW of plant that it makes even,
          $t_{zg}$ allotted_mw, $r$ zone or plan whose score is asked, $\upsilon_{zh}$ unclean share of the grid's mix, $U_r$ unclean_mwh, $M_r$ unmatched_mwh, $k_{zh}$ short_mw, $K$ short_mwh,
          $\Theta$ target, $\epsilon_z$ zone_emitted_t, $\epsilon_s$ site_emitted_t, $q_{sh}$ site_draw_mw, $m_{sh}$ site_matched_mw, $c_{sg}$ counted_mw, $H$ hours of the day,
          $\lambda_{zh}$ existing load, $\sigma$ share that may be shed, $\gamma_{zh}$ carbon intensity, $\epsilon$ emitted_t,
          $\nu_l$ loss on the line, $f_{lh}$ flow either way, $F_l$ usable capacity of a line on the day, $\eta_g$ round-trip efficiency, $\tau_g$ hours of storage,
          $W_{zg}$ store_mwh, or $\tau_g B_{zg}$ where hours are not chosen,
          $\psi$ share that may wait, $\varphi_{zh}$ flexible_mw, $u$ utilisation, $\Omega$ 24 hours of the day, $j_{sh}$ lacking_mw, $\rho_{sh}$ share of an
          interruptible connection that is there, $g^{F}_s$ firm_mw, $g^{N}_s$ interruptible_mw, $M_s$ supply behind the meter, $o_s$ secured_mw, $\iota_s$ interrupted_mwh
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from models.case import Case, Day
from models.day_parameters import DayLayout, DayParameters, day_layout, day_numbers
from models.terms import component_of, get_or_zero
from models.upper_bounds import usable_transfer_share

LINKS = {
    "alive_mw": "compute.alive_mw",
    "plant_mw": "power.plant_mw",
    "own_mw": "power.own_mw",
    "allotted_mw": "power.allotted_mw",
    "emitted_t": "carbon.emitted_t",
    "change_mwh": "storage.change_mwh",
    "dip_mwh": "storage.dip_mwh",
    "rise_mwh": "storage.rise_mwh",
    "zone_emitted_t": "carbon.zone_emitted_t",
    "site_emitted_t": "carbon.site_emitted_t",
    "counted_mw": "matching.counted_mw",
    "firmed_mw": "matching.firmed_mw",
    "sent_mw": "matching.sent_mw",
    "unclean_mwh": "matching.unclean_mwh",
    "unmatched_mwh": "matching.unmatched_mwh",
    "short_mwh": "matching.short_mwh",
    "firm_mw": "grid.firm_mw",
    "interruptible_mw": "grid.interruptible_mw",
    "interrupted_mwh": "interruption.interrupted_mwh",
    "secured_mw": "grid.secured_mw",
    "store_mwh": "plants.store_mwh",
}
"""The investment variables that a day sees: by its index and the period, or by its index, the period and the day."""
BALANCE = "energy_balances"
"""The rule whose dual values are the prices of electricity."""
UNSERVED_LIMIT = "hardly_any_load_is_shed"
"""The rule that the engine may break, at a penalty, to find what a plan lacks."""


@dataclass(frozen=True)
class Links:
    """The investment variables that a day sees, each a function of its index without period and day; 0 where none exists."""

    alive_mw: Callable[[str, str], Any]
    plant_mw: Callable[[str, str], Any]
    own_mw: Callable[[str, str], Any]
    allotted_mw: Callable[[str, str], Any]
    emitted_t: Callable[[], Any]
    change_mwh: Callable[[str, str], Any]
    dip_mwh: Callable[[str, str], Any]
    rise_mwh: Callable[[str, str], Any]
    zone_emitted_t: Callable[[str], Any]
    site_emitted_t: Callable[[str], Any]
    counted_mw: Callable[[str, str], Any]
    firmed_mw: Callable[[str, str, str], Any]
    sent_mw: Callable[[str, str, str], Any]
    unclean_mwh: Callable[[str], Any]
    unmatched_mwh: Callable[[str], Any]
    short_mwh: Callable[[], Any]
    firm_mw: Callable[[str], Any]
    interruptible_mw: Callable[[str], Any]
    interrupted_mwh: Callable[[str], Any]
    secured_mw: Callable[[str], Any]
    store_mwh: Callable[[str, str], Any]


def write_day(day: pyo.Block, case: Case, layout: DayLayout, links: Links, numbers: DayParameters) -> None:
    """Write the dispatch of one day of one period; every number that changes from day to day comes from `numbers`."""
    kinds, hours = case.technologies, layout.hours
    day.servers_mw = pyo.Var(layout.hosts, hours, domain=pyo.NonNegativeReals)
    day.output_mw = pyo.Var(layout.generators, hours, domain=pyo.NonNegativeReals)
    day.online_mw = pyo.Var(layout.clustered, hours, domain=pyo.NonNegativeReals)
    day.started_mw = pyo.Var(layout.clustered, hours, domain=pyo.NonNegativeReals)
    day.spilled_mw = pyo.Var(layout.spilling, hours, domain=pyo.NonNegativeReals)
    day.charge_mw = pyo.Var(layout.stores, hours, domain=pyo.NonNegativeReals)
    day.discharge_mw = pyo.Var(layout.stores, hours, domain=pyo.NonNegativeReals)
    day.level_mwh = pyo.Var(layout.stores, hours, domain=pyo.NonNegativeReals)
    usable = max(usable_transfer_share(case, summer=summer) for summer in (False, True))
    day.forward_mw = pyo.Var(layout.lines, hours, bounds=lambda _, line, __: (0, usable * case.lines[line].forward_mw))
    day.backward_mw = pyo.Var(
        layout.lines, hours, bounds=lambda _, line, __: (0, usable * case.lines[line].backward_mw)
    )
    day.shed_mw = pyo.Var(layout.zones, hours, domain=pyo.NonNegativeReals)
    day.matched_mw = pyo.Var(layout.hosts, hours, domain=pyo.NonNegativeReals)
    day.short_mw = pyo.Var(layout.strict, hours, domain=pyo.NonNegativeReals)
    day.flexible_mw = pyo.Var(layout.flexible, hours, domain=pyo.NonNegativeReals)
    capped_sites = tuple(layout.capped_sites)
    day.site_draw_mw = pyo.Var(capped_sites, hours, domain=pyo.NonNegativeReals)
    day.site_matched_mw = pyo.Var(capped_sites, hours, domain=pyo.NonNegativeReals)
    day.lacking_mw = pyo.Var(tuple(layout.interruptible), hours, domain=pyo.NonNegativeReals)
    waits, used = case.settings.service.flexible_share, case.settings.halls.utilisation_share

    @day.Constraint(layout.hosts, hours)
    def servers_draw_power_with_their_cooling(_, zone, hour):
        r"""New servers draw their power times PUE and utilisation: $q_{zh} = \sum_{s \in z,k} \delta_{skh} a_{sk}$."""
        return day.servers_mw[zone, hour] == pyo.quicksum(
            numbers.draw[site, cooling, hour] * links.alive_mw(site, cooling) for site, cooling in layout.places[zone]
        )

    def available_mw(zone: str, technology: str, hour: int) -> Any:
        new = numbers.availability.get((zone, technology, hour), 0.0) * links.plant_mw(zone, technology)
        return numbers.existing_mw[zone, technology, hour] + new

    @day.Constraint(layout.generators, hours)
    def output_stays_within_availability(_, zone, technology, hour):
        r"""Output stays within what is available: $y_{zgh} \le \bar y_{zgh} + \alpha_{zgh} B_{zg}$."""
        return day.output_mw[zone, technology, hour] <= available_mw(zone, technology, hour)

    @day.Constraint(layout.must_run, hours)
    def what_must_run_runs(_, zone, technology, hour):
        r"""Plants that deliver heat, or must run by contract, run whatever the price: $y_{zgh} \ge r_{zgh}$."""
        return -day.output_mw[zone, technology, hour] <= -numbers.must_run_mw[zone, technology, hour]

    @day.Constraint(layout.running, hours)
    def new_plant_runs_whenever_it_can(_, zone, technology, hour):
        r"""New low-carbon plant runs whenever it can, besides what must run: $y_{zgh} \ge \alpha_{zgh} B_{zg} + r_{zgh}$."""
        forced = numbers.must_run_mw.get((zone, technology, hour), 0.0)
        able = numbers.availability[zone, technology, hour] * links.plant_mw(zone, technology)
        return able - day.output_mw[zone, technology, hour] <= -forced

    def before(hour: int) -> int:
        return hours[hour - 1] if hour else hours[-1]

    def above_minimum_mw(zone: str, technology: str, hour: int) -> Any:
        least = kinds[technology].minimum_load_share * day.online_mw[zone, technology, hour]
        return day.output_mw[zone, technology, hour] - least

    @day.Constraint(layout.clustered, hours)
    def what_is_online_is_available(_, zone, technology, hour):
        r"""No more is online than is available: $u_{zgh} \le \bar y_{zgh} + \alpha_{zgh} B_{zg}$."""
        return day.online_mw[zone, technology, hour] <= available_mw(zone, technology, hour)

    @day.Constraint(layout.clustered, hours)
    def output_comes_from_what_is_online(_, zone, technology, hour):
        r"""Only what is online gives power: $y_{zgh} \le u_{zgh}$."""
        return day.output_mw[zone, technology, hour] <= day.online_mw[zone, technology, hour]

    @day.Constraint(layout.clustered, hours)
    def what_is_online_runs_at_its_minimum_load(_, zone, technology, hour):
        r"""What is online gives its minimum load at least: $y_{zgh} \ge \mu_g u_{zgh}$."""
        return above_minimum_mw(zone, technology, hour) >= 0

    @day.Constraint(layout.clustered, hours)
    def what_comes_online_is_started(_, zone, technology, hour):
        r"""What comes online is started, around the day: $v_{zgh} \ge u_{zgh} - u_{zg,h-1}$."""
        online = day.online_mw[zone, technology, hour] - day.online_mw[zone, technology, before(hour)]
        return day.started_mw[zone, technology, hour] >= online

    @day.Constraint(layout.ramping, hours)
    def output_rises_no_faster_than_plants_can(_, zone, technology, hour):
        r"""Output above the minimum rises with what is online: $(y_{zgh} - \mu_g u_{zgh}) - (y_{zg,h-1} - \mu_g u_{zg,h-1}) \le \rho_g u_{zgh}$."""
        rise = above_minimum_mw(zone, technology, hour) - above_minimum_mw(zone, technology, before(hour))
        return rise <= kinds[technology].ramp_share_per_hour * day.online_mw[zone, technology, hour]

    @day.Constraint(layout.ramping, hours)
    def output_falls_no_faster_than_plants_can(_, zone, technology, hour):
        r"""Output above the minimum falls with what was online: $(y_{zg,h-1} - \mu_g u_{zg,h-1}) - (y_{zgh} - \mu_g u_{zgh}) \le \rho_g u_{zg,h-1}$."""
        fall = above_minimum_mw(zone, technology, before(hour)) - above_minimum_mw(zone, technology, hour)
        return fall <= kinds[technology].ramp_share_per_hour * day.online_mw[zone, technology, before(hour)]

    @day.Constraint(layout.reservoirs)
    def reservoir_gives_what_is_allotted(_, zone, technology):
        r"""A reservoir gives what the year allots to the day: $\sum_h y_{zgh} \le H t_{zg}$."""
        given = pyo.quicksum(day.output_mw[zone, technology, hour] for hour in hours)
        return given <= len(hours) * links.allotted_mw(zone, technology)

    @day.Constraint(layout.flowing, hours)
    def reservoir_keeps_its_least_flow(_, zone, technology, hour):
        r"""A reservoir gives at least what must flow below its dams: $y_{zgh} \ge \check y_{zg}$."""
        return day.output_mw[zone, technology, hour] - numbers.least_mw[zone, technology] >= 0

    @day.Constraint(layout.stores, hours)
    def charging_stays_within_capacity(_, zone, technology, hour):
        r"""Charging stays within capacity: $i_{zgh} \le \bar y_{zg} + B_{zg}$."""
        capacity = numbers.fleet_mw[zone, technology] + links.plant_mw(zone, technology)
        return day.charge_mw[zone, technology, hour] <= capacity

    @day.Constraint(layout.stores, hours)
    def discharging_stays_within_capacity(_, zone, technology, hour):
        r"""Discharging stays within capacity: $o_{zgh} \le \bar y_{zg} + B_{zg}$."""
        capacity = numbers.fleet_mw[zone, technology] + links.plant_mw(zone, technology)
        return day.discharge_mw[zone, technology, hour] <= capacity

    @day.Constraint(layout.stores, hours)
    def level_stays_within_the_store(_, zone, technology, hour):
        r"""The store holds no more than its hours, and what new ones were given: $e_{zgh} \le \tau_g \bar y_{zg} + W_{zg}$."""
        hold, standing_mw = kinds[technology].duration_hours, numbers.fleet_mw[zone, technology]
        if (zone, technology) in layout.apart:
            new_mwh = links.store_mwh(zone, technology)
        else:
            new_mwh = hold * links.plant_mw(zone, technology)
        return day.level_mwh[zone, technology, hour] <= hold * standing_mw + new_mwh

    @day.Constraint(layout.stores, hours)
    def storage_ends_the_day_as_it_began(_, zone, technology, hour):
        r"""Energy is kept from hour to hour, around the day or, carried over, from what may be taken out: $e_{zgh} = e_{zg,h-1} + \sqrt{\eta_g}\,i_{zgh} - o_{zgh} / \sqrt{\eta_g}$."""
        one_way = kinds[technology].efficiency_share ** 0.5
        start = day.level_mwh[zone, technology, before(hour)]
        if not hour and (zone, technology) in layout.carrying:
            start = links.dip_mwh(zone, technology)
        return (
            day.level_mwh[zone, technology, hour]
            == start
            + one_way * day.charge_mw[zone, technology, hour]
            - day.discharge_mw[zone, technology, hour] / one_way
        )

    carrying = [pair for pair in layout.stores if pair in layout.carrying]

    def risen_mwh(zone: str, technology: str, hour: int) -> Any:
        return day.level_mwh[zone, technology, hour] - links.dip_mwh(zone, technology)

    @day.Constraint(carrying)
    def storage_leaves_what_it_carries_over(_, zone, technology):
        r"""A store that carries over ends above its start by what the year lets it change: $e_{zgH} - a_{zg} = c_{zg}$."""
        return risen_mwh(zone, technology, hours[-1]) == links.change_mwh(zone, technology)

    @day.Constraint(carrying, hours)
    def storage_rises_as_far_as_the_year_allows(_, zone, technology, hour):
        r"""It rises no further above its start than the year lets it: $e_{zgh} - a_{zg} \le r^{up}_{zg}$."""
        return risen_mwh(zone, technology, hour) <= links.rise_mwh(zone, technology)

    @day.Constraint(layout.limited_lines, ("forward", "backward"), hours)
    def flow_stays_within_what_is_usable(_, line, way, hour):
        r"""A line carries what the market gets of it in the season; nothing before its first year, its mean over the period of that: $f_{lh} \le F_l$."""
        if way == "forward":
            return day.forward_mw[line, hour] <= numbers.forward_limit_mw[line]
        return day.backward_mw[line, hour] <= numbers.backward_limit_mw[line]

    @day.Constraint(layout.zones, hours)
    def energy_balances(_, zone, hour):
        r"""In every zone and hour supply meets load: $\sum_g (y_{zgh} + o_{zgh} - i_{zgh}) + \sum_l ((1 - \nu_l) f^{in}_{lh} - f^{out}_{lh}) + n_{zh} = \lambda_{zh} + (1 - \psi) q_{zh} + \varphi_{zh} + w_{zh}$."""
        supply = pyo.quicksum(day.output_mw[zone, g, hour] for g in layout.generators_of[zone])
        stored = pyo.quicksum(
            day.discharge_mw[zone, g, hour] - day.charge_mw[zone, g, hour] for g in layout.stores_of[zone]
        )
        arriving = pyo.quicksum(
            (1 - case.lines[line].loss_share) * day.forward_mw[line, hour] - day.backward_mw[line, hour]
            for line in layout.lines_to[zone]
        )
        leaving = pyo.quicksum(
            day.forward_mw[line, hour] - (1 - case.lines[line].loss_share) * day.backward_mw[line, hour]
            for line in layout.lines_from[zone]
        )
        served = day.shed_mw[zone, hour] - ((1 - waits) * day.servers_mw[zone, hour] if zone in layout.hosts else 0.0)
        if zone in layout.spilling:
            served -= day.spilled_mw[zone, hour]
        done = day.flexible_mw[zone, hour] if zone in layout.flexible else 0.0
        return supply + stored + arriving - leaving + served - done == numbers.load_mw[zone, hour]

    @day.Constraint(layout.flexible, range(len(layout.windows)))
    def flexible_work_is_done_within_a_day(_, zone, window):
        r"""Work that may wait is done within the same 24 hours: $\sum_{h \in \Omega} \varphi_{zh} = \psi \sum_{h \in \Omega} q_{zh}$."""
        when = layout.windows[window]
        asked = pyo.quicksum(day.servers_mw[zone, hour] for hour in when)
        return pyo.quicksum(day.flexible_mw[zone, hour] for hour in when) == waits * asked

    @day.Constraint(layout.flexible, hours)
    def flexible_work_stays_within_the_servers(_, zone, hour):
        r"""Work is done no faster than with all servers in full use: $\varphi_{zh} \le (\psi + 1 / u - 1) q_{zh}$."""
        room = waits + 1 / used - 1 if used else 0.0
        return day.flexible_mw[zone, hour] <= room * day.servers_mw[zone, hour]

    @day.Constraint(tuple(layout.interruptible), hours)
    def interruptions_lack_what_the_connection_does_not_carry(_, site, hour):
        r"""What firm connection, the rest that is there and own supply do not carry of the draw is lacking: $j_{sh} \ge \sum_k \delta_{skh} a_{sk} - g^{F}_s - \rho_{sh} g^{N}_s - M_s - o_s$."""
        drawn = pyo.quicksum(
            numbers.draw[site, cooling, hour] * links.alive_mw(site, cooling)
            for _, cooling in layout.interruptible[site]
        )
        there = links.firm_mw(site) + numbers.uninterrupted[site, hour] * links.interruptible_mw(site)
        if layout.on_site[site]:
            there = there + links.secured_mw(site)
        return drawn - there - day.lacking_mw[site, hour] <= case.sites[site].behind_meter_mw

    @day.Constraint(tuple(layout.interruptible))
    def interruptions_are_accounted_for(_, site):
        r"""What is lacking in a day is lost: $\sum_h j_{sh} \le \iota_s$."""
        return pyo.quicksum(day.lacking_mw[site, hour] for hour in hours) <= links.interrupted_mwh(site)

    @day.Constraint(tuple(layout.cycles), hours)
    def voltage_drops_cancel_around_every_cycle(_, closing, hour):
        r"""Around every cycle of lines with a reactance Kirchhoff's voltage law holds: $\sum_{l \in c} \chi_{cl} (f^{forward}_{lh} - f^{backward}_{lh}) = 0$."""
        return (
            pyo.quicksum(
                reactance * (day.forward_mw[line, hour] - day.backward_mw[line, hour])
                for line, reactance in layout.cycles[closing].items()
            )
            == 0
        )

    @day.Constraint()
    def hardly_any_load_is_shed(_):
        r"""Load not served stays within a stated share of the day's load: $\sum_{zh} n_{zh} \le \sigma \sum_{zh} \lambda_{zh}$.

        Set by power.shed_share.
        """
        return pyo.quicksum(day.shed_mw[zone, hour] for zone in layout.zones for hour in hours) <= numbers.shed_mwh[()]

    @day.Constraint(layout.hosts, hours)
    def matching_stays_within_the_draw(_, zone, hour):
        r"""No more is matched than the new servers draw: $m_{zh} \le q_{zh}$."""
        return day.matched_mw[zone, hour] <= day.servers_mw[zone, hour]

    def supplied(zone: str, hour: int) -> Any:
        """Return what contracts and new plant give a zone in an hour: made even by stores, less and more over lines."""
        existing = 0.0 if case.settings.matching.additional else 1.0
        return pyo.quicksum(
            numbers.matching[zone, g, hour] * (existing * links.own_mw(zone, g) + links.plant_mw(zone, g))
            for g in layout.matching_of[zone]
        ) + pyo.quicksum(
            [numbers.firming[(*at, hour)] * links.firmed_mw(*at) for at in layout.firming if at[0] == zone]
            + [
                ((1 - case.lines[at[0]].loss_share if zone == place else 0.0) - (zone == origin))
                * numbers.matching[origin, at[2], hour]
                * links.sent_mw(*at)
                for at, (origin, place) in layout.sending.items()
                if zone in (origin, place)
            ]
        )

    @day.Constraint(layout.hosts, hours)
    def matching_needs_contracted_or_built_plant(_, zone, hour):
        r"""Matching needs contracted or built plant of the same zone, or what lines bring of it: $m_{zh} \le \sum_g \alpha_{zgh} (x^{own}_{zg} + B_{zg}) + \sum_{b,g} \delta_{zbgh} w_{zbg} + \sum_{l,g} ((1 - \nu_l) \alpha^{in}_{lgh} s^{in}_{lg} - \alpha_{zgh} s^{out}_{lg})$."""
        return day.matched_mw[zone, hour] <= supplied(zone, hour)

    def unmatched(zones: Any, weights: Mapping[Any, Any] | None = None) -> Any:
        """Return the unmatched draw of zones on the day, weighed by hour."""
        return pyo.quicksum(
            (1.0 if weights is None else weights[zone, hour])
            * (day.servers_mw[zone, hour] - day.matched_mw[zone, hour])
            for zone in zones
            for hour in hours
        )

    @day.Constraint()
    def unmatched_draw_emits_at_the_zone_intensity(_):
        r"""Unmatched draw emits at the zone's intensity: $\epsilon \ge \sum_{zh} \gamma_{zh} (q_{zh} - m_{zh})$."""
        return unmatched(layout.hosts, numbers.intensity_t_per_mwh) <= links.emitted_t()

    @day.Constraint(layout.capped)
    def unmatched_draw_of_a_zone_emits_at_its_intensity(_, zone):
        r"""The same of one zone, where each has a cap: $\epsilon_z \ge \sum_h \gamma_{zh} (q_{zh} - m_{zh})$."""
        return unmatched((zone,), numbers.intensity_t_per_mwh) <= links.zone_emitted_t(zone)

    @day.Constraint(capped_sites, hours)
    def a_site_draws_what_its_servers_do(_, site, hour):
        r"""The draw of a site with a cap: $q_{sh} = \sum_k \delta_{skh} a_{sk}$."""
        return day.site_draw_mw[site, hour] == pyo.quicksum(
            numbers.draw[place, cooling, hour] * links.alive_mw(place, cooling)
            for place, cooling in layout.capped_sites[site]
        )

    @day.Constraint(capped_sites, hours)
    def matching_of_a_site_stays_within_its_draw(_, site, hour):
        r"""No more is matched than the site draws: $m_{sh} \le q_{sh}$."""
        return day.site_matched_mw[site, hour] <= day.site_draw_mw[site, hour]

    @day.Constraint(capped_sites, hours)
    def matching_of_a_site_needs_what_counts_for_it(_, site, hour):
        r"""Its matching needs what counts for it: $m_{sh} \le \sum_g \alpha_{zgh} c_{sg}$."""
        zone = case.sites[site].zone
        return day.site_matched_mw[site, hour] <= pyo.quicksum(
            numbers.matching[zone, g, hour] * links.counted_mw(site, g) for g in layout.matching_of[zone]
        )

    @day.Constraint(capped_sites)
    def unmatched_draw_of_a_site_emits_at_its_intensity(_, site):
        r"""What is left of it emits at the zone's intensity: $\epsilon_s \ge \sum_h \gamma_{zh} (q_{sh} - m_{sh})$."""
        return pyo.quicksum(
            numbers.intensity_t_per_mwh[case.sites[site].zone, hour]
            * (day.site_draw_mw[site, hour] - day.site_matched_mw[site, hour])
            for hour in hours
        ) <= links.site_emitted_t(site)

    @day.Constraint(list(layout.scored))
    def unmatched_draw_is_as_clean_as_the_mix(_, group):
        r"""Of unmatched draw the unclean share of the grid's mix is not clean: $U_r \ge \sum_{z \in r, h} \upsilon_{zh} (q_{zh} - m_{zh})$."""
        return unmatched(layout.scored[group], numbers.unclean_share) <= links.unclean_mwh(group)

    @day.Constraint(list(layout.scored))
    def unmatched_draw_is_counted(_, group):
        r"""What is not matched, whatever the mix: $M_r \ge \sum_{z \in r, h} (q_{zh} - m_{zh})$."""
        return unmatched(layout.scored[group]) <= links.unmatched_mwh(group)

    @day.Constraint(layout.strict, hours)
    def an_hour_lacks_what_the_target_asks_of_it(_, zone, hour):
        r"""An hour lacks what contracts and new plant, with what lines bring, leave of the target: $k_{zh} \ge \Theta q_{zh} - \sum_g \alpha_{zgh} (x^{own}_{zg} + B_{zg}) - \sum_{b,g} \delta_{zbgh} w_{zbg} - \sum_{l,g} ((1 - \nu_l) \alpha^{in}_{lgh} s^{in}_{lg} - \alpha_{zgh} s^{out}_{lg})$."""
        asked = case.settings.matching.target_share * day.servers_mw[zone, hour]
        return asked - supplied(zone, hour) <= day.short_mw[zone, hour]

    @day.Constraint(["year"] if layout.strict else [])
    def what_hours_lack_is_counted(_, __):
        r"""What the hours lack adds up: $K \ge \sum_{zh} k_{zh}$."""
        return pyo.quicksum(day.short_mw.values()) <= links.short_mwh()

    @day.Expression()
    def operating_meur(_):
        """Running cost of the system, starts and value of lost load, of all days of a year that this day stands for."""
        given = ((day.output_mw, layout.generators), (day.discharge_mw, layout.stores))
        running = pyo.quicksum(
            marginal * power[zone, technology, hour]
            for power, pairs in given
            for zone, technology in pairs
            if (marginal := case.marginal_eur_per_mwh(zone, technology))
            for hour in hours
        ) + pyo.quicksum(
            start * day.started_mw[zone, technology, hour]
            for zone, technology in layout.clustered
            if (start := kinds[technology].start_eur_per_mw)
            for hour in hours
        )
        lost = case.settings.money.lost_load_eur_per_mwh * pyo.quicksum(day.shed_mw.values())
        return numbers.days_per_year_e6[()] * (running + lost)


def add(model: pyo.ConcreteModel, dispatch: pyo.Block, case: Case) -> None:
    """Write every day of every period in full: the reference of the tests, solvable by any solver."""
    layout = day_layout(case)

    @dispatch.Block(model.periods, [day.day for day in case.days])
    def days(block, period, name):
        day = next(day for day in case.days if day.day == name)
        write_day(block, case, layout, links_of(model, period, day), day_numbers(case, layout, period, day))

    dispatch.baseline_meur = pyo.Param(model.periods, mutable=True, default=0.0)

    @dispatch.Expression(model.periods)
    def opex_meur(_, period):
        """Running cost that the data centres add to the system, per year."""
        operating = pyo.quicksum(dispatch.days[period, day.day].operating_meur for day in case.days)
        return operating - dispatch.baseline_meur[period]


def add_master_part(model: pyo.ConcreteModel, dispatch: pyo.Block, case: Case) -> None:
    """Leave the days to the engine: a variable stands for what a period's days cost more than without new data centres."""
    dispatch.operating_meur = pyo.Var(model.periods)

    @dispatch.Expression(model.periods)
    def opex_meur(_, period):
        """Running cost that the data centres add to the system, per year."""
        return dispatch.operating_meur[period]


def links_of(model: pyo.ConcreteModel, period: str, day: Day) -> Links:
    """Return the investment variables as a day of a period sees them."""
    return Links(**{name: _linked(model, variable, period, day) for name, variable in LINKS.items()})


def _linked(model: pyo.ConcreteModel, variable: str, period: str, day: Day) -> Callable[..., Any]:
    """Return a variable as a function of its index without period and day."""
    component = component_of(model, variable)
    return lambda *index: get_or_zero(component, *index, *when(component, index, period, day))


def when(component: Any, index: tuple[str, ...], period: str, day: Day) -> tuple[str, ...]:
    """Return what follows an index in that of a variable: the period, and the day where each day has its own."""
    return (period, day.day) if component.dim() == len(index) + 2 else (period,)
