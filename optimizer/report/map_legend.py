"""Draws the legend of the map: what sizes, colours, marks and shades mean, and the plan period by period."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap

from models.plan import Plan
from optimizer.report.key_figures import chosen_sites
from optimizer.report.map_labels import INK
from optimizer.report.period_figures import period_figures

GREY = "#5c6670"


class Legend:
    """A column of explanations written from the top down; units are pixels."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        frame = axes.get_window_extent()
        axes.set(xlim=(0, frame.width), ylim=(0, frame.height))
        axes.set_axis_off()
        self.width, self.level = frame.width, frame.height

    def heading(self, text: str) -> None:
        """Write a heading."""
        self.level -= 34
        self.axes.text(0, self.level, text, fontsize=9.5, fontweight="bold", color=INK, va="center")
        self.level -= 26

    def entry(self, text: str, *, line: bool = False, **mark: Any) -> None:
        """Write one line with its mark (a scatter's style; `s` is its area in square points) or an arrow."""
        half = max(13.5, 3 + math.sqrt(mark.get("s", 0) / math.pi) * self.axes.figure.dpi / 72)
        self.level -= half - 13.5
        if line:
            self.axes.annotate(
                "", (62, self.level), (18, self.level), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.2}
            )
        else:
            self.axes.scatter([40], [self.level], clip_on=False, **mark)
        self.axes.text(86, self.level, text, fontsize=8.5, color=INK, va="center", parse_math=False)
        self.level -= half + 13.5

    def shades(self, colours: Colormap, low: str, high: str) -> None:
        """Draw a bar of shades between two words."""
        ramp = np.linspace(0, 1, 128)[None, :]
        self.axes.imshow(ramp, cmap=colours, extent=(4, 200, self.level - 9, self.level + 9), aspect="auto")
        self.axes.text(4, self.level - 24, low, fontsize=8, color=GREY, va="center")
        self.axes.text(200, self.level - 24, high, fontsize=8, color=GREY, va="center", ha="right")
        frame = self.axes.get_window_extent()
        self.axes.set(xlim=(0, frame.width), ylim=(0, frame.height))
        self.level -= 46

    def table(self, rows: Sequence[tuple[str, ...]], ends: tuple[float, ...]) -> None:
        """Write a table whose first column begins at the left and whose others end at shares of the width."""
        for number, cells in enumerate(rows):
            style: dict[str, Any] = {
                "fontsize": 8,
                "color": INK if number else GREY,
                "va": "center",
                "parse_math": False,
            }
            for column, (cell, end) in enumerate(zip(cells, (0.0, *ends), strict=True)):
                self.axes.text(end * self.width, self.level, cell, ha="right" if column else "left", **style)
            self.level -= 22


def draw_legend(
    axes: Axes, plan: Plan, colours: Mapping[str, str], area: float, shades: Colormap | None, *, cover: bool
) -> None:
    """Explain the map: `area` is square points per MW, `colours` the technologies shown, `shades` of the zones."""
    key = Legend(axes)
    rows = chosen_sites(plan)
    if rows:
        key.heading("Chosen: area is MW of servers")
        largest = max(row.servers_mw for row in rows)
        for size in _round_sizes(largest):
            key.entry(f"{size:,.0f} MW", s=area * size, color="#9aa4ad", edgecolor="white")
        key.heading("Its zone's main firm cover")
        for technology, colour in colours.items():
            key.entry(technology, s=90, color=colour, edgecolor="white")
    key.heading("Other marks")
    key.entry("committed site", s=34, marker="D", facecolor="none", edgecolor=INK, linewidth=1.0)
    key.entry("candidate, not chosen", s=11, color="#868e96")
    if cover:
        key.entry("firm cover carried", line=True)
    if shades is not None:
        key.heading("Low-carbon share of output")
        key.shades(shades, "0 %", "100 %")
    key.heading("Period by period")
    totals = [("", "sites", "MW", "kH100e")]
    for each in period_figures(plan):
        figures = f"{each.sites}", f"{each.servers_mw:,.0f}", f"{each.served_kh100e:,.0f}"
        totals.append((textwrap.shorten(each.period, 14), *figures))
    key.table(totals, (0.52, 0.74, 0.99))


def _round_sizes(largest: float) -> list[float]:
    """Return up to three round sizes at most the largest: 1, 2 or 5 times a power of ten."""
    steps = [factor * 10.0**power for power in range(7) for factor in (1, 2, 5)]
    fitting = [step for step in steps if step <= largest]
    return [fitting[index] for index in (-4, -2, -1)] if len(fitting) > 3 else fitting or [largest]
