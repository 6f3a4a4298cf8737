"""A published archive: one zip whose bytes hang on its files alone, each with its SHA-256 in a manifest."""

import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from optimizer.case.faults import CaseRefused, Fault, capped

MANIFEST = "manifest-sha256.txt"
"""A line per file but itself, as BagIt (RFC 8493) and `sha256sum --check` read it: SHA-256, two spaces, name."""
CRATE = "ro-crate-metadata.json"
LARGEST_BYTES = 16 * 1024**3
"""Unpacked size above which an archive is refused, as is one with more than MOST_FILES: no study is that large."""
MOST_FILES = 200_000
TEXT_BYTES = 64 * 1024**2
"""Most bytes of the manifest and the metadata, which are read at once."""
PACKED = frozenset({".parquet", ".png", ".gpkg", ".xlsx", ".zip"})
"""Endings of files that are compressed already; they are stored as they are."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every member: a zip can state no earlier one."""

Content = bytes | Path
"""What a member holds: bytes, or a file that is read when it is written."""
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What `zipfile` raises for a damaged, cut or encrypted member."""


def write_archive(files: Mapping[str, Content], out: Path) -> None:
    """Write files, by their names in the archive, and their manifest into a zip that replaces `out` at once.

    The same files give the same bytes: names sorted, times fixed, no owner. Raises OSError.
    """
    sums = {name: _sha256_of(content) for name, content in files.items()}
    manifest = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    fresh = out.with_name(f".{out.name}.new")
    try:
        with zipfile.ZipFile(fresh, "w") as archive:
            for name, content in sorted({**files, MANIFEST: manifest}.items()):
                member = zipfile.ZipInfo(name, EPOCH)
                member.create_system, member.external_attr = 3, (stat.S_IFREG | 0o644) << 16
                stored = Path(name).suffix in PACKED
                member.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                raw = content if isinstance(content, bytes) else content.read_bytes()
                if sums.get(name, "") not in ("", hashlib.sha256(raw).hexdigest()):
                    raise OSError(f"{name} changed while it was read")
                archive.writestr(member, raw)
        os.replace(fresh, out)
    finally:
        fresh.unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> None:
    """Write the files of an archive into an empty or new folder, once every one of them is what its manifest says.

    Raises CaseRefused with every member that is damaged, missing, not listed, or has a name that leads out of the
    folder; then nothing is written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CaseRefused([Fault(str(folder), "holds files: name a folder that is empty or not there yet")])
    try:
        with zipfile.ZipFile(path) as archive:
            faults = [*_faults(archive)]
            if not faults:
                _extract(archive, folder)
    except FileNotFoundError:
        raise CaseRefused([Fault(str(path), "there is no such file")]) from None
    except zipfile.BadZipFile as fault:
        raise CaseRefused([Fault(path.name, f"is no archive, or cut short: {fault}")]) from None
    except OSError as fault:
        raise CaseRefused([Fault(path.name, f"cannot be unpacked: {fault}")]) from None
    if faults:
        raise CaseRefused(capped(faults, "members of the archive", lambda fault: fault.rule))


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    for member in archive.infolist():
        target = folder / member.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("xb") as file:
            for part in _parts(source):
                file.write(part)


def _faults(archive: zipfile.ZipFile) -> Iterator[Fault]:
    """Yield what is wrong with an archive; names and sizes are looked at before anything is read."""
    members = archive.infolist()
    before = [*_outside(members)]
    if before:
        yield from before
        return
    names = {member.filename for member in members}
    if missing := {MANIFEST, CRATE} - names:
        yield from (Fault(name, "is missing: this is no archive of `gigasite publish`") for name in sorted(missing))
        return
    listed, wrong = _listed(archive)
    yield from wrong
    for name in sorted(listed.keys() - names):
        yield Fault(name, f"is missing, though {MANIFEST} lists it")
    for member in members:
        name = member.filename
        if name == MANIFEST:
            continue
        if name not in listed:
            yield Fault(name, f"is not listed in {MANIFEST}")
            continue
        try:
            with archive.open(member) as source:
                found = _digest(source)
        except _DAMAGES as error:
            yield Fault(name, f"is damaged: {error}")
            continue
        if found != listed[name]:
            yield Fault(name, f"was changed: its SHA-256 is not the one that {MANIFEST} states", value=found)


def _outside(members: list[zipfile.ZipInfo]) -> Iterator[Fault]:
    """Yield the members that would be written elsewhere, over one another, or fill the disk."""
    if len(members) > MOST_FILES:
        yield Fault("the archive", f"has {len(members):,} members, at most {MOST_FILES:,} are read")
        return
    total = sum(member.file_size for member in members)
    if total > LARGEST_BYTES:
        yield Fault(
            "the archive", f"unpacks to {total / 1024**3:,.0f} GB, at most {LARGEST_BYTES / 1024**3:g} are read"
        )
    seen: set[str] = set()
    for member in members:
        name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or name.endswith("/"):
            yield Fault(name, "is a link, a folder or a device; an archive holds files only")
        elif not is_plain(name):
            yield Fault(name, "has a name that leads out of the archive, or that no file may have")
        elif name.casefold() in seen:
            yield Fault(name, "is there twice")
        elif name in (MANIFEST, CRATE) and member.file_size > TEXT_BYTES:
            yield Fault(name, f"has {member.file_size:,} bytes, at most {TEXT_BYTES:,} are read")
        seen.add(name.casefold())


def is_plain(name: str) -> bool:
    """Tell whether a member's name is a relative path on every system."""
    parts = name.split("/")
    odd = any(part in ("", ".", "..") or part != part.rstrip(" .") for part in parts)
    return not odd and name.isprintable() and not set(name) & set('\\:*?"<>|')


def _listed(archive: zipfile.ZipFile) -> tuple[dict[str, str], list[Fault]]:
    """Return the SHA-256 of every file that the manifest lists, and what is wrong with its lines."""
    try:
        text = archive.read(MANIFEST).decode()
    except _DAMAGES as error:
        return {}, [Fault(MANIFEST, f"is damaged: {error}")]
    listed, faults = dict[str, str](), list[Fault]()
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _LINE.fullmatch(line):
            listed[found[2]] = found[1]
        else:
            faults.append(Fault(MANIFEST, "is no line of a SHA-256, two spaces and a file", number, value=line))
    return listed, faults


def _sha256_of(content: Content) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(source: IO[bytes]) -> str:
    found = hashlib.sha256()
    for part in _parts(source):
        found.update(part)
    return found.hexdigest()


def _parts(source: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: source.read(1 << 20), b"")
