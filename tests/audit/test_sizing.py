from optimizer.audit import sizing
from tests.audit.tampering import breaking_test, inputs

test_every_rule_fails_where_it_is_broken = breaking_test(
    sizing.CHECKS,
    {
        "halls_suit_the_site": inputs("sites", connection_year=2099),
        "halls_fit_on_the_land_of_an_open_site": inputs("sites", land_mw=5),
        "halls_draw_no_more_than_the_grid_could_bring": inputs("headrooms", headroom_mw=1),
        "open_site_reaches_its_minimum": inputs("sites", minimum_mw=500),
        "site_without_room_stays_closed": inputs("sites", land_mw=5),
    },
)
