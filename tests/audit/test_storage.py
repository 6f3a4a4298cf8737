from optimizer.audit import storage
from tests.audit.tampering import answers, breaking_test

test_every_rule_fails_where_it_is_broken = breaking_test(
    storage.CHECKS,
    {
        "level_follows_the_days": answers("carried", change_mwh=7),
        "store_is_not_drawn_below_nothing": answers("carried", dip_mwh=10_000),
        "store_is_not_filled_above_its_size": answers("carried", rise_mwh=10_000),
    },
)
