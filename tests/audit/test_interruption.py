from optimizer.audit import interruption
from tests.audit.tampering import answers, breaking_test

test_every_rule_fails_where_it_is_broken = breaking_test(
    interruption.CHECKS,
    {
        "interruptions_stay_within_their_share": answers("connections", lost_twh=1.0),
        "compute_lost_is_not_served": answers("connections", lost_twh=10.0),
    },
)
