"""A plan period by period: when its sites open, and what stands and serves in each."""

from dataclasses import dataclass

from models.plan import Plan


@dataclass(frozen=True)
class PeriodFigures:
    """What stands and serves in one period."""

    period: str
    sites: int
    """Sites open with what the plan adds: those closed down before are not among them."""
    servers_mw: float
    chips_kchips: float
    served_kh100e: float
    """Committed chips included."""
    spent_meur: float
    """Capital spent in the period."""
    attributional_kt: float
    """Emissions a year."""


def period_figures(plan: Plan) -> tuple[PeriodFigures, ...]:
    """Return the figures of every period, in order of time."""
    figures = []
    for period in plan.hourly.periods:
        rows = [row for row in plan.sites if row.period == period]
        figures.append(
            PeriodFigures(
                period=period,
                sites=sum(bool(row.opened if row.status == "candidate" else row.halls) for row in rows),
                servers_mw=sum(row.servers_mw for row in rows),
                chips_kchips=sum(row.chips_kchips for row in rows),
                served_kh100e=sum(row.served_kh100e for row in rows),
                spent_meur=sum(row.spent_meur for row in plan.spending if row.period == period),
                attributional_kt=sum(row.attributional_kt for row in plan.carbon if row.period == period),
            )
        )
    return tuple(figures)


def shown_period(plan: Plan) -> str:
    """Return the period whose sizes are shown where there is room for one: the last."""
    return plan.hourly.periods[-1]


def opening_periods(plan: Plan) -> dict[str, str]:
    """Return the first period in which each chosen site is open with what the plan adds."""
    order = plan.hourly.periods
    chosen = [row for row in plan.sites if row.halls or (row.status == "candidate" and row.opened)]
    return {row.site: row.period for row in sorted(chosen, key=lambda row: order.index(row.period), reverse=True)}
