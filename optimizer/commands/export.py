"""`gigasite export`: the programme of a case as a file for another solver.

Where cost comes first, what the system costs without data centres is not subtracted, and cover over lines is held by
their capacity alone, not by what that system leaves free of them: only a solve tells either.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.commands.arguments import CaseFolder, Scales, ScenarioName, Settings, overrides_of, with_scales
from optimizer.monitor.heartbeat import heartbeat
from optimizer.runtime.exit_codes import refusals

COEFFICIENT_BYTES, NAME_BYTES = 50, 300
"""Memory of a coefficient, and of a row or a column with its name, here and in HiGHS, by measure on inputs/europe."""


def export(
    case: CaseFolder,
    mps: Annotated[Path, typer.Option("--mps", metavar="FILE", dir_okay=False, help="File to write, in free MPS.")],
    scenario: ScenarioName = "base",
    settings: Settings = None,
    scales: Scales = None,
) -> None:
    """Write the whole programme of a case, every day in full, with its first objective (to be minimised)."""
    errors = Console(stderr=True, highlight=False)
    if not mps.resolve().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {mps.parent}", param_hint="--mps")
    with refusals(errors):
        overrides = overrides_of(with_scales(settings, scales))
        with heartbeat(errors, f"reading {case}"):
            from optimizer.case.faults import CaseRefused, Fault
            from optimizer.case.read import read_case
            from optimizer.case.settings import load_settings
            from optimizer.monitor.memory import free_memory_mb
            from optimizer.program.extensive_form import build_extensive_form
            from optimizer.program.linear_program import NumbersRefused
            from optimizer.runtime.estimate import estimate
            from optimizer.solver.mps import write_mps

            read = read_case(case, load_settings(case, scenario, overrides))
            size = estimate(read)
        needed_mb = (COEFFICIENT_BYTES * size.nonzeros + NAME_BYTES * (size.rows + size.columns)) / 1024**2
        if needed_mb > free_memory_mb():
            reason = f"{needed_mb / 1024:,.1f} GB are needed, {free_memory_mb() / 1024:,.1f} GB are free"
            advice = "ask for fewer representative days, or fewer hours in a day"
            fault = f"too large for this machine to be exported: {reason}; {advice}"
            raise CaseRefused([Fault("model", fault)])
        with heartbeat(errors, f"writing {mps}"):
            form = build_extensive_form(read)
            objective = form.full_objective(read.settings.question.objectives[0])
            try:
                write_mps(replace(form.program, cost=objective.cost, offset=objective.constant), mps)
            except NumbersRefused as refused:
                raise CaseRefused([Fault("model", str(refused))]) from None
    sense = "" if objective.sign > 0 else ", negated: more of it is better"
    errors.print(
        f"{mps}: {form.shape[0]:,} rows, {form.shape[1]:,} columns; minimise {objective.name}{sense}",
        markup=False,
        soft_wrap=True,
    )
