from models.case import Case
from models.plan import Plan
from optimizer.audit import demand
from tests.audit.tampering import Question, answers, breaking_test, inputs, with_case, with_plan


def covered_from_nowhere(case: Case, plan: Plan) -> Question:
    return with_case(case, "workloads", coverage_share=1.0), with_plan(plan, "sites", opens=0)


test_every_rule_fails_where_it_is_broken = breaking_test(
    demand.CHECKS,
    {
        "service_keeps_the_latency": inputs("workloads", latency_ms=0.1),
        "only_open_sites_serve": answers("sites", opens=0),
        "site_serves_no_more_than_it_computes": inputs("chips", throughput_h100e=0.01),
        "region_gets_no_more_than_it_asks": inputs("demand", demand_kh100e=0.001),
        "region_gets_its_coverage": inputs("workloads", coverage_share=1.0),
        "coverage_beyond_committed_compute_has_a_site_in_reach": covered_from_nowhere,
    },
)
