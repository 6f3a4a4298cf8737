"""`gigasite check`: the inputs, without solving."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.case.case_location import WORKBOOK, is_workbook
from optimizer.case.faults import CaseRefused, Fault, listing
from optimizer.commands.arguments import CaseFolder, Scales, ScenarioName, Settings, overrides_of, texts_of, with_scales
from optimizer.monitor.heartbeat import heartbeat
from optimizer.runtime.exit_codes import ExitCode, refusals


def check(
    case: CaseFolder,
    scenario: ScenarioName = "base",
    settings: Settings = None,
    scales: Scales = None,
    mark: Annotated[
        Path | None,
        typer.Option("--mark", metavar="FILE.xlsx", dir_okay=False, help="Copy of a workbook to write: faults in red."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Check the tables and the scenario of a case, all its futures too; list every fault, or every warning."""
    human = Console(stderr=as_json, highlight=False)
    if mark is not None and not is_workbook(case):
        raise typer.BadParameter("only the faults of a workbook can be marked", param_hint="--mark")
    if mark is not None and (mark.suffix.lower() != WORKBOOK or mark.exists()):
        rule = "exists: name another file" if mark.exists() else f"must end with {WORKBOOK}"
        raise typer.BadParameter(f"{mark} {rule}", param_hint="--mark")
    with refusals(human, as_json):
        overrides = overrides_of(stated := with_scales(settings, scales))
        with heartbeat(Console(stderr=True, highlight=False), f"reading {case}"):
            from models.case import TABLES, Case
            from optimizer.case.plausibility import warning_lines
            from optimizer.case.quality import quality_lines, quality_shares
            from optimizer.case.read import read_with_warnings
            from optimizer.case.settings import load_settings
            from optimizer.runtime.estimate import estimate

            def read_all() -> tuple[Case, tuple[Fault, ...]]:
                asked = load_settings(case, scenario, overrides)
                if asked.futures:
                    from optimizer.study.futures import read_futures

                    read_futures(case, scenario, texts_of(stated))
                return read_with_warnings(case, asked)

            try:
                read, warnings = read_all()
            except CaseRefused:
                if mark is not None:
                    human.print(_mark_faults(case, mark, read_all), markup=False, soft_wrap=True)
                raise
            size = estimate(read)
            if mark is not None:
                from optimizer.case.mark_workbook import ORANGE, mark_workbook

                cells = mark_workbook(case, mark, warnings, ORANGE)
                said = f"{mark}: no fault; {cells:,} cells with a warning in orange."
                human.print(said, markup=False, soft_wrap=True)
    counts = {name: len(getattr(read, name)) for name in TABLES}
    human.print(
        f"{case}: no fault in {sum(counts.values()):,} rows of {len(counts)} tables ({counts['sites']} sites, "
        f"{counts['zones']} zones, {counts['periods']} periods, {len(read.days)} representative days)",
        markup=False,
        soft_wrap=True,
    )
    for line in quality_lines(read):
        human.print(line, markup=False, soft_wrap=True)
    for line in warning_lines(warnings):
        human.print(f"warning: {line}", markup=False, soft_wrap=True)
    if warnings:
        human.print(f"{len(warnings)} warning{'' if len(warnings) == 1 else 's'}, no fault.", style="bold")
    for note in read.notes:
        human.print(f"Note: {note}", markup=False, soft_wrap=True)
    if read.settings.futures:
        names = ", ".join(read.settings.futures)
        human.print(f"No fault in its futures either: {names}; what follows is without them.", soft_wrap=True)
    human.print(f"Solving it takes {size}.", soft_wrap=True)
    if as_json:
        listed = [vars(warning) for warning in warnings]
        told = {"status": "sound", "exit_code": ExitCode.SOLVED, "faults": [], "warnings": listed}
        print(json.dumps(told | {"quality_shares": quality_shares(read)}))


def _mark_faults(case: Path, mark: Path, read: Callable[[], object]) -> str:
    """Write a copy of a workbook with every fault that reading it tells; return what was done."""
    from optimizer.case.mark_workbook import MOST_MARKED, mark_workbook

    try:
        with listing(MOST_MARKED):
            read()
    except CaseRefused as refused:
        try:
            cells = mark_workbook(case, mark, refused.faults)
            return (
                f"{mark}: a copy with {cells:,} cells in red. Mend it and save it as {case.name}: what lies beside a "
                "workbook is found by its name."
            )
        except CaseRefused as unmarked:
            return str(unmarked)
    return ""
