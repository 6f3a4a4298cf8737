"""`gigasite check`: the inputs, without solving."""

from rich.console import Console

from optimizer.busy import busy
from optimizer.commands.arguments import CaseFolder, ScenarioName, Settings, nested
from optimizer.exits import refusals


def check(case: CaseFolder, scenario: ScenarioName = "base", settings: Settings = None) -> None:
    """Check the tables and the scenario of a case; list every fault."""
    human = Console(highlight=False)
    with refusals(human):
        overrides = nested(settings or [])
        with busy(Console(stderr=True, highlight=False), f"reading {case}"):
            from models.case import TABLES
            from optimizer.case.read import read_case
            from optimizer.case.scenario import load_scenario
            from optimizer.provenance import estimate_shares
            from optimizer.solve.estimate import estimate

            read = read_case(case, load_scenario(case, scenario, overrides))
            size = estimate(read)
    counts = {name: len(getattr(read, name)) for name in TABLES}
    estimates = estimate_shares(read)
    estimated = sum(share * counts[name] for name, share in estimates.items())
    human.print(
        f"{case}: no fault in {sum(counts.values()):,} rows of {len(counts)} tables ({counts['sites']} sites, "
        f"{counts['zones']} zones, {counts['periods']} periods, {len(read.days)} representative days); "
        f"{estimated / max(1, sum(counts[name] for name in estimates)):.0%} of the sourced rows are estimates",
        markup=False,
        soft_wrap=True,
    )
    for note in read.notes:
        human.print(f"Note: {note}", markup=False, soft_wrap=True)
    human.print(f"Solving it takes {size}.", soft_wrap=True)
