"""Substations, headrooms and steps of the reference case; the readers of what operators publish."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from inputs.build import extract_operators, extract_osm_grid, grid, headroom, stations
from inputs.build.candidates import NOW
from inputs.build.operators import OPERATORS, FormatError, areas, red_electrica
from inputs.build.operators.__main__ import NODES, main, mapping
from inputs.build.operators.update import matched, update
from optimizer.case.settings import load_settings

INPUTS = Path(__file__).resolve().parents[1] / "inputs"
EUROPE, FACTS = INPUTS / "europe", INPUTS / "build"
GEOD = Geod(ellps="WGS84")
SPAIN = {
    "ES-ANDORRA": 0,
    "ES-COMPOSTILLA": 0,
    "ES-CARBONERAS": 514,
    "ES-ZARAGOZA": 0,
    "ES-ALMARAZ": 310,
    "ES-SANTIAGO": 285,
}
"""Free MW that Red Eléctrica's file of February 2026 gives at the nodes of these sites."""
FAR_KM = {"FI-KAJAANI": (28.5, 1.5), "NO-VAMMA": (25, 1.5)}
"""Geodesic way to the nearest station of 220 kV or more, km, and its tolerance (measured on the map)."""

HEADINGS = """\
Nombre y tensión del nudo;Comunidad Autónoma;CAPACIDAD DE ACCESO NO OTORGABLE EN RDT;\
CAPACIDAD DE ACCESO DISPONIBLE PARA SOLICITUDES CRITERIO GENERAL;;;Nudo de concurso
;;Motivo capacidad no otorgable en RdT;DEMANDA;;;
;;;CEP;;NO CEP;
;;;CH;SH;;
"""
ROWS = """\
ALMARAZ CN 400;Extremadura;;0;0;0;
ALMARAZ CN 220;Extremadura;;310;0;310;
GUADAME 400;Andalucía;;1.410,5;0;1.500;
TALAVERA 220;Castilla-La Mancha;Valor de referencia no acordado. ;;;;
COMPOSTILLA 220;Castilla y León;Nudo de concurso. ;205;0;205;SI
"""
CASE = """\
substation,from_year,headroom_mw,source,quality
ES-ALMARAZ-400,2026,310,"Red Eléctrica, 20 January 2026, node ALMARAZ CN 220",real
ES-ALMARAZ-400,2031,400,"Judgement, with a comma",estimate
ES-GUADAME-400,2026,900,"Red Eléctrica, 20 January 2026, node GUADAME 400",real
ES-TALAVERA-220,2031,30,Rule,derived
FR-BUGEY-400,2030,110,Rule,derived
"""
SUBSTATIONS = """\
substation,name,zone,latitude,longitude,source,quality
ES-ALMARAZ-400,Almaraz 400/220 kV,ES,39.8,-5.7,map,real
ES-GUADAME-400,Guadame 400/220 kV,ES,38.0,-4.2,map,real
ES-TALAVERA-220,Talavera 220 kV,ES,39.9,-4.8,map,real
FR-BUGEY-400,Bugey 400/225 kV,FR,45.8,5.3,map,real
"""
PAIRS = {
    "ES-ALMARAZ-400": ["ALMARAZ CN 400", "ALMARAZ CN 220"],
    "ES-GUADAME-400": ["GUADAME 400"],
    "ES-TALAVERA-220": ["TALAVERA 220"],
}


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(EUROPE / f"{name}.csv", keep_default_na=False)


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    return frame.itertuples()


def operator_file(folder: Path, text: str = HEADINGS + ROWS, name: str = "2026_02_20_GRT_demanda.csv") -> Path:
    path = folder / name
    path.write_text("\ufeff" + text, encoding="utf-8")
    return path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "headrooms.csv").write_text(CASE, encoding="utf-8")
    (folder / "substations.csv").write_text(SUBSTATIONS, encoding="utf-8")
    return folder


