"""A programme as an MPS file, with the names of its rows and columns, for another solver."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import highspy

from optimizer.program.linear_program import LinearProgram, check_numbers
from optimizer.solver.highs import pass_model, require


def write_mps(program: LinearProgram, path: Path) -> None:
    """Write a programme, to be minimised, as HiGHS holds it; a file that was there stays until the new one is complete.

    Raises NumbersRefused, SolverFailed or OSError.
    """
    check_numbers(program)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    pass_model(solver, program)
    for column, name in enumerate(program.column_names):
        require(solver.passColName(column, name), f"name {name}")
    for row, name in enumerate(program.row_names):
        require(solver.passRowName(row, name), f"name {name}")
    with TemporaryDirectory(dir=path.parent) as folder:
        written = Path(folder) / "programme.mps"  # the ending tells HiGHS the format
        require(solver.writeModel(str(written)), "file of the programme")
        os.replace(written, path)
