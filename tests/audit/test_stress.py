from optimizer.audit import stress
from tests.audit.tampering import breaking_test, settings

test_every_rule_fails_where_it_is_broken = breaking_test(
    stress.CHECKS,
    {"low_carbon_plant_feeds_the_data_centres_in_hours_of_stress": settings("power", stress_share=2)},
)