def test_substations_are_stations_of_the_map_with_their_voltage_in_key_and_name() -> None:
    known = {row.station: row for each in stations.stations().values() for row in each}
    for row in rows_of(table("substations")):
        station = known[row.source.split("; ")[0].split(", ")[-1]]
        assert (station.latitude, station.longitude) == pytest.approx((row.latitude, row.longitude))
        assert row.substation.startswith(station.country)
        assert str(row.substation).split("-")[2] == f"{station.kv[0]:g}"
        assert f" {'/'.join(f'{kv:g}' for kv in station.kv)} kV" in row.name


def test_a_line_is_as_long_as_the_map_says() -> None:
    sites = table("sites").merge(table("substations"), on="substation", suffixes=("", "_end"))
    ends = (sites.longitude_end, sites.latitude_end)
    way_km = np.asarray(GEOD.inv(sites.longitude, sites.latitude, *ends)[2]) / 1000
    assert sites.distance_km.to_numpy() == pytest.approx(np.maximum(0.1, 1.2 * way_km), abs=0.06)
    away = pd.Series(way_km, sites.site)
    for site, (kilometres, tolerance) in FAR_KM.items():
        assert away[site] == pytest.approx(kilometres, abs=tolerance), site
    plants = sites[sites.kind.isin(["nuclear", "coal"]) & (sites.land_mw <= 300)]
    assert 0.2 < away[plants.site].median() < 1.2, "stations stand beside plants: 0.9 km in the median"


def test_no_nearer_station_of_the_zone_carries_the_load() -> None:
    typed = set(pd.read_csv(FACTS / "facts_site_stations.csv", comment="#").site)
    zones = gpd.read_file(EUROPE / "zones.geojson").set_index("zone").to_crs(3035).geometry
    sites = table("sites").merge(table("substations"), on="substation", suffixes=("", "_end"))
    for row in rows_of(sites[~sites.site.isin(typed)]):
        end_km = GEOD.inv(row.longitude, row.latitude, row.longitude_end, row.latitude_end)[2] / 1000
        asked_mw = min(float(str(row.land_mw)), 1000)
        for other in stations.stations()[str(row.country)]:
            away_km = GEOD.inv(row.longitude, row.latitude, other.longitude, other.latitude)[2] / 1000
            if other.most_mw < asked_mw or away_km > end_km - 0.1:
                continue
            place = gpd.GeoSeries.from_xy([other.longitude], [other.latitude], crs=4326).to_crs(3035)
            inside = [
                zone for zone in zones.index if zone.startswith(str(row.country)) and zones[zone].covers(place[0])
            ]
            assert inside not in ([], [row.zone]), (row.site, other)


def test_spain_has_what_its_operator_publishes() -> None:
    sites, rooms = table("sites").set_index("site"), table("headrooms")
    for site, free_mw in SPAIN.items():
        here = rooms[rooms.substation == sites.substation[site]]
        assert list(here.headroom_mw) == [free_mw], site
        assert set(here.quality) == {"real"}
        assert here.source.str.startswith("Red Eléctrica, 20 February 2026").all()


def test_what_is_granted_to_a_site_is_no_other_candidates() -> None:
    granted = set(pd.read_csv(FACTS / "facts_connections.csv", comment="#").site)
    sites = table("sites")
    for _, here in sites[sites.status == "candidate"].groupby("substation"):
        assert len(set(here.site) & granted) in (0, len(here)), list(here.site)


def test_norway_has_nothing_before_its_queue_ends() -> None:
    rooms = table("headrooms")
    norway = rooms[rooms.substation.str.startswith("NO-")]
    assert norway.substation.nunique() >= 5
    assert (norway[norway.from_year < 2033].headroom_mw == 0).all()
    assert set(norway[norway.from_year < 2033].quality) == {"real"}


def test_headroom_and_its_basis_go_together() -> None:
    rooms = table("headrooms")
    assert set(rooms.substation) == set(table("substations").substation)
    assert rooms.headroom_mw.between(0, 1000).all()
    assert rooms.groupby("substation").headroom_mw.apply(lambda mw: mw.is_monotonic_increasing).all()
    ruled = rooms[rooms.source.str.startswith("Rule")]
    high = ruled.substation.str.split("-").str[2].astype(float) >= 300
    assert (ruled.headroom_mw[high] == headroom.rule(True).middle).all()
    assert (ruled.headroom_mw[~high] == headroom.rule(False).middle).all()
    assert (rooms[rooms.quality == "real"].source.str.match("Red Eléctrica|Statnett")).all()
    assert ruled.from_year.min() >= NOW + 3, "an application takes three years or more"


