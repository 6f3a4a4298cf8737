"""`gigasite solve`: from a case to a written plan."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from optimizer.case.location import case_name
from optimizer.commands.arguments import CaseFolder, ScenarioName, Settings, nested
from optimizer.exits import refusals

if TYPE_CHECKING:
    from optimizer.explain.explanation import Explanation
    from optimizer.run import Outcome
    from optimizer.solve.watch import Watch

EXPLAIN_SECONDS = 120.0
"""Most time for saying why there is no plan."""
FAST = {"time.representative_days": "1", "time.replay": "false"}
"""What --fast sets, where --set does not."""


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
        Path | None, typer.Option(metavar="DIR", help="Where the plan goes; by default outputs/CASE/SCENARIO.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
    gap: Annotated[float | None, typer.Option(metavar="G", help="Relative gap asked for, 0..1.")] = None,
    time_limit: Annotated[float | None, typer.Option(metavar="S", help="Seconds for solving.")] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", help="Threads of the solver.")] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Few days, and none of the others looked at: how wrong that may be is told.")
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Scheduler of a dask cluster to solve on.", callback=scheduler),
    ] = None,
    explain: Annotated[bool, typer.Option(help="Say what stands in the way where there is no plan.")] = True,
) -> None:
    """Solve a case and write its plan; Ctrl-C keeps the best plan so far."""
    from optimizer.interrupt import stoppable
    from optimizer.progress import Display
    from optimizer.solve.watch import Progress, Watch

    shortcuts = {"solve.gap_share": gap, "solve.time_limit_seconds": time_limit, "solve.threads": threads}
    named = {setting.partition("=")[0].strip() for setting in settings or []}
    quick = [f"{key}={value}" for key, value in FAST.items() if fast and key not in named]
    every = [*quick, *(settings or []), *(f"{key}={value}" for key, value in shortcuts.items() if value is not None)]
    folder = out or Path("outputs") / case_name(case) / scenario
    errors = Console(stderr=True, highlight=False)
    say = partial(errors.print, soft_wrap=True)
    display = Display(errors)
    watch = Watch(display.listen)
    with stoppable(watch, say, lambda: errors.show_cursor(True)):
        with refusals(errors, as_json):
            nested(every)
            with display:
                watch.report(Progress("starting", 0.0))
                from optimizer.run import Request, run

                pairs = (setting.partition("=") for setting in every)
                given = {key.strip(): text.strip() for key, _, text in pairs}
                outcome = run(Request(case, scenario, folder, given, cluster), watch)
                infeasible = explain and outcome.status == "infeasible"
                found = explained(case, scenario, given, watch) if infeasible else None
        human = errors if as_json else Console(highlight=False)
        if outcome.plan is not None and outcome.report is not None:
            from optimizer.plan.show import show

            show(outcome.plan, outcome.report, human)
            human.print(f"The plan is in {folder}", soft_wrap=True)
        else:
            say(f"No plan ({outcome.status}): {outcome.message}", markup=False)
        if found is not None:
            from optimizer.explain.tell import show as show_explanation

            show_explanation(found, human)
        if as_json:
            print(json.dumps(answer(outcome, folder) | {"explanation": found and asdict(found)}))
    raise typer.Exit(outcome.exit_code)


def explained(case: Path, scenario: str, settings: Mapping[str, str], watch: "Watch") -> "Explanation | None":
    """Return what stands in the way of a plan, as far as it is known in `EXPLAIN_SECONDS`; None if the solver fails."""
    from optimizer.explain.explain import Question
    from optimizer.explain.explain import explain as ask
    from optimizer.solve.highs import SolverFailed

    try:
        return ask(Question(case, scenario, settings, alternatives=3, seconds=EXPLAIN_SECONDS, infeasible=True), watch)
    except SolverFailed:
        return None


def answer(outcome: "Outcome", folder: Path) -> dict[str, Any]:
    """Return what `--json` prints."""
    found: dict[str, Any] = {"status": outcome.status, "exit_code": outcome.exit_code, "message": outcome.message}
    found |= {"plan": None, "warnings": outcome.warnings}
    if outcome.plan is not None and outcome.report is not None:
        from optimizer.plan.headline import chosen_sites, headline

        found = vars(headline(outcome.plan)) | found
        found |= {"plan": folder.as_posix(), "sound": outcome.report.sound}
        found["chosen"] = [row.site for row in chosen_sites(outcome.plan)]
        found["stages"] = [stage.model_dump(mode="json") for stage in outcome.plan.proof.stages]
    return found
