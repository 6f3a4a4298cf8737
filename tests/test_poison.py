"""Nothing bad gets in: every poison in every numeric column, and every slip of unit, is refused by its cell."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from re import findall
from statistics import median

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from models.case import HOURLY_TABLES, TABLES, Array, HourlyTable, Row
from models.units import SLIPS, Slip
from optimizer.case.columns import Column, columns_of
from optimizer.case.csv_sheet import read_sheet
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.hourly_table import read_hourly, read_hourly_sheet
from optimizer.case.number_parsing import COMPUTED, NOISE, Limits, within_limits
from optimizer.case.plausibility_units import objective_settings_warnings, size_warnings
from optimizer.case.read import read_with_warnings
from optimizer.case.settings import load_settings, setting_fields
from optimizer.case.table import Table, read_rows, read_table

INPUTS = Path(__file__).parents[1] / "inputs"
PLAIN = ["", *findall(r"\S+", "NaN nan inf -inf Infinity text n/a NULL - true False 5% 0x10 1_000")]
"""What systems write where a number should stand."""
STRANGE_WORDS = """
-nan NAN +NaN 1.#QNAN nan(1) +Inf -infinity \u221e N/A NA null None -- ? #N/A #REF! #DIV/0! TBD TRUE yes
5MW ~5 <5 >5 5? 5* (5) $5 \u20ac5 5\u20ac 5-6 5..6 5/6 1/2 \u00bd 2+3 =5 =1+4 '5 "5" 5; 5' [5] {5} I5 1O l0 O
0b11 0o17 1e5f 5f 5d 5L 5e e5 1e 1e+ 5e1.5 1d5 1.5.2 1,2,3 1.000,5.2 12,34,567.8 1.2e3.4 5'00
--5 +-5 ++5 5- 5+ + . , 5. \u22125\u2212 \u20135 2026-01-01 01.02.2026 12:30
\u0661\u0662 \uff15 \u0968 \u2464 \u00b2 5\u00b2 \U0001d7d3 \u2075 \u4e94 \ufffd 5\u200b \u200b5 5\ufeff 5\u202e
"""
SPACED = (
    " ",
    "\u00a0",
    "50 %",
    "5 MW",
    "5 - 6",
    "1e 5",
    "1 e5",
    "1 2",
    "5 000 00",
    "0.5 0",
    "1\u2007000",
    "5\n6",
    "5\t6",
)
STRANGE = [*STRANGE_WORDS.split(), *SPACED]
"""Texts that are no number in any column of any table, whatever a lenient reader makes of them."""
TOO_LARGE = ["9" * 400, *findall(r"\S+", "1e999 -1e999 1e309 1e308 -1e308 1.7976931348623157e308 1e21 -1e21 1e12")]
TOO_SMALL = findall(r"\S+", "1e-12 -1e-12 1e-8 1e-300 5e-324 1e-400 -1e-9999 0.000000000001")
READ_TWO_WAYS = "1.234"

SLIPPED_IN_EUROPE: dict[tuple[str, str], str] = {
    ("EUR/MWh", "cent/kWh"): "a tenth of a price is a price: markets, technologies and years differ by more",
    ("m", "feet"): "a height in feet is the height of another place",
    ("h", "days"): "stores of half an hour are sold",
    ("h", "minutes"): "stores for a season, 5,000 hours, are planned",
    ("K", "steps of Fahrenheit"): "an approach of 6 K written as 10.8 is that of a poorer heat exchanger",
    (
        "degrees east",
        "radians",
    ): "0.18 degrees east is a place; the rules on places refuse it by its zone and neighbours",
    ("g (9.81 m/s2)", "m/s2"): "ten times the shaking of a calm place is that of Italy's; the median of all is watched",
}
"""(unit, written for it) -> why a single number tells nothing; every other slip of a usual number is refused."""
SLIPPED_COLUMNS: dict[tuple[str, str, str], str] = {
    ("laws", "most_mw", "GW"): "5,000 MW, no limit, reads as the limit of 5 MW that a law may set; it is warned of",
    ("places", "near_people", "thousands"): "a city's reads as a remote place's; sizes and the median are warned of",
}
"""(table, column, written for its unit) -> why a single number tells nothing, though it does elsewhere in that unit."""
SILENT_COLUMNS: dict[tuple[str, str, str], str] = {
    ("price_basis", "basis_eur_per_mwh", "cent/kWh"): "differences of prices come in every size",
    ("sites", "fee_eur_per_mwh", "cent/kWh"): "a fee or a rebate of one place comes in every size",
    ("stations", "elevation_m", "feet"): "three times the height is another place's; PUE hardly knows it",
    ("cooling", "approach_k", "steps of Fahrenheit"): "that of a poorer heat exchanger",
    **{
        (table, "longitude", "radians"): "a place in another zone: refused by the rules on places"
        for table in ("zones", "stations", "substations", "sites", "regions")
    },
    ("laws", "longitude", "radians"): "a law of a place without sites: warned of beside the sites",
}
"""(table, column, written for its unit) -> why not even the whole column tells; others are refused or warned of."""
SILENT_CELLS: dict[tuple[str, str, str], str] = {
    **SILENT_COLUMNS,
    ("countries", "grid_fee_eur_per_mwh", "cent/kWh"): "one country may ask as little; the median of all is watched",
    ("technologies", "marginal_eur_per_mwh", "cent/kWh"): "1 EUR/MWh is water's or wind's; what burns fuel is told",
    ("technologies", "contract_eur_per_mwh", "cent/kWh"): "one premium may be as low; the median of all is watched",
    ("stations", "elevation_m", "km"): "a metre above the sea is the coast's",
    ("stations", "elevation_m", "cm"): "2,000 m is a mountain's",
    ("basins", "available_mm3", "km3"): "a brook's; the median of all is watched",
    ("fleets", "capacity_mw", "GW"): "a small plant's; leaps between years are told",
    ("places", "seismic_g", "m/s2"): "a calm place's as a shaken one's; the median of all is watched",
    ("places", "near_people", "thousands"): "a large city's as a remote place's; the median of all is watched",
}
"""(table, column, written for its unit) -> why one cell tells nothing, even beside its row, its column, its case."""
SILENT_KEYS: dict[tuple[str, str], str] = {
    ("money.heat_eur_per_mwh", "cent/kWh"): "heat is sold at 2.5 EUR/MWh, too, where it is a burden",
    ("money.power_eur_per_mwh", "cent/kWh"): "7 EUR/MWh is what some hours cost; prices differ by as much",
    ("money.lost_load_eur_per_mwh", "cent/kWh"): "a thousand EUR is the value of lost load in poor places",
    ("solve.memory_gb", "MB"): "clusters have terabytes",
    ("solve.time_limit_seconds", "milliseconds"): "days are asked for",
    ("solve.time_limit_seconds", "minutes"): "seconds are asked for",
    ("carbon.cap_kt", "Mt"): "a programme of a few sites emits as little",
    ("solve.gap_share", "a hundredth of the share"): "gaps of a ten-thousandth are asked for",
    ("question.tolerance_share", "a hundredth of the share"): "a goal may give up next to nothing",
    ("power.shed_share", "a hundredth of the share"): "next to nothing may be shed",
    ("power.interrupted_hours", "days"): "two days a year are asked of some",
}
"""(key of a scenario, written for its unit) -> why the number tells nothing."""
SLIPPED_HOURS: dict[tuple[str, str], str] = {
    (
        "degrees Celsius",
        "degrees Fahrenheit",
    ): "a mild hour reads as a hot one; the first hour above 15.6 degrees is refused",
    ("share (0..1)", "a hundredth of the share"): "calm hours are like that; the column is warned of",
}
EUROPE_ASKS = load_settings(INPUTS / "europe")
UNITS: Mapping[str, str] = {
    "_share": "share (0..1)",
    "_eur_per_mwh": "EUR/MWh",
    "_meur_per_mw": "million EUR per MW",
    "_meur_per_mw_km": "million EUR per MW",
    "_years": "years",
    "_mw": "MW",
    "_kg_per_mwh": "kg CO2 per MWh (= g/kWh)",
    "_kchips": "thousand chips",
    "_kh100e": "thousand H100-equivalents",
    "_factor": "factor",
}
"""Ending of a scenario's key -> its unit in the tables."""
KEY_SLIPS: Mapping[str, tuple[Slip, ...]] = {
    **{ending: SLIPS[unit] for ending, unit in UNITS.items()},
    "_hours": (Slip("share of the year", 1 / 8760), Slip("days", 1 / 24), Slip("thousand hours", 1e-3)),
    "_seconds": (Slip("milliseconds", 1e3), Slip("minutes", 1 / 60)),
    "_km": SLIPS["km"],
    "_kt": (Slip("t", 1e3), Slip("Mt", 1e-3)),
    "_gb": (Slip("MB", 1e3),),
    "_scale": (Slip("percent", 100),),
    "_peaks": (Slip("percent", 100), Slip("a hundredth of the peaks", 1e-2)),
}
NOT_IN_TUTORIAL = {
    "sovereignty_limits": """level,bloc,workload,period,floor_share,ceiling_share,source,quality
territory,union,any,any,0.5,1,made up for the test,estimate
chip,west,any,p2,0,0.8,made up for the test,estimate
""",
}
"""Tables that the tutorial does without, as it might have them."""
COLUMNS_NOT_IN_TUTORIAL = {("sites", "late_years")}
"""Columns that it does without; they might be 0."""
USUAL = {
    ("sites", "behind_meter_mw"): 50.0,
    ("sites", "late_years"): 2.0,
    ("sites", "fee_eur_per_mwh"): 5.0,
    ("headrooms", "interruptible_mw"): 100.0,
    ("headrooms", "interrupted_share"): 0.05,
    ("technologies", "unit_mw"): 300.0,
    ("technologies", "duration_max_hours"): 12.0,
    ("technologies", "capex_meur_per_mwh"): 0.19,
    ("cooling", "pue_fixed"): 1.2,
    ("cooling", "wue_fixed_l_per_kwh"): 1.0,
    ("latency", "round_trip_ms"): 30.0,
    ("transfers", "cost_meur_per_kh100e_year"): 0.1,
    ("workloads", "price_eur_per_h100e_hour"): 2.0,
    ("funds", "site_ceiling_meur"): 2000.0,
    ("funds", "interest_share"): 0.02,
    ("funds", "tenor_years"): 8,
    ("fund_countries", "floor_meur"): 2000.0,
    ("fund_countries", "ceiling_meur"): 2000.0,
    ("lines", "reactance_pu"): 0.02,
    ("countries", "electricity_tax_eur_per_mwh"): 15.0,
    ("countries", "connection_charge_meur_per_mw"): 0.1,
    ("marginal_costs", "marginal_eur_per_mwh"): 95.0,
    ("technologies", "minimum_load_share"): 0.5,
    ("technologies", "ramp_share_per_hour"): 0.5,
    ("technologies", "start_eur_per_mw"): 50.0,
    ("fleets", "must_run_share"): 0.1,
    ("export_caps", "limit_kchips"): 50.0,
    ("programmes", "first_year"): 2030.0,
    ("programmes", "last_year"): 2035.0,
    ("programmes", "floor_kh100e"): 120.0,
    ("programmes", "floor_sites"): 19.0,
    ("programme_regions", "latency_ms"): 12.0,
    ("stress_days", "first_hour"): 450.0,
    ("stress_days", "hours"): 24.0,
    ("countries", "reuse_share"): 0.1,
    ("sovereignty_limits", "floor_share"): 0.5,
    ("sovereignty_limits", "ceiling_share"): 0.8,
}
"""Usual numbers of the columns that inputs/europe leaves empty or at 0."""
COLUMNS = [(name, column) for name, kind in TABLES.items() for column in columns_of(kind).values() if column.numeric]
EACH = pytest.mark.parametrize(
    ("name", "column"), [pytest.param(*each, id=f"{each[0]}.{each[1].name}") for each in COLUMNS]
)
EVERY = pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.long)])
"""Of the strange texts one in so many goes into a column, others into the next; all in the long run."""
HOURLY = [pytest.param(table, id=table.name) for table in HOURLY_TABLES]


