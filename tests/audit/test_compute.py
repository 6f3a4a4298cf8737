from models.case import Case
from models.plan import Plan
from optimizer.audit import compute
from tests.audit.tampering import Question, answers, breaking_test, inputs, settings


def everywhere_capped(case: Case, plan: Plan) -> Question:
    """Put every country into the tier whose countries may have next to nothing."""
    return inputs("export_caps", limit_kchips=0.001)(*inputs("countries", export_tier="tier2")(case, plan))


test_every_rule_fails_where_it_is_broken = breaking_test(
    compute.CHECKS,
    {
        "chips_are_on_sale": inputs("chips", last_year=2000),
        "open_site_runs_servers_of_its_least_size": inputs("sites", minimum_mw=500),
        "closed_site_runs_no_servers": answers("sites", opens=0),
        "racks_suit_the_cooling": inputs("cooling", rack_limit_kw=1),
        "servers_in_service_are_those_bought_and_not_yet_worn_out": inputs("chips", life_years=15),
        "servers_fit_in_halls": settings("halls", hall_mw=1),
        "country_buys_no_more_than_its_export_cap": everywhere_capped,
        "new_site_holds_its_least_chips": settings("siting", site_min_kchips=1000),
        "market_delivers_what_is_bought": inputs("chip_supply", limit_kchips=0.001),
        "gigafactory_holds_its_chips": settings("siting", gigafactories_min=1, gigafactory_kchips=1000),
        "enough_gigafactories_stand": settings("siting", gigafactories_min=1, gigafactory_kchips=1000),
    },
)
