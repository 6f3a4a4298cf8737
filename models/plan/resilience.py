"""Answers of resilience: what is left when things fail or come late."""

from typing import Annotated, Literal

from models.plan.rows import Number, ResultRow
from models.units import Count, Plausible


class ResilienceRow(ResultRow):
    """What is left when things fail or come late: the worst losses, whether the scenario asks for a rule or not.

    Of sites, and of delays (by `resilience.delayed_years`), one to three; else the worst one; and as many as the scenario
    asks for. Work is not moved to other sites after a loss.
    """

    key = ("period", "failure", "number")
    period: str
    """Period."""
    failure: Literal["sites", "substations", "countries", "risks", "delays"]
    """What is lost: sites, all sites of substations, of countries, all that share a risk; or sites that are late."""
    number: Count
    """How many of them together."""
    lost: str
    """Which: those whose loss is worst, the worst first."""
    lost_kh100e: Number
    """Compute that they serve; of late sites what their new chips would compute in the period meanwhile."""
    remaining_share: Annotated[Number, Plausible(0, 1)]
    """What is left, as a share of all compute served; of late sites, of the compute of all new chips."""
