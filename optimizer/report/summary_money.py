"""The summary's section on who pays: capital by fund, cash by year, and what an H100e-hour costs and earns."""

from models.plan import CashRow, EarningRow, Plan
from optimizer.report.key_figures import site_names
from optimizer.report.markdown import section, table


def whole(plan: Plan) -> EarningRow | None:
    """Return what compute of the whole plan costs and earns; None in plans written before this was told."""
    return plan.earnings[0] if plan.earnings else None


def cost_in_words(plan: Plan) -> str:
    """Return what an H100e-hour costs, and whether it is earned; nothing where none is served."""
    row = whole(plan)
    if row is None or row.cost_eur_per_h100e_hour is None:
        return ""
    words = f"An H100e-hour of new compute costs {row.cost_eur_per_h100e_hour:.2f} EUR of the base year, all in"
    if row.break_even_share is None:
        return f"{words}: at that price, with every hour sold, it would pay for everything."
    verdict = "earns" if row.revenue_meur >= row.cost_meur else "does not earn"
    return f"{words}. The plan {verdict} its money: it breaks even with {row.break_even_share:.0%} of the hours sold."


def who_pays(plan: Plan) -> str:
    """Return who pays the capital, what every year brings and takes, and which sites earn their money."""
    periods, names = plan.hourly.periods, site_names(plan)
    spent = {(row.fund, row.period): row.spent_meur for row in plan.spending}
    available = {row.fund: row.available_meur for row in plan.spending if row.period == periods[-1]}
    paid = [[fund, *(spent.get((fund, period), 0.0) for period in periods), meur] for fund, meur in available.items()]
    header = ["site", "cost, EUR per H100e-hour", "cost, MEUR", "earned, MEUR", "breaks even at"]
    sites = [
        [names.get(row.site, row.site), _two(row.cost_eur_per_h100e_hour), row.cost_meur, row.revenue_meur,
         "" if row.break_even_share is None else f"{row.break_even_share:.0%}"]
        for row in plan.earnings
    ]  # fmt: skip
    return section(
        "## Who pays",
        "Capital, MEUR:",
        table(["fund", *periods, "available in all"], paid),
        cost_in_words(plan),
        "All that the plan pays is in it, discounted, less what is left at the end, over the hours served, discounted "
        "too; what is not bought or due at a site is shared by the energy drawn:"
        if sites
        else "",
        table(header, sites) if sites else "",
        *_years(plan.cash),
    )


def _years(rows: tuple[CashRow, ...]) -> tuple[str, ...]:
    if not rows:
        return ()
    followed = any(row.revenue_meur or row.service_meur or row.grant_meur or row.supported_meur for row in rows)
    if not followed:
        least, most = (end(row.running_meur for row in rows) for end in (min, max))
        return (f"Nobody is said to pay the running costs, {least:,.0f} to {most:,.0f} MEUR a year.",)
    header = ["year", "earned", "grant", "running costs", "private money", "debt service", "cover of it",
              "capital", "of it debt", "of it earned", "cash at the end"]  # fmt: skip
    years = [
        [str(row.year), row.revenue_meur, row.grant_meur, row.running_meur, row.supported_meur, row.service_meur,
         _two(row.dscr), row.capital_meur, row.debt_meur, row.reinvested_meur, row.cash_meur]
        for row in rows
    ]  # fmt: skip
    return "Every year of the owners of new data centres, MEUR:", table(header, years)


def _two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
