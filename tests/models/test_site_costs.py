"""What a campus costs at a site: the sites of the tutorial, worked out on paper."""

from dataclasses import replace
from typing import Any

import pytest

from models.case import Case, Statement
from models.site_costs import Campus, Costs, total_meur

AT_50 = {(zone, period): 50.0 for zone in ("EAST", "NORTH", "WEST") for period in ("p1", "p2")}
# p1 begins in the base year, the horizon ends ten years later; 6 %
TEN_YEARS = 7.80169  # a euro in each of them: (1 - 1.06^-10) / (1 - 1 / 1.06)
END = 0.558395  # 1.06^-10
TWO_YEARS_BUILDING = 1.060601  # (1.06^2 - 1) / (2 ln 1.06)
FIVE_YEARS_BUILDING = 1.160913  # (1.06^5 - 1) / (5 ln 1.06)
HALLS_LEFT = 0.641685  # ten of 20 years: (1 - 1.06^-10) / (1 - 1.06^-20)
GRID_LEFT = 0.914832  # thirty of 40 years
TWH = 0.8 * 8760 * 40 / 1e6


def campus(case: Case, **changed: Any) -> Campus:
    given: dict[str, Any] = {"period": "p1", "servers_mw": 40.0, "coolings": frozenset({"liquid_dry"}), "prices": AT_50}
    return Campus(case, **given | changed)


def changed(case: Case, table: str, key: str, **cells: Any) -> Case:
    rows = getattr(case, table)
    tables: dict[str, Any] = {table: {**rows, key: rows[key].model_copy(update=cells)}}
    return replace(case, **tables)


def costs(case: Case, site: str, **changed: Any) -> Costs:
    found = campus(case, **changed).costs(site)
    assert found
    return found


def meur(case: Case, site: str, **changed: Any) -> dict[str, float]:
    return {column: amount for column, (amount, _) in costs(case, site, **changed).items()}


def test_forty_megawatt_at_lulea_column_by_column(tutorial_case: Case) -> None:
    sweden = {"electricity_tax_eur_per_mwh": 20.0, "connection_charge_meur_per_mw": 0.1, "wage_factor": 1.2}
    case = changed(changed(tutorial_case, "countries", "SE", **sweden), "sites", "LULEA", fee_eur_per_mwh=3.0)
    found = meur(case, "LULEA")
    design, annual = (
        each["LULEA", "liquid_dry"] for each in (tutorial_case.climate.pue_design, tutorial_case.climate.pue_annual)
    )
    grid = TWO_YEARS_BUILDING * (1 - GRID_LEFT * END)
    assert found == pytest.approx(
        {
            "countries.building_factor": 440 * (TWO_YEARS_BUILDING * (1 - HALLS_LEFT * END) + 0.03 * TEN_YEARS),
            "sites.opening_meur": 50 * TWO_YEARS_BUILDING,
            "sites.distance_km": 5 * 0.00075 * 40 * design * grid,
            "fleets.capacity_mw": 50 * TWH * TEN_YEARS,
            "price_basis.basis_eur_per_mwh": 0.0,
            "countries.grid_fee_eur_per_mwh": 10 * TWH * TEN_YEARS,
            "countries.electricity_tax_eur_per_mwh": 20 * TWH * TEN_YEARS,
            "sites.fee_eur_per_mwh": 3 * TWH * TEN_YEARS,
            "countries.connection_charge_meur_per_mw": 0.1 * 40 * design * grid,
            "countries.wage_factor": 0.25 * (0.6 + 0.4 * 1.2) * 40 * TEN_YEARS,
            "sites.station": 83 * (annual - 1) * TWH * TEN_YEARS + 0.12 * 40 * design * grid,
            # half of 32 MW are heat that neighbours take: 0.5 MEUR a MW, and 25 EUR in 4,000 hours
            "sites.heat_sink_mw": 16 * (0.5 * grid - 0.1 * TEN_YEARS),
            "headrooms.headroom_mw": 0.0,
            # hydro: 10 EUR/MWh, 8 TWh of 1,500 MW, of which a MW counts 0.8
            "fleets.uncontracted_share": 40 * design * TEN_YEARS * 10 * 8 / 1500 / 0.8,
        },
        rel=1e-5,
    )
    assert total_meur(costs(case, "LULEA")) == pytest.approx(sum(found.values()))


def test_what_the_headroom_lacks_is_a_step(tutorial_case: Case) -> None:
    """RHONE has 40 MW and one step of 100 for 30 MEUR in five years; 40 MW of servers draw some 46."""
    step = 30 * FIVE_YEARS_BUILDING * (1 - GRID_LEFT * END)
    assert meur(tutorial_case, "LYON")["headrooms.headroom_mw"] == pytest.approx(step, rel=1e-5)
    assert meur(tutorial_case, "LYON", servers_mw=20)["headrooms.headroom_mw"] == 0
    assert campus(tutorial_case, servers_mw=140).costs("LYON") is None


