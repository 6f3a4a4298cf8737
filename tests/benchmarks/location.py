"""The location problems that are compared, and their numbers as arrays for the peers."""

import os
from pathlib import Path

import numpy as np

from tests.locations import NAMED, Location, median, or_library

WAREHOUSES = ("cap41", "cap71", "cap101", "cap131")
MEDIANS = ("median-100-5", "median-200-10")
"""Points and medians: sizes of OR-Library's pmed1 and pmed7."""


def problems() -> list[str]:
    """Return the problems that can be set here."""
    return [*(WAREHOUSES if NAMED in os.environ else ()), *MEDIANS]


def problem(name: str) -> Location:
    """Return a problem by its name."""
    if name.startswith("median"):
        _, points, opened = name.split("-")
        return median(int(points), int(opened))
    return or_library(name)


def export_location(location: Location, path: Path) -> None:
    """Write a problem's numbers as arrays."""
    np.savez(
        path,
        capacity=location.capacity,
        opening=location.opening,
        demand=location.demand,
        unit_cost=location.unit_cost,
        most=location.most,
    )
