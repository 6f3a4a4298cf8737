"""The summary's section on rivals: what the chosen sites cost beside the next best, and what of that is estimated."""

from collections import defaultdict

from models.plan import Plan, RivalRow
from optimizer.case.display_names import unique_names
from optimizer.report.markdown import plain, section, table

CARRIERS_SHOWN, NAMED = 8, 3
"""Input columns that are listed, and those that are named for each pair of sites."""
CAUTION = (
    "A comparison from the inputs, not a solve: each site is taken alone, at its own size, and no limit is asked but "
    "land, dates, grid, water and the law on PUE. A rival that is cheaper here was ruled out by another limit (carbon, "
    "users within reach, sites of a country, member states), or is within the gap."
)


def estimated_share(rows: list[RivalRow]) -> float | None:
    """Return how much of the cost differences between sites rests on estimates, 0..1; None where nothing differs."""
    total = sum(_difference(row) for row in rows)
    return sum(_difference(row) * row.estimate_share for row in rows) / total if total > 0 else None


def rivals_section(plan: Plan) -> str:
    """Return the section; empty without rivals."""
    share = estimated_share([*plan.rivals])
    if share is None:
        return ""
    columns: dict[str, list[RivalRow]] = defaultdict(list)
    pairs: dict[tuple[str, str], list[RivalRow]] = defaultdict(list)
    for row in plan.rivals:
        columns[row.column].append(row)
        pairs[row.site, row.rival].append(row)
    total = sum(map(_difference, plan.rivals))
    heaviest = sorted(columns.items(), key=lambda item: -sum(map(_difference, item[1])))[:CARRIERS_SHOWN]
    carriers = [
        [name, f"{sum(map(_difference, rows)) / total:.0%}", f"{estimated:.0%}"]
        for name, rows in heaviest
        if (estimated := estimated_share(rows)) is not None
    ]
    names = unique_names({row.site: row.name for row in plan.sites})
    listed = []
    for pair, rows in pairs.items():
        dearer_meur = sum(row.rival_meur - row.site_meur for row in rows)
        who = [names.get(site, site) for site in pair]
        listed.append([*who, dearer_meur, _largest(rows), f"{estimated_share(rows) or 0:.0%}"])
    gaps = [abs(stage.bound - stage.plan_value) for stage in plan.proof.stages if stage.objective == "cost"]
    gap = f" Less than {gaps[0]:,.0f} MEUR, the gap of the plan's cost, is no difference." if sum(gaps) >= 1 else ""
    return section(
        "## Why these sites",
        f"**{share:.0%} of the cost differences between the chosen sites and the next best rest on estimates.** "
        f"The inputs that carry them, to first order:",
        table(["input", "share of the differences", "of which estimates"], carriers),
        "Present cost of the rival less that of the site, for as much server power from the same period on:",
        table(["site", "rival", "MEUR", "largest differences, MEUR", "estimates"], listed),
        plain(CAUTION + gap),
    )


def _difference(row: RivalRow) -> float:
    return abs(row.rival_meur - row.site_meur)


def _largest(rows: list[RivalRow]) -> str:
    """Return the columns by which a pair differs most."""
    most = sorted(rows, key=_difference, reverse=True)[:NAMED]
    return ", ".join(f"{row.column} {row.rival_meur - row.site_meur:+,.0f}" for row in most if _difference(row))
