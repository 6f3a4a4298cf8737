"""Warnings: what a case may hold but hardly means; every function of `tables` and `case` is one. None stops a plan."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from models.case import SHORT_TABLES, Case
from optimizer.case import (
    plausibility_dates,
    plausibility_hourly,
    plausibility_power,
    plausibility_rows,
    plausibility_units,
    plausibility_weather,
)
from optimizer.case.faults import Fault, rules_in
from optimizer.case.table import Table

SHOWN, LOCATIONS_SHOWN = 2, 8
"""Warnings of one kind about one column that are listed, and places listed of the others, which are counted."""

FILES = (
    *(plausibility_units, plausibility_dates, plausibility_rows),
    *(plausibility_power, plausibility_hourly, plausibility_weather),
)
PLAUSIBILITY_CHECKS = tuple(check for file in FILES for check in rules_in(vars(file), "tables", "case"))
"""Every rule takes the tables as read and the case made of them, and yields what it finds hardly meant."""


def plausibility_warnings(tables: Mapping[str, Table], case: Case, names: Mapping[str, str]) -> tuple[Fault, ...]:
    """Return every warning about a sound case; `names` says how its hourly tables are called."""
    found = [fault for check in PLAUSIBILITY_CHECKS for fault in check(tables, case)]
    return tuple(replace(fault, file=names.get(fault.file, fault.file)) for fault in found)


def warning_lines(faults: Iterable[Fault]) -> Iterator[str]:
    """Yield warnings as lines: the first few about one column of a table or one hourly file, then how many more.

    Those about rows in short come first: they are the user's own.
    """
    groups: dict[tuple[str, str | None, str], list[Fault]] = {}
    for fault in faults:
        kind = re.sub(r"[\d.,]+|\b[A-Z][\w+-]*", "", fault.rule)[:24]
        groups.setdefault((fault.file, fault.column if fault.line else None, kind), []).append(fault)
    for listed in sorted(groups.values(), key=lambda listed: Path(listed[0].file).stem not in SHORT_TABLES):
        yield from map(str, listed[:SHOWN])
        if more := listed[SHOWN:]:
            locations = list(dict.fromkeys(f"line {each.line}" if each.line else str(each.column) for each in more))
            where = ", ".join(locations[:LOCATIONS_SHOWN]) + ", ..." * (len(locations) > LOCATIONS_SHOWN)
            yield f"{more[0].file}: and {len(more):,} more like it ({where})"
