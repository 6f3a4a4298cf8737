"""`gigasite serve`: the engine in a browser, on this machine only."""

import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import refusals

EXTRA = "needs the extra: pip install -c constraints.txt --only-binary :all: --no-build-isolation -e '.[web]'"


def serve(
    cases: Annotated[
        list[Path] | None,
        typer.Argument(metavar="CASE...", exists=True, help="Cases to offer besides those that are shipped."),
    ] = None,
    port: Annotated[int, typer.Option(metavar="N", min=1024, max=65535, help="Port on this machine.")] = 8765,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where cases that are dropped, and plans, are kept.")] = Path(
        "outputs/web"
    ),
    show: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:
    """Choose a case, change settings, watch it solve, read and compare plans in a browser; only on this machine."""
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise typer.BadParameter(EXTRA, param_hint="serve")
    human = Console(highlight=False)
    with refusals(human):
        import uvicorn

        from optimizer.store.lock import Locked, locked
        from optimizer.store.plan_folder import FolderRefused
        from optimizer.web.app import create_app

        try:
            out.mkdir(parents=True, exist_ok=True)
            with locked(out.resolve() / ".server.lock"):
                app = create_app(out, port, cases or [])
                address = f"http://127.0.0.1:{port}"
                human.print(f"{address}  (Ctrl-C ends it; what is solved stays in {out})", markup=False)
                if show:
                    webbrowser.open(address)
                uvicorn.run(
                    app, host="127.0.0.1", port=port, log_level="warning", server_header=False, proxy_headers=False
                )
        except Locked as owner:
            raise FolderRefused(f"Another server works in {out}: {owner}") from None
        except OSError as fault:
            raise FolderRefused(f"The server cannot begin: {fault}") from None
