from pathlib import Path

import numpy as np

from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.program.extensive_form import build_extensive_form
from tests.benchmarks.siting import WORDS, export_siting
from tests.benchmarks.variations import EUROPE, with_gap, with_scarce_power

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


def test_scarce_power_is_more_of_everything_but_power() -> None:
    case = read_case(TUTORIAL, load_settings(TUTORIAL))
    scarce = with_scarce_power(case, 10)
    asked = [sum(row.demand_kh100e for row in each.demand.values()) for each in (case, scarce)]
    assert asked[1] == 10 * asked[0] > 0
    assert scarce.fleets == case.fleets
    assert scarce.potentials == case.potentials


def test_a_gap_holds_for_every_objective() -> None:
    case = read_case(TUTORIAL, load_settings(TUTORIAL, overrides={"solve": {"gaps": {"cost": 0.001}}}))
    assert case.settings.solve.gap_of("cost") == 0.001
    assert with_gap(case, 0.02, 60.0).settings.solve.gap_of("cost") == 0.02
