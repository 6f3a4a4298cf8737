"""The folder of a plan: one run at a time writes it, it is replaced whole, and what a killed run left is recovered."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from optimizer.store.lock import Locked, locked

PLAN = "plan.json"
MANIFEST = "manifest.json"
BY_PRODUCTS = (".DS_Store", "Thumbs.db", "desktop.ini", "plan.gpkg-")
"""What desktops and map viewers leave in any folder: beginnings of names."""

Content = TypeVar("Content")


class FolderRefused(Exception):
    """The folder cannot be written as, or read as, a plan; the text says why and what to do."""


class PlanDamaged(FolderRefused):
    """The folder holds a plan that is none any more; the text says where it is damaged."""


class PlanUnwritten(Exception):
    """A finished plan could not be written into its folder, which is as it was; the text says why and where it is."""


@contextmanager
def locked_folder(folder: Path) -> Iterator[Path]:
    """Lock a folder until the end of the block, and give its resolved path; may be nested.

    Recovers and removes what a killed run left behind. Raises FolderRefused, before anything else is done, if another
    run has locked the folder, if it cannot be written, or if it holds something other than a plan.
    """
    with ExitStack() as stack:
        with _refusals(folder):
            place = folder.resolve()
            place.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(sibling_path(place, "lock")))
            stack.callback(shutil.rmtree, sibling_path(place, "new"), ignore_errors=True)
            _recover(place)
            _check(folder, place)
        yield place


def sibling_path(place: Path, suffix: str) -> Path:
    """Return the hidden path beside a folder for its next content (`new`), its last one (`old`), or its `lock`."""
    return place.with_name(f".{place.name}.{suffix}")


def atomic_replace(place: Path) -> None:
    """Replace a folder by the complete one beside it, `new`; if that fails the present one stays or comes back.

    Between the two renames the plan is at the sibling path `old`: readers look there, and the next run brings it back.
    """
    new, old = sibling_path(place, "new"), sibling_path(place, "old")
    for file in [*new.iterdir(), new]:
        _flush(file)
    if replaced := place.exists():
        shutil.copymode(place, new)
        os.replace(place, old)
    try:
        os.replace(new, place)
    except BaseException:
        if replaced:
            os.replace(old, place)
        raise
    with suppress(OSError):  # the new plan stands
        _flush(place.parent)
    shutil.rmtree(old, ignore_errors=True)  # what is left of it is removed next time


def consistent_read(folder: Path, read: Callable[[Path], Content]) -> Content:
    """Return what `read` returns for a plan's folder, called again if a run replaced the folder meanwhile."""
    while True:
        place, before = _present(folder)
        try:
            content = read(place)
        except Exception:
            if _present(folder) == (place, before):
                raise
        else:
            if _present(folder) == (place, before):
                return content


def _present(folder: Path) -> tuple[Path, tuple[int, int] | None]:
    """Return where a folder's plan lies now, which is at `old` between two renames, and its identity."""
    old = sibling_path(folder.resolve(), "old")
    if (identity := _identity(folder)) is not None or not old.exists():
        return folder, identity
    return old, _identity(old)


@contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    """Turn what the system or another run has against writing a folder into a refusal."""
    try:
        yield
    except Locked as lock:
        raise FolderRefused(f"{folder} is being written by {lock}; wait, stop it, or choose --out") from None
    except (OSError, RuntimeError, ValueError) as fault:  # links that go round, a folder without a name
        raise FolderRefused(f"{folder} cannot be written: {fault}; choose --out") from None


def _recover(place: Path) -> None:
    """Bring back a plan whose replacement was cut between two renames; remove what else a killed run left."""
    new, old = sibling_path(place, "new"), sibling_path(place, "old")
    if old.exists() and not (place.exists() and any(place.iterdir())):
        if place.exists():
            place.rmdir()
        os.replace(old, place)
    for leftover in (new, old):
        if leftover.exists():
            shutil.rmtree(leftover)


def _check(folder: Path, place: Path) -> None:
    """Refuse a folder that could not be replaced in the end, or holds what would be lost with it."""
    sibling_path(place, "new").mkdir()
    sibling_path(place, "new").rmdir()
    if not place.exists():
        return
    if not place.is_dir():
        raise FolderRefused(f"{folder} is a file; a plan is written into a folder")
    if place.is_mount() or Path.cwd().is_relative_to(place):
        raise FolderRefused(f"{folder} is in use as a whole and cannot be replaced; name a folder in it")
    if not os.access(place, os.W_OK):
        raise FolderRefused(f"{folder} is read-only; choose --out")
    found = {file.name for file in place.iterdir() if not file.name.startswith(BY_PRODUCTS)}
    try:
        unknown = found - {MANIFEST} - json.loads((place / MANIFEST).read_text(encoding="utf-8")).keys()
    except (FileNotFoundError, ValueError):
        unknown = found
    if unknown and PLAN not in found:
        raise FolderRefused(f"{folder} holds files but no {PLAN}; it would be replaced whole: name another folder")
    if unknown:
        raise FolderRefused(
            f"{folder} holds {min(unknown)}, which is not in its {MANIFEST}; "
            "the folder would be replaced whole: move that away or name another folder"
        )


def _flush(path: Path) -> None:
    """Wait until a file or folder is on the disk (folders: where the system can)."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as fault:
        if not (path.is_dir() and fault.errno == errno.EINVAL):
            raise
    finally:
        os.close(descriptor)


def _identity(place: Path) -> tuple[int, int] | None:
    try:
        state = place.stat()
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns
