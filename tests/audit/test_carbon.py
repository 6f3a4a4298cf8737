from optimizer.audit import carbon
from tests.audit.tampering import breaking_test, settings

test_every_rule_fails_where_it_is_broken = breaking_test(
    carbon.CHECKS,
    {
        "emissions_per_mwh_stay_under_the_cap": settings("carbon", cap_kg_per_mwh=0),
        "emissions_per_mwh_of_a_zone_stay_under_the_cap": settings("carbon", cap_kg_per_mwh=0, cap_by="zone"),
        "emissions_per_mwh_of_a_site_stay_under_the_cap": settings("carbon", cap_kg_per_mwh=0, cap_by="site"),
        "emissions_per_year_stay_under_the_cap": settings("carbon", cap_kt=0),
    },
)
