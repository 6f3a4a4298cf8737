from models.case import Case
from models.plan import Plan
from optimizer.audit import full_year
from tests.audit.tampering import Question, answers, breaking_test, inputs


def carried_in_vain(case: Case, plan: Plan) -> Question:
    """Carry more over than any store holds."""
    assert plan.replay is not None
    full = {key: (1e6,) * len(levels) for key, levels in plan.replay.carried_mwh.items()}
    assert full
    return case, plan.model_copy(update={"replay": plan.replay.model_copy(update={"carried_mwh": full})})


def burnt_by_plants_that_need_not_run(case: Case, plan: Plan) -> Question:
    """Burn power where no plant has a least load, so that all could be turned down."""
    free = inputs("technologies", minimum_load_share=0.0, start_eur_per_mw=0.0)(case, plan)
    return answers("year_days", burnt_mwh=1.0)(*free)


test_every_rule_fails_where_it_is_broken = breaking_test(
    full_year.CHECKS,
    {
        "servers_draw_power_with_their_cooling_on_every_day": answers("year_days", servers_mwh=1.0),
        "draw_is_matched_as_far_as_contracts_and_plants_allow": answers("year_days", matched_mwh=1e6),
        "unmatched_draw_emits_at_the_zone_intensity_on_every_day": answers("year_days", emitted_t=1e6),
        "reservoirs_last_the_year": inputs("reservoirs", energy_twh=0.1),
        "reservoirs_keep_what_flows_in_month_by_month": inputs("inflows", level_min_share=0.99),
        "energy_carried_over_stays_within_the_store_all_year": carried_in_vain,
        "nothing_is_burnt_where_nothing_pays_for_it": burnt_by_plants_that_need_not_run,
        "hardly_any_load_is_shed_on_any_day": answers("year_days", shed_mwh=1e6),
        "totals_are_those_of_the_days": answers("year", present_meur=1.0),
        "sampled_days_cost_and_emit_what_an_own_dispatch_does": answers("year_days", baseline_meur=0.5),
    },
)
