"""The rules across tables and the warnings, for `inputs/README.md`: each by its own sentence."""

from collections.abc import Callable, Iterable

from optimizer.case.checks import RULES
from optimizer.case.plausibility import PLAUSIBILITY_CHECKS
from optimizer.report.markdown import section

_RULES = "What breaks one of these is a fault, and the case is refused:"
_WARNINGS = """\
What is believable but hardly meant stops no plan. Where there is no fault, `gigasite check` tells it with file, line
and column, at most two of a kind (`--json`: all), and ends with exit code 0; `gigasite solve` says how many there
are. `usual` and `median` in the tables above are the spans outside of which a number or a whole column is told:"""


def check_docs() -> str:
    """Return the sections that list them."""
    rules = section("## Rules across tables", _RULES, _list(RULES))
    return f"{rules}\n{section('## Warnings', _WARNINGS, _list(PLAUSIBILITY_CHECKS))}"


def _list(checks: Iterable[Callable[..., object]]) -> str:
    return "\n".join(f"- {' '.join((check.__doc__ or '').split())}" for check in checks)
