"""Warnings about dates that contradict one another, or lie where no period begins."""

from collections.abc import Iterator, Mapping

from models.case import Case
from models.timeline import first_year, horizon_year, last_period, starts_in
from models.upper_bounds import most_halls, rules_against
from optimizer.case.faults import Fault
from optimizer.case.table import Tables


def period_starts(case: Case) -> list[int]:
    """Return the first year of every period: the years at which dates are read."""
    return [row.first_year for row in case.periods.values()]


def opening_year(case: Case, site: str) -> int:
    """Return the year from which a site's permits and connection can be ready."""
    return max(case.sites[site].permit_year, case.sites[site].connection_year)


def _in_force(case: Case, rows: Mapping[int, object]) -> set[int]:
    """Return the years of the dated rows that hold in some year of some period."""
    return {year for period in case.periods for year in starts_in(case, period, rows)}


def candidates_are_dated_from_the_base_year_on(tables: Tables, case: Case) -> Iterator[Fault]:
    """A candidate's permits or connection are dated before the base year, which changes nothing."""
    base = case.settings.money.base_year
    for site, row in case.sites.items():
        for column in ("permit_year", "connection_year"):
            if row.status == "candidate" and getattr(row, column) < base:
                yield tables["sites"].fault(site, column, f"before the base year {base}: counted as ready at once")


def candidates_can_open_in_some_period(tables: Tables, case: Case) -> Iterator[Fault]:
    """A candidate whose dates, land or grid let no plan open it."""
    last, hall_mw = first_year(case, last_period(case)), case.settings.halls.hall_mw
    for site, row in case.sites.items():
        if row.status != "candidate" or rules_against(case, site):
            continue
        if opening_year(case, site) + row.late_years > last:
            dates = [each for each in ("permit_year", "connection_year") if getattr(row, each) > last]
            column = (*dates, "late_years")[0]
            yield tables["sites"].fault(site, column, f"the last period begins in {last}: the site can never open")
            continue
        choices = [(cooling, period) for cooling in case.cooling for period in case.periods]
        halls = max((most_halls(case, site, *choice) for choice in choices), default=0)
        if halls == 0 or halls * hall_mw < row.minimum_mw:
            room = f"land, grid and dates leave room for {halls * hall_mw:g} MW in halls of {hall_mw:g} MW"
            yield tables["sites"].fault(site, "minimum_mw", f"{room}: no plan can open the site")


def candidates_are_ready_when_a_period_begins(tables: Tables, case: Case) -> Iterator[Fault]:
    """A candidate that is ready within a period opens with the next one: years in between are rounded up."""
    starts = sorted(period_starts(case))
    for site, row in case.sites.items():
        ready = opening_year(case, site)
        if row.status == "candidate" and not rules_against(case, site) and starts[0] < ready < starts[-1]:
            opens = next(start for start in starts if start >= ready)
            if opens > ready:
                column = "permit_year" if row.permit_year == ready else "connection_year"
                yield tables["sites"].fault(
                    site, column, f"within a period: the site waits until {opens}, the next one"
                )


def chosen_candidates_hold_something(tables: Tables, case: Case) -> Iterator[Fault]:
    """A candidate without a least size may count as chosen while next to nothing stands there."""
    for site, row in case.sites.items():
        if row.status == "candidate" and row.minimum_mw == 0 and not rules_against(case, site):
            rule = "no least size: the site may be chosen, and counted, with hardly anything on it"
            yield tables["sites"].fault(site, "minimum_mw", rule)


def connections_find_headroom(tables: Tables, case: Case) -> Iterator[Fault]:
    """A site is connected before its substation has any headroom, its own or that of a step."""
    begin = min(period_starts(case))
    for site, row in case.sites.items():
        ready = [
            year
            for year, each in case.headroom_years.get(row.substation, {}).items()
            if each.headroom_mw + each.interruptible_mw
        ]
        ready += [int(begin + step.lead_years) for step in case.substation_steps.get(row.substation, {}).values()]
        if (
            row.status == "candidate"
            and not row.behind_meter_mw
            and min(ready, default=9999) > opening_year(case, site)
        ):
            when = f"only from {min(ready)}" if ready else "in no year"
            yield tables["sites"].fault(site, "connection_year", f"its substation {row.substation} has headroom {when}")


