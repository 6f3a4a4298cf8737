"""What a worker does, wherever it runs: it is initialised once and maps requests to results, both as bytes."""

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from optimizer.monitor.interrupt import SIGNALS


def pickled(content: object) -> bytes:
    """Return an object as bytes: a request, or an initializer with its task, pickled once for all workers."""
    return pickle.dumps(content, pickle.HIGHEST_PROTOCOL)


def initialise(initializer_and_task: bytes) -> Callable[[Any], Any]:
    """Return the task of a worker, bound to its state; where initialising fails, a task that raises why."""
    try:
        initializer, task = pickle.loads(initializer_and_task)
        return partial(task, initializer())
    except Exception as error:
        return partial(_raise, error)


def run_task(task: Callable[[Any], Any], request: bytes) -> bytes:
    """Return the pickled result, or what was raised; what cannot be pickled becomes a RuntimeError of its text."""
    try:
        return pickled((task(pickle.loads(request)), None))
    except Exception as error:
        error.add_note(f"In a worker of the pool:\n{traceback.format_exc()}")
        try:
            raised = pickled((None, error))
            pickle.loads(raised)
        except Exception:
            return pickled((None, RuntimeError("".join(traceback.format_exception(error)))))
        return raised


def result_of(message: bytes) -> Any:
    """Return the result that `run_task` pickled, or raise what the worker raised."""
    result, error = pickle.loads(message)
    if error is not None:
        raise error
    return result


def worker_main(connection: Connection) -> None:
    """Initialise by the first message of a connection and answer every further one, until the parent process ends."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the parent process decides when to end
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    with suppress(EOFError, OSError):
        task = initialise(connection.recv_bytes())
        while True:
            connection.send_bytes(run_task(task, connection.recv_bytes()))


def _end_with_parent() -> None:
    """End this process, however busy it is, once the parent process has ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _raise(error: Exception, _: object) -> None:
    raise error
