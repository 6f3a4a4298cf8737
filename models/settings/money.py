"""Settings of money: prices, rates, ceilings."""

from typing import Annotated

from pydantic import Field

from models.settings.sections import Section
from models.units import Smallest


class Money(Section):
    """How money is counted."""

    base_year: Annotated[int, Field(ge=2000, le=2100)] = 2026
    """Year to which everything is discounted, and from which growth is counted."""
    discount_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.06
    """Discount rate per year, real; what is built is paid off, and bears interest during construction, at the same rate."""
    aid_ceiling_share: Annotated[float, Field(ge=0, le=1), Smallest(0.02)] = 1.0
    """Most of a site's capital cost in a period that all public funds may pay together."""
    operation_paid: bool = False
    """Whether running costs have to be paid: by what is earned, the grant, cash kept, and private money."""
    operating_grant_meur: Annotated[float, Field(ge=0, le=1_000_000), Smallest(1)] = 0.0
    """Public money for running costs, per year."""
    power_eur_per_mwh: Annotated[float, Field(ge=0, le=1000), Smallest(5)] = 70.0
    """What data centres pay for a MWh, fees and tax apart, where running costs are paid (estimate: no forecast)."""
    sold_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 1.0
    """Share of the hours of the new compute served that is paid for: utilisation."""
    price_decline_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.0
    """Yearly decline of the price of an H100e-hour from the base year on."""
    cash_interest_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.0
    """Interest that cash kept earns per year, real."""
    dscr_min: Annotated[float, Field(ge=0, le=10), Smallest(0.1)] = 0.0
    """Least debt service cover in every year: earnings and grant less running costs, over debt service; 0 asks for none."""
    lost_load_eur_per_mwh: Annotated[float, Field(ge=0, le=100_000), Smallest(50)] = 8000.0
    """Value of lost load."""
    heat_eur_per_mwh: Annotated[float, Field(ge=0, le=500), Smallest(0.1)] = 25.0
    """Price earned for a MWh of reused heat."""
    heat_meur_per_mw: Annotated[float, Field(ge=0, le=50), Smallest(0.001)] = 0.5
    """Capital cost of a MW of heat recovery."""
    connection_meur_per_mw: Annotated[float, Field(ge=0, le=50), Smallest(0.001)] = 0.12
    """Cost of a MW of new grid connection."""
    connection_construction_years: Annotated[float, Field(ge=0, le=15)] = 2.0
    """Years over which a grid connection is built and paid before it serves."""
    connection_meur_per_mw_km: Annotated[float, Field(ge=0, le=0.1), Smallest(0.000001)] = 0.00075
    """Cost of a MW of connecting line per km."""
    heat_hours: Annotated[float, Field(ge=0, le=8760), Smallest(400)] = 4000.0
    """Full-load hours per year at which neighbours take reused heat."""
    grid_life_years: Annotated[float, Field(ge=1, le=100)] = 40.0
    """Life of connections, reinforcements and heat recovery."""
    interruptible_meur_per_mw: Annotated[float, Field(ge=0, le=1), Smallest(0.0005)] = 0.0
    """What a MW of interruptible connection saves in fees a year."""
    operation_meur_per_mw: Annotated[float, Field(ge=0, le=50), Smallest(0.001)] = 0.25
    """Staff, software, spares per MW of servers in use and year."""
    operation_staff_share: Annotated[float, Field(ge=0, le=1), Smallest(0.01)] = 0.4
    """Part of it that is staff, paid at the country's wages (estimate: no source)."""