@dataclass(frozen=True)
class Sound:
    """The tutorial's rows of a table as cells, into one of which a poison is put."""

    name: str
    cells: list[list[str]] = field(default_factory=list)

    def with_cell(self, line: int, column: str, poison: str) -> bytes:
        """Return the file with one cell replaced; quoted, so that the poison stays one cell."""
        rows = [list(row) for row in self.cells]
        quoted = poison.replace('"', '""')
        rows[line - 1][rows[0].index(column)] = f'"{quoted}"'
        return "".join(",".join(row) + "\n" for row in rows).encode()


def sound_table(name: str, rows: int = 2) -> Sound:
    text = NOT_IN_TUTORIAL.get(name) or (INPUTS / "tutorial" / f"{name}.csv").read_text()
    header, *cells = [line.split(",") for line in text.splitlines()[: rows + 1]]
    absent = {column: "0" for table, column in COLUMNS_NOT_IN_TUTORIAL if table == name}
    return Sound(name, [[*header, *absent], *([*row, *absent.values()] for row in cells)])


def poisons(column: Limits, step: int, start: int) -> list[str]:
    """Return what must be refused in a column: no numbers (of the strange ones every so many) and unbelievable ones."""
    below = [f"{column.low - step:.12g}" for step in (1, 12345, 1e7)]
    above = [f"{column.high + step:.12g}" for step in (1, 12345, 1e10)]
    near_zero = [f"{column.smallest / 2:.3g}", f"{-column.smallest_below_zero / 2:.3g}", *TOO_SMALL]
    small = [text for text in near_zero if column.unit not in COMPUTED or abs(float(text)) >= NOISE]
    return [*PLAIN, *STRANGE[start % step :: step], *TOO_LARGE, *below, *above, *small]


