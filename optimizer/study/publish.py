"""A plan or a study as one archive: everything that is needed to compute it again, and what was computed."""

import hashlib
import json
import shlex
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from models.plan import Plan
from models.settings import Settings
from optimizer.audit.audit import audit
from optimizer.audit.input_integrity import check_inputs
from optimizer.case.case_location import (
    path_from_text,
)
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.provenance import ROOT
from optimizer.case.read import read_case
from optimizer.report.write_plan import fill_folder
from optimizer.store.plan_files import read_plan
from optimizer.store.plan_folder import PLAN, FolderRefused, consistent_read
from optimizer.study.archive import CRATE, Content, is_plain, write_archive
from optimizer.study.crate import crate_metadata
from optimizer.study.environment import environment
from optimizer.study.named_figure import Results
from optimizer.study.paper import Paper, filled_paper
from optimizer.study.parts import Collected, inputs_of
from optimizer.study.plan_figures import plan_results
from optimizer.study.publication import INPUTS, PAPERS, PUBLICATION, RESULTS, Publication
from optimizer.study.results import STUDY
from optimizer.study.study_archive import study_parts, study_results

PROJECT = ("CITATION.cff", "LICENSE", "constraints.txt")
"""Files of the program that go into every archive."""
STUDIES = Path("outputs/studies")
TEXTS = (".csv", ".json", ".md", ".toml", ".txt")


@dataclass(frozen=True)
class Published:
    """An archive that was written."""

    file: Path
    sha256: str
    files: int
    size: int
    """Bytes."""
    warnings: tuple[str, ...]


