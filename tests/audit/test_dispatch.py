from itertools import product

import numpy as np

from models.case import Case
from models.plan import CountingRow, Plan
from optimizer.audit import dispatch
from tests.audit.tampering import Question, Tampering, answers, breaking_test, hours, inputs, settings, with_array


def sent_both_ways(case: Case, plan: Plan) -> Question:
    """Send power there and back over a line that loses it, made by a plant that need not run."""
    for way in ("forward_mw", "backward_mw"):
        plan = with_array(plan, way, plan.hourly.values[way] + 1.0)
    return case, plan


def counting_everything(case: Case, plan: Plan) -> Question:
    """Let so much plant count for every site that its zone matches less than its sites do."""
    kinds = {row.technology for row in plan.supply if case.technologies[row.technology].low_carbon}
    rows = tuple(
        CountingRow(site=site, technology=kind, period=period, counted_mw=10_000.0)
        for site, kind, period in product(case.sites, kinds, case.periods)
        if (case.sites[site].zone, kind) in case.supplies
    )
    matched = plan.hourly.values["matched_mw"]
    return settings("carbon", cap_by="site")(
        case, with_array(plan.model_copy(update={"counting": rows}), "matched_mw", 0 * matched)
    )


def working_at_once(most_mw: float) -> Tampering:
    """Let half of the work wait, and do it all in a power of its own."""

    def tamper(case: Case, plan: Plan) -> Question:
        case, plan = settings("service", flexible_share=0.5)(case, plan)
        keys = {**plan.hourly.keys, "flexible_mw": plan.hourly.keys["servers_mw"]}
        values = {**plan.hourly.values, "flexible_mw": np.full_like(plan.hourly.values["servers_mw"], most_mw)}
        return case, plan.model_copy(update={"hourly": plan.hourly.model_copy(update={"keys": keys, "values": values})})

    return tamper


test_every_rule_fails_where_it_is_broken = breaking_test(
    dispatch.CHECKS,
    {
        "existing_load_is_that_of_the_case": inputs("zones", load_growth_share=0.2),
        "servers_draw_power_with_their_cooling": settings("halls", utilisation_share=0.1),
        "output_stays_within_availability": inputs("fleets", capacity_mw=0),
        "what_must_run_runs": inputs("fleets", ("WEST", "gas", 2026), must_run_share=1),
        "new_plant_runs_whenever_it_can": lambda case, plan: (
            case,
            with_array(plan, "output_mw", 0 * plan.hourly.values["output_mw"]),
        ),
        "what_is_online_is_available": hours("online_mw", 10_000),
        "output_comes_from_what_is_online": hours("online_mw", 0),
        "what_is_online_runs_at_its_minimum_load": hours("online_mw", 10_000),
        "what_comes_online_is_started": hours("online_mw", 10_000),
        "output_rises_no_faster_than_plants_can": hours("output_mw", 10_000),
        "output_falls_no_faster_than_plants_can": hours("output_mw", 10_000),
        "reservoir_gives_what_is_allotted": answers("reservoirs", allotted_mw=0),
        "reservoir_keeps_its_least_flow": hours("output_mw", 0),
        "storage_leaves_what_it_carries_over": answers("carried", change_mwh=7),
        "storage_rises_as_far_as_the_year_allows": hours("level_mwh", 10_000),
        "charging_stays_within_capacity": hours("charge_mw", 1000),
        "discharging_stays_within_capacity": hours("discharge_mw", 1000),
        "level_stays_within_the_store": hours("level_mwh", 10_000),
        "storage_ends_the_day_as_it_began": hours("level_mwh", 1),
        "flows_stay_within_the_lines": inputs("lines", forward_mw=0),
        "flow_stays_within_what_is_usable": settings("power", usable_transfer_share=0.01),
        "energy_balances": inputs("lines", loss_share=0.3),
        "interruptions_are_accounted_for": answers("connections", interruptible_mw=1000.0),
        "interruptions_lack_what_the_connection_does_not_carry": answers("connections", interruptible_mw=1000.0),
        "flexible_work_is_done_within_a_day": working_at_once(10.0),
        "flexible_work_stays_within_the_servers": working_at_once(1000.0),
        "voltage_drops_cancel_around_every_cycle": inputs("lines", from_zone="NORTH", to_zone="WEST", reactance_pu=0.1),
        "power_goes_round_only_where_output_is_paid_for": sent_both_ways,
        "hardly_any_load_is_shed": hours("shed_mw", 1000),
        "matching_stays_within_the_draw": hours("matched_mw", 1000),
        "matching_needs_contracted_or_built_plant": hours("matched_mw", 1000),
        "matching_of_a_site_needs_what_counts_for_it": counting_everything,
        "a_site_draws_what_its_servers_do": counting_everything,
        "matching_of_a_site_stays_within_its_draw": counting_everything,
        "unmatched_draw_of_a_site_emits_at_its_intensity": counting_everything,
        "unmatched_draw_emits_at_the_zone_intensity": answers("days", emitted_t=0),
        "unmatched_draw_of_a_zone_emits_at_its_intensity": answers("days", emitted_t=0),
        "unmatched_draw_is_as_clean_as_the_mix": answers("matching_days", unclean_mwh=0),
        "unmatched_draw_is_counted": answers("matching_days", unmatched_mwh=0),
        "an_hour_lacks_what_the_target_asks_of_it": settings("matching", target_share=1, strict=True),
        "what_hours_lack_is_counted": settings("matching", target_share=1, strict=True),
    },
)
