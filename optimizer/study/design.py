"""The design of a study as a table: a row of factor values per run, drawn or listed before anything runs."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from models.case import Array
from optimizer.case.cells import cell_text
from optimizer.case.csv_sheet import Sheet, read_sheet
from optimizer.case.faults import CaseRefused, Fault, capped
from optimizer.study.factor import Value
from optimizer.study.study_file import LARGEST_DESIGN, Study

if TYPE_CHECKING:
    from pandas import DataFrame

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""A number of a file of rows, as TOML has it."""
Rows = list[dict[str, Value | None]]
"""Values by factor; None leaves a factor as it is in the case."""


def design_rows(study: Study, numeric: Collection[str]) -> Rows:
    """Return the rows of a design, the base run first; raises CaseRefused where it is too large or its file has faults.

    `numeric` are the factors whose values are numbers.
    """
    names, kind = list(study.factors), study.design.kind
    if (runs := runs_of(study)) > LARGEST_DESIGN:
        raise CaseRefused([study.written.fault("design", None, f"has {runs:,} runs, at most {LARGEST_DESIGN:,}")])
    base: dict[str, Value | None] = dict.fromkeys(names)
    if kind == "rows":
        return [base, *_listed(study, numeric)]
    if kind == "grid":
        grid = product(*(factor.points for factor in study.factors.values()))
        return [base, *({**base, **dict(zip(names, values, strict=True))} for values in grid)]
    if kind == "one_at_a_time":
        return [base, *({**base, name: point} for name, factor in study.factors.items() for point in factor.points)]
    drawn = (zip(study.factors.items(), shares, strict=True) for shares in unit_sample(study).tolist())
    return [base, *({**base, **{name: factor.value_at(share) for (name, factor), share in row}} for row in drawn)]


def runs_of(study: Study) -> int:
    """Return the number of runs of a design, the base run included, without drawing it."""
    design, count = study.design, len(study.factors)
    points = [
        len(factor.points) if design.kind in ("grid", "one_at_a_time") else 0 for factor in study.factors.values()
    ]
    runs: Mapping[str, Callable[[], int]] = {
        "grid": lambda: int(np.prod(points, dtype=float)),
        "one_at_a_time": lambda: sum(points),
        "latin_hypercube": lambda: design.size,
        "morris": lambda: design.size * (count + 1),
        "sobol": lambda: design.size * ((2 if design.second_order else 1) * count + 2),
        "rows": lambda: len(rows_sheet(study)[0].rows),
    }
    return 1 + runs[design.kind]()


def salib_problem(study: Study) -> dict[str, Any]:
    """Return the factors as SALib takes them: shares of all values that lie below (0..1), as `unit_sample` draws."""
    return {"num_vars": len(study.factors), "names": list(study.factors), "bounds": [[0.0, 1.0]] * len(study.factors)}


def unit_sample(study: Study) -> Array:
    """Return the sample that SALib draws for a design, shape (runs without the base run, factors), in 0..1."""
    from SALib.sample import latin, morris, sobol

    problem, design = salib_problem(study), study.design
    if design.kind == "morris":
        sample = morris.sample(problem, design.size, num_levels=design.levels, seed=design.seed)
    elif design.kind == "sobol":
        sample = sobol.sample(problem, design.size, calc_second_order=design.second_order, seed=design.seed)
    else:
        sample = latin.sample(problem, design.size, seed=design.seed)
    return np.asarray(sample, dtype=float)


def design_frame(rows: Rows, present: Mapping[str, Value | None]) -> "DataFrame":
    """Return a design as a frame, index `run`; what is left as it is shows its present value, if there is one."""
    import pandas as pd

    shown = [{name: present[name] if value is None else value for name, value in row.items()} for row in rows]
    frame = pd.DataFrame(shown, columns=list(present)).rename_axis("run")
    texts = [name for name in present if frame[name].map(lambda value: isinstance(value, str)).any()]
    return frame.assign(**{name: frame[name].map(cell_text) for name in texts})


def rows_sheet(study: Study) -> tuple[Sheet, list[Fault]]:
    """Return the cells of the CSV file of a design and the faults of its form; raises CaseRefused where it is none."""
    path = study.rows_file
    try:
        sheet, faults = read_sheet(path.read_bytes(), path.name, [*study.factors])
    except OSError as error:
        raise CaseRefused([Fault(path.name, f"cannot be read: {error.strerror}")]) from None
    if sheet is not None and not (sheet.rows or faults):
        faults = [Fault(path.name, "has no row below its header")]
    if sheet is None:
        raise CaseRefused(faults)
    return sheet, faults


def _listed(study: Study, numeric: Collection[str]) -> Rows:
    """Return the rows of a CSV file; raises CaseRefused with every fault."""
    (sheet, faults), rows = rows_sheet(study), Rows()
    faults += [
        Fault(sheet.file, "the column is missing", sheet.header_line, name)
        for name in study.factors
        if name not in sheet.header
    ]
    for number, cells in zip(sheet.lines, sheet.rows, strict=True):
        row = {name: _value(cell) for name, cell in zip(sheet.header, cells, strict=True)}
        wrong = [name for name in row if name in numeric and not isinstance(row[name], float | None)]
        faults += [Fault(sheet.file, "must be a number, or empty", number, name, str(row[name])) for name in wrong]
        rows.append({name: row.get(name) for name in study.factors})
    if faults:
        raise CaseRefused(capped(sorted(faults, key=lambda fault: fault.line or 0)))
    return rows


def _value(cell: str) -> Value | None:
    """Return the value of a cell; None of an empty one."""
    if cell in ("true", "false"):
        return cell == "true"
    number = float(cell) if NUMBER.fullmatch(cell) else math.nan
    return number if math.isfinite(number) else cell or None
