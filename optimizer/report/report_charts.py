"""Charts of the report as inline SVG: coloured by classes of the stylesheet, each with what it shows in words."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from optimizer.report.markdown import cell
from optimizer.report.report_blocks import Chart, Table

WIDTH, HEIGHT = 370, 230
LEFT, RIGHT, TOP, BOTTOM = 50, 8, 20, 30
SERIES = 8
"""Colours that are told apart by readers who see colours differently; what is smaller goes together."""
OTHERS = "others"
CHARACTER = 6.2
"""Mean width of a character of the axes, in units of the drawing."""

Series = Mapping[str, Sequence[float]]


class Drawing:
    """An SVG with a vertical axis; units are those of a phone's screen."""

    def __init__(self, title: str, low: float, high: float, unit: str, height: int = HEIGHT) -> None:
        self.height = height
        self.svg = ET.Element(
            "svg",
            {
                "viewBox": f"0 0 {WIDTH} {height}",
                "role": "img",
                "aria-label": title,
                "class": "chart",
                "preserveAspectRatio": "xMidYMid meet",
            },
        )
        ticks = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]).tick_values(min(low, 0.0), max(high, 1e-9))
        self.low, self.high = float(ticks[0]), float(ticks[-1])
        for tick in map(float, ticks):
            self.line(LEFT, self.y(tick), WIDTH - RIGHT, self.y(tick), "axis" if abs(tick) < 1e-12 else "grid")
            self.text(LEFT - 5, self.y(tick) + 4, _axis_number(tick), "end")
        self.text(2, 11, unit, "start")

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return self.height - BOTTOM - (value - self.low) / (self.high - self.low) * (self.height - BOTTOM - TOP)

    def text(self, x: float, y: float, words: str, anchor: str, kind: str = "label") -> None:
        """Write words."""
        ET.SubElement(self.svg, "text", {"x": _n(x), "y": _n(y), "text-anchor": anchor, "class": kind}).text = words

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a line."""
        ET.SubElement(self.svg, "line", {"x1": _n(x1), "y1": _n(y1), "x2": _n(x2), "y2": _n(y2), "class": kind})

    def bar(self, x: float, width: float, low: float, high: float, kind: str, words: str) -> None:
        """Draw a bar between two values, which says its words where a pointer rests on it."""
        place = {"x": _n(x), "width": _n(width), "y": _n(self.y(high)), "height": _n(self.y(low) - self.y(high))}
        ET.SubElement(ET.SubElement(self.svg, "rect", {**place, "class": kind}), "title").text = words

    def area(self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], kind: str, words: str) -> None:
        """Draw the area between two series of values as steps, one from each place to the next."""
        steps = list(pairwise(xs))
        above = [(x, self.y(high)) for (start, end), high in zip(steps, highs, strict=True) for x in (start, end)]
        below = [(x, self.y(low)) for (start, end), low in zip(steps, lows, strict=True) for x in (start, end)]
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in [*above, *reversed(below)])
        ET.SubElement(ET.SubElement(self.svg, "polygon", {"points": points, "class": kind}), "title").text = words

    def markup(self) -> Markup:
        """Return the drawing; every text in it is escaped."""
        return Markup(ET.tostring(self.svg, encoding="unicode"))


def stacked_bars(
    caption: str, unit: str, categories: Sequence[str], series: Series, table: Table | None = None
) -> Chart:
    """Return bars side by side, each of parts that add up; parts below zero hang below it."""
    shown = merge_small(series)
    highest = max(
        (sum(max(0.0, each[place]) for each in shown.values()) for place in range(len(categories))), default=0
    )
    lowest = min((sum(min(0.0, each[place]) for each in shown.values()) for place in range(len(categories))), default=0)
    drawing = Drawing(f"{caption}, {unit}", lowest, highest, unit)
    step = (WIDTH - LEFT - RIGHT) / max(len(categories), 1)
    width = min(step * 0.66, 72)
    for place, category in enumerate(categories):
        x = LEFT + step * place + (step - width) / 2
        above = below = 0.0
        for number, (name, values) in enumerate(shown.items()):
            value = values[place]
            if not value:
                continue
            words = f"{name}, {category}: {cell(value)} {unit}"
            base = above if value > 0 else below
            drawing.bar(x, width, min(base, base + value), max(base, base + value), f"series-{number}", words)
            above, below = above + max(0.0, value), below + min(0.0, value)
        total = above + below
        drawing.text(x + width / 2, drawing.y(above) - 4, cell(total), "middle", "value")
    _categories(drawing, categories, step)
    words = "; ".join(
        f"{category}: {cell(sum(each[place] for each in series.values()))} {unit}"
        for place, category in enumerate(categories)
    )
    return Chart(caption, drawing.markup(), words, True, _legend(shown), table)


def profile(caption: str, unit: str, series: Series, *, words: str, table: Table | None = None) -> Chart:
    """Return what makes up each hour of a day (or each step of any length) as areas that add up, up to `SERIES`."""
    shown = series
    count = len(next(iter(series.values())))
    drawing = Drawing(f"{caption}, {unit}", 0.0, max(map(sum, zip(*shown.values(), strict=True)), default=0.0), unit)
    xs = [LEFT + (WIDTH - LEFT - RIGHT) * place / count for place in range(count + 1)]
    below = [0.0] * count
    for number, (name, values) in enumerate(shown.items()):
        above = [low + max(0.0, value) for low, value in zip(below, values, strict=True)]
        drawing.area(xs, below, above, f"series-{number}", f"{name}: {cell(min(values))} to {cell(max(values))} {unit}")
        below = above
    for place in range(0, count + 1, max(1, math.ceil(count / 8))):
        drawing.text(xs[place], HEIGHT - BOTTOM + 15, f"{place}", "middle")
    drawing.text(WIDTH - RIGHT, HEIGHT - 2, "hour of the day", "end")
    return Chart(caption, drawing.markup(), words, False, _legend(shown), table)


def shade_table(
    caption: str, rows: Sequence[str], columns: Sequence[str], shares: Sequence[Sequence[float | None]], words: str
) -> Chart:
    """Return shares of 0..1 as shades, a row per name and a column per place; None is left empty."""
    height = 17 * len(rows) + 40
    svg = ET.Element(
        "svg", {"viewBox": f"0 0 {WIDTH} {height}", "role": "img", "aria-label": caption, "class": "chart"}
    )
    step = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)
    for number, (name, values) in enumerate(zip(rows, shares, strict=True)):
        y = 4 + 17 * number
        label = {"x": _n(LEFT - 5), "y": _n(y + 12), "text-anchor": "end", "class": "label"}
        ET.SubElement(svg, "text", label).text = name
        for place, share in enumerate(values):
            if share is None:
                continue
            box = {"x": _n(LEFT + step * place), "y": _n(y), "width": _n(step), "height": "16"}
            shade = ET.SubElement(svg, "rect", {**box, "class": f"shade-{min(4, int(share * 5))}"})
            ET.SubElement(shade, "title").text = f"{name}, {columns[place]}: {share:.0%}"
    for place in range(0, len(columns), max(1, math.ceil(len(columns) / 8))):
        label = {"x": _n(LEFT + step * place), "y": _n(height - 20), "text-anchor": "start", "class": "label"}
        ET.SubElement(svg, "text", label).text = columns[place]
    legend = tuple((f"shade-{number}", f"{20 * number} to {20 * number + 20} %") for number in range(5))
    return Chart(caption, Markup(ET.tostring(svg, encoding="unicode")), words, False, legend)


def horizontal_bars(caption: str, unit: str, values: Mapping[str, float], words: str = "") -> Chart:
    """Return a bar per name from zero to the right or, below zero, to the left, its name above it."""
    height = 34 * len(values) + 8
    svg = ET.Element(
        "svg", {"viewBox": f"0 0 {WIDTH} {height}", "role": "img", "aria-label": f"{caption}, {unit}", "class": "chart"}
    )
    low, high = min([0.0, *values.values()]), max([0.0, *values.values()])
    room = WIDTH - 2 * 62
    scale = room / ((high - low) or 1.0)
    zero = 62 - low * scale
    for number, (name, value) in enumerate(values.items()):
        y = 34.0 * number
        end = zero + value * scale
        place = {"x": _n(min(zero, end)), "width": _n(abs(end - zero)), "y": _n(y + 17), "height": "13"}
        kind = "series-0" if value >= 0 else "series-1"
        ET.SubElement(
            ET.SubElement(svg, "rect", {**place, "class": kind}), "title"
        ).text = f"{name}: {cell(value)} {unit}"
        ET.SubElement(svg, "text", {"x": "2", "y": _n(y + 13), "class": "label"}).text = name
        outside = {"x": _n(end + (4 if value >= 0 else -4)), "y": _n(y + 28), "class": "value"}
        anchor = {"text-anchor": "start" if value >= 0 else "end"}
        ET.SubElement(svg, "text", {**outside, **anchor}).text = cell(value)
    ET.SubElement(svg, "line", {"x1": _n(zero), "x2": _n(zero), "y1": "14", "y2": _n(height), "class": "axis"})
    said = words or "; ".join(f"{name}: {cell(value)} {unit}" for name, value in values.items())
    return Chart(f"{caption}, {unit}", Markup(ET.tostring(svg, encoding="unicode")), said, True)


def series_table(caption: str, first: str, categories: Sequence[str], series: Series, unit: str, source: str) -> Table:
    """Return the figures behind a chart as a table that the reader opens, a row per category."""
    columns = {first: "", **{f"{name}, {unit}": source for name in series}}
    rows = [[category, *(each[place] for each in series.values())] for place, category in enumerate(categories)]
    return Table(caption, columns, rows, folded=True)


def merge_small(series: Series) -> dict[str, list[float]]:
    """Return the largest series in their order, and all that are smaller as one; those of zeros are left out."""
    sizes = {name: sum(map(abs, values)) for name, values in series.items()}
    present = [name for name in series if sizes[name] > 0] or [*series][:1]
    if len(present) <= SERIES:
        return {name: [*series[name]] for name in present}
    kept = sorted(present, key=lambda name: -sizes[name])[: SERIES - 1]
    rest = [series[name] for name in present if name not in kept]
    return {name: [*series[name]] for name in present if name in kept} | {
        OTHERS: [sum(values) for values in zip(*rest, strict=True)]
    }


def _legend(series: Series) -> tuple[tuple[str, str], ...]:
    """Return what the colours stand for; one alone needs no explanation."""
    return tuple((f"series-{number}", name) for number, name in enumerate(series)) if len(series) > 1 else ()


def _categories(drawing: Drawing, categories: Sequence[str], step: float) -> None:
    """Write the names below the bars, as many as there is room for."""
    every = max(1, math.ceil(max(map(len, categories), default=0) * CHARACTER / step))
    for place in range(0, len(categories), every):
        drawing.text(LEFT + step * (place + 0.5), drawing.height - BOTTOM + 16, categories[place], "middle")


def _axis_number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3g}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
