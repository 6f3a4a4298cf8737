"""The server from end to end: choose, check, change, solve, stop, go on, read, compare, download, and be restarted."""

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from optimizer.case.write_workbook import write_workbook
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.web.app import ROOT, create_app
from optimizer.web.guard import Guard
from optimizer.web.job_process import work
from optimizer.web.jobs import ASKED, ENDED, Jobs
from tests.conftest import TUTORIAL
from tests.web.test_guard import HERE, OWN, PORT

HTMX = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
"""SHA-256 of dist/htmx.min.js in the npm package htmx.org 2.0.11."""
SCRIPT = "<script>alert(1)</script>"
SECONDS = 120


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def client(place: Path) -> Iterator[TestClient]:
    """Give the server at work."""
    with TestClient(create_app(place, PORT), base_url=HERE, headers=OWN) as client:
        yield client


def case_number(client: TestClient, name: str) -> str:
    found = re.search(rf'href="/cases/(\d+)"><strong>{re.escape(name)}<', client.get("/").text)
    assert found
    return found[1]


def ended(client: TestClient, page: str) -> str:
    """Wait until a run has ended, as its page does, and return the page."""
    end = time.monotonic() + SECONDS
    while "hx-refresh" not in client.get(f"{page}/live").headers:
        assert time.monotonic() < end, client.get(page).text
        time.sleep(0.1)
    return client.get(page).text


def solved(client: TestClient, case: str, **settings: str) -> str:
    """Solve a case with some settings and return the address of its run."""
    fields = {"scenario": "base", **{f"set:{key.replace('__', '.')}": value for key, value in settings.items()}}
    answer = client.post(f"/cases/{case}/solve", data=fields)
    assert answer.status_code == 200
    page = answer.url.path
    assert "pill done" in ended(client, page), client.get(page).text
    return str(page)


@pytest.fixture(scope="module")
def run(client: TestClient) -> str:
    """Give the address of the tutorial's run, with another cap."""
    scale = "chips.gpu_a.price_eur_per_chip = 1.01"
    return solved(client, case_number(client, "tutorial"), carbon__cap_kg_per_mwh="20", inputs__factors=scale)


@pytest.fixture(scope="module")
def richer(client: TestClient) -> str:
    """Give the address of the run of a case that was dropped: the tutorial with more money. It was stopped once."""
    text = (TUTORIAL / "tranches.csv").read_text().replace("1400", "2100")
    answer = client.post(
        "/cases",
        data={"base": case_number(client, "tutorial"), "name": "richer"},
        files=[("files", ("tranches.csv", text))],
    )
    page: str = client.post(f"{answer.url.path}/solve", data={"scenario": "base"}).url.path
    asked = client.post(f"{page}/stop").text
    assert "asked to stop" in asked or "stopped before it began" in asked
    assert "Stop, and keep" not in asked
    assert "pill interrupted" in ended(client, page)
    assert client.post(f"{page}/resume").status_code == 200
    assert "pill done" in ended(client, page)
    return page


def test_shipped_cases_are_offered_and_checked(client: TestClient) -> None:
    home = client.get("/").text
    assert "tutorial" in home
    assert "europe" in home
    number = case_number(client, "tutorial")
    assert "No fault" in client.get(f"/cases/{number}/check").text
    page = client.get(f"/cases/{number}").text
    assert 'name="set:carbon.cap_kg_per_mwh" value="50"' in page
    assert f'hx-get="/cases/{number}/check?scenario=base"' in page
    for path in ("/cases/999", "/cases/999/check", "/runs/999", "/runs/999/zip", "/runs/x", "/cases/-1"):
        assert client.get(path).status_code in (404, 422)


def test_every_fault_is_shown_in_its_line(client: TestClient) -> None:
    text = (TUTORIAL / "sites.csv").read_text()
    text = (
        text.replace("Lodz,coal", f"{SCRIPT},coal")
        .replace("EAST,LODZ", "EAST,LODS")
        .replace("2026,5,50", "2026,5,fifty")
    )
    fields = {"base": case_number(client, "tutorial"), "name": "wrong"}
    answer = client.post("/cases", data=fields, files=[("files", ("sites.csv", text))])
    assert answer.status_code == 200
    found = client.get(f"{answer.url.path}/check").text
    assert "2 faults to mend" in found
    assert SCRIPT not in found
    shown = re.findall(r"line (\d+)</b> <b>(\w+)</b> = <code>(.*?)</code>.*?<mark>(.*?)</mark>", found, re.DOTALL)
    assert shown == [("3", "substation", "LODS", "LODS"), ("4", "opening_meur", "fifty", "fifty")]
    assert "did you mean" in unescape(found)
    mended = client.post(
        "/cases",
        data={"base": answer.url.path.rpartition("/")[2], "name": "wrong"},
        files=[("files", ("sites.csv", (TUTORIAL / "sites.csv").read_text()))],
    )
    assert "No fault" in client.get(f"{mended.url.path}/check").text


