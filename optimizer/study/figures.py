"""Pictures of a study, PNG and SVG, the same bytes for the same data; each beside a table of what it shows.

Colours are those of Okabe and Ito (*Color Universal Design*, 2008); what a colour tells, a shape or a word tells too.
"""

import hashlib
import textwrap
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from models.settings import OBJECTIVES
from optimizer.report.map_labels import HALO, INK, Mark, place_labels
from optimizer.report.map_legend import GREY
from optimizer.study.results import write_table

BLUE, ORANGE, GREEN, BAND = "#0072b2", "#d55e00", "#009e73", "#d5dade"
WIDTH, ROW = 9.0, 0.3
"""Inches: of a picture, and of one of its rows."""
SITES_MAX = 40
LEADING = {"move": ("move",), "mu_star": ("mu_star",), "ST": ("ST", "S1"), "SRRC": ("SRRC",)}
"""The statistic that orders the factors -> those drawn."""
AXES = {
    "move": "change from the base run",
    "mu_star": "mean absolute elementary effect (mu*) over the factor's range",
    "ST": "share of the variance",
    "SRRC": "standardised rank regression coefficient",
}


def write_picture(
    folder: Path, name: str, table: pd.DataFrame, draw: Callable[[Figure, pd.DataFrame], None], height: float
) -> None:
    """Write a table (CSV, parquet) and its picture (PNG, SVG), which names the table's SHA-256."""
    write_table(table, folder, name)
    described = described_by(folder / f"{name}.csv")
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": "gigasite", "svg.fonttype": "none", "font.size": 9})
        matplotlib.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "text.parse_math": False})
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # a letter the font lacks is drawn as a box
        layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.06)
        figure = Figure(figsize=(WIDTH, height), dpi=150, facecolor="white", layout=layout)
        FigureCanvasAgg(figure)
        draw(figure, table)
        figure.savefig(folder / f"{name}.png", dpi="figure", metadata={"Software": None, "Description": described})
        figure.savefig(
            folder / f"{name}.svg", metadata={"Date": None, "Creator": None, "Format": None, "Description": described}
        )


def described_by(path: Path) -> str:
    """Return what a picture says of the table that it shows."""
    return f"data: {path.name}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}"


def short(text: object, width: int = 44) -> str:
    """Return a name as far as there is room for it, its end rather than its beginning."""
    words = str(text)
    return words if len(words) <= width else f"…{words[1 - width :]}"


def panels_of(table: pd.DataFrame, measures: Sequence[str]) -> list[pd.DataFrame]:
    """Return the drawn rows of each measure and period, the strongest factor first."""
    panels = []
    for (measure, _), rows in table.groupby(["measure", "period"], sort=False):
        leading = next((name for name in LEADING if name in set(rows["statistic"])), None)
        if measure not in measures or leading is None:
            continue
        size = rows[rows["statistic"] == leading].groupby("factor")["value"].apply(lambda each: each.abs().max())
        drawn = rows[rows["statistic"].isin(LEADING[leading])]
        order = drawn["factor"].map(size).fillna(0.0)
        panels.append(drawn.assign(order=order).sort_values("order", ascending=False, kind="stable"))
    return panels


def write_effects(folder: Path, table: pd.DataFrame, measures: Sequence[str]) -> None:
    """Write `effects`: what every factor does to each of some measures."""
    panels = panels_of(table, measures)
    rows = [max(rows["factor"].nunique(), 1) for rows in panels]

    def draw(figure: Figure, _: pd.DataFrame) -> None:
        grid = figure.subplots(len(panels), 1, squeeze=False, gridspec_kw={"height_ratios": [n + 1 for n in rows]})
        for axes, each in zip(grid[:, 0], panels, strict=True):
            _draw_effects(axes, each)
        marks: list[Patch | Line2D] = [
            Patch(facecolor=BLUE, label="effect"),
            Patch(facecolor="white", edgecolor=BLUE, label="within the gap, or not told from 0"),
        ]
        if {"move", "mu_star"} & set(table["statistic"]):
            marks.append(Patch(facecolor=BAND, label="gap of the runs it comes from"))
        if "S1" in set(table["statistic"]):
            marks.insert(0, Line2D([], [], marker="D", color=ORANGE, linestyle="", label="S1, the factor alone"))
        figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), frameon=False)

    if panels:
        write_picture(folder, "effects", table, draw, 0.9 + sum(0.9 + ROW * n for n in rows))
    else:
        write_table(table, folder, "effects")


