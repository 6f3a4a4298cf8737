"""What a worker does, wherever it is: it prepares itself, and answers in bytes, which also tell what it raised."""

import pickle
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any


def loaded(prepare: Callable[[], Any], answer: Callable[[Any, Any], Any]) -> bytes:
    """Return what `prepared` takes; pickled once for all workers."""
    return pickle.dumps((prepare, answer), pickle.HIGHEST_PROTOCOL)


def prepared(load: bytes) -> Callable[[Any], Any]:
    """Return what answers questions. If it cannot be prepared, every question is answered by raising why."""
    try:
        prepare, answer = pickle.loads(load)
        return partial(answer, prepare())
    except Exception as failure:
        return partial(_raise, failure)


def asked(question: object) -> bytes:
    """Return what `outcome` takes."""
    return pickle.dumps(question, pickle.HIGHEST_PROTOCOL)


def outcome(answer: Callable[[Any], Any], question: bytes) -> bytes:
    """Return the reply, or what was raised; what cannot be pickled becomes a RuntimeError of its text."""
    try:
        return pickle.dumps((answer(pickle.loads(question)), None), pickle.HIGHEST_PROTOCOL)
    except Exception as failure:
        text = f"In a worker of the crew:\n{traceback.format_exc()}"
        for raised in (failure, RuntimeError(f"{type(failure).__name__}: {failure}")):
            raised.add_note(text)
            try:
                pickled = pickle.dumps((None, raised))
                pickle.loads(pickled)
            except Exception:
                continue
            return pickled
        raise


def opened(outcome: bytes) -> Any:
    """Return the reply, or raise what the worker raised."""
    reply, failure = pickle.loads(outcome)
    if failure is not None:
        raise failure
    return reply


def _raise(failure: Exception, _: object) -> None:
    raise failure
