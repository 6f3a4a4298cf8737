"""The command line: every command, what it prints, and what its exit code says.

Heavy libraries are imported inside the commands, so that `--help` answers at once.
"""

import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from optimizer.case.faults import CaseRefused
from optimizer.exits import MEANINGS, Exit, refusals

if TYPE_CHECKING:
    from optimizer.run import Outcome

ROOT = Path(__file__).parents[1]

app = typer.Typer(
    name="gigasite",
    help="Which sites across Europe should host AI compute, how large, when, cooled how and powered by what.",
    epilog=MEANINGS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

CaseFolder = Annotated[Path, typer.Argument(metavar="CASE", exists=True, file_okay=False, help="Folder of a case.")]
ScenarioName = Annotated[
    str, typer.Option("--scenario", metavar="NAME", help="Scenario of the case; `base` is its scenario.toml.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any scenario key, as TOML: --set carbon.cap_kg_per_mwh=50"),
]


@app.command()
def check(case: CaseFolder, scenario: ScenarioName = "base", settings: Settings = None) -> None:
    """Check the tables and the scenario of a case; list every fault."""
    human = Console(highlight=False)
    with refusals(human):
        overrides = nested(settings or [])
        with human.status(f"reading {case}"):
            from models.case import TABLES
            from optimizer.case.read import read_case
            from optimizer.case.scenario import load_scenario
            from optimizer.provenance import estimate_shares

            read = read_case(case, load_scenario(case, scenario, overrides))
    counts = {name: len(getattr(read, name)) for name in TABLES}
    estimates = estimate_shares(read)
    estimated = sum(share * counts[name] for name, share in estimates.items())
    human.print(
        f"{case}: no fault in {sum(counts.values()):,} rows of {len(counts)} tables ({counts['sites']} sites, "
        f"{counts['zones']} zones, {counts['periods']} periods, {len(read.days)} representative days); "
        f"{estimated / max(1, sum(counts[name] for name in estimates)):.0%} of the sourced rows are estimates",
        soft_wrap=True,
    )


@app.command()
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
) -> None:
    """Solve a case and write its plan; Ctrl-C keeps the best plan so far."""
    from optimizer.interrupt import stoppable
    from optimizer.progress import Display
    from optimizer.solve.watch import Progress, Watch

    shortcuts = {"solve.gap_share": gap, "solve.time_limit_seconds": time_limit, "solve.threads": threads}
    every = [*(settings or []), *(f"{key}={value}" for key, value in shortcuts.items() if value is not None)]
    folder = out or Path("outputs") / case.resolve().name / scenario
    errors = Console(stderr=True, highlight=False)
    say = partial(errors.print, soft_wrap=True)
    display = Display(errors)
    watch = Watch(display.listen)
    with refusals(errors, as_json):
        nested(every)
        with stoppable(watch, say, lambda: errors.show_cursor(True)), display:
            watch.report(Progress("starting", 0.0))
            from optimizer.run import Request, run

            pairs = (setting.partition("=") for setting in every)
            outcome = run(Request(case, scenario, folder, {key.strip(): text.strip() for key, _, text in pairs}), watch)
    human = errors if as_json else Console(highlight=False)
    if outcome.plan is not None and outcome.report is not None:
        from optimizer.plan.show import show

        show(outcome.plan, outcome.report, human)
        human.print(f"The plan is in {folder}", soft_wrap=True)
    else:
        say(f"No plan ({outcome.status}): {outcome.message}", markup=False)
    if as_json:
        print(json.dumps(answer(outcome, folder)))
    raise typer.Exit(outcome.exit_code)


@app.command()
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


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    source: Annotated[
        str, typer.Option("--from", metavar="CASE", help="Case to copy: a name in inputs/ or a folder.")
    ] = "europe",
) -> None:
    """Copy a case to start from."""
    human = Console(highlight=False)
    origin = next(
        (place for place in (Path(source), ROOT / "inputs" / source) if (place / "scenario.toml").is_file()), None
    )
    if origin is None:
        known = ", ".join(sorted(place.parent.name for place in ROOT.glob("inputs/*/scenario.toml")))
        raise typer.BadParameter(f"{source} holds no scenario.toml; there are {known}", param_hint="--from")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"{folder} exists and is not an empty folder", param_hint="DIR")
    shutil.copytree(origin, folder, dirs_exist_ok=True)
    human.print(f"{folder} is a copy of {origin.name}. Change it, then: gigasite check {folder}", soft_wrap=True)


@app.command()
def describe(
    only_check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if a file is out of date.")] = False,
) -> None:
    """Regenerate the files that are made from the declarations: handbooks, templates, data packages, schemas."""
    from optimizer.case.describe import describe as regenerate

    stale = regenerate(ROOT, check=only_check)
    for path in stale:
        print(f"{'out of date' if only_check else 'written'}: {path}")
    raise typer.Exit(Exit.FAILED if only_check and stale else Exit.SOLVED)


def nested(settings: list[str]) -> dict[str, Any]:
    """Return `--set` options as nested values; wrong syntax is wrong usage."""
    from optimizer.case.scenario import parse_overrides

    try:
        return parse_overrides(settings)
    except CaseRefused as refused:
        raise typer.BadParameter(
            "; ".join(f"{fault.value!r} {fault.rule}" for fault in refused.faults), param_hint="--set"
        ) from None


def answer(outcome: "Outcome", folder: Path) -> dict[str, Any]:
    """Return what `--json` prints."""
    found: dict[str, Any] = {"status": outcome.status, "exit_code": outcome.exit_code, "message": outcome.message}
    found |= {"plan": None}
    if outcome.plan is not None and outcome.report is not None:
        from optimizer.plan.headline import chosen_sites, headline

        found = vars(headline(outcome.plan)) | found
        found |= {"plan": folder.as_posix(), "sound": outcome.report.sound}
        found["chosen"] = [row.site for row in chosen_sites(outcome.plan)]
        found["stages"] = [stage.model_dump(mode="json") for stage in outcome.plan.proof.stages]
    return found


def main() -> None:
    """Run the command line."""
    app(prog_name="gigasite" if not sys.argv[0].endswith("__main__.py") else "python -m optimizer")
