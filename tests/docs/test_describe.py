"""Generated files: fresh, and true to the declarations they come from."""

import json
import re
import shutil
import tomllib
from pathlib import Path

import frictionless
import pytest

from models.case import HOURLY_TABLES, TABLES
from optimizer.case.columns import columns_of
from optimizer.case.datapackage import datapackage
from optimizer.case.settings import setting_fields
from optimizer.case.table import read_table
from optimizer.docs.describe import describe

ROOT = Path(__file__).parents[2]
CASES = [path.parent.name for path in sorted((ROOT / "inputs").glob("*/scenario.toml"))]


def test_generated_files_are_fresh() -> None:
    assert describe(ROOT, check=True) == [], "stale: run `gigasite describe`"


def test_stale_files_are_reported_and_rewritten_only_when_asked(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inputs" / "tutorial", tmp_path / "inputs" / "tutorial")
    stale = describe(tmp_path, check=True)
    assert {"inputs/README.md", "inputs/scenario.schema.json", "inputs/templates/sites.csv"} <= {*stale}
    assert "inputs/tutorial/datapackage.json" not in stale
    assert not (tmp_path / "inputs" / "README.md").exists()
    assert describe(tmp_path, check=False) == stale
    assert describe(tmp_path, check=True) == []


def test_every_column_has_a_meaning_and_every_number_a_range() -> None:
    for name, row_class in TABLES.items():
        for column in columns_of(row_class).values():
            assert column.meaning, f"{name}.{column.name}"
            if column.numeric:
                assert abs(column.low) < 1e12, f"{name}.{column.name}"
                assert abs(column.high) < 1e12, f"{name}.{column.name}"


def test_the_room_docs_say_what_every_file_is() -> None:
    text = (ROOT / "optimizer" / "README.md").read_text(encoding="utf-8")
    engine = ROOT / "optimizer"
    files = {file.relative_to(engine).as_posix() for file in engine.rglob("*.py") if not file.stem.startswith("__")}
    assert {*re.findall(r"^\| \[.+\]\((.+\.py)\) \| \S.* \|$", text, flags=re.MULTILINE)} == files
    rooms = {file.parent.name for file in engine.glob("*/__init__.py")}
    assert {*re.findall(r"^\| \[.+\]\(#(.+)\) \| \S.* \|$", text, flags=re.MULTILINE)} == rooms


def test_the_input_docs_name_every_table_column_and_key() -> None:
    text = (ROOT / "inputs" / "README.md").read_text(encoding="utf-8")
    for name, row_class in TABLES.items():
        assert f"### {name}\n" in text
        assert all(f"| `{column}` |" in text for column in columns_of(row_class))
    assert all(f"| {table.name} |" in text for table in HOURLY_TABLES)
    assert all(f"| `{path}` |" in text for path in setting_fields())


@pytest.mark.parametrize("name", TABLES)
def test_a_template_is_a_table_without_rows(name: str) -> None:
    table, faults = read_table(ROOT / "inputs" / "templates" / f"{name}.csv", TABLES[name])
    assert not table.rows
    assert [fault.rule for fault in faults] == [] if TABLES[name].optional else ["has a header and no row"]


@pytest.mark.parametrize("name", CASES)
def test_data_packages_are_valid_and_their_tables_keep_them(name: str) -> None:
    report = frictionless.validate(str(ROOT / "inputs" / name / "datapackage.json"))
    assert report.valid, report.flatten(["resourceName", "rowNumber", "fieldName", "message"])[:5]


def test_a_data_package_carries_units_keys_and_references() -> None:
    package = json.loads((ROOT / "inputs" / "tutorial" / "datapackage.json").read_bytes())
    resources = {resource["name"]: resource for resource in package["resources"]}
    left_out = {name for name in TABLES if not (ROOT / "inputs" / "tutorial" / f"{name}.csv").is_file()}
    assert all(TABLES[name].optional for name in left_out)
    assert {*resources} == {*TABLES, *(table.name for table in HOURLY_TABLES)} - left_out
    schema = resources["fleets"]["schema"]
    assert schema["primaryKey"] == ["zone", "technology", "from_year"]
    assert {"fields": ["zone"], "reference": {"resource": "zones", "fields": ["zone"]}} in schema["foreignKeys"]
    capacity = next(field for field in schema["fields"] if field["name"] == "capacity_mw")
    assert capacity["unit"] == "MW"
    assert capacity["constraints"] == {"required": True, "minimum": 0, "maximum": 300_000}
    assert [field["name"] for field in resources["load"]["schema"]["fields"]] == ["hour", "EAST", "NORTH", "WEST"]


def test_frictionless_finds_what_the_reader_finds(tmp_path: Path) -> None:
    case_dir = Path(shutil.copytree(ROOT / "inputs" / "tutorial", tmp_path / "tutorial"))
    path = case_dir / "fleets.csv"
    path.write_text(path.read_text().replace("EAST,coal,2026,1500", "EASTT,coal,2026,-1500"))
    report = frictionless.validate(str(case_dir / "datapackage.json"))
    assert {task.name for task in report.tasks if task.errors} == {"fleets"}


def test_parquet_is_a_plain_file_of_the_package(tmp_path: Path) -> None:
    case_dir = Path(shutil.copytree(ROOT / "inputs" / "tutorial", tmp_path / "tutorial"))
    (case_dir / "load.csv").unlink()
    (case_dir / "load.parquet").write_bytes(b"PAR1")
    resources = {resource["name"]: resource for resource in json.loads(datapackage(case_dir))["resources"]}
    assert resources["load"]["path"] == "load.parquet"
    assert "schema" not in resources["load"]


def test_the_schema_fits_the_scenarios() -> None:
    schema = json.loads((ROOT / "inputs" / "scenario.schema.json").read_bytes())
    for name in CASES:
        stated = tomllib.loads((ROOT / "inputs" / name / "scenario.toml").read_text(encoding="utf-8"))
        assert {*stated} <= {*schema["properties"]}
    assert schema["anyOf"] == [{"required": ["title"]}, {"required": ["extends"]}]
