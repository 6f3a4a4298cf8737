from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.case import Array, Climate, Cooling, Station
from optimizer.prepare.climate import compute_climate
from optimizer.prepare.psychrometrics import standard_pressure_pa
from tests.places import relative_humidity, site

EUROPE = Path(__file__).resolve().parents[1] / "inputs" / "europe"
HUMID_4A = ("milan", "venice", "bologna", "turin", "lyon", "zagreb", "belgrade", "bucharest")
MARITIME_4A = ("paris", "london", "brussels")
COLD_5A = ("frankfurt", "berlin", "munich", "leipzig", "prague", "vienna", "bratislava", "budapest", "warsaw", "krakow")
BANDS = pd.read_csv(EUROPE.parent / "build" / "facts_cooling.csv", dtype=str).to_dict("records")
"""Published PUE and WUE: 5th, 50th and 95th percentile by technology and climate zone."""
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


def zone_of(drybulb_c: Array) -> str:
    """Return the climate zone of a year's dry bulb by ASHRAE Standard 169: 2A .. 6A, 7, 8.

    Rain, which tells B (dry) and C (marine) from A (moist), is not in the record: all of Europe counts as moist.
    """
    days = drybulb_c.reshape(365, 24).mean(axis=1)
    cooling, heating = np.maximum(days - 10, 0).sum(), np.maximum(18 - days, 0).sum()
    if cooling > 2500 and heating <= 2000:
        return "2A" if cooling > 3500 else "3A"
    number = next((zone for zone, most in enumerate((2000, 3000, 4000, 5000, 7000), 3) if heating <= most), 8)
    return f"{number}A" if number < 7 else f"{number}"


@pytest.fixture(scope="module")
def zones(drybulb: pd.DataFrame, stations: dict[str, Station]) -> dict[str, list[str]]:
    """Give the stations of every climate zone there is."""
    found: dict[str, list[str]] = {}
    for key in sorted(stations):
        found.setdefault(zone_of(drybulb[key].to_numpy(float)), []).append(key)
    return dict(sorted(found.items()))


def test_zones_follow_the_temperature(zones: dict[str, list[str]]) -> None:
    named = {key: int(zone[0]) for zone, keys in zones.items() for key in keys}
    assert named["malaga"] <= named["athens"] < named["paris"] < named["stockholm"] < named["lulea"]
    assert {zone[0] for zone in zones} == {*"2345678"}


def outside(
    climate: Climate, zones: dict[str, list[str]], technology: str, metric: str
) -> tuple[float, float, list[str], list[str]]:
    """Return least and most of a technology, and the zones with stations below the 5th or above the 95th percentile."""
    values = climate.pue_annual if metric == "pue" else climate.wue_annual_l_per_kwh
    below, above = [], []
    for band in BANDS:
        if band["cooling"] == technology and band["zone"] in zones:
            here = [values[key, technology] for key in zones[band["zone"]]]
            below += [band["zone"]] * (min(here) < float(band[f"{metric}_5"]))
            above += [band["zone"]] * (max(here) > float(band[f"{metric}_95"]))
    every = [values[key, technology] for keys in zones.values() for key in keys]
    return min(every), max(every), below, above


def told(zones: dict[str, list[str]], below: list[str], above: list[str]) -> str:
    """Return in words where a technology leaves its band."""

    def where(listed: list[str]) -> str:
        return "all zones" if len(listed) == len(zones) else ", ".join(listed)

    parts = [f"{word} in {where(listed)}" for word, listed in (("below", below), ("above", above)) if listed]
    return "; ".join(parts) or "inside"


def compared(climate: Climate, zones: dict[str, list[str]], technology: str) -> str:
    """Return the row of SOURCES.md that compares a technology with the published halls."""
    bands = [band for band in BANDS if band["cooling"] == technology and band["zone"] in zones]
    cells = [technology]
    for metric, digits in (("pue", 2), ("wue", 2)):
        low, high, below, above = outside(climate, zones, technology, metric)
        floor = min(float(band[f"{metric}_5"]) for band in bands)
        ceiling = max(float(band[f"{metric}_95"]) for band in bands)
        spans = [f"{one:.{digits}f} - {other:.{digits}f}" for one, other in ((low, high), (floor, ceiling))]
        cells += [*spans, told(zones, below, above)]
    return "| " + " | ".join(cells) + " |"


def test_every_difference_from_the_published_bands_is_told(
    climate: Climate, cooling: dict[str, Cooling], zones: dict[str, list[str]]
) -> None:
    """5th to 95th percentile of 50 simulated halls in every zone of the record; SOURCES.md says where ours differ."""
    sources = (EUROPE / "SOURCES.md").read_text(encoding="utf-8").splitlines()
    assert {band["cooling"] for band in BANDS} == {*cooling}
    assert {*zones} <= {band["zone"] for band in BANDS}
    missing = [row for technology in sorted(cooling) if (row := compared(climate, zones, technology)) not in sources]
    assert missing == [], missing


def test_pue_of_large_halls_lies_in_the_published_bands_where_sources_say_so(
    climate: Climate, zones: dict[str, list[str]]
) -> None:
    for technology in ("airside", "liquid_dry", "once_through"):
        assert outside(climate, zones, technology, "pue")[2:] == ([], []), technology


def test_towers_use_what_measured_halls_use(climate: Climate) -> None:
    """1.27 and 1.42 L/kWh at NREL's ESIF with towers alone (NREL/TP-7A40-72196), about 1.4 at MGHPCC (Sharma 2017)."""
    wue = climate.wue_annual_l_per_kwh
    assert all(1.0 <= wue[key, "waterside"] <= 1.6 for key in HUMID_4A + MARITIME_4A + COLD_5A)
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
