"""What a run reports while it works, and how it is asked to stop."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from optimizer.monitor.checkpoint import Checkpoint


@dataclass(frozen=True)
class Progress:
    """One report: the stage at work and how far it is."""

    stage: str
    """What is being done: reading, building, baseline, compute, cost, ..."""
    seconds: float
    """Wall time since the run began."""
    incumbent: float | None = None
    """Value of the best plan so far, in the unit of the stage's objective."""
    bound: float | None = None
    """Proved bound on that value."""
    gap: float | None = None
    """|bound - incumbent| / |incumbent|, 0..1."""
    note: str = ""
    """One short line for people."""


def _ignore(_: Progress | Checkpoint) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class RunMonitor:
    """Through it whoever runs a case hears of its progress and its best plan so far, and stops it by setting `stop`."""

    on_progress: Callable[[Progress], None] = _ignore
    """Called with every report, on the thread that works."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set once to ask for an end with the best plan so far."""
    on_checkpoint: Callable[[Checkpoint], None] = _ignore
    """Called with every better plan, on the thread that works."""

    def report(self, event: Progress) -> None:
        """Pass a report on."""
        self.on_progress(event)

    def stopped(self) -> bool:
        """Tell whether an end was asked for."""
        return self.stop.is_set()
