from collections.abc import Hashable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.case import Climate, Cooling, Station
from optimizer.case.climate import compute_climate
from optimizer.case.moist_air import standard_pressure_pa
from tests.places import relative_humidity, site

EUROPE = Path(__file__).resolve().parents[1] / "inputs" / "europe"
HUMID_4A = ("milan", "venice", "bologna", "turin", "lyon", "zagreb", "belgrade", "bucharest")
MARITIME_4A = ("paris", "london", "brussels")
COLD_5A = ("frankfurt", "berlin", "munich", "leipzig", "prague", "vienna", "bratislava", "budapest", "warsaw", "krakow")
FINLAND = ("helsinki", "turku", "kajaani", "rovaniemi")
SPAIN = ("madrid", "seville", "malaga", "zaragoza", "barcelona", "valencia", "caceres", "leon", "bilbao", "santiago")


def rows(table: str) -> list[dict[Hashable, object]]:
    return pd.read_csv(EUROPE / f"{table}.csv", keep_default_na=False).to_dict("records")


@pytest.fixture(scope="module")
def stations() -> dict[str, Station]:
    return {str(row["station"]): Station.model_validate(row) for row in rows("stations")}


@pytest.fixture(scope="module")
def cooling() -> dict[str, Cooling]:
    return {str(row["cooling"]): Cooling.model_validate(row) for row in rows("cooling")}


@pytest.fixture(scope="module")
def drybulb() -> pd.DataFrame:
    return pd.read_parquet(EUROPE / "drybulb.parquet")


@pytest.fixture(scope="module")
def wetbulb() -> pd.DataFrame:
    return pd.read_parquet(EUROPE / "wetbulb.parquet")


@pytest.fixture(scope="module")
def climate(
    stations: dict[str, Station], cooling: dict[str, Cooling], drybulb: pd.DataFrame, wetbulb: pd.DataFrame
) -> Climate:
    """A site at every station, named after it."""
    sites = {key: site(key, at=key) for key in stations}
    dry, wet = ({key: table[key].to_numpy(float) for key in stations} for table in (drybulb, wetbulb))
    return compute_climate(sites, stations, cooling, dry, wet, 8760)


def test_stations_cover_europe(stations: dict[str, Station]) -> None:
    assert len(stations) >= 40
    latitudes = [station.latitude for station in stations.values()]
    longitudes = [station.longitude for station in stations.values()]
    assert min(latitudes) < 38
    assert max(latitudes) > 68
    assert min(longitudes) < -8
    assert max(longitudes) > 27


def test_tables_hold_a_whole_year_of_every_station(
    stations: dict[str, Station], drybulb: pd.DataFrame, wetbulb: pd.DataFrame
) -> None:
    for table in (drybulb, wetbulb):
        assert list(table.columns) == ["hour", *sorted(stations)]
        assert table["hour"].tolist() == list(range(8760))
        assert np.isfinite(table.to_numpy()).all()


def test_wet_bulb_never_exceeds_dry_bulb(drybulb: pd.DataFrame, wetbulb: pd.DataFrame) -> None:
    assert (wetbulb.to_numpy() <= drybulb.to_numpy() + 1e-6).all()


def test_design_temperatures_come_from_the_record(
    stations: dict[str, Station], drybulb: pd.DataFrame, wetbulb: pd.DataFrame
) -> None:
    for key, station in stations.items():
        assert station.design_drybulb_c == pytest.approx(float(drybulb[key].max()), abs=0.06)
        assert station.design_wetbulb_c == pytest.approx(float(np.percentile(wetbulb[key], 99.6)), abs=0.06)


def test_noon_is_at_noon(drybulb: pd.DataFrame, stations: dict[str, Station]) -> None:
    for key in ("amsterdam", "stockholm", "madrid", "athens", "munich", "lulea"):
        hottest = drybulb[key].to_numpy().reshape(365, 24)[120:270].mean(axis=0).argmax() + 0.5
        solar_time = hottest + stations[key].longitude / 15
        assert 12.5 < solar_time < 17, key


def test_wet_bulb_lies_between_bone_dry_and_saturated(drybulb: pd.DataFrame, wetbulb: pd.DataFrame) -> None:
    for key, elevation in (("madrid", 716.0), ("munich", 448.0), ("narvik", 23.0)):
        dry, wet = drybulb[key].to_numpy(float), wetbulb[key].to_numpy(float)
        humidity = relative_humidity(dry, np.minimum(wet, dry), standard_pressure_pa(elevation))
        assert humidity.min() > 0.04, key
        assert humidity.max() <= 1.0 + 1e-9, key


def inside(climate: Climate, keys: Iterable[str], technology: str, low: float, high: float) -> None:
    pue = {key: climate.pue_annual[key, technology] for key in keys}
    assert all(low <= value <= high for value in pue.values()), pue


def test_pue_lies_in_the_bands_of_the_literature(climate: Climate) -> None:
    """5th to 95th percentile of large halls in ASHRAE zones 4A and 5A, Lei & Masanet 2022."""
    inside(climate, HUMID_4A + MARITIME_4A, "airside", 1.109, 1.223)
    inside(climate, COLD_5A, "airside", 1.100, 1.213)
    inside(climate, HUMID_4A + MARITIME_4A, "waterside", 1.084, 1.202)
    inside(climate, COLD_5A, "waterside", 1.083, 1.196)


def test_wue_lies_in_the_bands_of_the_literature(climate: Climate) -> None:
    """The bands are of North America's humid summers; near the Atlantic less water is computed, and reported."""
    wue = climate.wue_annual_l_per_kwh
    assert all(0.27 <= wue[key, "airside"] <= 0.83 for key in HUMID_4A)
    assert all(0.20 <= wue[key, "airside"] <= 0.71 for key in COLD_5A)
    assert all(0.05 <= wue[key, "airside"] <= 0.27 for key in MARITIME_4A)
    assert all(1.0 <= wue[key, "waterside"] <= 1.8 for key in HUMID_4A + COLD_5A), "towers: 1.6-1.8 is usual"
    assert not any(value for (_, technology), value in wue.items() if technology in {"liquid_dry", "once_through"})


def test_technology_decides_not_latitude(climate: Climate, cooling: dict[str, Cooling]) -> None:
    means = {}
    for technology in cooling:
        north = [climate.pue_annual[key, technology] for key in FINLAND]
        south = [climate.pue_annual[key, technology] for key in SPAIN]
        assert max(south) - min(north) <= 0.10, technology
        means[technology] = np.mean(north + south)
    assert max(means.values()) - min(means.values()) > 0.15


def test_weather_moves_the_hours_modestly(climate: Climate) -> None:
    for (_, technology), pue in climate.pue.items():
        if technology in {"airside", "waterside"}:
            assert np.ptp(pue) < 0.25


def test_only_liquid_carries_dense_racks(cooling: dict[str, Cooling]) -> None:
    assert {key for key, kind in cooling.items() if kind.rack_limit_kw >= 140} == {"liquid_dry", "once_through"}
    assert [key for key, kind in cooling.items() if kind.needs_water_body] == ["once_through"]
    assert all(9 <= kind.capex_meur_per_mw <= 11 for kind in cooling.values())
