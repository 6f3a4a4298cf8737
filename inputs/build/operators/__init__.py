"""Reads what grid operators publish about free capacity for new load, one module per operator's format.

`OPERATORS` holds them by name. Each gives `read(path)`, which returns one `NodeHeadroom` per node of the file, in its
order, or raises `FormatError` with file, line, column, value and the rule that is broken. `python -m
inputs.build.operators` puts a file into a case.
"""

from inputs.build.operators import areas, red_electrica
from inputs.build.operators.node import FormatError, NodeHeadroom, Operator

OPERATORS: dict[str, Operator] = {
    "red_electrica": Operator("Red Eléctrica", "ES", red_electrica.read),
    "statnett": Operator("Statnett", "NO", areas.read),
}

__all__ = ["OPERATORS", "FormatError", "NodeHeadroom", "Operator"]
