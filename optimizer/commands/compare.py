"""`gigasite compare`: written plans beside one another, and which change made how much of a difference."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import ExitCode


def compare(
    plans: Annotated[
        list[Path],
        typer.Argument(
            metavar="PLAN_DIR...", exists=True, file_okay=False, help="Plans; each is set against the first."
        ),
    ],
    case: Annotated[
        list[Path] | None,
        typer.Option(metavar="CASE", exists=True, help="Where the cases are now: one of all, or one of each in order."),
    ] = None,
    shares: Annotated[
        bool, typer.Option(help="Solve cases in between, to tell how much is due to which group of changes.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the page goes; by default outputs/compared/A-B.")
    ] = None,
) -> None:
    """Compare written plans: which inputs differ, what that did, and how much of it is due to what."""
    if len(plans) < 2:
        raise typer.BadParameter("name two plans at least", param_hint="PLAN_DIR...")
    if case and len(case) not in (1, len(plans)):
        raise typer.BadParameter("name one case for all plans, or one for each of them", param_hint="--case")
    from optimizer.study.changed_inputs import read_sides, side_names

    names = "-".join(name.replace("/", "-") for name in side_names(plans))
    folder = out or Path("outputs") / "compared" / names
    if any(folder.resolve().is_relative_to(plan.resolve()) for plan in plans):
        raise typer.BadParameter("a plan's folder holds nothing but its plan: name another place", param_hint="--out")
    from optimizer.runtime.watched_run import watched_run

    errors = Console(stderr=True, highlight=False)
    with watched_run(errors) as monitor:
        from optimizer.study.comparison import compared, explained
        from optimizer.study.comparison_page import write_comparison

        first, *others = read_sides(plans, case or [])
        pairs = [compared(first, other) for other in others]
        if shares:
            pairs = explained(pairs, monitor)
        page = write_comparison(folder, pairs)
    print(page)
    errors.print(f"Written to {folder}.", markup=False, soft_wrap=True)
    raise typer.Exit(ExitCode.INTERRUPTED if monitor.stopped() else ExitCode.SOLVED)
