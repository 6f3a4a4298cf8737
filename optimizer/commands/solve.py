"""`gigasite solve`: from a case to a written plan."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from optimizer.case.case_location import case_name, path_text
from optimizer.case.faults import CaseRefused
from optimizer.commands.arguments import (
    CaseFolder,
    Cluster,
    Scales,
    ScenarioName,
    Settings,
    overrides_of,
    texts_of,
    with_scales,
)
from optimizer.monitor.partial_failure import continue_after_failure
from optimizer.runtime.exit_codes import refusals

if TYPE_CHECKING:
    from optimizer.explain.explanation import Explanation
    from optimizer.monitor.run_monitor import RunMonitor
    from optimizer.run import RunResult

EXPLAIN_SECONDS, MIN_EXPLAIN_SECONDS = 120.0, 10.0
"""Most time for explaining why there is no plan, as far as the limit of the run allows, and the least in any case."""
DIGITS = 6
"""Digits of the hash in the folder name of a variant."""


def solve(
    case: CaseFolder,
    scenario: ScenarioName = "base",
    settings: Settings = None,
    scales: Scales = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where the plan goes; by default outputs/CASE/SCENARIO, and a folder beside it if keys are set anew.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
    gap: Annotated[float | None, typer.Option(metavar="G", help="Relative gap of every objective, 0..1.")] = None,
    time_limit: Annotated[float | None, typer.Option(metavar="S", help="Seconds for the whole run.")] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", help="Threads of the solver.")] = None,
    cluster: Cluster = None,
    explain: Annotated[bool, typer.Option(help="Say what stands in the way where there is no plan.")] = True,
) -> None:
    """Solve a case and write its plan; Ctrl-C keeps the best plan so far."""
    from optimizer.case.settings import load_settings
    from optimizer.monitor.interrupt import stop_on_signals
    from optimizer.monitor.progress import Display
    from optimizer.monitor.run_monitor import Progress, RunMonitor

    stated = with_scales(settings, scales)
    shortcuts = {"solve.gap_share": gap, "solve.time_limit_seconds": time_limit, "solve.threads": threads}
    errors = Console(stderr=True, highlight=False)
    show = partial(errors.print, soft_wrap=True)
    display = Display(errors)
    monitor = RunMonitor(display.on_progress)
    with stop_on_signals(monitor, show, lambda: errors.show_cursor(True)):
        with refusals(errors, as_json):
            with suppress(CaseRefused):  # which the run will tell
                own = load_settings(case, scenario, overrides_of(stated)).solve.gaps
                shortcuts |= {f"solve.gaps.{name}": gap for name, stated in own if stated is not None}
            every = [*stated, *(f"{key}={value}" for key, value in shortcuts.items() if value is not None)]
            folder = out or default_folder(case, scenario, overrides_of(every), partial(show, markup=False))
            with display:
                monitor.report(Progress("starting", 0.0))
                from optimizer.run import Request, run

                given = texts_of(every)
                result = run(Request(case, scenario, folder, given, cluster), monitor)
                # a level that the bound forbids is no limit of the inputs, and its message says all there is
                infeasible = explain and result.status == "infeasible" and "question.levels." not in result.message
                seconds = max(MIN_EXPLAIN_SECONDS, min(EXPLAIN_SECONDS, result.time_remaining))
                found = explanation_of(case, scenario, given, monitor, seconds) if infeasible else None
        human = errors if as_json else Console(highlight=False)
        if result.plan is not None and result.report is not None:
            from optimizer.report.console_summary import console_summary

            with continue_after_failure(
                "showing the plan", lambda failure: show(f"{failure}\n{failure.trace}", markup=False)
            ):
                console_summary(result.plan, result.report, human)
            human.print(f"The plan is in {path_text(folder)}", soft_wrap=True, markup=False)
            for failure in result.failures:
                show(f"{failure.trace}{failure}; the rest of the plan is there", markup=False)
        else:
            show(f"No plan ({result.status}): {result.message}", markup=False)
        if found is not None:
            from optimizer.explain.render import show as show_explanation

            show_explanation(found, human)
        if as_json:
            print(json.dumps(as_json_object(result, folder) | {"explanation": found and asdict(found)}))
    raise typer.Exit(result.exit_code)


def default_folder(case: Path, scenario: str, overrides: Mapping[str, Any], show: Callable[[str], object]) -> Path:
    """Return the folder of a plan for which none is named: that of its scenario, or one beside it, which is shown.

    A run whose keys differ from the scenario's has a folder of its own, named by what differs, so that it replaces
    neither the plan of the scenario nor that of another variant.
    """
    from optimizer.case.settings import changed_keys

    place = Path("outputs") / case_name(case) / scenario
    try:
        changed = changed_keys(case, scenario, overrides) if overrides else {}
    except CaseRefused:
        return place  # which nothing will be written into
    if not changed:
        return place
    digest = sha256(json.dumps(changed, sort_keys=True).encode()).hexdigest()[:DIGITS]
    variant = place.with_name(f"{place.name}-{digest}")
    differences = ", ".join(f"{key} = {json.dumps(value)}" for key, value in changed.items())
    show(f"Not {scenario} as it stands ({differences}): the plan goes into {variant}")
    return variant


def explanation_of(
    case: Path, scenario: str, settings: Mapping[str, str], monitor: "RunMonitor", seconds: float
) -> "Explanation | None":
    """Return what stands in the way of a plan, as far as it is known in so many seconds; None if the solver fails."""
    from optimizer.explain.explain import ExplainRequest
    from optimizer.explain.explain import explain as explain_case
    from optimizer.solver.highs import SolverFailed

    try:
        return explain_case(
            ExplainRequest(case, scenario, settings, alternatives=3, seconds=seconds, infeasible=True), monitor
        )
    except SolverFailed:
        return None


def as_json_object(result: "RunResult", folder: Path) -> dict[str, Any]:
    """Return what `--json` prints."""
    found: dict[str, Any] = {"status": result.status, "exit_code": result.exit_code, "message": result.message}
    found |= {"plan": None, "warnings": result.warnings}
    if result.plan is not None and result.report is not None:
        from optimizer.report.key_figures import chosen_sites, key_figures
        from optimizer.report.period_figures import period_figures

        plan = result.plan
        found = vars(key_figures(plan)) | found
        found |= {"plan": folder.as_posix(), "sound": result.report.sound}
        found["periods"] = [asdict(figures) for figures in period_figures(plan)]
        found["chosen"] = [row.site for row in chosen_sites(plan)]
        found["stages"] = [stage.model_dump(mode="json") for stage in plan.proof.stages]
    return found | {"failures": [str(each) for each in result.failures], "phase_seconds": dict(result.seconds)}
