"""`gigasite doctor`: whether the installed solver gets programmes right whose optimum is known."""

from importlib.metadata import version

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import ExitCode


def doctor() -> None:
    """Try the installed solver on small programmes whose optimum is proved on paper."""
    from optimizer.solver.regression_set import KNOWN_PROGRAMMES, failure
    from optimizer.solver.solver_version import version_warning

    console = Console(highlight=False)
    console.print(version_warning() or f"HiGHS {version('highspy')}, the version tested", markup=False, soft_wrap=True)
    failures = 0
    for known in KNOWN_PROGRAMMES:
        fault = failure(known)
        failures += bool(fault)
        found = f"fail: {fault}" if fault else f"pass: {known.optimum:g}"
        console.print(f"HiGHS issue {known.issue}: {found}", markup=False, soft_wrap=True)
    console.print(f"{len(KNOWN_PROGRAMMES) - failures} of {len(KNOWN_PROGRAMMES)} known programmes pass", style="bold")
    raise typer.Exit(ExitCode.SOLVER_FAILED if failures else ExitCode.SOLVED)
