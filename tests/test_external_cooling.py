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

REPORTED_PUE = {
    ("dublin", "airside"): 1.08,
    ("groningen", "airside"): 1.08,
    ("copenhagen", "airside"): 1.07,
    ("helsinki", "once_through"): 1.10,
    ("brussels", "airside"): 1.08,
}
"""Google's Dublin, Eemshaven, Fredericia, Hamina and St. Ghislain: its page on efficiency, twelve months to 2025-10."""
REPORTED_WUE = {"dublin": 0.03, "amsterdam": 0.08, "stockholm": 0.16}
"""Litres per kWh of outside-air halls: Microsoft's fact sheets of 2025-02 for Ireland, the Netherlands and Sweden."""


def rows(table: str) -> list[dict[Hashable, object]]:
    return pd.read_csv(ROOT / "inputs" / "europe" / f"{table}.csv", keep_default_na=False).to_dict("records")


@pytest.fixture(scope="module")
def climate() -> Climate:
    stations = {str(row["station"]): Station.model_validate(row) for row in rows("stations")}
    cooling = {str(row["cooling"]): Cooling.model_validate(row) for row in rows("cooling")}
    dry, wet = (pd.read_parquet(ROOT / "inputs" / "europe" / f"{name}.parquet") for name in ("drybulb", "wetbulb"))
    places = sorted({place for place, _ in REPORTED_PUE} | set(REPORTED_WUE))
    sites = {place: site(place, at=place) for place in places}
    dry_c, wet_c = ({place: table[place].to_numpy(float) for place in places} for table in (dry, wet))
    return compute_climate(sites, stations, cooling, dry_c, wet_c, 8760)


def test_five_campuses_of_one_operator(climate: Climate) -> None:
    modelled = {each: climate.pue_annual[each] for each in REPORTED_PUE}
    assert all(1.04 <= pue <= 1.15 for pue in modelled.values()), modelled
    assert np.mean([abs(modelled[each] - reported) for each, reported in REPORTED_PUE.items()]) <= 0.05


def test_water_of_outside_air_halls_is_of_the_reported_size(climate: Climate) -> None:
    for place, reported in REPORTED_WUE.items():
        assert climate.wue_annual_l_per_kwh[place, "airside"] == pytest.approx(reported, abs=0.1), place
