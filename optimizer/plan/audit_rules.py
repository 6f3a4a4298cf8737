"""How the audit compares: rows that say by how much a rule is broken, and the register of rules."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.case import Array
from optimizer.plan.audit_account import Account
from optimizer.plan.verdict import Check

TOLERANCE = 1e-6
"""Relative to the limit, or to the largest term where that is larger, or to 1."""
PLACES = 9
"""Decimal places kept of an excess: what the last bits of a sum leave differs from machine to machine."""

ENDLESS = float(np.finfo(float).max)
"""The excess of what is not a number, or none that a file can hold."""

Amount = float | Array


@dataclass(frozen=True)
class Finding:
    """One comparison, or an array of them over periods, days (and hours): 0 where the rule holds exactly."""

    where: str
    excess: Array


Rule = Callable[[Account], Iterable[Finding]]


class Book(dict[str, Rule]):
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


def at_most(where: str, left: Amount, right: Amount, *terms: Amount) -> Finding:
    """Compare left <= right: excess = (left - right) / max(1, |left|, |right|, |terms|)."""
    return Finding(where, np.maximum(_relative(left, right, *terms), 0.0))


def equal(where: str, left: Amount, right: Amount, *terms: Amount) -> Finding:
    """Compare left = right: excess = |left - right| / max(1, |left|, |right|, |terms|)."""
    return Finding(where, np.abs(_relative(left, right, *terms)))


def true(where: str, holds: bool) -> Finding:
    """Record a rule that holds or does not: excess 0 or 1, the whole of it."""
    return Finding(where, np.asarray(0.0 if holds else 1.0))


def _relative(left: Amount, right: Amount, *terms: Amount) -> Array:
    size = np.asarray(1.0)
    for term in (left, right, *terms):
        size = np.maximum(size, np.abs(term))
    with np.errstate(invalid="ignore"):  # infinite terms give what is not a number, which breaks the rule
        return np.asarray((np.asarray(left) - np.asarray(right)) / size)


def check(name: str, findings: Iterable[Finding], axes: Sequence[Sequence[str]]) -> Check:
    """Return the verdict on one rule; `axes` names the positions of arrays. What is not a number breaks the rule."""
    rows, worst, where = 0, 0.0, ""
    for finding in findings:
        excess = np.where(np.isfinite(finding.excess), np.round(finding.excess, PLACES), ENDLESS)
        rows += excess.size
        if excess.size and (not where or excess.max() > worst):
            position = np.unravel_index(int(excess.argmax()), excess.shape)
            worst = float(excess.max())
            where = ", ".join(
                [finding.where, *(names[int(at)] for names, at in zip(axes, position, strict=False))]
            ).removeprefix(", ")
    return Check(name, rows, worst, where, worst <= TOLERANCE)
