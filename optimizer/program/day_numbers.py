"""Hashes of the numbers that the dispatch of days depends on: they tell whether cuts hold with other numbers."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.case import Array
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.node_couplings import NodeCouplings

Link = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class DayNumbersHash:
    """What days depend on: the electricity system, and by link what a unit of an investment adds to it."""

    system: str
    links: Mapping[Link, str]

    def keep_cuts_of(self, other: "DayNumbersHash") -> bool:
        """Tell whether cuts found with other numbers hold: the system is the same, and so is every link there is now.

        A link that is gone was one at 0; of one that is new nothing is known.
        """
        return self.system == other.system and self.links.items() <= other.links.items()


def day_numbers_hash(form: ExtensiveForm, couplings: Sequence[NodeCouplings]) -> DayNumbersHash:
    """Return the hashes of a form's days and of what couples them."""
    template, values = form.template, form.values
    entries, own = template.entries, len(template.columns)
    amounts = entries.constant * values[:, entries.parameter]
    is_link = entries.column >= own
    rows = np.array(template.rows)
    cost = template.cost.constant * values[:, template.cost.parameter]
    shift = np.concatenate([template.shift.row[None], template.shift.instantiate(values)])
    cases = [each.future.case for each in form.futures]
    listed: list[Iterable[object]] = [template.columns, template.rows, [each.days for each in cases]]
    arrays = [template.lower, template.upper, template.row_lower, template.row_upper, shift, template.cost.column, cost]
    arrays += [entries.row[~is_link], entries.column[~is_link], amounts[:, ~is_link]]
    arrays += [np.array([each.settings.money.lost_load_eur_per_mwh for each in cases])]
    for known in couplings:
        arrays += [known.energy.constant, known.energy.slope.toarray(), known.budgets, known.general]
        arrays += [known.matrix.toarray(), known.row_lower.constant, known.row_upper.constant]
        arrays += [known.row_lower.slope.toarray(), known.row_upper.slope.toarray()]
        listed.append([form.compiled.program.column_names[column] for column in known.columns.tolist()])
    links = {}
    for place, link in enumerate(template.links):
        here = np.flatnonzero(is_link & (entries.column == own + place))
        links[link] = _hash([amounts[:, here]], [rows[entries.row[here]].tolist()])
    for number, extra in enumerate(form.extra_links):
        links["extra", (str(number),)] = _hash([np.array([extra.row]), extra.amount], [])
    return DayNumbersHash(_hash(arrays, listed), links)


def _hash(arrays: Iterable[Array], listed: Iterable[Iterable[object]]) -> str:
    found = hashlib.sha256(repr([list(each) for each in listed]).encode())
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
        found.update(repr(array.shape).encode())
    return found.hexdigest()
