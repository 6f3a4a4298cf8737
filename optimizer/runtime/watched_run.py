"""A command's run on a terminal: what it reports is shown, signals ask it to stop, refusals are told in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console

from optimizer.monitor.interrupt import stop_on_signals
from optimizer.monitor.progress import Display
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.runtime.exit_codes import refusals


@contextmanager
def watched_run(errors: Console, stage: str = "reading", as_json: bool = False) -> Iterator[RunMonitor]:
    """Give the monitor of a run that begins with a stage; raises typer.Exit where its inputs or folders are refused."""
    display = Display(errors)
    monitor, show = RunMonitor(display.on_progress), partial(errors.print, soft_wrap=True, markup=False)
    with refusals(errors, as_json), stop_on_signals(monitor, show, lambda: errors.show_cursor(True)), display:
        monitor.report(Progress(stage, 0.0))
        yield monitor
