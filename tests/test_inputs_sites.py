import re
import tomllib
from collections.abc import Hashable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from models.case import TABLES
from models.settings import Settings
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.prepare.latency import round_trips

INPUTS = Path(__file__).resolve().parents[1] / "inputs"
EUROPE = INPUTS / "europe"
OURS = (
    "basins",
    "chip_supply",
    "chips",
    "countries",
    "demand",
    "funds",
    "headrooms",
    "periods",
    "regions",
    "reinforcements",
    "sites",
    "substations",
    "tranches",
    "workloads",
)
AI_FACTORIES = {
    "AT-VIENNA": (48.208, 16.372),
    "BG-SOFIA": (42.698, 23.324),
    "CZ-OSTRAVA": (49.835, 18.282),
    "DE-JUELICH": (50.921, 6.363),
    "DE-STUTTGART": (48.782, 9.177),
    "ES-BARCELONA": (41.389, 2.159),
    "ES-SANTIAGO": (42.881, -8.546),
    "FI-KAJAANI-LUMI": (64.227, 27.728),
    "FR-BRUYERES": (48.59, 2.19),
    "GR-ATHENS": (37.984, 23.728),
    "IT-BOLOGNA": (44.494, 11.339),
    "LT-VILNIUS": (54.689, 25.28),
    "LU-BISSEN": (49.788, 6.065),
    "NL-GRONINGEN": (53.219, 6.567),
    "PL-KRAKOW": (50.061, 19.937),
    "PL-POZNAN": (52.407, 16.93),
    "RO-BUCHAREST": (44.432, 26.106),
    "SE-LINKOPING": (58.411, 15.622),
    "SI-MARIBOR": (46.556, 15.646),
}
"""Latitude and longitude of the seats' towns (EuroHPC JU, December 2024 to October 2025; GeoNames)."""
COMMITTED = {
    "DE-JUELICH": ("JUPITER", 18.0),
    "FI-KAJAANI-LUMI": ("LUMI", 12.1),
    "CH-LUGANO": ("Swiss National", 11.9),
    "IT-FERRERA": ("HPC6", 14.2),
    "FR-BRUYERES": ("18,000 GB300", 35.0),
    "DE-MUNICH": ("Tucherpark", 18.0),
    "GB-LOUGHTON": ("Loughton", 45.0),
    "NO-NARVIK": ("Kvandal", 194.0),
    "NO-GLOMFJORD": ("Nscale, 30 MW", 26.0),
    "PT-SINES": ("Start Campus", 24.5),
    "PT-SINES-SIN02": ("66,000 Rubin", 192.5),
    "FI-LAPPEENRANTA": ("Nebius, 310 MW", 270.0),
    "FI-MANTSALA": ("Nebius, 75 MW", 65.0),
    "FR-BETHUNE": ("Nebius, 240 MW", 209.0),
    "SE-BORLANGE": ("Mistral", 20.0),
    "FI-KAJAANI-XTX": ("XTX", 22.5),
}
"""A word of each machine and the MW of its servers: as published, or the campus's meter over 1.15."""
BESIDE_KM = 3.0
PARKS = {"FI-KAJAANI", "PT-SINES-2", "PT-SINES-COAL", "SE-BORLANGE-2"}
"""Business parks, a port and campuses whose owners let to whoever comes, beside a machine that stands there."""
BORDER_KM = 12.0
"""15 km less the 3 km by which the land of the map is simplified."""
GEOD = Geod(ellps="WGS84")
ARTEFACT = re.compile(r"Timepoint|Phase|\bSy\b|Chp|Kraftwerk|\bPP\b|[A-Z]{4,}|\d{2}|(\b\w{5,}\b).*\b\1\b")
COAST_KM = 25.0


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(EUROPE / f"{name}.csv", keep_default_na=False)


def facts(name: str) -> pd.DataFrame:
    return pd.read_csv(INPUTS / "build" / f"facts_{name}.csv", comment="#", keep_default_na=False)


def rows(name: str) -> dict[str, dict[Hashable, object]]:
    key = TABLES[name].key[0]
    return {str(row[key]): row for row in table(name).to_dict("records")}


@pytest.fixture(scope="module")
def sites() -> pd.DataFrame:
    return table("sites")


def test_there_are_150_sites_in_28_countries(sites: pd.DataFrame) -> None:
    assert len(sites) >= 150
    assert sites.country.nunique() >= 28
    assert set(sites.kind) == {"nuclear", "hydro", "coal", "ai_factory", "hub", "campus", "other"}


