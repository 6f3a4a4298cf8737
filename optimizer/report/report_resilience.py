"""What is left when things fail or come late: the summary's section, the report's, and the line on the terminal."""

from models.plan import Plan, ResilienceRow
from optimizer.case.display_names import unique_names
from optimizer.report.markdown import cell, plain, section, table
from optimizer.report.period_figures import shown_period
from optimizer.report.report_blocks import Section, Table, Text

TITLE = "What if things fail"
WORDS = {
    "sites": "site{s} lost",
    "substations": "substation{s} lost, with {their} sites",
    "countries": "countr{ies} lost, with {their} sites",
    "risks": "shared risk{s} come true",
    "delays": "site{s} late",
}
NOTE = (
    "What is left after the worst loss of the kind, as a share of all compute served, committed sites included; after "
    "delays, of the compute of all new chips. Work is not moved to other sites. These are figures, and rules only "
    "where the scenario asks for them (`resilience`); in full in `resilience.csv`."
)


def resilience_line(plan: Plan) -> str:
    """Return in a sentence what is left in the last period without the worst sites, or with one late; or nothing."""
    period = shown_period(plan)
    left = {(row.failure, row.number): row.remaining_share for row in plan.resilience if row.period == period}
    if not left:
        return ""
    return (
        f"if things fail: {left['sites', 1]:.0%} of what is served in {period} is left without the worst site, "
        f"{left['sites', 2]:.0%} without two; {left['delays', 1]:.0%} of the new compute if one is {_years(plan)} late"
    )


def resilience_summary(plan: Plan) -> str:
    """Return the section of the summary; empty where the plan says nothing of it."""
    if not plan.resilience:
        return ""
    header, rows = _table(plan)
    line = resilience_line(plan)
    return section(f"## {TITLE}", f"{plain(line[:1].upper() + line[1:])}.", table(header, rows), NOTE)


def resilience_section(plan: Plan) -> Section | None:
    """Return the section of the report; None where the plan says nothing of it."""
    if not plan.resilience:
        return None
    header, rows = _table(plan)
    sources = {name: "resilience.remaining_share" if name in plan.hourly.periods else "" for name in header}
    figures = Table("What is left after the worst of each kind", {**sources, header[-1]: "resilience.lost"}, rows)
    line = resilience_line(plan)
    return Section("failures", TITLE, f"{plain(line[:1].upper() + line[1:])}.", (figures, Text(NOTE, "note")))


def _years(plan: Plan) -> str:
    """Return how late sites are, as the scenario has it."""
    rules = plan.provenance.scenario.get("resilience")
    years = float(rules["delayed_years"]) if isinstance(rules, dict) else 2.0
    return f"{cell(years)} year{'' if years == 1 else 's'}"


def _table(plan: Plan) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows: a row for every kind of failure and number, the share that is left in every period."""
    periods, names = plan.hourly.periods, unique_names({row.site: row.name for row in plan.sites})
    found = {(row.failure, row.number, row.period): row for row in plan.resilience}
    rows = []
    for failure, number in dict.fromkeys((row.failure, row.number) for row in plan.resilience):
        of = [found[failure, number, period] for period in periods]
        rows.append([_words(plan, of[0]), *(f"{row.remaining_share:.0%}" for row in of), _which(of[-1], names)])
    return ["what fails", *periods, f"the worst in {periods[-1]}"], rows


def _words(plan: Plan, row: ResilienceRow) -> str:
    one = row.number == 1
    forms = {"s": "" if one else "s", "ies": "y" if one else "ies", "their": "its" if one else "their"}
    words = f"{row.number} {WORDS[row.failure].format(**forms)}"
    return f"{words} by {_years(plan)}" if row.failure == "delays" else words


def _which(row: ResilienceRow, names: dict[str, str]) -> str:
    codes = row.lost.split(", ") if row.lost else []
    return ", ".join(names.get(code, code) if row.failure in ("sites", "delays") else code for code in codes) or "none"
