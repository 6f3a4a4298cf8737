"""What a run that was killed or stopped leaves for the next: the best decisions it had found, beside the plan's folder.

The next run of the same question begins with them and proves what it finds anew; nothing else is taken over.
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

WORD = "search"
DAMAGES = (OSError, ValueError, KeyError, EOFError, RuntimeError, zlib.error, BadZipFile)
"""What reading a damaged archive can raise."""


def question_of(case: Case) -> str:
    """Return a fingerprint of a case's files and scenario, but for what only the solver is told."""
    asked = {"files": dict(sorted(case.files.items())), "scenario": case.settings.model_dump(exclude={"solve"})}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def save_checkpoint(folder: Path, question: str, checkpoint: Checkpoint) -> None:
    """Keep the decisions of a checkpoint beside a plan's folder; a disk that takes no more is no reason to stop."""
    place = sibling_path(folder.resolve(), WORD)
    fresh = sibling_path(place, "new")
    with suppress(OSError, MemoryError):
        with fresh.open("wb") as file:
            np.savez(file, question=np.array(question), decisions=checkpoint.decisions)
        os.replace(fresh, place)


def load_checkpoint(folder: Path, question: str) -> Array | None:
    """Return the decisions kept for a question beside a folder or one next to it; None if there are none.

    What a longer run, or one with another gap, asks is the same question, though its plan has a folder of its own.
    What is damaged is nothing.
    """
    return next((found for place in _places(folder) if (found := _read(place, question)) is not None), None)


def delete_checkpoint(folder: Path, question: str) -> None:
    """Remove what is kept beside a folder, and what is kept for the question next to it: it is answered."""
    for number, place in enumerate(_places(folder)):
        if number == 0 or _read(place, question) is not None:
            with suppress(OSError):
                place.unlink(missing_ok=True)


def _places(folder: Path) -> list[Path]:
    """Return where decisions may be kept: beside the folder itself first."""
    own = sibling_path(folder.resolve(), WORD)
    return [own, *sorted(place for place in own.parent.glob(f".*.{WORD}") if place != own)]


def _read(place: Path, question: str) -> Array | None:
    """Return the decisions in a file; None if it is missing, damaged or of another question."""
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as found:
            decisions = np.asarray(found["decisions"], dtype=float)
            return decisions if str(found["question"]) == question and np.isfinite(decisions).all() else None
    except DAMAGES:
        return None
