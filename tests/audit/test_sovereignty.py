from dataclasses import replace

from models.case import Case, SovereigntyLimit
from models.plan import Plan
from optimizer.audit import sovereignty
from tests.audit.tampering import Question, Tampering, breaking_test
from tests.drafts import row


def limited(**cells: object) -> Tampering:
    """Ask for a limit that the plan was not made for."""
    made = SovereigntyLimit.model_validate(row("sovereignty_limits", **cells))

    def tamper(case: Case, plan: Plan) -> Question:
        return replace(case, sovereignty_limits={(made.level, made.bloc, made.workload, made.period): made}), plan

    return tamper


test_every_rule_fails_where_it_is_broken = breaking_test(
    sovereignty.CHECKS,
    {
        "bloc_holds_its_floor": limited(level="chip", bloc="union", workload="any", period="any", floor_share=0.1),
        "bloc_stays_under_its_ceiling": limited(
            level="territory", bloc="union", workload="training", period="p2", ceiling_share=0.9
        ),
    },
)
