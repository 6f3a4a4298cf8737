from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from models.case import Case
from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.study.factor import FactorSettings, Value
from optimizer.study.variant import Variant, Variants
from tests.conftest import TUTORIAL


def variant(values: Mapping[str, Value | None], case_dir: Path = TUTORIAL, **factors: dict[str, Any]) -> Variant:
    return Variants(case_dir, "base", {}).of({name: FactorSettings(**each) for name, each in factors.items()}, values)


def case_of(made: Variant) -> Case:
    return made.case(Variants(TUTORIAL, "base", {}).read(made.settings))


CAP = {"of": "carbon.cap_kg_per_mwh"}
PRICE = {"of": "chips.price_eur_per_chip", "relative": True}
BUDGET = {"of": "tranches.amount_meur", "relative_to": "tranches.amount_meur"}
OPENING = {"of": "sites[PARIS].opening_meur"}
WIND = {"of": "availability[*.wind]", "relative": True}


def test_a_variant_is_the_case_with_those_numbers(tutorial_case: Case) -> None:
    values: dict[str, Value | None] = {"cap": 30.0, "price": 0.5, "budget": 1500.0, "opening": 9.0, "wind": 0.5}
    made = case_of(variant(values, cap=CAP, price=PRICE, budget=BUDGET, opening=OPENING, wind=WIND))
    assert made.settings.carbon.cap_kg_per_mwh == 30
    assert sum(row.amount_meur for row in made.tranches.values()) == pytest.approx(1500)
    shares = {made.tranches[key].amount_meur / row.amount_meur for key, row in tutorial_case.tranches.items()}
    assert max(shares) == pytest.approx(min(shares))
    for key, row in tutorial_case.chips.items():
        assert made.chips[key].price_eur_per_chip == row.price_eur_per_chip / 2
    assert made.sites["PARIS"].opening_meur == 9
    assert made.sites["LULEA"] == tutorial_case.sites["LULEA"]
    for name, hours in tutorial_case.hourly["availability"].items():
        factor = 0.5 if name.endswith(".wind") else 1.0
        assert np.array_equal(made.hourly["availability"][name], factor * hours)


def test_what_follows_from_changed_inputs_is_worked_out_anew(tutorial_case: Case) -> None:
    factors = {"route": {"of": "service.route_factor"}, "approach": {"of": "cooling.approach_k"}}
    made = case_of(variant({"route": 2.0, "approach": 9.0}, TUTORIAL, **factors))
    there = "PARIS", next(iter(made.regions))
    assert made.round_trip_ms[there] == pytest.approx(tutorial_case.round_trip_ms[there] * 2 / 1.4)
    assert made.climate != tutorial_case.climate


def test_nothing_changed_is_the_case_itself(tutorial_case: Case) -> None:
    same: dict[str, Value | None] = {"cap": 50.0, "price": 1.0, "budget": 3000.0, "opening": None, "wind": 1.0}
    made = variant(same, cap=CAP, price=PRICE, budget=BUDGET, opening=OPENING, wind=WIND)
    assert (made.cells, made.hours) == ({}, {})
    assert case_of(made) == tutorial_case
    assert made.key == variant({}).key


def test_keys_tell_inputs_apart_and_nothing_else(tmp_path: Path) -> None:
    elsewhere = Path(copytree(TUTORIAL, tmp_path / "tutorial"))
    halved = variant({"price": 0.5}, price=PRICE)
    prices = {
        key: row.price_eur_per_chip / 2 for key, row in read_case(TUTORIAL, load_settings(TUTORIAL)).chips.items()
    }
    factors = {key: {"of": f"chips[{key}].price_eur_per_chip"} for key in prices}
    assert halved.key == variant(prices, TUTORIAL, **factors).key  # however it is said
    assert halved.key == variant({"price": 0.5}, elsewhere, price=PRICE).key  # wherever it lies
    keys = {
        variant({name: value}, cap=CAP, price=PRICE, wind=WIND).key
        for name, value in [("cap", 30.0), ("cap", 31.0), ("price", 0.5), ("wind", 0.5)]
    }
    (elsewhere / "chips.csv").write_bytes((elsewhere / "chips.csv").read_bytes() + b"\n")
    keys.add(variant({"cap": 30.0}, elsewhere, cap=CAP).key)
    assert len(keys) == 5


def test_layers_are_laid_over_the_case(tmp_path: Path) -> None:
    copy = Path(copytree(TUTORIAL, tmp_path / "tutorial"))
    (copy / "dear").mkdir()
    text = (copy / "workloads.csv").read_text(encoding="utf-8")
    (copy / "dear" / "workloads.csv").write_text(text, encoding="utf-8")
    layers = {"overlay": {"of": "overlay"}, "scenario": {"of": "scenario"}}
    made = variant({"overlay": "dear", "scenario": "cost_first"}, copy, **layers)
    assert made.settings.inputs.overlays == ("dear",)
    assert made.settings.question.objectives[0] == "cost"
    assert "dear/workloads.csv" in made.files
    assert variant({"overlay": ""}, copy, **layers).key == variant({}, copy).key


def test_numbers_are_validated_as_those_that_are_read() -> None:
    made = variant({"price": 1e-6, "opening": -3.0}, price=PRICE, opening=OPENING)
    with pytest.raises(CaseRefused) as refused:
        case_of(made)
    told = {(fault.file, fault.column) for fault in refused.value.faults}
    assert told == {("chips.csv", "price_eur_per_chip"), ("sites.csv", "opening_meur")}
    assert all(fault.line for fault in refused.value.faults)
    with pytest.raises(CaseRefused, match="must be 0"):
        case_of(variant({"wind": 3.0}, wind=WIND))
    with pytest.raises(CaseRefused, match="could never open"):  # a rule across columns
        case_of(variant({"least": 1900.0}, least={"of": "sites[LULEA].minimum_mw"}))
    with pytest.raises(CaseRefused, match="finite"):
        variant({"cap": float("nan")}, cap=CAP)
