"""How long each phase of a run takes, by what it reports."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from optimizer.monitor.partial_failure import Failure, continue_after_failure
from optimizer.monitor.run_monitor import Progress


class Phases:
    """Measures a run: a phase lasts from a report of its stage to the next one of another."""

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        """Take what is called with every report besides."""
        self._on_progress = on_progress
        self._spent: dict[str, float] = {}
        self._now: tuple[str, float] | None = None
        self.failures: list[Failure] = []

    def on_progress(self, event: Progress) -> None:
        """Take a report and pass it on; showing it may fail, as without a terminal, and that costs no plan."""
        if self._now is None or self._now[0] != event.stage:
            self._spent = {**self.seconds}
            self._now = event.stage, time.perf_counter()
        if not self.failures:
            with suppress(OSError), continue_after_failure("showing the progress", self.failures.append, OSError):
                self._on_progress(event)

    @property
    def seconds(self) -> Mapping[str, float]:
        """Return the wall time of every phase so far, in the order in which they began, rounded to milliseconds."""
        spent = dict(self._spent)
        if self._now is not None:
            stage, began = self._now
            spent[stage] = round(spent.get(stage, 0.0) + time.perf_counter() - began, 3)
        return spent
