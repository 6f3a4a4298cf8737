"""Cycles: the rings that lines with a reactance form, around each of which Kirchhoff's voltage law holds.

In an alternating-current network the flow on a line is the difference of the voltage angles at its ends over its
reactance (the DC approximation: Stott, Jardim, Alsac 2009). Such angles exist exactly where the drops, reactance x flow,
cancel around every cycle of a basis, which takes fewer rows and no angle (Hörsch et al. 2018).
"""

from collections import deque
from collections.abc import Iterator, Mapping

from models.case import Line


def independent_cycles(lines: Mapping[str, Line]) -> dict[str, dict[str, float]]:
    """Return a basis of the cycles of lines with a reactance, each by the line that closes it over a breadth-first tree.

    A cycle maps its lines to their reactance over the least in the cycle, negative where it runs against the line;
    where the reactance itself is negative (the star equivalent of three windings), the other way round.
    """
    reactive = {line: row for line, row in sorted(lines.items()) if row.reactance_pu}
    drops = _drops(reactive)
    cycles = {}
    for closing, row in reactive.items():
        there, back = drops[row.from_zone], drops[row.to_zone]
        if closing not in there | back:
            cycle = {line: drop for line, drop in there.items() if line not in back}
            cycle |= {line: -drop for line, drop in back.items() if line not in there}
            cycle[closing] = row.reactance_pu
            least = min(map(abs, cycle.values()))
            cycles[closing] = {line: drop / least for line, drop in cycle.items()}
    return cycles


def _drops(reactive: Mapping[str, Line]) -> dict[str, dict[str, float]]:
    """Return the reactances that add up on the way to every zone from the first of its network, by line."""
    drops: dict[str, dict[str, float]] = {}
    for first in sorted(row.from_zone for row in reactive.values()):
        waiting = deque([first])
        drops.setdefault(first, {})
        while waiting:
            zone = waiting.popleft()
            for line, other, drop in _next(reactive, zone):
                if other not in drops:
                    drops[other] = {**drops[zone], line: drop}
                    waiting.append(other)
    return drops


def _next(reactive: Mapping[str, Line], zone: str) -> Iterator[tuple[str, str, float]]:
    """Give every line at a zone with its other end and its reactance, negative against the line."""
    for line, row in reactive.items():
        if row.from_zone == zone:
            yield line, row.to_zone, row.reactance_pu
        elif row.to_zone == zone:
            yield line, row.from_zone, -row.reactance_pu
