"""Files that are dropped: names and archives that lead elsewhere, are too much, or are no part of a case."""

import io
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.case.write_workbook import write_workbook
from optimizer.web import upload
from optimizer.web.upload import name_rule, write_case
from tests.conftest import TUTORIAL

HOSTILE = [
    "../sites.csv", "a/../../sites.csv", "/etc/sites.csv", "//host/sites.csv", "C:\\sites.csv", "C:/sites.csv",
    "a\\..\\sites.csv", "..\\sites.csv", "sites.csv\0.txt", "sites\n.csv", "./sites.csv", "a//sites.csv", "con.csv",
    "a/NUL/sites.csv", "com1.csv", "sites.csv ", "sites.csv.", "\u202esites.csv", "?.csv", "a:b.csv", "", ".", "..",
]  # fmt: skip


def part(name: str, content: bytes | str = "site\n") -> tuple[str, io.BytesIO]:
    return name, io.BytesIO(content.encode() if isinstance(content, str) else content)


def archive(*names: str, **kinds: int) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name.replace("\0", "\1")), "site\n")
        for name, kind in kinds.items():
            member = zipfile.ZipInfo(name)
            member.create_system, member.external_attr = 3, (kind | 0o777) << 16
            file.writestr(member, "/etc/passwd")
    return io.BytesIO(made.getvalue().replace(b"\1.", b"\0."))  # `zipfile` itself would cut the name


def refused(folder: Path, *parts: tuple[str, io.BytesIO]) -> str:
    before = {path.name for path in folder.parent.iterdir()}
    with pytest.raises(CaseRefused) as caught:
        write_case(parts, folder)
    assert {path.name for path in folder.parent.iterdir()} == before, "nothing is left, inside or outside"
    return str(caught.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert name_rule(name)
    assert refused(tmp_path / "case", part(name))


@pytest.mark.parametrize("name", [name for name in HOSTILE if name])
def test_so_is_one_inside_an_archive(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path / "case", ("case.zip", archive("sites.csv", name)))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    told = refused(tmp_path / "case", ("case.zip", archive("sites.csv", **{"zones.csv": kind})))
    assert "link" in told


@pytest.mark.parametrize(
    ("name", "rule"),
    [("run.exe", "no part of a case"), ("a.zip", "no part of a case"), (".htaccess", "hidden"),
     ("a/.git/x.csv", "hidden"), ("a/" * 9 + "x.csv", "more than"), ("x" * 300 + ".csv", "more than")],
)  # fmt: skip
def test_what_is_no_part_of_a_case_is_refused(tmp_path: Path, name: str, rule: str) -> None:
    assert rule in refused(tmp_path / "case", ("case.zip", archive(name, "sites.csv")))


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in refused(tmp_path / "case", part("sites.csv"), part("SITES.csv"))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LARGEST_BYTES", 1_000_000)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("load.csv", b"0" * 2_000_000)
    assert len(made.getvalue()) < 3_000
    assert "unpacks to more" in refused(tmp_path / "case", ("case.zip", made))
    monkeypatch.setattr(upload, "MOST_FILES", 50)
    many = archive(*(f"{number}.csv" for number in range(60)))
    assert "unpacks to more" in refused(tmp_path / "case", ("case.zip", many))


def test_an_archive_that_states_a_smaller_size_than_it_has_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("load.csv", b"0" * 100_000)
    raw = made.getvalue().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert "load.csv" in refused(tmp_path / "case", ("case.zip", io.BytesIO(raw)))


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"no archive", b"PK\x05\x06" + b"\0" * 17])
def test_what_is_no_archive_is_refused(tmp_path: Path, raw: bytes) -> None:
    assert refused(tmp_path / "case", ("case.zip", io.BytesIO(raw)))


def test_damage_within_an_archive_is_refused(tmp_path: Path) -> None:
    raw = bytearray(archive("sites.csv").getvalue())
    raw[raw.index(b"site\n")] ^= 1
    assert "cannot be read" in refused(tmp_path / "case", ("case.zip", io.BytesIO(bytes(raw))))


def test_an_archive_of_nothing_is_refused(tmp_path: Path) -> None:
    assert "holds no file" in refused(tmp_path / "case", ("case.zip", archive()))
    assert "holds no file" in refused(tmp_path / "case", ("case.zip", archive("__MACOSX/a.csv", "x/.DS_Store")))


def zipped(folder: Path, above: str) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for path in sorted(folder.iterdir()):
            file.write(path, f"{above}{path.name}")
        file.writestr(f"__MACOSX/{above}._sites.csv", "x")
    made.seek(0)
    return made


@pytest.mark.parametrize("above", ["", "tutorial/"])
def test_an_archive_of_a_case_is_that_case(tmp_path: Path, above: str) -> None:
    case = write_case([("x.zip", zipped(TUTORIAL, above))], tmp_path / "case")
    assert case == tmp_path / "case"
    assert read_case(case, load_settings(case)).files == read_case(TUTORIAL, load_settings(TUTORIAL)).files


def test_tables_are_laid_over_another_case_which_stays_as_it_was(tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(TUTORIAL, base)
    text = (TUTORIAL / "tranches.csv").read_text().replace("1400", "2100")
    case = write_case([part("tranches.csv", text)], tmp_path / "case", base)
    read = read_case(case, load_settings(case))
    assert {row.amount_meur for row in read.tranches.values()} >= {2100.0, 600.0}
    assert (base / "tranches.csv").read_bytes() == (TUTORIAL / "tranches.csv").read_bytes()


def test_a_workbook_is_a_case_by_itself(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    write_workbook(TUTORIAL, book, True, lambda *_: None)
    case = write_case([part("book.xlsx", book.read_bytes())], tmp_path / "case")
    assert case == tmp_path / "case" / "book.xlsx"
    assert len(read_case(case, load_settings(case)).sites) == 5
