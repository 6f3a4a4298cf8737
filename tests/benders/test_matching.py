"""Matching on random cases: the search against the formulation written out, and what more matching costs."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from models.case import Case
from optimizer.benders.decomposition import decompose
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import solve_case
from tests.cases import Pick, draft
from tests.laws import near, worth
from tests.test_properties import sound_plan
from tests.variants import with_section
from tests.written import optimum, written_out

NOTHING: Mapping[str, Any] = {}


def matched_case(seed: int, carbon: Mapping[str, Any] = NOTHING, **keys: Any) -> Case:
    """Return a random case in which something is built, matching asked as the seed has it and the keys say."""
    pick = Pick(seed)
    asked = {
        "target_share": pick(0.3, 0.6, 0.9),
        "score_by": pick("plan", "zone"),
        "grid": pick("none", "residual", "average"),
        "strict": pick(True, False, False),
        "excess_share": pick(0.2, 1.0, 5.0),
        "additional": pick(False, False, True),
        "storage": pick(True, True, False),
        "storage_peaks": pick(1.0, 5.0),
        "reservoirs": pick.apart("mean", "days"),
        "import_share": pick.apart(0.0, 0.3),
        "new_plant_runs": pick.apart(False, True),
    }
    made = draft(seed, sites=3, zones=2, periods=2, days=2, scarce=False, floor="coverage")
    made = with_section(made, "matching", lambda _: {**asked, **keys})
    capped = {"cap_by": pick("plan", "zone"), "cap_kg_per_mwh": pick(2000, 200)}
    made = with_section(made, "carbon", lambda _: {**capped, **carbon})
    made = with_section(made, "power", lambda _: {"cover_spare_lines": pick.apart(False, True)})
    return with_section(made, "question", lambda _: {"objectives": ("cost",)}).case()


def dear(case: Case) -> Case:
    """Return the case with plants and contracts so dear that no market pays for them, and no cover asking for them."""
    kinds = {
        name: row.model_copy(update={"capex_meur_per_mw": 6 * row.capex_meur_per_mw, "contract_eur_per_mwh": 30.0})
        for name, row in case.technologies.items()
    }
    power = case.settings.power.model_copy(update={"cover_energy_share": 0.0})
    return replace(case, technologies=kinds, settings=case.settings.model_copy(update={"power": power}))


SEEDS = (2, 6, 8, 13, 24, 26, 28)
"""Cases in which what is asked costs something, rules out what was a plan, or has a store make plant even."""
HALLS = ("siting.", "sizing.", "compute.", "demand.", "cooling.", "grid.")
TARGETS = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_search_agrees_with_the_formulation_written_out(seed: int) -> None:
    case = matched_case(seed)
    solution = solve_case(case, year=lambda: False)
    found, written = worth(solution), optimum(written_out(case, solution.baseline)["cost"])
    assert found == written == np.inf or found == near(written)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cap_by_site_agrees_with_the_formulation_written_out_and_asks_no_less(seed: int) -> None:
    keys = {"target_share": 0.0, "import_share": 0.3}
    sites, zones = (matched_case(seed, {"cap_by": by, "cap_kg_per_mwh": 150.0}, **keys) for by in ("site", "zone"))
    solution, other = (solve_case(each, year=lambda: False) for each in (sites, zones))
    written = optimum(written_out(sites, solution.baseline)["cost"])
    assert worth(solution) == written == np.inf or worth(solution) == near(written)
    assert worth(solution) >= worth(other) or worth(solution) == near(worth(other))
    if solution.has_plan:
        sound_plan(sites, solution)


def test_what_is_asked_bears_on_the_cost() -> None:
    firmed = 0.0
    targets: tuple[dict[str, Any], ...] = ({}, {"target_share": 0.0})
    for seed in (13, 24):
        asked, free = (solve_case(matched_case(seed, **keys), year=lambda: False) for keys in targets)
        assert worth(asked) != near(worth(free))
        assert asked.point is not None
        columns = asked.form.compiled.columns
        firmed += sum(asked.point[columns[id(each)]] for each in asked.form.model.matching.firmed_mw.values())
    assert firmed > 1


@pytest.mark.parametrize("seed", [13, 16, 20, 26])
def test_cost_is_convex_in_the_target_for_the_same_halls(seed: int) -> None:
    keys: dict[str, Any] = {"excess_share": 5.0, "strict": False, "storage": True, "storage_peaks": 5.0, "grid": "none"}
    case = dear(matched_case(seed, target_share=0.02, additional=False, **keys))
    solution = solve_case(case, year=lambda: False)
    assert solution.point is not None
    names = solution.form.compiled.program.column_names
    halls = {name: value for name, value in zip(names, solution.point, strict=False) if name.startswith(HALLS)}

    def cost(target: float) -> float:
        part = case.settings.matching.model_copy(update={"target_share": target})
        asked = replace(case, settings=case.settings.model_copy(update={"matching": part}))
        program = written_out(asked, solution.baseline)["cost"]
        lower, upper = program.lower.copy(), program.upper.copy()
        for column, name in enumerate(program.column_names):
            if name in halls:
                lower[column] = upper[column] = halls[name]
        return optimum(program.with_bounds(lower, upper))

    costs = [cost(target) for target in TARGETS]
    known = [(target, found) for target, found in zip(TARGETS, costs, strict=True) if np.isfinite(found)]
    assert len(known) >= 3
    steps = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(known)]
    assert min(steps) >= -1e-4
    assert all(later >= earlier - 1e-3 for earlier, later in pairwise(steps))
    assert steps[-1] > steps[0] + 1e-3


@pytest.mark.parametrize("seed", [2, 13, 26])
def test_a_cut_holds_that_was_found_where_stores_take_what_rounding_left_of_no_plant(seed: int) -> None:
    decomposition = decompose(build_extensive_form(matched_case(seed, storage=True, grid="none", strict=False)), 60)
    names = np.array([name.partition("[")[0] for name in decomposition.master.column_names])
    chance = np.random.default_rng(seed)
    here, there = (np.zeros(len(decomposition.master.lower)) for _ in range(2))
    firmed, servers = names == "matching.firmed_mw", names == "compute.alive_mw"
    here[firmed | servers] = 1e-9
    plants = np.isin(names, ("power.plant_mw", "power.own_mw"))
    there[firmed], there[plants] = 1.0, 5.0 + 20.0 * chance.random(plants.sum())
    there[servers] = 10.0 * chance.random(servers.sum())
    true = [each.accounts.value for each in decomposition.accounts(there)]
    cuts = [cut for cut in decomposition.cuts(here, decomposition.accounts(here)) if cut.kind == "account"]
    assert firmed.any()
    assert any(cut.at(there) > 1 for cut in cuts)
    for cut in cuts:
        assert cut.at(there) <= true[cut.node][cut.part] * (1 + 1e-9) + 1e-6
