"""`gigasite stress`: chosen plans in all futures of a study."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.commands.arguments import STUDIES, Cluster, Workers
from optimizer.runtime.exit_codes import ExitCode


def stress(
    plans: Annotated[
        list[Path],
        typer.Argument(
            metavar="PLAN_DIR...", exists=True, file_okay=False, help="Plans, or fronts of `gigasite pareto`."
        ),
    ],
    study: Annotated[
        Path,
        typer.Option(metavar="STUDY", exists=True, help="A study file, or the folder of its results: its futures."),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the results go; by default outputs/studies/STUDY/stress.")
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
) -> None:
    """Price chosen plans in every future of a study: regrets, the least worst of them, and where a plan is none."""
    from optimizer.runtime.watched_run import watched_run

    errors = Console(stderr=True, highlight=False)
    show = partial(errors.print, soft_wrap=True, markup=False)
    with watched_run(errors) as monitor:
        from optimizer.pool.pinned_executor import PoolBroken
        from optimizer.study.results import STUDY
        from optimizer.study.stress import base_form, plans_of, stressed
        from optimizer.study.stress_page import write_stress_page
        from optimizer.study.study_file import check_study
        from optimizer.study.sweep import plan_runs

        file = study / STUDY if study.is_dir() else study
        folder = study if study.is_dir() else STUDIES / study.stem
        planned = plan_runs(*check_study(file))
        chosen = plans_of(plans, base_form(planned))
        try:
            prices, why = stressed(planned, chosen, folder, monitor, workers or os.cpu_count() or 1, cluster)
        except PoolBroken as lost:
            show(str(lost))
            raise typer.Exit(ExitCode.FAILED) from None
        if prices.empty:
            show("Stopped: no future is priced." if monitor.stopped() else "No future has a plan.")
            raise typer.Exit(ExitCode.INTERRUPTED if monitor.stopped() else ExitCode.INFEASIBLE)
        title = f"{planned.study.top.title}: plans in its futures"
        page = write_stress_page(out or folder / "stress", title, prices, why, planned.design)
    print(page)
    raise typer.Exit(ExitCode.INTERRUPTED if monitor.stopped() else ExitCode.SOLVED)
