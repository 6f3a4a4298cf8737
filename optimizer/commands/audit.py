"""`gigasite audit`: a written plan, rechecked."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.exits import Exit, refusals


def audit(
    plan_dir: Annotated[
        Path, typer.Argument(metavar="PLAN_DIR", exists=True, file_okay=False, help="Folder of a plan.")
    ],
    case: Annotated[
        Path | None, typer.Option(metavar="DIR", exists=True, file_okay=False, help="Where its case is now.")
    ] = None,
) -> None:
    """Recheck a written plan from its inputs, without the solver or the model."""
    human = Console(highlight=False)
    with refusals(human), human.status(f"auditing {plan_dir}"):
        from optimizer.run import recheck

        _, report = recheck(plan_dir, case)
    for broken in (one for one in report.checks if not one.passed):
        text = f"{broken.rule}: off by {broken.worst:.1e} of the limit at {broken.where}"
        human.print(text, markup=False, soft_wrap=True)
    rows = sum(one.rows for one in report.checks)
    verdict = "sound" if report.sound else "UNSOUND"
    human.print(f"{verdict}: {len(report.checks)} rules rechecked in {rows:,} rows", soft_wrap=True)
    raise typer.Exit(Exit.SOLVED if report.sound else Exit.UNSOUND)
