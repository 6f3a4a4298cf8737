"""The summary's section on gigafactories that are talked about, and its line on the terminal."""

from models.plan import GigafactoryRow, Plan
from optimizer.report.key_figures import chosen_sites
from optimizer.report.markdown import cell, plain, section, table
from optimizer.report.period_figures import shown_period

BOUND = (
    "Least costs are lower bounds from the inputs, of capital and not discounted: the cheapest chips on sale that "
    "serve in the period, in halls and with a connection where these cost least; opening, plants and grid steps are "
    "left out."
)


COUNTED = {"kchips": "thousand chips", "kh100e": "kH100e"}
"""What makes a gigafactory, as the columns of the table end."""
SIZES = {"kchips": "chips_kchips", "kh100e": "compute_kh100e"}
"""The column of the sites that says the same of them."""


def gigafactories_section(plan: Plan) -> str:
    """Return the section; empty where none are weighed, and the least capital of none is asked."""
    lines = [f"**{plain(each)}**" for each in (least_capital(plan), verdict(plan)) if each]
    if not plan.gigafactories:
        return section("## Gigafactories", *lines) if lines else ""
    end = _counted(plan.gigafactories[0])
    shown = (
        "period",
        f"supply_{end}",
        "least_meur",
        "available_meur",
        f"affordable_{end}",
        "site_mw",
        "sites",
        "standing",
    )
    rows = [[getattr(row, column) for column in shown] for row in plan.gigafactories]
    unit = COUNTED[end].replace("thousand", "k")
    header = ["period", f"{unit} on sale", "cost at least, MEUR", "money by then", f"{unit} it pays at most"]
    return section(
        "## Gigafactories",
        *lines,
        table([*header, "MW of servers of one", "sites with room for one", "the plan has"], rows),
        BOUND,
    )


def least_capital(plan: Plan) -> str:
    """Return how much money the gigafactories asked for take at least, and where the plan puts them; or nothing."""
    asked = plan.provenance.scenario.get("siting")
    number = asked.get("gigafactories_min", 0) if isinstance(asked, dict) else 0
    stage = next((stage for stage in plan.proof.stages if stage.objective == "capital" and stage.claims), None)
    if not (number and stage):
        return ""
    period = shown_period(plan)
    sites = sorted(chosen_sites(plan), key=lambda row: -row.chips_kchips)
    named = ", ".join(f"{row.name} ({cell(row.chips_kchips)} thousand chips)" for row in sites)
    return (
        f"{number} gigafactor{'y' if number == 1 else 'ies'}, with all else that the scenario asks for, "
        f"take{'s' if number == 1 else ''} at least {stage.bound / 1000:,.2f} billion EUR of capital (proved, not "
        f"discounted); this plan takes {stage.plan_value / 1000:,.2f}, with new sites in {period} at {named}."
    )


def verdict(plan: Plan, *, brief: bool = False) -> str:
    """Return whether the last period has the gigafactories weighed, and what stands against them; or nothing.

    In brief it says where to read what stands against them.
    """
    weighed = {row.period: row for row in plan.gigafactories}
    if not weighed:
        return ""
    period = shown_period(plan)
    row = weighed[period]
    sizes = [
        getattr(place, SIZES[_counted(row)])
        for place in plan.sites
        if place.period == period and place.status == "candidate"
    ]
    number, unit = row.gigafactories, COUNTED[_counted(row)]
    words = (
        f"Of {number} gigafactor{'y' if number == 1 else 'ies'} of {cell(_part(row, 'each'))} {unit} the plan has "
        f"{row.standing} in {period}: {cell(sum(sizes))} {unit.removesuffix(' chips')} at new sites, "
        f"{cell(max([0.0, *sizes]))} at the largest."
    )
    if row.standing >= number:
        return words
    most = max(_part(each, "affordable") for each in plan.gigafactories)
    return f"{words} {'Why: summary.md.' if brief else _against(row, most)}"


def _counted(row: GigafactoryRow) -> str:
    """Return how the columns end that count what makes a gigafactory."""
    return "kh100e" if row.each_kh100e else "kchips"


def _part(row: GigafactoryRow, name: str) -> float:
    return float(getattr(row, f"{name}_{_counted(row)}"))


def _against(row: GigafactoryRow, most: float) -> str:
    """Return what by the inputs alone leaves no such plan, the money first."""
    reasons, number, asked, unit = [], row.gigafactories, row.gigafactories * _part(row, "each"), COUNTED[_counted(row)]
    short, supply, affordable = unit.removesuffix(" chips"), _part(row, "supply"), _part(row, "affordable")
    if row.least_meur > row.available_meur or affordable < supply:
        reasons.append(
            f"money: {cell(row.available_meur)} MEUR pay at most {cell(affordable)} of the {cell(asked)} {short} "
            f"({cell(most)} in any period), and the {cell(supply)} on sale cost at least {cell(row.least_meur)}"
        )
    if supply < asked:
        reasons.append(f"chips: {cell(supply)} of {cell(asked)} {short} are on sale in time")
    if row.sites < number:
        reasons.append(f"room: {row.sites} sites of {number} have land and grid for {cell(row.site_mw)} MW of servers")
    return (
        f"What rules out {number}: {'; '.join(reasons)}."
        if reasons
        else "By chips, money and room alone they could be."
    )
