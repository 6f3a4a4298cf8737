"""Components of a model by name, terms of a sum whose variables may not exist, and sums by key."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

Key = TypeVar("Key")


def component_of(model: Any, name: str) -> Any:
    """Return what is called `aspect.name` in a model."""
    aspect, _, own = name.partition(".")
    return getattr(getattr(model, aspect), own)


def get_or_zero(component: Any, *index: Any) -> Any:
    """Return a component's entry at an index, or 0 where a variable that cannot exist was not made."""
    key = index if len(index) > 1 else index[0]
    return component[key] if key in component else 0.0  # noqa: SIM401 - Pyomo components have no get


def totals(parts: Iterable[tuple[Key, float]]) -> defaultdict[Key, float]:
    """Return key -> the sum of its amounts, added in their order; 0 for a key that has none."""
    found: defaultdict[Key, float] = defaultdict(float)
    for key, amount in parts:
        found[key] += amount
    return found
