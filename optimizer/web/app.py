"""The pages of the server and what they do: cases, their faults and settings, runs, comparisons, downloads."""

import os
import re
import tempfile
import tomllib
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, File, Form, HTTPException, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from models.case import TABLES
from optimizer.case.case_location import case_name, scenarios_folder
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.plausibility import warning_lines
from optimizer.case.quality import quality_lines
from optimizer.case.read import read_inputs, read_with_warnings
from optimizer.case.setting_layers import SHARED_SCENARIOS
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.runtime.estimate import estimate
from optimizer.web.guard import Guard
from optimizer.web.jobs import LOG, Job, Jobs, KnownCase
from optimizer.web.pages import HERE, curves_of, environment, faults_by_file, html_of, stages_of
from optimizer.web.settings_form import changed_keys, form_of, unplaced
from optimizer.web.upload import write_case

ROOT = Path(__file__).parents[2]
UPLOAD = "/cases"
REPORT, SUMMARY, COMPARED = "report.html", "summary.md", "compare.md"
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""Policy of a picture or page that is shown by itself: it reaches nothing, and nothing of this server is its own."""
SHOWN = {
    ".png": ("image/png", "default-src 'none'"),
    ".svg": ("image/svg+xml", ALONE),
    ".html": ("text/html; charset=utf-8", f"{ALONE} allow-scripts; script-src 'unsafe-inline'"),
    **dict.fromkeys((".md", ".csv", ".json", ".txt"), ("text/plain; charset=utf-8", "default-src 'none'")),
}
"""Endings of files that a browser shows -> type and policy; others are downloaded."""
SILENT: Any = {"auto_configure": False, "tracing": False, "metrics": False, "logs": False}
"""Nothing is measured or sent, whatever the environment asks of the library."""
SET = "set:"
"""Before the name of a field that is a key of the scenario."""


def create_app(place: Path, port: int, cases: Sequence[Path] = ()) -> Guard:
    """Return the application that keeps its jobs in a folder and answers on a port of this machine.

    `cases` are offered besides those that are shipped. Raises OSError where the folder cannot be used.
    """
    jobs = Jobs(place)
    shipped = sorted(path.parent for path in ROOT.glob("inputs/*/scenario.toml"))
    for case in (*reversed(shipped), *cases):
        jobs.add_case(case_name(case), _relative(case.resolve(), jobs.place))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield
        jobs.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, telemetry=SILENT)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    Pages(app, jobs)
    return Guard(app, port, UPLOAD)  # outermost: whatever goes wrong within, its rules and headers hold


def _relative(path: Path, place: Path) -> Path:
    """Return a path as seen from a folder, so that what is written there names no place of this machine."""
    with suppress(ValueError):  # on another drive
        return Path(os.path.relpath(path, place))
    return path


async def posted(request: Request) -> Mapping[str, Any]:
    """Return the fields of a form, whatever their names."""
    return await request.form(max_files=0, max_fields=400)


class Pages:
    """The pages over a list of jobs."""

    def __init__(self, app: FastAPI, jobs: Jobs) -> None:
        """Add all pages to an application."""
        self._jobs, self._templates = jobs, environment()
        page: dict[str, Any] = {"response_class": HTMLResponse}
        app.get("/", **page)(self.home)
        app.post(UPLOAD)(self.upload)
        app.get("/cases/{number}", **page)(self.case)
        app.get("/cases/{number}/check", **page)(self.check)
        app.post("/cases/{number}/solve")(self.solve)
        app.get("/runs/{number}", **page)(self.run)
        app.get("/runs/{number}/live", **page)(self.live)
        app.post("/runs/{number}/stop")(self.stop)
        app.post("/runs/{number}/resume")(self.resume)
        app.get("/runs/{number}/files/{name}")(self.file)
        app.get("/runs/{number}/zip")(self.zip)
        app.post("/compare")(self.compare)
        for kind in (HTTPException, RequestValidationError, 404, 405, Exception):
            app.exception_handler(kind)(self.failed)

    # --- cases

    def home(self) -> HTMLResponse:
        """Show cases and runs."""
        return self._home(())

    def _home(self, faults: Sequence[Fault], status: int = 200) -> HTMLResponse:
        cases = [(case, _title(self._path(case))) for case in self._jobs.cases()]
        jobs = self._jobs.jobs()
        return self._page("home.html", status, cases=cases, jobs=jobs, faults=faults, step=1)

    def upload(
        self,
        files: Annotated[list[UploadFile], File()],
        name: Annotated[str, Form(max_length=60)] = "",
        base: Annotated[int, Form()] = 0,
    ) -> Response:
        """Take the files of a case, over a copy of another one if one is named."""
        given = [(str(each.filename or ""), each.file) for each in files if each.filename or each.size]
        first = Path(given[0][0]).stem if given else ""
        title = re.sub(r"[^A-Za-z0-9_-]+", "-", name or first).strip("-")[:40] or "case"
        folder = self._jobs.new_case_folder() / title
        try:
            if not given:
                raise CaseRefused([Fault("the upload", "holds no file: choose or drop some")])
            origin = self._path(self._case(base)) if base else None
            if origin is not None and not origin.is_dir():
                raise CaseRefused([Fault(origin.name, "is a workbook: change it and drop it as a case of its own")])
            written = write_case(given, folder, origin)
        except CaseRefused as refused:
            folder.parent.rmdir()
            return self._home(refused.faults, 422)
        case = self._jobs.add_case(case_name(written), _relative(written, self._jobs.place))
        return RedirectResponse(f"/cases/{case.number}", 303)

    def case(self, number: int, scenario: str = "base", run: Annotated[int | None, Query()] = None) -> HTMLResponse:
        """Show a case: what is wrong with it, its settings; those of a run if one is named."""
        case = self._case(number)
        typed = dict[str, str]()
        if run is not None and (job := self._jobs.job(run)) is not None and job.kind == "solve":
            scenario, typed = job.asked["scenario"], dict(job.asked["typed"])
        return self._case_page(case, scenario, typed)

    def _case_page(
        self,
        case: KnownCase,
        scenario: str,
        typed: Mapping[str, str],
        faults: tuple[Fault, ...] = (),
        status: int = 200,
    ) -> HTMLResponse:
        path = self._path(case)
        shown: dict[str, Any] = {"case": case, "scenario": scenario, "scenarios": _scenarios(path), "step": 2}
        try:
            settings = load_settings(path, scenario)
        except CaseRefused as refused:
            listed = faults_by_file(refused.faults, path)
            return self._page("case.html", 422, **shown, sections=[], unplaced=[], listed=listed, title="")
        shown |= {"sections": form_of(settings, typed, faults), "unplaced": unplaced(faults), "title": settings.title}
        return self._page("case.html", status, **shown, listed={})

    def check(self, number: int, scenario: str = "base") -> HTMLResponse:
        """Show the faults of a case, or its warnings and what solving it takes."""
        case = self._case(number)
        path = self._path(case)
        try:
            read, warnings = read_with_warnings(path, load_settings(path, scenario))
        except CaseRefused as refused:
            count = sum(fault.count for fault in refused.faults)
            return self._page("check.html", case=case, listed=faults_by_file(refused.faults, path), count=count)
        counts = {name: len(getattr(read, name)) for name in TABLES}
        told = [*quality_lines(read), *read.notes]
        return self._page("check.html", listed={}, count=0, rows=sum(counts.values()), tables=len(counts),
                          sites=counts["sites"], zones=counts["zones"], told=told, size=str(estimate(read)),
                          warnings=[*warning_lines(warnings)])  # fmt: skip

    def solve(self, number: int, form: Annotated[Any, Depends(posted)]) -> Response:
        """Put a run of a case at the end of the list."""
        case, scenario = self._case(number), str(form.get("scenario", "base"))
        path = self._path(case)
        typed = {key.removeprefix(SET): str(value) for key, value in form.items() if key.startswith(SET)}
        try:
            settings = load_settings(path, scenario)
            changed = changed_keys(settings, typed)
            asked = load_settings(path, scenario, parse_overrides(f"{key}={text}" for key, text in changed.items()))
            if any(key.startswith("inputs.") for key in changed):
                read_inputs(path, asked)  # only the tables tell whether there are such cells
        except CaseRefused as refused:
            return self._case_page(case, scenario, typed, refused.faults, 422)
        differs = ", ".join(f"{key} = {text}" for key, text in changed.items())
        title = " · ".join(filter(None, (case.name, scenario, differs)))
        kept = {key: text for key, text in typed.items() if any(f"{name}.".startswith(f"{key}.") for name in changed)}
        job = {"case": str(case.place), "case_number": case.number, "scenario": scenario}
        made = self._jobs.add("solve", title, {**job, "overrides": changed, "typed": kept})
        return RedirectResponse(f"/runs/{made.number}", 303)

    # --- runs

    def run(self, number: int) -> HTMLResponse:
        """Show a run: how far it is, or its plan."""
        job = self._job(number)
        files = _files(job)
        names = {name for name, _ in files}
        page = next((name for name in (SUMMARY, COMPARED) if name in names), None)
        text = html_of((job.results / page).read_text(encoding="utf-8"), f"/runs/{number}/files/") if page else ""
        others = [each for each in self._jobs.jobs() if each.has_plan and each.number != number]
        others.sort(key=lambda each: each.asked["case_number"] != job.asked.get("case_number"))
        faults = [Fault(**fault) for fault in job.ended.get("faults", ())]
        listed: dict[str, Any] = {}
        if faults:
            listed = faults_by_file(faults, self._jobs.place / job.asked.get("case", ""))
        return self._page("run.html", job=job, files=files, text=text, others=others, report=REPORT in names,
                          listed=listed, step=3 if job.is_open else 4, log=(job.folder / LOG).is_file(),
                          **self._progress(job))  # fmt: skip

    def live(self, number: int) -> Response:
        """Show how far a run is; once it has ended the page is loaded anew."""
        job = self._job(number)
        if not job.is_open:
            return Response(headers={"HX-Refresh": "true"})
        return self._page("live.html", job=job, **self._progress(job))

    def _progress(self, job: Job) -> dict[str, Any]:
        reports = self._jobs.progress(job)
        return {"stages": stages_of(reports), "curves": curves_of(reports)}

    def stop(self, number: int) -> Response:
        """Ask a run for its end; its best plan is kept."""
        self._jobs.stop(self._job(number))
        return RedirectResponse(f"/runs/{number}", 303)

    def resume(self, number: int) -> Response:
        """Go on with a run that was interrupted."""
        self._jobs.resume(self._job(number))
        return RedirectResponse(f"/runs/{number}", 303)

    def file(self, number: int, name: str) -> Response:
        """Give one file of a run's results."""
        job = self._job(number)
        path = next((path for known, path in _files(job) if known == name), None)
        if path is None and name == LOG:
            path = job.folder / LOG
        if path is None or not path.is_file():
            raise HTTPException(404, "There is no such file.")
        kind, policy = SHOWN.get(path.suffix, ("application/octet-stream", ALONE))
        shown = path.suffix in SHOWN
        return FileResponse(
            path, media_type=kind, headers={"content-security-policy": policy}, filename=None if shown else path.name
        )

    def zip(self, number: int) -> Response:
        """Give all files of a run's results as one archive."""
        job = self._job(number)
        files = _files(job)
        if not files:
            raise HTTPException(404, "There is nothing to download yet.")
        spool = tempfile.SpooledTemporaryFile(max_size=16 * 1024**2)  # noqa: SIM115  # closed once it is sent
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in files:
                archive.write(path, f"{job.results.name}/{name}")
        spool.seek(0)

        def parts() -> Iterator[bytes]:
            with spool:
                yield from iter(lambda: spool.read(1 << 18), b"")

        headers = {"content-disposition": f'attachment; filename="{job.results.name}.zip"'}
        return StreamingResponse(parts(), media_type="application/zip", headers=headers)

    def compare(
        self, plans: Annotated[list[int] | None, Form()] = None, shares: Annotated[bool, Form()] = False
    ) -> Response:
        """Put a comparison of runs at the end of the list; the first of them is what the others are set against."""
        chosen = [self._job(number) for number in dict.fromkeys(sorted(plans or []))]
        if len(chosen) < 2 or not all(job.has_plan for job in chosen):
            raise HTTPException(422, "Choose two runs or more that have a plan.")
        title = " and ".join(f"run {job.number}" for job in chosen)
        folders = [str(job.results.relative_to(self._jobs.place)) for job in chosen]
        asked = {"plans": folders, "shares": shares, "numbers": [job.number for job in chosen]}
        job = self._jobs.add("compare", f"{title} compared", asked)
        return RedirectResponse(f"/runs/{job.number}", 303)

    # --- what they share

    def failed(self, request: Request, error: Exception) -> HTMLResponse:
        """Show why a request is refused."""
        status, reason = 422, "The address or the form holds something that does not belong there."
        if not isinstance(error, RequestValidationError):
            status = getattr(error, "status_code", 500)
            reason = str(getattr(error, "detail", "A fault of the program; its terminal has the details."))
        return self._page("error.html", status, status_code=status, reason=reason, step=0)

    def _page(self, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(**shown), status)

    def _case(self, number: int) -> KnownCase:
        found = next((case for case in self._jobs.cases() if case.number == number), None)
        if found is None:
            raise HTTPException(404, "There is no such case.")
        return found

    def _path(self, case: KnownCase) -> Path:
        return self._jobs.place / case.place

    def _job(self, number: int) -> Job:
        job = self._jobs.job(number)
        if job is None:
            raise HTTPException(404, "There is no such run.")
        return job


def _title(case: Path) -> str:
    """Return what a case asks, in its own words; nothing where that cannot be read at once."""
    with suppress(OSError, ValueError):
        return str(tomllib.loads((case / "scenario.toml").read_text(encoding="utf-8")).get("title", ""))
    return ""


def _scenarios(case: Path) -> list[str]:
    """Return the scenarios of a case: its own, then those that fit any."""
    found = (
        path.stem for folder in (scenarios_folder(case), SHARED_SCENARIOS) for path in sorted(folder.glob("*.toml"))
    )
    return [*dict.fromkeys(("base", *found))]


def _files(job: Job) -> list[tuple[str, Path]]:
    """Return the files of a run's results by name."""
    with suppress(OSError):
        return sorted((path.name, path) for path in job.results.iterdir() if path.is_file() and not path.is_symlink())
    return []
