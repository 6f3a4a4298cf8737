"""What solving a case will take, told before anything is built; what the machine cannot hold is refused."""

from dataclasses import dataclass

from models.case import Case
from models.days import day_layout
from optimizer.case.faults import CaseRefused, Fault
from optimizer.memory import free_memory_mb
from optimizer.solve.count import count_days
from optimizer.solve.count_investments import count_investments
from optimizer.solve.index import index_of

TIGHT_SHARE = 0.7
"""Share of the free memory from which a case is warned about."""
MOST_NONZEROS = 2**31 - 1
"""Coefficients the solver can number."""

_BASE_MB, _MB_PER_MILLION, _MEMORY_POWER = 160.0, 900.0, 0.5
_SECONDS_PER_MILLION, _SECONDS_POWER = 67.0, 0.52
_DURATIONS = (
    (20, "seconds"), (100, "about a minute"), (1500, "some minutes"), (5400, "about an hour"), (86_400, "some hours"),
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """A case's programme, and what solving it takes."""

    rows: int
    columns: int
    nonzeros: int
    memory_mb: float
    """Most memory of the process that solves."""
    seconds: float
    """Wall time to a gap of half a percent, or the scenario's limit if that is less."""

    def __str__(self) -> str:
        rough = self.rows if self.rows < 1000 else round(self.rows, 3 - len(str(self.rows)))
        duration = next((words for most, words in _DURATIONS if self.seconds < most), "days")
        return f"about {rough:,} rows, {self.memory_mb / 1024:,.1f} GB, {duration}"


def estimate(case: Case) -> Size:
    """Return the size of a case's programme and what solving it takes, without building it.

    Rows, columns and coefficients are counted (`tests/optimizer/test_estimate.py` holds them to 5 % of the programme
    built). Memory and time are fitted to whole runs on two cores of a virtual x86-64 server, 24 GB, HiGHS 1.15.1:

    | case | coefficients | memory | time |
    |---|---|---|---|
    | tutorial | 7,797 | 170 MB | 2 s |
    | europe, eight days | 1,931,881 | 1,053 MB | 99 s with the replay of the year |
    | europe, every day | 82,676,804 | 8,992 MB | 668 s |

    Other machines and other cases may need half or twice as much.
    """
    index, layout = index_of(case), day_layout(case)
    total = count_investments(case, index)
    for period in case.periods:
        total += count_days(case, layout, index, period)
    millions = total.nonzeros / 1e6
    seconds = _SECONDS_PER_MILLION * millions**_SECONDS_POWER
    return Size(
        rows=total.rows,
        columns=total.columns,
        nonzeros=total.nonzeros,
        memory_mb=_BASE_MB + _MB_PER_MILLION * millions**_MEMORY_POWER,
        seconds=min(seconds, case.scenario.solve.time_limit_seconds),
    )


def check_size(case: Case) -> str:
    """Return a warning if a case will nearly fill the memory, else nothing; raises CaseRefused if it will not fit.

    With `solve.allow_large` a case that will not fit is warned about too, unless no solver could number it.
    """
    size, allowed_mb = estimate(case), 1024 * case.scenario.solve.memory_gb
    free_mb = allowed_mb or free_memory_mb()
    needs = f"{size} are needed, {free_mb / 1024:,.1f} GB are {'allowed' if allowed_mb else 'free'}"
    if size.nonzeros > MOST_NONZEROS:
        raise _too_large(f"{size.nonzeros:,} coefficients, more than the solver can number ({needs})")
    if size.memory_mb > free_mb and not case.scenario.solve.allow_large:
        raise _too_large(f"{needs} (solve.allow_large = true tries all the same)")
    return f"{needs}: it may run out of memory" if size.memory_mb > TIGHT_SHARE * free_mb else ""


def _too_large(reason: str) -> CaseRefused:
    advice = "ask for fewer representative days, fewer hours in a day, or leave out sites, regions or zones"
    return CaseRefused([Fault("model", None, None, None, f"too large for this machine: {reason}; {advice}")])
