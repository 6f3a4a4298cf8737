import pytest

from models.case import Case
from models.timeline import (
    annuity,
    discount_factor,
    first_year,
    horizon_year,
    last_period,
    residual_share,
    service_share,
    until,
)
from tests.models.paper import asking, changed


def test_periods_follow_one_another(case: Case) -> None:
    assert [first_year(case, period) for period in case.periods] == [2026, 2031]
    assert [until(case, period) for period in case.periods] == [["p1"], ["p1", "p2"]]
    assert last_period(case) == "p2"
    assert horizon_year(case) == 2036


def test_a_thing_serves_exactly_its_life(case: Case) -> None:
    bought = [service_share(case, 2026, life, "p1") for life in (1.5, 5, 6)]
    assert bought == pytest.approx([0.3, 1, 1])
    later = [service_share(case, 2026, life, "p2") for life in (5, 6, 7.5, 10, 30)]
    assert later == pytest.approx([0, 0.2, 0.5, 1, 1])
    assert service_share(case, 2031, 10, "p1") == 0
    assert service_share(case, 2029, 4, "p1") == pytest.approx(0.4)


def test_a_later_euro_is_worth_less(case: Case) -> None:
    assert discount_factor(case, 2026) == 1
    assert discount_factor(case, 2028) == pytest.approx(1 / 1.21)


def test_a_period_is_worth_its_years(case: Case) -> None:
    assert annuity(case, "p1") == pytest.approx(1 + 1 / 1.1 + 1 / 1.1**2 + 1 / 1.1**3 + 1 / 1.1**4)
    assert annuity(asking(case, "money", discount_share=0.0), "p2") == 5
    half = changed(case, "periods", "p1", length_years=1.5)
    assert annuity(half, "p1") == pytest.approx(1 + 0.5 / 1.1)


@pytest.mark.parametrize(("life", "share"), [(5, 0), (10, 0), (20, 0.5), (40, 0.75)])
def test_what_is_left_is_a_straight_line(case: Case, life: float, share: float) -> None:
    assert residual_share(case, "p1", life) == pytest.approx(share)  # ten years to the horizon
