"""Audit of sovereignty: what every bloc holds of the compute, from the plan's service, chips and operators."""

from collections.abc import Callable, Iterator

from models.case import Case, SovereigntyLimit
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least, at_most

CHECKS = Registry(__name__)


def home(case: Case, bloc: str) -> set[str]:
    """Return the countries of a bloc; of the empty one, the member states of the Union."""
    if bloc:
        return {row.country for row in case.jurisdictions.values() if row.bloc == bloc}
    return {row.country for row in case.countries.values() if row.eu_member}


def counts(case: Case, level: str, bloc: str, country: str, operator: str) -> bool:
    """Tell whether what an operator (empty: nobody known) runs in a country is the bloc's."""
    inside, runs = home(case, bloc), case.operators.get(operator)
    tests = {"territory": country in inside, "operator": runs is not None and runs.jurisdiction in inside}
    if level in tests:
        return tests[level]
    return all(tests.values()) and runs is not None and runs.disclosure in {"", *inside}


def running(audited: AuditedPlan, site: str, period: str) -> dict[str, float]:
    """Return who runs a site in a period and which part of it; "" for all of it where nobody is known to."""
    rows = [row for row in audited.plan.operators if (row.site, row.period) == (site, period)]
    total = sum(row.servers_mw + row.committed_mw for row in rows)
    if not rows:
        return {"": 1.0}
    return {row.operator: (row.servers_mw + row.committed_mw) / total if total else 1 / len(rows) for row in rows}


def inside(audited: AuditedPlan, level: str, bloc: str, workload: str, period: str, *, new: bool = False) -> float:
    """Return what a bloc holds of the compute, kH100e; of chips of new ones alone, if asked."""
    case = audited.case
    if level == "chip":
        vendors = [chip for chip, row in case.chips.items() if row.jurisdiction in home(case, bloc)]
        return sum(chips_kh100e(audited, chip, period, new=new) for chip in vendors)
    return sum(
        part * row.served_kh100e
        for row in audited.plan.service
        if row.period == period and workload in ("any", row.workload)
        for operator, part in running(audited, row.site, period).items()
        if counts(case, level, bloc, case.sites[row.site].country, operator)
    )


def chips_kh100e(audited: AuditedPlan, chip: str, period: str, *, new: bool = False) -> float:
    """Return the compute of a chip in service, of new ones alone or with those of committed sites."""
    own = sum(
        audited.committed_kh100e(site, period) for site, row in audited.case.sites.items() if row.committed_chip == chip
    )
    bought = sum(
        audited.lifetime(chip, row.period).get(period, 0.0) * audited.kh100e_per_mw(chip) * row.fitted_mw
        for row in audited.plan.chips
        if row.chip == chip
    )
    return bought if new else own + bought


def _residuals(
    audited: AuditedPlan, share: Callable[[SovereigntyLimit], float]
) -> Iterator[tuple[str, SovereigntyLimit, float, float]]:
    """Yield each limit with what the bloc holds beyond its share, and how much of that committed chips hold of it."""
    for (level, bloc, workload, of), row in audited.case.sovereignty_limits.items():
        for period in audited.periods if of == "any" else [of]:
            held, fixed, fixed_whole = inside(audited, level, bloc, workload, period), 0.0, 0.0
            if level == "chip":
                whole = sum(audited.compute_kh100e(site, period) for site in audited.case.sites)
                fixed = held - inside(audited, level, bloc, workload, period, new=True)
                fixed_whole = sum(audited.committed_kh100e(site, period) for site in audited.case.sites)
            else:
                parts = (each for each in audited.plan.service if each.period == period)
                whole = sum(each.served_kh100e for each in parts if workload in ("any", each.workload))
            where, of_row = f"{level}, {bloc}, {workload}, {of}, {period}", share(row)
            yield where, row, held - of_row * whole, fixed - of_row * fixed_whole


@CHECKS.rule()
def bloc_holds_its_floor(audited: AuditedPlan) -> Iterator[Residual]:
    """What the bloc holds >= floor_share x all compute of the workload served, of chips all in service."""
    for where, row, beyond, fixed in _residuals(audited, lambda row: row.floor_share):
        if row.floor_share:
            yield at_least(where, beyond - fixed, -fixed)._replace(value=None)


@CHECKS.rule()
def bloc_stays_under_its_ceiling(audited: AuditedPlan) -> Iterator[Residual]:
    """What the bloc holds <= ceiling_share x the same."""
    for where, row, beyond, fixed in _residuals(audited, lambda row: row.ceiling_share):
        if row.ceiling_share < 1:
            yield at_most(where, beyond - fixed, -fixed)._replace(value=None)


def expected_index(audited: AuditedPlan, level: str, period: str) -> dict[str, float | str | None]:
    """Return the index of a level and a period, by column of the plan's table."""
    case, bloc = audited.case, audited.case.settings.sovereignty.bloc
    mine = home(case, bloc)
    new = whole = 0.0
    of_new, of_all, holders = [0.0, 0.0], [0.0, 0.0], dict[str, float]()
    for amount, young, held, possible, whose in _parts(audited, level, period, mine):
        whole, new = whole + amount, new + young
        for place, is_so in enumerate((held, held or possible)):
            of_all[place] += amount * is_so
            of_new[place] += young * is_so
        holders[whose] = holders.get(whose, 0.0) + amount
    known = sorted((-amount, name) for name, amount in holders.items() if name and level != "control")
    most, name = known[0] if known else (0.0, "")
    asked = sum(row.demand_kh100e for row in case.demand.values() if row.period == period)
    shares = {"new": (of_new, new), "all": (of_all, whole), "demand": (of_all, asked if level != "chip" else 0.0)}
    found: dict[str, float | str | None] = {
        "bloc": bloc,
        "largest": name,
        "largest_share": -most / whole if whole else 0.0,
    }
    for prefix, (held_by, total) in shares.items():
        found[f"{prefix}_share"] = held_by[0] / total if total > 1e-9 else None
        found[f"{prefix}_most_share"] = held_by[1] / total if total > 1e-9 else None
    return found


def _parts(
    audited: AuditedPlan, level: str, period: str, mine: set[str]
) -> Iterator[tuple[float, float, bool, bool, str]]:
    """Yield compute, the new part of it, whether it is the bloc's, whether it might be, and whose it is."""
    case, bloc = audited.case, audited.case.settings.sovereignty.bloc
    if level == "chip":
        for chip, kind in case.chips.items():
            amounts = chips_kh100e(audited, chip, period), chips_kh100e(audited, chip, period, new=True)
            yield *amounts, kind.jurisdiction in mine, not kind.jurisdiction, kind.jurisdiction
        return
    for (site, when), served in audited.site_served_kh100e.items():
        country, place = case.sites[site].country, (site, period)
        for operator, part in running(audited, *place).items() if when == period and served else ():
            whole = audited.compute_kh100e(*place)
            young = part * served * audited.new_kh100e.get(place, 0.0) / whole if whole else 0.0
            nobody = not operator and (country in mine or level == "operator") and level != "territory"
            owner = case.operators[operator].jurisdiction if operator else ""
            whose = country if level == "territory" else owner
            yield part * served, young, counts(case, level, bloc, country, operator), nobody, whose
