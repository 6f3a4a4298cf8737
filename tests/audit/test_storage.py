from optimizer.audit import storage
from tests.audit.tampering import answers, breaking_test, hours

test_every_rule_fails_where_it_is_broken = breaking_test(
    storage.CHECKS,
    {
        "days_do_what_they_carry_over": hours("level_mwh", 10_000),
        "level_follows_the_days": answers("carried", change_mwh=7),
        "energy_carried_over_stays_within_the_store": answers("carried", rise_mwh=10_000),
    },
)
