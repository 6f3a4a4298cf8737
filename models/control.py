"""Whose compute it is, in figures: by level what share a bloc holds, and which single jurisdiction holds most."""

from collections.abc import Iterator
from typing import NamedTuple, get_args

from models.case import Case, Level
from models.jurisdictions import is_inside, largest, members
from models.plan import Plan, SovereigntyRow
from models.timeline import first_year, service_share
from models.upper_bounds import committed_kh100e, density_kh100e_per_mw


class Part(NamedTuple):
    """A site, or a part of it, or chips, kH100e."""

    new: float
    """Its new compute, ..."""
    whole: float
    """... of all of it."""
    held: bool
    """Whether it is the bloc's, ..."""
    possible: bool
    """... or might be."""
    whose: str
    """Jurisdiction; empty where nobody knows."""


def sovereignty_rows(case: Case, plan: Plan) -> tuple[SovereigntyRow, ...]:
    """Return the index of every level and period; what nobody knows is the bloc's at most, not at least."""
    return tuple(
        _row(case, level, period, [*parts(case, plan, level, period)])
        for level in get_args(Level)
        for period in case.periods
    )


def parts(case: Case, plan: Plan, level: str, period: str) -> Iterator[Part]:
    """Yield the parts of the compute of a period that a level tells apart."""
    bloc = case.settings.sovereignty.bloc
    if level == "chip":
        yield from _chip_parts(case, plan, period)
        return
    runs: dict[str, list[tuple[str, float]]] = {}
    for each in plan.operators:
        if each.period == period:
            runs.setdefault(each.site, []).append((each.operator, each.servers_mw + each.committed_mw))
    for row in plan.sites:
        if row.period != period or not row.served_kh100e:
            continue
        new_share = 1 - committed_kh100e(case, row.site, period) / row.compute_kh100e
        here = runs.get(row.site, [("", 1.0)])
        whole_mw = sum(mw for _, mw in here)
        for code, mw in here:
            operator, served = (
                case.operators.get(code),
                row.served_kh100e * (mw / whole_mw if whole_mw else 1 / len(here)),
            )
            held = is_inside(case, level, bloc, row.country, operator)
            unknown = operator is None and (level == "operator" or row.country in members(case, bloc))
            whose = row.country if level == "territory" else operator.jurisdiction if operator else ""
            yield Part(new_share * served, served, held, held or unknown, whose)


def _chip_parts(case: Case, plan: Plan, period: str) -> Iterator[Part]:
    home = members(case, case.settings.sovereignty.bloc)
    for site, here in case.sites.items():
        if own := committed_kh100e(case, site, period):
            whose = case.chips[here.committed_chip].jurisdiction
            yield Part(0.0, own, whose in home, not whose or whose in home, whose)
    for row in plan.chips:
        share = service_share(case, first_year(case, row.period), case.chips[row.chip].life_years, period)
        amount = share * density_kh100e_per_mw(case, row.chip) * row.fitted_mw
        whose = row.jurisdiction
        yield Part(amount, amount, whose in home, not whose or whose in home, whose)


def _row(case: Case, level: Level, period: str, found: list[Part]) -> SovereigntyRow:
    asked = sum(row.demand_kh100e for row in case.demand.values() if row.period == period)
    new, whole = sum(part.new for part in found), sum(part.whole for part in found)
    least, most = [part for part in found if part.held], [part for part in found if part.possible]

    def share(amount: float, of: float) -> float | None:
        return amount / of if of > 1e-9 else None

    who, held = largest((part.whose, part.whole) for part in found) if level != "control" else ("", 0.0)
    met = asked if level != "chip" else 0.0
    return SovereigntyRow(
        level=level,
        period=period,
        bloc=case.settings.sovereignty.bloc,
        new_share=share(sum(part.new for part in least), new),
        new_most_share=share(sum(part.new for part in most), new),
        all_share=share(sum(part.whole for part in least), whole),
        all_most_share=share(sum(part.whole for part in most), whole),
        demand_share=share(sum(part.whole for part in least), met),
        demand_most_share=share(sum(part.whole for part in most), met),
        largest=who,
        largest_share=held,
    )
