"""The summary's section on flips: how far each choice of a site is from another one."""

from collections.abc import Iterator

from models.plan import FlipRow, Plan
from optimizer.case.display_names import unique_names
from optimizer.report.markdown import section, table

WORDS = {
    "cost_meur": "cost, MEUR",
    "fee_eur_per_mwh": "fee, EUR/MWh",
    "years": "dates, years",
    "headroom_mw": "headroom, MW",
}
"""Changes that are shown, in this order, in words; an opening cost is left to the table."""
MEANING = (
    "Each choice stands whatever plan a search to the asked gap returns while the change stays below the first figure, "
    "and falls for sure from the second one on; between them either may be found. Proved, the levels of the objectives "
    "before cost held to the last digit: one that misses a level by less than its gap is not counted, though it may be "
    "as good. `gigasite alternatives` counts it, and asks of more sites and changes. MEUR are a present value, "
    "years count for permit, connection and headroom together, MW for the headroom of the substation."
)


def flip_tables(plan: Plan) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Yield the chosen sites and the others, where anything is known: a title, the header, a row of words per site."""
    names = unique_names({row.site: row.name for row in plan.sites})
    header = ["site", *WORDS.values()]
    for chosen, title in ((1, "Chosen, until dearer, later or less by"), (0, "Not chosen, until cheaper by")):
        rows = [row for row in plan.flips if row.chosen == chosen]
        shown = [[names.get(site, site), *(_ends(rows, site, change) for change in WORDS)] for site in _sites(rows)]
        used = [number for number in range(len(header)) if any(row[number] for row in shown)]
        if shown:
            yield title, [header[number] for number in used], [[row[number] for number in used] for row in shown]


def flips_section(plan: Plan) -> str:
    """Return the section; empty where nothing is known."""
    parts = [part for title, header, rows in flip_tables(plan) for part in (f"{title}:", table(header, rows))]
    return section("## Why here and not there", *parts, MEANING) if parts else ""


def _sites(rows: list[FlipRow]) -> list[str]:
    return [*dict.fromkeys(row.site for row in rows)]


def _ends(rows: list[FlipRow], site: str, change: str) -> str:
    """Return both ends of a flip in words; empty where neither is known."""
    known = {row.end: f"{row.amount:,.3g}" for row in rows if row.site == site and row.change == change}
    if not known:
        return ""
    return f"{known.get('never below', '0')} .. {known.get('always from', 'none known')}"
