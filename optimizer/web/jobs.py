"""Jobs of the server: a list in SQLite, a folder each, worked on one after another by processes of their own.

What a job asks stands in `asked.json` of its folder, how far it is in `progress.jsonl`, how it ended in `ended.json`,
all written by the process that does it: a server that dies loses nothing, and the next one finds what became of it.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from optimizer.monitor.interrupt import ending

Status = Literal["waiting", "working", "done", "interrupted", "failed"]
ASKED, PROGRESS, ENDED, LOG = "asked.json", "progress.jsonl", "ended.json", "log.txt"
COMMAND = (sys.executable, "-m", "optimizer.web.job_process")
STOP = b"stop\n"
STOPPING = "It was asked to stop and comes to its end with the best that it has."
CLOSING_SECONDS = 20.0
"""Time in which a job that works is waited for when the server ends; it ends by itself with its best plan."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS cases (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, place TEXT NOT NULL UNIQUE, made TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, asked TEXT NOT NULL, status TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '', made TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class KnownCase:
    """A case that can be solved."""

    number: int
    name: str
    place: Path
    """Folder or workbook, as seen from the folder of the jobs."""


@dataclass(frozen=True)
class Job:
    """Something to do, and what became of it."""

    number: int
    kind: Literal["solve", "compare"]
    title: str
    asked: Mapping[str, Any]
    status: Status
    note: str
    made: str
    folder: Path
    ended: Mapping[str, Any]
    """What its process says of its end; empty before."""

    @property
    def results(self) -> Path:
        """Return the folder of its plan or page, named so that a comparison can name it."""
        return self.folder / f"run-{self.number}"

    @property
    def has_plan(self) -> bool:
        """Tell whether there is a plan."""
        return self.kind == "solve" and (self.results / "plan.json").is_file()

    @property
    def is_open(self) -> bool:
        """Tell whether it may still change by itself."""
        return self.status in ("waiting", "working")


