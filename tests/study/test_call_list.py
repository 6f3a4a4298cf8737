"""The call list against brute force: every estimate moved by its range, the case solved anew, the plan's regret."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.case import Case
from optimizer.benders.master_problem import SearchEnded
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.session import Session
from optimizer.study.alternatives import Alternatives, alternatives
from optimizer.study.call_list import RANGE_SHARE, Call
from tests.conftest import TUTORIAL

TABLES = ("sites", "headrooms", "reinforcements", "countries", "price_basis")
COLUMNS = {
    "sites": ("land_mw", "minimum_mw", "distance_km", "opening_meur", "heat_sink_mw", "behind_meter_mw"),
    "headrooms": ("headroom_mw",),
    "reinforcements": ("adds_mw", "capex_meur", "lead_years"),
    "countries": (
        "building_factor", "grid_fee_eur_per_mwh", "electricity_tax_eur_per_mwh", "connection_charge_meur_per_mw",
        "wage_factor", "pue_limit",
    ),
    "price_basis": ("basis_eur_per_mwh",),
}  # fmt: skip
DEARER = {"BUGEY": 100, "LODZ": 100, "LULEA": 150, "LYON": 100, "PARIS": 0}
Cell = tuple[str, str, str]


COPIES, STEP_MEUR = 4, 2
"""Of each candidate in a crowded case, and how much dearer each is than the one before."""


def crowded(folder: Path) -> Case:
    """Give the tutorial with its candidates copied, each copy on a substation of its own, farther off and dearer."""
    shutil.copytree(TUTORIAL, folder)
    names = ("sites", "substations", "headrooms")
    tables = {name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in names}
    numbers = dict.fromkeys(("opening_meur", "distance_km", "latitude"), "float")
    sites = tables["sites"].astype(numbers)
    candidates = sites[sites["status"] == "candidate"]
    sites["opening_meur"] += 100.0 * (sites["status"] == "candidate")
    copies = [sites]
    for number in range(1, COPIES):
        own = candidates["substation"] + "-" + candidates["site"] + f"-{number}"
        copies.append(
            candidates.assign(
                site=candidates["site"] + f"-{number}",
                name=candidates["name"] + f"-{number}",
                substation=own,
                opening_meur=candidates["opening_meur"] + 100 + STEP_MEUR * number,
                distance_km=candidates["distance_km"] + number,
                latitude=candidates["latitude"] + 0.005 * number,
            )
        )
        for name in ("substations", "headrooms"):
            row = candidates[["substation"]].assign(own=own).merge(tables[name], on="substation")
            row = row.drop(columns="substation").rename(columns={"own": "substation"})
            tables[name] = pd.concat([tables[name], row])
    tables["sites"] = pd.concat(copies)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    asked = {"question": {"tolerance_share": 0.45, "objectives": ["compute", "cost"]}}
    return read_case(folder, load_settings(folder, overrides=asked))


@pytest.fixture(scope="module", params=["even", pytest.param("crowded", marks=pytest.mark.long)])
def rivalry(request: pytest.FixtureRequest, tutorial_case: Case, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Give a case whose sites compete: compute is given up, and every site costs as much more as evens them out."""
    if request.param == "crowded":
        return crowded(tmp_path_factory.mktemp("case") / "crowded")
    question = tutorial_case.settings.question.model_copy(
        update={"tolerance_share": 0.45, "objectives": ("compute", "cost")}
    )
    rows = {
        key: row.model_copy(update={"opening_meur": row.opening_meur + DEARER[key]})
        for key, row in tutorial_case.sites.items()
    }
    settings = tutorial_case.settings.model_copy(update={"question": question})
    return replace(tutorial_case, sites=rows, settings=settings)


@pytest.fixture(scope="module")
def found(rivalry: Case) -> Alternatives:
    return [*alternatives(rivalry, 0.2, 0, RunMonitor())][-1]


def moved(case: Case, level: float) -> dict[Cell, list[Case]]:
    """Give for every estimate the two cases in which it is wrong by its range, new compute held."""
    question = case.settings.question
    held = question.model_copy(update={"levels": question.levels.model_copy(update={"compute": level})})
    case = replace(case, settings=case.settings.model_copy(update={"question": held}))
    cases: dict[Cell, list[Case]] = {}
    for table in TABLES:
        rows = getattr(case, table)
        for key, row in rows.items():
            for column in COLUMNS[table]:
                value, quality = getattr(row, column), case.quality(table, key, column)
                if value and quality in RANGE_SHARE:
                    name = ":".join(map(str, key)) if isinstance(key, tuple) else key
                    changes: list[dict[str, Any]] = [
                        {
                            table: {
                                **rows,
                                key: row.model_copy(update={column: value * (1 + sign * RANGE_SHARE[quality])}),
                            }
                        }
                        for sign in (1, -1)
                    ]
                    cases[table, name, column] = [replace(case, **change) for change in changes]
    return cases


@pytest.fixture(scope="module")
def regrets(rivalry: Case, found: Alternatives) -> dict[Cell, float]:
    """Give the larger of a cell's two regrets; where the plan is none any more, what losing it costs."""
    session = Session(rivalry)
    base = session.solve()
    assert base.integer_plan is not None
    reference = found.near.reference.value
    regrets = {}
    for cell, cases in moved(rivalry, found.levels["compute"]).items():
        values = [0.0]
        for changed in cases:
            try:
                solution = session.solve(changed, starts=[base.integer_plan])
                assert solution.integer_plan is not None
                if solution.integer_plan == base.integer_plan:
                    continue
                ours, best = session.price([base.integer_plan, solution.integer_plan], changed).values[:, -1]
                values.append((ours if np.isfinite(ours) else 2 * best - reference) - best)
            except SearchEnded:
                values.append(np.inf)
        regrets[cell] = max(values)
    return regrets


def cell_of(call: Call) -> Cell:
    return call.table, call.key, call.column


def test_the_first_ten_are_those_of_brute_force(found: Alternatives, regrets: dict[Cell, float]) -> None:
    """Where fewer than ten errors cost anything, the first ten hold all of those but one."""
    assert len(regrets) >= 15
    costly = [cell for cell, regret in sorted(regrets.items(), key=lambda item: -item[1]) if regret > 1e-3]
    assert len(costly) >= 6
    first = [cell_of(call) for call in found.calls[:10]]
    least = regrets[costly[min(9, len(costly) - 1)]] - 1e-3
    largest = [cell for cell in costly if regrets[cell] >= least]
    assert len({*largest} & {*first}) >= min(9, len(largest) - 1)
    if len(costly) < 10:  # where many are costly, a plan not found may be what an error favours
        none = [cell_of(call) for call in found.calls if call.power_meur <= 0]
        assert not {*none} & {*costly}


def test_a_power_is_near_the_regret(found: Alternatives, regrets: dict[Cell, float]) -> None:
    """It is of the first order and of the plans known: the best plan of the changed case decides anew."""
    likely = [call for call in found.calls if call.power_meur > 1]
    assert len(likely) >= 5
    for call in likely:
        assert 0.5 * regrets[cell_of(call)] <= call.power_meur <= 1.2 * regrets[cell_of(call)], call
