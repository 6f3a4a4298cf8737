import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from models.case import Case
from models.plan import Hourly, Plan
from optimizer.audit.audit import audit
from optimizer.audit.certificate import Certificate
from optimizer.cli import app
from optimizer.recheck import recheck
from optimizer.report.certificate_markdown import certificate_text
from optimizer.report.output_integrity import WRITTEN_BY, compare_folders
from optimizer.report.write_plan import fill_folder
from optimizer.store.dispatch_file import DISPATCH
from optimizer.store.plan_files import canonical, read_plan
from optimizer.store.plan_folder import MANIFEST, PLAN, PlanDamaged
from tests.conftest import TUTORIAL

BINARY = (DISPATCH, "map.png", "plan.gpkg")


@dataclass(frozen=True)
class Written:
    """A plan in a folder, and the same made anew."""

    folder: Path
    made: Path
    case: Case
    plan: Plan

    def copy(self, place: Path) -> Path:
        return Path(shutil.copytree(self.folder, place))


@pytest.fixture(scope="module")
def written(tutorial_case: Case, tutorial_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Give the plan of the tutorial as written, and written once more."""
    folder, made = (tmp_path_factory.mktemp(name) for name in ("plan", "made"))
    for place in (folder, made):
        fill_folder(place, tutorial_plan, audit(tutorial_case, tutorial_plan), TUTORIAL)
    return Written(folder, made, tutorial_case, tutorial_plan)


def rewrite_manifest(folder: Path) -> None:
    """Rewrite the manifest, as one who hides a change."""
    from hashlib import sha256

    files = sorted(file for file in folder.iterdir() if file.name != MANIFEST)
    hashes = {file.name: sha256(file.read_bytes()).hexdigest() for file in files}
    (folder / MANIFEST).write_text(canonical(hashes), encoding="utf-8", newline="\n")


def faulty_files(folder: Path, written: Written) -> dict[str, str]:
    """Return the notes on the files that are not what they must be."""
    states = compare_folders(folder, written.made, {})
    assert all(file.state in ("matches", "changed", "missing") for file in states)
    return {file.name: file.note for file in states if not file.passed}


def other(cell: str) -> str:
    """Return something else for a cell, as close to it as can be."""
    try:
        number = float(cell)
    except ValueError:
        return cell + "x"
    return repr(float(np.nextafter(number, np.inf))) if "." in cell or "e" in cell else str(int(number) + 1)


def cells_of(file: Path) -> Iterator[tuple[int, int]]:
    lines = list(csv.reader(StringIO(file.read_text(encoding="utf-8"))))
    for number, line in enumerate(lines):
        for place, _ in enumerate(line):
            yield number, place


def change_cell(file: Path, number: int, place: int) -> None:
    """Change a cell of a CSV file."""
    lines = list(csv.reader(StringIO(file.read_text(encoding="utf-8"))))
    lines[number][place] = other(lines[number][place])
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(lines)


def tampered_cells(written: Written, folder: Path, every: bool) -> int:
    """Change cells one at a time, each with the manifest as it was and rewritten; return how many were found."""
    found, draw = 0, np.random.default_rng(7)
    for file in sorted(folder.glob("*.csv")):
        sound, cells = file.read_bytes(), list(cells_of(file))
        columns = {place for _, place in cells}
        lowest = max(number for number, _ in cells)
        chosen = cells if every else [(int(draw.integers(min(1, lowest), lowest + 1)), place) for place in columns]
        for number, place in chosen:
            change_cell(file, number, place)
            for hide_change in (lambda _: None, rewrite_manifest):
                hide_change(folder)
                assert faulty_files(folder, written) == {file.name: f"line {number + 1} is another"}, place
            file.write_bytes(sound)
            rewrite_manifest(folder)
            found += 1
        assert faulty_files(folder, written) == {}
    return found


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
def test_no_cell_of_a_table_can_be_changed_unseen(every: bool, written: Written, tmp_path: Path) -> None:
    found = tampered_cells(written, written.copy(tmp_path / "plan"), every)
    assert found > (1000 if every else 100)
    print(f"{found} cells changed, each found with and without a manifest rewritten")


@pytest.mark.parametrize("number", [6, pytest.param(300, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", BINARY)
def test_no_byte_of_a_binary_file_can_be_changed_unseen(
    name: str, number: int, written: Written, tmp_path: Path
) -> None:
    folder, draw = written.copy(tmp_path / "plan"), np.random.default_rng(11)
    file = folder / name
    sound = file.read_bytes()
    for place in draw.integers(0, len(sound), size=number).tolist():
        changed = bytearray(sound)
        changed[place] ^= 1 << int(draw.integers(8))
        file.write_bytes(changed)
        for hide_change in (lambda _: None, rewrite_manifest):
            hide_change(folder)
            assert set(faulty_files(folder, written)) == {name}, place
        file.write_bytes(sound)
        rewrite_manifest(folder)
    assert faulty_files(folder, written) == {}


def with_value(table: pa.Table, row: int, column: str, content: object) -> pa.Table:
    place = table.schema.get_field_index(column)
    cells = table[column].to_pylist()
    cells[row] = content
    return table.set_column(place, column, pa.array(cells, pa.array(cells[:row]).type))


def test_a_value_of_the_dispatch_is_reported_by_row_and_column(written: Written, tmp_path: Path) -> None:
    folder, hourly = written.copy(tmp_path / "plan"), written.plan.hourly
    file = folder / DISPATCH
    table = parquet.read_table(file)
    for row in np.random.default_rng(5).integers(0, len(table), size=20).tolist():
        was = {name: cells[0] for name, cells in table.slice(row, 1).to_pydict().items()}
        number = float(np.nextafter(was["value"], np.inf))
        parquet.write_table(with_value(table, row, "value", number), file)
        where = f"{was['kind']} of {was['key']}, {was['period']}, {was['day']}, hour {was['hour']}"
        with pytest.raises(PlanDamaged, match=re.escape(f"line {row + 2}, column value ({where}) is {number}, ")):
            read_plan(folder)
    for name in ("period", "day", "hour", "kind", "key"):
        parquet.write_table(with_value(table, 41, name, "x" if name != "hour" else 7), file)
        rewrite_manifest(folder)
        assert set(faulty_files(folder, written)) == {DISPATCH}
        assert read_plan(folder).hourly == hourly


@pytest.mark.parametrize("harm", [b"", b"no parquet at all", None])
def test_a_dispatch_that_is_none_any_more_is_reported(harm: bytes | None, written: Written, tmp_path: Path) -> None:
    file = written.copy(tmp_path / "plan") / DISPATCH
    if harm is None:
        file.unlink()
    else:
        file.write_bytes(harm)
    with pytest.raises(PlanDamaged, match=r"dispatch\.parquet"):
        read_plan(file.parent)
    parquet.write_table(parquet.read_table(written.folder / DISPATCH).slice(1), file)
    with pytest.raises(PlanDamaged, match=r"it holds [\d,]+ numbers \(float64\), not [\d,]+"):
        read_plan(file.parent)
    assert run("audit", file.parent, "--case", TUTORIAL).exit_code == 7


def test_no_digest_of_the_dispatch_can_be_changed_unseen(written: Written, tmp_path: Path) -> None:
    folder = written.copy(tmp_path / "plan")
    text = (folder / PLAN).read_text(encoding="utf-8")
    paths = [path for path, _ in leaves(json.loads(text)) if path[:2] == ("hourly", "sha256")]
    assert {path[2] for path in paths} == {"series", "period", "day", "hour"}
    for path in paths:
        (folder / PLAN).write_text(canonical(with_leaf(text, path)), encoding="utf-8")
        with pytest.raises(PlanDamaged, match=r"the digests of the dispatch \(hourly\.sha256\)"):
            read_plan(folder)


TEXTS: dict[str, Callable[[str], str]] = {
    "summary.md": lambda text: text.replace("| compute |", "| computed |", 1),
    "audit.json": lambda text: text.replace('"passed":true', '"passed":false', 1),
    PLAN: lambda text: text.replace(":{", ": {", 1),
    MANIFEST: lambda text: text.replace("0", "1", 1),
}


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_can_be_changed_unseen(name: str, written: Written, tmp_path: Path) -> None:
    folder = written.copy(tmp_path / "plan")
    file = folder / name
    changed = TEXTS[name](file.read_text(encoding="utf-8"))
    assert changed != file.read_text(encoding="utf-8")
    file.write_text(changed, encoding="utf-8", newline="\n")
    assert faulty_files(folder, written)
    if name != MANIFEST:
        rewrite_manifest(folder)
        assert set(faulty_files(folder, written)) == {name}


def test_a_file_less_is_missing_and_a_file_more_is_unknown(written: Written, tmp_path: Path) -> None:
    folder = written.copy(tmp_path / "plan")
    (folder / "sites.csv").unlink()
    (folder / "notes.txt").write_text("mine")
    states = {file.name: file.state for file in compare_folders(folder, written.made, {})}
    assert (states["sites.csv"], states["notes.txt"]) == ("missing", "unknown")
    (folder / MANIFEST).unlink()
    assert {file.name: file.state for file in compare_folders(folder, written.made, {})}[MANIFEST] == "missing"
    rewrite_manifest(folder)
    notes = {file.name: file.note for file in compare_folders(folder, written.made, {})}
    assert notes[MANIFEST] == "it does not list sites.csv"


@pytest.mark.parametrize("name", BINARY)
def test_a_file_of_another_library_is_believed_if_the_manifest_lists_it(
    name: str, written: Written, tmp_path: Path
) -> None:
    folder = written.copy(tmp_path / "plan")
    library = WRITTEN_BY[Path(name).suffix]
    versions = {library: f"{library} 1.0, here 2.0"}
    (folder / name).write_bytes((folder / name).read_bytes() + b"end")

    def state(versions: dict[str, str]) -> tuple[str, str]:
        return next(
            (file.state, file.note) for file in compare_folders(folder, written.made, versions) if file.name == name
        )

    assert state(versions)[0] == "changed"
    rewrite_manifest(folder)
    assert state(versions) == ("unconfirmed", f"written by {library} 1.0, here 2.0")
    assert state({})[0] == "changed"


@pytest.mark.parametrize("name", [PLAN, "audit.json", "sites.csv", "summary.md"])
def test_no_library_excuses_a_text(name: str, written: Written, tmp_path: Path) -> None:
    folder = written.copy(tmp_path / "plan")
    with (folder / name).open("a") as file:
        file.write(" ")
    rewrite_manifest(folder)
    versions = dict.fromkeys([*WRITTEN_BY.values(), "platform"], "another")
    changed = [file.name for file in compare_folders(folder, written.made, versions) if not file.passed]
    assert changed == [name]


STATED = {
    r"proof\.(seconds|peak_memory_mb|message|phases\..*)": "what only the run could know",
    r"proof\.versions\..*": "what was installed then",
    r"proof\.stages\.\d+\.(seconds|nodes)": "what only the run could know",
    r"proof\.stages\.\d+\.root_bound": "a bound that the solver gave up for a better one",
    r"proof\.(rows|columns|integers|nonzeros|smallest_coefficient|largest_coefficient)": "certified: the programme",
    r"proof\.violations\.\d+\.(absolute|relative|where)": "below the tolerance",
    r"provenance\.(case|case_folder|scenario_name|git_commit|created_at)": "where and when it was made",
    r"provenance\.overrides\..*": "shown beside the scenario they lead to",
    r"provenance\.files\.scenario\.toml": "the plan holds its scenario, resolved",
    r"consequences\.\d+\.(price|most_rise|dearer|load)_.*": "a dual value, or worked out from some",
    r"consequences\.\d+\.import_without_twh": "certified: a system without data centres",
    r"carbon\.\d+\.noise_meur": "how well a solver shared the reservoirs",
    r"replay\.gap_share": "how well a solver shared the reservoirs",
    r"limits\.\d+\.worth": "a dual value, of which the sign is checked",
}
"""Leaves of plan.json that may be changed, all outputs and the manifest made to match, and why; see also --certify."""


def leaves(content: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], object]]:
    inner = dict(enumerate(content)) if isinstance(content, list) else content
    if isinstance(inner, dict):
        for key, part in inner.items():
            yield from leaves(part, (*path, key))
    else:
        yield path, content


def changed_leaf(leaf: object) -> object:
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int):
        return leaf + 1
    if isinstance(leaf, float):
        return leaf + max(0.01, 0.01 * abs(leaf))
    return f"{leaf}x" if isinstance(leaf, str) else "x"


def with_leaf(text: str, path: tuple[Any, ...]) -> Any:
    """Return the content of plan.json with one leaf changed."""
    content = json.loads(text)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = changed_leaf(place[path[-1]])
    return content


def accepts(written: Written, content: dict[str, Any]) -> bool:
    """Tell whether an audit would accept a plan whose outputs and manifest were all made anew from it."""
    names = {name: part for name, part in content["hourly"].items() if name != "sha256"}
    try:
        hourly = Hourly.model_validate(names | {"values": written.plan.hourly.values})
        return audit(written.case, Plan.model_validate(content | {"hourly": hourly})).sound
    except ValidationError:
        return False


@pytest.mark.long
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
def test_no_leaf_of_the_plan_can_be_changed_unseen(every: bool, written: Written) -> None:
    text = (written.folder / PLAN).read_text(encoding="utf-8")
    paths = [path for path, _ in leaves(json.loads(text)) if path[:2] != ("hourly", "sha256")]
    if not every:  # the other tables have their own test
        few = ("proof", "provenance", "title", "schema_version", "carbon", "limits", "replay", "hourly", "consequences")
        paths = [path for path in paths if path[0] in few]
    survivors, found = set(), 0
    for path in paths:
        name = ".".join(map(str, path))
        if accepts(written, with_leaf(text, path)):
            survivors.add(name)
        else:
            found += 1
    unexplained = {name for name in survivors if not any(re.fullmatch(pattern, name) for pattern in STATED)}
    assert unexplained == set()
    for pattern in set(STATED) - {r"provenance\.overrides\..*"}:
        assert any(re.fullmatch(pattern, name) for name in survivors), f"{pattern} does not survive any more"
    assert found > (1000 if every else 100)
    print(f"{found} leaves changed and found, {len(survivors)} survive")


def test_a_plan_changed_alone_is_reported_by_its_name(written: Written, tmp_path: Path) -> None:
    folder = written.copy(tmp_path / "plan")
    text = (folder / PLAN).read_text(encoding="utf-8")
    (folder / PLAN).write_text(canonical(with_leaf(text, ("provenance", "created_at"))), encoding="utf-8")
    certificate = recheck(folder, TUTORIAL)
    states = {file.name: file.state for file in certificate.outputs}
    assert not certificate.sound
    assert (states[PLAN], states["summary.md"]) == ("changed", "changed")
    rewrite_manifest(folder)
    assert {file.name for file in recheck(folder, TUTORIAL).outputs if not file.passed} == {
        "plan.xlsx",
        "report.html",
        "summary.md",
    }


@pytest.mark.parametrize("path", [("provenance", "scenario", "time", "hours_per_day"), ("sites", 0, "opens")])
def test_a_plan_that_is_none_any_more_is_unsound(path: tuple[Any, ...], written: Written, tmp_path: Path) -> None:
    folder = written.copy(tmp_path / "plan")
    content = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = "many"
    (folder / PLAN).write_text(canonical(content), encoding="utf-8")
    with pytest.raises(PlanDamaged, match=r"plan\.json"):
        recheck(folder, TUTORIAL)
    assert run("audit", folder, "--case", TUTORIAL).exit_code == 7


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def certificate(written: Written) -> Certificate:
    return recheck(written.folder, TUTORIAL)


def test_a_certificate_says_what_was_rechecked(certificate: Certificate, written: Written) -> None:
    report = audit(written.case, written.plan)
    assert certificate.sound
    assert sum(family.rules for family in certificate.families) == len(report.checks)
    assert sum(family.rows for family in certificate.families) == sum(check.rows for check in report.checks)
    assert [each.objective for each in certificate.objectives] == ["compute", "cost"]
    for each, stage in zip(certificate.objectives, written.plan.proof.stages, strict=True):
        assert each.recomputed == pytest.approx(stage.plan_value, rel=1e-5)
        assert each.gap_share == pytest.approx(stage.plan_gap_share, abs=1e-5)
    assert {file.name for file in certificate.outputs} == {file.name for file in written.folder.iterdir()}
    assert {file.name for file in certificate.inputs} >= set(written.case.files)
    text = certificate_text(certificate)
    assert certificate.fingerprint in text
    assert all(file.sha256 in text for file in (*certificate.inputs, *certificate.outputs))
    outputs = tuple(
        replace(file, state="unconfirmed") if file.name == "map.png" else file for file in certificate.outputs
    )
    assert "made anew and compared; unconfirmed: map.png." in certificate_text(replace(certificate, outputs=outputs))


def test_the_fingerprint_is_that_of_the_files_and_the_code(
    certificate: Certificate, written: Written, tmp_path: Path
) -> None:
    assert recheck(written.folder, TUTORIAL).fingerprint == certificate.fingerprint
    folder = written.copy(tmp_path / "plan")
    (folder / "notes.txt").write_text("mine")
    assert recheck(folder, TUTORIAL).fingerprint == certificate.fingerprint
    (folder / "days.csv").write_text("")
    assert recheck(folder, TUTORIAL).fingerprint != certificate.fingerprint


def test_the_command_prints_the_certificate_and_leaves_the_folder_alone(
    certificate: Certificate, written: Written, tmp_path: Path
) -> None:
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in written.folder.iterdir()}
    page = tmp_path / "certificate.md"
    shown = run("audit", written.folder, "--case", TUTORIAL, "--out", page, "--expect", certificate.fingerprint)
    assert shown.exit_code == 0, shown.output
    assert page.read_text(encoding="utf-8") in shown.stdout
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in written.folder.iterdir()} == before
    assert run("audit", written.folder, "--case", TUTORIAL, "--expect", "0000").exit_code == 7
    assert run("audit", written.folder, "--case", TUTORIAL, "--out", written.folder / "page.md").exit_code == 2


def test_the_command_says_in_json_what_was_changed(written: Written, tmp_path: Path) -> None:
    folder = written.copy(tmp_path / "plan")
    change_cell(folder / "water.csv", 1, 2)
    rewrite_manifest(folder)
    shown = run("audit", folder, "--case", TUTORIAL, "--json")
    answer = json.loads(shown.stdout)
    assert (shown.exit_code, answer["exit_code"], answer["status"]) == (7, 7, "unsound")
    assert [file["name"] for file in answer["outputs"] if file["state"] == "changed"] == ["water.csv"]


def test_a_certificate_may_rest_on_exact_arithmetic(written: Written) -> None:
    shown = run("audit", written.folder, "--case", TUTORIAL, "--certify")
    assert shown.exit_code == 0, shown.output
    assert "Proved in exact arithmetic" in shown.stdout
    assert "branch and bound claims" in shown.stdout


def test_an_unsound_plan_has_a_certificate_that_says_so(written: Written, tmp_path: Path) -> None:
    rows = tuple(row.model_copy(update={"opens": 0}) for row in written.plan.sites)
    plan = written.plan.model_copy(update={"sites": rows})
    folder = tmp_path / "plan"
    folder.mkdir()
    fill_folder(folder, plan, audit(written.case, plan), TUTORIAL)
    certificate = recheck(folder, TUTORIAL, seconds=10)
    assert not certificate.sound
    assert certificate.proved == ()
    text = certificate_text(certificate)
    assert "UNSOUND" in text
    assert all(check.rule in text for check in certificate.broken)


def test_a_scenario_file_changed_since_is_reported_and_does_no_harm(written: Written, tmp_path: Path) -> None:
    case_dir = Path(shutil.copytree(TUTORIAL, tmp_path / "tutorial"))
    file = case_dir / "scenario.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# another thought\n", encoding="utf-8")
    certificate = recheck(written.folder, case_dir)
    assert certificate.sound
    assert {state.name for state in certificate.inputs if state.state == "changed"} == {"scenario.toml"}
    assert replace(certificate, inputs=()).fingerprint != ""