class Jobs:
    """The jobs in a folder, and the thread that works on them; raises OSError where the folder cannot be used."""

    def __init__(self, place: Path, command: Sequence[str] = COMMAND) -> None:
        """Open the list; what a server before was at work on is marked as interrupted.

        `command` does a job: its last word will be the job's folder, as seen from `place`.
        """
        self.place, self._command = place.resolve(), command
        (self.place / "jobs").mkdir(parents=True, exist_ok=True)
        self._process: tuple[int, subprocess.Popen[bytes]] | None = None
        self._lock, self._wake, self._closed = threading.Lock(), threading.Event(), False
        with self._connection() as connection:
            connection.executescript(SCHEMA)
            connection.execute(
                "UPDATE jobs SET status = 'interrupted', note = ? WHERE status = 'working'",
                ("The server ended while it was at work. What it had found is kept: go on with it.",),
            )
        self._worker = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work on what waits."""
        self._worker.start()

    def close(self) -> None:
        """Ask the job at work for its best plan, wait a little for it, and end."""
        with self._lock:
            self._closed = True
            process = self._process
        self._wake.set()
        if process is not None:
            self._tell_to_stop(process[1])
            with suppress(subprocess.TimeoutExpired):
                process[1].wait(CLOSING_SECONDS)
        if self._worker.is_alive():
            self._worker.join(1.0)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.place / "jobs.sqlite", timeout=10.0)) as connection:
            connection.row_factory = sqlite3.Row
            with connection:
                yield connection

    def add_case(self, name: str, place: Path) -> KnownCase:
        """Remember a case; one whose place is known keeps its number."""
        with self._connection() as connection:
            row = "INSERT INTO cases (name, place, made) VALUES (?, ?, ?) ON CONFLICT (place) DO UPDATE SET name = ?"
            connection.execute(row, (name, str(place), _now(), name))
        return next(case for case in self.cases() if case.place == place)

    def cases(self) -> list[KnownCase]:
        """Return the cases that are still there, in the order in which they came."""
        with self._connection() as connection:
            rows = connection.execute("SELECT * FROM cases ORDER BY number").fetchall()
        found = [KnownCase(row["number"], row["name"], Path(row["place"])) for row in rows]
        return [case for case in found if (self.place / case.place).exists()]

    def new_case_folder(self) -> Path:
        """Return a new, empty folder for a case."""
        above = self.place / "cases"
        above.mkdir(exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="", dir=above))

    def add(self, kind: str, title: str, asked: Mapping[str, Any]) -> Job:
        """Put a job at the end of the list."""
        with self._connection() as connection:
            row = "INSERT INTO jobs (kind, title, asked, status, made) VALUES (?, ?, ?, 'waiting', ?)"
            number = connection.execute(row, (kind, title, json.dumps(asked), _now())).lastrowid
        self._wake.set()
        job = self.job(number or 0)
        assert job is not None
        return job

    def job(self, number: int) -> Job | None:
        """Return a job by its number."""
        return next((job for job in self._jobs("WHERE number = ?", number)), None)

    def jobs(self) -> list[Job]:
        """Return all jobs, the latest first."""
        return [*self._jobs("ORDER BY number DESC")]

    def stop(self, job: Job) -> None:
        """Ask a job for its end: with its best plan, or before it has begun."""
        with self._lock:
            process = self._process
            if process is not None and process[0] == job.number:
                self._tell_to_stop(process[1])
                self._mark(job.number, "working", STOPPING, only=("working",))
                return
        self._mark(job.number, "interrupted", "It was stopped before it began.", only=("waiting",))

    def resume(self, job: Job) -> None:
        """Do a job again that did not come to its end; a search begins with the best that it had found."""
        if self._mark(job.number, "waiting", "", only=("interrupted", "failed")):
            self._wake.set()

    def progress(self, job: Job) -> list[Mapping[str, Any]]:
        """Return what a job reported, in order."""
        found = []
        with suppress(OSError):
            for line in (job.folder / PROGRESS).read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):  # the last line may be on its way
                    found.append(json.loads(line))
        return found

    def _jobs(self, condition: str, *values: object) -> Iterator[Job]:
        with self._connection() as connection:
            rows = connection.execute(f"SELECT * FROM jobs {condition}", values).fetchall()
        for row in rows:
            folder = self.place / "jobs" / str(row["number"])
            status, note, ended = row["status"], row["note"], dict[str, Any]()
            with suppress(OSError, ValueError):
                ended = json.loads((folder / ENDED).read_text(encoding="utf-8"))
            if ended and status in ("interrupted", "failed"):  # it came to its end after its server had ended
                status, note = ended["job"], ""
            asked = json.loads(row["asked"])
            yield Job(row["number"], row["kind"], row["title"], asked, status, note, row["made"], folder, ended)

    def _mark(self, number: int, status: Status, note: str, only: Sequence[Status] = ("waiting", "working")) -> bool:
        """Mark a job as it is now, if it was one of some before; tell whether it was."""
        before = ", ".join("?" * len(only))
        with self._connection() as connection:
            row = f"UPDATE jobs SET status = ?, note = ? WHERE number = ? AND status IN ({before})"
            return connection.execute(row, (status, note, number, *only)).rowcount > 0

    def _work(self) -> None:
        """Work on one job after another."""
        while not self._closed:
            self._wake.clear()
            waiting = next(self._jobs("WHERE status = 'waiting' ORDER BY number LIMIT 1"), None)
            if waiting is None:
                self._wake.wait(5.0)
            else:
                self._do(waiting)

    def _do(self, job: Job) -> None:
        """Do a job in a process of its own and mark how it ended."""
        job.folder.mkdir(parents=True, exist_ok=True)
        for name in (ENDED, PROGRESS):
            (job.folder / name).unlink(missing_ok=True)
        asked = {**job.asked, "kind": job.kind, "results": job.results.name}
        (job.folder / ASKED).write_text(json.dumps(asked), encoding="utf-8")
        with self._lock:
            if self._closed or not self._mark(job.number, "working", "", only=("waiting",)):
                return
            with (job.folder / LOG).open("wb") as log:
                words = [*self._command, str(job.folder.relative_to(self.place))]
                # a group of its own: Ctrl-C ends the server, which asks it to stop, and not the process itself
                process = subprocess.Popen(
                    words, cwd=self.place, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
                )
            self._process = job.number, process
        code = process.wait()
        with self._lock:
            self._process = None
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        found = self.job(job.number)
        if found is not None and found.ended:
            self._mark(job.number, found.ended["job"], "")
        else:
            self._mark(job.number, "failed", f"Its process ended without a result ({ending(code)}); see log.txt.")

    @staticmethod
    def _tell_to_stop(process: "subprocess.Popen[bytes]") -> None:
        """Ask a process to stop; that it has gone is seen by whoever waits for it."""
        with suppress(OSError, ValueError):
            if process.stdin is not None:
                process.stdin.write(STOP)
                process.stdin.flush()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
