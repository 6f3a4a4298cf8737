from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.case import Array
from optimizer.prepare.climate import compute_climate
from optimizer.prepare.cooling_components import Weather, hourly_pue_wue
from optimizer.prepare.psychrometrics import (
    enthalpy_kj_per_kg,
    humidity_ratio,
    saturation_pressure_pa,
    standard_pressure_pa,
    wet_bulb,
)
from tests.places import relative_humidity, site, station, technology

SEA_LEVEL_PA = 101_325.0


def weather(dry: list[float], wet: list[float], body: float = 10.0) -> Weather:
    return Weather(np.array(dry), np.array(wet), np.full(len(dry), body), SEA_LEVEL_PA)


@pytest.fixture(scope="module")
def known() -> pd.DataFrame:
    """States of moist air by PsychroLib 2.5.0 (ASHRAE Handbook Fundamentals 2017, SI), which has no wheel.

    The wet bulb follows from the dew point; all else from dry bulb, wet bulb as printed, and standard atmosphere.
    """
    return pd.read_csv(Path(__file__).with_name("moist_air.csv"))


def test_moist_air_agrees_with_psychrolib(known: pd.DataFrame) -> None:
    assert len(known) > 400
    for elevation, states in known.groupby("elevation_m"):
        pressure = standard_pressure_pa(float(str(elevation)))
        dry, wet = states["drybulb_c"].to_numpy(float), states["wetbulb_c"].to_numpy(float)
        ratio = humidity_ratio(dry, wet, pressure)
        expected = {name: states[name].to_numpy(float) for name in states}
        assert pressure == pytest.approx(expected["pressure_pa"][0], rel=1e-6)
        assert saturation_pressure_pa(dry) == pytest.approx(expected["saturation_pa"], rel=1e-6)
        assert ratio == pytest.approx(expected["humidity_ratio"], rel=1e-5)
        assert relative_humidity(dry, wet, pressure) == pytest.approx(expected["relative_humidity_share"], rel=1e-5)
        assert enthalpy_kj_per_kg(dry, ratio) == pytest.approx(expected["enthalpy_kj_per_kg"], rel=1e-4, abs=1e-3)


def test_wet_bulb_agrees_with_psychrolib(known: pd.DataFrame) -> None:
    for elevation, states in known.groupby("elevation_m"):
        dry, dew = states["drybulb_c"].to_numpy(float), states["dewpoint_c"].to_numpy(float)
        found = wet_bulb(dry, dew, standard_pressure_pa(float(str(elevation))))
        assert found == pytest.approx(states["wetbulb_c"].to_numpy(float), abs=0.01)


def test_outside_air_needs_no_chiller_until_the_adiabatic_stage_is_beaten() -> None:
    pue, litres = hourly_pue_wue(technology("airside"), weather([10, 25, 35, 35], [8, 18, 20, 30]))
    assert pue[:2] == pytest.approx(1.10)
    assert pue[2] == pytest.approx(1.10), "35 C cooled by 0.8 x 15 K is below 25 C"
    assert pue[3] > 1.12
    assert litres[1] == 0.0
    assert litres[2] == pytest.approx(3600 / 14 * 10 / 2450 * 1.25), "10 K of evaporative cooling, 5 cycles"


def test_dry_winter_air_is_humidified() -> None:
    _, litres = hourly_pue_wue(technology("airside"), weather([-10, 5], [-11, 4.9]))
    assert litres[0] > litres[1] >= 0.0


def test_towers_cool_alone_then_in_part_then_not_at_all() -> None:
    kind = technology("waterside", supply_c=24)
    pue, litres = hourly_pue_wue(kind, weather([12, 18, 30], [11, 16, 25]))
    assert pue[0] == pytest.approx(1.10)
    part_lift, whole_lift = 21 + 6 + 4 - 14, 30 + 6 + 4 - 14
    assert pue[1] == pytest.approx(1.10 + 0.5 * part_lift / (0.5 * 287.15))
    assert pue[2] == pytest.approx(1.10 + whole_lift / (0.5 * 287.15))
    assert np.all((litres > 0.8) & (litres < 2.2))


