"""Cells that a scenario or the command line sets and scales: what becomes of them, what is refused, what remembers."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.case import Case
from optimizer.case.changes import CHANGED
from optimizer.case.faults import CaseRefused
from optimizer.case.place import place_of
from optimizer.case.read import read_case, read_inputs
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.cli import app
from optimizer.commands.arguments import with_scales
from optimizer.explain.limit_input import LimitText, limit_input
from optimizer.explain.source_location import SourceLocations
from optimizer.recheck import recheck
from tests.conftest import TUTORIAL


def changed(*settings: str, scales: tuple[str, ...] = (), case_dir: Path = TUTORIAL) -> Case:
    overrides = parse_overrides(with_scales([*settings], [*scales]))
    return read_case(case_dir, load_settings(case_dir, "base", overrides))


def faults_of(*settings: str, scales: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(CaseRefused) as refused:
        changed(*settings, scales=scales)
    return [str(fault) for fault in refused.value.faults]


def test_cells_are_set_and_scaled_and_nothing_else(tutorial_case: Case) -> None:
    scales = ("chips.price_eur_per_chip=0.8", "tranches[*,p1].amount_meur=2", "availability[*.wind]=0.5")
    case = changed("tranches.private.p1=5000", "sites.LYON.water_source=none", "countries.sites_max=3", scales=scales)
    for key, row in tutorial_case.chips.items():
        assert case.chips[key].price_eur_per_chip == pytest.approx(0.8 * row.price_eur_per_chip)
    assert case.tranches["private", "p1"].amount_meur == 2 * 5000  # what was set is scaled
    assert case.tranches["private", "p2"] == tutorial_case.tranches["private", "p2"]
    assert case.sites["LYON"].water_source == "none"
    assert {row.sites_max for row in case.countries.values()} == {3}
    for name, hours in tutorial_case.hourly["availability"].items():
        assert np.array_equal(case.hourly["availability"][name], (0.5 if name.endswith(".wind") else 1.0) * hours)
    assert case.files == tutorial_case.files


def test_what_is_changed_is_an_estimate(tutorial_case: Case) -> None:
    case = changed("sites.LYON.latitude=45.8")
    assert tutorial_case.quality("sites", "LYON", "latitude") == "derived"
    assert case.quality("sites", "LYON", "latitude") == "estimate"
    assert case.cell_source("sites", "LYON", "latitude") == CHANGED
    assert case.quality("sites", "LYON", "longitude") == "derived"


def test_a_scenario_file_says_the_same_as_the_command_line(tmp_path: Path) -> None:
    case_dir = Path(shutil.copytree(TUTORIAL, tmp_path / "tutorial"))
    text = '[inputs.cells]\n"tranches.private.p1" = 5000\n[inputs.factors]\n"chips.price_eur_per_chip" = 0.8\n'
    (case_dir / "scenarios").mkdir(exist_ok=True)
    (case_dir / "scenarios" / "client.toml").write_text(f'extends = "base"\n{text}')
    stated = load_settings(case_dir, "client")
    told = changed("tranches.private.p1=5000", scales=("chips.price_eur_per_chip=0.8",), case_dir=case_dir)
    assert read_case(case_dir, stated).chips == told.chips
    assert stated.inputs == told.settings.inputs


@pytest.mark.parametrize(
    ("settings", "scales", "words"),
    [
        (
            ("tranches.privat.p1=5",),
            (),
            "inputs.cells.tranches.privat.p1 = '5': [privat,p1]: no such row (did you mean",
        ),
        ((), ("chips.price_eur=2",), "'price_eur' is no column of chips that can be changed (did you mean 'price_eur_"),
        ((), ("chip.price=2",), "is no key, table or column (did you mean 'chips.price_eur_per_chip'?)"),
        ((), ("sites.LYON.water_source=2",), "holds no numbers, which a factor could multiply"),
        ((), ("carbon.cap_kt=2",), "is no cell of a table: keys of the scenario are set by themselves"),
        (("sites.LYON=2",), (), "'LYON' is no column of sites that can be changed: there are kind, status"),
        (
            ("sites.LYON.water_source=rivr",),
            (),
            f"must be one of none, river, lake, sea (did you mean 'river'?) ({CHANGED})",
        ),
        (("sites.LYON.land_mw=-4",), (), "sites.csv, line 5, land_mw = '-4': outside 0 .. 5,000 MW (changed by"),
        ((), ("availability[*.wind]=9",), "must be 0 .. 1"),
        (("sites.LYON.country=DE",), (), "no such row in countries.csv"),
    ],
)
def test_each_fault_of_a_change_is_named(settings: tuple[str, ...], scales: tuple[str, ...], words: str) -> None:
    assert any(words in fault for fault in faults_of(*settings, scales=scales)), faults_of(*settings, scales=scales)


def test_every_fault_of_the_changes_is_told_at_once() -> None:
    found = faults_of("tranches.x.p1=1", "sites.LYON.land_mw=-4", scales=("fleets.WEST.gas.9.capacity_mw=2",))
    assert [("no such row" in fault, "land_mw" in fault) for fault in found].count((True, False)) == 2
    assert any("land_mw" in fault for fault in found)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("tranches.private.p1", (("private", "p1"),)),
        ("tranches.*.p1.amount_meur", (("private", "p1"), ("public", "p1"))),
        ("tranches[private,p1].amount_meur", (("private", "p1"),)),
        ("price_basis.EAST", ("EAST",)),
        ("sites.L*.land_mw", ("LODZ", "LULEA", "LYON")),
    ],
)
def test_a_row_is_named_between_brackets_or_dots(name: str, rows: tuple[object, ...]) -> None:
    assert place_of(name, {}, read_inputs(TUTORIAL, load_settings(TUTORIAL))).rows == rows


def test_a_plan_remembers_its_changes_and_its_audit_makes_them_again(tmp_path: Path) -> None:
    options = ["--set", "tranches.private.p1=1500", "--scale", "chips.price_eur_per_chip=0.9", "--no-explain"]
    folder = tmp_path / "plan"
    done = CliRunner().invoke(app, ["solve", str(TUTORIAL), *options, "--out", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    certificate = recheck(folder, TUTORIAL)
    assert certificate.sound
    text = (folder / "summary.md").read_text(encoding="utf-8")
    assert "tranches.private.p1 = 1500" in text
    assert 'inputs.factors."chips.price_eur_per_chip" = 0.9' in text


def test_a_factor_without_a_value_is_wrong_usage() -> None:
    done = CliRunner().invoke(app, ["check", str(TUTORIAL), "--scale", "chips.price_eur_per_chip"])
    assert done.exit_code == 2
    assert "CELLS=FACTOR" in done.output


def test_a_limit_that_was_changed_is_placed_in_the_scenario() -> None:
    overrides: Mapping[str, object] = parse_overrides(["tranches.private.p1=5000"])
    case = read_case(TUTORIAL, load_settings(TUTORIAL, "base", overrides))
    there = SourceLocations(TUTORIAL, "base", overrides)
    set_anew, as_written = (
        str(there.of(limit_input(case, "r", "tranches.amount_meur", LimitText(""), ("private", period))))
        for period in ("p1", "p2")
    )
    assert set_anew == "scenario, inputs, tranches.private.p1.amount_meur"
    assert as_written.startswith("tranches.csv, line ")
