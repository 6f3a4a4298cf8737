"""The rules across tables and the warnings, for `inputs/README.md`: each by its own sentence."""

from collections.abc import Callable, Iterator

from optimizer.case.checks import RULES
from optimizer.case.plausibility import PLAUSIBILITY_CHECKS

_WARNINGS = """\
What is believable but hardly meant stops no plan. Where there is no fault, `gigasite check` tells it with file, line
and column, at most two of a kind (`--json`: all), and ends with exit code 0; `gigasite solve` says how many there
are. `usual` and `median` in the tables above are the spans outside of which a number or a whole column is told:"""


def check_docs() -> Iterator[str]:
    """Yield the lines that list them."""
    yield "## Rules across tables"
    yield ""
    yield "What breaks one of these is a fault, and the case is refused:"
    yield ""
    yield from (f"- {_sentence(rule)}" for rule in RULES)
    yield ""
    yield "## Warnings"
    yield ""
    yield _WARNINGS
    yield ""
    yield from (f"- {_sentence(check)}" for check in PLAUSIBILITY_CHECKS)
    yield ""


def _sentence(rule: Callable[..., object]) -> str:
    return " ".join((rule.__doc__ or "").split())