def test_the_ends_of_the_rule_change_its_rows_alone() -> None:
    middle = table("headrooms")
    for end in ("low", "high"):
        assert load_settings(EUROPE, f"headroom_{end}").inputs.overlays == (f"headroom/{end}",)
        other = pd.read_csv(EUROPE / "headroom" / end / "headrooms.csv", keep_default_na=False)
        ruled = middle.source.str.startswith("Rule")
        assert other[~ruled].equals(middle[~ruled])
        assert other[["substation", "from_year"]].equals(middle[["substation", "from_year"]])
        high = other.substation.str.split("-").str[2].astype(float) >= 300
        expected = np.where(high, getattr(headroom.rule(True), end), getattr(headroom.rule(False), end))
        seats = middle[~ruled].groupby("substation").headroom_mw.max()
        before = other.substation[ruled].map(seats).fillna(0)
        assert (other.headroom_mw[ruled] == np.maximum(expected[ruled], before)).all()


def test_steps_cost_more_the_farther_the_strong_grid_is() -> None:
    steps = table("reinforcements").set_index(["substation", "step"])
    per_mw = steps.capex_meur / steps.adds_mw
    assert per_mw.between(0.16, 0.8).all()
    first = per_mw.xs(1, level="step")
    assert first.to_numpy() == pytest.approx(0.17), "a transformer costs the same everywhere"
    second = per_mw.xs(2, level="step")
    assert second.max() > second.min() + 0.02
    assert (second > first[second.index]).all()
    years = steps.lead_years.unstack("step")
    assert (years[2].dropna() > years[1][years[2].notna()]).all()
    italy = years[years.index.str.startswith("IT-")][1].dropna()
    dutch = years[years.index.str.startswith("NL-")][1].dropna()
    assert italy.max() < dutch.min()


def test_sites_with_room_can_open_in_every_period() -> None:
    sites, rooms, steps = table("sites"), table("headrooms"), table("reinforcements")
    candidates = sites[sites.status == "candidate"]
    counted = {}
    for start, end in ((2028, 2030), (2031, 2033)):
        for stepped in (False, True):
            able = 0
            for row in rows_of(candidates[candidates[["permit_year", "connection_year"]].max(axis=1) <= start]):
                dated = rooms[rooms.substation == row.substation].set_index("from_year").headroom_mw
                free = min(
                    dated[dated.index <= year].iloc[-1] if min(dated.index) <= year else 0 for year in (start, end)
                )
                ready = (steps.substation == row.substation) & (2028 + steps.lead_years <= start)
                able += free + (steps.adds_mw[ready].sum() if stepped else 0) >= row.minimum_mw
            counted[start, stepped] = able
    print(f"candidates with a way to connect their least size: {counted}")
    assert counted[2028, False] >= 10
    assert counted[2031, True] >= counted[2031, False] >= 80


def test_the_rule_and_its_errors_stand_in_the_sources() -> None:
    text = (EUROPE / "SOURCES.md").read_text(encoding="utf-8")
    assert f"{headroom.MARKS[0]}\n{headroom.page()}\n{headroom.MARKS[1]}" in text


def test_the_rule_is_unbiased_in_spain_and_closed_plants_are_no_guide() -> None:
    nodes = headroom.nodes()
    assert len(nodes) == 784, "nodes of 220 and 400 kV in the file of February 2026"
    assert (nodes.free_mw > 0).mean() == pytest.approx(0.22, abs=0.01)
    found = headroom.errors().set_index("rule")
    assert abs(found.bias_mw["rule, middle, all nodes of Spain"]) < 5
    coal = found.loc["a closed coal plant's MW are free (80 %), at its nodes"]
    assert coal.bias_mw > 400
    assert coal.false_room_share == 1.0
    assert found.mae_mw["rule, middle, at the same plants"] < coal.mae_mw / 4


