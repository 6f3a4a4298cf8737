"""Audit of resilience: the largest losses found by sorting them, and the figures reported of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from models.terms import totals
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least, equal, true

CHECKS = Registry(__name__)
ASKED = ("sites", "substations", "countries", "risks")


def _worst(losses: Iterable[float], number: int) -> float:
    """Return the sum of so many of the largest losses."""
    return sum(sorted(losses, reverse=True)[:number])


def _failing(audited: AuditedPlan, failure: str, site: str) -> list[str]:
    """Return what of a kind of failure takes a site with it."""
    row = audited.case.sites[site]
    if failure == "risks":
        return [risk for risk, member in audited.case.shared_risks if member == site]
    return [{"sites": site, "substations": row.substation, "countries": row.country}[failure]]


def _losses(audited: AuditedPlan, failure: str, served: Mapping[str, float]) -> Mapping[str, float]:
    """Return what is lost with each group, of what every site serves."""
    return totals((name, amount) for site, amount in served.items() for name in _failing(audited, failure, site))


def _delays(audited: AuditedPlan, period: str) -> tuple[Mapping[str, float], float]:
    """Return by site what new chips compute less if they come later, and what all compute if none does."""
    years, length = audited.case.settings.resilience.delayed_years, audited.case.periods[period].length_years
    lost = dict.fromkeys(audited.case.sites, 0.0)
    whole, begins = 0.0, audited.year[period]
    for row in audited.plan.chips:
        starts, life = audited.year[row.period], audited.case.chips[row.chip].life_years
        in_time, late = (
            max(0.0, min(start + life, begins + length) - max(start, begins)) for start in (starts, starts + years)
        )
        kh100e = audited.kh100e_per_mw(row.chip) * row.fitted_mw / length
        whole += kh100e * in_time
        lost[row.site] += kh100e * max(0.0, in_time - late)
    return lost, whole


@CHECKS.rule("worst_loss_counts_every_group")
def enough_is_served_whatever_is_lost(audited: AuditedPlan) -> Iterator[Residual]:
    """What is served less what the n largest groups serve >= share x demand (or x what is served)."""
    rules, case = audited.case.settings.resilience, audited.case
    asked: defaultdict[tuple[str, ...], float] = defaultdict(float)
    served: defaultdict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    single = rules.scope == "regions"
    for index, row in case.demand.items():
        if row.demand_kh100e and row.workload in (rules.workloads or case.workloads):
            asked[index if single else ("all", "all", row.period)] += row.demand_kh100e
    for each in audited.plan.service:
        if each.workload in (rules.workloads or case.workloads):
            place = (each.region, each.workload, each.period) if single else ("all", "all", each.period)
            served[place][each.site] += each.served_kh100e
    for failure in ASKED if rules.share else ():
        number = getattr(rules, f"{failure}_lost")
        for where, demand in asked.items() if number else ():
            total = sum(served[where].values())
            left = total - _worst(_losses(audited, failure, served[where]).values(), number)
            base = demand if rules.share_of == "demand" else total
            yield at_least(", ".join((failure, *where)), left, rules.share * base, total)


@CHECKS.rule("worst_delay_counts_every_site")
def enough_is_in_service_whatever_is_late(audited: AuditedPlan) -> Iterator[Residual]:
    """New chips in service less what the worst sites lose by their delay >= share x all new chips."""
    rules = audited.case.settings.resilience
    for period in audited.periods if rules.delayed_sites and rules.delayed_share else ():
        lost, whole = _delays(audited, period)
        left = whole - _worst(lost.values(), rules.delayed_sites)
        yield at_least(period, left, rules.delayed_share * whole, whole)


@CHECKS.rule()
def cover_is_enough_without_any_line(audited: AuditedPlan) -> Iterator[Residual]:
    """Firm cover of a zone less what one line brings it, losses off >= share x peak of the zone's new halls."""
    share = audited.case.settings.resilience.line_cover_share
    for row in audited.plan.lines if share else ():
        line = audited.case.lines[row.line]
        for zone, mw in ((line.to_zone, row.cover_forward_mw), (line.from_zone, row.cover_backward_mw)):
            if mw:
                left = audited.cover_mw(zone, row.period) - (1 - line.loss_share) * mw
                where = f"{zone} without {row.line}, {row.period}"
                yield at_least(where, left, share * audited.zone_peak_mw(zone, row.period), mw)


def reported(audited: AuditedPlan) -> Iterator[Residual]:
    """Yield how the figures of the plan's table differ from what follows from its decisions; rows must be complete."""
    rules, expected = audited.case.settings.resilience, set[tuple[str, str, int]]()
    found = {(row.period, str(row.failure), row.number): row for row in audited.plan.resilience}
    for period in audited.periods:
        served = {site: audited.site_served_kh100e.get((site, period), 0.0) for site in audited.case.sites}
        for failure in (*ASKED, "delays"):
            losses, whole = _losses(audited, failure, served) if failure in ASKED else {}, sum(served.values())
            if failure == "delays":
                losses, whole = _delays(audited, period)
            wanted = getattr(rules, "delayed_sites" if failure == "delays" else f"{failure}_lost")
            always = range(1, 4 if failure in ("sites", "delays") else 2)
            for number in {*always, wanted} - {0} if losses else ():
                expected.add((period, failure, number))
                row, lost = found.get((period, failure, number)), _worst(losses.values(), number)
                if row is None:
                    continue
                where = f"{failure} {number}, {period}"
                yield equal(f"lost_kh100e of {where}", row.lost_kh100e, lost)
                left = max(0.0, (whole - lost) / whole) if whole > 1e-9 else 1.0
                yield equal(f"remaining_share of {where}", row.remaining_share, left)
                named = [name for name in row.lost.split(", ") if name]
                yield true(f"lost of {where}", len({*named}) == len(named) <= number and {*named} <= {*losses})
                yield equal(f"lost of {where}", sum(losses.get(name, 0.0) for name in named), lost)
    yield true("resilience", found.keys() == expected)