@pytest.mark.parametrize("name", OURS)
def test_every_row_is_valid_and_sorted(name: str) -> None:
    kind = TABLES[name]
    frame = table(name)
    for row in frame.to_dict("records"):
        kind.model_validate(row)
    keys = list(frame[list(kind.key)].itertuples(index=False, name=None))
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("name", OURS)
def test_every_reference_resolves(name: str) -> None:
    for column, other in TABLES[name].refers.items():
        assert set(table(name)[column]) <= set(table(other)[TABLES[other].key[0]]), f"{name}.{column}"


def test_committed_sites_name_a_chip_and_a_cooling(sites: pd.DataFrame) -> None:
    committed = sites[sites.status == "committed"]
    assert set(committed.committed_chip) <= set(table("chips").chip)
    assert set(committed.committed_cooling) <= set(table("cooling").cooling)
    assert (committed.committed_mw > 0).all()
    assert (sites[sites.status == "candidate"].committed_mw == 0).all()


def test_sites_lie_in_or_near_their_zone(sites: pd.DataFrame) -> None:
    zones = gpd.read_file(EUROPE / "zones.geojson").set_index("zone").to_crs(3035).geometry
    points = gpd.GeoSeries(gpd.points_from_xy(sites.longitude, sites.latitude), crs=4326).to_crs(3035)
    away_km = {
        site: shapely.distance(zones[zone], point) / 1000
        for site, zone, point in zip(sites.site, sites.zone, points, strict=True)
    }
    assert max(away_km.values()) <= COAST_KM, {site: km for site, km in away_km.items() if km > COAST_KM}


def test_names_are_clean_and_differ(sites: pd.DataFrame) -> None:
    assert sites["name"].is_unique
    committed = sites[sites.status == "committed"]["name"]
    assert [name for name in sites["name"] if ARTEFACT.search(name) and name not in set(committed)] == []
    spelt = {"Cernavodă", "Temelín", "Krško", "Gösgen", "Doicești", "Ascó", "Brăila", "Żarnowiec", "Košice"}
    assert len(spelt & set(sites["name"])) >= 8


def test_every_ai_factory_is_there(sites: pd.DataFrame) -> None:
    assert len(AI_FACTORIES) == 19
    seats = sites[sites.kind == "ai_factory"].set_index("site")
    assert set(AI_FACTORIES) == set(seats.index)
    for site, (latitude, longitude) in AI_FACTORIES.items():
        seat = seats.loc[site]
        assert GEOD.inv(longitude, latitude, seat.longitude, seat.latitude)[2] < 15_000, site


def test_the_known_machines_are_committed_with_their_published_power(sites: pd.DataFrame) -> None:
    committed = sites[sites.status == "committed"].set_index("site")
    for site, (word, megawatts) in COMMITTED.items():
        row = committed.loc[site]
        assert word in f"{row['name']} {row.source}", site
        assert row.committed_mw == pytest.approx(megawatts, rel=0.02), site


def test_no_candidate_stands_where_a_place_was_ruled_out(sites: pd.DataFrame) -> None:
    excluded = facts("excluded")
    assert set(excluded.why) == {"taken", "running", "valley", "border", "same plant"}
    assert excluded.reason.str.len().min() > 15
    candidates = sites[sites.status == "candidate"]
    names = set(candidates["name"])
    assert not names & set(excluded["name"])
    assert not set(candidates.site) & set(excluded.place)
    committed = sites[sites.status == "committed"]
    for row in candidates.itertuples():
        ways = GEOD.inv(
            [row.longitude] * len(committed), [row.latitude] * len(committed), committed.longitude, committed.latitude
        )[2]
        near = set(committed.site[ways < 1000 * BESIDE_KM])
        assert not near or row.site in PARKS, f"{row.site} stands on the ground of {near}"


def test_no_candidate_lies_beside_a_shut_border(sites: pd.DataFrame) -> None:
    land = gpd.read_file(EUROPE / "borders.geojson").set_index("name").to_crs(3035).geometry
    points = gpd.GeoSeries(gpd.points_from_xy(sites.longitude, sites.latitude), index=sites.site, crs=4326).to_crs(3035)
    away_km = points.distance(land[["Russia", "Belarus"]].union_all()) / 1000
    candidates = sites[sites.status == "candidate"].site
    assert away_km[candidates].min() > BORDER_KM, away_km[candidates].nsmallest(3)


