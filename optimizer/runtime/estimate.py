"""What solving a case will take, told before anything is built; what the machine cannot hold is refused."""

import math
import os
from dataclasses import dataclass, replace

from models.case import Case
from models.day_parameters import DayLayout, day_layout
from optimizer.benders.dispatch import COLUMNS_WORTH_A_POOL
from optimizer.benders.full_year_dispatch import all_days
from optimizer.case.faults import CaseRefused, Fault
from optimizer.monitor.memory import free_memory_mb
from optimizer.runtime.count import Count, count_days
from optimizer.runtime.count_investments import count_investments
from optimizer.runtime.index import Index, index_of

MOST_NONZEROS = 2**31 - 1
"""Coefficients the solver can number."""
LEAST_SHARE, MOST_SHARE = 0.5, 2.0
"""Between these shares of an estimate memory and time are, by measure, of other cases and on a busy machine."""


@dataclass(frozen=True)
class Size:
    """A case's programme, and what solving it takes."""

    rows: int
    columns: int
    nonzeros: int
    memory_mb: float
    """Most memory of all processes together, the dispatch of the whole year included."""
    search_seconds: float
    """Wall time of building and search to a gap of half a percent, ..."""
    finish_seconds: float = 0.0
    """... of making the plan found as cheap as it can be, ..."""
    year_seconds: float = 0.0
    """... of dispatching the whole year, 0 where that is not asked for, ..."""
    write_seconds: float = 0.0
    """... of auditing and writing."""
    limit_seconds: float = math.inf
    """Most that the scenario allows for all of it."""
    search_memory_mb: float = 0.0
    """Most memory before the whole year, which a plan can do without."""

    @property
    def seconds(self) -> float:
        """Return the wall time of all of it, or the scenario's limit if that is less."""
        whole = self.search_seconds + self.finish_seconds + self.year_seconds + self.write_seconds
        return min(whole, self.limit_seconds)

    def __str__(self) -> str:
        rough = self.rows if self.rows < 1000 else round(self.rows, 3 - len(str(self.rows)))
        least, most = (share * self.memory_mb / 1024 for share in (LEAST_SHARE, MOST_SHARE))
        longest = min(MOST_SHARE * self.seconds, self.limit_seconds)
        duration = duration_text(LEAST_SHARE * self.seconds, longest)
        return f"about {rough:,} rows, {least:,.1f} to {most:,.1f} GB, {duration}"


def duration_text(least: float, most: float) -> str:
    """Return a range of seconds in the unit in which people would tell it."""
    units = ((120, 1, "seconds"), (7200, 60, "minutes"), (172_800, 3600, "hours"), (math.inf, 86_400, "days"))
    unit, name = next((unit, name) for end, unit, name in units if most <= end)
    low, high = max(1, round(least / unit)), max(1, math.ceil(most / unit))
    return f"{low:,} to {high:,} {name}" if low < high else f"about {high:,} {name}"


def estimate(case: Case) -> Size:
    """Return the size of a case's programme and what solving it takes, without building it.

    Rows, columns and coefficients are counted (`tests/runtime/test_estimate.py` holds them to 5 % of the programme
    built). Memory and time are fitted to whole runs on two cores of a virtual x86-64 server, 24 GB, HiGHS 1.15.1, in
    whose time others had a part; memory is of all processes, but what they share:

    | case | coefficients | of every day | memory | search | finish | whole year | write |
    |---|---|---|---|---|---|---|---|
    | tutorial | 7,797 | 7,797 | 225 MB | 6 s | 1 s | 1 s | 6 s |
    | europe, eight days | 1,931,881 | 82.7 million | 3,395 MB | 80 s | 17 s | 120 s | 10 s |
    | europe, every day | 82,676,804 | 82.7 million | 8,992 MB, of the process that solves | 668 s in all | | | |

    Other machines and other cases need between half and twice as much.
    """
    index, layout = index_of(case), day_layout(case)
    days = _days(case, layout, index)
    total = count_investments(case, index) + days
    replay = case.settings.time.replay
    record = _days(replace(case, days=all_days(case)), layout, index) if replay else Count()
    millions, every = total.nonzeros / 1e6, record.nonzeros / 1e6
    alone_mb = 110 + 150 * millions**0.5  # the process that asks and writes, ...
    alone_mb += 100 + 400 * millions**0.7  # ... the one that solves, and those that dispatch days
    search_mb, year_mb = (270 * _processes(case, each) + 24 * each.nonzeros / 1e6 for each in (days, record))
    return Size(
        rows=total.rows,
        columns=total.columns,
        nonzeros=total.nonzeros,
        memory_mb=alone_mb + max(search_mb, year_mb),
        search_seconds=5 + 55 * millions**0.6,
        finish_seconds=1 + 8 * millions**0.5,
        year_seconds=1 + 2.5 * every / max(1, _processes(case, record)) if replay else 0.0,
        write_seconds=3 + 5 * millions**0.5,
        limit_seconds=case.settings.solve.time_limit_seconds,
        search_memory_mb=alone_mb + search_mb,
    )


def _days(case: Case, layout: DayLayout, index: Index) -> Count:
    """Return the size of all days of all periods."""
    total = Count()
    for period in case.periods:
        total += count_days(case, layout, index, period)
    return total


def _processes(case: Case, days: Count) -> int:
    """Return how many processes besides the solving one dispatch the days."""
    workers = case.settings.solve.workers or (1 if days.columns < COLUMNS_WORTH_A_POOL else os.cpu_count() or 1)
    return workers if workers > 1 else 0


def check_size(case: Case, size: Size | None = None) -> str:
    """Return a warning if a case may fill the memory, else nothing; raises CaseRefused if its search will not fit.

    If the whole year alone does not, the plan is written without it. With `solve.allow_large` a case that will not fit
    is warned about too, unless no solver could number it.
    """
    size, allowed_mb = size or estimate(case), 1024 * case.settings.solve.memory_gb
    free_mb = allowed_mb or free_memory_mb()
    needs = f"{size} are needed, {free_mb / 1024:,.1f} GB are {'allowed' if allowed_mb else 'free'}"
    if size.nonzeros > MOST_NONZEROS:
        raise _too_large(f"{size.nonzeros:,} coefficients, more than the solver can number ({needs})")
    if (size.search_memory_mb or size.memory_mb) > free_mb and not case.settings.solve.allow_large:
        raise _too_large(f"{needs} (solve.allow_large = true tries all the same)")
    fewer = "it may run out of memory, and with few solve.workers it needs less"
    return f"{needs}: {fewer}" if MOST_SHARE * size.memory_mb > free_mb else ""


def _too_large(reason: str) -> CaseRefused:
    advice = "ask for fewer representative days, fewer hours in a day, or leave out sites, regions or zones"
    return CaseRefused([Fault("model", None, None, None, f"too large for this machine: {reason}; {advice}")])