def _draw_effects(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw one panel: a row per factor."""
    factors = [*dict.fromkeys(rows["factor"])]
    leading = next(name for name in LEADING if name in set(rows["statistic"]))
    measure, period, unit = (str(rows[name].iloc[0]) for name in ("measure", "period", "unit"))
    for place, factor in enumerate(factors):
        mine = rows[rows["factor"] == factor]
        bars, alone = mine[mine["statistic"] == leading], mine[mine["statistic"] == "S1"]
        if leading in ("move", "mu_star"):
            gap = float(bars["gap"].max())
            axes.barh(place, 2 * gap, left=-gap, height=0.9, color=BAND, zorder=1)
        height = 0.7 / len(bars)
        for number, row in enumerate(bars.itertuples()):
            level, fill = place + (number + 0.5) * height - 0.35, BLUE if row.verdict == "effect" else "white"
            axes.barh(level, row.value, height=0.9 * height, facecolor=fill, edgecolor=BLUE, zorder=2)
            if np.isfinite(float(row.low)):
                axes.plot([row.low, row.high], [place, place], color=INK, linewidth=1.2, path_effects=HALO, zorder=3)
            if row.at and len(bars) <= 4:
                side = "left" if row.value >= 0 else "right"
                axes.text(row.value, level, f" {short(row.at, 18)} ", ha=side, va="center", fontsize=7, color=INK)
        axes.plot(alone["value"], [place] * len(alone), "D", color=ORANGE, markersize=5, zorder=4)
    axes.axvline(0.0, color=INK, linewidth=0.8, zorder=3)
    axes.set_yticks(range(len(factors)), [short(each) for each in factors])
    axes.set_ylim(len(factors) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.tick_params(axis="y", length=0)
    share = leading in ("ST", "SRRC")
    axes.set_xlabel(AXES[leading] if share else f"{AXES[leading]}, {unit}", color=GREY)
    axes.set_title(f"{measure} {period}".strip(), loc="left", fontweight="bold", color=INK)


def write_sites(folder: Path, table: pd.DataFrame) -> None:
    """Write `sites`: how often each site is chosen, those of the picture being the most frequent."""
    shown = table.head(SITES_MAX)
    pooled = "certain" in table

    def draw(figure: Figure, _: pd.DataFrame) -> None:
        axes = figure.subplots()
        places = np.arange(len(shown))
        marks: list[Patch | Line2D] = []
        if pooled:
            axes.barh(places, shown["possible"], height=0.75, color=BAND)
            axes.barh(places, shown["certain"], height=0.45, color=BLUE)
            marks += [
                Patch(facecolor=BLUE, label="in every pooled plan within the gap"),
                Patch(facecolor=BAND, label="in some of them"),
            ]
        axes.hlines(places, shown["low"], shown["high"], color=INK, linewidth=1.2, path_effects=HALO, zorder=3)
        axes.plot(shown["frequency"], places, "o", color=ORANGE, markeredgecolor="white", markersize=7, zorder=4)
        marks += [Line2D([], [], marker="o", color=INK, markerfacecolor=ORANGE, label="chosen, 95 % interval")]
        axes.set_yticks(places, [short(each) for each in shown["site"]])
        axes.set(xlim=(-0.02, 1.02), ylim=(len(shown) - 0.4, -0.6), xlabel="share of the runs that have a plan")
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#e6e9ec")
        axes.set_axisbelow(True)
        figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), frameon=False)

    if len(shown):
        write_picture(folder, "sites", table, draw, 1.2 + ROW * len(shown))
    else:
        write_table(table, folder, "sites")


def write_drivers(folder: Path, table: pd.DataFrame) -> None:
    """Write `drivers`: how much oftener each site is chosen in the upper half of each factor."""
    sites = [*dict.fromkeys(table["site"])][:SITES_MAX]
    factors = [*dict.fromkeys(table["factor"])]

    def draw(figure: Figure, _: pd.DataFrame) -> None:
        axes = figure.subplots()
        for row in table.itertuples():
            if row.site not in sites:
                continue
            place = factors.index(row.factor), sites.index(row.site)
            told = row.verdict == "drives"
            style: dict[str, Any] = {"fontweight": "bold" if told else "normal", "color": INK if told else GREY}
            axes.text(*place, f"{row.difference:+.0%}{' *' if told else ''}", ha="center", va="center", **style)
        grid = table.pivot_table(index="site", columns="factor", values="difference").reindex(sites)[factors]
        image = axes.imshow(grid, cmap="PuOr_r", vmin=-1.6, vmax=1.6, aspect="auto")
        broken = (textwrap.fill(short(each).replace("_", "_ "), 16).replace("_ ", "_") for each in factors)
        axes.set_xticks(range(len(factors)), [*broken])
        axes.set_yticks(range(len(sites)), [short(each) for each in sites])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        image.set_clip_on(True)
        note = "upper less lower half of the factor: how often the site is chosen; * told from chance (95 %, all tests)"
        axes.set_xlabel(note, color=GREY)

    if sites:
        write_picture(folder, "drivers", table, draw, 1.4 + ROW * len(sites))
    else:
        write_table(table, folder, "drivers")


def write_front(folder: Path, table: pd.DataFrame, over: Sequence[str]) -> None:
    """Write `front`: the points over two objectives, a third as colour; a line joins value and bound of the first."""

    def draw(figure: Figure, _: pd.DataFrame) -> None:
        axes = figure.subplots()
        first, second, *third = over
        shown = table.sort_values([second, first])
        axes.vlines(shown[second], shown[first], shown["bound"], color=ORANGE, linewidth=2, zorder=2)
        axes.plot(shown[second], shown["bound"], "_", color=ORANGE, markersize=12, markeredgewidth=2, zorder=4)
        colour: dict[str, Any] = {"color": BLUE}
        if third:
            colour = {"c": shown[third[0]], "cmap": "cividis"}
        else:
            axes.plot(shown[second], shown[first], color=GREY, linewidth=0.8, linestyle=":", zorder=1)
        dots = axes.scatter(shown[second], shown[first], s=60, edgecolor="white", zorder=3, **colour)
        if third:
            figure.colorbar(dots, label=axis_of(third[0]))
        axes.set(xlabel=axis_of(second), ylabel=axis_of(first))
        axes.margins(0.08)
        axes.grid(color="#e6e9ec")
        axes.set_axisbelow(True)
        gap = Line2D([], [], color=ORANGE, linewidth=2, label=f"gap of {first}: from the plan found to what is proved")
        figure.legend(handles=[gap], loc="outside lower center", frameon=False)
        figure.draw_without_rendering()  # the axes have their place, and so have the labels
        figure.set_layout_engine("none")
        places = axes.transData.transform(shown[[second, first]])
        radius = np.sqrt(60 / np.pi) * figure.dpi / 72
        marks = [Mark(x, y, radius, str(number)) for (x, y), number in zip(places, shown["point"], strict=True)]
        place_labels(axes, marks, places)

    write_picture(folder, "front", table, draw, 5.4)


def axis_of(objective: str) -> str:
    """Return what stands at the axis of an objective."""
    known = OBJECTIVES[objective]
    return f"{objective}, {known.unit_in_full} ({known.sense})"


def write_regrets(folder: Path, table: pd.DataFrame) -> None:
    """Write `regrets`: what every plan falls short of the best known, a dot for each future; see `stress.regrets`."""
    objectives = [*dict.fromkeys(table["objective"])]
    plans = [*dict.fromkeys(table["plan"])]

    def draw(figure: Figure, _: pd.DataFrame) -> None:
        grid = figure.subplots(len(objectives), 1, squeeze=False)
        for axes, objective in zip(grid[:, 0], objectives, strict=True):
            for place, plan in enumerate(plans):
                mine = table[(table["objective"] == objective) & (table["plan"] == plan)]
                known = mine["regret"].dropna()
                axes.plot(known, [place] * len(known), "o", color=BLUE, alpha=0.35, markeredgewidth=0, zorder=2)
                if len(known):
                    axes.plot(known.max(), place, "D", color=ORANGE, markersize=8, zorder=3)
                    axes.plot(known.mean(), place, "|", color=INK, markersize=16, markeredgewidth=2, zorder=4)
                if len(known) < len(mine):
                    none = f"none in {len(mine) - len(known)} of {len(mine)} "
                    style: dict[str, Any] = {
                        "transform": axes.get_yaxis_transform(),
                        "ha": "right",
                        "va": "center",
                        "fontsize": 7,
                    }
                    axes.text(1.0, place + (0.36 if len(known) else 0.0), none, **style)
            axes.set_yticks(range(len(plans)), [short(each) for each in plans])
            axes.set_ylim(len(plans) - 0.4, -0.6)
            axes.margins(x=0.06)
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="x", color="#e6e9ec")
            axes.set_axisbelow(True)
            axes.set_title(objective, loc="left", fontweight="bold", color=INK)
            axes.set_xlabel(f"regret, {OBJECTIVES[objective].unit_in_full}", color=GREY)
        marks = [
            Line2D([], [], marker="o", color=BLUE, alpha=0.5, linestyle="", label="in one future"),
            Line2D([], [], marker="|", color=INK, markersize=12, markeredgewidth=2, linestyle="", label="mean"),
            Line2D([], [], marker="D", color=ORANGE, linestyle="", label="worst"),
        ]
        figure.legend(handles=marks, loc="outside lower center", ncols=3, frameon=False)

    write_picture(folder, "regrets", table, draw, 0.7 + len(objectives) * (0.9 + 0.4 * len(plans)))
