"""Writes `zones.csv`: bidding zones with a representative point, growth of load and decline of carbon intensity."""

import shapely

from inputs.build.borders import polygons
from inputs.build.table import FACTS, Cell, read_csv, write_table

GROWTH_SHARE = {"PL": 0.018, "IE": 0.015, "NL": 0.018, "DK": 0.02, "SE": 0.015, "FI": 0.015, "NO": 0.012, "ES": 0.015}
OTHER_GROWTH_SHARE = 0.012
LOW_CARBON = ("FR", "SE", "NO", "CH", "FI")
POINT = (
    "Polygon's representative point: entsoe-py 0.8.1 (MIT) or Natural Earth through world-atlas 2.0.2 (public domain)"
)
SOURCE = (
    "Load growth: judgement by country; in sum 1.3 % a year, the 277 of 461 TWh announced for 2023-2030 that McKinsey "
    "expects (October 2024). Carbon decline: judgement, about the pace of 2021-2025"
)


def main() -> None:
    """Write the table of zones."""
    rows = []
    for fact in read_csv(FACTS / "facts_zones.csv"):
        largest = max(shapely.get_parts(polygons()[fact["zone"]]), key=shapely.area)
        point = largest.representative_point()
        country = fact["country"]
        rows.append(
            {
                "zone": fact["zone"],
                "name": fact["name"],
                "country": country,
                "latitude": Cell(round(point.y, 3), "derived", POINT),
                "longitude": Cell(round(point.x, 3), "derived", POINT),
                "load_growth_share": GROWTH_SHARE.get(country, OTHER_GROWTH_SHARE),
                "carbon_decline_share": 0.02 if country in LOW_CARBON else 0.04,
                "source": SOURCE,
                "quality": "estimate",
            }
        )
    write_table("zones", rows)


if __name__ == "__main__":
    main()