def publish_folder(folder: Path, out: Path, papers: Sequence[Path] = (), case_dir: Path | None = None) -> Published:
    """Write the archive of a plan's or a study's folder, its papers filled and checked against it.

    Without `case_dir` the inputs are where they were, from the current folder. Raises CaseRefused with every fault: of
    inputs that are not those of the results any more, of papers, of files that name places of this machine;
    FolderRefused where the folder holds neither plan nor study, or the archive cannot be written.
    """
    _check_place(folder, out)
    with ExitStack() as stack:
        if (folder / STUDY).is_file():
            found = study_parts(folder, case_dir)
        else:
            found = _plan(folder, case_dir, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        files = dict(found.files)
        files |= {name: ROOT / name for name in PROJECT if (ROOT / name).is_file()}
        faults = [*_paths_of_this_machine(files)]
        filled = {path: filled_paper(path, found.results) for path in papers}
        faults += [fault for paper in filled.values() for fault in paper.faults]
        names = [f"{PAPERS}/{path.name}" for path in filled]
        faults += [Fault(name, "is the name of two papers") for name in {*names} if names.count(name) > 1]
        files |= {name: paper.text.encode() for name, paper in zip(names, filled.values(), strict=True)}
        faults += [Fault(name, "has a name that not every system can have") for name in files if not is_plain(name)]
        if faults:
            raise CaseRefused(faults)
        for path, paper in filled.items():
            _write_paper(path, paper.text)
        publication = found.publication.model_copy(update={"papers": tuple(sorted(names))})
        files[PUBLICATION] = (json.dumps(publication.model_dump(mode="json"), indent=1) + "\n").encode()
        files["README.md"] = publication.page().encode()
        sizes = {name: _size(content) for name, content in files.items()}
        files[CRATE] = crate_metadata(publication.run(sizes), sizes, publication.environment)
        try:
            write_archive(files, out)
        except OSError as fault:
            raise FolderRefused(f"{out} cannot be written: {fault}") from None
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        return Published(out, digest, len(files) + 1, out.stat().st_size, (*_warnings(publication),))


def _check_place(folder: Path, out: Path) -> None:
    """Refuse an archive in the folder that it is made of, or in the place of a file of another kind."""
    if out.resolve().is_relative_to(folder.resolve()):
        raise FolderRefused(f"{out} lies in the folder that is published: name another place with --out")
    if not out.exists():
        return
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(out) as before:
        if PUBLICATION in before.namelist():
            return
    raise FolderRefused(f"{out} is no archive of `gigasite publish` and is not replaced: name another with --out")


def place_of(named: Path) -> Path:
    """Return the folder of a plan or study: as named, or that of the study of this name or with this file."""
    named_study = named.suffix == ".toml" or (len(named.parts) == 1 and not named.exists())
    return STUDIES / named.stem if named_study else named


def _plan(folder: Path, case_dir: Path | None, spare: Path) -> Collected:
    """Return what belongs to a plan; one that names another place of its case is written anew in a spare folder."""
    plan = consistent_read(folder, read_plan)
    origin = plan.provenance
    source = case_dir or path_from_text(origin.case_folder)
    case = read_case(source, Settings.model_validate(origin.scenario))
    states = check_inputs(plan, case.files, source)
    if any(state.state == "changed" for state in states if state.name.startswith("scenario ")):
        rule = "its files say something else today than when it was solved; solve the case again"
        raise CaseRefused([Fault(f"scenario {origin.scenario_name}", rule)])
    place = f"{INPUTS}/{source.resolve().name}"
    if origin.case_folder != place:
        plan = _at(plan, place)
        report = audit(case, plan)
        if failed := fill_folder(spare, plan, report, source):
            raise CaseRefused([Fault(PLAN, f"could not be written anew: {failed[0]}")])
        folder = spare
    words = ["gigasite", "solve", place]
    words += ["--scenario", origin.scenario_name] if origin.scenario_name != "base" else []
    words += [word for key, value in origin.overrides.items() for word in ("--set", f"{key}={value}")]
    commands = (shlex.join([*words, "--out", RESULTS]), f"gigasite audit {RESULTS}")
    return Collected(
        Publication(
            kind="plan",
            title=plan.title,
            case=place,
            commands=commands,
            ended=origin.created_at,
            environment={**environment(), **plan.proof.versions, "commit": origin.git_commit},
        ),
        {
            **{f"{RESULTS}/{file.name}": file for file in sorted(folder.iterdir()) if file.is_file()},
            **inputs_of(source, case.files, [origin.scenario_name]),
        },
        plan_results(plan),
    )


def _at(plan: Plan, place: str) -> Plan:
    """Return a plan that says of its case that it is in another place."""
    return plan.model_copy(update={"provenance": plan.provenance.model_copy(update={"case_folder": place})})


def _paths_of_this_machine(files: Mapping[str, Content]) -> Iterator[Fault]:
    """Yield the files of the results that name the folder that the program runs in, or the home of its user."""
    places = [str(place).encode() for place in {Path.cwd(), Path.home()} if len(place.parts) > 2]
    for name, content in files.items():
        if name.startswith(f"{RESULTS}/") and Path(name).suffix in TEXTS:
            raw = content if isinstance(content, bytes) else content.read_bytes()
            for place in places:
                if (at := raw.find(place)) >= 0:
                    line = raw.count(b"\n", 0, at) + 1
                    yield Fault(
                        name, "names a folder of this machine, which nobody else has", line, value=place.decode()
                    )


def fill_papers(folder: Path, papers: Sequence[Path], again: bool = False, check: bool = False) -> dict[Path, Paper]:
    """Fill the numbers of papers from a plan's or a study's folder, with `check` write nothing; return what was found.

    Raises CaseRefused with every fault of every paper, and then none is written.
    """
    results = results_of(folder)
    filled = {path: filled_paper(path, results, again) for path in papers}
    faults = [fault for paper in filled.values() for fault in paper.faults]
    if check:
        faults += [Fault(str(path), "has numbers that are not filled") for path, each in filled.items() if each.filled]
    if faults:
        raise CaseRefused(faults)
    for path, paper in filled.items():
        if not check:
            _write_paper(path, paper.text)
    return filled


def results_of(folder: Path) -> Results:
    """Return the figures of a plan or a study; raises FolderRefused where a folder holds neither."""
    if (folder / STUDY).is_file():
        return study_results(folder)
    return plan_results(consistent_read(folder, read_plan))


def _write_paper(path: Path, text: str) -> None:
    """Replace a paper by the filled one at once, if they differ."""
    if path.read_bytes() != text.encode():
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(text.encode())
        fresh.replace(path)


def _size(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _warnings(publication: Publication) -> Iterator[str]:
    commit = publication.environment["commit"]
    if not commit:
        yield "the code that made it lies in no repository: no commit names it"
    elif commit.endswith("+"):
        yield f"the code that made it had changes that no commit names ({commit})"
