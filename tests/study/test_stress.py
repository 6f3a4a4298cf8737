"""Regrets of plans in futures: small tables by hand, and the tutorial's plans priced."""

import numpy as np
import pandas as pd
import pytest

from optimizer.study.stress import regrets, verdicts

NONE = float("nan")
VALUES = {  # plan -> cost in three futures; the searches found 9, 20, 30, the bounds are 8, 20, 29
    "steady": (12.0, 22.0, 33.0),
    "brave": (9.0, 30.0, 30.0),
    "frail": (8.5, 20.0, NONE),
}


def table_of(objective: str = "cost", sign: float = 1.0) -> pd.DataFrame:
    rows = [
        {"run": run, "plan": plan, "objective": objective, "value": sign * value, "bound": sign * bound}
        for plan, values in VALUES.items()
        for run, (value, bound) in enumerate(zip(values, (8.0, 20.0, 29.0), strict=True))
    ]
    known = [{"run": run, "objective": objective, "value": sign * each} for run, each in enumerate((9.0, 20.0, 30.0))]
    return regrets(pd.DataFrame(rows), pd.DataFrame(known))


@pytest.mark.parametrize(("objective", "sign"), [("cost", 1.0), ("compute", -1.0)])
def test_regret_is_what_lacks_to_the_best_known_and_at_most_to_the_bound(objective: str, sign: float) -> None:
    table = table_of(objective, sign)
    wide = table.pivot_table(index="plan", columns="run", values="regret", dropna=False)
    np.testing.assert_allclose(wide.loc["steady"], [3.5, 2.0, 3.0])
    np.testing.assert_allclose(wide.loc["brave"], [0.5, 10.0, 0.0])
    np.testing.assert_allclose(wide.loc["frail"], [0.0, 0.0, NONE])
    most = table.pivot_table(index="plan", columns="run", values="most", dropna=False)
    np.testing.assert_allclose(most.loc["steady"], [4.0, 2.0, 4.0])
    assert (table["regret"].dropna() >= 0).all()


def test_the_plan_of_the_least_worst_regret_comes_first_and_one_that_is_none_somewhere_last() -> None:
    found = verdicts(table_of()).set_index("plan")
    assert [*found.index] == ["steady", "brave", "frail"]
    columns = ["worst", "worst_run", "most", "best_in", "none"]
    assert found[columns].to_numpy().tolist() == [[3.5, 0, 4.0, 0, 0], [10.0, 1, 10.0, 1, 0], [0.0, 0, 0.5, 2, 1]]
    assert found["mean"]["steady"] == pytest.approx(8.5 / 3)