def told(faults: list[Fault]) -> Fault:
    """Return the one fault there must be."""
    (fault,) = faults
    assert fault.rule
    assert str(fault).startswith(f"{fault.file}, line {fault.line}, {fault.column} = ")
    return fault


@EVERY
@EACH
def test_poison_in_any_cell_of_a_table_is_refused_by_one_fault(name: str, column: Column, step: int) -> None:
    table, kind = sound_table(name), TABLES[name]
    declared = [*columns_of(kind)]
    for poison in poisons(column, step, COLUMNS.index((name, column))):
        if may_be_blank(kind, column) and not poison.strip():
            continue
        file = f"{name}.csv"
        sheet, faults = read_sheet(table.with_cell(2, column.name, poison), file, declared)
        read, faults = read_rows(sheet, file, kind, None, faults)
        assert len(faults) == 1, (poison, faults)
        fault = told(faults)
        assert (fault.file, fault.line, fault.column, fault.value) == (file, 2, column.name, poison.strip()), poison
        assert len(read.rows) == len(table.cells) - 2


def may_be_blank(kind: type[Row], column: Column) -> bool:
    return kind.blanks and column.may_be_absent


@pytest.mark.parametrize("blank", ["", " "])
@pytest.mark.parametrize(
    ("name", "column"),
    [pytest.param(*each, id=f"{each[0]}.{each[1].name}") for each in COLUMNS if may_be_blank(TABLES[each[0]], each[1])],
)
def test_an_empty_cell_is_the_default_only_where_its_table_says_so(name: str, column: Column, blank: str) -> None:
    table, kind, file = sound_table(name), TABLES[name], f"{name}.csv"
    sheet, faults = read_sheet(table.with_cell(2, column.name, blank), file, [*columns_of(kind)])
    read, faults = read_rows(sheet, file, kind, None, faults)
    assert faults == []
    key = table.cells[1][table.cells[0].index(kind.key[0])]
    assert getattr(read.rows[key], column.name) == kind.model_fields[column.name].default


