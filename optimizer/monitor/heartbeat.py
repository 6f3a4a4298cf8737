"""A sign that a command works, for those that no solver keeps busy; nothing heavy is loaded for it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console
from rich.markup import escape

SECONDS = 2.0
"""After so long work is told of, and every so often."""


@contextmanager
def heartbeat(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    """Show that work goes on: a turning wheel on a terminal, elsewhere a line after two seconds and every two more.

    What it gives tells which part of the work is done at the moment.
    """
    if console.is_terminal and "NO_COLOR" not in os.environ:
        with console.status(escape(text)) as status:
            yield lambda part: status.update(escape(f"{text}: {part}"))
        return
    said, over = [text], Event()

    def speak() -> None:
        began = time.perf_counter()
        while not over.wait(SECONDS):
            shown = f"{time.perf_counter() - began:7.1f} s  {said[-1]}"
            console.print(shown, highlight=False, markup=False, soft_wrap=True)

    speaker = Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield lambda part: said.append(f"{text}: {part}")
    finally:
        over.set()
        speaker.join()
