import numpy as np
import pytest

from models.calendar import MONTHS
from models.case import Case
from models.inflows import highest_levels_mwh, inflow_mwh, least_output_mw, level_limits_mwh, seasonal_reservoirs
from tests.models.paper import asking, with_inflows

NONE, FULL = np.zeros(12), np.full(12, 10.0)


def test_water_comes_by_months_where_the_scenario_and_the_table_say_so(case: Case) -> None:
    months = with_inflows(case)
    assert seasonal_reservoirs(case) == ()
    assert seasonal_reservoirs(asking(case, "power", reservoirs="months")) == ()  # no table
    assert seasonal_reservoirs(asking(months, "power", reservoirs="year")) == ()
    assert seasonal_reservoirs(months) == (("NEAR", "hydro"),)


def test_inflow_levels_and_least_flow(case: Case) -> None:
    months = with_inflows(case)
    assert inflow_mwh(months, ("NEAR", "hydro"))[[0, 5]].tolist() == pytest.approx([0.0, 876_000])
    lowest, highest = level_limits_mwh(months, ("NEAR", "hydro"))
    assert lowest[[0, 11]].tolist() == pytest.approx([0, 100_000])
    assert highest.tolist() == pytest.approx([500_000] * 12)
    # the first day lies in January to the 2nd of July, of which only June must give something
    assert least_output_mw(months, ("NEAR", "hydro"), months.days)[0] == pytest.approx(20 * 30 / 182.5)


def test_highest_levels_on_paper() -> None:
    inflow = np.array([12.0 if month == 5 else 0.0 for month in MONTHS])
    use = np.full(12, 0.5)
    found = highest_levels_mwh(inflow, use, NONE, FULL)
    assert found is not None
    assert found[5] == 10  # full after the flood, of which more than half is spilt
    assert found[4] == pytest.approx(10 - 11 * 0.5)
    assert highest_levels_mwh(inflow, np.full(12, 1.0), NONE, FULL) is None  # eleven months of nothing take 11
    assert highest_levels_mwh(inflow, np.full(12, 1.0), NONE, np.full(12, 11.0)) is not None
    assert highest_levels_mwh(inflow, use, np.full(12, 4.6), FULL) is None


def test_less_inflow_than_use_is_not_kept_however_large_the_store() -> None:
    assert highest_levels_mwh(np.full(12, 1.0), np.full(12, 1.01), NONE, np.full(12, 1e6)) is None
