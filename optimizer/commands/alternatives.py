"""`gigasite alternatives`: which sites are sure, which are one of several, and what would change the choice."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.commands.arguments import CaseFolder, Scales, ScenarioName, Settings, overrides_of, with_scales
from optimizer.runtime.exit_codes import ExitCode, code_of


def share(text: str) -> float:
    """Return a share such as 1% or 0.01."""
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no share, such as 1% or 0.01") from None
    if not 0 < value <= 1:
        raise typer.BadParameter(f"{text!r} is not above 0 and at most 100%")
    return value


def alternatives(
    case: CaseFolder,
    within: Annotated[
        float, typer.Option(metavar="SHARE", parser=share, help="How much worse the last objective may be: 1%.")
    ] = "1%",  # type: ignore[assignment]  # text, which the parser reads
    plans: Annotated[int, typer.Option(metavar="N", min=0, help="Plans that differ most, besides the best.")] = 5,
    scenario: ScenarioName = "base",
    settings: Settings = None,
    scales: Scales = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", min=1, help="Seconds for all of it; by default those of the scenario.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="By default outputs/CASE/SCENARIO-alternatives.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Tell for every site whether it stands in all, some or no plans near the best one, each proved."""
    from optimizer.runtime.watched_run import watched_run

    errors = Console(stderr=True, highlight=False)
    found = None
    with watched_run(errors, "starting", as_json) as monitor:
        from optimizer.benders.master_problem import SearchEnded
        from optimizer.case.case_location import case_name
        from optimizer.case.read import read_case
        from optimizer.case.settings import load_settings
        from optimizer.study.alternatives import alternatives as alternatives_of
        from optimizer.study.alternatives_page import alternatives_page, write_alternatives
        from optimizer.study.alternatives_page import as_json as json_of

        overrides = overrides_of(
            [*with_scales(settings, scales), *([f"solve.time_limit_seconds={time_limit}"] if time_limit else [])]
        )
        read = read_case(case, load_settings(case, scenario, overrides))
        folder = out or Path("outputs") / case_name(case) / f"{scenario}-alternatives"
        title = f"{read.name}, scenario {scenario}"
        try:
            for found in alternatives_of(read, within, plans, monitor):
                write_alternatives(folder, title, found)
        except SearchEnded as stop:
            if found is None:
                errors.print(f"{stop}.", markup=False, soft_wrap=True)
                raise typer.Exit(code_of(stop.status)) from None
    assert found is not None
    print(json.dumps(json_of(found)) if as_json else alternatives_page(title, found))
    errors.print(f"Written to {folder}.", markup=False, soft_wrap=True)
    short = ExitCode.INTERRUPTED if monitor.stopped() else ExitCode.LIMIT_WITH_PLAN
    raise typer.Exit(short if found.cut_short else ExitCode.SOLVED)
