"""Places the labels of a map where they cover neither each other nor the marks."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox, IdentityTransform

from models.case import Array

INK = "#1d2733"
HALO = (withStroke(linewidth=2.6, foreground="white", alpha=0.9),)
LABELS_MAX = 30
DISTANCES = (1, 8, 18, 30, 45, 62, 82, 105, 130)
"""From a mark to its label, pixels."""
DIRECTIONS = [math.pi * step / 8 for step in (0, 8, 4, 12, 1, 15, 7, 9, 2, 14, 6, 10, 3, 13, 5, 11)]
"""From a mark to its label, those liked best first; radians."""
DOT_COST = 9
"""How many pixels farther a label rather lies than to cover a dot."""


@dataclass(frozen=True)
class Mark:
    """A mark with a label: its centre and radius in pixels."""

    x: float
    y: float
    radius: float
    label: str


def place_labels(axes: Axes, marks: Sequence[Mark], dots: Array) -> None:
    """Label the first marks one by one, each at the nearest free place, joined by a thin line; without one, not at all.

    `dots` are points (pixels, shape (dots, 2)) that a label should rather not cover.
    """
    frame = axes.get_window_extent().padded(-4)
    taken = [_box(mark.x, mark.y, 2 * mark.radius, 2 * mark.radius) for mark in marks]
    for mark in marks[:LABELS_MAX]:
        label = axes.text(
            0, 0, mark.label, transform=None, fontsize=8.2, color=INK, ha="center", va="center", linespacing=1.05,
            path_effects=HALO, zorder=9, parse_math=False, fontweight="bold",
        )  # fmt: skip
        extent = label.get_window_extent().padded(3, 2)
        free = [
            (distance + DOT_COST * box.count_contains(dots), box)
            for distance, box in _places(mark, extent.width, extent.height)
            if frame.contains(*box.min) and frame.contains(*box.max) and not box.count_overlaps(taken)
        ]
        if not free:
            label.remove()
            continue
        box = min(free, key=itemgetter(0))[1]
        taken.append(box)
        label.set_position(((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
        _draw_line(axes, mark, box, label.get_position())


def _draw_line(axes: Axes, mark: Mark, box: Bbox, centre: tuple[float, float]) -> None:
    """Draw a line from the edge of a label's box, given with its centre, to the edge of its mark."""
    style: dict[str, Any] = {"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkA": 0}
    style |= {"shrinkB": mark.radius * 72 / axes.figure.dpi}  # points
    style |= {"patchA": Rectangle(box.min, box.width, box.height, transform=IdentityTransform())}
    axes.annotate("", (mark.x, mark.y), centre, "figure pixels", arrowprops=style, zorder=8)


def _places(mark: Mark, width: float, height: float) -> Iterator[tuple[float, Bbox]]:
    """Yield places for a label around a mark with their distance from it in pixels, the nearest first."""
    for distance, angle in product(DISTANCES, DIRECTIONS):
        x = mark.x + math.cos(angle) * (mark.radius + distance + width / 2)
        y = mark.y + math.sin(angle) * (mark.radius + distance + height / 2)
        yield distance, _box(x, y, width, height)


def _box(x: float, y: float, width: float, height: float) -> Bbox:
    return Bbox.from_bounds(x - width / 2, y - height / 2, width, height)
