import shutil
from pathlib import Path

import numpy as np
import pytest

from inputs.build.modelled_prices import modelled_prices
from models.case import Case
from optimizer.report.key_figures import chosen_sites
from tests.benchmarks.past_years import Dispatched, dispatch, observed, stages
from tests.benchmarks.price_basis import kept_share, planned, plans_part, seconds_part, write, year_part

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
    first, last = plans_part("tutorial", {0.0: without, 1.0: whole}).split("\n\n")[2].splitlines()[-2:]
    assert f"| 0% | {cheapest.site} {cheapest.servers_mw:,.0f} |" in first
    assert "| 100% |" in last


def test_a_dispatch_has_the_dual_prices_and_what_is_exported_is_imported(tutorial_case: Case) -> None:
    found = dispatch(tutorial_case)
    for zone, price in modelled_prices(tutorial_case):
        assert found.mean(zone) == pytest.approx(price, abs=1e-6)
    lost = sum(row.loss_share for row in tutorial_case.lines.values())
    assert sum(found.net_export_twh.values()) >= (0 if lost else -1e-9)
    assert max(found.net_export_twh.values()) > 0.1


def test_duration_curve_and_spread_on_paper() -> None:
    """A day of 10 and 30 EUR/MWh that comes three times as often as one of 20 and 50."""
    found = Dispatched({"A": np.array([[10.0, 30.0], [20.0, 50.0]])}, np.array([3.0, 1.0]), {}, 0.0)
    assert found.mean("A") == pytest.approx((3 * 20 + 35) / 4)
    assert found.quantiles("A", (0.3, 0.45, 0.8, 1.0)) == [10, 20, 30, 50]
    assert found.daily_spread("A") == pytest.approx((3 * 20 + 30) / 4)


def test_each_stage_has_one_rule_more(tutorial_case: Case) -> None:
    none, *_, last = stages(tutorial_case).values()
    assert none.marginal_costs == {}
    assert not any(row.minimum_load_share for row in none.technologies.values())
    assert not any(row.must_run_share for row in none.fleets.values())
    assert last == tutorial_case
    assert len(stages(tutorial_case)) == 5


def test_what_was_observed_adds_up() -> None:
    """Load is what is made and imported, to the rounding of the figures; France exported 57.7 and 89.9 TWh."""
    for year, net in ((2019, 57.67), (2024, 89.85)):
        assert observed(year)["FR"]["net_import_twh"] == -net
        for country, row in observed(year).items():
            made = sum(row[f"{kind}_twh"] for kind in ("nuclear", "wind_solar", "hydro", "fossil"))
            assert row["demand_twh"] == pytest.approx(made + row["net_import_twh"], abs=0.1), country


def test_parts_of_the_page_are_written_one_by_one(tutorial_case: Case, tmp_path: Path) -> None:
    found = {name: dispatch(case) for name, case in stages(tutorial_case).items()}
    page = tmp_path / "page.md"
    write(page, {"year": year_part(2024, tutorial_case, found)})
    write(page, {"time": seconds_part({2024: found})})
    text = page.read_text()
    assert "France exported 89.8 TWh net; modelled: none " in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## 2024", "## Time"]
    write(page, {"year": year_part(2024, tutorial_case, {"none": found["none"]})})
    assert "| + local costs |" in page.read_text()  # of the time, which stays
    assert "| country | observed | none |\n" in page.read_text()
