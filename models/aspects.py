"""The aspects of the problem by name, in reading order.

An aspect `x` is `models/x.py`, a section of the formulation, `optimizer/audit/x.py`, `optimizer/explain/x.py` where it has
limits, `tests/models/test_x.py` and `tests/audit/test_x.py`.
"""

NAMES = (
    "siting",
    "sizing",
    "compute",
    "demand",
    "cooling",
    "grid",
    "power",
    "carbon",
    "dispatch",
    "budget",
    "objective",
)
