"""The report's section on money: who pays, for what, when, and what of it is public."""

from collections import defaultdict

from models.plan import CashRow, EarningRow, Plan
from models.terms import totals
from optimizer.report.headings import heading_of
from optimizer.report.key_figures import key_figures, site_names
from optimizer.report.ledgers import cost_in_words, money_entries
from optimizer.report.markdown import cell
from optimizer.report.report_blocks import Block, Chart, Row, Section, Table, Text
from optimizer.report.report_charts import horizontal_bars, stacked_bars
from optimizer.report.summary_money import cost_in_words as cost_of_an_hour

WORDS = {
    "siting": "sites opened",
    "sizing": "halls",
    "compute": "chips",
    "cooling": "cooling and heat",
    "grid": "grid",
    "power": "plants and contracts",
    "dispatch": "electricity",
    "carbon": "carbon",
}
"""Aspect -> what it pays for."""


def money_section(plan: Plan) -> Section:
    """Return the money by fund, by ledger, and by what it pays for."""
    periods, answer = plan.hourly.periods, key_figures(plan)
    present = sum(row.present_meur for row in plan.money)
    public = sum(row.public_meur for row in plan.aid)
    lead = (
        f"**{cell(answer.spent_meur)} of {cell(answer.available_meur)} MEUR of capital** are spent, of which "
        f"{cell(public)} MEUR are public money at sites. With running costs, and what is left at "
        f"the end, the net present cost is {cell(present)} MEUR of 2025."
    )
    spent: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(periods))
    for row in plan.spending:
        spent[row.fund][periods.index(row.period)] += row.spent_meur
    available = {row.fund: row.available_meur for row in plan.spending if row.period == periods[-1]}
    funds = Table(
        "Who pays the capital, MEUR",
        {
            "fund": "",
            **dict.fromkeys(periods, "spending.spent_meur"),
            "spent in all": "spending.spent_meur",
            "available in all": "spending.available_meur",
        },
        [[fund, *values, sum(values), available.get(fund, 0.0)] for fund, values in spent.items()],
        total=[
            "all funds",
            *(sum(each[place] for each in spent.values()) for place in range(len(periods))),
            answer.spent_meur,
            answer.available_meur,
        ],
    )
    blocks: list[Block | Row] = [
        (stacked_bars("Capital spent by fund", "MEUR", periods, spent), _purposes(plan)),
        funds,
        *_earnings(plan),
        _ledgers(plan),
        *([_basis(plan)] if any(row.basis_present_meur for row in plan.zones) else []),
    ]
    if plan.aid:
        names = site_names(plan)
        columns = {"site": "", "fund": "", "period": "", "public money, MEUR": "aid.public_meur"}
        rows = [[names[row.site], row.fund, row.period, row.public_meur] for row in plan.aid]
        blocks.append(Table("Public money by site", columns, rows, total=["all sites", "", "", public], folded=True))
    return Section("money", "What it costs and who pays", lead, tuple(blocks))


def _earnings(plan: Plan) -> list[Block]:
    """Return what an H100e-hour costs and earns by site, and the years of the owners' cash where it is followed."""
    if not plan.earnings:
        return []
    names = site_names(plan)
    told = ("cost_eur_per_h100e_hour", "cost_meur", "revenue_meur", "break_even_share")
    columns = {"site": ""} | {heading_of(column): f"earnings.{column}" for column in told}
    sites = [[names.get(row.site, row.site), *(_shown(row, column) for column in told)] for row in plan.earnings]
    table = Table("What an H100e-hour costs and earns", columns, sites)
    found: list[Block] = [Text(cost_of_an_hour(plan), "note"), table]
    if any(row.revenue_meur or row.service_meur or row.supported_meur for row in plan.cash):
        shown = [name for name in CashRow.model_fields if name.endswith("_meur") or name == "dscr"]
        columns = {"year": ""} | {heading_of(name): f"cash.{name}" for name in shown}
        years = [[str(row.year), *(_shown(row, name) for name in shown)] for row in plan.cash]
        found.append(Table("Cash of the owners of new data centres by year", columns, years))
    return found


def _shown(row: CashRow | EarningRow, column: str) -> object:
    return "" if (value := getattr(row, column)) is None else value


def _purposes(plan: Plan) -> Chart:
    purposes = totals((WORDS.get(row.aspect, row.aspect), row.present_meur) for row in plan.money)
    shown = {name: meur for name, meur in sorted(purposes.items(), key=lambda item: -item[1]) if abs(meur) >= 0.5}
    return horizontal_bars("Net present cost by what it is for", "MEUR", shown)


def _ledgers(plan: Plan) -> Table:
    periods = plan.hourly.periods
    return Table(
        "By ledger, MEUR (opex: per year of the period; residual: what is left at the end)",
        {
            "ledger": "",
            "for": "",
            **dict.fromkeys(periods, "money.amount_meur"),
            "present value": "money.present_meur",
        },
        [
            [ledger, cost_in_words(ledger, aspect), *(values[period] for period in periods), values["present"]]
            for (ledger, aspect), values in money_entries(plan).items()
        ],
        total=["net present cost", "", *("" for _ in periods), sum(row.present_meur for row in plan.money)],
    )


def _basis(plan: Plan) -> Text:
    total_meur = sum(row.basis_present_meur for row in plan.zones)
    return Text(
        f"Of this {cell(total_meur)} MEUR are the price basis: what electricity costs beyond what the dispatch "
        "explains, an input calibrated on past prices, zone by zone.",
        "note",
    )