def test_warm_liquid_is_cooled_dry_and_the_rest_by_air() -> None:
    kind = technology("liquid_dry", supply_c=40, effectiveness_share=0)
    pue, litres = hourly_pue_wue(kind, weather([10, 25, 38], [8, 18, 20]))
    assert pue[0] == pytest.approx(1.10)
    assert pue[1] == pytest.approx(1.10 + 0.15 * (30 + 4 - 17) / (0.5 * 290.15)), "only the air needs a chiller"
    assert pue[2] > pue[1]
    assert not litres.any()


def test_sea_water_cools_whatever_the_air_does() -> None:
    kind = technology("once_through", supply_c=32)
    pue, litres = hourly_pue_wue(kind, weather([-10, 38], [-11, 24], body=14.0))
    assert pue == pytest.approx([1.10, 1.10])
    assert not litres.any()


def test_an_air_cooled_chiller_works_always() -> None:
    pue, _ = hourly_pue_wue(technology("chiller", approach_k=10), weather([0, 35], [-1, 20]))
    assert pue == pytest.approx([1.10 + 15 / (0.5 * 288.15), 1.10 + (35 + 10 + 4 - 15) / (0.5 * 288.15)])


def test_a_missing_chiller_is_reported_not_ignored() -> None:
    with pytest.raises(ValueError, match="liquid_dry has no chiller"):
        hourly_pue_wue(technology("liquid_dry", carnot_share=0, effectiveness_share=0), weather([38], [20]))


def test_pue_rises_with_temperature_and_carnot_shares_help() -> None:
    dry = list(np.linspace(-10, 40, 51))
    air = weather(dry, [value - 6 for value in dry])
    for family in ("airside", "waterside", "liquid_dry", "chiller"):
        pue, litres = hourly_pue_wue(technology(family), air)
        better, _ = hourly_pue_wue(technology(family, carnot_share=0.6), air)
        assert np.all(np.diff(pue) >= -1e-12), family
        assert np.all(better <= pue), family
        assert np.all(litres >= 0.0), family


def test_sites_of_a_station_share_one_year() -> None:
    hours = np.arange(8760)
    dry: Array = 10.0 - 12.0 * np.cos(2 * np.pi * hours / 8760) - 4.0 * np.cos(2 * np.pi * hours / 24)
    sites = {name: site(name, "paris") for name in ("a", "b")}
    cooling = {family: technology(family) for family in ("airside", "once_through")}
    climate = compute_climate(sites, {"paris": station("paris")}, cooling, {"paris": dry}, {"paris": dry - 3.0}, 8760)
    assert climate.pue["a", "airside"] is climate.pue["b", "airside"]
    for pair, pue in climate.pue.items():
        assert pue.shape == (8760,)
        assert climate.pue_annual[pair] == pytest.approx(pue.mean())
        assert climate.pue_design[pair] >= pue.max()
    assert climate.pue_design["a", "airside"] > climate.pue["a", "airside"].max()


def test_water_follows_the_air_of_the_last_month() -> None:
    dry: Array = np.where(np.arange(8760) < 4380, 5.0, 35.0)
    kind = technology("once_through", supply_c=20, approach_k=0)
    climate = compute_climate(
        {"a": site("a", "paris")},
        {"paris": station("paris")},
        {kind.cooling: kind},
        {"paris": dry},
        {"paris": dry},
        8760,
    )
    pue = climate.pue["a", "once_through"]
    assert pue[4379] == pytest.approx(pue[2000])
    assert pue[4380 + 24] == pytest.approx(pue[2000]), "a warm day does not warm the river"
    assert pue[4380 + 720] > pue[2000] + 0.05


def test_fixed_values_need_no_weather() -> None:
    kind = technology("fixed", pue_fixed=1.2, wue_fixed_l_per_kwh=0.4)
    climate = compute_climate({"a": site("a", "none")}, {"none": station("none")}, {"fixed": kind}, {}, {}, 1)
    assert climate.pue["a", "fixed"].tolist() == [1.2]
    assert climate.pue_annual["a", "fixed"] == climate.pue_design["a", "fixed"] == 1.2
    assert climate.wue_annual_l_per_kwh["a", "fixed"] == 0.4


def test_a_record_may_be_as_short_as_an_hour() -> None:
    cooling = {
        family: technology(family) for family in ("airside", "waterside", "liquid_dry", "once_through", "chiller")
    }
    one = {"paris": np.array([12.0])}
    climate = compute_climate({"a": site("a", "paris")}, {"paris": station("paris")}, cooling, one, one, 1)
    assert all(pue.shape == (1,) and np.isfinite(pue).all() for pue in climate.pue.values())
