"""The investment variables that the days see, as columns of the programme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo

from models.case import Array, Day
from models.dispatch import LINKS, when
from models.terms import component_of
from optimizer.program.day_template import Template


@dataclass(frozen=True)
class ExtraLink:
    """An investment column that adds to a row of every day, beyond what the template has."""

    column: int
    row: int
    """Row of the template."""
    amount: Array
    """Coefficient in every day of every period, shape (periods, days)."""


def link_columns(
    model: pyo.ConcreteModel, columns: Mapping[int, int], template: Template, blocks: Sequence[tuple[str, Day]]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the investment column of every link in every block, shape (blocks, links); -1 where there is none."""
    found = np.full((len(blocks), len(template.links)), -1, dtype=np.int64)
    by_period: dict[str, list[int]] = {}
    for block, (period, _) in enumerate(blocks):
        by_period.setdefault(period, []).append(block)
    for place, (name, index) in enumerate(template.links):
        component = component_of(model, LINKS.get(name, name))
        for period, here in by_period.items():
            for block in here if component.dim() == len(index) + 2 else here[:1]:
                key = (*index, *when(component, index, period, blocks[block][1]))
                column = columns[id(component[key])] if key in component else -1
                found[[block] if component.dim() == len(index) + 2 else here, place] = column
    return found