def test_a_workbook_and_an_archive_are_cases(client: TestClient, tmp_path: Path) -> None:
    book, archive = tmp_path / "book.xlsx", tmp_path / "archive.zip"
    write_workbook(TUTORIAL, book, True, lambda *_: None)
    with zipfile.ZipFile(archive, "w") as file:
        for path in TUTORIAL.iterdir():
            file.write(path, f"mine/{path.name}")
    for path in (book, archive):
        answer = client.post("/cases", files=[("files", (path.name, path.read_bytes()))])
        assert f"<h1>{path.stem}</h1>" in answer.text
        assert 'name="set:carbon.cap_kg_per_mwh" value="50"' in answer.text
        assert "No fault" in client.get(f"{answer.url.path}/check").text
    over = {"base": case_number(client, "book")}
    assert "is a workbook" in client.post("/cases", data=over, files=[("files", ("sites.csv", "x"))]).text


def test_what_a_case_says_of_itself_is_text(client: TestClient) -> None:
    text = (TUTORIAL / "scenario.toml").read_text().replace("Tutorial: where", f"{SCRIPT}: where")
    fields = {"base": case_number(client, "tutorial"), "name": f'"><img src=x>{SCRIPT}'}
    answer = client.post("/cases", data=fields, files=[("files", ("scenario.toml", text))])
    assert answer.status_code == 200
    for page in ("/", answer.url.path, f"{answer.url.path}/check"):
        found = client.get(page).text
        assert SCRIPT not in found
        assert "<img src=x>" not in found
    assert "&lt;script&gt;alert(1)&lt;/script&gt;: where" in client.get("/").text


@pytest.mark.parametrize(
    "files",
    [
        [("files", ("../../evil.csv", "x"))],
        [("files", ("evil.exe", "x"))],
        [("files", ("a.zip", b"no archive"))],
        [("files", (f"{SCRIPT}.csv", "x"))],
    ],
)
def test_what_cannot_be_taken_is_told_and_leaves_nothing(
    client: TestClient, place: Path, files: list[tuple[str, tuple[str, str]]]
) -> None:
    before = sorted(place.rglob("*"))
    answer = client.post("/cases", files=files)
    assert answer.status_code == 422
    assert "could not be taken" in answer.text
    assert SCRIPT not in answer.text
    assert sorted(place.rglob("*")) == before or len(sorted(place.rglob("*"))) <= len(before) + 1


def test_a_setting_that_is_none_is_told_where_it_stands(client: TestClient) -> None:
    number = case_number(client, "tutorial")
    fields = {"scenario": "base", "set:carbon.cap_kg_per_mwh": SCRIPT}
    answer = client.post(f"/cases/{number}/solve", data=fields)
    assert answer.status_code == 422
    assert SCRIPT not in answer.text
    assert 'aria-invalid="true"' in answer.text
    for cells in ('a"] = 1', "sites.LYON.land_mw", "sites.NOWHERE.land_mw = 3", "sites.LYON.land_mw = wide", SCRIPT):
        wrong = client.post(f"/cases/{number}/solve", data={"scenario": "base", "set:inputs.cells": cells})
        assert wrong.status_code == 422
        assert 'role="alert"' in wrong.text
        assert SCRIPT not in wrong.text
    nothing = client.post(f"/cases/{number}/solve", data={"scenario": "../../etc/passwd"})
    assert nothing.status_code == 422


def test_a_run_shows_its_answer_its_files_and_how_it_went(client: TestClient, run: str) -> None:
    page = client.get(run).text
    assert "carbon.cap_kg_per_mwh = 20" in page
    assert "MW of servers" in page
    assert "Provenance" in page, "the summary"
    assert f"{run}/files/map.png" in page
    assert re.search(r"<td>compute <small>kH100e-years.*?328", page, re.DOTALL)
    assert client.get(f"{run}/files/map.png").headers["content-type"] == "image/png"
    assert client.get(f"{run}/files/sites.csv").headers["content-type"].startswith("text/plain")
    assert "attachment" in client.get(f"{run}/files/plan.gpkg").headers["content-disposition"]
    again = client.get(f"/cases/{case_number(client, 'tutorial')}?run={run.rpartition('/')[2]}").text
    assert again.count("1 changed") == 2
    assert "chips.gpu_a.price_eur_per_chip = 1.01</textarea>" in again
    assert 'name="set:carbon.cap_kg_per_mwh" value="20"' in again


@pytest.mark.parametrize(
    "name", ["%2e%2e", "../asked.json", "..%2fasked.json", "%2e%2e%2f%2e%2e%2fjobs.sqlite", "no.csv", "%00", "a/b"]
)
def test_files_that_are_none_of_the_run_are_not_given(client: TestClient, run: str, name: str) -> None:
    answer = client.get(f"{run}/files/{name}")
    assert "SQLite format" not in answer.text
    assert '"kind": "solve"' not in answer.text
    assert answer.status_code == 404


