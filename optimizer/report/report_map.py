"""The map of the report: outlines and marks as one drawing for print, and what a browser needs to make it move."""

import json
import math
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup

from models.plan import Plan, SiteRow, ZoneRow
from optimizer.case.checks_coordinates import projection
from optimizer.case.display_names import unique_names
from optimizer.extract.flow_cycles import acyclic_firm_imports_mw
from optimizer.report.headings import counted, in_words
from optimizer.report.key_figures import OTHER_ZONES, chosen_sites, low_carbon_shares, main_technologies, site_names
from optimizer.report.markdown import cell
from optimizer.report.period_figures import opening_periods, shown_period
from optimizer.report.summary_candidates import barrier_text
from optimizer.report.write_geopackage import zone_polygons
from optimizer.report.write_map import LAND

SIMPLIFIED_KM = 3.0
"""By how much a simplified outline may leave the true one."""
MARGIN_KM = 250.0
"""Land shown around the outermost site."""
BEYOND_KM = 1_500.0
"""Land around the frame, for screens that are wider than it."""
SMALLEST_FLOW_MW = 1.0
CONGESTED_HOURS = 4380
"""Hours of a year from which a line that is full is drawn as a congested one: half of them."""


@dataclass(frozen=True)
class ReportMap:
    """The map as a drawing, as data for the browser, and its list of sites."""

    svg: Markup
    data: Mapping[str, Any]
    words: str


def report_map(plan: Plan, case_dir: Path | None) -> ReportMap:
    """Return the map of a plan; coordinates are km east and south in EPSG:3035, so that it looks like `map.png`."""
    sites = [row for row in plan.sites if row.period == shown_period(plan)]
    points = _km(sites)
    low, high = points.min(axis=0) - MARGIN_KM, points.max(axis=0) + MARGIN_KM
    frame = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    places = {row.site: (round(float(x), 1), round(float(y), 1)) for row, (x, y) in zip(sites, points, strict=True)}
    land, zones = _land(frame), zone_polygons(plan, case_dir)
    outlines = dict(zip(zones, _outlines(zones.values(), frame), strict=True))
    data = {
        "frame": [math.floor(frame[0]), math.floor(frame[1]), math.ceil(frame[2]), math.ceil(frame[3])],
        "periods": plan.hourly.periods,
        "sites": _sites(plan, places),
        "zones": _zones(plan),
        "cover": _cover(plan),
        "days": _days(plan),
        "hours": plan.hourly.hours,
        "lines": _lines(plan),
        "congested": CONGESTED_HOURS,
    }
    chosen = len(chosen_sites(plan))
    words = f"{counted(chosen, 'chosen site')} among {len(sites)} places; the list and the tables below say the same."
    return ReportMap(_drawing(plan, frame, land, outlines, places), data, words)


def as_json(value: object) -> Markup:
    """Return a value as JSON that stands safely inside a script element: it holds no mark of HTML."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _km(rows: Sequence[SiteRow] | Sequence[ZoneRow]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return places in km east and km south, shape (rows, 2)."""
    degrees = np.array([[row.longitude, row.latitude] for row in rows]).reshape(-1, 2)
    east, north = projection().transform(*degrees.T)
    return np.column_stack([east, -north]) / 1000


def _land(frame: tuple[float, float, float, float]) -> list[str]:
    if not LAND.is_file():
        return []
    features = json.loads(LAND.read_bytes())["features"]
    return [
        each for each in _outlines([shapely.from_geojson(json.dumps(f["geometry"])) for f in features], frame) if each
    ]


def _outlines(shapes: Iterable[shapely.Geometry], frame: tuple[float, float, float, float]) -> list[str]:
    """Return polygons in degrees as paths of whole km, simplified, cut to the frame and some land around it."""
    listed = np.array([*shapes])
    if not listed.size:
        return []
    left, top, right, bottom = frame
    flat = shapely.transform(listed, projection().transform, interleaved=False)
    flat = shapely.transform(flat, lambda xy: xy * [0.001, -0.001])
    simple = shapely.simplify(shapely.make_valid(flat), SIMPLIFIED_KM)
    cut = shapely.intersection(
        shapely.make_valid(simple),
        shapely.box(left - BEYOND_KM, top - BEYOND_KM, right + BEYOND_KM, bottom + BEYOND_KM),
    )
    return ["".join(map(_path, shapely.get_parts(shape))) for shape in cut]


