"""What an operator says of a node of its grid, and what is wrong with a file that says it otherwise than agreed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path


class FormatError(ValueError):
    """A file that is not in the operator's format; `str` names file, line, column, value and rule."""

    def __init__(self, path: Path, line: int, column: str, value: str, rule: str) -> None:
        """Take the place (line from 1), what stands there and the rule that it breaks."""
        super().__init__(f"{path.name}, line {line}, column {column!r}: {value!r}: {rule}")


@dataclass(frozen=True)
class NodeHeadroom:
    """Free capacity for new load at a node, or at every node of an area."""

    node: str
    """The operator's own name of it, as a mapping table gives it; one row per node."""
    name: str
    """Name of the station or area."""
    kv: float | None
    """Voltage of the busbar; None for an area."""
    region: str
    """Part of the country."""
    free_mw: float | None
    """What can be granted to new load by order of request; None where the operator gives no figure."""
    tender: bool
    """Whether what is free is kept for a tender."""
    from_year: int
    """Year from which it is free."""
    note: str
    """The operator's reason, in its own words; empty if none."""
    as_of: date
    """Day of the file."""
    latitude: float | None = None
    """Degrees north, where the operator gives them."""
    longitude: float | None = None
    """Degrees east, where the operator gives them."""


@dataclass(frozen=True)
class Operator:
    """An operator whose files can be read."""

    label: str
    """Its name, with which the `source` of its rows begins."""
    country: str
    """Country of its grid."""
    read: Callable[[Path], list[NodeHeadroom]]
    """Reads a file; raises FormatError."""


def unique(path: Path, nodes: list[tuple[int, NodeHeadroom]], column: str) -> list[NodeHeadroom]:
    """Return the nodes of (line, node) pairs; raise FormatError if there are none or a node comes twice."""
    if not nodes:
        raise FormatError(path, 1, column, "", "no node in the file")
    seen: dict[str, int] = {}
    for line, one in nodes:
        if one.node in seen:
            raise FormatError(path, line, column, one.node, f"the node stands in line {seen[one.node]} too")
        seen[one.node] = line
    return [one for _, one in nodes]
