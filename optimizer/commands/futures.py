"""`gigasite futures`: what to decide now, under several futures with probabilities."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from optimizer.commands.arguments import CaseFolder, Scales, ScenarioName, Settings, texts_of, with_scales
from optimizer.runtime.exit_codes import ExitCode, code_of

if TYPE_CHECKING:
    from optimizer.study.futures import FuturePlan


def futures(
    case: CaseFolder,
    scenario: ScenarioName = "futures",
    settings: Settings = None,
    scales: Scales = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for futures.md, its tables, and a plan per future below it."),
    ] = None,
    compare: Annotated[
        bool, typer.Option(help="Say what it is worth to weigh the futures, and to know them: three more solves.")
    ] = True,
) -> None:
    """Decide sites, operators and grid steps once for all futures of a scenario, and plan what each builds then."""
    from optimizer.runtime.watched_run import watched_run

    errors = Console(stderr=True, highlight=False)
    show = partial(errors.print, soft_wrap=True, markup=False)
    with watched_run(errors) as monitor:
        from optimizer.case.case_location import case_name
        from optimizer.report.write_plan import write_plan
        from optimizer.study.futures import read_futures, solve_futures
        from optimizer.study.futures_page import futures_page, write_futures_page

        folder = out or Path("outputs") / case_name(case) / f"{scenario}_futures"
        uncertain = read_futures(case, scenario, texts_of(with_scales(settings, scales)))

        def write(found: "FuturePlan") -> None:
            for failure in write_plan(found.plan, found.report, folder / found.future.name, case_dir=case):
                show(f"{failure.trace}{failure}; the rest of the plan is there")

        answer = solve_futures(uncertain, case, scenario, monitor, compare=compare, on_plan=write)
        write_futures_page(folder, uncertain.case.settings.title, answer)
    print(futures_page(uncertain.case.settings.title, answer))
    if not answer.plans:
        raise typer.Exit(ExitCode.SOLVER_FAILED if answer.status == "solved" else code_of(answer.status))
    if not all(each.report.sound for each in answer.plans):
        raise typer.Exit(ExitCode.UNSOUND)
    raise typer.Exit(code_of(answer.status, with_plan=True))
