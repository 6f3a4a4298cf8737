"""Draws the plan on a map of Europe (EPSG:3035): what was chosen, how large, how powered, and what was not."""

import textwrap
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.path import Path as DrawnPath
from numpy.typing import NDArray

from models.plan import Plan, SiteRow, ZoneRow
from optimizer.audit.audit_report import AuditReport
from optimizer.case.checks_coordinates import projection
from optimizer.case.display_names import unique_names
from optimizer.extract.flow_cycles import acyclic_firm_imports_mw
from optimizer.report.key_figures import (
    OTHER_ZONES,
    audit_text,
    chosen_sites,
    key_figures,
    low_carbon_shares,
    main_technologies,
)
from optimizer.report.map_labels import INK, Mark, place_labels
from optimizer.report.map_legend import GREY, draw_legend
from optimizer.report.period_figures import shown_period
from optimizer.report.write_geopackage import zone_polygons

LAND = Path(__file__).parents[2] / "inputs" / "europe" / "borders.geojson"
COLOURS = {
    "nuclear": "#7b3fa0", "hydro": "#1f6fb4", "reservoir": "#1f6fb4", "river": "#4aa3df", "wind": "#15928a",
    "solar": "#e0a100", "bio": "#6b8e23", "geothermal": "#b5482a", "waste": "#8a6d3b", "gas": "#a0522d",
    "coal": "#3b3b3b", "battery": "#c2185b", "pumped": "#0f4c81",
}  # fmt: skip
OTHER_COLOURS = ("#d1495b", "#3d5a80", "#ee964b", "#5f7470", "#9d4edd", "#2a9d8f")
SHADES = LinearSegmentedColormap.from_list("low_carbon", ["#ecd3b8", "#f4efdd", "#b5d8b0"])


def write_map(plan: Plan, report: AuditReport, folder: Path, case_dir: Path | None = None) -> None:
    """Write `map.png`, 1800 x 1500 pixels; land and zones are drawn where their files exist."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # a letter the font lacks is drawn as a box
        figure = Figure(figsize=(12, 10), dpi=150, facecolor="white")
        FigureCanvasAgg(figure)
        _draw(figure, plan, report, case_dir)
        figure.savefig(folder / "map.png", dpi="figure", metadata={"Software": None})


def _draw(figure: Figure, plan: Plan, report: AuditReport, case_dir: Path | None) -> None:
    axes = figure.add_axes((0.012, 0.035, 0.755, 0.865), facecolor="#e4edf2")
    period = shown_period(plan)
    rows = [row for row in plan.sites if row.period == period]
    frame_points(axes, metres(rows))
    shaded = draw_background(axes, plan, case_dir)
    chosen = chosen_sites(plan)
    supply = main_technologies(plan)
    technology = {row.site: supply.get(row.zone, OTHER_ZONES) for row in chosen}
    colours = _colours(technology.values())
    area = 900 / (max((row.servers_mw for row in chosen), default=0.0) or 1.0)
    sizes = np.array([max(area * row.servers_mw, 18.0) for row in chosen])
    others = [row for row in rows if row.status == "candidate" and row not in chosen]
    committed = [row for row in rows if row.status == "committed"]
    chosen_points, candidate_points, committed_points = metres(chosen), metres(others), metres(committed)
    axes.scatter(candidate_points[:, 0], candidate_points[:, 1], s=11, color="#868e96", linewidth=0, zorder=4)
    diamond: dict[str, Any] = {
        "s": 34,
        "marker": "D",
        "facecolor": "none",
        "edgecolor": INK,
        "linewidth": 1.0,
        "zorder": 7,
    }
    axes.scatter(committed_points[:, 0], committed_points[:, 1], **diamond)
    cover = _draw_firm_imports(axes, plan, period)
    fills = [colours[technology[row.site]] for row in chosen]
    circle: dict[str, Any] = {
        "s": sizes,
        "color": fills,
        "edgecolor": "white",
        "linewidth": 1.0,
        "alpha": 0.92,
        "zorder": 6,
    }
    axes.scatter(chosen_points[:, 0], chosen_points[:, 1], **circle)
    pixels = axes.transData.transform(chosen_points) if chosen else chosen_points
    radii = np.sqrt(sizes / np.pi) * figure.dpi / 72
    names = unique_names({row.site: textwrap.shorten(row.name, 26, placeholder="…") for row in rows})
    marks = [
        Mark(pixel[0], pixel[1], radius, f"{names[row.site]}\n{row.servers_mw:,.0f} MW")
        for pixel, radius, row in zip(pixels, radii, chosen, strict=True)
    ]
    # a label may rather cover a candidate than a committed site
    dots = axes.transData.transform(np.vstack([candidate_points, *[committed_points] * 3]))
    place_labels(axes, marks, dots)
    panel = figure.add_axes((0.785, 0.035, 0.205, 0.865))
    draw_legend(panel, plan, colours, area, SHADES if shaded else None, cover=cover)
    _write_texts(figure, plan, report)


def _write_texts(figure: Figure, plan: Plan, report: AuditReport) -> None:
    heading, verdict, note = map_texts(plan, report)
    title = figure.text(0.012, 0.968, heading, fontsize=15, fontweight="bold", color=INK, va="center", parse_math=False)
    title.set_fontsize(15 * min(1.0, 0.976 * figure.bbox.width / title.get_window_extent().width))
    colour = GREY if report.sound else "#b00020"
    figure.text(0.012, 0.93, verdict, fontsize=9.5, color=colour, va="center", parse_math=False)
    figure.text(0.012, 0.016, note, fontsize=7.5, color=GREY, va="center", parse_math=False)


def map_texts(plan: Plan, report: AuditReport) -> tuple[str, str, str]:
    """Return heading, verdict and note: figures are the plan's own, the title is what somebody called the scenario."""
    answer, origin = key_figures(plan), plan.provenance
    heading = textwrap.shorten(str(answer), 130, placeholder="…")
    verdict = f"Sizes in {answer.period} · {answer.status} · audit: {audit_text(report)}"
    note = (
        f"Case {origin.case}, scenario {origin.scenario_name}, titled “{textwrap.shorten(plan.title, 80)}”. "
        f"Land: Natural Earth. ETRS89-LAEA Europe. Code {origin.git_commit[:10] or 'not in a repository'}."
    )
    return heading, verdict, note


