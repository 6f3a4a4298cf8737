"""What pages show, by itself: Markdown, faults in their lines, how far a run is."""

from pathlib import Path

import pytest

from optimizer.case.faults import Fault
from optimizer.web.pages import curves_of, environment, faults_by_file, html_of, size_text, stages_of

SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "markdown",
    [SCRIPT, f"# {SCRIPT}", f"| {SCRIPT} |\n| --- |\n| {SCRIPT} |", f"[{SCRIPT}](x)", f'![a](x "{SCRIPT}")',
     f"`{SCRIPT}`", f"```\n{SCRIPT}\n```"],
)  # fmt: skip
def test_html_in_markdown_is_text(markdown: str) -> None:
    assert "<script" not in html_of(markdown, "/files/")


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", "http://evil.example"]
)
def test_links_and_pictures_stay_among_the_files(target: str) -> None:
    found = html_of(f"[a]({target}) ![b]({target})", "/files/")
    assert f'href="{target}' not in found
    assert f'src="{target}' not in found


def test_pictures_are_those_of_the_run_and_tables_have_no_style() -> None:
    found = html_of(
        "![a](map.png) [b](#there) [c](https://example.org)\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |", "/files/"
    )
    assert 'src="/files/map.png"' in found
    assert 'href="#there"' in found
    assert 'href="https://example.org"' in found
    assert "style=" not in found
    assert '<td class="number">2</td>' in found


def test_a_value_is_marked_in_its_own_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("one,two,three\n5,5,5\n")
    shown = faults_by_file([Fault("a.csv", "rule", 2, "two", "5")], tmp_path)["a.csv"][0]
    assert (shown.before, shown.found, shown.after) == ("5,", "5", ",5")
    (tmp_path / "b.csv").write_text("one;two\n1;x\n")
    shown = faults_by_file([Fault("b.csv", "rule", 2, "two", "x")], tmp_path)["b.csv"][0]
    assert (shown.before, shown.found, shown.after) == ("1;", "x", "")


@pytest.mark.parametrize(
    "fault",
    [Fault("../outside.csv", "rule", 1), Fault("/etc/passwd", "rule", 1), Fault("a.csv", "rule", 99),
     Fault("a.csv", "rule"), Fault("book.xlsx, sheet sites", "rule", 1), Fault("a.csv", "rule", 0)],
)  # fmt: skip
def test_no_line_is_shown_that_is_none_of_the_case(tmp_path: Path, fault: Fault) -> None:
    (tmp_path / "outside.csv").write_text("secret\n")
    case = tmp_path / "case"
    case.mkdir()
    (case / "a.csv").write_text("one\n1\n")
    (case / "link.csv").symlink_to(tmp_path / "outside.csv")
    assert not faults_by_file([fault], case)[fault.file][0].has_line
    assert not faults_by_file([Fault("link.csv", "rule", 1)], case)["link.csv"][0].has_line


def report(stage: str, at: float, incumbent: float | None = None, bound: float | None = None) -> dict[str, object]:
    return {"stage": stage, "at": at, "incumbent": incumbent, "bound": bound, "gap": None, "note": ""}


def test_stages_have_their_latest_figures_and_their_time() -> None:
    reports = [
        report("reading", 0.0),
        report("compute", 2.0, 1.0, 3.0),
        report("compute", 5.0, 2.0, 3.0),
        report("cost", 6.0),
    ]
    found = [(stage.name, stage.best, stage.bound, stage.seconds) for stage in stages_of(reports)]
    assert found == [("reading", "", "", "2.0"), ("compute", "2.00", "3.00", "4.0"), ("cost", "", "", "0.0")]
    assert stages_of([]) == []


def test_curves_run_from_corner_to_corner() -> None:
    found = curves_of([report("compute", 0.0, 1.0, 3.0), report("compute", 10.0, 2.0, 2.5)])
    assert found is not None
    assert found.best.split() == ["0.0,116.0", "600.0,60.0"]
    assert found.bound.split()[0] == "0.0,4.0"
    for few in (
        [],
        [report("reading", 1.0)],
        [report("compute", 1.0, 1.0, 2.0)],
        [report("compute", 1.0), report("compute", 2.0)],
    ):
        assert curves_of(few) is None


def test_texts_in_templates_are_escaped_and_what_is_missing_is_an_error() -> None:
    made = environment()
    assert made.from_string("{{ it }}").render(it=SCRIPT) == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert size_text(1536) == "1.5 kB"
