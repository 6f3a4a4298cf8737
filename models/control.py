"""Whose compute it is, in figures: by level what share a bloc holds, and which single jurisdiction holds most."""

from collections.abc import Iterator

from models.case import Case
from models.jurisdictions import is_inside, largest, members
from models.plan import Plan, SovereigntyRow
from models.timeline import first_year, service_share
from models.upper_bounds import committed_kh100e, density_kh100e_per_mw

Part = tuple[float, float, float, float, str]
"""Of a site or chip: new compute, all compute, how much of it is the bloc's, how much might be, and whose it is."""


def sovereignty_rows(case: Case, plan: Plan) -> tuple[SovereigntyRow, ...]:
    """Return the index of every level and period; what nobody knows is the bloc's at most, not at least."""
    return tuple(
        _row(case, level, period, [*parts(case, plan, level, period)])
        for level in ("territory", "operator", "control", "chip")
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
            yield new_share * served, served, float(held), float(held or unknown), whose


def _chip_parts(case: Case, plan: Plan, period: str) -> Iterator[Part]:
    home = members(case, case.settings.sovereignty.bloc)
    for site, here in case.sites.items():
        if own := committed_kh100e(case, site, period):
            whose = case.chips[here.committed_chip].jurisdiction
            yield 0.0, own, float(whose in home), float(not whose or whose in home), whose
    for row in plan.chips:
        share = service_share(case, first_year(case, row.period), case.chips[row.chip].life_years, period)
        amount = share * density_kh100e_per_mw(case, row.chip) * row.fitted_mw
        whose = row.jurisdiction
        yield amount, amount, float(whose in home), float(not whose or whose in home), whose


def _row(case: Case, level: str, period: str, found: list[Part]) -> SovereigntyRow:
    asked = sum(row.demand_kh100e for row in case.demand.values() if row.period == period)
    new, whole = (sum(part[column] for part in found) for column in (0, 1))

    def share(column: int, held: int, of: float) -> float | None:
        return sum(part[column] * part[held] for part in found) / of if of > 1e-9 else None

    who, most = largest((part[4], part[1]) for part in found) if level != "control" else ("", 0.0)
    return SovereigntyRow(
        level=level,
        period=period,
        bloc=case.settings.sovereignty.bloc,
        new_share=share(0, 2, new),
        new_most_share=share(0, 3, new),
        all_share=share(1, 2, whole),
        all_most_share=share(1, 3, whole),
        demand_share=share(1, 2, asked) if level != "chip" else None,
        demand_most_share=share(1, 3, asked) if level != "chip" else None,
        largest=who,
        largest_share=most,
    )
