"""What share of a campus's draw firm cover feeds in the hours of stress, and what it costs to feed all of it.

Run: gigasite cut inputs/europe --countries DE --neighbours drop --out DE
     python -m tests.benchmarks.stress_days DE DE-BIBLIS [PAGE]
It writes a table into PAGE, by default STRESS.md here. Where the case states no stress days they are the day and the
week of the record in which the load that wind, sun and rivers leave is highest on the mean.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.case import Case, StressDay
from models.plan import Plan
from models.reservoir_days import residual_load_mw
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.stress import fed_and_drawn_mw
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.extract.extract import extract
from optimizer.report.markdown import section, table
from optimizer.session import solve_case
from tests.benchmarks import matching_curve

PAGE = Path(__file__).with_name("STRESS.md")
RULES: Mapping[str, Mapping[str, str]] = {
    "no cover asked": {"power.cover_share": "0", "power.cover_energy_share": "0"},
    "firm cover of the peak": {"power.cover_share": "1", "power.cover_energy_share": "0"},
    "firm cover of peak and mean draw": {"power.cover_share": "1", "power.cover_energy_share": "1"},
    "all hours of stress fed": {
        "power.cover_share": "1", "power.cover_energy_share": "1", "power.stress_share": "1"},
}  # fmt: skip
"""What is asked of the plan's contracts and new plant."""
DAY, WEEK = 24, 168


@dataclass(frozen=True)
class Fed:
    """A plan, and what of the draw it can feed in the worst hour and on the mean of each stretch of the last period."""

    rules: str
    plan: Plan
    shares: Mapping[str, tuple[float, float]]


def hardest(case: Case, zone: str, hours: int) -> StressDay:
    """Return the stretch of whole days of the record with the highest residual load in the last period."""
    load = residual_load_mw(case, zone, list(case.periods)[-1])
    means = [load[first : first + hours].mean() for first in range(0, len(load) - hours + 1, DAY)]
    row = {"zone": zone, "first_hour": int(np.argmax(means)) * DAY, "hours": hours}
    return StressDay(**row, source="residual load of the record", quality="derived")


def stressed(case: Case, zone: str) -> Case:
    """Return the case with stress days, its own or those of the highest residual load."""
    if any(row.zone == zone for row in case.stress_days.values()):
        return case
    rows = (hardest(case, zone, hours) for hours in (DAY, WEEK))
    return replace(case, stress_days={(row.zone, row.first_hour): row for row in rows})


def fed(case_dir: Path, site: str, rules: str, settings: Mapping[str, str] | None = None) -> Fed:
    """Return what the plan of least cost with a campus at a site feeds; raises ValueError where there is none."""
    kchips = {"siting.only": f'["{site}"]', "siting.gigafactory_kchips": str(matching_curve.KCHIPS)}
    keys = {**matching_curve.QUESTION, **kchips, **RULES[rules], "matching.storage": "false", **(settings or {})}
    overrides = parse_overrides([f"{key}={value}" for key, value in keys.items()])
    case = read_case(case_dir, load_settings(case_dir, overrides=overrides))
    zone = case.sites[site].zone
    case = stressed(case, zone)
    solution = solve_case(case, year=lambda: False)
    if not solution.has_plan:
        raise ValueError(f"{rules}: there is no plan")
    plan = extract(case, solution, provenance_of(case, case_dir, "base", keys))
    audited, shares = AuditedPlan(case, plan), {}
    for row in (row for row in case.stress_days.values() if row.zone == zone):
        hours = np.arange(row.first_hour, row.first_hour + row.hours, dtype=np.int64)
        given, drawn = fed_and_drawn_mw(audited, zone, audited.periods[-1], hours)
        share = np.minimum(given / drawn, 1.0)
        shares[f"{row.hours} hours from day {row.first_hour // DAY + 1}"] = float(share.min()), float(share.mean())
    return Fed(rules, plan, shares)


def page(title: str, site: str, found: Sequence[Fed]) -> str:
    """Return the page."""
    rows: list[Sequence[object]] = []
    for each in found:
        meur = sum(row.present_meur for row in each.plan.money)
        held: dict[str, float] = {}
        for row in each.plan.supply:
            if row.period == each.plan.hourly.periods[-1] and row.contracted_mw + row.plant_mw > 0.05:
                held[row.technology] = held.get(row.technology, 0.0) + row.contracted_mw + row.plant_mw
        plants = ", ".join(f"{name} {mw:,.0f}" for name, mw in sorted(held.items()))
        rows += [
            [each.rules, stretch, f"{worst:.0%}", f"{mean:.0%}", f"{meur:,.0f}", plants]
            for stretch, (worst, mean) in each.shares.items()
        ]
    header = [
        "asked",
        "stretch of stress",
        "fed in its worst hour",
        "fed on its mean",
        "MEUR",
        "contracts and new plant, MW",
    ]
    return section(
        "# What firm cover feeds in hours of stress",
        f"Generated by `python -m tests.benchmarks.stress_days` from the case `{title}`, with a campus of "
        f"{matching_curve.KCHIPS:,.0f} thousand chips at {site}. Fed is the share of the draw that contracted and new "
        "low-carbon plant can give in the very hour, with the cover that lines bring: wind and sun by the weather, "
        "a reservoir by its mean, a store as far as it lasts through the longest stretch. MEUR is the cost of "
        "the whole plan, net present; plant is that of the last period.",
        table(header, rows),
    )


def main() -> None:
    """Solve and write."""
    case_dir, site = Path(sys.argv[1]), sys.argv[2]
    title = read_case(case_dir, load_settings(case_dir)).name
    text = page(title, site, [fed(case_dir, site, rules) for rules in RULES])
    (Path(sys.argv[3]) if sys.argv[3:] else PAGE).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
