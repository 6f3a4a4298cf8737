"""Limits of demand: the coverage promised to a workload, and what one region asks for."""

from optimizer.explain.elastic import ElasticModel, RelaxableLimit
from optimizer.explain.limit_input import LimitText

TEXTS = {
    "workloads.coverage_share": LimitText(
        "{amount} less of the demand for {workload} promised (a share)", raised=False, grantor="asker"
    ),
    "demand.demand_kh100e": LimitText(
        "{workload} in {region} asks for {amount} {unit} less, {period}", "kH100e", raised=False, grantor="asker"
    ),
}
Asked = tuple[str, str, str]
"""Region, workload and period."""


def region_gets_its_coverage(elastic: ElasticModel) -> None:
    """Relax the coverage promised, or the demand of one region: what both would allow together is a product."""
    for asked, row in elastic.model.demand.region_gets_its_coverage.items():
        promised, fewer = _limits(elastic, asked)
        elastic.add_row(fewer.violated + promised.violated <= 1)
        covered_share = elastic.case.workloads[asked[1]].coverage_share
        elastic.relax(row, covered_share * fewer.slack + elastic.case.demand[asked].demand_kh100e * promised.slack)


def coverage_beyond_committed_compute_has_a_site_in_reach(elastic: ElasticModel) -> None:
    """Relax the need of a site: less coverage may do without one."""
    for asked, row in elastic.model.demand.coverage_beyond_committed_compute_has_a_site_in_reach.items():
        elastic.relax(row, sum(limit.violated for limit in _limits(elastic, asked)))


def _limits(elastic: ElasticModel, asked: Asked) -> tuple[RelaxableLimit, RelaxableLimit]:
    rule = elastic.model.demand.region_gets_its_coverage.name
    return (
        elastic.limit(rule, "workloads.coverage_share", asked[1]),
        elastic.limit(rule, "demand.demand_kh100e", asked),
    )
