r"""Years and money over time: how much of a period a thing serves, and what a later euro is worth in the base year.

**What a period stands for.** A period is one year to the dispatch, and that year is the mean of all its years: fleets by their rows, load
and carbon intensity as they grow and decline from the base year. What must be there in every year is the least of the years: the
headroom of a substation, and the capacity that can be contracted, as a contract that covers a peak must deliver until the period ends.
What is decided (halls, chips, connections, plants, steps) and what dates allow (permits, connections, lead times, chips on sale)
is that of the period's start; demand is a mean by its meaning, tranches are there from the start.

**When money is due.** All is dated by year, at the year's start: capital at the start of the period in which a thing begins to serve,
what is due every year (and compute served) at the start of each year of the period, and what is left at the start of the year after
the horizon. Building takes time: a thing that is built over $T$ years is paid evenly over them, and bears interest at the rate $r$ until
it serves: $\iota(T) = \frac{(1 + r)^T - 1}{T \ln(1 + r)} - 1$ of its capital, the mean of $(1 + r)^t$ over the $T$ years less 1. (Payments at the
ends of years alone, $((1 + r)^T - 1) / (r T)$, would be a cost below 1 for half a year.) A step of a reinforcement is decided at the start of a
period and paid over its lead time, so that its capital is worth $(1 + \iota(T)) (1 + r)^{-T}$ then. Chips are bought, not built. The
interest is a cost of the plan, but no fund pays it: tranches and the ceiling of aid are about what is bought. Dates are those of
service (permits, connections, lead times): the years of construction lie before them and keep nothing out.

**What is left at the end.** Halls, heat recovery, connections, steps and plants are paid off in equal yearly amounts over their
life $\ell$ at the rate $r$. Of one bought in year $Y$, age $a = T - Y$ in the year $T$ after the horizon, the share left is
$\varrho = \frac{1 - (1 + r)^{-(\ell - a)}}{1 - (1 + r)^{-\ell}}$, 0 from age $\ell$ on and $1 - a / \ell$ at $r = 0$: the horizon bears the yearly
payments of its own years, no more and no less. What is paid off is the capital with its interest. Chips are not sold at what they cost: the compute left in them competes with the
chips sold then. With $\delta_c$ kH100e and the price $\kappa_c$ of a MW, a MW is worth
$\rho_c (\ell_c - a)^+ \min(\kappa_c / \ell_c, \delta_c \min_{c'} \kappa_{c'} / (\delta_{c'} \ell_{c'}))$, $c'$ over what can be bought in the last period or has come by $T$,
$\rho_c$ the share of that which a buyer pays (`chips.resale_share`).
Nothing is taken off for the more power that the older chip draws.
"""

import math
from collections.abc import Callable, Iterable

from models.case import Case


def first_year(case: Case, period: str) -> int:
    """Return the first calendar year of a period."""
    return case.periods[period].first_year


def years_of(case: Case, period: str) -> dict[int, float]:
    """Return the calendar years of a period, each with the part of it that the period has: 1, or less of the last one."""
    start, length = case.periods[period].first_year, case.periods[period].length_years
    return {start + place: min(1.0, length - place) for place in range(math.ceil(length))}


def mean_over(case: Case, period: str, of_year: Callable[[int], float]) -> float:
    """Return the mean over the years of a period of what each year has; a part year counts by its part."""
    parts = years_of(case, period)
    first = of_year(next(iter(parts)))  # what never changes comes out as it is, without rounding
    return first + sum(part * (of_year(year) - first) for year, part in parts.items()) / sum(parts.values())


def mean_growth(case: Case, period: str, yearly_share: float) -> float:
    """Return by how much a thing has grown since the base year, on the mean of a period: (1 + g)^years."""
    return mean_over(case, period, lambda year: (1 + yearly_share) ** (year - case.settings.money.base_year))


def starts_in(case: Case, period: str, starts: Iterable[int]) -> list[int]:
    """Return those of the years from which rows hold whose rows hold in some year of a period, in order."""
    years, known = years_of(case, period), sorted(starts)
    held = max((start for start in known if start <= min(years)), default=min(years))
    return [start for start in known if held <= start <= max(years)]


def until(case: Case, period: str) -> list[str]:
    """Return the periods up to and including a period, in order."""
    return [each for each in case.periods if first_year(case, each) <= first_year(case, period)]


def last_period(case: Case) -> str:
    """Return the last period."""
    return max(case.periods, key=lambda period: first_year(case, period))


def service_share(case: Case, since: float, life_years: float, period: str) -> float:
    """Return the share of a period in which a thing serves that begins with a year and lasts its life, 0..1."""
    start, length = case.periods[period].first_year, case.periods[period].length_years
    return max(0.0, min(since + life_years, start + length) - max(since, start)) / length


def is_summer(case: Case, first_hour: int) -> bool:
    """Tell whether a day belongs to the summer half of the year: the two middle quarters of the record."""
    hours = len(next(iter(case.hourly["load"].values())))
    return hours <= 4 * first_hour < 3 * hours


def horizon_year(case: Case) -> float:
    """Return the year after the last period."""
    final = case.periods[last_period(case)]
    return final.first_year + final.length_years


def discount_factor(case: Case, year: float) -> float:
    """Return what a euro of a year is worth in the base year."""
    return float((1 + case.settings.money.discount_share) ** (case.settings.money.base_year - year))


def annuity(case: Case, period: str) -> float:
    """Return the worth in the base year of one euro in every year of a period, whole years plus a part year."""
    return sum(part * discount_factor(case, year) for year, part in years_of(case, period).items())


def interest_share(case: Case, construction_years: float) -> float:
    """Return the interest during construction, as a share of the capital, of a thing paid evenly until it serves."""
    growth = construction_years * math.log1p(case.settings.money.discount_share)
    return math.expm1(growth) / growth - 1 if growth else 0.0


def residual_share(case: Case, bought: str, life_years: float, lead_years: float = 0.0) -> float:
    """Return the share of a thing's cost not paid off at the end of the horizon, if paid in equal yearly amounts.

    It serves from the first year of the period in which it is bought, or `lead_years` later.
    """
    left_years = min(life_years, life_years - (horizon_year(case) - first_year(case, bought) - lead_years))
    rate = case.settings.money.discount_share
    if left_years <= 0:
        return 0.0
    return float((1 - (1 + rate) ** -left_years) / (1 - (1 + rate) ** -life_years)) if rate else left_years / life_years
