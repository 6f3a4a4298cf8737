"""Reading a solved model: one value at a time, the solver's rounding taken off."""

from typing import Any

import pyomo.environ as pyo

NOISE = 1e-9
"""Smaller numbers are the solver's rounding and are read as zero."""


def read(component: Any) -> float:
    """Return the value of a variable or named expression."""
    return clean(float(pyo.value(component)))


def clean(value: float) -> float:
    """Return a number without the solver's rounding of zero."""
    return 0.0 if abs(value) < NOISE else value


def count(component: Any) -> int:
    """Return the value of something that is counted; raises ValueError if it is not whole."""
    value = read(component)
    if abs(value - round(value)) > 1e-6:
        raise ValueError(f"{component} should be whole and is {value!r}")
    return round(value)