def test_red_electrica_is_read_with_its_numbers_gaps_and_tenders(tmp_path: Path) -> None:
    nodes = {one.node: one for one in red_electrica.read(operator_file(tmp_path))}
    assert [one.free_mw for one in nodes.values()] == [0, 310, 1410.5, None, 0]
    assert nodes["GUADAME 400"].kv == 400
    assert nodes["TALAVERA 220"].note == "Valor de referencia no acordado"
    assert nodes["COMPOSTILLA 220"].tender
    assert {one.as_of for one in nodes.values()} == {date(2026, 2, 20)}
    assert {one.from_year for one in nodes.values()} == {2026}


def test_columns_may_move_but_not_change_their_name(tmp_path: Path) -> None:
    cells = [line.split(";") for line in (HEADINGS + ROWS).splitlines()]
    moved = "".join(";".join([*line[:2], line[6], *line[2:6]]) + "\n" for line in cells)
    assert red_electrica.read(operator_file(tmp_path, moved)) == red_electrica.read(operator_file(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (";CH;SH;", ";SH;SH;", "'0 columns': exactly one column"),
        ("Nudo de concurso\n", "Concurso\n", "'Nudo de concurso': '0 columns': exactly one column"),
        (";;;CH;SH;;\n", "", "line 1, column"),
        ("1.410,5", "1410.5", "line 7, column 'CAPACIDAD.*': '1410.5': MW with points between thousands"),
        ("1.410,5", "-3", "line 7.*'-3'"),
        ("1.410,5", "n.d.", "line 7.*'n.d.'"),
        (";310;0;310;", ";310;0;310", "line 6.*6 cells, where the headings have 7"),
        ("GUADAME 400", "ALMARAZ CN 400", "line 7.*'ALMARAZ CN 400': the node stands in line 5 too"),
        ("GUADAME 400", "GUADAME", "line 7.*a name and a voltage"),
        (";SI\n", ";quizás\n", "line 9, column 'Nudo de concurso': 'quizás'"),
        (ROWS, "", "line 4.*a line per node"),
    ],
)
def test_a_file_that_is_not_as_agreed_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = HEADINGS + ROWS
    assert old in text
    with pytest.raises(FormatError, match=said):
        red_electrica.read(operator_file(tmp_path, text.replace(old, new)))


def test_a_file_name_without_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="YYYY_MM_DD_"):
        red_electrica.read(operator_file(tmp_path, name="demanda.csv"))
    with pytest.raises(FormatError, match="2026_13_40"):
        red_electrica.read(operator_file(tmp_path, name="2026_13_40_GRT_demanda.csv"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("area,free_mw,from_year,note\nNO1,0,2026,\n", "line 1, column 'as_of'"),
        ("# as_of: December\narea,free_mw,from_year,note\nNO1,0,2026,\n", "line 1, column 'as_of'"),
        ("# as_of: 2025-12-31\narea,mw,from_year,note\nNO1,0,2026,\n", "line 2.*the columns are"),
        ('# as_of: 2025-12-31\narea,free_mw,from_year,note\nNO1,"0,5",2026,\n', "line 3, column 'free_mw': '0,5'"),
        ("# as_of: 2025-12-31\narea,free_mw,from_year,note\nNO1,0,2026,\nNO1,9,2026,\n", "line 4.*in line 3 too"),
        ("# as_of: 2025-12-31\narea,free_mw,from_year,note\n", "no node"),
    ],
)
def test_a_table_of_areas_that_is_not_as_agreed_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=said):
        areas.read(path)