@EACH
def test_what_can_be_read_two_ways_is_refused_where_no_cell_settles_it(name: str, column: Column) -> None:
    table, kind = sound_table(name), TABLES[name]
    for row in table.cells[1:]:
        for place, cell in enumerate(row):
            numeric = columns_of(kind)[table.cells[0][place]].numeric
            row[place] = cell.partition(".")[0] if numeric else cell
    file = f"{name}.csv"
    sheet, faults = read_sheet(table.with_cell(2, column.name, READ_TWO_WAYS), file, [*columns_of(kind)])
    _, faults = read_rows(sheet, file, kind, None, faults)
    (fault,) = [fault for fault in faults if fault.column == column.name and fault.line == 2]
    assert (fault.value, "can be read two ways" in fault.rule) == (READ_TWO_WAYS, True)


@EVERY
@pytest.mark.parametrize("hourly", HOURLY)
def test_poison_in_any_hourly_cell_is_refused_by_one_fault(hourly: HourlyTable, step: int) -> None:
    table = sound_table(hourly.name, rows=8)
    header, file = table.cells[0], f"{hourly.name}.csv"
    for place, column in enumerate(header):
        for poison in [*poisons(hourly, step, place), *(["1", "-1", *TOO_SMALL] if column == "hour" else [])]:
            sheet, faults = read_sheet(table.with_cell(8, column, poison), file, header)
            _, faults = read_hourly_sheet(sheet, faults, hourly, header[1:], header[1:])
            assert len(faults) == 1, (poison, faults)
            fault = told(faults)
            assert (fault.file, fault.line, fault.column, fault.value) == (file, 8, column, poison.strip()), poison


