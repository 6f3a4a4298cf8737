"""The notebook that shows the Python interface runs from top to bottom, and is one."""

from pathlib import Path

import jupytext
import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "inputs/studies/notebook.py"


def test_it_is_a_notebook_and_comes_back_from_one_unchanged() -> None:
    notebook = jupytext.read(NOTEBOOK)
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[:2] == ["markdown", "code"]
    code = "".join(cell.source for cell in notebook.cells)
    assert all(f"gigasite.{name}(" in code for name in ("read_case", "solve", "audit", "Session", "run_study"))
    ipynb = jupytext.reads(jupytext.writes(notebook, fmt="ipynb"), fmt="ipynb")
    back = jupytext.reads(jupytext.writes(ipynb, fmt="py:percent"), fmt="py:percent")
    assert [cell.source for cell in back.cells] == [cell.source for cell in jupytext.read(NOTEBOOK).cells]


def test_it_runs_from_top_to_bottom(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    matplotlib.use("agg")
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in jupytext.read(NOTEBOOK).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, str(NOTEBOOK), "exec"), names)
    printed = capsys.readouterr().out
    assert "did you mean 'carbon.cap_kg_per_mwh'?" in printed
    assert "sound: True" in printed
    answers = names["answers"]
    assert answers["compute"].round(9).is_monotonic_increasing, "but for the rounding of sums"  # type: ignore[index]
    assert not names["study"].effects().empty  # type: ignore[attr-defined]
    assert names["chosen"]["site"].tolist() == ["LULEA"]  # type: ignore[index]
    plt.close("all")
