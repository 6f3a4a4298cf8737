"""How the audit compares: rows that say by how much a rule is broken, and the register of rules."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from models.case import Array
from optimizer.audit.audit_report import Check
from optimizer.audit.costs import AuditedPlan

TOLERANCE = 1e-6
"""Relative to the limit, or to the largest term where that is larger, or to 1."""
PLACES = 9
"""Decimal places kept of an excess: what the last bits of a sum leave differs from machine to machine."""

ENDLESS = float(np.finfo(float).max)
"""The excess of what is not a number, or none that a file can hold."""

Amount = float | Array


class Residual(NamedTuple):
    """One comparison, or an array of them over periods, days (and hours): 0 where the rule holds exactly."""

    where: str
    excess: Amount


Rule = Callable[[AuditedPlan], Iterable[Residual]]


class Registry(dict[str, Rule]):
    """Rules by name, in the order in which they are written."""

    def rule(self, *names: str) -> Callable[[Rule], Rule]:
        """Enter a function as the rule of each name; two rules of one name raise ValueError."""

        def enter(function: Rule) -> Rule:
            for name in names:
                if name in self:
                    raise ValueError(f"rule {name} is written twice")
                self[name] = function
            return function

        return enter


def at_most(where: str, left: Amount, right: Amount, *terms: Amount) -> Residual:
    """Compare left <= right: excess = (left - right) / max(1, |left|, |right|, |terms|)."""
    excess = _relative(left, right, *terms)
    return Residual(where, max(excess, 0.0) if isinstance(excess, float) else np.maximum(excess, 0.0))


def equal(where: str, left: Amount, right: Amount, *terms: Amount) -> Residual:
    """Compare left = right: excess = |left - right| / max(1, |left|, |right|, |terms|)."""
    excess = _relative(left, right, *terms)
    return Residual(where, abs(excess) if isinstance(excess, float) else np.abs(excess))


def true(where: str, holds: bool) -> Residual:
    """Record a rule that holds or does not: excess 0 or 1, the whole of it."""
    return Residual(where, 0.0 if holds else 1.0)


def _relative(left: Amount, right: Amount, *terms: Amount) -> Amount:
    """Return (left - right) / max(1, |terms|), of single numbers by plain arithmetic: numpy takes ten times as long."""
    every = (left, right, *terms)
    plain = [float(term) for term in every if isinstance(term, float | int) and math.isfinite(term)]
    if len(plain) == len(every):
        return (plain[0] - plain[1]) / max(1.0, *map(abs, plain))
    size = np.asarray(1.0)
    for term in every:
        size = np.maximum(size, np.abs(term))
    with np.errstate(invalid="ignore"):  # infinite terms give what is not a number, which breaks the rule
        return np.asarray((np.asarray(left) - np.asarray(right)) / size)


def check(name: str, findings: Iterable[Residual], axes: Sequence[Sequence[str]]) -> Check:
    """Return the verdict on one rule; `axes` names the positions of arrays. What is not a number breaks the rule."""
    rows, worst, where = 0, 0.0, ""
    for place, excess in findings:
        size = 1 if isinstance(excess, float) else excess.size
        rows += size
        found = _rounded(excess if isinstance(excess, float) else float(excess.max())) if size else 0.0
        if size and (not where or found > worst):
            worst, where = found, ", ".join([place, *_position(excess, axes)]).removeprefix(", ")
    return Check(name, rows, worst, where, worst <= TOLERANCE)


def _rounded(excess: float) -> float:
    return round(excess, PLACES) if math.isfinite(excess) else ENDLESS


def _position(excess: Amount, axes: Sequence[Sequence[str]]) -> list[str]:
    """Return the names of the place of the largest excess, the first of those that are equal when rounded."""
    if isinstance(excess, float):
        return []
    rounded = np.where(np.isfinite(excess), np.round(excess, PLACES), ENDLESS)
    place = np.unravel_index(int(rounded.argmax()), rounded.shape)
    return [names[int(at)] for names, at in zip(axes, place, strict=False)]
