"""`gigasite pareto`: what more of one objective costs in the others."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.commands.arguments import (
    CaseFolder,
    Scales,
    ScenarioName,
    Settings,
    overrides_of,
    scheduler,
    with_scales,
)
from optimizer.runtime.exit_codes import ExitCode, code_of


def pareto(
    case: CaseFolder,
    over: Annotated[str, typer.Option(metavar="A,B[,C]", help="Two or three objectives.")],
    points: Annotated[int, typer.Option(metavar="N", min=2, help="Levels of each objective but the first.")] = 7,
    scenario: ScenarioName = "base",
    settings: Settings = None,
    scales: Scales = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for pareto.md, its table and its picture.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Scheduler of a dask cluster to solve on.", callback=scheduler),
    ] = None,
) -> None:
    """Find the points between objectives that no other plan beats, each with its proved gap."""
    names = [each.strip() for each in over.split(",")]
    from optimizer.runtime.watched_run import watched_run

    errors = Console(stderr=True, highlight=False)
    with watched_run(errors, "starting") as monitor:
        from optimizer.benders.master_problem import SearchEnded
        from optimizer.case.case_location import case_name
        from optimizer.case.read import read_case
        from optimizer.case.settings import load_settings
        from optimizer.study.front_page import front_page, write_front_page
        from optimizer.study.pareto import asking, front_of

        read = read_case(case, load_settings(case, scenario, overrides_of(with_scales(settings, scales))))
        try:
            asking(read, names)
            front = front_of(read, names, points, monitor, cluster)
        except ValueError as wrong:
            raise typer.BadParameter(str(wrong), param_hint="--over") from None
        except SearchEnded as stop:
            errors.print(f"{stop}.", markup=False, soft_wrap=True)
            raise typer.Exit(code_of(stop.status)) from None
    folder = out or Path("outputs") / case_name(case) / f"pareto_{'_'.join(names)}"
    title = f"{read.name}, scenario {scenario}"
    write_front_page(folder, title, front)
    print(front_page(title, front))
    short = bool(front.unsolved) or any(point.status != "solved" for point in front.points)
    stopped = ExitCode.INTERRUPTED if monitor.stopped() else ExitCode.LIMIT_WITH_PLAN
    raise typer.Exit(stopped if short or monitor.stopped() else ExitCode.SOLVED)