@pytest.mark.parametrize("hourly", HOURLY)
def test_poison_in_any_parquet_cell_is_refused_by_one_fault(tmp_path: Path, hourly: HourlyTable) -> None:
    table = sound_table(hourly.name, rows=8)
    header, path = table.cells[0], tmp_path / f"{hourly.name}.parquet"
    given = {name: np.array([float(row[place]) for row in table.cells[1:]]) for place, name in enumerate(header)}
    numbers = [float(poison) for poison in (*TOO_LARGE, "nan", "inf", "-inf")]
    numbers += [hourly.low - 1, hourly.high + 1]
    numbers += [hourly.smallest / 2] if hourly.smallest / 2 >= NOISE else []
    for column in header:
        for poison in numbers:
            columns = {name: values.copy() for name, values in given.items()}
            columns[column][6] = poison
            fault = told(refused_parquet(columns, path, hourly))
            assert (fault.file, fault.line, fault.column) == (path.name, 7, column)
            assert fault.value is not None
            assert float(fault.value) == pytest.approx(poison, nan_ok=True)
        cells = pa.array([None if hour == 6 else value for hour, value in enumerate(given[column])])
        assert told(refused_parquet(given | {column: cells}, path, hourly)).value == "nan"
        for strange in (True, "5", b"5"):
            fault = refused_parquet(given | {column: pa.array([strange] * len(given[column]))}, path, hourly)[0]
            assert (fault.column, fault.rule) == (column, "the column must hold numbers")


def refused_parquet(columns: Mapping[str, Array | pa.Array], path: Path, hourly: HourlyTable) -> list[Fault]:
    parquet.write_table(pa.table(dict(columns)), path)
    known = [name for name in columns if name != "hour"]
    return read_hourly(path, hourly, known, [])[1]


def europe(name: str, column: str) -> list[float]:
    """Return the numbers of a column of the reference case that are not 0."""
    path = INPUTS / "europe" / f"{name}.csv"
    rows = read_table(path, TABLES[name])[0].rows.values() if path.is_file() else []
    return [float(number) for row in rows if (number := getattr(row, column))]


def keeps(number: float, limits: Limits) -> bool:
    return bool(within_limits(np.array([number]), limits)[0])


