"""What failed of a run once it had a plan: it is reported, and the rest of the run goes on."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """A part of a run that failed after a plan was found."""

    part: str
    """What was to be done, for people."""
    reason: str
    """Why it was not, on one line."""
    trace: str = ""
    """Where in the program, for its developers; empty where that is no help."""

    def __str__(self) -> str:
        return f"{self.part} failed: {self.reason}"


@contextmanager
def continue_after_failure(
    part: str, report: Callable[[Failure], object], *reraised: type[Exception]
) -> Iterator[None]:
    """Report whatever fails in the block as a failure of a part, and go on after the block; some kinds are raised."""
    try:
        yield
    except reraised:
        raise
    except Exception as error:
        report(Failure(part, reason_of(error), traceback.format_exc()))


def reason_of(error: BaseException) -> str:
    """Return kind and text of an error on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
