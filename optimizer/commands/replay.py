"""`gigasite replay`: a written plan on every day of other tables, such as another weather year."""

import csv
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import ExitCode


def replay(
    plan_dir: Annotated[Path, typer.Argument(metavar="PLAN_DIR", help="Folder of a plan.")],
    overlay: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Overlay of the case, such as weather/2019; may be given more than once."),
    ] = None,
    case: Annotated[Path | None, typer.Option(metavar="CASE", exists=True, help="Where its case is now.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the table, as CSV, there too.")
    ] = None,
) -> None:
    """Dispatch every day of other weather years with a written plan's sites, chips, plants and contracts."""
    if out is not None and out.resolve().parent == plan_dir.resolve():
        raise typer.BadParameter("a plan's folder holds nothing but its plan: name another place", param_hint="--out")
    from optimizer.runtime.watched_run import watched_run

    errors = Console(stderr=True, highlight=False)
    code, rows, title = ExitCode.SOLVED, list[list[object]](), ""
    caps: dict[str, list[str]] = {}
    with watched_run(errors) as monitor:
        from optimizer.replay import replay as replayed
        from optimizer.report.replay_table import COLUMNS, replay_page, replay_row
        from optimizer.report.summary_full_year import broken_caps

        for year in replayed(plan_dir, ["", *(overlay or [])], case, monitor):
            rows.append(replay_row(", ".join(year.overlays) or "own record", year.plan))
            title = year.plan.title
            caps[str(rows[-1][0])] = [*broken_caps(year.plan)]
            for broken in (each for each in year.checks if not each.passed):
                errors.print(f"{rows[-1][0]} breaks {broken.rule}: {broken.where}", markup=False, soft_wrap=True)
                code = ExitCode.UNSOUND
    if code == ExitCode.SOLVED:
        if out is not None:
            with out.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
        print(replay_page(title, rows, caps))
    raise typer.Exit(code)
