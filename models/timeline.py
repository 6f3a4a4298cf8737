"""Years and money over time: how much of a period a thing serves, and what a later euro is worth in the base year."""

from models.case import Case


def first_year(case: Case, period: str) -> int:
    """Return the first calendar year of a period."""
    return case.periods[period].first_year


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


def horizon_year(case: Case) -> float:
    """Return the year after the last period."""
    final = case.periods[last_period(case)]
    return final.first_year + final.length_years


def discount_factor(case: Case, year: float) -> float:
    """Return what a euro of a year is worth in the base year."""
    return float((1 + case.scenario.money.discount_share) ** (case.scenario.money.base_year - year))


def annuity(case: Case, period: str) -> float:
    """Return the worth in the base year of one euro in every year of a period, whole years plus a part year."""
    start, length = case.periods[period].first_year, case.periods[period].length_years
    whole = int(length)
    worth = sum(discount_factor(case, start + year) for year in range(whole))
    return worth + (length - whole) * discount_factor(case, start + whole)


def residual_share(case: Case, bought: str, life_years: float) -> float:
    """Return the straight-line share of a thing's cost that is left at the end of the horizon."""
    return max(0.0, 1 - (horizon_year(case) - first_year(case, bought)) / life_years)
