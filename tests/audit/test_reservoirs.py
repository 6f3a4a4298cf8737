from optimizer.audit import reservoirs
from tests.audit.tampering import answers, breaking_test, inputs

test_every_rule_fails_where_it_is_broken = breaking_test(
    reservoirs.CHECKS,
    {
        "reservoir_keeps_what_flows_in_and_is_not_used": inputs("reservoirs", energy_twh=0.1),
        "level_stays_within_the_reservoir": answers("levels", level_mwh=0),
    },
)