def test_a_new_file_changes_the_rows_of_its_nodes_and_no_other_byte(tmp_path: Path, case: Path) -> None:
    nodes = red_electrica.read(operator_file(tmp_path))
    said = update(case, OPERATORS["red_electrica"], nodes, PAIRS)
    before, after = CASE.splitlines(), (case / "headrooms.csv").read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        (before[3], 'ES-GUADAME-400,2026,1410.5,"Red Eléctrica, 20 February 2026, node GUADAME 400",real')
    ]
    assert said == [
        "ES-ALMARAZ-400: 310 MW, as before",
        "ES-GUADAME-400: 1410.5 MW from 2026 (was: 900 from 2026)",
        "ES-TALAVERA-220: no figure (Valor de referencia no acordado), rows left as they are",
    ]
    stamp = (case / "headrooms.csv").read_bytes()
    update(case, OPERATORS["red_electrica"], nodes, PAIRS)
    assert (case / "headrooms.csv").read_bytes() == stamp


def test_a_substation_without_a_row_gets_one_in_its_place(tmp_path: Path, case: Path) -> None:
    nodes = red_electrica.read(operator_file(tmp_path))
    update(case, OPERATORS["red_electrica"], nodes, {"ES-COMPOSTILLA-400": ["COMPOSTILLA 220", "COMPOSTILLA 400"]})
    lines = (case / "headrooms.csv").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("ES-COMPOSTILLA"))
    assert lines[at - 1].startswith("ES-ALMARAZ-400,2031")
    assert lines[at].startswith("ES-COMPOSTILLA-400,2026,0,")
    assert "kept for a tender" in lines[at]


def test_line_ends_semicolons_and_decimal_commas_survive(tmp_path: Path, case: Path) -> None:
    text = (
        CASE.replace('"Judgement, with a comma"', "Judgement")
        .replace(", node", " node")
        .replace("Eléctrica, ", "Eléctrica ")
    )
    kept = text.replace('"', "").replace(",", ";").replace("\n", "\r\n").replace("2031;400", "2031;400,5")
    (case / "headrooms.csv").write_bytes(("\ufeff" + kept).encode())
    update(case, OPERATORS["red_electrica"], red_electrica.read(operator_file(tmp_path)), PAIRS)
    written = (case / "headrooms.csv").read_bytes().decode()
    assert written.startswith("\ufeffsubstation;")
    assert written.count("\r\n") == written.count("\n") == kept.count("\n")
    assert "ES-GUADAME-400;2026;1410,5;" in written


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("headroom_mw", "mw", "line 1: the columns headroom_mw are missing"),
        ("2026,900,", "2026,900,x,", "headrooms.csv, line 4: 6 cells, where the header has 5"),
        ("2026,900,", "2026,viel,", "headroom_mw of ES-GUADAME-400: 'viel' is no number"),
    ],
)
def test_a_case_that_cannot_be_read_is_refused_untouched(
    tmp_path: Path, case: Path, old: str, new: str, said: str
) -> None:
    (case / "headrooms.csv").write_text(CASE.replace(old, new), encoding="utf-8")
    before = (case / "headrooms.csv").read_bytes()
    with pytest.raises(ValueError, match=said):
        update(case, OPERATORS["red_electrica"], red_electrica.read(operator_file(tmp_path)), PAIRS)
    assert (case / "headrooms.csv").read_bytes() == before


