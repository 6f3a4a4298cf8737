"""The page `inputs/README.md`: every table and column, its unit, range and meaning, every key, every scenario."""

import tomllib
from pathlib import Path

from models.case import HOURLY_TABLES, INPUT_TABLES, TABLES
from models.settings import Settings
from optimizer.case.glossary import column_rows, row_meaning, setting_keys
from optimizer.case.number_parsing import plausible_range
from optimizer.docs.check_docs import check_docs
from optimizer.docs.input_docs_prose import HOURLY_TABLES_PROSE, SCENARIO_PROSE, SCENARIOS_PROSE, introduction
from optimizer.report.markdown import section, table


def input_docs(root: Path) -> str:
    """Return the text of `inputs/README.md`, with the scenarios below the root of the repository."""
    return "\n".join([introduction(), _tables(), _hourly_tables(), check_docs(), _scenario_keys(), _scenarios(root)])


def _tables() -> str:
    contents = [
        [f"[{name}](#{name})", ", ".join(kind.key), "yes" if kind.optional else "no", row_meaning(kind)]
        for name, kind in INPUT_TABLES.items()
    ]
    header = ["table", "a row is identified by", "may be left out", "meaning"]
    parts = [section("## Tables", table(header, contents, marked=True))]
    for name, kind in INPUT_TABLES.items():
        rows = [[f"`{column}`", *others] for column, *others in column_rows(kind, "[{0}](#{0})")]
        columns = table(["column", "unit or kind", "range", "meaning"], rows, marked=True)
        parts.append(section(f"### {name}", f"`{name}.csv`: {row_meaning(kind)}", columns))
    return "\n".join(parts)


def _hourly_tables() -> str:
    rows = [
        [each.name, f"the keys of [{each.columns}](#{each.columns})" if each.columns in TABLES else f"`{each.columns}`",
         each.unit, plausible_range(each), each.meaning]
        for each in HOURLY_TABLES
    ]  # fmt: skip
    listed = table(["table", "columns", "unit", "range", "meaning"], rows, marked=True)
    return section("## Hourly tables", HOURLY_TABLES_PROSE, listed)


def _scenario_keys() -> str:
    rows = [["`title`", "(must be given)", "text", Settings.model_fields["title"].description]]
    rows += [[f"`{key}`", f"`{default}`", limits, meaning] for key, default, limits, meaning in setting_keys()]
    return section("## Scenario", SCENARIO_PROSE, table(["key", "default", "range", "meaning"], rows, marked=True))


def _scenarios(root: Path) -> str:
    rows = []
    for file in sorted(
        path for mask in ("scenarios/*.toml", "*/scenarios/*.toml") for path in root.glob(f"inputs/{mask}")
    ):
        scenario = tomllib.loads(file.read_text(encoding="utf-8"))
        overlays = ", ".join(f"`{name}`" for name in scenario.get("inputs", {}).get("overlays", ()))
        case = file.parents[1].name
        rows.append([f"`{file.stem}`", "any" if case == "inputs" else case, scenario.get("title", ""), overlays])
    listed = table(["scenario", "case", "what it asks", "overlays"], rows, marked=True)
    return section("## Scenarios that are shipped", SCENARIOS_PROSE, listed)
