"""`gigasite sweep`: every run of a study's design, kept as it comes, and the tables of results."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.case.case_location import path_text
from optimizer.commands.arguments import STUDIES, Cluster, Workers
from optimizer.runtime.exit_codes import ExitCode, refusals


def sweep(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", exists=True, dir_okay=False, help="A study file.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the results go; by default outputs/studies/STUDY.")
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    status: Annotated[bool, typer.Option("--status", help="Only say how far it is.")] = False,
) -> None:
    """Run a study: a case with some inputs varied. What is finished stays; the same command goes on with the rest."""
    from optimizer.runtime.watched_run import watched_run

    folder, errors = out or STUDIES / study.stem, Console(stderr=True, highlight=False)
    number = workers or os.cpu_count() or 1
    if status:
        from optimizer.study.status import status_of

        with refusals(errors):
            print(status_of(folder).text(number))
        return
    show = partial(errors.print, soft_wrap=True, markup=False)
    with watched_run(errors) as monitor:
        from optimizer.pool.pinned_executor import PoolBroken
        from optimizer.study.foretell import foretell
        from optimizer.study.results import read_results
        from optimizer.study.show_effects import show_effects
        from optimizer.study.status import status_of
        from optimizer.study.study_file import check_study
        from optimizer.study.sweep import finished_runs, plan_runs
        from optimizer.study.sweep import sweep as run_sweep

        planned = plan_runs(*check_study(study))
        show(foretell(planned, number, cluster, len(finished_runs(folder, planned.keys))))
        try:
            finished = run_sweep(planned, folder, monitor, number, cluster)
        except PoolBroken as lost:
            show(f"{lost}\nWhat is finished is kept: the same command goes on.")
            raise typer.Exit(ExitCode.FAILED) from None
        state, results = status_of(folder), read_results(folder)
    show_effects(results, Console(highlight=False))
    print(f"{state.text(number)}. The tables are in {path_text(folder)}")
    if state.left:
        show(f"Stopped. What is finished is kept; to go on: gigasite sweep {path_text(study)}")
        raise typer.Exit(ExitCode.INTERRUPTED)
    raise typer.Exit(ExitCode.SOLVER_FAILED if any(run.status == "failed" for run in finished.values()) else 0)
