from itertools import pairwise
from pathlib import Path

from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from tests.benchmarks.matching_curve import NONE, Point, above_eur_per_mwh, page, point

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
SMALL = {
    "time.representative_days": "2",
    "siting.gigafactory_kchips": "10",
    "solve.gaps.cost": "0.0001",
    "matching.excess_share": "3",
    "matching.grid": '"none"',
    "technologies.wind.capex_meur_per_mw": "8",
    "technologies.battery.capex_meur_per_mw": "2",
}
SUN = "wind, sun, batteries"


def test_the_page_shows_that_the_last_percents_are_the_dearest() -> None:
    """With one windy and one calm day a battery makes days even, and wind is built beyond what it matches."""
    case = read_case(TUTORIAL, load_settings(TUTORIAL))
    points = [point(TUTORIAL, "BUGEY", SUN, target, SMALL) for target in (NONE, 0.5, 0.7, 0.9, 1.0)]
    free = points[0]
    above = [above_eur_per_mwh(case, each, free) for each in points]
    slopes = [
        (high - low) / (after.target - before.target)
        for (low, high), (before, after) in zip(pairwise(above), pairwise(points), strict=True)
    ]
    assert slopes == sorted(slopes)
    assert slopes[-1] > 1.5 * slopes[0] > 0
    assert points[-1].built_mw["battery"] > 10
    lost = Point(SUN, 0.99, None)
    text = page(case, "BUGEY", [*points, lost])
    assert f"| {SUN} | 2% | 0.0 |" in text
    assert f"| {SUN} | 90% | {above[3]:,.1f} | {points[3].meur:,.0f} | 90.0% | 90.0% |" in text
    assert f"| {SUN} | 99% | no plan |" in text
    assert f"{slopes[-1] / 100:.2f} (90% to 100%)" in text
