"""Measured PUE and WUE that operators report of European sites, for comparison only."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.case import Climate, Cooling, Station
from optimizer.prepare.climate import compute_climate
from tests.places import site

ROOT = Path(__file__).resolve().parents[1]

PLACES = {
    "dublin": (53.32, -6.43),
    "eemshaven": (53.43, 6.86),
    "fredericia": (55.56, 9.65),
    "hamina": (60.54, 27.11),
    "saint-ghislain": (50.47, 3.87),
    "middenmeer": (52.79, 5.0),
    "gavle": (60.66, 17.1),
}
"""Where the halls stand, latitude and longitude; each has the nearest climate station of the case."""
REPORTED_PUE = {
    ("dublin", "airside"): 1.08,
    ("eemshaven", "airside"): 1.08,
    ("fredericia", "airside"): 1.07,
    ("hamina", "once_through"): 1.10,
    ("saint-ghislain", "airside"): 1.08,
}
"""Google's Dublin, Eemshaven, Fredericia, Hamina and St. Ghislain: its page on efficiency, twelve months to 2025-10."""
REPORTED_WUE = {"dublin": 0.03, "middenmeer": 0.08, "gavle": 0.16}
"""Litres per kWh of outside-air halls: Microsoft's fact sheets of 2025-02 for Ireland, the Netherlands and Sweden."""


def rows(table: str) -> list[dict[Hashable, object]]:
    return pd.read_csv(ROOT / "inputs" / "europe" / f"{table}.csv", keep_default_na=False).to_dict("records")


def degrees_from(station: Station, latitude: float, longitude: float) -> tuple[float, float]:
    """Return how far a station is from a place, in degrees of latitude north and east."""
    return station.latitude - latitude, (station.longitude - longitude) * np.cos(np.radians(latitude))


@pytest.fixture(scope="module")
def climate() -> Climate:
    stations = {str(row["station"]): Station.model_validate(row) for row in rows("stations")}
    cooling = {str(row["cooling"]): Cooling.model_validate(row) for row in rows("cooling")}
    dry, wet = (pd.read_parquet(ROOT / "inputs" / "europe" / f"{name}.parquet") for name in ("drybulb", "wetbulb"))
    near = {
        place: min(stations, key=lambda each: np.hypot(*degrees_from(stations[each], *PLACES[place])))
        for place in PLACES
    }
    sites = {place: site(place, at=station) for place, station in near.items()}
    dry_c, wet_c = ({each: table[each].to_numpy(float) for each in near.values()} for table in (dry, wet))
    return compute_climate(sites, stations, cooling, dry_c, wet_c, 8760)


def test_five_campuses_of_one_operator(climate: Climate) -> None:
    modelled = {each: climate.pue_annual[each] for each in REPORTED_PUE}
    assert all(1.04 <= pue <= 1.15 for pue in modelled.values()), modelled
    assert np.mean([abs(modelled[each] - reported) for each, reported in REPORTED_PUE.items()]) <= 0.05


def test_water_of_outside_air_halls_is_of_the_reported_size(climate: Climate) -> None:
    for place, reported in REPORTED_WUE.items():
        assert climate.wue_annual_l_per_kwh[place, "airside"] == pytest.approx(reported, abs=0.1), place
