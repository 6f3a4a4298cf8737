"""Archives: the same bytes from the same files; damage and malice refused before anything is written."""

import os
import stat
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from optimizer.case.faults import CaseRefused
from optimizer.study import archive
from optimizer.study.archive import CRATE, MANIFEST, unpack, write_archive

SITES = b"site\nA\n"
FILES: dict[str, archive.Content] = {CRATE: b"{}", "inputs/a/sites.csv": SITES, "results/a b.parquet": b"PAR1" * 1000}


def rewritten(
    path: Path, out: Path, change: Callable[[dict[str, bytes]], None], attributes: Mapping[str, int] = {}
) -> Path:
    """Write an archive anew with its members changed, its manifest as it was."""
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    change(members)
    with zipfile.ZipFile(out, "w") as target:
        for name, raw in members.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = attributes.get(name, stat.S_IFREG | 0o644) << 16
            target.writestr(member, raw)
    return out


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_archive(FILES, tmp_path / "a.zip")
    return tmp_path / "a.zip"


def refused(path: Path, folder: Path) -> str:
    with pytest.raises(CaseRefused) as faults:
        unpack(path, folder)
    assert not folder.exists() or not any(folder.iterdir()), "nothing is written of an archive that is refused"
    return "\n".join(str(fault) for fault in faults.value.faults)


def test_the_same_files_give_the_same_bytes_in_any_order_at_any_time(written: Path, tmp_path: Path) -> None:
    stored = tmp_path / "stored"
    stored.write_bytes(SITES)
    os.utime(stored, (0, 0))
    stored.chmod(0o600)
    files = {**dict(reversed(FILES.items())), "inputs/a/sites.csv": stored}
    write_archive(files, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == written.read_bytes()


def test_unpacked_it_is_what_was_packed_and_sha256sum_agrees(written: Path, tmp_path: Path) -> None:
    unpack(written, tmp_path / "out")
    found = {path.relative_to(tmp_path / "out").as_posix(): path for path in (tmp_path / "out").rglob("*.*")}
    assert {name: found[name].read_bytes() for name in FILES} == FILES
    if os.name == "posix":
        subprocess.run(["sha256sum", "--check", "--quiet", MANIFEST], cwd=tmp_path / "out", check=True)


def change_sites(members: dict[str, bytes]) -> None:
    members["inputs/a/sites.csv"] = b"site\nB\n"


def drop_sites(members: dict[str, bytes]) -> None:
    del members["inputs/a/sites.csv"]


def drop_manifest(members: dict[str, bytes]) -> None:
    del members[MANIFEST]


def add_file(members: dict[str, bytes]) -> None:
    members["results/extra.csv"] = b""


def cut_manifest(members: dict[str, bytes]) -> None:
    members[MANIFEST] = members[MANIFEST].replace(b"  inputs", b" inputs")


def spoil_manifest(members: dict[str, bytes]) -> None:
    members[MANIFEST] = b"\xff\xfe"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (change_sites, "inputs/a/sites.csv = '"),
        (change_sites, "was changed: its SHA-256 is not the one that"),
        (drop_sites, f"inputs/a/sites.csv: is missing, though {MANIFEST} lists it"),
        (drop_manifest, f"{MANIFEST}: is missing: this is no archive of `gigasite publish`"),
        (add_file, f"results/extra.csv: is not listed in {MANIFEST}"),
        (cut_manifest, f"{MANIFEST}, line 1 = "),
        (spoil_manifest, f"{MANIFEST}: is damaged"),
    ],
)
def test_a_changed_archive_is_refused_with_the_file_and_the_reason(
    written: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], rule: str
) -> None:
    assert rule in refused(rewritten(written, tmp_path / "b.zip", change), tmp_path / "out")


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "/etc/evil", "a/../../evil", "C:/evil", "a\\..\\evil", "a//b", "a/./b", "con. ", "a\x07", "a|b"],
)
def test_names_that_lead_out_of_the_folder_are_refused(written: Path, tmp_path: Path, name: str) -> None:
    path = rewritten(written, tmp_path / "b.zip", lambda members: members.update({name: b""}))
    assert "leads out of the archive" in refused(path, tmp_path / "out")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFIFO])
def test_links_folders_and_devices_are_refused(written: Path, tmp_path: Path, kind: int) -> None:
    path = rewritten(written, tmp_path / "b.zip", lambda members: None, {"inputs/a/sites.csv": kind | 0o644})
    assert "inputs/a/sites.csv: is a link, a folder or a device" in refused(path, tmp_path / "out")


def test_two_members_of_one_name_are_refused_capitals_apart(written: Path, tmp_path: Path) -> None:
    path = rewritten(written, tmp_path / "b.zip", lambda members: members.update({"INPUTS/a/sites.csv": b""}))
    assert "INPUTS/a/sites.csv: is there twice" in refused(path, tmp_path / "out")


def test_absurd_sizes_are_refused_before_anything_is_read(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> bytes:
        raise AssertionError("read")

    monkeypatch.setattr(zipfile.ZipFile, "open", never)
    monkeypatch.setattr(archive, "LARGEST_BYTES", 3000)
    assert "the archive: unpacks to" in refused(written, tmp_path / "out")
    monkeypatch.setattr(archive, "LARGEST_BYTES", 10**9)
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    assert "the archive: has 4 members, at most 3 are read" in refused(written, tmp_path / "out")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_cut_file_is_no_archive(written: Path, tmp_path: Path, share: float) -> None:
    raw = written.read_bytes()
    (tmp_path / "cut.zip").write_bytes(raw[: int(share * len(raw))])
    assert "cut.zip: is no archive, or cut short" in refused(tmp_path / "cut.zip", tmp_path / "out")


def test_a_flipped_byte_anywhere_is_seen(written: Path, tmp_path: Path) -> None:
    raw = written.read_bytes()
    for position in range(0, len(raw), 97):
        flipped = bytearray(raw)
        flipped[position] ^= 0x5A
        (tmp_path / "b.zip").write_bytes(flipped)
        folder = tmp_path / "out" / str(position)
        try:
            unpack(tmp_path / "b.zip", folder)
        except CaseRefused:
            assert not folder.exists()
        else:  # a time or an attribute that nothing is made of
            assert all((folder / name).read_bytes() == content for name, content in FILES.items())


def test_what_is_there_is_never_written_over(written: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(CaseRefused, match="holds files"):
        unpack(written, tmp_path / "out")
    with pytest.raises(CaseRefused, match="there is no such file"):
        unpack(tmp_path / "gone.zip", tmp_path / "new")


def test_a_write_that_fails_leaves_the_archive_before(written: Path, tmp_path: Path) -> None:
    before = written.read_bytes()
    with pytest.raises(OSError, match="gone"):
        write_archive({**FILES, "x": tmp_path / "gone"}, written)
    assert written.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
