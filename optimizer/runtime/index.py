"""Which variables a case's programme has, by the rules of the aspects, found without building it."""

from collections import defaultdict
from dataclasses import dataclass

from models.case import Case
from models.timeline import first_year, service_share, until
from models.upper_bounds import buildable_mw, contractable_mw, halls_possible

Pair = tuple[str, str]
Triple = tuple[str, str, str]


@dataclass(frozen=True)
class Index:
    """Indices of the investment variables, each with the number of variables that a row adds up for it."""

    until: dict[str, list[str]]
    """Period -> periods up to it."""
    standing: dict[Triple, int]
    """(site, cooling, period) where halls can stand -> periods in which they may have been built."""
    halls: dict[Pair, int]
    """(site, period) -> hall variables of any cooling up to the period."""
    coolings: dict[Pair, int]
    """(site, period) -> coolings whose halls can stand."""
    opened: dict[Pair, int]
    """(site, period) -> periods in which it may have opened or, committed, been extended."""
    bought: dict[Triple, int]
    """(site, chip, period) -> coolings under which the chip can be bought."""
    fitted: dict[Pair, int]
    """(site, period) -> purchases that can be made."""
    alive: dict[Triple, int]
    """(site, cooling, period) -> purchases whose chips are alive."""
    contracts: list[Triple]
    """(zone, technology, period) with capacity to contract."""
    plants: dict[Triple, int]
    """(zone, technology, period) where new plant can stand -> periods in which it may have been built."""

    def alive_at(self, case: Case, site: str, period: str) -> int:
        """Return the purchases alive at a site, whatever their cooling."""
        return sum(self.alive[site, cooling, period] for cooling in case.cooling)


def index_of(case: Case) -> Index:
    """Return the indices of a case's investment variables."""
    earlier = {period: until(case, period) for period in case.periods}
    places = [
        (site, cooling, period)
        for site in case.sites
        for cooling in case.cooling
        for period in case.periods
        if halls_possible(case, site, cooling, period)
    ]
    known = {*places}
    standing = {(s, k, p): sum((s, k, q) in known for q in earlier[p]) for s, k, p in places}
    halls, coolings, fitted = defaultdict[Pair, int](int), defaultdict[Pair, int](int), defaultdict[Pair, int](int)
    bought, alive = defaultdict[Triple, int](int), defaultdict[Triple, int](int)
    years = {period: first_year(case, period) for period in case.periods}
    sold = {
        (cooling, period): [
            chip
            for chip, row in case.chips.items()
            if row.first_year <= years[period] <= row.last_year and row.rack_kw <= case.cooling[cooling].rack_limit_kw
        ]
        for cooling in case.cooling
        for period in case.periods
    }
    lasting = {
        (chip, period): [now for now in case.periods if service_share(case, years[period], row.life_years, now) > 0]
        for chip, row in case.chips.items()
        for period in case.periods
    }
    for (site, cooling, period), number in standing.items():
        halls[site, period] += number
        coolings[site, period] += 1
        fitted[site, period] += len(sold[cooling, period])
        for chip in sold[cooling, period]:
            bought[site, chip, period] += 1
            for now in lasting[chip, period]:
                alive[site, cooling, now] += 1
    pairs = sorted({(zone, technology) for zone, technology, _ in case.fleets} | {*case.potentials})
    built = {(*pair, p) for pair in case.potentials for p in case.periods if buildable_mw(case, *pair, p) > 0}
    return Index(
        until=earlier,
        standing=standing,
        halls=halls,
        coolings=coolings,
        opened={
            (site, p): sum(
                years[q] >= max(row.permit_year, row.connection_year)
                if row.status == "candidate"
                else any((site, cooling, q) in known for cooling in case.cooling)
                for q in earlier[p]
            )
            for site, row in case.sites.items()
            for p in case.periods
        },
        bought=bought,
        fitted=fitted,
        alive=alive,
        contracts=[(*pair, p) for pair in pairs for p in case.periods if contractable_mw(case, *pair, p) > 0],
        plants={(z, g, p): sum((z, g, q) in built for q in earlier[p]) for z, g, p in sorted(built)},
    )
