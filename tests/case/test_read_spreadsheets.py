"""One table as spreadsheets and people really write it: read alike, or refused by line and column."""

from pathlib import Path
from typing import Annotated

import pytest

from models.case.rows import Key, Name, Row
from models.units import Factor, Latitude, Longitude, Mw, Plausible
from optimizer.case.table import read_table


class Campus(Row):
    key = ("site",)
    site: Key
    name: Name
    country: Key
    zone: Key
    latitude: Latitude
    longitude: Longitude
    grid_mw: Mw
    capex_eur_per_mw: Annotated[float, Plausible(0, 5e7)]
    pue: Annotated[Factor, Plausible(1, 3)]


COMMAS = """site,name,country,zone,latitude,longitude,grid_mw,capex_eur_per_mw,pue
IE1,Dublin,IE,IE,53.35,-6.26,120,9500000,1.12
NO2,Stavanger,NO,NO2,58.97,5.73,200,8700000,1.08
FR1,Marseille,FR,FR,43.30,5.37,150,9100000,1.19
SE1,Lule\u00e5,SE,SE1,65.58,22.15,300,8600000,1.07
"""
SEMICOLONS = COMMAS.replace(",", ";").replace(".", ",")
THOUSANDS = """site;name;country;zone;latitude;longitude;grid_mw;capex_eur_per_mw;pue
IE1;Dublin;IE;IE;53,35;-6,26;120;9.500.000,00;1,12
NO2;Stavanger;NO;NO2;58,97;5,73;200;8.700.000,00;1,08
FR1;Marseille;FR;FR;43,30;5,37;150;9.100.000,00;1,19
SE1;Lule\u00e5;SE;SE1;65,58;22,15;300;8.600.000,00;1,07
"""


@pytest.mark.parametrize(
    "content",
    [
        COMMAS.encode(),
        COMMAS.encode("utf-8-sig"),
        COMMAS.encode("cp1252"),
        b"\xff\xfe" + COMMAS.encode("utf-16-le"),
        COMMAS.replace("\n", "\r\n").encode(),
        SEMICOLONS.encode(),
        THOUSANDS.encode(),
    ],
    ids=["plain", "signed", "western", "wide", "windows", "semicolons", "thousands"],
)
def test_whatever_form_a_spreadsheet_gives_a_table_it_is_read_alike(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "campuses.csv"
    path.write_bytes(content)
    table, faults = read_table(path, Campus)
    assert not faults
    found = {key: tuple(row.model_dump().values())[1:] for key, row in table.rows.items()}
    assert found == {
        "IE1": ("Dublin", "IE", "IE", 53.35, -6.26, 120, 9_500_000, 1.12),
        "NO2": ("Stavanger", "NO", "NO2", 58.97, 5.73, 200, 8_700_000, 1.08),
        "FR1": ("Marseille", "FR", "FR", 43.30, 5.37, 150, 9_100_000, 1.19),
        "SE1": ("Lule\u00e5", "SE", "SE1", 65.58, 22.15, 300, 8_600_000, 1.07),
    }


TWICE = COMMAS + "IE1,Dublin again,IE,IE,53.35,-6.26,500,1,1.01\n"
TWO_COLUMNS = "".join(f"{line},{'999' if number else 'grid_mw'}\n" for number, line in enumerate(COMMAS.splitlines()))
NO_NUMBERS = COMMAS.replace(",120,", ",NaN,").replace(",200,", ",inf,").replace(",150,", ",1e999,")


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (TWICE, [(6, "site", "IE1")]),
        (TWO_COLUMNS, [(1, "grid_mw", None)]),
        (
            NO_NUMBERS.replace(",300,", ",n/a,"),
            [(2, "grid_mw", "NaN"), (3, "grid_mw", "inf"), (4, "grid_mw", "1e999"), (5, "grid_mw", "n/a")],
        ),
    ],
    ids=["a key twice", "a column twice", "no numbers"],
)
def test_what_cannot_be_read_in_one_way_is_refused_where_it_stands(
    text: str, reported: list[tuple[int, str, str | None]], tmp_path: Path
) -> None:
    path = tmp_path / "campuses.csv"
    path.write_text(text, encoding="utf-8")
    _, faults = read_table(path, Campus)
    assert [(fault.line, fault.column, fault.value) for fault in faults] == reported
