"""`gigasite explain`: which limits stand in the way of a plan, or what they are worth."""

import json
from dataclasses import asdict
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
    texts_of,
    with_scales,
)
from optimizer.runtime.exit_codes import code_of


def explain(
    case: CaseFolder,
    scenario: ScenarioName = "base",
    settings: Settings = None,
    scales: Scales = None,
    limits: Annotated[int, typer.Option(metavar="N", min=0, help="Limits of a feasible case whose worth is told.")] = 5,
    alternatives: Annotated[
        int, typer.Option(metavar="N", min=1, help="Sets of changes told for an infeasible case.")
    ] = 5,
    time_limit: Annotated[float, typer.Option(metavar="S", min=1, help="Seconds for all of it.")] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for explain.md and explain.json.")] = None,
) -> None:
    """Tell which limits leave no plan and what would be enough, or what the limits of a plan are worth."""
    from optimizer.monitor.run_monitor import Progress
    from optimizer.runtime.watched_run import watched_run

    stated = with_scales(settings, scales)
    errors = Console(stderr=True, highlight=False)
    overrides_of(stated)
    with watched_run(errors, "starting", as_json) as monitor:
        from optimizer.explain.explain import ExplainRequest
        from optimizer.explain.explain import explain as explain_case
        from optimizer.explain.render import show, write
        from optimizer.solver.solver_version import version_warning

        if warning := version_warning():
            monitor.report(Progress("solver", 0.0, note=warning))
        request = ExplainRequest(case, scenario, texts_of(stated), limits, alternatives, time_limit)
        found = explain_case(request, monitor)
    human = errors if as_json else Console(highlight=False)
    if found.status != "feasible":
        human.print(f"{found.message[0].upper()}{found.message[1:]}.", style="bold", markup=False, soft_wrap=True)
    show(found, human)
    if out is not None:
        write(found, out)
    if as_json:
        print(json.dumps({**asdict(found), "exit_code": code_of(found.status)}))
    raise typer.Exit(code_of(found.status))
