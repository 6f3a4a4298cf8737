"""Ctrl-C and SIGTERM: the first asks a run to stop with its best plan, the second ends it at once."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from optimizer.solve.watch import Watch

SIGNALS = (signal.SIGINT, signal.SIGTERM)
EXIT_CODE = 130


@contextmanager
def stoppable(watch: Watch, say: Callable[[str], None], leave: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Stop the watch at the first signal, saying so; at the second call `leave` and end the process with 130.

    Python runs signal handlers on the main thread only, which may be inside the solver for long; so a thread of its own
    reads the signals from the wake-up descriptor, which the interpreter writes at once.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def listen() -> None:
        while byte := reader.recv(1):
            if byte[0] not in SIGNALS:
                continue
            if watch.stopped():
                leave()
                os._exit(EXIT_CODE)
            watch.stop.set()
            say("Stopping; the best plan so far is kept. Once more to leave at once, writing nothing.")

    before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
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
