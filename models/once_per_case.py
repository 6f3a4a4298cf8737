"""What follows from a case is worked out once: a case never changes, and much of it is asked for again and again."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from models.case import Case

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def once_per_case(work: Callable[Concatenate[Case, Asked], Answer]) -> Callable[Concatenate[Case, Asked], Answer]:
    """Return a function of a case that keeps its answers as long as the case is there; nobody may change them.

    Other arguments are to be hashable.
    """
    known: dict[int, dict[Any, Answer]] = {}

    @wraps(work)
    def asked(case: Case, /, *args: Asked.args, **named: Asked.kwargs) -> Answer:
        answers = known.get(id(case))
        if answers is None:
            answers = known[id(case)] = {}
            weakref.finalize(case, known.pop, id(case), None).atexit = False
        key = (args, *named.items())
        if key not in answers:
            answers[key] = work(case, *args, **named)
        return answers[key]

    return asked
