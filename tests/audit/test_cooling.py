from optimizer.audit import cooling
from tests.audit.tampering import answers, breaking_test, inputs

test_every_rule_fails_where_it_is_broken = breaking_test(
    cooling.CHECKS,
    {
        "withdrawal_stays_within_basin": inputs("basins", available_mm3=-1),
        "new_halls_keep_the_legal_pue": inputs("countries", pue_limit=1.0),
        "heat_reused_stays_within_the_sink": answers("sites", reused_mw=10_000),
        "heat_reused_is_heat_the_halls_deliver": answers("sites", reused_mw=10_000),
        "heat_reused_passes_the_recovery_built": answers("sites", reused_mw=10_000),
        "law_on_heat_reuse_is_kept": inputs("countries", reuse_share=1.0),
    },
)
