"""The investment variables that the days see, as columns of the programme."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo

from models.case import Array, Day
from optimizer.program.day_template import Template

LINKS = {
    "alive_mw": ("compute", "alive_mw"),
    "plant_mw": ("power", "plant_mw"),
    "contracted_mw": ("power", "contracted_mw"),
    "allotted_mw": ("power", "allotted_mw"),
    "emitted_t": ("carbon", "emitted_t"),
}
BY_DAY = frozenset({"allotted_mw", "emitted_t"})


@dataclass(frozen=True)
class ExtraLink:
    """An investment column that adds to a row of every day, beyond what the template has."""

    column: int
    row: int
    """Row of the template."""
    amount: Array
    """Coefficient in every day of every period, shape (periods, days)."""


def link_columns(
    model: pyo.ConcreteModel, columns: Mapping[int, int], template: Template, blocks: tuple[tuple[str, Day], ...]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the investment column of every link in every block, shape (blocks, links); -1 where there is none."""

    def column(name: str, index: tuple[str, ...]) -> int:
        aspect, variable = LINKS[name]
        component = model.component(aspect).component(variable)
        return columns[id(component[index])] if index in component else -1

    found = np.empty((len(blocks), len(template.links)), dtype=np.int64)
    for period in dict.fromkeys(period for period, _ in blocks):
        here = np.array([each == period for each, _ in blocks])
        found[here] = [-1 if name in BY_DAY else column(name, (*index, period)) for name, index in template.links]
    by_day = [place for place, (name, _) in enumerate(template.links) if name in BY_DAY]
    for block, (period, day) in enumerate(blocks):
        for place in by_day:
            name, index = template.links[place]
            found[block, place] = column(name, (*index, period, day.day))
    return found
