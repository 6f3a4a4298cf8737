"""Audit of matching: the score of a year, its excess, strict hours, and what stores make even."""

from collections.abc import Iterator
from itertools import product

from models.terms import totals
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most

CHECKS = Registry(__name__)


@CHECKS.rule("plants_are_made_even_or_sent_once")
def stores_make_even_no_more_than_their_power(audited: AuditedPlan) -> Iterator[Residual]:
    """Plant made even by a store <= storage held; made even by all stores, or matching elsewhere, <= plant held."""
    for index, used_mw in audited.used_mw.items():
        yield at_most(", ".join(index), used_mw, audited.held_mw[index])


@CHECKS.rule()
def plants_count_for_one_site(audited: AuditedPlan) -> Iterator[Residual]:
    """Plant that counts for sites of a zone + made even by stores + matching elsewhere <= plant held."""
    rows, sites = audited.plan.counting, audited.case.sites
    counted = totals(((sites[row.site].zone, row.technology, row.period), row.counted_mw) for row in rows)
    for index, counted_mw in counted.items():
        yield at_most(", ".join(index), counted_mw + audited.used_mw.get(index, 0.0), audited.held_mw[index])


@CHECKS.rule()
def matching_and_cover_fit_into_what_the_system_leaves_free(audited: AuditedPlan) -> Iterator[Residual]:
    """Plant that matches over a line + cover over it <= what the system without data centres leaves free of it."""
    for row in audited.plan.lines if audited.case.settings.power.cover_spare_lines else []:
        free_mw = {"forward": row.spare_forward_mw, "backward": row.spare_backward_mw}
        cover_mw = {"forward": row.cover_forward_mw, "backward": row.cover_backward_mw}
        for way in free_mw:
            at = (row.line, way, row.period)
            sent_mw = sum(each.sent_mw for each in audited.plan.sending if (each.line, each.way, each.period) == at)
            if sent_mw:
                yield at_most(", ".join(at), sent_mw + cover_mw[way], free_mw[way] or 0.0)


@CHECKS.rule()
def matching_takes_its_share_of_a_line(audited: AuditedPlan) -> Iterator[Residual]:
    """Plant that matches over a line <= import_share x its capacity, from the first period with the line in full."""
    share = audited.case.settings.matching.import_share
    for (line, row), way, period in product(audited.case.lines.items(), ("forward", "backward"), audited.periods):
        rows = (sent for sent in audited.plan.sending if (sent.line, sent.way, sent.period) == (line, way, period))
        capacity_mw = getattr(row, f"{way}_mw") if row.first_year <= audited.year[period] else 0.0
        yield at_most(f"{line}, {way}, {period}", sum(sent.sent_mw for sent in rows), share * capacity_mw)


@CHECKS.rule()
def score_of_a_year_reaches_the_target(audited: AuditedPlan) -> Iterator[Residual]:
    """Draw of a year that is neither matched nor clean in the mix <= (1 - target) x draw."""
    for scored, zones in audited.scored.items():
        for period in audited.periods:
            unclean_twh = _year_twh(audited, scored, period, "unclean_mwh")
            left_twh = (1 - audited.case.settings.matching.target_share) * audited.zone_energy_twh(zones, period)
            yield at_most(f"{scored}, {period}", unclean_twh, left_twh)._replace(value=None)


@CHECKS.rule()
def excess_of_a_year_stays_within_its_share(audited: AuditedPlan) -> Iterator[Residual]:
    """What contracts and new plant can give + unmatched draw <= (1 + excess) x draw."""
    for scored, zones in audited.scored.items():
        for period in audited.periods:
            given_twh = audited.supplied_twh(zones, period) + _year_twh(audited, scored, period, "unmatched_mwh")
            allowed = 1 + audited.case.settings.matching.excess_share
            limit_twh = allowed * audited.zone_energy_twh(zones, period)
            yield at_most(f"{scored}, {period}", given_twh, limit_twh)._replace(value=None)


@CHECKS.rule()
def every_hour_reaches_the_target(audited: AuditedPlan) -> Iterator[Residual]:
    """No hour of a year lacks anything of a share that is to be matched in each; where none is, nothing is stated."""
    for period in audited.periods:
        short_twh = sum(row.weight * row.short_mwh / 1e6 for row in audited.plan.days if row.period == period)
        yield at_most(period, short_twh, 0.0)


def _year_twh(audited: AuditedPlan, scored: str, period: str, column: str) -> float:
    weights = {day.day: day.weight for day in audited.case.days}
    rows = (row for row in audited.plan.matching_days if (row.scored, row.period) == (scored, period))
    return float(sum(weights[row.day] * getattr(row, column) / 1e6 for row in rows))
