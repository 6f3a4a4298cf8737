"""Years and money of a case, worked out afresh: what a euro of a year is worth, and what is left at the end."""

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np

from models.case import Array, Case


class Discounting:
    """What follows from the periods, the rate and the prices of a case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.year = {period: row.first_year for period, row in case.periods.items()}
        self.periods = sorted(self.year, key=lambda period: self.year[period])
        self.final = self.periods[-1]

    def calendar_years(self, period: str) -> dict[int, float]:
        """Return the calendar years of a period; the last one counts by the part that is in it."""
        length = self.case.periods[period].length_years
        return {self.year[period] + n: min(1.0, length - n) for n in range(math.ceil(length))}

    def mean(self, period: str, by_year: Callable[[int], float]) -> float:
        """Return the mean over the years of a period."""
        parts = self.calendar_years(period)
        return float(np.average([by_year(year) for year in parts], weights=list(parts.values())))

    def growth_factors(self, share: float) -> Array:
        """Return by how much a thing has grown since the base year on the mean of each period, (periods, 1, 1)."""
        base = self.case.settings.money.base_year
        factors = [self.mean(period, lambda year: (1 + share) ** (year - base)) for period in self.periods]
        return np.array(factors)[:, None, None]

    def until(self, period: str) -> list[str]:
        """Return the periods up to and including one."""
        return self.periods[: self.periods.index(period) + 1]

    def discount_factor(self, year: float) -> float:
        """Return the worth of a euro of a year in the base year: (1 + r) ^ (base - year)."""
        return float((1 + self.case.settings.money.discount_share) ** (self.case.settings.money.base_year - year))

    def annuity(self, period: str) -> float:
        """Return the worth of a euro in every year of a period; the last year counts by the part that is in it."""
        return sum(part * self.discount_factor(year) for year, part in self.calendar_years(period).items())

    @cached_property
    def end_year(self) -> float:
        """The year after the last period."""
        return self.year[self.final] + self.case.periods[self.final].length_years

    def construction_factor(self, years: float) -> float:
        """Return what a euro paid evenly over years of construction has come to at their end: the mean of (1 + r)^t."""
        rate = self.case.settings.money.discount_share
        return float(((1 + rate) ** years - 1) / (years * np.log(1 + rate))) if rate and years else 1.0

    def residual_share(self, since: float, life_years: float) -> float:
        """Return what is owed, at the end, of a thing that serves since a year and is paid off in equal yearly amounts.

        Debt with interest, less the payments made with interest: (1 + r)^a - ((1 + r)^a - 1) / (1 - (1 + r)^-l).
        """
        rate, age = self.case.settings.money.discount_share, self.end_year - since
        if age >= life_years:
            return 0.0
        if not rate:
            return (life_years - age) / life_years
        debt = (1 + rate) ** age
        return float(debt - (debt - 1) / (1 - (1 + rate) ** -life_years))

    def chip_meur_per_mw(self, chip: str) -> float:
        """Return the price of a MW of servers: EUR per chip / kW per chip, in thousands."""
        return self.case.chips[chip].price_eur_per_chip / self.case.chips[chip].server_kw / 1000

    def kh100e_per_mw(self, chip: str) -> float:
        """Return the compute of a MW of servers: H100-equivalents x share of time up / kW per chip."""
        row = self.case.chips[chip]
        return row.throughput_h100e * row.availability_share / row.server_kw

    def residual_chip_meur_per_mw(self, chip: str, bought: str) -> float:
        """Return what a MW of a chip is worth at the end: its years left x the least that a year of it costs new.

        New it costs its own price over its life, or as much compute of a chip that is sold in the last period or comes
        by the year after it. A buyer pays the share that the chip states.
        """
        years = self.case.chips[chip].life_years - (self.end_year - self.year[bought])
        costs = [self.chip_meur_per_mw(chip) / self.case.chips[chip].life_years]
        for other, row in self.case.chips.items():
            sold = row.last_year >= self.year[self.final] and row.first_year <= self.end_year
            if sold and self.kh100e_per_mw(other) > 0:
                as_much_mw = self.kh100e_per_mw(chip) / self.kh100e_per_mw(other)
                costs.append(as_much_mw * self.chip_meur_per_mw(other) / row.life_years)
        return max(years, 0.0) * min(costs) * self.case.chips[chip].resale_share
