"""What solving a case takes is estimated from one of its days, and what the machine cannot hold is refused at once."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.case import Case
from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.cli import app
from optimizer.program.extensive_form import build_extensive_form
from optimizer.runtime import estimate as estimate_module
from optimizer.runtime.estimate import MAX_NONZEROS, Size, check_size, estimate
from tests.cases import draft

INPUTS = Path(__file__).parents[2] / "inputs"


def assert_counted(case: Case, few: int = 0) -> None:
    """Assert that a case's rows are counted exactly, its columns and coefficients within 1 % or a few."""
    size, matrix = estimate(case), build_extensive_form(case).program.matrix
    assert size.rows == matrix.shape[0]
    assert size.columns == pytest.approx(matrix.shape[1], rel=0.01, abs=few)
    assert size.nonzeros == pytest.approx(matrix.nnz, rel=0.01, abs=few)


def free(monkeypatch: pytest.MonkeyPatch, megabytes: float) -> None:
    monkeypatch.setattr(estimate_module, "free_memory_mb", lambda: megabytes)


def test_the_tutorial_is_counted_as_it_is_built(tutorial_case: Case) -> None:
    assert_counted(tutorial_case)


@pytest.mark.parametrize("seed", range(8))
def test_any_case_is_counted_as_it_is_built(seed: int) -> None:
    chosen = draft(seed, 2 + seed % 4, 1 + seed % 3, 1 + seed % 2, 1 + seed % 3, seed % 3 == 2, "")
    assert_counted(chosen.case(), few=8)


@pytest.mark.long
@pytest.mark.parametrize("settings", ["base", "gigafactories"])
def test_the_reference_case_is_counted_as_it_is_built(settings: str) -> None:
    folder = INPUTS / "europe"
    assert_counted(read_case(folder, load_settings(folder, settings)))


def test_a_thousand_million_rows_are_refused_before_they_are_built(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 1e12)
    daring = tutorial_case.settings.solve.model_copy(update={"allow_large": True})
    settings = tutorial_case.settings.model_copy(update={"solve": daring})
    huge = replace(tutorial_case, days=tutorial_case.days * 500_000, settings=settings)
    began = time.perf_counter()
    with pytest.raises(CaseRefused, match="more than the solver can number"):
        check_size(huge)
    assert time.perf_counter() - began < 2
    assert estimate(huge).rows > 1e9
    assert estimate(huge).nonzeros > MAX_NONZEROS


def test_more_pairs_of_site_and_demand_than_memory_holds_are_refused_before_they_are_built(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate_module, "build_extensive_form", lambda *_: pytest.fail("the programme was built"))
    free(monkeypatch, 1024)
    (region, workload, _), row = next(iter(tutorial_case.demand.items()))
    huge = replace(tutorial_case, demand={(region, workload, f"p{number}"): row for number in range(300_000)})
    with pytest.raises(CaseRefused, match=r"about \d,\d\d0,000 rows, .* are needed, 1\.0 GB are free"):
        check_size(huge)


def test_what_does_not_fit_is_refused_unless_it_is_asked_for(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = estimate(tutorial_case).memory_mb
    free(monkeypatch, 2.1 * needed)
    assert check_size(tutorial_case) == ""
    free(monkeypatch, 1.5 * needed)
    assert "about 3,690 rows, 0.1 to 0.5 GB, 7 to 30 seconds are needed, 0.4 GB are free" in check_size(tutorial_case)
    free(monkeypatch, 0.9 * needed)
    with pytest.raises(CaseRefused) as refused:
        check_size(tutorial_case)
    (fault,) = refused.value.faults
    for words in ("too large for this machine", "solve.allow_large = true", "fewer representative days"):
        assert words in fault.rule
    daring = tutorial_case.settings.solve.model_copy(update={"allow_large": True})
    case = replace(tutorial_case, settings=tutorial_case.settings.model_copy(update={"solve": daring}))
    assert "it may run out of memory" in check_size(case)


@pytest.mark.parametrize(
    ("rows", "seconds", "words"),
    [
        (7, 1, "about 7 rows, 0.2 to 1.0 GB, 1 to 2 seconds"),
        (76_596, 131, "about 76,600 rows, 0.2 to 1.0 GB, 1 to 5 minutes"),
        (481_581, 3717, "about 482,000 rows, 0.2 to 1.0 GB, 1 to 3 hours"),
        (10**9, 1e6, "about 1,000,000,000 rows, 0.2 to 1.0 GB, 6 to 24 days"),
    ],
)
def test_a_size_is_told_as_a_range_in_round_figures(rows: int, seconds: float, words: str) -> None:
    assert str(Size(rows, 1, 1, 512.0, seconds)) == words


def test_case_whose_whole_year_alone_does_not_fit_is_warned_about(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 600.0)
    size = Size(7, 1, 1, 1000.0, 50.0, search_memory_mb=500.0)
    assert "it may run out of memory" in check_size(tutorial_case, size)
    with pytest.raises(CaseRefused, match="too large"):
        check_size(tutorial_case, replace(size, search_memory_mb=700.0))


def test_time_told_ends_at_the_limit() -> None:
    assert str(Size(7, 1, 1, 512.0, 50.0, limit_seconds=60.0)).endswith("25 to 60 seconds")
    assert str(Size(7, 1, 1, 512.0, 500.0, limit_seconds=60.0)).endswith("30 to 60 seconds")


def test_the_dispatch_of_the_whole_year_and_every_process_are_in_the_estimate(tutorial_case: Case) -> None:
    def of(**changed: object) -> Size:
        settings, case = tutorial_case.settings, tutorial_case
        time_, solve = settings.time, settings.solve
        time_ = time_.model_copy(update={name: value for name, value in changed.items() if name == "replay"})
        solve = solve.model_copy(update={name: value for name, value in changed.items() if name == "workers"})
        many = {
            name: {key: np.tile(column, 180) for key, column in table.items()} for name, table in case.hourly.items()
        }
        return estimate(
            replace(case, hourly=many, settings=settings.model_copy(update={"time": time_, "solve": solve}))
        )

    assert of(replay=False).full_year_seconds == 0
    assert of(replay=True).full_year_seconds > 1
    assert of(replay=True).memory_mb > of(replay=False).memory_mb
    assert of(replay=True, workers=4).memory_mb == of(replay=True, workers=2).memory_mb + 2 * 270
    assert of(replay=True, workers=4).full_year_seconds < of(replay=True, workers=2).full_year_seconds


@pytest.mark.long
def test_the_reference_case_takes_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured on two cores beside other work: 3,395 MB of all processes; 80, 17, 120 and 10 s for the four parts."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    folder = INPUTS / "europe"
    size = estimate(read_case(folder, load_settings(folder)))
    assert 3395 / 2 < size.memory_mb < 3395 * 2
    assert 227 / 2 < size.seconds < 227 * 2
    assert 120 / 2 < size.full_year_seconds < 120 * 2


def test_more_of_anything_takes_more(tutorial_case: Case) -> None:
    longer = replace(tutorial_case, days=tutorial_case.days * 3)
    small, large = estimate(tutorial_case), estimate(longer)
    assert small.rows < large.rows < 3 * small.rows
    assert small.memory_mb < large.memory_mb
    assert small.seconds < large.seconds <= tutorial_case.settings.solve.time_limit_seconds


def test_check_says_what_solving_takes() -> None:
    result = CliRunner().invoke(app, ["check", str(INPUTS / "tutorial")])
    assert "Solving it takes about 3,690 rows, 0.1 to 0.5 GB, 7 to 30 seconds." in result.output