def test_a_page_among_the_files_is_alone_and_a_link_is_none(client: TestClient, run: str, place: Path) -> None:
    results = place / "jobs" / run.rpartition("/")[2] / f"run-{run.rpartition('/')[2]}"
    for name in ("report.html", "drawn.svg"):
        (results / name).write_text(f"<svg>{SCRIPT}</svg>")
        policy = client.get(f"{run}/files/{name}").headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "sandbox" in policy
        assert "allow-same-origin" not in policy
    assert "Read the report" in client.get(run).text
    (results / "link.csv").symlink_to("/etc/passwd")
    assert client.get(f"{run}/files/link.csv").status_code == 404
    for name in ("report.html", "drawn.svg", "link.csv"):
        (results / name).unlink()


def test_all_files_come_as_one_archive(client: TestClient, run: str) -> None:
    answer = client.get(f"{run}/zip")
    number = run.rpartition("/")[2]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = {*archive.namelist()}
        assert archive.testzip() is None
    assert {f"run-{number}/{name}" for name in ("plan.json", "summary.md", "map.png", "sites.csv")} <= names


def test_two_runs_are_compared(client: TestClient, run: str, richer: str) -> None:
    first, second = (page.rpartition("/")[2] for page in (run, richer))
    answer = client.post("/compare", data={"plans": [first, second], "shares": "true"})
    page = ended(client, answer.url.path)
    assert "pill done" in page
    assert f"run-{second} against run-{first}" in page
    assert "due to tranches" in page
    assert f'src="{answer.url.path}/files/sites.png"' in page
    assert "style=" not in page, "which the policy of pages forbids"
    for chosen in ([first], [first, "999"], [first, first], [first, answer.url.path.rpartition("/")[2]]):
        assert client.post("/compare", data={"plans": chosen}).status_code in (404, 422)


def test_a_run_without_a_plan_says_what_stands_in_the_way(client: TestClient, place: Path) -> None:
    jobs = Jobs(place)
    asked = {
        "case": str(TUTORIAL),
        "case_number": 1,
        "scenario": "base",
        "overrides": {"siting.gigafactories_min": "1"},
    }
    job = jobs.add("solve", "one gigafactory", {**asked, "typed": {}})
    jobs.stop(job)  # it is done here, not by the server
    job.folder.mkdir(exist_ok=True)
    (job.folder / ASKED).write_text(json.dumps({**asked, "kind": "solve", "results": job.results.name}))
    ended = work(job.folder, RunMonitor())
    assert ended["job"] == "failed"
    (job.folder / ENDED).write_text(json.dumps(ended))
    page = client.get(f"/runs/{job.number}").text
    assert "no plan" in page
    assert "What stands in the way" in page
    assert "chips fewer in a gigafactory" in page


def test_a_job_that_is_refused_says_why(tmp_path: Path) -> None:
    asked = {"kind": "solve", "case": str(tmp_path), "scenario": "base", "overrides": {}, "results": "run-1"}
    (tmp_path / ASKED).write_text(json.dumps(asked))
    ended = work(tmp_path, RunMonitor())
    assert (ended["job"], ended["status"]) == ("failed", "refused")
    assert ended["faults"][0]["rule"]
    (tmp_path / ASKED).write_text(json.dumps({**asked, "kind": "compare", "plans": ["a", "b"], "shares": False}))
    assert "plan.json" in work(tmp_path, RunMonitor())["message"]


def test_all_of_it_is_there_after_a_restart(client: TestClient, run: str, place: Path) -> None:
    again = TestClient(create_app(place, PORT), base_url=HERE, headers=OWN)  # one that works on nothing
    assert "MW of servers" in again.get(run).text
    names = re.findall(r"<strong>(.*?)</strong>", again.get("/").text)
    assert names.count("tutorial") == 1
    assert isinstance(create_app(place, PORT), Guard)


def test_own_cases_are_offered_beside_those_that_are_shipped(tmp_path: Path) -> None:
    case = tmp_path / "mine"
    case.mkdir()
    for path in TUTORIAL.iterdir():
        (case / path.name).write_bytes(path.read_bytes())
    client = TestClient(create_app(tmp_path / "place", PORT, [case]), base_url=HERE)
    assert "No fault" in client.get(f"/cases/{case_number(client, 'mine')}/check").text
    assert not any(known.place.is_absolute() for known in Jobs(tmp_path / "place").cases())


def test_pages_load_nothing_from_elsewhere(client: TestClient, run: str) -> None:
    for path in ("/", f"/cases/{case_number(client, 'tutorial')}", run):
        page = client.get(path).text
        addresses = re.findall(r'(?:src|href|action|hx-get)="([^"]*)"', page)
        assert [address for address in addresses if not address.startswith(("/", "#"))] == []
        assert all(client.get(address).status_code == 200 for address in addresses if address.startswith("/static/"))
    sheet = (ROOT / "optimizer/web/static/style.css").read_text()
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_the_vendored_script_is_the_one_that_was_published() -> None:
    static = ROOT / "optimizer/web/static"
    assert hashlib.sha256((static / "htmx.min.js").read_bytes()).hexdigest() == HTMX
    assert "Zero-Clause BSD" in (static / "htmx.LICENSE").read_text()
