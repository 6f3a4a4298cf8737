"""What hourly matching to 80 to 100 % costs, with wind, sun and batteries alone and with firm clean plant.

Run: gigasite cut inputs/europe --countries DE --neighbours drop --out DE
     python -m tests.benchmarks.matching_curve DE DE-BIBLIS [PAGE]
It writes a table into PAGE, by default MATCHING.md here; it takes a solve for every target of both palettes.
"""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, repeat
from pathlib import Path

from models.case import Case
from models.plan import Plan
from models.timeline import annuity
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.extract.extract import extract
from optimizer.report.markdown import section, table
from optimizer.report.summary_matching import WHOLE, matched_share, score
from optimizer.session import solve_case

NONE = 0.02
"""A target that any plan reaches: new plant may yield the same excess as with the others."""
TARGETS = (NONE, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
MATURE = {"power.cover_technologies": '["battery"]'}
PALETTES: Mapping[str, Mapping[str, str]] = {
    "wind, sun, batteries": MATURE,
    "wind, sun, batteries, any excess": {**MATURE, "matching.excess_share": "10"},
    "with firm clean plant": {},
}
"""Palette -> what it may build besides wind and sun, and how much more than it matches where that is not a fifth."""
PAGE = Path(__file__).with_name("MATCHING.md")
KCHIPS = 20.0
"""Thousand chips of the campus, which every plan has."""
QUESTION: Mapping[str, str] = {
    "question.objectives": '["cost"]',
    "siting.gigafactories_min": "1",
    "siting.gigafactories_weighed": "0",
    "siting.member_states_min": "0",
    "siting.sites_min": "1",
    "power.cover_share": "0",
    "power.cover_energy_share": "0",
    "carbon.cap_kg_per_mwh": "2000",
    "matching.additional": "true",
    "matching.grid": '"average"',
    "matching.storage": "true",
    "matching.storage_peaks": "50",
    "matching.new_plant_runs": "true",
    "time.replay": "false",
    "time.representative_days": "20",
    "solve.gaps.cost": "0.0001",
}
"""As in the published study: one campus, new plant alone, an excess of a fifth, the grid at its mix."""


@dataclass(frozen=True)
class Point:
    """One plan of the curve; None where no plan reaches the target."""

    palette: str
    target: float
    plan: Plan | None

    @property
    def meur(self) -> float:
        """Net present cost."""
        assert self.plan is not None
        return sum(row.present_meur for row in self.plan.money)

    @property
    def built_mw(self) -> dict[str, float]:
        """Technology -> new plant standing in the last period."""
        assert self.plan is not None
        total: dict[str, float] = {}
        for row in self.plan.supply:
            if row.period == self.plan.hourly.periods[-1] and row.plant_mw > 0.05:
                total[row.technology] = total.get(row.technology, 0.0) + row.plant_mw
        return total


def point(case_dir: Path, site: str, palette: str, target: float, settings: Mapping[str, str] | None = None) -> Point:
    """Return the plan of least cost that reaches a target with a palette, the campus at a site."""
    keys = {
        **QUESTION,
        "siting.only": f'["{site}"]',
        "siting.gigafactory_kchips": str(KCHIPS),
        **PALETTES[palette],
        "matching.target_share": str(target),
        **(settings or {}),
    }
    case = read_case(
        case_dir, load_settings(case_dir, overrides=parse_overrides([f"{key}={value}" for key, value in keys.items()]))
    )
    solution = solve_case(case, year=lambda: False)
    if not solution.has_plan:
        return Point(palette, target, None)
    return Point(palette, target, extract(case, solution, provenance_of(case, case_dir, "base", keys)))


def page(case: Case, site: str, points: Sequence[Point]) -> str:
    """Return the page: what each target costs above none, with what plant, and how steep the curve is."""
    rows: list[Sequence[object]] = []
    days = len(next(each.plan for each in points if each.plan).hourly.days)
    slopes: list[str] = []
    for palette in dict.fromkeys(each.palette for each in points):
        listed = [each for each in points if each.palette == palette]
        free = next(each for each in listed if each.target == NONE)
        assert free.plan is not None
        known = [each for each in listed if each.plan is not None]
        above = {each.target: above_eur_per_mwh(case, each, free) for each in known}
        for each in listed:
            if each.plan is None:
                rows.append([palette, f"{each.target:.0%}", "no plan", *[""] * 6])
                continue
            found = next(row for row in each.plan.matching[::-1] if row.zone == WHOLE)
            plants = ", ".join(f"{name} {mw:,.0f}" for name, mw in sorted(each.built_mw.items()))
            rows.append(
                [palette, f"{each.target:.0%}", f"{above[each.target]:,.1f}", f"{each.meur:,.0f}",
                 f"{score(found):.1%}", f"{matched_share(found):.1%}", f"{found.supplied_twh / found.drawn_twh:.0%}",
                 f"{found.least_share:.0%}", plants]
            )  # fmt: skip
        steps = [
            f"{(above[after.target] - above[before.target]) / (100 * (after.target - before.target)):.2f} "
            f"({before.target:.0%} to {after.target:.0%})"
            for before, after in pairwise(known)
        ]
        slopes.append(f"- {palette}: {', '.join(steps)}")
    header = ["palette", "target", "EUR/MWh above none", "MEUR", "score of the record", "matched hourly",
              "could be given", "worst hour", "new plant, MW"]  # fmt: skip
    return section(
        "# What hourly matching costs",
        f"Generated by `python -m tests.benchmarks.matching_curve` from the case `{case.name}`, with a campus of "
        f"{KCHIPS:,.0f} thousand chips at {site} and {days} of the record's days. "
        "The score of a year counts what new plant matches in the same hour and the clean share of the grid's mix in "
        "the rest; new plant gives at most a fifth of the draw beyond what it matches, but for the second palette. "
        "Cost is that of the whole plan, net present, above the plan with a target of 2 %, by the MWh drawn "
        "(discounted). The score of the record is that of all its hours, not of the chosen days alone.",
        table(header, rows),
        "EUR/MWh per percent of the target:",
        "\n".join(slopes),
        COMPARED,
    )


COMPARED = """\
The published study asks the same of firms in a zone (I. Riepin and T. Brown, *On the means, costs, and system-level
impacts of 24/7 carbon-free energy procurement*, arXiv:2403.07876, 2023): its `config.yaml` (PyPSA/247-cfe) has targets
of 80 to 100 %, an excess of 0.2, and onshore wind, sun and batteries as its first palette; further ones add
long-duration storage and clean plant that can be dispatched. The report of 2022 with the same model says that 90 to
95 % take only a small premium over matching by the year (`report/main.tex` there, commit 4c1db26). Its costs by target
were not at hand, so none stands beside those above; what can be held against each other is the shape, and where the
two palettes part. What differs here: the study runs batteries freely over the year, here a store makes the day of a
plant even and carries nothing from day to day, so that the last percents with wind, sun and batteries are dearer, or
out of reach with an excess of a fifth; its firm plants are advanced geothermal and gas with capture, here they are
those of the table `potentials`. What is matched is made: new plant runs whenever it can (`matching.new_plant_runs`)."""


def above_eur_per_mwh(case: Case, each: Point, free: Point) -> float:
    """Return what a plan costs more than one of which nothing is asked, EUR per MWh drawn."""
    assert free.plan is not None
    drawn_twh = sum(annuity(case, row.period) * row.energy_twh for row in free.plan.carbon)
    return (each.meur - free.meur) / drawn_twh


def curve(case_dir: Path, site: str, palette: str) -> list[Point]:
    """Return the plans of a palette."""
    return [point(case_dir, site, palette, target) for target in TARGETS]


def main() -> None:
    """Solve and write."""
    case_dir, site = Path(sys.argv[1]), sys.argv[2]
    with ProcessPoolExecutor(len(PALETTES)) as pool:
        points = [each for palette in pool.map(curve, repeat(case_dir), repeat(site), PALETTES) for each in palette]
    text = page(read_case(case_dir, load_settings(case_dir)), site, points)
    (Path(sys.argv[3]) if sys.argv[3:] else PAGE).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