@EACH
def test_numbers_in_another_unit_are_refused(name: str, column: Column) -> None:
    numbers = np.array(europe(name, column.name) or [USUAL[name, column.name]])
    usual = median(sorted(numbers, key=abs))
    assert within_limits(numbers, column).all()
    for slip in SLIPS.get(column.unit, ()):
        refused = ~within_limits(numbers * slip.times + slip.plus, column)
        told_apart = (column.unit, slip.unit) not in SLIPPED_IN_EUROPE
        told_apart &= (name, column.name, slip.unit) not in SLIPPED_COLUMNS
        assert keeps(usual * slip.times + slip.plus, column) != told_apart, f"{usual} in {slip.unit}"
        assert refused.mean() >= 0.25 or not told_apart, f"{slip.unit}: {refused.mean():.0%} of all are refused"


@EACH
def test_a_column_in_another_unit_is_refused_or_warned_of(name: str, column: Column) -> None:
    numbers = np.array(europe(name, column.name) or [USUAL[name, column.name]])
    assert not size_told(name, column, numbers)
    for slip in SLIPS.get(column.unit, ()):
        slipped = numbers * slip.times + slip.plus
        told = bool((~within_limits(slipped, column)).any()) or size_told(name, column, slipped)
        assert told == ((name, column.name, slip.unit) not in SILENT_COLUMNS), slip.unit


def size_told(name: str, column: Column, numbers: Array) -> bool:
    """Tell whether a column of such numbers, alone in its table, is warned of for their size."""
    rows = {position: Cell({column.name: number}) for position, number in enumerate(numbers)}
    table = Table(f"{name}.csv", TABLES[name], rows, dict.fromkeys(rows, 2))
    return any(fault.column == column.name for fault in size_warnings(table))


class Cell(dict[str, float]):
    """A row of which only some columns are known."""

    def __getattr__(self, name: str) -> float:
        return self.get(name, 0.0)


@EVERY
def test_one_cell_of_the_tutorial_in_another_unit_is_refused_or_warned_of(tmp_path: Path, step: int) -> None:
    """Every cell, its row, its column and the other tables; one in so many, all in the long run."""
    folder, settings = tmp_path / "case", load_settings(INPUTS / "tutorial")
    shutil.copytree(INPUTS / "tutorial", folder)
    for name, text in NOT_IN_TUTORIAL.items():
        (folder / f"{name}.csv").write_text(text)
    assert not read_with_warnings(folder, settings)[1]
    silent = set()
    for number, (name, column, line, slip) in enumerate(cells_and_slips()):
        key = (name, column.name, slip.unit)
        if number % step == 0 and key not in SILENT_CELLS:
            table, sound_file = sound_table(name, rows=1000), (folder / f"{name}.csv").read_bytes()
            cell = float(table.cells[line - 1][table.cells[0].index(column.name)])
            poison = f"{cell * slip.times + slip.plus:.12g}"
            (folder / f"{name}.csv").write_bytes(table.with_cell(line, column.name, poison))
            try:
                told = bool(read_with_warnings(folder, settings)[1])
            except CaseRefused:
                told = True
            silent |= set() if told else {(*key, cell)}
            (folder / f"{name}.csv").write_bytes(sound_file)
    assert silent == set()


def cells_and_slips() -> Iterator[tuple[str, Column, int, Slip]]:
    """Yield every number of the tutorial that is not 0, by table, column and line, with every slip of its unit."""
    for name, column in COLUMNS:
        table = sound_table(name, rows=1000)
        if column.name in table.cells[0]:
            place = table.cells[0].index(column.name)
            for line, row in enumerate(table.cells[1:], 2):
                for slip in SLIPS.get(column.unit, ()) if float(row[place]) else ():
                    yield name, column, line, slip


@pytest.mark.parametrize("path", [*setting_fields()])
def test_a_key_of_the_scenario_in_another_unit_is_refused_or_warned_of(path: str) -> None:
    """A number of the reference scenario, or else the default."""
    section, _, key = path.partition(".")
    usual = getattr(getattr(EUROPE_ASKS, section), key, None) if key else None
    if isinstance(usual, bool) or not isinstance(usual, float) or not usual:
        return
    suffixes = sorted((ending for ending in KEY_SLIPS if key.endswith(ending)), key=len)
    slips = KEY_SLIPS.get(suffixes[-1] if suffixes else "", ())
    assert slips, "no slip of this key is thought of"
    for slip in slips:
        told = key_told(section, key, usual * slip.times + slip.plus)
        assert told == ((path, slip.unit) not in SILENT_KEYS), slip.unit


