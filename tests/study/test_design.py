from pathlib import Path

import numpy as np
import pytest
from SALib.analyze import sobol as sobol_analysis

from optimizer.case.faults import CaseRefused
from optimizer.study.design import design_frame, design_rows, runs_of, salib_problem, unit_sample
from optimizer.study.study_file import Study, read_study
from tests.study.studies import study_file

FACTORS = """
[factors.cap]
of = "carbon.cap_kg_per_mwh"
range = [20, 60]
levels = 3
[factors.asked]
of = "scenario"
values = ["base", "cost_first"]
"""


def study(folder: Path, design: str) -> Study:
    return read_study(study_file(folder, FACTORS, design))


@pytest.mark.parametrize(
    ("design", "runs"),
    [
        ('kind = "grid"', 6),
        ('kind = "one_at_a_time"', 5),
        ('kind = "latin_hypercube"\nsize = 7', 7),
        ('kind = "morris"\nsize = 5', 15),
        ('kind = "sobol"\nsize = 8', 32),
        ('kind = "sobol"\nsize = 8\nsecond_order = true', 48),
    ],
)
def test_a_design_has_the_runs_that_are_told_and_the_base_run(design: str, runs: int, tmp_path: Path) -> None:
    known = study(tmp_path, design)
    rows = design_rows(known, {"cap"})
    assert len(rows) == runs_of(known) == runs + 1
    assert rows[0] == {"cap": None, "asked": None}
    assert rows == design_rows(known, {"cap"})
    for row in rows[1:]:
        assert row["cap"] is None or 20 <= float(row["cap"]) <= 60
        assert row["asked"] in (None, "base", "cost_first")
    frame = design_frame(rows, {"cap": 50.0, "asked": "base"})
    assert [*frame.loc[0]] == [50, "base"]
    assert frame["cap"].dtype == float


def test_one_at_a_time_moves_one(tmp_path: Path) -> None:
    rows = design_rows(study(tmp_path, 'kind = "one_at_a_time"'), {"cap"})
    assert [[*row.values()].count(None) for row in rows] == [2, 1, 1, 1, 1, 1]


def test_seeds_draw_other_samples(tmp_path: Path) -> None:
    one, two = (unit_sample(study(tmp_path, f'kind = "latin_hypercube"\nsize = 8\nseed = {seed}')) for seed in (1, 2))
    assert not np.array_equal(one, two)
    for sample in (one, two):  # one in every eighth
        assert np.array_equal(np.sort(np.floor(8 * sample), axis=0), np.tile(np.arange(8)[:, None], 2))


def test_the_sample_is_what_salib_analyses(tmp_path: Path) -> None:
    known = study(tmp_path, 'kind = "sobol"\nsize = 512')
    x = unit_sample(known)
    found = sobol_analysis.analyze(salib_problem(known), 3 * x[:, 0] + x[:, 1], calc_second_order=False, seed=1)
    assert found["S1"] == pytest.approx([0.9, 0.1], abs=0.02)


def test_rows_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("asked,cap\ncost_first,30\n,44.5\n", encoding="utf-8")
    rows = design_rows(study(tmp_path, 'kind = "rows"\nfile = "rows.csv"'), {"cap"})
    assert rows[1:] == [{"cap": 30, "asked": "cost_first"}, {"cap": 44.5, "asked": None}]


def test_every_fault_of_a_file_of_rows_is_told(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("cap,askd\nlow,base\n1\n", encoding="utf-8")
    with pytest.raises(CaseRefused) as refused:
        design_rows(study(tmp_path, 'kind = "rows"\nfile = "rows.csv"'), {"cap"})
    told = [(fault.line, fault.column) for fault in refused.value.faults]
    assert told == [(1, "askd"), (1, "asked"), (2, "cap"), (3, None)]


@pytest.mark.parametrize("cell", ["nan", "inf", "1e400", "1_000", "0x10", "\u0662\u0660", "20 kg", "true"])
def test_what_is_no_finite_number_is_told(cell: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"cap,asked\n30,\n{cell},\n", encoding="utf-8")
    with pytest.raises(CaseRefused, match=r"rows\.csv, line 3, cap = .*: must be a number, or empty"):
        design_rows(study(tmp_path, 'kind = "rows"\nfile = "rows.csv"'), {"cap"})


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "is empty"),
        (b"cap,asked\n", "has no row below its header"),
        (b"cap,cap,asked\n1,2,\n", "the column appears 2 times"),
        (b"cap,asked\n1,\0\n", "NUL byte"),
        (b"cap,asked\n1,\xe9\xc3\xa9\n", "mixes UTF-8 with another encoding"),
        (b'cap,asked\n"1,\n', "never closed"),
        (b"cap,asked\n" + b"1" * 200_000 + b",\n", "cannot be read from here on"),
    ],
)
def test_a_file_of_rows_that_is_none_is_told(raw: bytes, rule: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(raw)
    with pytest.raises(CaseRefused, match=rule):
        design_rows(study(tmp_path, 'kind = "rows"\nfile = "rows.csv"'), {"cap"})


def test_a_design_too_large_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    factors = "".join(
        f'[factors.f{n}]\nof = "carbon.cap_kg_per_mwh"\nrange = [1, 2]\nlevels = 1000\n' for n in range(9)
    )
    with pytest.raises(CaseRefused, match="at most 100,000"):
        design_rows(read_study(study_file(tmp_path, factors, 'kind = "grid"')), set())