def test_every_candidate_says_why_it_is_one() -> None:
    remarks = facts("sites").set_index("site").remark
    assert (remarks.str.len() >= 12).all(), remarks[remarks.str.len() < 12]


def test_some_sites_share_a_substation(sites: pd.DataFrame) -> None:
    assert (sites.substation.value_counts() >= 2).sum() >= 3


def test_every_region_can_be_served_from_the_first_period_on() -> None:
    inference = table("workloads").set_index("workload").loc["inference"]
    kinds = {name: TABLES[name] for name in ("sites", "regions")}
    made = {name: {key: kinds[name].model_validate(row) for key, row in rows(name).items()} for name in kinds}
    ways = round_trips(made["sites"], made["regions"], {}, 1.4)  # type: ignore[arg-type]
    ready = table("sites").query("status == 'candidate' and connection_year <= 2028 and permit_year <= 2028").site
    for region in set(table("regions").region) - {"EUR"}:
        assert any(ways[site, region] <= inference.latency_ms for site in ready), region


def test_demand_exceeds_what_the_money_buys_several_times_over() -> None:
    chips = table("chips").set_index("chip").query("last_year >= 2028")
    hall_meur_per_mw = 10.0
    eur_per_h100e = (chips.price_eur_per_chip + 1000 * chips.server_kw * hall_meur_per_mw) / chips.throughput_h100e
    first_budget_meur = table("tranches").query("period == '2028-2030'").amount_meur.sum()
    bought_kh100e = first_budget_meur * 1000 / eur_per_h100e.loc["GB300"]
    asked = table("demand").groupby("period").demand_kh100e.sum()
    print(f"first tranche buys about {bought_kh100e:.0f} kH100e; asked for: {asked.to_dict()}")
    assert asked["2028-2030"] > 3 * bought_kh100e
    assert asked.is_monotonic_increasing


def test_the_chip_of_the_year_after_the_horizon_goes_on_as_those_before_it() -> None:
    chips = table("chips").set_index("chip")
    end = int((table("periods").first_year + table("periods").length_years).max())
    assert chips.first_year["NEXT2036"] == end
    price = chips.price_eur_per_chip / chips.throughput_h100e
    yearly = (price["NEXT2030"] / price["H100"]) ** (1 / (2030 - 2022))
    assert price["NEXT2036"] == pytest.approx(price["NEXT2030"] * yearly**6, rel=0.01)
    assert table("chip_supply").query("chip == 'NEXT2036'").limit_kchips.sum() == 0


def test_the_first_tranche_finds_chips_to_buy() -> None:
    supply = table("chip_supply").query("period == '2028-2030'").set_index("chip").limit_kchips
    price = table("chips").set_index("chip").price_eur_per_chip
    assert (supply * price).sum() / 1000 > table("tranches").query("period == '2028-2030'").amount_meur.sum() / 2


def test_the_money_is_20_billion() -> None:
    assert table("tranches").amount_meur.sum() == pytest.approx(20_000)


def test_scenarios_load() -> None:
    names = sorted(path.stem for path in (INPUTS / "scenarios").glob("*.toml"))
    assert {
        "carbon_tight",
        "cover_none",
        "no_imports",
        "sites_many",
        "cost_first",
        "full_year",
    } <= set(names)
    base = load_settings(EUROPE)
    for name in names:
        text = (INPUTS / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
        if "title" in tomllib.loads(text):
            settings: Settings = load_settings(EUROPE, name)
            assert settings != base


@pytest.mark.parametrize("name", sorted(path.stem for path in (EUROPE / "scenarios").glob("*.toml")))
def test_every_scenario_of_the_case_lays_over_what_is_there(name: str) -> None:
    settings, base = load_settings(EUROPE, name), load_settings(EUROPE)
    assert settings.model_copy(update={"title": base.title}) != base
    assert read_case(EUROPE, settings) != read_case(EUROPE, base)


def test_the_share_of_estimates_is_known() -> None:
    shares = {name: table(name).quality.eq("estimate").mean() for name in OURS if "quality" in table(name)}
    print("share of rows resting on estimates: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()))
    stated = table("sources").query("table == 'sites' and column == 'latitude'").quality
    print(f"sites with published coordinates: {stated.eq('real').mean():.0%}")
    assert stated.eq("real").mean() > 0.9
