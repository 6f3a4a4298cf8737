from dataclasses import replace

import numpy as np
import pytest

from models.calendar import MONTH_DAYS, month_days, month_shares
from models.case import Case, Day


def test_days_of_a_year_lie_in_their_months() -> None:
    shares = np.array([month_shares(place, 365) for place in range(365)])
    assert shares.sum(axis=0).tolist() == [*MONTH_DAYS]
    assert shares[58].argmax() == 1  # the 28th of February
    assert shares[59].argmax() == 2


def test_halves_of_a_year_lie_in_many_months() -> None:
    first, second = month_shares(0, 2), month_shares(1, 2)
    assert first.sum() == pytest.approx(1)
    assert first[:6] == pytest.approx(np.array(MONTH_DAYS[:6]) / 182.5)
    assert first[6] == pytest.approx(1.5 / 182.5)  # half a year ends at noon of the 2nd of July
    assert second[6] == pytest.approx(29.5 / 182.5)


def test_representative_days_have_the_months_of_those_they_stand_for(case: Case) -> None:
    days = (Day("d001", 0, 3000, (0,)), Day("d002", 2, 1380, (1,)))
    found = month_days(replace(case, days=days), days)
    assert found.shape == (12, 2)
    assert found.sum(axis=0) == pytest.approx([3000, 1380])
    assert found[0, 0] == pytest.approx(3000 * 31 / 182.5)
    assert found[0, 1] == 0
