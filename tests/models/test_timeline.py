import pytest

from models.case import Case
from models.timeline import (
    annuity,
    discount_factor,
    first_year,
    horizon_year,
    interest_share,
    last_period,
    mean_growth,
    mean_over,
    residual_share,
    service_share,
    starts_in,
    until,
    years_of,
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


def test_means_over_a_period_count_a_part_year_by_its_part(case: Case) -> None:
    half = changed(case, "periods", "p2", length_years=2.5)
    assert years_of(half, "p2") == {2031: 1, 2032: 1, 2033: 0.5}
    assert mean_over(half, "p2", lambda year: year - 2030) == pytest.approx((1 + 2 + 0.5 * 3) / 2.5)
    assert mean_over(half, "p2", lambda _: 3057.7) == 3057.7
    assert mean_growth(half, "p2", 0.1) == pytest.approx((1.1**5 + 1.1**6 + 0.5 * 1.1**7) / 2.5)
    assert mean_growth(case, "p1", -0.5) == pytest.approx((1 + 0.5 + 0.25 + 0.125 + 0.0625) / 5)


def test_rows_of_a_period_are_those_that_hold_in_one_of_its_years(case: Case) -> None:
    assert starts_in(case, "p2", [2040, 2035, 2020, 2031, 2030]) == [2031, 2035]
    assert starts_in(case, "p2", [2036, 2026, 2029]) == [2029]
    assert starts_in(case, "p2", [2036]) == []


@pytest.mark.parametrize(("life", "share"), [(5, 0), (10, 0), (20, 0.5), (40, 0.75)])
def test_without_interest_what_is_left_is_a_straight_line(case: Case, life: float, share: float) -> None:
    assert residual_share(asking(case, "money", discount_share=0.0), "p1", life) == pytest.approx(share)  # ten years on


def test_what_is_left_is_what_equal_yearly_payments_have_not_paid_off(case: Case) -> None:
    """A thing of twenty years for 100, at 10 %: the debt is worked out year by year."""
    payment = 100 / sum(1.1**-year for year in range(1, 21))
    owed = [100.0]
    for _ in range(20):
        owed.append(owed[-1] * 1.1 - payment)
    assert owed[20] == pytest.approx(0, abs=1e-9)
    assert 100 * residual_share(case, "p1", 20) == pytest.approx(owed[10])  # 72.2: more than half is still owed
    assert 100 * residual_share(case, "p2", 20) == pytest.approx(owed[5])
    assert [residual_share(case, "p1", life) for life in (5, 10)] == [0, 0]


@pytest.mark.parametrize(("rate", "years"), [(0.1, 2.0), (0.06, 7.0), (0.1, 0.5), (0.1, 0.0), (0.0, 4.0)])
def test_interest_during_construction_is_that_of_money_paid_evenly(case: Case, rate: float, years: float) -> None:
    """Worked out in a thousand payments, each in the middle of its piece of the time."""
    here = asking(case, "money", discount_share=rate)
    paid = sum((1 + rate) ** (years * (piece + 0.5) / 1000) for piece in range(1000)) / 1000
    assert interest_share(here, years) == pytest.approx(paid - 1, rel=1e-5, abs=1e-12)


def test_a_thing_that_serves_later_is_younger_at_the_end(case: Case) -> None:
    assert residual_share(case, "p1", 20, 5) == pytest.approx(residual_share(case, "p2", 20))
    assert residual_share(case, "p2", 20, 5) == pytest.approx(1)  # it has just begun to serve
    assert residual_share(case, "p2", 20, 8) == pytest.approx(1)


def test_the_horizon_bears_the_payments_of_its_own_years(case: Case) -> None:
    payment = 1 / sum(1.1**-year for year in range(1, 21))
    borne = 1 - residual_share(case, "p1", 20) * discount_factor(case, horizon_year(case))
    assert borne == pytest.approx(payment * sum(1.1**-year for year in range(1, 11)))
