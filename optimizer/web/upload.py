"""Files that somebody drops, as a case: CSV tables, a zip of them, or a workbook; nothing of them leads elsewhere."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from optimizer.case.case_location import WORKBOOK
from optimizer.case.faults import CaseRefused, Fault, capped
from optimizer.study.archive import is_plain

MOST_FILES = 2_000
LARGEST_BYTES = 2 * 1024**3
"""Of all files unpacked."""
DEEPEST, LONGEST = 8, 200
"""Folders above a file, and letters of its name."""
ENDINGS = (".csv", ".parquet", ".toml", ".json", ".geojson", ".md", ".txt", WORKBOOK)
IGNORED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What desktops add to folders and archives."""
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What `zipfile` raises for a damaged, cut or encrypted member."""

Part = tuple[str, BinaryIO]
"""The name of a file as it was given, and its bytes."""


def write_case(files: Sequence[Part], folder: Path, base: Path | None = None) -> Path:
    """Write dropped files into a new folder, over a copy of another case's if one is given; return where the case is.

    Raises CaseRefused with every file that has no place in a case, or cannot be unpacked; then nothing is left.
    """
    try:
        if base is not None:
            shutil.copytree(base, folder, symlinks=False)
        folder.mkdir(parents=True, exist_ok=True)
        members = [*_opened(files)]
        if not members:
            raise CaseRefused([Fault("the upload", "holds no file")])
        faults = [*_faults(members)]
        if faults:
            raise CaseRefused(capped(faults, "files like it", lambda fault: fault.rule))
        top = _common_folder([name for name, _ in members])
        for name, source in members:
            _write(folder / name.removeprefix(top), source, name)
        books = sorted(folder.glob(f"*{WORKBOOK}"))
        if (folder / "scenario.toml").is_file() or len(books) != 1:
            return folder
        return books[0]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


Member = tuple[str, "BinaryIO | tuple[zipfile.ZipFile, zipfile.ZipInfo]"]


def _opened(files: Sequence[Part]) -> Iterator[Member]:
    """Yield every file by its name, those of archives one by one; raises CaseRefused."""
    total = count = 0
    for name, source in files:
        if not name.lower().endswith(".zip"):
            yield name, source
            continue
        try:
            archive = zipfile.ZipFile(source)
        except DAMAGES as fault:
            raise CaseRefused([Fault(name, f"is no zip archive, or damaged: {fault}")]) from None
        for member in archive.infolist():
            count, total = count + 1, total + member.file_size
            if count > MOST_FILES or total > LARGEST_BYTES:
                rule = f"unpacks to more than {MOST_FILES:,} files or {LARGEST_BYTES / 1024**3:g} GB"
                raise CaseRefused([Fault(name, rule)])
            if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise CaseRefused([Fault(member.filename, "is a link or a device; a case holds files only")])
            # the name as it stands in the archive: `filename` ends at its first NUL
            if not (member.is_dir() or {*member.orig_filename.split("/")} & {*IGNORED}):
                yield member.orig_filename, (archive, member)


def _faults(members: Sequence[Member]) -> Iterator[Fault]:
    seen = set[str]()
    for name, _ in members:
        if rule := name_rule(name):
            yield Fault(name, rule)
        elif name.casefold() in seen:
            yield Fault(name, "is there twice")
        seen.add(name.casefold())


def name_rule(name: str) -> str:
    """Return what is wrong with the name of a file of a case; nothing if it may have it."""
    parts = name.split("/")
    if not is_plain(name) or any(part.split(".")[0].casefold() in RESERVED for part in parts):
        return "has a name that leads out of the case, or that no file may have"
    if len(parts) > DEEPEST or len(name) > LONGEST:
        return f"has a name of more than {DEEPEST} parts or {LONGEST} letters"
    if any(part.startswith(".") for part in parts):
        return "is hidden: a case has no such files"
    if not name.lower().endswith(ENDINGS):
        return f"is no part of a case: files end with {', '.join(ENDINGS)}"
    return ""


def _common_folder(names: Sequence[str]) -> str:
    """Return the folder that all files lie in, if they lie in one: an archive of a folder has it."""
    tops = {name.partition("/")[0] for name in names}
    return f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in names) else ""


def _write(target: Path, source: "BinaryIO | tuple[zipfile.ZipFile, zipfile.ZipInfo]", name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("wb") as file:
            if isinstance(source, tuple):
                archive, member = source
                with archive.open(member) as unpacked:
                    shutil.copyfileobj(unpacked, file)
            else:
                shutil.copyfileobj(source, file)
    except DAMAGES as fault:
        raise CaseRefused([Fault(name, f"cannot be read: {fault}")]) from None
