from pathlib import Path

import pytest

from optimizer.plan.audit import audit
from optimizer.plan.extract import extract
from optimizer.provenance import provenance_of
from optimizer.solve.search import solve_case
from tests.drafts import Draft, row
from tests.locations import BENCHMARKS, location_draft, or_library, records
from tests.networks import network, read_back

published = pytest.mark.skipif(
    not BENCHMARKS.is_dir(), reason="the published instances are not here: ../shared/benchmarks is absent"
)
"""PGLib-OPF: github.com/power-grid-lib."""


@published
@pytest.mark.parametrize(
    ("name", "optimum"),
    [("cap41", 1040444.375), ("cap71", 932615.75), ("cap101", 796648.4375), ("cap131", 793439.5625)],
)
def test_warehouses_of_or_library_cost_their_proved_optimum(name: str, optimum: float, tmp_path: Path) -> None:
    solution = solve_case(read_back(location_draft(or_library(name)), tmp_path))
    (stage,) = solution.stages
    assert solution.status == "solved"
    assert stage.value * 1000 == pytest.approx(optimum, rel=1e-6)
    assert stage.bound * 1000 == pytest.approx(optimum, rel=1e-6)


def five_zones(voltage_law: bool) -> Draft:
    """Return case5_pjm as the existing system of a case with one idle site, its lines with a reactance or without."""
    zones = {each["zone"]: float(each["demand_mw"]) for each in records("pglib/case5_pjm_zones.csv")}
    plants = [
        (each["gen"], f"Z{each['zone']}", float(each["p_max_mw"]), float(each["cost_eur_per_mwh"]))
        for each in records("pglib/case5_pjm_generation.csv")
    ]
    lines = [
        row(
            "lines",
            line=each["line"],
            from_zone=f"Z{each['from_zone']}",
            to_zone=f"Z{each['to_zone']}",
            **dict.fromkeys(("forward_mw", "backward_mw"), float(each["ntc_mw"])),
            reactance_pu=1 / float(each["susceptance_pu_im_inv_z"]) if voltage_law else 0,
        )
        for each in records("pglib/case5_pjm_lines.csv")
    ]
    return network("PGLib-OPF case5_pjm", {f"Z{zone}": load for zone, load in zones.items()}, plants, lines)


@published
@pytest.mark.parametrize(("voltage_law", "optimum"), [(False, 14810.0), (True, 17479.897)])
def test_the_five_zones_of_pglib_cost_their_published_optimum(
    voltage_law: bool, optimum: float, tmp_path: Path
) -> None:
    case = read_back(five_zones(voltage_law), tmp_path)
    solution = solve_case(case)
    assert solution.status == "solved"
    assert solution.baseline is not None
    assert solution.point is not None
    assert solution.baseline.running_meur["P"] * 1e6 / 8760 == pytest.approx(optimum, abs=0.0005)
    assert solution.assembly.operating_meur(solution.point) == pytest.approx(solution.baseline.running_meur)
    assert audit(case, extract(case, solution, provenance_of(case, tmp_path, "base", {}))).sound
