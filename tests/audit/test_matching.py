from optimizer.audit import matching
from tests.audit.tampering import answers, breaking_test, settings

test_every_rule_fails_where_it_is_broken = breaking_test(
    matching.CHECKS,
    {
        "stores_make_even_no_more_than_their_power": answers("firming", firmed_mw=1000),
        "plants_are_made_even_or_sent_once": answers("firming", firmed_mw=1000),
        "matching_takes_its_share_of_a_line": answers("sending", sent_mw=1000),
        "score_of_a_year_reaches_the_target": settings("matching", target_share=1),
        "excess_of_a_year_stays_within_its_share": settings("matching", excess_share=0),
        "every_hour_reaches_the_target": answers("days", short_mwh=1000),
    },
)
