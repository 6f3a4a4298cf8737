"""`gigasite describe`: the generated files."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.runtime.exit_codes import ExitCode

ROOT = Path(__file__).parents[2]


def describe(
    only_check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if a file is out of date.")] = False,
) -> None:
    """Regenerate the files that are made from the declarations: handbooks, templates, data packages, schemas."""
    from optimizer.docs.describe import describe as regenerate

    stale = regenerate(ROOT, check=only_check)
    for path in stale:
        print(f"{'out of date' if only_check else 'written'}: {path}")
    raise typer.Exit(ExitCode.FAILED if only_check and stale else ExitCode.SOLVED)
