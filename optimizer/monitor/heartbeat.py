"""A sign that a command works, for those that no solver keeps busy; nothing heavy is loaded for it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console
from rich.markup import escape

INTERVAL_SECONDS = 2.0
"""After so long a line is printed, and every so often."""


@contextmanager
def heartbeat(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    """Show that work goes on: a turning wheel on a terminal, elsewhere a line after two seconds and every two more.

    Call what it gives with the part of the work that is done at the moment.
    """
    if console.is_terminal and "NO_COLOR" not in os.environ:
        with console.status(escape(text)) as status:
            yield lambda part: status.update(escape(f"{text}: {part}"))
        return
    lines, ended = [text], Event()

    def print_lines() -> None:
        began = time.perf_counter()
        while not ended.wait(INTERVAL_SECONDS):
            shown = f"{time.perf_counter() - began:7.1f} s  {lines[-1]}"
            console.print(shown, highlight=False, markup=False, soft_wrap=True)

    printer = Thread(target=print_lines, daemon=True)
    printer.start()
    try:
        yield lambda part: lines.append(f"{text}: {part}")
    finally:
        ended.set()
        printer.join()
