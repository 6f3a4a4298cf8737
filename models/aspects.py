"""The aspects of the problem by name, in reading order.

An aspect `x` is `models/x.py`, a section of the formulation, `optimizer/audit/x.py`, `optimizer/explain/x.py` where it has
limits, `tests/models/test_x.py` and `tests/audit/test_x.py`.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

NAMES = (
    "siting",
    "sizing",
    "compute",
    "demand",
    "cooling",
    "grid",
    "interruption",
    "power",
    "plants",
    "law",
    "reservoirs",
    "storage",
    "stress",
    "resilience",
    "carbon",
    "matching",
    "operators",
    "sovereignty",
    "dispatch",
    "budget",
    "programmes",
    "cash",
    "objective",
)


def modules(package: str) -> dict[str, ModuleType]:
    """Return the module of every aspect that has one in a package: `models`, `optimizer.audit`, `optimizer.explain`."""
    paths = {name: f"{package}.{name}" for name in NAMES}
    return {name: import_module(path) for name, path in paths.items() if find_spec(path)}
