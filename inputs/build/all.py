"""Builds `inputs/europe` anew: python inputs/build/all.py (needs pip and npm once; afterwards the cache suffices)."""

import importlib
import sys
from pathlib import Path

SCRIPTS = (
    "fetch",
    "zones",
    "borders",
    "technologies",
    "fleets",
    "hydro",
    "potentials",
    "profiles",
    "load",
    "lines",
    "carbon",
    "climate",
    "money",
    "chips",
    "demand",
    "sites",
    "grid",
    "headroom",
    "modelled_prices",
    "prices",
    "columns",
)


def main() -> None:
    """Run the `main` of every script, in order; names on the command line choose some of them."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    for name in sys.argv[1:] or SCRIPTS:
        print(name, flush=True)
        importlib.import_module(f"inputs.build.{name}").main()


if __name__ == "__main__":
    main()
