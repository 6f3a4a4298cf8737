from models.case import Case
from models.plan import Plan, UnitRow
from optimizer.audit import plants
from tests.audit.tampering import Question, answers, breaking_test, with_case, with_plan


def half_a_unit(case: Case, plan: Plan) -> Question:
    """Build 30 MW everywhere of what comes in units of 20."""
    return with_case(case, "technologies", unit_mw=20.0), with_plan(plan, "supply", built_mw=30.0, built_units=1)


def with_a_unit(case: Case, plan: Plan) -> Question:
    """Stand a unit on a site of which there is no plant."""
    allowed = with_case(case, "technologies", "nuclear", on_site=True, unit_mw=10.0)
    unit = UnitRow(site="LYON", technology="nuclear", period="p1", units=1)
    return allowed, plan.model_copy(update={"units": (unit,)})


def without_energy(case: Case, plan: Plan) -> Question:
    """Build power that holds nothing, of what holds at least its hours."""
    chosen = with_case(case, "technologies", "battery", duration_max_hours=8.0)
    return chosen, with_plan(plan, "supply", built_mw=30.0)


test_every_rule_fails_where_it_is_broken = breaking_test(
    plants.CHECKS,
    {
        "plants_are_built_in_whole_units": half_a_unit,
        "units_on_sites_are_plants_of_their_zone": with_a_unit,
        "stores_standing_are_those_built": without_energy,
        "stores_hold_their_least_hours": without_energy,
        "stores_hold_no_more_than_their_most_hours": answers("supply", built_mwh=10_000.0),
    },
)
