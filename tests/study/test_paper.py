"""Numbers of papers: filled, held to the results, refused where they are none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.study.named_figure import FigureRefused, Results, figure_text
from optimizer.study.paper import Paper, filled_paper

NAN = float("nan")
COLUMNS = ["run", "status", "reason", "measure", "entity", "period", "unit", "value", "bound", "gap_share"]
ROWS = [
    (0, "solved", "", "cost", "", "", "MEUR", 14598.2, 14540.0, 0.004),
    (0, "solved", "", "site_mw", "INKOO", "p1", "MW", 138.0, NAN, NAN),
    (0, "solved", "", "site_mw", "INKOO", "p2", "MW", 276.0, NAN, NAN),
    (0, "solved", "", "site_mw", "NARVIK", "p1", "MW", -0.001, NAN, NAN),
    (0, "solved", "", "matched_share", "", "", "share", 0.534, NAN, NAN),
    (1, "solved", "", "cost", "", "", "MEUR", 14551.0, 14500.0, 0.0035),
    (2, "solved", "", "cost", "", "", "MEUR", 15998.0, 15950.0, 0.003),
    (3, "infeasible", "carbon cap below what the grid has", "cost", "", "", "MEUR", NAN, NAN, NAN),
    (4, "failed", "the solver failed", "cost", "", "", "MEUR", 12.0, NAN, NAN),
]
PRICES = pd.DataFrame(
    [
        (0, "ab12", "cost", 14598.2, 12.0, 14540.0),
        (1, "ab12", "cost", 14600.2, NAN, 14500.0),
        (2, "ab12", "cost", NAN, NAN, NAN),
    ],
    columns=["run", "plan", "objective", "value", "regret", "bound"],
)


@pytest.fixture
def results() -> Results:
    return Results(pd.DataFrame(ROWS, columns=COLUMNS), PRICES)


def reference(text: str) -> dict[str, str]:
    return dict(word.split("=") for word in text.split())


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("run=0 measure=cost digits=0", "14,598"),
        ("run=0 measure=cost unit=bn digits=1", "14.6"),
        ("run=0 measure=cost field=bound digits=1", "14,540.0"),
        ("run=0 measure=cost field=gap_share unit=percent digits=2", "0.40"),
        ("run=0 measure=site_mw entity=INKOO period=p2 unit=GW digits=3", "0.276"),
        ("run=0 measure=site_mw entity=NARVIK digits=0", "0"),
        ("run=0 measure=matched_share unit=percent digits=1", "53.4"),
        ("run=2 minus=0 measure=cost digits=0", "1,400"),
        ("run=0 minus=1 measure=cost digits=0 within=yes", "47 (within the gap: -11 to 98)"),
        ("run=0 measure=cost plan=ab12 digits=1", "14,598.2"),
        ("run=0 measure=cost field=regret digits=0", "12"),
        ("run=1 minus=0 measure=cost plan=ab12 digits=1", "2.0"),
    ],
)
def test_a_reference_is_a_cell_in_a_unit(results: Results, names: str, text: str) -> None:
    assert figure_text(results, reference(names)) == text


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        ("run=0 mesure=cost digits=0", "unknown key 'mesure' (did you mean 'measure'?)"),
        ("run=0 measure=csot digits=0", "run 0 has no measure 'csot' (did you mean 'cost'?)"),
        ("run=9 measure=cost digits=0", "there is no run 9; they go from 0 to 4"),
        ("run=-1 measure=cost digits=0", "run must be a whole number, not '-1'"),
        ("run=1e3 measure=cost digits=0", "run must be a whole number, not '1e3'"),
        ("run=0 measure=cost", "digits is missing"),
        ("run=0 measure=cost digits=99", "digits must be 0 to 12"),
        ("run=0 digits=0", "measure is missing: run 0 has cost, site_mw, matched_share"),
        ("run=0 measure=site_mw entity=INKO digits=0", "(did you mean 'INKOO'?)"),
        ("run=0 measure=site_mw entity=INKOO digits=0", "period is missing: the measure has p1, p2"),
        ("run=0 measure=cost unit=GW digits=0", "unit 'GW' is none for MEUR"),
        ("run=0 measure=cost field=valu digits=0", "(did you mean 'value'?)"),
        ("run=3 measure=cost digits=0", "run 3 has no value of it (infeasible: carbon cap below what the grid has)"),
        ("run=4 measure=cost digits=0", "run 4 has no value of it (failed: the solver failed)"),
        ("run=0 measure=site_mw entity=INKOO period=p1 field=bound digits=0", "has no bound of it"),
        ("run=0 minus=1 measure=cost digits=0", "the difference is no effect: 47 (within the gap: -11 to 98)"),
        ("run=0 minus=0 measure=cost digits=0", "the difference is no effect"),
        ("run=0 minus=3 measure=cost digits=0", "run 3 has no value"),
        ("run=2 measure=cost plan=ab12 digits=0", "plan ab12 is no plan of run 2"),
        ("run=2 measure=cost field=regret digits=0", "plan ab12 is no plan of run 2"),
        ("run=0 measure=cost plan=ab13 digits=0", "(did you mean 'ab12'?)"),
        ("run=0 measure=matched_share plan=ab12 digits=0", "no plan was priced in run 0 for matched_share"),
    ],
)
def test_what_names_no_figure_is_refused_with_its_reason(results: Results, names: str, rule: str) -> None:
    with pytest.raises(FigureRefused) as refused:
        figure_text(results, reference(names))
    assert rule in str(refused.value)


def test_a_difference_without_a_stated_gap_cannot_be_told_from_chance(results: Results) -> None:
    other = results.table.assign(run=results.table["run"] + 5)
    both = Results(pd.concat([results.table, other]), results.prices)
    with pytest.raises(FigureRefused, match="no gap is stated"):
        figure_text(both, reference("run=0 minus=5 measure=site_mw entity=INKOO period=p1 digits=0"))


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


MARKDOWN = """The plan costs []{.gigasite run=0 measure=cost
unit=bn digits=1} bn\r
and `[]{.gigasite run=99}` shows how.

