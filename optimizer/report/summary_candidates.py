"""The summary's section on candidates not chosen: what rules them out, and what a campus there would cost."""

from collections import defaultdict
from collections.abc import Mapping

from models.plan import CandidateRow, Plan
from optimizer.case.display_names import unique_names
from optimizer.report.markdown import cell, section, table

LISTED, NAMED = 8, 3
"""Passed candidates that are listed, the cheapest first, and those that are named for each barrier."""
WORDS = {
    "none: dearer": "nothing but its cost",
    "none: within the gap": "nothing: its cost differs by less than the gap of the plan's",
    "none: cheaper by itself": "nothing of its own: money, chips, users or carbon of the whole plan",
}
"""What is said where no barrier is found."""


def candidates_section(plan: Plan) -> str:
    """Return the section; empty where every candidate is chosen."""
    passed = [row for row in plan.candidates if not row.chosen]
    if not passed:
        return ""
    names = unique_names({row.site: row.name for row in plan.sites})
    kinds: dict[str, list[CandidateRow]] = defaultdict(list)
    for row in sorted(passed, key=lambda row: (not row.size_mw, row.cost_eur_per_mwh, row.site)):
        kinds[row.barrier].append(row)
    barriers = [
        [WORDS.get(barrier, barrier), len(rows), ", ".join(names[row.site] for row in rows[:NAMED])]
        for barrier, rows in sorted(kinds.items(), key=lambda item: -len(item[1]))
    ]
    priced = sorted((row for row in passed if row.size_mw), key=lambda row: (row.cost_eur_per_mwh, row.site))
    listed = [
        [names[row.site], row.country, row.earliest, barrier_text(row), row.size_mw, row.cost_eur_per_mwh,
         _beside(row, names)]
        for row in priced[:LISTED]
    ]  # fmt: skip
    header = ["site", "country", "from", "what rules it out", "MW", "EUR/MWh", "MEUR"]
    return section(
        "## Sites not chosen",
        f"What rules out the {len(passed)} candidates that are not chosen, by the inputs and the plan's other sites:",
        table(["what rules it out", "sites", "for example"], barriers),
        f"Of {len(priced)} with room for a campus, the {len(listed)} where it would cost least: all but the chips, per "
        "MWh that its servers draw, at the plan's energy prices, from when dates, land and grid allow, "
        "and beside the chosen site where the same campus costs most. To first order; what is proved stands above, "
        "where a change flips the choice. All are in `candidates.csv`.",
        table(header, listed),
    )


def _beside(row: CandidateRow, names: Mapping[str, str]) -> str:
    """Return what a candidate costs more or less than the chosen site beside it; nothing where there is none."""
    more = "more" if row.dearer_meur > 0 else "less"
    return f"{cell(abs(row.dearer_meur))} {more} than {names.get(row.beside, row.beside)}" if row.beside else ""


def barrier_text(row: CandidateRow) -> str:
    """Return what rules a candidate out, with the input and its figures where there are any."""
    figures = f": {cell(row.there)} of {cell(row.needed)}" if row.there or row.needed else ""
    return WORDS.get(row.barrier, row.barrier) + (f" ({row.input}{figures})" if row.input else "")
