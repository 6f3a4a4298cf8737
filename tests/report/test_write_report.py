import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from models.case import HOURLY_TABLES, TABLES
from models.plan import RESULT_TABLES, CandidateRow, FlipRow, From, Plan
from optimizer.report import report_notes
from optimizer.report.report_blocks import Table, Text
from optimizer.report.report_map import as_json
from optimizer.report.report_why import why_section
from optimizer.report.write_plan import write_plan
from optimizer.report.write_report import render_report, report_sections, write_report
from tests.browser import Complaints, chromium
from tests.plans import SOUND, UNSOUND, hand_made_plan, row

ROOT = Path(__file__).parents[2]
VENDOR = Path(report_notes.__file__).parent / "vendor"
HOSTILE = (
    """</script><script>alert(1)</script>"><img src=x onerror=alert(2)> {{7*7}} {% x %} **b** `c` [d](javascript:e) """
    "'f' \u202eg"
)
VOID = {"meta", "link", "br", "img", "input", "hr", "rect", "path", "circle", "line", "polygon"}
CONTROLS = {"select", "input", "textarea"}


class Outline(HTMLParser):
    """What a test asks of a page: its elements with their attributes, and its text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.unlabelled: list[dict[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        self.elements.append((tag, found))
        if tag in CONTROLS and "label" not in self.open:
            self.unlabelled.append(found)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.texts.append(data)

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def page_text(tutorial_plan: Plan) -> str:
    return render_report(tutorial_plan, SOUND, ROOT / "inputs" / "tutorial")


@pytest.fixture(scope="module")
def outline(page_text: str) -> Outline:
    return Outline(page_text)


def hostile_plan() -> Plan:
    """Return the plan made by hand with the same hostile text in the place of every name of the inputs."""
    plan = hand_made_plan()

    def renamed(table: str, **names: str) -> dict[str, object]:
        return {table: tuple(row.model_copy(update=names) for row in getattr(plan, table))}

    return plan.model_copy(
        update={"title": HOSTILE}
        | renamed("sites", name=HOSTILE, country=HOSTILE)
        | renamed("zones", name=HOSTILE)
        | renamed("halls", cooling=HOSTILE)
        | renamed("chips", chip=HOSTILE)
        | renamed("supply", technology=HOSTILE)
        | renamed("substations", name=HOSTILE)
        | renamed("water", basin=HOSTILE)
        | renamed("demand", workload=HOSTILE)
        | renamed("spending", fund=HOSTILE)
        | renamed("limits", rule=HOSTILE, index=HOSTILE)
        | renamed("rivals", column=HOSTILE)
        | {"proof": plan.proof.model_copy(update={"message": HOSTILE})}
    )


def test_same_plan_gives_the_same_bytes(tutorial_plan: Plan, page_text: str, tmp_path: Path) -> None:
    write_report(tutorial_plan, SOUND, tmp_path, ROOT / "inputs" / "tutorial")
    assert (tmp_path / "report.html").read_bytes() == page_text.encode()


def test_bytes_do_not_hang_on_the_order_of_sets(tutorial_plan: Plan, tmp_path: Path) -> None:
    write_plan(tutorial_plan, SOUND, tmp_path / "plan", case_dir=ROOT / "inputs" / "tutorial")
    words = (
        "import sys; from pathlib import Path; from optimizer.store.plan_files import read_plan;"
        "from optimizer.report.write_plan_workbook import write_plan_workbook as book;"
        "from optimizer.report.write_report import write_report; from tests.plans import SOUND;"
        "plan, out = read_plan(Path(sys.argv[1])), Path(sys.argv[2]); book(plan, out);"
        "write_report(plan, SOUND, out, Path('inputs/tutorial'))"
    )
    seed = {"PYTHONHASHSEED": "1"}
    subprocess.run(
        [sys.executable, "-c", words, tmp_path / "plan", tmp_path], env=os.environ | seed, cwd=ROOT, check=True
    )
    for name in ("report.html", "plan.xlsx"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "plan" / name).read_bytes()


def test_page_needs_no_other_file_and_is_small(page_text: str, outline: Outline) -> None:
    assert len(page_text.encode()) < 3_000_000
    assert not {"link", "img", "iframe", "object", "embed", "base", "form action"} & {
        tag for tag, _ in outline.elements
    }
    assert all(
        value.startswith("#") for _, found in outline.elements for name, value in found.items() if name == "href"
    )
    assert not [found for _, found in outline.elements if {"src", "srcset", "data", "poster", "action"} & found.keys()]
    styles = "".join(re.findall(r"<style>(.*?)</style>", page_text, re.S))
    assert "url(" not in styles
    assert "@import" not in styles
    assert "sourceMappingURL" not in page_text


def test_policy_allows_its_own_style_and_script_by_hash_and_nothing_else(page_text: str, outline: Outline) -> None:
    (policy,) = [found["content"] for found in outline.named("meta") if found.get("http-equiv")]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page_text, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert "unsafe" not in policy
    assert not [found for _, found in outline.elements if any(name == "style" or name[:2] == "on" for name in found)]


def test_page_has_the_structure_that_a_screen_reader_needs(outline: Outline) -> None:
    assert outline.named("html")[0]["lang"] == "en"
    tags = Counter(tag for tag, _ in outline.elements)
    assert (tags["main"], tags["h1"], tags["header"], tags["footer"], tags["nav"]) == (1, 1, 1, 1, 1)
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h\d", tag)]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    ids = Counter(found["id"] for _, found in outline.elements if "id" in found)
    assert max(ids.values()) == 1
    for _, found in outline.elements:
        named = [*found.get("aria-labelledby", "").split(), *found.get("aria-describedby", "").split()]
        named += [found["href"][1:]] if found.get("href", "").startswith("#") else []
        assert set(named) <= ids.keys(), found
    assert all(found.get("aria-labelledby") for found in outline.named("section"))
    assert not outline.unlabelled
    assert tags["caption"] == tags["table"]
    assert all(found.get("scope") in ("col", "row") for found in outline.named("th"))
    charts = [found for found in outline.named("svg") if found.get("class") == "chart"]
    assert charts
    assert all(found["role"] == "img" and found["aria-label"] for found in charts)


def test_every_number_of_a_plans_table_names_its_source(tutorial_plan: Plan) -> None:
    for section in report_sections(tutorial_plan, SOUND):
        blocks = [each for block in section.blocks for each in (block if isinstance(block, tuple) else (block,))]
        for table in (block for block in blocks if isinstance(block, Table)):
            assert all(len(row) == len(table.columns) for row in table.rows), table.caption
            for place, (heading, source) in enumerate(table.columns.items()):
                is_number = any(isinstance(row[place], float) for row in table.rows)
                assert source or not is_number or section.anchor == "certificate", (table.caption, heading)


def test_notes_say_meaning_origin_and_quality(tutorial_plan: Plan, outline: Outline) -> None:
    note = report_notes.note_of(tutorial_plan, "sites.peak_mw")
    assert "Power of the new halls on the design day." in note
    assert "cooling.peak_mw" in note
    assert re.search(r"cooling \d+%", note)
    assert note in outline.texts
    assert "Its cells: " in report_notes.note_of(tutorial_plan, "sites.substation")


def test_what_figures_rest_on_names_aspects_and_input_tables() -> None:
    tables = {*TABLES, *(each.name for each in HOURLY_TABLES)}
    assert {table for named in report_notes.RESTS_ON.values() for table in named} <= tables
    sources = {
        origin.component.partition(".")[0]
        for kind in RESULT_TABLES.values()
        for field in kind.model_fields.values()
        for origin in field.metadata
        if isinstance(origin, From)
    }
    assert sources <= report_notes.RESTS_ON.keys()
    assert set(report_notes.ASPECTS_OF.values()) <= report_notes.RESTS_ON.keys()


def test_figures_are_those_of_the_plan(outline: Outline) -> None:
    text = " ".join(outline.texts)
    assert "Lulea" in text
    assert "3,000 of 3,000 MEUR of capital" in text


def test_hostile_names_are_text(tmp_path: Path) -> None:
    plan = hostile_plan()
    outline = Outline(render_report(plan, SOUND))
    assert [found.get("type", "") for found in outline.named("script")] == ["application/json", ""]
    assert not outline.named("img")
    assert not [found for _, found in outline.elements if any(name[:2] == "on" for name in found)]
    assert sum(HOSTILE in text for text in outline.texts) >= 10
    assert json.loads(as_json({"name": HOSTILE})) == {"name": HOSTILE}


def test_sections_appear_as_their_tables_do() -> None:
    plan = hand_made_plan()
    anchors = [section.anchor for section in report_sections(plan, SOUND)]
    bare = plan.model_copy(
        update={
            "water": (),
            "limits": (),
            "rivals": (),
            "flips": (),
            "candidates": (),
            "carbon": (),
            "year": (),
            "year_days": (),
            "gigafactories": (),
            "resilience": (),
        }
    )
    left = [section.anchor for section in report_sections(bare, SOUND)]
    assert set(anchors) - set(left) == {"water", "limits", "why", "carbon", "failures"}
    assert 'id="water"' not in render_report(bare, SOUND)


def why(plan: Plan) -> tuple[dict[str, Table], str]:
    """Return the tables of the section by caption, and its sentences."""
    section = why_section(plan)
    assert section is not None
    tables = {block.caption: block for block in section.blocks if isinstance(block, Table)}
    return tables, " ".join(block.markdown for block in section.blocks if isinstance(block, Text))


def test_a_difference_within_the_gap_is_said_to_be_none() -> None:
    plan, caption = hand_made_plan(), "Each chosen site beside the next best that could hold as much by then"
    tables, words = why(plan)
    assert tables[caption].rows[0][2:4] == [60.0, "dearer"]
    assert "Next best: Paris, 60 MEUR dearer by itself." in words
    assert "Cheaper here: building factor (countries) by 90 MEUR. Dearer here: opening (sites) by 30 MEUR." in words
    stages = tuple(stage.model_copy(update={"bound": 2900.0}) for stage in plan.proof.stages)
    tables, words = why(plan.model_copy(update={"proof": plan.proof.model_copy(update={"stages": stages})}))
    assert tables[caption].rows[0][3] == "no difference: within the gap"
    assert "within the gap and so no difference" in words


def test_what_flips_a_choice_and_what_rules_a_place_out_is_told() -> None:
    flips = [
        row(FlipRow, site="LULEA", change=change, end=end, chosen=1, amount=amount)
        for change, end, amount in [
            ("cost_meur", "never below", 12.5),
            ("years", "never below", 2),
            ("cost_meur", "always from", 40),
        ]
    ]
    passed = row(CandidateRow, site="PARIS", name="Paris", barrier="date", earliest="late", size_mw=20, dearer_meur=7)
    tables, words = why(hand_made_plan().model_copy(update={"flips": tuple(flips), "candidates": (passed,)}))
    assert "It stays while it gets less than 12.5 MEUR dearer or 2 years later." in words
    assert "It drops out for sure from 40 MEUR dearer." in words
    (listed,) = tables["Every place not chosen, those that would cost least first"].rows
    assert [*listed[:1], *listed[3:5], *listed[8:9]] == ["Paris", "late", "date", 7.0]


def test_an_unsound_plan_says_so_first() -> None:
    page = render_report(hand_made_plan(), UNSOUND)
    assert page.index("do not use it") < page.index("Build at")


def test_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    listed = {name: digest for library in manifest.values() for name, digest in library["sha256"].items()}
    found = {
        file.relative_to(VENDOR).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.rglob("*")
        if file.is_file() and file.name != "manifest.json"
    }
    assert found == listed
    assert all(f"{name}/LICENSE" in listed and library["licence"] for name, library in manifest.items())


def opened(browser: Browser, folder: Path, page: str, **options: object) -> tuple[Page, Complaints]:
    (folder / "report.html").write_text(page, encoding="utf-8")
    tab, complaints = browser.new_page(**options), Complaints()  # type: ignore[arg-type]
    complaints.listen(tab)
    tab.goto((folder / "report.html").as_uri())
    return tab, complaints


@pytest.mark.parametrize("width", [360, 1280, 1920])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_browser_shows_it_without_a_network_at_any_width(
    browser: Browser, page_text: str, tmp_path: Path, width: int, colours: str
) -> None:
    tab, complaints = opened(
        browser, tmp_path, page_text, viewport={"width": width, "height": 800}, color_scheme=colours
    )
    assert tab.locator("#live-map .pin").count() == 1
    assert tab.locator("#live-map path.land").count() > 0
    assert not tab.locator("#drawn-map").is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert complaints.heard == []
    tab.close()


def test_source_of_a_figure_shows_by_pointer_and_by_keyboard(browser: Browser, page_text: str, tmp_path: Path) -> None:
    tab, complaints = opened(browser, tmp_path, page_text)
    hint = tab.locator("#hint")
    tab.locator("#sites a.source").first.focus()
    assert "Decided by the model" in hint.inner_text()
    tab.keyboard.press("Escape")
    assert not hint.is_visible()
    tab.locator("#sites tbody td.number").first.hover()
    assert "File sites.csv" in hint.inner_text()
    tab.locator("#sites .scroll").first.focus()
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.tagName") == "TD"
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    assert "File sites.csv" in hint.inner_text()
    assert complaints.heard == []
    tab.close()


def test_hours_and_sites_of_the_map_answer_to_the_keyboard(browser: Browser, page_text: str, tmp_path: Path) -> None:
    tab, complaints = opened(browser, tmp_path, page_text)
    for shade in ("price", "matched", "servers"):
        tab.select_option("#map-shade", shade)
        assert tab.locator("#map-legend li").count() > 1
    tab.select_option("#map-lines", "flows")
    said = set()
    tab.locator("#map-hour").focus()
    for _ in range(8):
        tab.keyboard.press("ArrowRight")
        said.add(tab.locator("#map-now").inner_text())
    assert len(said) == 8
    assert any("MW" in words for words in said)
    tab.locator("a[data-site]").first.focus()
    tab.keyboard.press("Enter")
    assert "Servers" in tab.locator(".leaflet-popup-content").inner_text()
    assert complaints.heard == []
    tab.close()


def test_hostile_names_do_nothing_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    tab, complaints = opened(browser, tmp_path, render_report(hostile_plan(), SOUND))
    asked: list[str] = []

    def take_down(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", take_down)
    tab.locator("a[data-site]").first.click()
    assert HOSTILE in tab.locator(".leaflet-popup-content strong").inner_text()
    tab.locator("#live-map .pin").first.hover()
    assert complaints.heard == []
    assert asked == []
    tab.close()


def test_page_reads_without_scripts_and_on_paper(browser: Browser, page_text: str, tmp_path: Path) -> None:
    tab, complaints = opened(browser, tmp_path, page_text, java_script_enabled=False)
    assert tab.locator("#drawn-map svg").is_visible()
    assert not tab.locator("#live-map").is_visible()
    tab.close()
    tab, complaints = opened(browser, tmp_path, page_text)
    tab.emulate_media(media="print")
    assert tab.locator("#drawn-map svg").is_visible()
    assert not tab.locator("#live-map").is_visible()
    assert len(tab.pdf()) > 10_000
    assert complaints.heard == []
    tab.close()