```
[1]{.gigasite run=99}
```
"""
LATEX = r"""\newcommand{\gigasite}[2]{#2}
% \gigasite{run=99}{1}
It costs \gigasite{run=0, measure=cost, unit=bn, digits=1} bn, INKOO has
\gigasite{run=0, measure=site\_mw, entity=INKOO, period=p1, digits=0}{}.
"""


def test_markdown_is_filled_with_the_reference_beside_and_nothing_else_changed(
    tmp_path: Path, results: Results
) -> None:
    paper = filled_paper(write(tmp_path, "paper.md", MARKDOWN), results)
    assert paper == Paper(MARKDOWN.replace("costs []", "costs [14.6]"), 1, 1, ())


def test_latex_is_filled_where_its_second_argument_is_empty_or_missing(tmp_path: Path, results: Results) -> None:
    paper = filled_paper(write(tmp_path, "paper.tex", LATEX), results)
    assert paper.faults == ()
    assert r"costs \gigasite{run=0, measure=cost, unit=bn, digits=1}{14.6} bn" in paper.text
    assert "period=p1, digits=0}{138}." in paper.text
    again = filled_paper(write(tmp_path, "paper.tex", paper.text), results)
    assert again == Paper(paper.text, 2, 0, ())


@pytest.mark.parametrize("typed", ["14,598", "14598", " 14 598 ", "14\u202f598", "14\\,598"])
def test_thousands_may_be_set_apart_as_the_author_likes(tmp_path: Path, results: Results, typed: str) -> None:
    text = f"[{typed}]{{.gigasite run=0 measure=cost digits=0}}"
    assert filled_paper(write(tmp_path, "a.md", text), results).text == text
    macro = r"\gigasite{run=0, measure=cost, digits=0}{14{,}598}"
    assert filled_paper(write(tmp_path, "a.tex", macro), results) == Paper(macro, 1, 0, ())


def test_every_fault_is_told_at_once_by_line_with_what_was_found_and_expected(tmp_path: Path, results: Results) -> None:
    text = """[14.7]{.gigasite run=0 measure=cost unit=bn digits=1}
[]{.gigasite run=0 measure=csot digits=0}
[5]{.gigasite run=0 measure=cost run=1 digits=0} [6]{.gigasite run=0 cost digits=0}
[]{.gigasite
[14.6]{.gigasite run=0 measure=cost unit=bn digits=1}
"""
    paper = filled_paper(write(tmp_path, "paper.md", text), results)
    assert paper.text == text
    told = [str(fault) for fault in paper.faults]
    assert [fault.line for fault in paper.faults] == [1, 2, 3, 3, 4]
    assert "'14.7': no longer follows from the results: expected 14.6" in told[0]
    assert "(did you mean 'cost'?)" in told[1]
    assert "run is stated twice" in told[2]
    assert "'cost' is no key=value" in told[3]
    assert "is no reference that can be read" in told[4]


def test_numbers_are_filled_again_when_asked(tmp_path: Path, results: Results) -> None:
    path = write(tmp_path, "a.md", "[14.7]{.gigasite run=0 measure=cost unit=bn digits=1}")
    paper = filled_paper(path, results, again=True)
    assert (paper.text[:6], paper.filled, paper.faults) == ("[14.6]", 1, ())


@pytest.mark.parametrize(
    ("name", "raw", "rule"),
    [
        ("a.docx", b"x", "a paper is Markdown or LaTeX"),
        ("a.md", b"a\n\xe9", "line 2: is not UTF-8 (byte 0xe9)"),
        ("gone.md", None, "cannot be read"),
    ],
)
def test_what_is_no_paper_is_refused(tmp_path: Path, results: Results, name: str, raw: bytes | None, rule: str) -> None:
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    (fault,) = filled_paper(tmp_path / name, results).faults
    assert rule in str(fault)


def test_infinite_and_missing_numbers_are_never_written(results: Results) -> None:
    results.table.loc[0, "value"] = np.inf
    with pytest.raises(FigureRefused, match="it is not known"):
        figure_text(results, reference("run=0 measure=cost digits=0"))
