"""What several commands take: the case, its scenario, keys set for one run."""

from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.case.faults import CaseRefused

CaseFolder = Annotated[
    Path, typer.Argument(metavar="CASE", exists=True, help="A case: its folder, or its workbook (.xlsx).")
]
ScenarioName = Annotated[
    str, typer.Option("--scenario", metavar="NAME", help="Scenario of the case; `base` is its scenario.toml or sheet.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any scenario key, as TOML: --set carbon.cap_kg_per_mwh=50"),
]


def overrides_of(settings: list[str]) -> dict[str, Any]:
    """Return `--set` options as nested settings; wrong syntax is wrong usage."""
    from optimizer.case.settings import parse_overrides

    try:
        return parse_overrides(settings)
    except CaseRefused as refused:
        faults = (f"{fault.column or repr(fault.value)} {fault.rule}" for fault in refused.faults)
        raise typer.BadParameter("; ".join(faults), param_hint="--set") from None
