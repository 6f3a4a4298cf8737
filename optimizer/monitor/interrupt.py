"""Ctrl-C, SIGTERM, a closed terminal: the first asks a run to stop with its best plan, the second ends it at once."""

import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.monitor.run_monitor import RunMonitor

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What asks to stop; Windows has no SIGHUP."""
EXIT_CODE = 130
SWEEPER_WARNINGS = "ignore::UserWarning:multiprocessing.resource_tracker"
"""Keeps Python's resource tracker, a process started with the first other one, from warning of what it removes."""


@contextmanager
def stop_on_signals(
    monitor: "RunMonitor", show: Callable[[str], None], on_exit: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Stop a run at the first signal, showing so; at the second call `on_exit` and end the process with 130.

    Python runs signal handlers on the main thread only, which may be inside the solver for long; so a thread of its own
    reads the signals from the wake-up descriptor, which the interpreter writes at once. A closed terminal only asks,
    for the shell may signal it too. A signal that was to be ignored, as under nohup, still is.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def listen() -> None:
        while byte := reader.recv(1):
            if byte[0] not in SIGNALS:
                continue
            hung_up = signal.Signals(byte[0]).name == "SIGHUP"
            if hung_up:
                _detach_from_terminal()
            if monitor.stopped() and not hung_up:
                try:
                    on_exit()
                finally:
                    os._exit(EXIT_CODE)
            monitor.stop.set()
            with suppress(OSError):
                show("Stopping; the best plan so far is kept. Once more to leave at once, writing nothing.")

    handled = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda *_: None) for number in handled}
    woken = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        writer.close()
        listener.join()
        reader.close()


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Block signals in the processes started here until they handle them; other threads of this one still hear them.

    A terminal sends Ctrl-C to all its processes, and one that has only begun would die of it. Windows cannot. What a
    process that is killed leaves behind is removed without a warning.
    """
    if SWEEPER_WARNINGS not in sys.warnoptions:
        sys.warnoptions.append(SWEEPER_WARNINGS)
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which every spawned process needs, and whose own start unblocks signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ending(code: int) -> str:
    """Return how a process ended, from its exit code, which is below zero for a signal."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _detach_from_terminal() -> None:
    """Discard all further output: writing to a terminal that is gone would end the run."""
    null = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        if stat.S_ISCHR(os.fstat(descriptor).st_mode):
            os.dup2(null, descriptor)
