"""What solving a case takes, by the size of its programme; what the machine cannot hold is refused."""

import math
import os
from dataclasses import dataclass, replace

import numpy as np

from models.case import Array, Case
from optimizer.benders.dispatch import COLUMNS_WORTH_A_POOL
from optimizer.benders.full_year_dispatch import all_days
from optimizer.case.faults import CaseRefused, Fault
from optimizer.monitor.memory import free_memory_mb
from optimizer.program.extensive_form import build_extensive_form

MAX_NONZEROS = 2**31 - 1
"""Coefficients the solver can number."""
MAX_PAIRS_BUILT = 1_000_000
"""Pairs of site and demand within its latency, the one family that grows with the product of two tables: of more only
these are counted, for building them alone fills the memory."""
LEAST_SHARE, MOST_SHARE = 0.5, 2.0
"""Between these shares of an estimate memory and time are, by measure, of other cases and on a busy machine."""


@dataclass(frozen=True)
class Size:
    """A case's programme, and what solving it takes."""

    rows: int
    columns: int
    nonzeros: int
    memory_mb: float
    """Most memory of all processes together, the full-year dispatch included."""
    search_seconds: float
    """Wall time of building and search to a gap of half a percent, ..."""
    finish_seconds: float = 0.0
    """... of making the plan found as cheap as it can be, ..."""
    full_year_seconds: float = 0.0
    """... of the full-year dispatch, 0 where that is not asked for, ..."""
    write_seconds: float = 0.0
    """... of auditing and writing."""
    limit_seconds: float = math.inf
    """Most that the settings allow for all of it."""
    search_memory_mb: float = 0.0
    """Most memory before the full-year dispatch, which a plan can do without."""

    @property
    def seconds(self) -> float:
        """Return the wall time of all of it, or the limit of the settings if that is less."""
        total = self.search_seconds + self.finish_seconds + self.full_year_seconds + self.write_seconds
        return min(total, self.limit_seconds)

    def __str__(self) -> str:
        rough = self.rows if self.rows < 1000 else round(self.rows, 3 - len(str(self.rows)))
        least, most = (share * self.memory_mb / 1024 for share in (LEAST_SHARE, MOST_SHARE))
        longest = min(MOST_SHARE * self.seconds, self.limit_seconds)
        duration = duration_text(LEAST_SHARE * self.seconds, longest)
        return f"about {rough:,} rows, {least:,.1f} to {most:,.1f} GB, {duration}"


def duration_text(least: float, most: float) -> str:
    """Return a range of seconds in the unit in which people would say it."""
    units = ((120, 1, "seconds"), (7200, 60, "minutes"), (172_800, 3600, "hours"), (math.inf, 86_400, "days"))
    unit, name = next((unit, name) for end, unit, name in units if most <= end)
    low, high = max(1, round(least / unit)), max(1, math.ceil(most / unit))
    return f"{low:,} to {high:,} {name}" if low < high else f"about {high:,} {name}"


def estimate(case: Case) -> Size:
    """Return the size of a case's programme and what solving it takes.

    The investments and one day of each period are built and counted, and the day is multiplied: rows are exact, columns
    and coefficients within 1 % (`tests/runtime/test_estimate.py`). Memory and time are fitted to whole runs on two
    cores of a virtual x86-64 server, 24 GB, HiGHS 1.15.1, in whose time others had a part; memory is of all processes,
    but what they share:

    | case | coefficients | of every day | memory | search | finish | full year | write |
    |---|---|---|---|---|---|---|---|
    | tutorial | 7,797 | 7,797 | 225 MB | 6 s | 1 s | 1 s | 6 s |
    | europe, eight days | 1,931,881 | 82.7 million | 3,395 MB | 80 s | 17 s | 120 s | 10 s |
    | europe, every day | 82,676,804 | 82.7 million | 8,992 MB, of the process that solves | 668 s in all | | | |

    Other machines and other cases need between half and twice as much.
    """
    pairs = sum(
        case.round_trip_ms[site, region] <= case.workloads[workload].latency_ms
        for region, workload, _ in case.demand
        for site in case.sites
    )
    if pairs > MAX_PAIRS_BUILT:
        return _size(case, np.array([pairs, pairs, 4 * pairs]), np.zeros(3))
    form = build_extensive_form(replace(case, days=case.days[:1]))
    master = form.compiled.program.matrix
    investments = np.array([*master.shape, master.nnz])
    day = np.array([*form.shape, form.program.matrix.nnz]) - investments  # of every period
    return _size(case, investments + len(case.days) * day, day)


def _size(case: Case, total: Array, day: Array) -> Size:
    """Return what solving takes, for (rows, columns, coefficients) of the programme and of one day in all periods."""
    rows, columns, nonzeros = (int(each) for each in total)
    replay = case.settings.time.replay
    chosen, every = len(case.days) * day, len(all_days(case)) * day * replay
    millions, processes = nonzeros / 1e6, _processes(case, every[1])
    base_mb = 110 + 150 * millions**0.5  # the process that reads and writes, ...
    base_mb += 100 + 400 * millions**0.7  # ... the one that solves, and those that dispatch days
    search_mb = 270 * _processes(case, chosen[1]) + 24 * chosen[2] / 1e6
    year_mb = 270 * processes + 24 * every[2] / 1e6
    return Size(
        rows=rows,
        columns=columns,
        nonzeros=nonzeros,
        memory_mb=base_mb + max(search_mb, year_mb),
        search_seconds=5 + 55 * millions**0.6,
        finish_seconds=1 + 8 * millions**0.5,
        full_year_seconds=1 + 2.5 * every[2] / 1e6 / max(1, processes) if replay else 0.0,
        write_seconds=3 + 5 * millions**0.5,
        limit_seconds=case.settings.solve.time_limit_seconds,
        search_memory_mb=base_mb + search_mb,
    )


def _processes(case: Case, columns: float) -> int:
    """Return how many processes besides the solving one dispatch days of so many columns."""
    workers = case.settings.solve.workers or (1 if columns < COLUMNS_WORTH_A_POOL else os.cpu_count() or 1)
    return workers if workers > 1 else 0


def check_size(case: Case, size: Size | None = None) -> str:
    """Return a warning if a case may fill the memory, else nothing; raises CaseRefused if its search will not fit.

    If the full-year dispatch alone does not, the plan is written without it. With `solve.allow_large` a case that will
    not fit is warned about too, unless no solver could number it.
    """
    size, allowed_mb = size or estimate(case), 1024 * case.settings.solve.memory_gb
    free_mb = allowed_mb or free_memory_mb()
    needs = f"{size} are needed, {free_mb / 1024:,.1f} GB are {'allowed' if allowed_mb else 'free'}"
    if size.nonzeros > MAX_NONZEROS:
        raise _too_large(f"{size.nonzeros:,} coefficients, more than the solver can number ({needs})")
    if (size.search_memory_mb or size.memory_mb) > free_mb and not case.settings.solve.allow_large:
        raise _too_large(f"{needs} (solve.allow_large = true tries all the same)")
    fewer = "it may run out of memory, and with few solve.workers it needs less"
    return f"{needs}: {fewer}" if MOST_SHARE * size.memory_mb > free_mb else ""


def _too_large(reason: str) -> CaseRefused:
    advice = "ask for fewer representative days, fewer hours in a day, or leave out sites, regions or zones"
    return CaseRefused([Fault("model", f"too large for this machine: {reason}; {advice}")])
