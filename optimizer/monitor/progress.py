"""What a person sees while a run works: a live table on a terminal, one line per event elsewhere."""

import math
import os
import time
from dataclasses import dataclass, field
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from optimizer.monitor.run_monitor import Progress

SECONDS_BETWEEN_LINES = 2.0
"""Least time between two plain lines of one stage."""
WIDTH = 9
"""Letters of the longest stage, and of the figures of most cases."""


@dataclass
class Stage:
    """The latest report of a stage and when the stage began and ended, in seconds since the run began."""

    latest: Progress
    began: float
    ended: float | None = None


@dataclass
class Display:
    """Shows progress; use it as a context and give `on_progress` to a RunMonitor."""

    console: Console
    live: bool | None = None
    """Whether to draw a live table; by default on a terminal that wants colour."""
    stages: dict[str, Stage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.live is None:
            self.live = self.console.is_terminal and "NO_COLOR" not in os.environ
        self._began = time.perf_counter()
        self._printed = -math.inf
        self._unprinted: Progress | None = None
        # Its own thread redraws the table, so that the elapsed time moves on while the solver is silent.
        self._drawing = Live(self, console=self.console, refresh_per_second=4) if self.live else None

    def __enter__(self) -> "Display":
        if self._drawing:
            self._drawing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stage in self.stages.values():
            stage.ended = stage.ended or self._now()
        self._print_the_unprinted()
        if self._drawing:
            self._drawing.stop()

    def on_progress(self, event: Progress) -> None:
        """Show a report."""
        now = self._now()
        new = event.stage not in self.stages
        if new:
            self._print_the_unprinted()
            for stage in self.stages.values():
                stage.ended = stage.ended or now
            self.stages[event.stage] = Stage(event, now)
        self.stages[event.stage].latest = event
        self._unprinted = None if self._drawing else event
        if new or now - self._printed >= SECONDS_BETWEEN_LINES:
            self._print_the_unprinted()

    def __rich__(self) -> Table:
        table = Table(box=None, header_style="dim")
        for name in ("stage", "best so far", "bound", "gap", "seconds"):  # a long note shortens itself, not these
            table.add_column(name, justify="left" if name == "stage" else "right", no_wrap=True, min_width=WIDTH)
        table.add_column("", overflow="ellipsis", no_wrap=True)
        for name, stage in list(self.stages.items()):
            seconds = (self._now() if stage.ended is None else stage.ended) - stage.began
            event = stage.latest
            figures = (number(event.incumbent), number(event.bound), percent(event.gap), f"{seconds:.1f}")
            table.add_row(name, *figures, event.note, style="bold" if stage.ended is None else None)
        return table

    def _print_the_unprinted(self) -> None:
        if self._unprinted is not None:
            self._printed = self._now()
            text = f"{self._printed:7.1f} s  {line(self._unprinted)}"
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)
            self._unprinted = None

    def _now(self) -> float:
        return time.perf_counter() - self._began


def line(event: Progress) -> str:
    """Return a report as one line of text."""
    shown = {"best": number(event.incumbent), "bound": number(event.bound), "gap": percent(event.gap)}
    figures = [f"{name} {value}" for name, value in shown.items() if value]
    return "  ".join([f"{event.stage:<10}", *figures, event.note]).rstrip()


def number(value: float | None) -> str:
    """Return a number for people, nothing if there is none."""
    return "" if value is None or not math.isfinite(value) else f"{value:,.2f}"


def percent(share: float | None) -> str:
    """Return a share as a percentage, nothing if there is none."""
    return "" if share is None or not math.isfinite(share) else f"{share:.2%}"
