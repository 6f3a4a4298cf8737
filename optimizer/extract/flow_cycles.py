"""Takes out of the firm cover that lines carry whatever goes round in a circle, and so covers nothing."""

from collections.abc import Iterator
from itertools import pairwise

from models.plan import Plan

Ends = tuple[str, str]


def acyclic_firm_imports_mw(plan: Plan, period: str) -> dict[Ends, float]:
    """Return the firm cover carried from one zone to another, MW, without circles; the zones' balances stay."""
    carried: dict[Ends, float] = {}
    for row in plan.lines:
        if row.period == period:
            net_mw = row.cover_forward_mw - row.cover_backward_mw
            ends = (row.from_zone, row.to_zone) if net_mw > 0 else (row.to_zone, row.from_zone)
            back_mw = carried.pop((ends[1], ends[0]), 0.0)
            total_mw = carried.get(ends, 0.0) + abs(net_mw) - back_mw
            carried[ends if total_mw > 0 else (ends[1], ends[0])] = abs(total_mw)
    carried = dict(sorted((ends, power) for ends, power in carried.items() if power > 1e-6))
    while circle := _circle(carried):
        least_mw = min(carried[ends] for ends in circle)
        for ends in circle:
            carried[ends] -= least_mw
        carried = {ends: power for ends, power in carried.items() if power > 1e-6}
    return carried


def _circle(carried: dict[Ends, float]) -> list[Ends]:
    """Return the links of one circle, or nothing if there is none."""
    takers: dict[str, list[str]] = {}
    for giver, taker in carried:
        takers.setdefault(giver, []).append(taker)
    done: set[str] = set()
    for start in takers:
        path: list[str] = []
        branches: list[Iterator[str]] = [iter([start])]
        while branches:
            zone = next(branches[-1], None)
            if zone is None:
                branches.pop()
                if path:
                    done.add(path.pop())
            elif zone in path:
                ring = [*path[path.index(zone) :], zone]
                return list(pairwise(ring))
            elif zone not in done:
                path.append(zone)
                branches.append(iter(takers.get(zone, [])))
    return []
