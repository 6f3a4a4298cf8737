"""Components of a model by name, and terms of a sum whose variables may not exist."""

from typing import Any


def component_of(model: Any, name: str) -> Any:
    """Return what is called `aspect.name` in a model."""
    aspect, _, own = name.partition(".")
    return getattr(getattr(model, aspect), own)


def get_or_zero(component: Any, *index: Any) -> Any:
    """Return a component's entry at an index, or 0 where a variable that cannot exist was not made."""
    key = index if len(index) > 1 else index[0]
    return component[key] if key in component else 0.0  # noqa: SIM401 - Pyomo components have no get
