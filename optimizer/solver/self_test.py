"""Whether the installed solver may be used: its regression set runs once per installed version, a pass is kept."""

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path

import highspy

from optimizer.solver import regression_set
from optimizer.solver.highs import SolverFailed

LIBRARIES = (".so", ".pyd", ".dll", ".dylib")


class SolverRefused(SolverFailed):
    """The installed solver gives wrong answers."""


@dataclass(frozen=True)
class Installed:
    """A solver as it is installed."""

    version: str
    fingerprint: str
    """SHA-256 of its libraries, its version, Python's, the platform and the regression_set."""


@cache
def admit_solver() -> None:
    """Check the installed solver once per run of the program; raises SolverRefused if it gives wrong answers."""
    admit(installed(), cache_folder(), regression_set.failures)


def admit(solver: Installed, folder: Path | None, test: Callable[[], Mapping[int, str]]) -> None:
    """Test a solver unless a folder says that it passed before; raises SolverRefused, with advice, if it fails.

    Only a pass is kept. What cannot be read or written there means another test, nothing else.
    """
    if folder is not None and _kept(folder / solver.fingerprint) == solver.fingerprint:
        return
    wrong = test()
    if wrong:
        tested = next(name for name in requires("gigasite") or () if name.startswith("highspy=="))
        again = "--force-reinstall " if tested == f"highspy=={solver.version}" else ""
        examples = "; ".join(f"HiGHS issue {thread}: {message}" for thread, message in wrong.items())
        raise SolverRefused(
            f"HiGHS {solver.version} fails {len(wrong)} of {len(regression_set.CANARIES)} canaries, tiny "
            f"programmes whose optimum is known ({examples}). Install the version this program was tested with: "
            f"pip install {again}{tested}"
        )
    if folder is not None:
        _keep(folder / solver.fingerprint, solver.fingerprint)


def installed() -> Installed:
    """Return the solver that is installed."""
    known = version("highspy")
    digest = hashlib.sha256(repr((known, platform.python_version(), platform.platform())).encode())
    home = Path(highspy.__file__).parent
    libraries = sorted(path for path in home.iterdir() if {*path.suffixes} & {*LIBRARIES})
    for path in (*libraries, Path(regression_set.__file__)):
        digest.update(path.name.encode() + path.read_bytes())
    return Installed(known, digest.hexdigest())


def cache_folder() -> Path | None:
    """Return the user's cache folder for this program (XDG Base Directory Specification), None without a home."""
    stated = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (stated if stated.is_absolute() else Path.home() / ".cache") / "gigasite"
    except RuntimeError:
        return None


def _kept(path: Path) -> str:
    """Return what a file says, nothing if it cannot be read."""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _keep(path: Path, text: str) -> None:
    """Write a file whole or not at all; where it cannot be written there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="ascii") as fresh:
            fresh.write(text)
        os.replace(fresh.name, path)
    except OSError:
        return
