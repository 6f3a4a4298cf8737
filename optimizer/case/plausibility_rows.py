"""Warnings about rows that no plan could use."""

from collections.abc import Iterator, Mapping, Set

from models.case import PUBLIC_KINDS, Case
from models.upper_bounds import lies_under, most_halls, rules_against, strictest_law
from optimizer.case.faults import Fault
from optimizer.case.table import Tables


def rows_are_named_by_others(tables: Tables, case: Case) -> Iterator[Fault]:
    """A row of a table that only serves others is named by none."""
    sites = case.sites.values()
    hosts = {row.country for row in sites} | {row.country for row in case.zones.values()}
    plants = {row.technology for row in case.fleets.values()} | {row.technology for row in case.potentials.values()}
    used: Mapping[str, tuple[Set[str], str]] = {
        "countries": (hosts, "no site and no zone"),
        "stations": ({row.station for row in sites}, "no site"),
        "basins": ({row.basin for row in sites}, "no site"),
        "substations": ({row.substation for row in sites}, "no site"),
        "technologies": (plants, "no fleet and no potential"),
        "regions": ({row.region for row in case.demand.values()}, "no demand"),
        "workloads": ({row.workload for row in case.demand.values()}, "no demand"),
        "price_basis": ({row.zone for row in sites}, "no site"),
        "laws": ({law for law, row in case.laws.items() if any(lies_under(site, row) for site in sites)}, "no site"),
    }
    for name, (named, by) in used.items():
        for key in sorted({*getattr(case, name)} - named):
            yield tables[name].fault(key, tables[name].row_class.key[0], f"is used by {by}: the row says nothing")


def sites_can_keep_the_law(tables: Tables, case: Case) -> Iterator[Fault]:
    """A candidate whose country asks for a lower PUE, or for more reuse of heat, than any hall there could have."""
    for site, row in case.sites.items():
        laws = [strictest_law(case, site, period) for period in case.periods]
        limit = max(law["pue_limit"][0] for law in laws)
        best = min((case.climate.pue_annual[site, cooling] for cooling in case.cooling), default=1.0)
        if row.status == "candidate" and best > limit:
            rule = f"its law allows a PUE of {limit:g}, the best hall here has {best:.3f}: no plan can open it"
            yield tables["sites"].fault(site, "country", rule)
        reuse = min(law["reuse_share"][0] for law in laws)
        if row.status == "candidate" and reuse > 0 and row.heat_sink_mw == 0:
            rule = f"{row.country} wants {reuse:g} of its energy reused, nobody here takes any: it cannot open"
            yield tables["sites"].fault(site, "heat_sink_mw", rule)


def rules_of_the_scenario_leave_room(tables: Tables, case: Case) -> Iterator[Fault]:
    """A site that must be chosen where no hall could ever stand, rules that leave none or fewer than asked."""

    def has_room(site: str) -> bool:
        return any(most_halls(case, site, cooling, period) for cooling in case.cooling for period in case.periods)

    for site in case.settings.siting.must:
        if not has_room(site):
            rule = "must be chosen, and dates, land, headroom and the other rules leave no hall there: no plan can"
            yield Fault("scenario", rule, column="siting.must", value=site)
    ruled_out = [site for site in case.sites if rules_against(case, site)]
    stated = sorted({place for site in ruled_out for place, _ in rules_against(case, site)})
    left = [site for site in case.sites if has_room(site)] if ruled_out else []
    if ruled_out and not left:
        yield Fault("scenario", f"{' and '.join(stated)} leave no site that a plan could choose", column=stated[0])
    count, asked = sum(case.sites[site].status == "candidate" for site in left), case.settings.siting.sites_min
    if left and count < asked:
        rule = f"{' and '.join(stated)} leave {count} candidates: no plan can have so many"
        yield Fault("scenario", rule, column="siting.sites_min", value=f"{asked}")


def reservoirs_fill_a_plant(tables: Tables, case: Case) -> Iterator[Fault]:
    """The yearly energy of a reservoir for which there is no plant."""
    for key in case.reservoirs:
        if key not in case.fleet_years and key not in case.potentials:
            yield tables["reservoirs"].fault(key, "technology", "has no fleet and no potential: the row says nothing")


def funds_have_money_to_spend(tables: Tables, case: Case) -> Iterator[Fault]:
    """A fund without money, a public one that may pay no share, or a ceiling of a fund to which none applies."""
    rich = {row.fund for row in case.tranches.values() if row.amount_meur}
    for fund, row in case.funds.items():
        if fund not in rich:
            yield tables["funds"].fault(fund, "fund", "has no tranche of money: it can pay nothing")
        elif row.kind in PUBLIC_KINDS and row.aid_ceiling_share == 0:
            yield tables["funds"].fault(
                fund, "aid_ceiling_share", "public money may pay no share of a site: it is spent nowhere"
            )
        elif row.kind == "private" and row.aid_ceiling_share < 1:
            yield tables["funds"].fault(fund, "aid_ceiling_share", "says nothing: the ceiling holds for public funds")
        if row.kind in PUBLIC_KINDS and not any(case.may_pay(fund, site) for site in case.sites):
            yield tables["funds"].fault(fund, "fund", "may pay at no site: none lies in a country of its list")


def floors_of_service_are_within_reach(tables: Tables, case: Case) -> Iterator[Fault]:
    """Demand of which a share must be served, but from which every site is too far."""
    for key, row in case.demand.items():
        work = case.workloads[row.workload]
        trips = [case.round_trip_ms[site, row.region] for site in case.sites]
        if row.demand_kh100e and work.coverage_share and min(trips, default=0.0) > work.latency_ms:
            rule = f"the nearest site is {min(trips):.3g} ms away, {row.workload} allows {work.latency_ms:g}"
            yield tables["demand"].fault(key, "region", f"{rule}: its share cannot be served")
