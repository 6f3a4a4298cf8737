"""The best solution of a run that was killed or stopped, in a file beside the plan's folder, for the next run.

The next run of the same case and settings begins its search with it and proves what it finds anew; nothing else is
taken over.
"""

import hashlib
import json
import os
import zlib
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from models.case import Array, Case
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.store.plan_folder import sibling_path

SUFFIX = "search"
READ_ERRORS = (OSError, ValueError, KeyError, EOFError, RuntimeError, zlib.error, BadZipFile)
"""What reading a damaged archive can raise."""


def case_fingerprint(case: Case) -> str:
    """Return a fingerprint of a case's files and settings, but for those of the solver."""
    content = {"files": dict(sorted(case.files.items())), "scenario": case.settings.model_dump(exclude={"solve"})}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def save_checkpoint(folder: Path, fingerprint: str, checkpoint: Checkpoint) -> None:
    """Save the solution of a checkpoint beside a plan's folder; a disk that takes no more is no reason to stop."""
    path = sibling_path(folder.resolve(), SUFFIX)
    new = sibling_path(path, "new")
    with suppress(OSError, MemoryError):
        with new.open("wb") as file:
            np.savez(file, question=np.array(fingerprint), decisions=checkpoint.decisions)
        os.replace(new, path)


def load_checkpoint(folder: Path, fingerprint: str) -> Array | None:
    """Return the solution saved for a fingerprint beside a folder or one next to it; None if there is none.

    A longer run, or one with another gap, has the same fingerprint, though its plan has a folder of its own. What is
    damaged is ignored.
    """
    return next((found for path in _paths(folder) if (found := _read(path, fingerprint)) is not None), None)


def delete_checkpoint(folder: Path, fingerprint: str) -> None:
    """Delete what is saved beside a folder, and what is saved for the fingerprint next to it."""
    for number, path in enumerate(_paths(folder)):
        if number == 0 or _read(path, fingerprint) is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _paths(folder: Path) -> list[Path]:
    """Return where solutions may be saved: beside the folder itself first."""
    own = sibling_path(folder.resolve(), SUFFIX)
    return [own, *sorted(path for path in own.parent.glob(f".*.{SUFFIX}") if path != own)]


def _read(path: Path, fingerprint: str) -> Array | None:
    """Return the solution in a file; None if it is missing, damaged or of another fingerprint."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            solution = np.asarray(found["decisions"], dtype=float)
            return solution if str(found["question"]) == fingerprint and np.isfinite(solution).all() else None
    except READ_ERRORS:
        return None
