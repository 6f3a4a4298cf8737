"""Answers of money: what is spent by whom, what is earned."""

from typing import Annotated, Literal

from models.plan.rows import From, Number, ResultRow, Signed


class MoneyRow(ResultRow):
    """Money by ledger, aspect and period; the discounted column sums to the net present cost."""

    key = ("ledger", "aspect", "period")
    ledger: Literal["capex", "interest", "opex", "residual"]
    """capex (spent in the period), interest (during construction), opex (per year of the period), residual (left at the end)."""
    aspect: str
    """Aspect that causes it; `power` has the price basis in it (zones.basis_meur), `cooling` the heat sold."""
    period: str
    """Period."""
    amount_meur: Signed
    """Amount as it falls due (opex: per year); below 0 an income, electricity cheaper than the dispatch tells, or what is
    left at the end."""
    present_meur: Signed
    """Contribution to the net present cost."""


class SpendingRow(ResultRow):
    """Spending by fund and period."""

    key = ("fund", "period")
    rows = ("funds", "periods")
    fund: str
    """Fund."""
    period: str
    """Period."""
    spent_meur: Annotated[Number, From("budget.spent_meur")]
    """Spent in the period."""
    available_meur: Annotated[Number, From("budget.available_meur")]
    """Released up to the period."""
    supported_meur: Annotated[Number, From("budget.supported_meur")] = 0.0
    """Spent on running costs and debt service besides, where these have to be paid."""


class CashRow(ResultRow):
    """What is earned and paid in every year of the horizon; running costs and cash are of the owners of new data centres."""

    key = ("year",)
    rows = ("cash.service_meur",)
    rows_over = ("year", "period")
    year: int
    """Calendar year."""
    period: str
    """Period."""
    revenue_meur: Annotated[Signed, From("cash.revenue_meur")]
    """Earned by new compute; 0 where no workload has a price."""
    grant_meur: Annotated[Number, From("cash.grant_meur")]
    """Public money for running costs."""
    running_meur: Annotated[Signed, From("cash.running_meur")]
    """Running costs, electricity bought at `money.power_eur_per_mwh`."""
    capital_meur: Annotated[Number, From("cash.capital_meur")]
    """Capital paid; `spending` has it by fund."""
    debt_meur: Annotated[Number, From("cash.debt_meur")]
    """Of which debt drawn."""
    reinvested_meur: Annotated[Number, From("cash.reinvested_meur")]
    """Of which earnings."""
    supported_meur: Annotated[Number, From("cash.supported_meur")]
    """Private money for running costs and debt service."""
    service_meur: Annotated[Number, From("cash.service_meur")]
    """Debt service."""
    cash_meur: Annotated[Number, From("cash.cash_meur")]
    """Cash kept at the end of the year; 0 where nobody has to pay running costs or debt."""
    dscr: Number | None
    """Earnings and grant less running costs, over debt service; empty where there is none, 0 where nothing is left for it."""


class EarningRow(ResultRow):
    """What an H100e-hour costs, and whether it is earned: of every site with new halls, and of the plan (`plan`).

    Everything that the plan pays is in it, discounted, what is left at the end taken off: of a site what is bought and due there,
    and by the energy drawn its part of the rest (plants, contracts, grid steps, what the draw adds to the cost of the system).
    """

    key = ("site",)
    site: str
    """Site, or `plan`."""
    served_kh100e_years: Number
    """New compute served, in discounted years: of a committed site what it serves beyond its own chips."""
    cost_meur: Signed
    """Net present cost."""
    cost_eur_per_h100e_hour: Signed | None
    """The cost over the hours served, both discounted: the price at which full use would pay for everything; empty where
    nothing is served."""
    revenue_meur: Signed
    """Earned, in the base year, as far as hours are sold (`money.sold_share`)."""
    break_even_share: Number | None
    """Share of the hours served that would have to be sold at the price stated to pay for everything; above 1 it cannot be
    earned; empty where nothing has a price."""


class AidRow(ResultRow):
    """Public money by site, fund and period."""

    key = ("site", "fund", "period")
    rows = ("budget.public_meur",)
    sparse = True
    site: str
    """Site."""
    fund: str
    """Fund."""
    period: str
    """Period."""
    public_meur: Annotated[Number, From("budget.public_meur")]
    """Money granted."""
