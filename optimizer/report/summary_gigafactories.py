"""The summary's section on gigafactories that are talked about, and its line on the terminal."""

from models.plan import GigafactoryRow, Plan
from optimizer.report.markdown import cell, plain, section, table
from optimizer.report.period_figures import shown_period

BOUND = (
    "Least costs are lower bounds from the inputs, of capital and not discounted: the cheapest chips on sale that "
    "serve in the period, in halls and with a connection where these cost least; opening, plants and grid steps are "
    "left out."
)


def gigafactories_section(plan: Plan) -> str:
    """Return the section; empty where none are weighed."""
    if not plan.gigafactories:
        return ""
    shown = ("period", "supply_kchips", "least_meur", "available_meur", "affordable_kchips", "site_mw", "sites")
    rows = [[getattr(row, column) for column in shown] for row in plan.gigafactories]
    header = ["period", "k chips on sale", "cost at least, MEUR", "money by then", "k chips it pays at most"]
    return section(
        "## Gigafactories",
        f"**{plain(verdict(plan))}**",
        table([*header, "MW of servers of one", "sites with room for one"], rows),
        BOUND,
    )


def verdict(plan: Plan, *, brief: bool = False) -> str:
    """Return whether the last period has the gigafactories weighed, and what stands against them; or nothing.

    In brief it says where to read what stands against them.
    """
    weighed = {row.period: row for row in plan.gigafactories}
    if not weighed:
        return ""
    period = shown_period(plan)
    number, each_kchips = weighed[period].gigafactories, weighed[period].each_kchips
    sizes = [row.chips_kchips for row in plan.sites if row.period == period and row.status == "candidate"]
    built = sum(size >= each_kchips * (1 - 1e-6) for size in sizes)
    most_kchips = max(row.affordable_kchips for row in plan.gigafactories)
    words = (
        f"Of {number} gigafactor{'y' if number == 1 else 'ies'} of {cell(each_kchips)} thousand chips the plan has "
        f"{built} in {period}: {cell(sum(sizes))} thousand at new sites, {cell(max([0.0, *sizes]))} at the largest."
    )
    if built >= number:
        return words
    return f"{words} {'Why: summary.md.' if brief else _against(weighed[period], most_kchips)}"


def _against(row: GigafactoryRow, most_kchips: float) -> str:
    """Return what by the inputs alone leaves no such plan, the money first."""
    reasons, number, asked_kchips = [], row.gigafactories, row.gigafactories * row.each_kchips
    if row.least_meur > row.available_meur or row.affordable_kchips < row.supply_kchips:
        reasons.append(
            f"money: {cell(row.available_meur)} MEUR pay at most {cell(row.affordable_kchips)} of the "
            f"{cell(asked_kchips)} thousand ({cell(most_kchips)} in any period), and the {cell(row.supply_kchips)} on "
            f"sale cost at least {cell(row.least_meur)}"
        )
    if row.supply_kchips < asked_kchips:
        reasons.append(f"chips: {cell(row.supply_kchips)} of {cell(asked_kchips)} thousand are on sale in time")
    if row.sites < number:
        reasons.append(f"room: {row.sites} sites of {number} have land and grid for {cell(row.site_mw)} MW of servers")
    return (
        f"What rules out {number}: {'; '.join(reasons)}."
        if reasons
        else "By chips, money and room alone they could be."
    )
