"""The virtual environment of the peers: their pinned versions, apart from the project's."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINS = Path(__file__).with_name("peers.txt")
FOLDER = ROOT / ".cache" / "peers"
LEAST = (3, 12)
"""spopt 0.8 needs this Python."""


def peers_python() -> Path:
    """Return the Python of the peers' environment, which is made or renewed when its pins have changed.

    Raises RuntimeError if no Python is new enough.
    """
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = FOLDER / "pins", hashlib.sha256(PINS.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"making the environment of the peers in {FOLDER.relative_to(ROOT)}", flush=True)
        subprocess.run([new_enough(), "-m", "venv", "--clear", FOLDER], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--requirement", str(PINS)], check=True)
        stamp.write_text(wanted)
    return python


def new_enough() -> str:
    """Return the command of a Python that spopt accepts; PEERS_PYTHON names another."""
    names = [os.environ.get("PEERS_PYTHON"), "python3.12", "python3.13", "python3.14", "python3", "python"]
    found = [path for path in map(shutil.which, filter(None, names)) if path]
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout.strip()
        found += map(str, sorted(Path(root).glob("versions/3.*/bin/python")))
    question = f"import sys; sys.exit(sys.version_info < {LEAST})"
    for python in found:
        if subprocess.run([python, "-c", question], capture_output=True).returncode == 0:
            return python
    raise RuntimeError(f"the peers need Python {'.'.join(map(str, LEAST))} or newer; name one in PEERS_PYTHON")