def test_cover_comes_over_a_line_where_the_zone_has_none(tutorial_case: Case) -> None:
    """Nuclear power of WEST: 20 EUR/MWh, 0.9 of a MW counts, 2 % is lost on the way to EAST."""
    nuclear = float(tutorial_case.hourly["availability"]["WEST.nuclear"].mean())
    peak_mw = 40 * tutorial_case.climate.pue_design["LODZ", "liquid_dry"]
    expected = peak_mw * TEN_YEARS * 20 * nuclear * 8760 / 1e6 / 0.9 / 0.98
    assert meur(tutorial_case, "LODZ")["fleets.uncontracted_share"] == pytest.approx(expected, rel=1e-5)


def test_a_line_that_is_still_planned_brings_no_cover(tutorial_case: Case) -> None:
    """What is left is as dear as the dearest of all premiums: nuclear power, always there."""
    case = changed(tutorial_case, "lines", "WEST-EAST", first_year=2027)
    peak_mw = 40 * case.climate.pue_design["LODZ", "liquid_dry"]
    expected = peak_mw * TEN_YEARS * 20 * 8760 / 1e6 / 0.9
    meur, estimated = costs(case, "LODZ")["fleets.uncontracted_share"]
    assert (meur, estimated) == pytest.approx((expected, 1.0), rel=1e-5)


def test_the_cheapest_cooling_is_taken(tutorial_case: Case) -> None:
    """Outside air costs 10 MEUR per MW instead of 11."""
    both = frozenset({"airside", "liquid_dry"})
    assert meur(tutorial_case, "LULEA", coolings=both) == meur(tutorial_case, "LULEA", coolings=frozenset({"airside"}))


@pytest.mark.parametrize(
    ("site", "period", "servers_mw", "fits"),
    [
        ("LODZ", "p1", 100, True),
        ("LODZ", "p1", 101, False),  # land
        ("LODZ", "p1", 9, False),  # least size
        ("BUGEY", "p1", 40, False),  # connected in 2031
        ("BUGEY", "p2", 40, True),
        ("PARIS", "p1", 0, False),  # committed
    ],
)
def test_a_site_fits_by_land_and_dates(
    site: str, period: str, servers_mw: float, fits: bool, tutorial_case: Case
) -> None:
    assert campus(tutorial_case, period=period, servers_mw=servers_mw).fits(site) is fits


def test_law_and_water_rule_a_cooling_out(tutorial_case: Case) -> None:
    assert campus(changed(tutorial_case, "countries", "SE", pue_limit=1.1)).costs("LULEA") is None
    assert campus(changed(tutorial_case, "cooling", "liquid_dry", needs_water_body=True)).costs("LULEA")
    assert campus(changed(tutorial_case, "cooling", "liquid_dry", needs_water_body=True)).costs("LODZ") is None
    dry = changed(tutorial_case, "basins", "baltic", stress_share=1.0)
    assert campus(dry, coolings=frozenset({"airside"})).costs("LULEA") is None
    assert campus(dry).costs("LULEA")


def test_estimates_are_those_of_the_cells_behind_each_cost(tutorial_case: Case) -> None:
    """All is an estimate but what is stated otherwise; a fleet counts by its MW."""
    stated = {
        ("countries", "SE", "building_factor"): "real",
        ("headrooms", "LULE.2026", "headroom_mw"): "derived",
        ("headrooms", "RHONE.2026", "headroom_mw"): "real",
        ("fleets", "NORTH.hydro.2026", "capacity_mw"): "real",
        ("sites", "*", "station"): "derived",
        ("drybulb", "*", "(hours)"): "derived",
    }
    sources = {
        key: Statement.model_validate(
            dict(zip(("table", "row", "column"), key, strict=True), source="s", quality=quality)
        )
        for key, quality in stated.items()
    }
    case = replace(tutorial_case, sources=sources)
    lulea = {column: estimated for column, (_, estimated) in costs(case, "LULEA").items()}
    assert lulea["countries.building_factor"] == lulea["headrooms.headroom_mw"] == 0
    assert lulea["price_basis.basis_eur_per_mwh"] == 0  # no row: none is stated
    assert lulea["fleets.capacity_mw"] == 500 / 2000
    assert lulea["sites.opening_meur"] == lulea["fleets.uncontracted_share"] == 1
    assert lulea["sites.station"] == 1  # the wet bulb
    assert costs(case, "LYON")["headrooms.headroom_mw"][1] == 1  # the step's cost
    assert costs(case, "LYON", servers_mw=20)["headrooms.headroom_mw"][1] == 0
