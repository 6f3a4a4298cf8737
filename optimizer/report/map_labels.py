"""Places the labels of a map so that they cover neither each other nor the marks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from models.case import Array

INK = "#1d2733"
HALO = (withStroke(linewidth=2.6, foreground="white", alpha=0.9),)


@dataclass(frozen=True)
class Mark:
    """A mark with a label: its centre and radius in pixels."""

    x: float
    y: float
    radius: float
    label: str


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, by its centre and half its sides."""

    x: float
    y: float
    half_width: float
    half_height: float

    def overlap(self, other: "Box") -> float:
        """Return the area shared with another rectangle, square pixels."""
        width = min(self.x + self.half_width, other.x + other.half_width) - max(
            self.x - self.half_width, other.x - other.half_width
        )
        height = min(self.y + self.half_height, other.y + other.half_height) - max(
            self.y - self.half_height, other.y - other.half_height
        )
        return width * height if width > 0 and height > 0 else 0.0


def place_labels(axes: Axes, marks: Sequence[Mark], dots: Array, size: float = 8.2) -> None:
    """Label the marks one by one, each at the nearest free place; a thin line joins a label to a distant mark.

    `dots` are points (pixels, shape (dots, 2)) that a label should rather not cover. Greedy: the first marks get the
    best places.
    """
    frame = axes.get_window_extent()
    whole = Box((frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2, frame.width / 2 - 4, frame.height / 2 - 4)
    taken = [Box(mark.x, mark.y, mark.radius, mark.radius) for mark in marks]
    for mark in marks:
        text = axes.text(
            0, 0, mark.label, transform=None, fontsize=size, color=INK, ha="center", va="center", linespacing=1.05,
            path_effects=HALO, zorder=9, parse_math=False, fontweight="bold",
        )  # fmt: skip
        extent = text.get_window_extent()
        choices = [
            (cost(box, taken, whole, dots) + distance, distance, box)
            for distance, box in _places(mark, extent.width / 2 + 3, extent.height / 2 + 2)
        ]
        _, distance, box = min(choices, key=lambda choice: choice[:2])
        taken.append(box)
        text.set_position((box.x, box.y))
        if distance > 16:
            _join(axes, mark, box)


def cost(box: Box, taken: Sequence[Box], whole: Box, dots: Array) -> float:
    """Return how bad a place is: covering labels or marks or leaving the map is worst, covering dots is undesirable."""
    inside = box.overlap(whole) > 0.999 * 4 * box.half_width * box.half_height
    inner = np.abs(dots - (box.x, box.y)) < (box.half_width, box.half_height)
    covered = int(np.count_nonzero(inner[:, 0] & inner[:, 1]))
    return sum(box.overlap(other) for other in taken) * 10 + (0 if inside else 1e5) + 9 * covered


def _places(mark: Mark, half_width: float, half_height: float) -> list[tuple[float, Box]]:
    """Return places around a mark with their distance from it in pixels, the side ones first."""
    return [
        (
            distance,
            Box(
                mark.x + math.cos(angle) * (mark.radius + distance + half_width),
                mark.y + math.sin(angle) * (mark.radius + distance + half_height),
                half_width,
                half_height,
            ),
        )
        for distance in (1, 8, 18, 30, 45, 62, 82, 105, 130)
        for angle in (math.pi * step / 8 for step in (0, 8, 4, 12, 1, 15, 7, 9, 2, 14, 6, 10, 3, 13, 5, 11))
    ]


def _join(axes: Axes, mark: Mark, box: Box) -> None:
    """Draw a line from the edge of a mark to the nearest edge of its label."""
    end_x = min(max(mark.x, box.x - box.half_width), box.x + box.half_width)
    end_y = min(max(mark.y, box.y - box.half_height), box.y + box.half_height)
    length = math.hypot(end_x - mark.x, end_y - mark.y) or 1.0
    start = mark.x + (end_x - mark.x) * mark.radius / length, mark.y + (end_y - mark.y) * mark.radius / length
    axes.plot([start[0], end_x], [start[1], end_y], transform=None, color=INK, linewidth=0.6, zorder=8)