def _path(polygon: shapely.Geometry) -> str:
    if polygon.geom_type != "Polygon" or polygon.is_empty:
        return ""
    rings = [np.rint(shapely.get_coordinates(ring)).astype(int)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
    return "".join("M" + "L".join(f"{x},{y}" for x, y in ring) + "Z" for ring in rings)


def _drawing(
    plan: Plan,
    frame: tuple[float, float, float, float],
    land: Sequence[str],
    outlines: Mapping[str, str],
    places: Mapping[str, tuple[float, float]],
) -> Markup:
    """Return the map as SVG; its paths are those that the browser draws, and its marks are for print."""
    left, top, right, bottom = frame
    width, height = right - left, bottom - top
    svg = ET.Element(
        "svg",
        {"viewBox": f"{left:.0f} {top:.0f} {width:.0f} {height:.0f}", "class": "plan-map", "aria-hidden": "true"},
    )
    for path in land:
        ET.SubElement(svg, "path", {"d": path, "class": "land"})
    shares = low_carbon_shares(plan)
    for zone, path in outlines.items():
        shade = f" shade-{min(4, int(shares[zone] * 5))}" if zone in shares else ""
        ET.SubElement(svg, "path", {"d": path, "class": f"zone{shade}", "data-zone": zone})
    size = max(width, height) / 100  # the size of a small mark
    for zone_row, (x, y) in zip(plan.zones, _km(plan.zones), strict=True):
        if zone_row.period == shown_period(plan) and zone_row.zone not in outlines:
            shade = f" shade-{min(4, int(shares[zone_row.zone] * 5))}" if zone_row.zone in shares else ""
            place = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{3 * size:.1f}"}
            ET.SubElement(svg, "circle", {**place, "class": f"zone{shade}"})
    marks = ET.SubElement(svg, "g", {"class": "marks"})
    chosen = chosen_sites(plan)
    codes = {row.site for row in chosen}
    for row in plan.sites:
        if row.period != shown_period(plan):
            continue
        x, y = places[row.site]
        if row.status == "committed":
            d = f"M{x:.1f},{y - size:.1f}l{size:.1f},{size:.1f}l{-size:.1f},{size:.1f}l{-size:.1f},{-size:.1f}Z"
            ET.SubElement(marks, "path", {"d": d, "class": "committed"})
        elif row.site not in codes:
            ET.SubElement(marks, "circle", {"cx": f"{x}", "cy": f"{y}", "r": f"{size / 3:.1f}", "class": "candidate"})
    largest = max((row.servers_mw for row in chosen), default=0.0) or 1.0
    for number, row in enumerate(chosen, start=1):
        x, y = places[row.site]
        radius = size * max(1.3, 3.2 * math.sqrt(row.servers_mw / largest))
        ET.SubElement(marks, "circle", {"cx": f"{x}", "cy": f"{y}", "r": f"{radius:.1f}", "class": "chosen"})
        place = {"x": f"{x}", "y": f"{y + size * 0.7:.1f}", "font-size": f"{2 * size:.0f}"}
        ET.SubElement(marks, "text", {**place, "text-anchor": "middle", "class": "number"}).text = f"{number}"
    return Markup(ET.tostring(svg, encoding="unicode"))


def _sites(plan: Plan, places: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Return every site with its place, its size in each period, and the lines of its popup."""
    names, opens, technologies = site_names(plan), opening_periods(plan), main_technologies(plan)
    numbers = {row.site: number for number, row in enumerate(chosen_sites(plan), start=1)}
    sizes: dict[str, list[float]] = defaultdict(list)
    for period in plan.hourly.periods:
        for row in plan.sites:
            if row.period == period:
                sizes[row.site].append(round(row.servers_mw, 1))
    feeders = {row.substation: row for row in plan.substations if row.period == shown_period(plan)}
    zones = unique_names({row.zone: row.name for row in plan.zones})
    barriers = {row.site: barrier_text(row) for row in plan.candidates if not row.chosen}
    found = []
    for row in plan.sites:
        if row.period != shown_period(plan):
            continue
        lines = [["Zone", zones.get(row.zone, row.zone)]]
        if row.site in numbers:
            cooling = sorted({hall.cooling for hall in plan.halls if hall.site == row.site})
            chips = sorted({chip.chip for chip in plan.chips if chip.site == row.site})
            lines += [
                ["Opens", opens[row.site]],
                ["Servers", f"{cell(row.servers_mw)} MW"],
                ["Chips", f"{cell(row.chips_kchips)} thousand: {', '.join(chips)}"],
                ["Serves", f"{cell(row.served_kh100e)} kH100e"],
                ["Cooling", in_words(", ".join(cooling))],
                ["Firm cover of its zone", in_words(technologies.get(row.zone, OTHER_ZONES))],
                ["Connection", f"{cell(row.connection_mw)} MW"],
            ]
        elif row.site in barriers:
            lines.append(["Not chosen", barriers[row.site]])
        elif row.committed_mw:
            lines.append(["Committed servers", f"{cell(row.committed_mw)} MW"])
        if (feeder := feeders.get(row.substation)) is not None:
            words = f"{cell(feeder.drawn_mw)} of {cell(feeder.headroom_mw)} MW of headroom taken"
            lines.append(["Substation", f"{feeder.name or feeder.substation}: {words}"])
        found.append(
            {
                "site": row.site,
                "name": f"{names[row.site]}, {row.country}",
                "at": places[row.site],
                "status": "chosen" if row.site in numbers else row.status,
                "number": numbers.get(row.site, 0),
                "mw": sizes[row.site],
                "lines": lines,
            }
        )
    return found


def _zones(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return of every zone its place, and its figures in each period."""
    places = {row.zone: point for row, point in zip(plan.zones, _km(plan.zones), strict=True)}
    names, clean = unique_names({row.zone: row.name for row in plan.zones}), low_carbon_shares(plan)
    found: dict[str, dict[str, Any]] = {
        zone: {
            "name": names[zone],
            "at": [round(float(x), 1), round(float(y), 1)],
            "low_carbon": clean.get(zone),
            "price": [],
            "intensity": [],
            "servers": [],
            "load": [],
            "matched": [],
        }
        for zone, (x, y) in places.items()
    }
    for period in plan.hourly.periods:
        for row in plan.zones:
            if row.period != period:
                continue
            zone = found[row.zone]
            zone["price"].append(
                round(row.price_eur_per_mwh + row.basis_eur_per_mwh, 1) if row.price_eur_per_mwh else None
            )
            zone["intensity"].append(row.intensity_kg_per_mwh and round(row.intensity_kg_per_mwh, 1))
            zone["servers"].append(round(row.servers_twh, 4))
            zone["load"].append(round(row.load_twh, 2))
            zone["matched"].append(round(row.matched_twh / row.servers_twh, 3) if row.servers_twh else None)
    return found


def _cover(plan: Plan) -> list[list[list[Any]]]:
    """Return for each period the firm cover that is carried: from, to, MW."""
    return [
        [
            [giver, taker, round(power)]
            for (giver, taker), power in acyclic_firm_imports_mw(plan, period).items()
            if power >= 1
        ]
        for period in plan.hourly.periods
    ]


def _days(plan: Plan) -> list[dict[str, Any]]:
    """Return the representative days of the last period, by which the hours are chosen."""
    weights = {row.day: row.weight for row in plan.days if row.period == shown_period(plan)}
    return [{"day": day, "weight": round(weights.get(day, 0.0), 1)} for day in plan.hourly.days]


def _lines(plan: Plan) -> list[dict[str, Any]]:
    """Return every line with its net flow by the hour, MW from the first zone to the second, all periods one by one.

    And how many hours of a year it is congested in each of them, where the plan says so.
    """
    if not {"forward_mw", "backward_mw"} <= plan.hourly.values.keys():
        return []
    forward, backward = plan.hourly.by_key("forward_mw"), plan.hourly.by_key("backward_mw")
    ends = {row.line: (row.from_zone, row.to_zone) for row in plan.lines}
    full = {(row.line, row.period): round(row.congested_hours or 0.0) for row in plan.lines}
    found = []
    for line, sent in forward.items():
        net = np.rint(sent - backward[line]).astype(int)
        if line in ends and np.abs(net).max(initial=0) >= SMALLEST_FLOW_MW:
            hours = [full[line, period] for period in plan.hourly.periods]
            mw = net.reshape(len(net), -1).tolist()
            found.append({"from": ends[line][0], "to": ends[line][1], "mw": mw, "full": hours})
    return found
