"""The list of jobs, with processes that do nothing but what a job's process does: start, report, stop, end, die."""

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from optimizer.web.jobs import ENDED, Job, Jobs, Status

PROCESS = """
import json, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
asked = json.loads((folder / "asked.json").read_text())
(folder / "progress.jsonl").write_text(json.dumps({"stage": "compute", "at": 1.0}) + "\\n{half a li")
if asked["does"] == "waits":
    sys.stdin.readline()
if asked["does"] == "dies":
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
ended = {"job": "interrupted" if asked["does"] == "waits" else "done"}
(folder / "ended.json").write_text(json.dumps(ended))
"""


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[], Jobs]]:
    """Give a way to begin a server's list of jobs, once or again after another has ended."""
    (tmp_path / "process.py").write_text(PROCESS)
    begun: list[Jobs] = []

    def begin() -> Jobs:
        begun.append(Jobs(tmp_path / "place", (sys.executable, str(tmp_path / "process.py"))))
        begun[-1].start()
        return begun[-1]

    yield begin
    for jobs in begun:
        jobs.close()


def until(jobs: Jobs, number: int, *wanted: Status) -> Job:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        job = jobs.job(number)
        assert job is not None
        if job.status in wanted:
            return job
        time.sleep(0.02)
    raise AssertionError(f"job {number} is not yet {' or '.join(wanted)}")


def test_jobs_are_done_one_after_another_in_their_order(begin: Callable[[], Jobs]) -> None:
    jobs = begin()
    numbers = [jobs.add("solve", name, {"does": "ends"}).number for name in ("first", "second", "third")]
    for number in numbers:
        assert until(jobs, number, "done").ended == {"job": "done"}
    assert [job.title for job in jobs.jobs()] == ["third", "second", "first"]


def test_one_that_works_is_stopped_with_what_it_has_and_one_that_waits_before_it_begins(
    begin: Callable[[], Jobs],
) -> None:
    jobs = begin()
    working, waiting = (jobs.add("solve", "x", {"does": "waits"}) for _ in range(2))
    until(jobs, working.number, "working")
    jobs.stop(waiting)
    assert until(jobs, waiting.number, "interrupted").note == "It was stopped before it began."
    jobs.stop(working)
    stopped = until(jobs, working.number, "interrupted")
    assert (stopped.note, stopped.ended) == ("", {"job": "interrupted"})
    assert not (waiting.folder / ENDED).exists()
    jobs.stop(working)  # once more does nothing
    jobs.resume(waiting)
    until(jobs, waiting.number, "working")


def test_one_whose_process_dies_has_failed_and_may_be_tried_again(begin: Callable[[], Jobs]) -> None:
    jobs = begin()
    job = jobs.add("solve", "x", {"does": "dies"})
    assert "SIGKILL" in until(jobs, job.number, "failed").note
    after = jobs.add("solve", "y", {"does": "ends"})
    until(jobs, after.number, "done")
    jobs.resume(job)
    until(jobs, job.number, "failed")


def test_progress_is_read_as_far_as_it_is_written(begin: Callable[[], Jobs]) -> None:
    jobs = begin()
    job = jobs.add("solve", "x", {"does": "ends"})
    assert jobs.progress(until(jobs, job.number, "done")) == [{"stage": "compute", "at": 1.0}]


def test_a_list_survives_its_server(begin: Callable[[], Jobs]) -> None:
    jobs = begin()
    done = jobs.add("solve", "done", {"does": "ends"})
    until(jobs, done.number, "done")
    place = jobs.place / "cases" / "mine"
    place.mkdir(parents=True)
    jobs.add_case("mine", Path("cases/mine"))
    jobs.close()
    waiting = jobs.add("solve", "waits", {"does": "ends"})
    again = begin()
    assert [(job.title, job.number) for job in again.jobs()] == [("waits", waiting.number), ("done", done.number)]
    assert [case.name for case in again.cases()] == ["mine"]
    until(again, waiting.number, "done")
    place.rmdir()
    assert again.cases() == []


def test_one_that_ran_when_the_server_was_killed_is_interrupted_until_it_ends_by_itself(
    begin: Callable[[], Jobs],
) -> None:
    jobs = begin()
    job = jobs.add("solve", "x", {"does": "ends"})
    until(jobs, job.number, "done")
    (job.folder / ENDED).unlink()
    with closing(sqlite3.connect(jobs.place / "jobs.sqlite")) as connection, connection:
        connection.execute("UPDATE jobs SET status = 'working'")  # as a server leaves it that is killed
    again = begin()
    found = until(again, job.number, "interrupted")
    assert "The server ended" in found.note
    (job.folder / ENDED).write_text(json.dumps({"job": "done"}))  # its process had only to come to its end
    assert until(again, job.number, "done").note == ""
    (job.folder / ENDED).unlink()
    again.resume(until(again, job.number, "interrupted"))
    until(again, job.number, "done")


def test_a_server_that_ends_asks_its_job_to_stop(begin: Callable[[], Jobs]) -> None:
    jobs = begin()
    job = jobs.add("solve", "x", {"does": "waits"})
    until(jobs, job.number, "working")
    jobs.close()
    assert json.loads((job.folder / ENDED).read_text()) == {"job": "interrupted"}
    assert until(begin(), job.number, "interrupted").ended
