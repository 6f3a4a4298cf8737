from dataclasses import replace

import pytest

from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.extract.extract import extract
from optimizer.extract.full_year import with_year
from optimizer.session import solve_case
from tests.audit.tampering import Question, with_case
from tests.conftest import TUTORIAL
from tests.years import brute_year


@pytest.fixture(scope="package")
def question() -> Question:
    """The tutorial with gigafactories weighed, a grid so tight that a step is built, plants so cheap that some are.

    The draw is matched nearly in full, by reservoirs as their days have it and a bit over lines; existing reactors have
    so little left to contract that a store makes wind even. Contracts outlast the period in which they are signed. New
    reactors stand on sites, a part of the grid may be interrupted, a part of the work may wait.
    """
    asked = {
        "siting": {"gigafactories_weighed": 3, "gigafactory_kchips": 35.0},
        "matching": {
            "target_share": 0.99,
            "storage": True,
            "reservoirs": "days",
            "import_share": 0.01,
            "new_plant_runs": True,
        },
        "carbon": {"cap_by": "site"},
        "power": {"cover_share": 0.5, "contract_years": 7.0},
        "service": {"flexible_share": 0.2},
    }
    case = read_case(TUTORIAL, load_settings(TUTORIAL, overrides=asked))
    case = with_case(case, "headrooms", headroom_mw=0.0)
    reactor = {"unit_mw": 2.0, "on_site": True, "lead_years": 0.0, "capex_meur_per_mw": 0.1}
    case = with_case(case, "technologies", "nuclear", **reactor)
    small = case.potentials["WEST", "wind"].model_copy(update={"technology": "nuclear", "potential_mw": 4.0})
    case = replace(case, potentials={**case.potentials, ("WEST", "nuclear"): small})
    case = with_case(case, "fleets", ("WEST", "nuclear", 2026), uncontracted_share=0.005)
    case = with_case(case, "headrooms", ("LULE", 2026), headroom_mw=15.0, interruptible_mw=12.0, interrupted_share=0.2)
    case = with_case(case, "technologies", "wind", capex_meur_per_mw=0.01)
    case = with_case(case, "technologies", "battery", carries_over=True, capex_meur_per_mw=0.01)
    case = with_case(case, "workloads", coverage_share=0.05)
    case = with_case(case, "workloads", "inference", coverage_share=0.0)
    solution = solve_case(case, flips=True)
    plan = extract(case, solution, provenance_of(case, TUTORIAL, "base", {}))
    return case, with_year(case, plan, brute_year(case, plan))
