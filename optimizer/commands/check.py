"""`gigasite check`: the inputs, without solving."""

import json
from typing import Annotated

import typer
from rich.console import Console

from optimizer.commands.arguments import CaseFolder, Scales, ScenarioName, Settings, overrides_of, with_scales
from optimizer.monitor.heartbeat import heartbeat
from optimizer.runtime.exit_codes import ExitCode, refusals


def check(
    case: CaseFolder,
    scenario: ScenarioName = "base",
    settings: Settings = None,
    scales: Scales = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Check the tables and the scenario of a case; list every fault, or every warning."""
    human = Console(stderr=as_json, highlight=False)
    with refusals(human, as_json):
        overrides = overrides_of(with_scales(settings, scales))
        with heartbeat(Console(stderr=True, highlight=False), f"reading {case}"):
            from models.case import TABLES
            from optimizer.case.plausibility import warning_lines
            from optimizer.case.quality import quality_lines, quality_shares
            from optimizer.case.read import read_with_warnings
            from optimizer.case.settings import load_settings
            from optimizer.runtime.estimate import estimate

            read, warnings = read_with_warnings(case, load_settings(case, scenario, overrides))
            size = estimate(read)
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
    human.print(f"Solving it takes {size}.", soft_wrap=True)
    if as_json:
        listed = [vars(warning) for warning in warnings]
        told = {"status": "sound", "exit_code": ExitCode.SOLVED, "faults": [], "warnings": listed}
        print(json.dumps(told | {"quality_shares": quality_shares(read)}))
