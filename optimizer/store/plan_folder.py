"""The folder of a plan: one run at a time writes it, it changes as a whole, and a death in between is healed."""

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from optimizer.store.lock import Busy, locked

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
    """Keep a folder to this run until the end of the block, and give the place where it lies; may be nested.

    Heals and sweeps what a killed run left behind. Raises FolderRefused, before anything else is done, if another run
    holds the folder, if it cannot be written, or if it holds something other than a plan.
    """
    with ExitStack() as until_the_end:
        with _told(folder):
            place = folder.resolve()
            place.parent.mkdir(parents=True, exist_ok=True)
            until_the_end.enter_context(locked(sibling_path(place, "lock")))
            until_the_end.callback(shutil.rmtree, sibling_path(place, "new"), ignore_errors=True)
            _heal(place)
            _check(folder, place)
        yield place


def sibling_path(place: Path, word: str) -> Path:
    """Return the hidden name beside a folder for what is on its way (`new`), out of its way (`old`), or its `lock`."""
    return place.with_name(f".{place.name}.{word}")


def atomic_replace(place: Path) -> None:
    """Put the complete folder `new` in the place of the present one; if that fails the present one stays or comes back.

    Where the system can exchange two names in one step there is no moment without a plan. Elsewhere there is one
    between two renames, in which the plan lies beside as `old`; readers look there, and the next run brings it back.
    """
    fresh, retired = sibling_path(place, "new"), sibling_path(place, "old")
    for file in [*fresh.iterdir(), fresh]:
        _flush(file)
    if not place.exists():
        os.replace(fresh, place)
    else:
        shutil.copymode(place, fresh)
        if not _exchange(fresh, place):
            os.replace(place, retired)
            try:
                os.replace(fresh, place)
            except BaseException:
                os.replace(retired, place)
                raise
    with suppress(OSError):  # the new plan stands: what is left of the old one is swept next time
        _flush(place.parent)
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(retired, ignore_errors=True)


def consistent_read(folder: Path, read: Callable[[Path], Content]) -> Content:
    """Return what `read` finds in a plan's folder, read again if a run replaced the folder meanwhile."""
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
    """Return where a folder's plan lies now, and what tells it from another: beside as `old` between two renames."""
    retired = sibling_path(folder.resolve(), "old")
    if (identity := _identity(folder)) is not None or not retired.exists():
        return folder, identity
    return retired, _identity(retired)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn what the system or another run has against writing a folder into a refusal."""
    try:
        yield
    except Busy as busy:
        raise FolderRefused(f"{folder} is being written by {busy}; wait, stop it, or choose --out") from None
    except (OSError, RuntimeError, ValueError) as fault:  # links that go round, a folder without a name
        raise FolderRefused(f"{folder} cannot be written: {fault}; choose --out") from None


def _heal(place: Path) -> None:
    """Undo a swap that was cut between its two renames; sweep what else a killed run left."""
    fresh, retired = sibling_path(place, "new"), sibling_path(place, "old")
    if retired.exists() and not (place.exists() and any(place.iterdir())):
        if place.exists():
            place.rmdir()
        os.replace(retired, place)
    for leftover in (fresh, retired):
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
        strange = found - {MANIFEST} - json.loads((place / MANIFEST).read_text(encoding="utf-8")).keys()
    except (FileNotFoundError, ValueError):
        strange = found
    if strange and PLAN not in found:
        raise FolderRefused(f"{folder} holds files but no {PLAN}; it would be replaced whole: name another folder")
    if strange:
        raise FolderRefused(
            f"{folder} holds {min(strange)}, which is not in its {MANIFEST}; "
            "the folder would be replaced whole: move that away or name another folder"
        )


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; false if nothing was done, for the system or its disk cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    from_here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)
    return rename is not None and rename(from_here, os.fsencode(one), from_here, os.fsencode(other), exchange) == 0


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
