"""What several commands take: the case, its scenario, keys set for one run."""

import json
import re
from importlib.util import find_spec
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
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Any scenario key, as TOML: --set carbon.cap_kg_per_mwh=50; or cells: --set sites.PARIS.land_mw=80",
    ),
]
Scales = Annotated[
    list[str] | None,
    typer.Option(
        "--scale", metavar="CELLS=FACTOR", help="Cells that a factor multiplies: --scale chips.price_eur_per_chip=0.8"
    ),
]

STUDIES = Path("outputs") / "studies"
"""Where studies go by default."""


def scheduler(address: str | None) -> str | None:
    """Return the address of a dask scheduler if it is one and dask is installed; else this is wrong usage."""
    if address is not None and not re.fullmatch(r"(tcp|tls)://.+:\d+", address):
        raise typer.BadParameter("a dask scheduler has an address like tcp://host:8786")
    if address is not None and find_spec("distributed") is None:
        raise typer.BadParameter("needs dask: pip install -c constraints.txt --only-binary :all: -e '.[cluster]'")
    return address


def scheduler_or_file(address: str | None) -> str | None:
    """Return the address of a dask scheduler, read from its file if it is one; else this is wrong usage."""
    if address is not None and (file := Path(address)).is_file():
        try:
            address = str(json.loads(file.read_text(encoding="utf-8"))["address"])
        except (ValueError, KeyError, TypeError):
            raise typer.BadParameter(f"{file} is no scheduler file") from None
    return scheduler(address)


Workers = Annotated[int | None, typer.Option(metavar="N", min=1, max=256, help="Processes; by default one a core.")]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="tcp://HOST:PORT",
        help="Scheduler of a dask cluster to run on, or its scheduler file.",
        callback=scheduler_or_file,
    ),
]


def with_scales(settings: list[str] | None, scales: list[str] | None) -> list[str]:
    """Return `--set` and `--scale` options as settings: a factor is a key of `inputs.factors`."""
    pairs = [
        (place.strip(), equals, factor) for place, equals, factor in (each.partition("=") for each in scales or [])
    ]
    if wrong := [place for place, equals, _ in pairs if not (place and equals)]:
        raise typer.BadParameter(f"{wrong[0]!r} must be CELLS=FACTOR", param_hint="--scale")
    return [*(settings or []), *(f'inputs.factors."{place}"={factor.strip()}' for place, _, factor in pairs)]


def texts_of(settings: list[str]) -> dict[str, str]:
    """Return the key of every setting and its value as it was written."""
    pairs = (setting.partition("=") for setting in settings)
    return {key.strip(): text.strip() for key, _, text in pairs}


def overrides_of(settings: list[str]) -> dict[str, Any]:
    """Return `--set` options as nested settings; wrong syntax is wrong usage."""
    from optimizer.case.settings import parse_overrides

    try:
        return parse_overrides(settings)
    except CaseRefused as refused:
        faults = (f"{fault.column or repr(fault.value)} {fault.rule}" for fault in refused.faults)
        raise typer.BadParameter("; ".join(faults), param_hint="--set") from None
