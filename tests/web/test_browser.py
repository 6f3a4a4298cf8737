"""A consultant's way through the pages in a real browser, from a server of its own; and a server that is killed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from optimizer.web.jobs import ENDED, Jobs
from tests.conftest import TUTORIAL

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update",
]  # fmt: skip
SECONDS = 120


@contextmanager
def server(place: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Give the address of a server of its own, and its process."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "optimizer", "serve", "--port", str(port), "--out", str(place)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + SECONDS
    try:
        while True:
            try:
                urllib.request.urlopen(address).read()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.1)
        yield address, process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS)


@pytest.fixture
def page() -> Iterator[Page]:
    """Give an empty page whose browser knows no name but this machine's, and whose complaints fail the test."""
    if CHROMIUM is None:
        pytest.skip("platform: no Chromium")
    alone = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", *(["--no-sandbox"] if _is_root() else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *alone])
        page = browser.new_page(viewport={"width": 360, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert [text for text in complaints if "422" not in text] == []


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def fits(page: Page) -> bool:
    """Tell whether a page needs no scrolling sideways, from a phone to a large screen."""
    wider = []
    for width in (1920, 1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        wider.append(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
    return bool(max(wider) <= 0)


def test_from_a_table_that_is_wrong_to_a_plan_without_a_manual(page: Page, tmp_path: Path) -> None:
    wrong, right = tmp_path / "wrong" / "tranches.csv", tmp_path / "right" / "tranches.csv"
    for path, amount in ((wrong, "lots"), (right, "2100")):
        path.parent.mkdir()
        path.write_text((TUTORIAL / "tranches.csv").read_text().replace("1400", amount))
    with server(tmp_path / "place") as (address, _):
        page.goto(address)
        assert fits(page)
        page.set_input_files("input[type=file]", wrong)
        page.get_by_label("The tables that you do not bring").select_option(label="tutorial")
        page.get_by_role("button", name="Take it and check").click()
        expect(page.locator("mark")).to_have_text("lots", timeout=SECONDS * 1000)
        assert fits(page)
        page.set_input_files("input[type=file]", right)
        page.get_by_role("button", name="Take them and check again").click()
        expect(page.get_by_role("heading", name="No fault")).to_be_visible(timeout=SECONDS * 1000)
        page.get_by_text("What may be emitted").click()
        page.get_by_label("cap kg per mwh").fill("a lot")
        page.get_by_role("button", name="Solve", exact=True).click()
        expect(page.locator("[aria-invalid]")).to_be_visible()
        page.get_by_label("cap kg per mwh").fill("45")
        assert fits(page)
        page.get_by_role("button", name="Solve", exact=True).click()
        expect(page.get_by_role("button", name="Stop, and keep the best plan")).to_be_visible()
        expect(page.locator(".stages .now")).to_contain_text("solver", timeout=SECONDS * 1000)  # comes by itself
        expect(page.get_by_text("done", exact=True)).to_be_visible(timeout=SECONDS * 1000)
        assert page.locator("img.map").evaluate("image => image.naturalWidth") > 1000
        assert fits(page)
        page.get_by_text("All files").click()
        expect(page.get_by_role("link", name="plan.json")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download all").click()
        assert download.value.suggested_filename == "run-1.zip"


@pytest.mark.long
def test_a_server_that_is_killed_leaves_a_run_that_ends_by_itself_and_goes_on(tmp_path: Path) -> None:
    place = tmp_path / "place"
    with server(place) as (address, process):
        form = urllib.request.Request(f"{address}/cases/1/solve", b"scenario=base", {"origin": address})
        urllib.request.urlopen(form).read()
        end = time.monotonic() + SECONDS
        while not (place / "jobs" / "1" / "progress.jsonl").is_file():
            assert time.monotonic() < end
            time.sleep(0.05)
        process.kill()
        process.wait()
        while not (place / "jobs" / "1" / ENDED).is_file():
            assert time.monotonic() < end, "its process did not hear that the server is gone"
            time.sleep(0.05)
    told = json.loads((place / "jobs" / "1" / ENDED).read_text())
    jobs = Jobs(place)
    job = jobs.job(1)
    assert job is not None
    assert job.status == told["job"]
    assert job.status in ("interrupted", "done")
    jobs.start()
    if job.status == "interrupted":
        jobs.resume(job)
        while (found := jobs.job(1)) is not None and found.is_open:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert found is not None
        assert found.has_plan
    jobs.close()
