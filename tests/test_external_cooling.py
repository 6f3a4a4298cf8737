"""Reported PUE and WUE of European sites, for comparison only; rows of kind `design` are no measurements."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.case import Climate, Cooling, Station
from optimizer.case.climate import compute_climate
from tests.places import site

ROOT = Path(__file__).resolve().parents[1]
REPORTED = ROOT.parent / "shared" / "benchmarks" / "cooling" / "eu_site_pue_wue.csv"
pytestmark = pytest.mark.skipif(not REPORTED.is_file(), reason=f"{REPORTED} is absent")

GOOGLE = {
    "Dublin": ("dublin", "airside"),
    "Eemshaven": ("groningen", "airside"),
    "Fredericia": ("copenhagen", "airside"),
    "Hamina": ("helsinki", "once_through"),
    "St. Ghislain": ("brussels", "airside"),
}
WATER = {
    "Ireland (northeurope)": "dublin",
    "Netherlands (westeurope)": "amsterdam",
    "Sweden (swedencentral)": "stockholm",
    "Europe (Ireland)": "dublin",
}


def rows(table: str) -> list[dict[Hashable, object]]:
    return pd.read_csv(ROOT / "inputs" / "europe" / f"{table}.csv", keep_default_na=False).to_dict("records")


@pytest.fixture(scope="module")
def climate() -> Climate:
    stations = {str(row["station"]): Station.model_validate(row) for row in rows("stations")}
    cooling = {str(row["cooling"]): Cooling.model_validate(row) for row in rows("cooling")}
    dry, wet = (pd.read_parquet(ROOT / "inputs" / "europe" / f"{name}.parquet") for name in ("drybulb", "wetbulb"))
    places = sorted({place for place, _ in GOOGLE.values()} | set(WATER.values()))
    sites = {place: site(place, at=place) for place in places}
    dry_c, wet_c = ({place: table[place].to_numpy(float) for place in places} for table in (dry, wet))
    return compute_climate(sites, stations, cooling, dry_c, wet_c, 8760)


@pytest.fixture(scope="module")
def measured() -> pd.DataFrame:
    table = pd.read_csv(REPORTED)
    return table[table["kind"] == "measured"]


def test_five_campuses_of_one_operator(climate: Climate, measured: pd.DataFrame) -> None:
    google = measured[(measured["operator"] == "Google") & measured["period"].str.contains("2025")]
    assert set(google["site"]) == set(GOOGLE)
    errors = []
    for name, reported in zip(google["site"], google["pue"], strict=True):
        modelled = climate.pue_annual[GOOGLE[name]]
        assert 1.04 <= modelled <= 1.15, name
        errors.append(abs(modelled - reported))
    assert np.mean(errors) <= 0.05


def test_water_of_outside_air_halls_is_of_the_reported_size(climate: Climate, measured: pd.DataFrame) -> None:
    for name, place in WATER.items():
        reported = measured.loc[measured["site"] == name, "wue_l_per_kwh"].dropna()
        assert len(reported) > 0, name
        assert climate.wue_annual_l_per_kwh[place, "airside"] == pytest.approx(reported.mean(), abs=0.1), name
