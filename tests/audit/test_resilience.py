from dataclasses import replace
from typing import Any

import pytest

from models.case import Case
from models.resilience import ALL
from optimizer.audit import resilience
from optimizer.audit.audit import audit
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.session import solve_case
from tests.audit.tampering import breaking_test, settings
from tests.conftest import TUTORIAL
from tests.models.paper import asking

lost, late = settings("resilience", share=1.0, sites_lost=1), settings("resilience", delayed_share=0.9, delayed_sites=9)
test_every_rule_fails_where_it_is_broken = breaking_test(
    resilience.CHECKS,
    {
        "enough_is_served_whatever_is_lost": lost,
        "worst_loss_counts_every_group": lost,
        "enough_is_in_service_whatever_is_late": late,
        "worst_delay_counts_every_site": late,
        "cover_is_enough_without_any_line": settings("resilience", line_cover_share=2.0),
    },
)


@pytest.mark.parametrize(
    ("keys", "lost", "share"),
    [
        ({"sites_lost": 2, "share": 0.03, "scope": ALL, "share_of": "demand"}, ("sites", 2), 0.0),
        ({"sites_lost": 2, "share": 0.1, "scope": ALL, "share_of": "served"}, ("sites", 2), 0.1),
        ({"countries_lost": 1, "share": 0.3, "scope": ALL, "share_of": "served"}, ("countries", 1), 0.3),
        ({"delayed_sites": 1, "delayed_share": 0.75}, ("delays", 1), 0.75),
    ],
)
def test_a_plan_keeps_what_is_asked(
    tutorial_case: Case, keys: dict[str, Any], lost: tuple[str, int], share: float
) -> None:
    """The default plan keeps none of these: it has a single new site."""
    case = asking(tutorial_case, "resilience", **keys)
    solution = solve_case(case)
    plan = extract(case, solution, provenance_of(case, TUTORIAL, "base", {}))
    report = audit(case, plan)
    assert report.sound, [each for each in report.checks if not each.passed]
    left = [row.remaining_share for row in plan.resilience if (row.failure, row.number) == lost]
    assert min(left) >= share - 1e-6
    assert not audit(replace(case), plan.model_copy(update={"resilience": plan.resilience[1:]})).sound
