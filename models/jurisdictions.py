"""Blocs of jurisdictions, and operators that are alike in everything that a rule or a cost asks of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.case import Case, Operator

ANY = "any"
"""A limit of all workloads together, or of every period."""
BY_OPERATOR = ("operator", "control")
"""Levels that ask who runs a site."""


def members(case: Case, bloc: str) -> frozenset[str]:
    """Return the country codes of a bloc; of the empty one the member states of the Union among the countries."""
    if not bloc:
        return frozenset(country for country, row in case.countries.items() if row.eu_member)
    return frozenset(country for name, country in case.jurisdictions if name == bloc)


def is_inside(case: Case, level: str, bloc: str, country: str, operator: Operator | None) -> bool:
    """Tell whether compute on a country's soil, run by an operator (or nobody known), counts as a bloc's; not of chips."""
    here = members(case, bloc)
    owned = operator is not None and operator.jurisdiction in here
    if level == "territory":
        return country in here
    free = operator is not None and (not operator.disclosure or operator.disclosure in here)
    return owned if level == "operator" else country in here and owned and free


@dataclass(frozen=True)
class OperatorClass:
    """Operators that differ in nothing that counts: what one could run, another could as well."""

    operators: tuple[str, ...]
    """Their codes in order; the class is named after the first."""
    spread_share: float
    countries: frozenset[str]
    """Countries in which they run new sites."""

    def capacity_mw(self, case: Case) -> float:
        """Return what they can run together, MW."""
        return sum(case.operators[each].capacity_mw for each in self.operators)


def asked_of_operators(case: Case) -> list[tuple[str, str]]:
    """Return every level and bloc for which it counts who runs a site: those of limits, and the bloc that is reported."""
    limits = [(level, bloc) for level, bloc, *_ in case.sovereignty_limits if level in BY_OPERATOR]
    return sorted({*limits, *((level, case.settings.sovereignty.bloc) for level in BY_OPERATOR)})


def operator_classes(case: Case) -> Mapping[str, OperatorClass]:
    """Return the classes of operators with a capacity, by name; none where sites are given to no operators.

    Alike are those of equal spread that accept the same countries and count alike on any soil for every level and bloc
    asked: to the search they are one, so that it never tries one in the place of another.
    """
    alike: dict[object, list[str]] = {}
    for code, row in case.operators.items() if case.settings.sovereignty.operators else ():
        if row.capacity_mw:
            counted = tuple(
                is_inside(case, level, bloc, country, row)
                for level, bloc in asked_of_operators(case)
                for country in case.countries
            )
            alike.setdefault((row.capex_spread_share, _accepted(case, row), counted), []).append(code)
    found: dict[str, OperatorClass] = {}
    for codes in alike.values():
        first = case.operators[codes[0]]
        found[codes[0]] = OperatorClass(tuple(codes), first.capex_spread_share, _accepted(case, first))
    return found


def _accepted(case: Case, row: Operator) -> frozenset[str]:
    return frozenset(case.countries) & members(case, row.accepts) if row.accepts else frozenset(case.countries)


def share_out(
    case: Case, kind: OperatorClass, needed_mw: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str, str], float]:
    """Return which operators of a class run how much: (site, operator, period) -> MW, from (site, period) -> MW.

    In every period a site first keeps whom it had, then takes those with most left, the first in order of equals; a site
    that one alone cannot run is run by several. What all can run together is assumed to suffice.
    """
    shared: dict[tuple[str, str, str], float] = {}
    before: dict[tuple[str, str], float] = {}
    for period in case.periods:
        left = {each: case.operators[each].capacity_mw for each in kind.operators}
        open_mw = {site: mw for (site, when), mw in needed_mw.items() if when == period}
        here: dict[tuple[str, str], float] = {}
        for site, operator in before:
            if site in open_mw:
                here[site, operator] = min(before[site, operator], open_mw[site])
                open_mw[site] -= here[site, operator]
                left[operator] -= here[site, operator]
        for site in sorted(open_mw, key=lambda each: (-open_mw[each], each)):
            while open_mw[site] > 1e-9 or not any(place == site for place, _ in here):
                most = max(left, key=lambda each: left[each])
                taken = min(open_mw[site], left[most]) if left[most] > 1e-9 else open_mw[site]
                here[site, most] = here.get((site, most), 0.0) + taken
                open_mw[site], left[most] = open_mw[site] - taken, left[most] - taken
        shared |= {(site, operator, period): mw for (site, operator), mw in here.items()}
        before = here
    return shared


def largest(amounts: Iterable[tuple[str, float]]) -> tuple[str, float]:
    """Return of amounts by jurisdiction the one that holds most, and its share of all; "" and 0 where there are none."""
    held: dict[str, float] = {}
    for name, amount in amounts:
        held[name] = held.get(name, 0.0) + amount
    whole = sum(held.values())
    known = {name: amount for name, amount in held.items() if name}
    if not whole or not known:
        return "", 0.0
    first = min(known, key=lambda name: (-known[name], name))
    return first, known[first] / whole
