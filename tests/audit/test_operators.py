from models.case import Case
from models.plan import OperatorRow, Plan
from optimizer.audit import operators
from tests.audit.tampering import Question, Tampering, answers, breaking_test, settings


def overrun(case: Case, plan: Plan) -> Question:
    """Let one operator run more than it can at every new site."""
    asked, said = settings("sovereignty", operators=True)(case, plan)
    new = {row.site for row in plan.sites if row.opens and row.status == "candidate"}
    rows = tuple(
        OperatorRow(
            site=row.site,
            operator="abroad",
            period=row.period,
            name="",
            jurisdiction="US",
            servers_mw=61,
            committed_mw=0,
        )
        for row in plan.sites
        if row.site in new and row.opened
    )
    return asked, said.model_copy(update={"operators": (*plan.operators, *rows)})


OVERRUN: Tampering = overrun

test_every_rule_fails_where_it_is_broken = breaking_test(
    operators.CHECKS,
    {
        **dict.fromkeys(
            (
                "new_site_is_run_by_one_class",
                "only_the_class_of_a_site_runs_servers",
                "only_the_class_of_a_site_serves",
                "only_the_class_of_a_site_spends",
            ),
            settings("sovereignty", operators=True),
        ),
        **dict.fromkeys(
            (
                "servers_are_run_by_some_class",
                "compute_is_served_by_the_class_of_its_site",
                "capital_of_a_site_is_split_by_class",
            ),
            answers("operators", servers_mw=5.0),
        ),
        "operators_run_no_more_than_they_can": OVERRUN,
    },
)
