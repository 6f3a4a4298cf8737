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
SWEPT = "ignore::UserWarning:multiprocessing.resource_tracker"
"""Keeps Python's sweeper, a process begun with the first other one, from warning of what it sweeps."""


@contextmanager
def stoppable(
    watch: "RunMonitor", say: Callable[[str], None], leave: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Stop the watch at the first signal, saying so; at the second call `leave` and end the process with 130.

    Python runs signal handlers on the main thread only, which may be inside the solver for long; so a thread of its own
    reads the signals from the wake-up descriptor, which the interpreter writes at once. A closed terminal only asks,
    for the shell may say so too. A signal that was to be ignored, as under nohup, still is.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def listen() -> None:
        while byte := reader.recv(1):
            if byte[0] not in SIGNALS:
                continue
            hung_up = signal.Signals(byte[0]).name == "SIGHUP"
            if hung_up:
                _leave_the_terminal()
            if watch.stopped() and not hung_up:
                try:
                    leave()
                finally:
                    os._exit(EXIT_CODE)
            watch.stop.set()
            with suppress(OSError):
                say("Stopping; the best plan so far is kept. Once more to leave at once, writing nothing.")

    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda *_: None) for number in heeded}
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
    """Start processes that hear no signal until they say how they take it; this one hears it on its other threads.

    A terminal sends Ctrl-C to all its processes, and one that has only begun would die of it. Windows cannot. What a
    process that is killed leaves is swept without a word.
    """
    if SWEPT not in sys.warnoptions:
        sys.warnoptions.append(SWEPT)
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


def _leave_the_terminal() -> None:
    """Send what is still said nowhere: a word to a terminal that is gone would end the run."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        if stat.S_ISCHR(os.fstat(descriptor).st_mode):
            os.dup2(nowhere, descriptor)
