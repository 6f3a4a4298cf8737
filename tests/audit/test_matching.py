from models.case import Case
from models.plan import CountingRow, Plan
from optimizer.audit import matching
from tests.audit.tampering import Question, answers, breaking_test, settings


def counting_all(case: Case, plan: Plan) -> Question:
    """Let more plant count for a site than there is."""
    row = CountingRow(site="LULEA", technology="hydro", period=next(iter(case.periods)), counted_mw=10_000.0)
    return case, plan.model_copy(update={"counting": (row,)})


def sending_into_full_lines(case: Case, plan: Plan) -> Question:
    """Let nothing be free of any line."""
    case, plan = settings("power", cover_spare_lines=True)(case, plan)
    lines = tuple(row.model_copy(update={"spare_forward_mw": 0.0, "spare_backward_mw": 0.0}) for row in plan.lines)
    return case, plan.model_copy(update={"lines": lines})


test_every_rule_fails_where_it_is_broken = breaking_test(
    matching.CHECKS,
    {
        "stores_make_even_no_more_than_their_power": answers("firming", firmed_mw=1000),
        "plants_are_made_even_or_sent_once": answers("firming", firmed_mw=1000),
        "plants_count_for_one_site": counting_all,
        "matching_and_cover_fit_into_what_the_system_leaves_free": sending_into_full_lines,
        "matching_takes_its_share_of_a_line": answers("sending", sent_mw=1000),
        "score_of_a_year_reaches_the_target": settings("matching", target_share=1),
        "excess_of_a_year_stays_within_its_share": settings("matching", excess_share=0),
        "every_hour_reaches_the_target": answers("days", short_mwh=1000),
    },
)
