import pytest

from models.plan import Plan
from models.settings import OBJECTIVES
from optimizer.audit import objective
from optimizer.audit.audit import audit
from optimizer.audit.costs import AuditedPlan
from tests.audit.tampering import Question, Tampering, breaking_test, changes_of


def with_stages(plan: Plan, **columns: object) -> Plan:
    """Return the plan with columns of every stage of the proof changed."""
    stages = tuple(stage.model_copy(update=columns) for stage in plan.proof.stages)
    return plan.model_copy(update={"proof": plan.proof.model_copy(update={"stages": stages})})


def stages(**columns: object) -> Tampering:
    return lambda case, plan: (case, with_stages(plan, **columns))


def proof(**columns: object) -> Tampering:
    return lambda case, plan: (case, plan.model_copy(update={"proof": plan.proof.model_copy(update=columns)}))


test_every_rule_fails_where_it_is_broken = breaking_test(
    objective.CHECKS,
    {
        "stages_are_those_asked": stages(sense="maximise"),
        "gap_is_that_of_bound_and_value": stages(gap_share=0.5),
        "bound_is_no_worse_than_the_value": stages(bound=0.0),
        "solved_means_within_the_gap_asked": stages(gap_share=0.5),
        "plan_achieves_what_its_stages_claim": stages(plan_value=1e6),
        "bound_is_no_worse_than_before_branching": stages(root_bound=1.0, sense="maximise"),
        "committed_compute_is_that_without_new_sites": proof(committed_compute=1.0),
        "programme_holds_at_the_plan": proof(violations=()),
        "every_region_is_served_the_even_share": stages(objective="even", plan_value=1.0),
        "options_are_those_of_the_scenario": proof(options={"gap_share": "0.5"}),
    },
)


@pytest.mark.parametrize("column", ["value", "bound", "gap_share", "plan_value", "plan_gap_share"])
def test_no_number_of_the_proof_can_be_changed_unseen(question: Question, column: str) -> None:
    case, plan = question
    for stage in plan.proof.stages:
        for number in changes_of(getattr(stage, column), float):
            changed = with_stages_of(plan, stage.objective, **{column: number})
            assert not audit(case, changed).sound, (stage, number)


def with_stages_of(plan: Plan, objective: str, **columns: object) -> Plan:
    stages = tuple(
        stage.model_copy(update=columns) if stage.objective == objective else stage for stage in plan.proof.stages
    )
    return plan.model_copy(update={"proof": plan.proof.model_copy(update={"stages": stages})})


def test_every_objective_is_recomputed(question: Question) -> None:
    assert set(objective.objective_values(AuditedPlan(*question))) == set(OBJECTIVES)
