from optimizer.audit import budget
from tests.audit.tampering import answers, breaking_test, inputs

test_every_rule_fails_where_it_is_broken = breaking_test(
    budget.CHECKS,
    {
        "every_cost_is_paid": inputs("chips", price_eur_per_chip=1),
        "spending_stays_within_the_tranches": inputs("tranches", amount_meur=0),
        "public_money_goes_to_sites": answers("spending", spent_meur=1),
        "aid_stays_under_the_ceiling": inputs("funds", aid_ceiling_share=0),
    },
)
