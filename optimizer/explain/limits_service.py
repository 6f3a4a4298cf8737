"""Limits of service and of the environment: coverage, water, the law on PUE and on heat reuse."""

from typing import Any

from models.timeline import first_year
from optimizer.case.display_names import display_names
from optimizer.explain.elastic import ElasticModel


def coverage(elastic: ElasticModel) -> None:
    """Less than the coverage promised to a workload, or less demand in one region."""
    case, rows = elastic.case, elastic.model.demand.region_gets_its_coverage
    sites = elastic.model.demand.coverage_beyond_committed_compute_has_a_site_in_reach
    rule = "demand.region_gets_its_coverage"
    promised: dict[str, Any] = {}
    for workload in sorted({workload for _, workload, _ in rows}):
        phrase = f"{{amount}} less of the demand for {display_names(case.workloads, workload)} promised (a share)"
        given = elastic.input(rule, "workloads.coverage_share", phrase, "share", key=workload, raised=False)
        slack = elastic.lever(given)
        promised[workload] = slack, elastic.levers[-1].broken
    for (region, workload, period), row in rows.items():
        place, year = display_names(case.regions, region), first_year(case, period)
        asks = f"{display_names(case.workloads, workload)} in {place} asks for {{amount}} {{unit}} less, {year}"
        key = (region, workload, period)
        given = elastic.input(rule, "demand.demand_kh100e", asks, "kH100e", key=key, raised=False)
        fewer = elastic.lever(given)
        share, broken = promised[workload]
        # one of both: what two of them would allow together is a product
        either = elastic.levers[-1].broken + broken
        elastic.demand(either <= 1)
        covered = case.workloads[workload].coverage_share
        elastic.loosen(row, covered * fewer + case.demand[key].demand_kh100e * share)
        if key in sites:  # less coverage may need no new site
            elastic.loosen(sites[key], either)


def water(elastic: ElasticModel) -> None:
    """More water than a basin's stress leaves."""
    case, rule = elastic.case, "cooling.withdrawal_stays_within_basin"
    rows: dict[str, list[Any]] = {}
    for (basin, _), row in elastic.model.cooling.withdrawal_stays_within_basin.items():
        rows.setdefault(basin, []).append(row)
    for basin, listed in rows.items():
        row = case.basins[basin]
        if row.stress_share < 1:
            phrase = f"{{amount}} {{unit}} a year more available in {row.name}"
            given = elastic.input(rule, "basins.available_mm3", phrase, "Mm3", key=basin)
            slack = elastic.lever(given, per_slack=1 / (1 - row.stress_share), typical=max(given.value, 1.0))
        else:
            phrase = f"{{amount}} less of {row.name} taken by its stress (a share)"
            given = elastic.input(rule, "basins.stress_share", phrase, "share", key=basin, raised=False)
            slack = elastic.lever(given, per_slack=1 / row.available_mm3) if row.available_mm3 else 0.0
        for each in listed:
            elastic.loosen(each, slack)


def efficiency(elastic: ElasticModel) -> None:
    """Halls that draw more than the law on PUE allows."""
    case, model = elastic.case, elastic.model
    hall_mw = case.settings.halls.hall_mw
    for country, places in _by_country(elastic, model.cooling.new_halls_keep_the_legal_pue).items():
        phrase = f"a legal PUE in {display_names(case.countries, country)} that is {{amount}} higher"
        rule = "cooling.new_halls_keep_the_legal_pue"
        given = elastic.input(rule, "countries.pue_limit", phrase, "", key=country)
        rows = [(row, hall_mw * model.sizing.site_halls[place]) for place, row in places]
        elastic.share(given, rows, most=9 * 5_000, typical=100.0)


def reuse(elastic: ElasticModel) -> None:
    """Less heat reused than the law demands."""
    case, model = elastic.case, elastic.model
    used = case.settings.halls.utilisation_share
    for country, places in _by_country(elastic, model.cooling.law_on_heat_reuse_is_kept).items():
        phrase = f"{{amount}} less of the heat reused by law in {display_names(case.countries, country)} (a share)"
        rule = "cooling.law_on_heat_reuse_is_kept"
        given = elastic.input(rule, "countries.reuse_share", phrase, "share", key=country, raised=False)
        rows = [(row, used * model.compute.site_servers_mw[place]) for place, row in places]
        elastic.share(given, rows, most=5_000, typical=100.0)


def _by_country(elastic: ElasticModel, rows: Any) -> dict[str, list[tuple[Any, Any]]]:
    """Return (site, period) and row of a constraint by country."""
    found: dict[str, list[tuple[Any, Any]]] = {}
    for (site, period), row in rows.items():
        found.setdefault(elastic.case.sites[site].country, []).append(((site, period), row))
    return found
