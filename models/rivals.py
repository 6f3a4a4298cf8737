"""Rivals: what each chosen site costs beside the next best that could hold as much by then."""

from models.case import Case
from models.plan import Plan, RivalRow
from models.site_costs import Campus, total_meur
from models.timeline import last_period

RIVALS = 3
"""Next best sites that each chosen one is compared with."""


def rivals(case: Case, plan: Plan) -> tuple[RivalRow, ...]:
    """Return the cost of each site with new halls, column by column, beside that of the cheapest that were not chosen."""
    prices = {(row.zone, row.period): row.price_eur_per_mwh for row in plan.zones}
    opens = {row.site: row.period for row in plan.sites if row.opens}
    standing = {row.site: row.halls for row in plan.sites if row.period == last_period(case)}
    coolings = frozenset(row.cooling for row in plan.halls) or frozenset(case.cooling)
    rows: list[RivalRow] = []
    for site, period in sorted(opens.items()):
        campus = Campus(case, period, standing[site] * case.settings.halls.hall_mw, coolings, prices)
        own = campus.costs(site)
        others = {each: campus.costs(each) for each in case.sites if each not in opens and campus.fits(each)}
        possible = {each: costs for each, costs in others.items() if costs}
        nearest = sorted(possible, key=lambda each: (total_meur(possible[each]), each))[:RIVALS]
        rows += [
            RivalRow(
                site=site,
                rival=rival,
                column=column,
                site_meur=meur,
                rival_meur=possible[rival][column][0],
                estimate_share=max(estimated, possible[rival][column][1]),
            )
            for rival in nearest
            for column, (meur, estimated) in (own or {}).items()
        ]
    return tuple(rows)
