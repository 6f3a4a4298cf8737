import shutil
from pathlib import Path

import pytest

from optimizer.report.key_figures import chosen_sites
from tests.benchmarks.price_basis import kept_share, page, planned

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
CHEAPEST = {
    "question.objectives": '["cost"]',
    "siting.gigafactories_min": "1",
    "siting.gigafactory_kchips": "10",
    "carbon.cap_kg_per_mwh": "1000",
    "power.price_basis_decay_share": "0",
}


def test_the_page_shows_that_a_zone_which_the_basis_makes_dear_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "tutorial"
    shutil.copytree(TUTORIAL, folder)
    (folder / "potentials.csv").write_text(
        "zone,technology,potential_mw,source,quality\n"
    )  # none to leave the basis with
    without = planned(folder, 0.0, CHEAPEST)
    (cheapest,) = chosen_sites(without)
    (folder / "price_basis.csv").write_text(f"zone,basis_eur_per_mwh,source,quality\n{cheapest.zone},150,t,estimate\n")
    whole = planned(folder, 1.0, CHEAPEST)
    assert cheapest.zone not in {row.zone for row in chosen_sites(whole)}
    assert sum(row.basis_present_meur for row in without.zones) == 0
    assert (kept_share(without, whole), kept_share(whole, whole)) == pytest.approx((0, 1))
    first, last = page("tutorial", {0.0: without, 1.0: whole}).splitlines()[-2:]
    assert f"| 0% | {cheapest.site} {cheapest.servers_mw:,.0f} |" in first
    assert "| 100% |" in last
