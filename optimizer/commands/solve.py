"""`gigasite solve`: from a case to a written plan."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from optimizer.case.case_location import case_name, path_text
from optimizer.case.faults import CaseRefused
from optimizer.commands.arguments import CaseFolder, ScenarioName, Settings, nested
from optimizer.monitor.partial_failure import survived
from optimizer.runtime.exit_codes import refusals

if TYPE_CHECKING:
    from optimizer.explain.explanation import Explanation
    from optimizer.monitor.run_monitor import RunMonitor
    from optimizer.run import RunResult

EXPLAIN_SECONDS, LEAST_EXPLAIN_SECONDS = 120.0, 10.0
"""Most time for saying why there is no plan, as far as the limit of the run leaves it, and what it has in any case."""
DIGITS = 6
"""Digits that tell the folders of variants apart."""


def scheduler(address: str | None) -> str | None:
    """Return the address of a dask scheduler if it is one and dask is installed; else this is wrong usage."""
    if address is not None and not re.fullmatch(r"(tcp|tls)://.+:\d+", address):
        raise typer.BadParameter("a dask scheduler has an address like tcp://host:8786")
    if address is not None and find_spec("distributed") is None:
        raise typer.BadParameter("needs dask: pip install -c constraints.txt --only-binary :all: -e '.[cluster]'")
    return address


def solve(
    case: CaseFolder,
    scenario: ScenarioName = "base",
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where the plan goes; by default outputs/CASE/SCENARIO, and a folder beside it if keys are set anew.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
    gap: Annotated[float | None, typer.Option(metavar="G", help="Relative gap asked for, 0..1.")] = None,
    time_limit: Annotated[float | None, typer.Option(metavar="S", help="Seconds for the whole run.")] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", help="Threads of the solver.")] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Scheduler of a dask cluster to solve on.", callback=scheduler),
    ] = None,
    explain: Annotated[bool, typer.Option(help="Say what stands in the way where there is no plan.")] = True,
) -> None:
    """Solve a case and write its plan; Ctrl-C keeps the best plan so far."""
    from optimizer.monitor.interrupt import stoppable
    from optimizer.monitor.progress import Display
    from optimizer.monitor.run_monitor import Progress, RunMonitor

    shortcuts = {"solve.gap_share": gap, "solve.time_limit_seconds": time_limit, "solve.threads": threads}
    every = [*(settings or []), *(f"{key}={value}" for key, value in shortcuts.items() if value is not None)]
    errors = Console(stderr=True, highlight=False)
    say = partial(errors.print, soft_wrap=True)
    display = Display(errors)
    watch = RunMonitor(display.listen)
    with stoppable(watch, say, lambda: errors.show_cursor(True)):
        with refusals(errors, as_json):
            folder = out or home(case, scenario, nested(every), partial(say, markup=False))
            with display:
                watch.report(Progress("starting", 0.0))
                from optimizer.run import Request, run

                pairs = (setting.partition("=") for setting in every)
                given = {key.strip(): text.strip() for key, _, text in pairs}
                outcome = run(Request(case, scenario, folder, given, cluster), watch)
                # a level that the bound forbids is no limit of the inputs, and its message says all there is
                infeasible = explain and outcome.status == "infeasible" and "question.levels." not in outcome.message
                seconds = max(LEAST_EXPLAIN_SECONDS, min(EXPLAIN_SECONDS, outcome.left_seconds))
                found = explained(case, scenario, given, watch, seconds) if infeasible else None
        human = errors if as_json else Console(highlight=False)
        if outcome.plan is not None and outcome.report is not None:
            from optimizer.report.console_summary import console_summary

            with survived("showing the plan", lambda failure: say(f"{failure}\n{failure.trace}", markup=False)):
                console_summary(outcome.plan, outcome.report, human)
            human.print(f"The plan is in {path_text(folder)}", soft_wrap=True, markup=False)
            for failure in outcome.failures:
                say(f"{failure.trace}{failure}; the rest of the plan is there", markup=False)
        else:
            say(f"No plan ({outcome.status}): {outcome.message}", markup=False)
        if found is not None:
            from optimizer.explain.render import show as show_explanation

            show_explanation(found, human)
        if as_json:
            print(json.dumps(answer(outcome, folder) | {"explanation": found and asdict(found)}))
    raise typer.Exit(outcome.exit_code)


def home(case: Path, scenario: str, overrides: Mapping[str, Any], say: Callable[[str], object]) -> Path:
    """Return the folder of a plan for which none is named: that of its scenario, or one beside it, which is said.

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
    told = ", ".join(f"{key} = {json.dumps(value)}" for key, value in changed.items())
    say(f"Not {scenario} as it stands ({told}): the plan goes into {variant}")
    return variant


def explained(
    case: Path, scenario: str, settings: Mapping[str, str], watch: "RunMonitor", seconds: float
) -> "Explanation | None":
    """Return what stands in the way of a plan, as far as it is known in so many seconds; None if the solver fails."""
    from optimizer.explain.explain import ExplainRequest
    from optimizer.explain.explain import explain as ask
    from optimizer.solver.highs import SolverFailed

    try:
        return ask(ExplainRequest(case, scenario, settings, alternatives=3, seconds=seconds, infeasible=True), watch)
    except SolverFailed:
        return None


def answer(outcome: "RunResult", folder: Path) -> dict[str, Any]:
    """Return what `--json` prints."""
    found: dict[str, Any] = {"status": outcome.status, "exit_code": outcome.exit_code, "message": outcome.message}
    found |= {"plan": None, "warnings": outcome.warnings}
    if outcome.plan is not None and outcome.report is not None:
        from optimizer.report.key_figures import chosen_sites, key_figures
        from optimizer.report.period_figures import period_figures

        plan = outcome.plan
        found = vars(key_figures(plan)) | found
        found |= {"plan": folder.as_posix(), "sound": outcome.report.sound}
        found["periods"] = [asdict(figures) for figures in period_figures(plan)]
        found["chosen"] = [row.site for row in chosen_sites(plan)]
        found["stages"] = [stage.model_dump(mode="json") for stage in plan.proof.stages]
    return found | {"failures": [str(each) for each in outcome.failures], "phase_seconds": dict(outcome.seconds)}
