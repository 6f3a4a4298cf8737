"""The summary's section on programmes: what each asks for, and what the plan has."""

from models.plan import Plan
from optimizer.report.markdown import section, table


def programmes_section(plan: Plan) -> str:
    """Return the section; empty where the case has no programme."""
    if not plan.programmes:
        return ""
    rows = [
        [row.name, row.period, row.asked_kh100e, row.compute_kh100e, row.asked_sites, row.sites]
        for row in plan.programmes
    ]
    header = ["programme", "period", "kH100e asked", "the plan has", "sites asked", "the plan has"]
    note = "0 asked: not yet, or not at all. What a programme counts, and what it does not, is said by its source."
    return section("## Programmes", table(header, rows), note)
