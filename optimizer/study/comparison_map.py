"""The map of plans compared: sites of the first only, of the other only, of both, and how their sizes differ."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from models.plan import SiteRow
from optimizer.report.key_figures import NEGLIGIBLE_MW, chosen_sites, site_names
from optimizer.report.map_labels import INK, Mark, place_labels
from optimizer.report.period_figures import shown_period
from optimizer.report.write_map import draw_background, frame_points, metres
from optimizer.study.comparison import Pair
from optimizer.study.figures import BLUE, GREEN, ORANGE, WIDTH, write_picture

COLUMNS = ("plan", "site", "name", "latitude", "longitude", "first_mw", "second_mw", "stands_in")
STANDS = {"first": ("<", BLUE), "second": (">", ORANGE), "both": ("o", GREEN)}
"""Which of the two plans has a site -> mark and colour."""
LARGEST = 420.0
"""Area of the largest mark, square points."""


def site_changes(pair: Pair) -> pd.DataFrame:
    """Return the sites that either plan chooses, with the servers of both in the last period, the largest first."""
    rows: dict[str, SiteRow] = {}
    sizes = dict[str, list[float]]()
    for place, side in enumerate((pair.first, pair.second)):
        names = site_names(side.plan)
        for row in chosen_sites(side.plan):
            rows.setdefault(row.site, row.model_copy(update={"name": names[row.site]}))
        shown = shown_period(side.plan)
        for row in (row for row in side.plan.sites if row.period == shown):
            sizes.setdefault(row.site, [0.0, 0.0])[place] = row.servers_mw
    found = [
        (pair.second.name, site, row.name, row.latitude, row.longitude, *sizes[site], _stands_in(*sizes[site]))
        for site, row in rows.items()
    ]
    frame = pd.DataFrame(found, columns=[*COLUMNS])
    order = -frame[["first_mw", "second_mw"]].max(axis=1)
    return frame.assign(order=order).sort_values(["order", "site"], ignore_index=True).drop(columns="order")


def _stands_in(first_mw: float, second_mw: float) -> str:
    if first_mw <= NEGLIGIBLE_MW:
        return "second"
    return "first" if second_mw <= NEGLIGIBLE_MW else "both"


def size_text(first_mw: float, second_mw: float) -> str:
    """Return the sizes of a site in both plans, one where they are the same."""
    one, other = (f"{size:,.0f}" if size >= 1 else f"{size:.1g}" for size in (first_mw, second_mw))
    return f"{one} MW" if one == other else f"{one} → {other} MW"


def write_map(folder: Path, pairs: Sequence[Pair]) -> None:
    """Write `sites`: a table of the sites of every pair, and its map, a panel a pair."""
    tables = [site_changes(pair) for pair in pairs]

    def draw(figure: Figure, _: pd.DataFrame) -> None:
        figure.set_layout_engine("none")
        share = 1 / len(pairs)
        for place, (pair, table) in enumerate(zip(pairs, tables, strict=True)):
            axes = figure.add_axes((0.01, 0.07 + (len(pairs) - 1 - place) * share * 0.93, 0.98, share * 0.93 - 0.055))
            axes.set_facecolor("#e4edf2")
            for spine in axes.spines.values():
                spine.set_visible(True)
            rows = [row for row in pair.second.plan.sites if row.period == shown_period(pair.second.plan)]
            frame_points(axes, metres(rows))
            draw_background(axes, pair.second.plan, None)
            others = metres([row for row in rows if row.site not in {*table["site"]}])
            axes.scatter(others[:, 0], others[:, 1], s=7, color="#868e96", linewidth=0, zorder=4)
            title = f"{pair.second.name} against {pair.first.name}"
            axes.set_title(textwrap.shorten(title, 90, placeholder="…"), loc="left", fontweight="bold", color=INK)
            known = {row.site: row for side in (pair.first, pair.second) for row in side.plan.sites}
            points = metres([known[site] for site in table["site"]])
            mw = table[["first_mw", "second_mw"]].max(axis=1).to_numpy()
            sizes = np.maximum(LARGEST * mw / max(mw.max(initial=0.0), 1.0), 30.0)
            for stands, (marker, colour) in STANDS.items():
                mine = (table["stands_in"] == stands).to_numpy()
                axes.scatter(
                    points[mine, 0], points[mine, 1], s=sizes[mine], marker=marker, color=colour,
                    edgecolor="white", linewidth=0.8, alpha=0.92, zorder=6,
                )  # fmt: skip
            pixels = axes.transData.transform(points) if len(points) else points
            radii = np.sqrt(sizes / np.pi) * figure.dpi / 72
            marks = [
                Mark(x, y, radius, f"{textwrap.shorten(name, 26, placeholder='…')}\n{size_text(first, second)}")
                for (x, y), radius, name, first, second in zip(
                    pixels, radii, table["name"], table["first_mw"], table["second_mw"], strict=True
                )
            ]
            place_labels(axes, marks, axes.transData.transform(others) if len(others) else np.empty((0, 2)))
        texts = {"first": "only in the first plan", "second": "only in the other", "both": "in both"}
        handles = [
            Line2D([], [], marker=marker, color=colour, linestyle="", markersize=9, label=texts[stands])
            for stands, (marker, colour) in STANDS.items()
        ]
        handles.append(Line2D([], [], marker="o", color="#868e96", linestyle="", markersize=3, label="in neither"))
        figure.legend(handles=handles, loc="lower center", ncols=4, frameon=False, bbox_to_anchor=(0.5, 0.018))
        note = "Area: MW of servers in the last period. Land: Natural Earth. ETRS89-LAEA Europe."
        figure.text(0.012, 0.008, note, fontsize=6.5, color="#5c6670")

    write_picture(folder, "sites", pd.concat(tables, ignore_index=True), draw, WIDTH * 0.8 * len(pairs))