def headrooms_rise_when_a_site_can_use_them(tables: Tables, case: Case) -> Iterator[Fault]:
    """A substation's headroom changes before any of its sites can connect: it says nothing."""
    for substation, rows in case.headroom_years.items():
        sites = [site for site, row in case.sites.items() if row.substation == substation]
        opens = min((opening_year(case, site) for site in sites if case.sites[site].status == "candidate"), default=0)
        for year in sorted(rows)[1:]:
            if year < opens and year in _in_force(case, rows):
                rule = f"changed in {year}, but no candidate here can connect before {opens}"
                yield tables["headrooms"].fault((substation, year), "from_year", rule)


def dated_rows_hold_in_some_period(tables: Tables, case: Case) -> Iterator[Fault]:
    """A dated row is followed by another before the first period, or comes after the last year: it says nothing."""
    first, end = min(period_starts(case)), horizon_year(case)
    for name, grouped in (("headrooms", case.headroom_years), ("fleets", case.fleet_years)):
        for key, rows in grouped.items():
            for year in sorted({*rows} - _in_force(case, rows)):
                row_key = (*key, year) if isinstance(key, tuple) else (key, year)
                later = min((each for each in rows if each > year), default=None)
                why = f"the periods end with {end - 1:g}"
                if later and year < first:
                    why = f"the first period begins in {first}, and the row of {later} comes before it"
                yield tables[name].fault(row_key, "from_year", f"says nothing: {why}")


def committed_sites_serve(tables: Tables, case: Case) -> Iterator[Fault]:
    """A committed site serves in no period, or before its chip is sold."""
    last = first_year(case, last_period(case))
    for site, row in case.sites.items():
        chip = case.chips.get(row.committed_chip)
        if row.status == "committed" and row.committed_year > last:
            yield tables["sites"].fault(site, "committed_year", f"the last period begins in {last}: it serves in none")
        elif row.status == "committed" and chip and chip.first_year > row.committed_year:
            rule = f"its chip {row.committed_chip} is sold only from {chip.first_year}"
            yield tables["sites"].fault(site, "committed_year", rule)


def chips_are_sold_in_some_period(tables: Tables, case: Case) -> Iterator[Fault]:
    """A chip that no plan can buy and no committed site holds, or a supply of one not sold."""
    sold = {
        (chip, period): row.first_year <= first_year(case, period) <= row.last_year
        for chip, row in case.chips.items()
        for period in case.periods
    }
    committed_chips = {row.committed_chip for row in case.sites.values()}
    densest = max((row.rack_limit_kw for row in case.cooling.values()), default=0.0)
    for chip, row in case.chips.items():
        if chip not in committed_chips and not any(sold[chip, period] for period in case.periods):
            rule = (
                f"sold {row.first_year} - {row.last_year}; periods begin in {', '.join(map(str, period_starts(case)))}"
            )
            yield tables["chips"].fault(chip, "first_year", f"can never be bought: {rule}")
        elif chip not in committed_chips and row.rack_kw > densest:
            yield tables["chips"].fault(chip, "rack_kw", f"no cooling carries over {densest:g} kW")
    for key, supply in case.chip_supply.items():
        if supply.limit_kchips and not sold[supply.chip, supply.period]:
            chip_row = case.chips[supply.chip]
            rule = f"says nothing: {supply.chip} is sold {chip_row.first_year} - {chip_row.last_year}"
            yield tables["chip_supply"].fault(key, "period", rule)


def works_are_done_in_time(tables: Tables, case: Case) -> Iterator[Fault]:
    """A reinforcement or a new plant would be ready after the last period has begun."""
    starts, base = period_starts(case), case.settings.money.base_year
    for key, step in case.reinforcements.items():
        if min(starts) + step.lead_years > max(starts):
            rule = f"decided in {min(starts)} or later, it is ready after {max(starts)}, when the last period begins"
            yield tables["reinforcements"].fault(key, "lead_years", rule)
    for pair, row in case.potentials.items():
        lead = case.technologies[row.technology].lead_years
        if base + lead > max(starts):
            late = f"ready after {max(starts)}, when the last period begins"
            rule = f"{row.technology} takes {lead:g} years from {base}: {late}"
            yield tables["potentials"].fault(pair, "technology", rule)