def frame_points(axes: Axes, points: NDArray[np.float64]) -> None:
    """Show all points with a margin, in the proportions of the axes, at least 300 km across."""
    low, high = points.min(axis=0), points.max(axis=0)
    frame = axes.get_window_extent()
    shape = np.array([frame.width, frame.height])
    scale = max(((high - low) / shape).max() * 1.1, 300_000 / shape.min())
    middle = (low + high) / 2
    (left, bottom), (right, top) = middle - scale * shape / 2, middle + scale * shape / 2
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], autoscale_on=False)
    for spine in axes.spines.values():
        spine.set(color="#b8c4cc", linewidth=0.8)


def draw_background(axes: Axes, plan: Plan, case_dir: Path | None) -> bool:
    """Draw the land, and the zones shaded by the low-carbon share of their output; return whether zones were drawn."""
    if LAND.is_file():
        land = gpd.read_file(LAND).geometry
        _draw_shapes(axes, land, facecolors="#f4f3ef", edgecolors="#c3c3bd", linewidths=0.5)
    polygons, shares = zone_polygons(plan, case_dir), low_carbon_shares(plan)
    known = [zone for zone in polygons if zone in shares]
    if known:
        fills = [SHADES(shares[zone]) for zone in known]
        zones = [polygons[zone] for zone in known]
        _draw_shapes(axes, zones, facecolors=fills, edgecolors="#a9b3a5", linewidths=0.6)
    return bool(known)


def _draw_shapes(axes: Axes, shapes: Iterable[shapely.Geometry], **style: Any) -> None:
    """Draw polygons in degrees as far as the window shows them, cut after projecting."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    flat = shapely.transform(np.array([*shapes]), projection().transform, interleaved=False)
    shown = shapely.intersection(shapely.make_valid(flat), shapely.box(left, bottom, right, top))
    paths = [_polygon_path(shape) for shape in shapely.orient_polygons(shown)]
    axes.add_collection(PathCollection(paths, zorder=1, **style), autolim=False)


def _polygon_path(shape: shapely.Geometry) -> DrawnPath:
    """Return the rings of all polygons in a shape, exteriors one way round and holes the other."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return DrawnPath.make_compound_path(*(DrawnPath(np.asarray(ring.coords)[:, :2], closed=True) for ring in rings))


def _draw_firm_imports(axes: Axes, plan: Plan, period: str) -> bool:
    """Draw an arrow for firm cover of at least 1 MW carried between two zones; return whether there was any."""
    where = {row.zone: point for row, point in zip(plan.zones, metres(plan.zones), strict=True)}
    carried = {ends: power for ends, power in acyclic_firm_imports_mw(plan, period).items() if power >= 1}
    for (giver, taker), power in carried.items():
        style = {"arrowstyle": "-|>", "color": INK, "alpha": 0.75, "connectionstyle": "arc3,rad=0.12"}
        style["linewidth"] = 0.8 + min(power / 400, 2.0)
        axes.annotate("", where[taker], where[giver], arrowprops=style, annotation_clip=False, zorder=5)
    return bool(carried)


def metres(rows: Sequence[SiteRow] | Sequence[ZoneRow]) -> NDArray[np.float64]:
    """Return the places of rows with latitude and longitude, metres east and north, shape (rows, 2)."""
    degrees = np.array([[row.longitude, row.latitude] for row in rows]).reshape(-1, 2)
    return np.column_stack(projection().transform(*degrees.T))


def _colours(technologies: Iterable[str]) -> Mapping[str, str]:
    """Return a colour for each technology: its own where it has one, else the next free one."""
    spare = iter(OTHER_COLOURS * 50)
    found = {}
    for name in sorted(set(technologies)):
        known = next((colour for word, colour in COLOURS.items() if word in name), None)
        found[name] = "#7d8790" if name == OTHER_ZONES else known or next(spare)
    return found
