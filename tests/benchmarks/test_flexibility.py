from pathlib import Path

import pytest

from models.plan import Plan
from tests.benchmarks.flexibility import page, running_meur
from tests.conftest import TUTORIAL


def test_work_that_may_wait_saves_no_less_the_more_of_it(tutorial_plan: Plan) -> None:
    """Without any the year costs what the plan says; the page has the saving of a MWh, and of a percent of it."""
    plan = tutorial_plan
    found = {share: running_meur(plan, TUTORIAL, share) for share in (0.0, 0.1, 0.4)}
    stated = {row.period: row.system_meur for row in plan.year}
    assert found[0.0] == pytest.approx(stated, rel=1e-6)
    for period in stated:
        assert found[0.0][period] >= found[0.1][period] - 1e-6 >= found[0.4][period] - 2e-6
    saved = (sum(found[0.0].values()) - sum(found[0.4].values())) / sum(row.servers_twh for row in plan.year)
    assert saved > 0.01
    assert f"| {saved:.2f} | {saved / 40:.3f} |" in page(plan, found)
    with pytest.raises(ValueError, match="every day"):
        running_meur(plan.model_copy(update={"replay": None}), Path(), 0.1)
