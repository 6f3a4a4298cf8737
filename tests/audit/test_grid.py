from dataclasses import replace

from models.case import Case
from models.plan import Plan
from optimizer.audit import grid
from tests.audit.tampering import Question, answers, breaking_test, inputs, with_plan


def without_step_one(case: Case, plan: Plan) -> Question:
    (substation, _), row = next(iter(case.reinforcements.items()))
    steps = {(substation, 2): row.model_copy(update={"step": 2})}
    return replace(case, reinforcements=steps), with_plan(plan, "reinforcements", step=2)


def step_taken_twice(case: Case, plan: Plan) -> Question:
    return case, plan.model_copy(update={"reinforcements": plan.reinforcements * 2})


test_every_rule_fails_where_it_is_broken = breaking_test(
    grid.CHECKS,
    {
        "connections_wait_for_their_year": inputs("sites", connection_year=2099),
        "peak_stays_within_connection": answers("connections", connected_mw=0),
        "units_stand_where_there_are_any": answers("connections", secured_mw=1.0),
        "secured_supply_is_that_of_all_units_but_one": answers("connections", secured_mw=1.0),
        "sites_share_the_substation_queue": inputs("headrooms", headroom_mw=1),
        "connection_is_firm_but_for_what_may_be_interrupted": answers("connections", interruptible_mw=1000.0),
        "sites_share_what_may_be_interrupted": answers("connections", interruptible_mw=1.0),
        "step_is_taken_at_most_once": step_taken_twice,
        "steps_are_taken_in_order": without_step_one,
    },
)