def test_the_command_works_on_a_users_case(tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = tmp_path / "nodes.csv"
    nodes.write_text("operator,substation,node\nred_electrica,ES-ALMARAZ-400,ALMARAZ CN 220\n", encoding="utf-8")
    given = ["red_electrica", str(operator_file(tmp_path)), "--case", str(case), "--nodes", str(nodes)]
    assert main(given) == 0
    said = capsys.readouterr().out
    assert "ES-GUADAME-400: 1410.5 MW" in said, "matched by name and voltage"
    assert "2 of 5 nodes of the file belong to no substation" in said
    assert main([*given[:1], str(tmp_path / "nodes.csv"), *given[2:]]) == 1
    assert "YYYY_MM_DD" in capsys.readouterr().err


def test_a_node_that_suits_two_substations_is_refused(tmp_path: Path) -> None:
    nodes = red_electrica.read(operator_file(tmp_path))
    place = {"name": "Guadame 400 kV", "zone": "ES", "latitude": "38", "longitude": "-4"}
    rows = [{"substation": key, **place} for key in ("A", "B")]
    with pytest.raises(ValueError, match="GUADAME 400 suits A and B"):
        matched(rows, nodes)
    assert matched(rows[:1], nodes) == {"A": ["GUADAME 400"]}


def test_a_lower_figure_of_another_source_is_told(tmp_path: Path, case: Path) -> None:
    nodes = red_electrica.read(operator_file(tmp_path))
    said = update(case, OPERATORS["red_electrica"], nodes, {"ES-ALMARAZ-400": ["GUADAME 400"]})
    assert said == [
        "ES-ALMARAZ-400: 1410.5 MW from 2026 (was: 310 from 2026); the row of 2031 from another source says 400"
    ]


@pytest.mark.parametrize("operator", ["red_electrica", "statnett"])
def test_the_reference_case_is_what_the_command_would_write(
    tmp_path: Path, operator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("headrooms", "substations"):
        shutil.copy(EUROPE / f"{name}.csv", tmp_path / f"{name}.csv")
    if operator == "statnett":
        assert main([operator, str(FACTS / "facts_areas_no.csv"), "--case", str(tmp_path)]) == 0
        said = capsys.readouterr().out.splitlines()[:-1]
        assert len(said) == table("substations").substation.str.startswith("NO-").sum()
    else:
        nodes = {one.node: one for one in grid.published_nodes()}
        pairs = mapping(NODES, operator)
        assert {node for names in pairs.values() for node in names} <= set(nodes)
        assert set(pairs) <= set(table("substations").substation)
        said = update(tmp_path, OPERATORS[operator], list(nodes.values()), pairs)
    assert all("as before" in each or "no figure" in each for each in said), said
    assert (tmp_path / "headrooms.csv").read_bytes() == (EUROPE / "headrooms.csv").read_bytes()


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ("substation,node\nONE,NODE 400\n", "a row without operator"),
        ("operator,substation,node\nred_electrica,ONE,\n", "a row without node"),
        ("operator,substation,node\nred_electrica,ONE,NODE 400\nred_electrica,TWO,NODE 400\n", "stands twice"),
    ],
)
def test_a_table_of_nodes_that_would_misplace_or_double_megawatts_is_refused(
    tmp_path: Path, rows: str, rule: str
) -> None:
    (tmp_path / "nodes.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(ValueError, match=rule):
        mapping(tmp_path / "nodes.csv", "red_electrica")


def test_the_extractors_name_what_is_missing_and_read_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for script in (extract_osm_grid, extract_operators):
        with pytest.raises(FileNotFoundError, match="from "):
            script.main(tmp_path)
    monkeypatch.setattr("inputs.build.table.FACTS", tmp_path)
    (tmp_path / "ree").mkdir()
    operator_file(tmp_path / "ree")
    extract_operators.main(tmp_path)
    written = pd.read_csv(tmp_path / "facts_nodes.csv", comment="#", keep_default_na=False)
    assert list(written.free_mw) == ["0", "310", "1410.5", "", "0"]
    (tmp_path / "osm_grid").mkdir()
    (tmp_path / "osm_grid" / "buses.csv").write_text(
        "bus_id,voltage,dc,symbol,under_construction,tags,x,y,country,geometry\n"
        "ES1-220,220,f,Substation,f,ES1,-7.0,43.0,ES,\n"
        "ES1-400,400,f,Substation,f,ES1,-7.002,43.002,ES,\n"
        "way/2,400,t,Substation,f,way/2,-7.1,43.1,ES,\n"
        "way/3,400,f,Substation,t,way/3,-7.1,43.1,ES,\n"
        "UA1,400,f,Substation,f,UA1,30.0,50.0,UA,\n",
        encoding="utf-8",
    )
    extract_osm_grid.main(tmp_path)
    found = (tmp_path / "facts_substations.csv").read_text(encoding="utf-8").splitlines()
    assert found[-1] == "ES1,ES,43.001,-7.001,400;220"
    assert "ODbL" in "\n".join(line for line in found if line.startswith("#"))