def key_told(section: str, key: str, number: float) -> bool:
    """Tell whether a number of a scenario is refused or warned of."""
    try:
        settings = load_settings(INPUTS / "europe", overrides={section: {key: number}})
    except CaseRefused:
        return True
    return any(fault.column == f"{section}.{key}" for fault in objective_settings_warnings(settings))


@pytest.mark.parametrize("hourly", [each for each in HOURLY if (INPUTS / "europe" / f"{each.id}.parquet").is_file()])
def test_an_hourly_table_in_another_unit_is_refused(hourly: HourlyTable) -> None:
    columns = parquet.read_table(INPUTS / "europe" / f"{hourly.name}.parquet").drop_columns("hour").columns
    numbers = np.concatenate([column.to_numpy() for column in columns]).astype(float)
    numbers = numbers[numbers != 0]
    for slip in SLIPS[hourly.unit]:
        refused = ~within_limits(numbers * slip.times + slip.plus, hourly)
        told_apart = (hourly.unit, slip.unit) not in SLIPPED_HOURS
        assert refused.any() or slip.times == 0.01
        assert (refused.mean() > 0.5) == told_apart, f"{slip.unit}: {refused.mean():.0%} of the numbers are refused"


def test_every_unit_of_a_column_has_its_slips() -> None:
    units = {column.unit for _, column in COLUMNS} | {table.unit for table in HOURLY_TABLES}
    assert units - {*SLIPS} <= {"", "per unit"}
    assert {*SLIPS} <= units
    assert {*SLIPPED_IN_EUROPE, *SLIPPED_HOURS} <= {(unit, slip.unit) for unit in SLIPS for slip in SLIPS[unit]}


@pytest.mark.parametrize(
    ("name", "column", "cell", "rule"),
    [
        ("sites", "land_mw", "200000", "outside 0 .. 5,000 MW (kW written for MW?)"),
        ("sites", "land_mw", "0.2", "is not zero but below 1 MW in magnitude (GW written for MW?)"),
        (
            "tranches",
            "amount_meur",
            "3e9",
            "outside 0 .. 1,000,000 million EUR (2025) (EUR written for million EUR?)",
        ),
        ("tranches", "amount_meur", "3", "is not zero but below 10 million EUR in magnitude (billion EUR written for"),
        ("technologies", "efficiency_share", "85", "outside 0 .. 1 share (0..1) (percent written for share?)"),
        ("technologies", "life_years", "360", "outside 1 .. 100 years (months written for years?)"),
        (
            "stations",
            "design_drybulb_c",
            "308",
            "outside -60 .. 60 degrees Celsius (kelvin written for degrees Celsius?)",
        ),
        ("reservoirs", "energy_twh", "4433", "outside 0 .. 300 TWh (GWh written for TWh?)"),
        ("workloads", "latency_ms", "0.5", "outside 1 .. 10,000 ms, round trip (seconds written for ms?)"),
        (
            "chips",
            "price_eur_per_chip",
            "41.6",
            "below 500 EUR per chip in magnitude (thousand EUR written for EUR per c",
        ),
        ("chips", "first_year", "26", "outside 1900 .. 2100 calendar year (two digits written for calendar year?)"),
        (
            "zones",
            "latitude",
            "14.1",
            "outside 27 .. 82 degrees north: not in Europe (latitude and longitude swapped?)",
        ),
    ],
)
def test_a_slip_is_told_by_the_unit_that_was_probably_written(name: str, column: str, cell: str, rule: str) -> None:
    sheet, faults = read_sheet(sound_table(name).with_cell(2, column, cell), f"{name}.csv", [*columns_of(TABLES[name])])
    assert rule in told(read_rows(sheet, f"{name}.csv", TABLES[name], None, faults)[1]).rule
