"""The table that ends a solve on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.plan import Plan
from optimizer.audit.audit_report import AuditReport
from optimizer.report.idle_capacity import idle_halls
from optimizer.report.key_figures import (
    audit_text,
    capital_meur,
    chosen_sites,
    distinct_text,
    full_year_text,
    key_figures,
    proof_lines,
    sentence,
    site_names,
)
from optimizer.report.period_figures import opening_periods
from optimizer.report.report_resilience import resilience_line
from optimizer.report.summary_gigafactories import verdict
from optimizer.report.summary_rivals import estimated_share
from optimizer.report.summary_sovereignty import control_in_words

WIDE = 100
"""Characters from which the table has room for the cooling."""


def console_summary(plan: Plan, report: AuditReport, console: Console) -> None:
    """Print the sites chosen with their size and capital, the totals, the proof and the audit's verdict."""
    answer, opens = key_figures(plan), opening_periods(plan)
    table = Table(title=Text(plan.title), title_justify="left", show_footer=True)
    wide = console.width >= WIDE
    table.add_column("site", f"{answer.sites} in all", overflow="fold", min_width=20)
    table.add_column("from", no_wrap=True)
    if wide:
        table.add_column("cooling", no_wrap=True)
    table.add_column(f"MW\n{answer.period}", f"{answer.servers_mw:,.0f}", justify="right")
    table.add_column("k chips", f"{answer.chips_kchips:,.1f}", justify="right")
    table.add_column("kH100e", f"{answer.served_kh100e:,.0f}", justify="right")
    table.add_column("MEUR", f"{answer.spent_meur:,.0f}", justify="right")
    chosen, capital, names = chosen_sites(plan), capital_meur(plan), site_names(plan)
    for row in chosen:
        cooling = distinct_text(hall.cooling for hall in plan.halls if hall.site == row.site)
        words = (f"{names[row.site]}, {row.country}", opens[row.site], *([cooling] if wide else []))
        figures = (f"{row.servers_mw:,.0f}", f"{row.chips_kchips:,.1f}", f"{row.served_kh100e:,.0f}")
        table.add_row(*(Text(word) for word in (*words, *figures, f"{capital[row.site]:,.0f}")))
    elsewhere = answer.served_kh100e - sum(row.served_kh100e for row in chosen)
    plants = answer.spent_meur - sum(capital.values())
    blank = [""] * (4 if wide else 3)
    table.add_row("committed sites", *blank, f"{elsewhere:,.0f}", "", style="dim")
    table.add_row("plants and grid steps", *blank, "", f"{plants:,.0f}", style="dim")
    console.print(table)
    for line in proof_lines(plan):
        console.print(line)
    console.print(f"whole year: {full_year_text(plan)}")
    if (share := estimated_share([*plan.rivals])) is not None:
        console.print(f"estimates: {share:.0%} of the cost differences between the chosen sites and the next best")
    if left := resilience_line(plan):
        console.print(Text(left))
    if weighed := verdict(plan, brief=True):
        console.print(Text(weighed))
    if control := control_in_words(plan):
        console.print(Text(control))
    idle = idle_halls(plan)
    if idle:
        idle_sites = distinct_text(each.site for each in idle)
        console.print(Text(f"halls with few chips or none: {idle_sites} (see summary.md)", style="bold"))
    if plan.proof.message:
        console.print(Text(sentence(plan.proof.message)))
    console.print(Text(f"{answer.status}; audit: {audit_text(report)}", style="" if report.sound else "bold red"))
