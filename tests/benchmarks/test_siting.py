from pathlib import Path

import numpy as np

from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.program.extensive_form import build_extensive_form
from tests.benchmarks.siting import WORDS, export_siting
from tests.benchmarks.variations import EUROPE

TUTORIAL = EUROPE.with_name("tutorial")


def test_the_exported_rules_and_goals_are_those_of_the_formulation(tmp_path: Path) -> None:
    case = read_case(TUTORIAL, load_settings(TUTORIAL))
    numbers, investments = tmp_path / "numbers.npz", tmp_path / "investments.npz"
    export_siting(case, numbers, investments)
    form = build_extensive_form(case)
    program = form.investment_part()
    point = np.random.default_rng(0).uniform(size=form.investments)
    with np.load(investments) as told:
        rows = np.add.reduceat(told["values"] * point[told["indices"]], told["starts"][:-1])
        full = np.diff(told["starts"]) > 0
        assert np.allclose(rows[full], (program.matrix[:, : form.investments] @ point)[full])
        assert told["column"].tolist() == list(program.column_names)
        for name in case.settings.question.objectives:
            assert np.array_equal(told[f"cost_{name}"], form.full_objective(name).cost[: form.investments])
            assert np.array_equal(told[f"weight_{name}"], form.objective(name).cost[form.operating])
        aspects = {row.split(".")[0] for row in told["row"].tolist()}
    assert [aspect for aspect in sorted(aspects) if f"`{aspect}`" not in WORDS] == []
    with np.load(numbers) as told:
        assert told["load_mw"].shape == (len(case.periods), len(case.days), len(case.zones), 24)
