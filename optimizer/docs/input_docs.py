"""The page `inputs/README.md`: every table, column, unit, range, meaning, and every key of a scenario file."""

from collections.abc import Iterator

from models.case import HOURLY_TABLES, TABLES
from models.settings import Settings
from optimizer.case.glossary import column_rows, row_meaning, setting_keys
from optimizer.case.number_parsing import plausible_range
from optimizer.docs.check_docs import check_docs
from optimizer.docs.input_docs_prose import HOURLY_TABLES_PROSE, introduction


def input_docs() -> str:
    """Return the text of `inputs/README.md`."""
    return (
        "\n".join(
            [
                introduction(),
                "## Tables",
                "",
                *_contents(),
                *_tables(),
                *_hourly_tables(),
                *check_docs(),
                *_scenario_keys(),
            ]
        ).rstrip("\n")
        + "\n"
    )


def _contents() -> Iterator[str]:
    yield "| table | a row is identified by | may be left out | meaning |"
    yield "|---|---|---|---|"
    for name, row_class in TABLES.items():
        keys = ", ".join(row_class.key)
        yield f"| [{name}](#{name}) | {keys} | {'yes' if row_class.optional else 'no'} | {row_meaning(row_class)} |"
    yield ""


def _tables() -> Iterator[str]:
    for name, row_class in TABLES.items():
        yield f"### {name}"
        yield ""
        yield f"`{name}.csv`: {row_meaning(row_class)}"
        yield ""
        yield "| column | unit or kind | range | meaning |"
        yield "|---|---|---|---|"
        for column, kind, limits, meaning in column_rows(row_class, "[{0}](#{0})"):
            yield f"| `{column}` | {kind} | {limits} | {meaning} |"
        yield ""


def _hourly_tables() -> Iterator[str]:
    yield "## Hourly tables"
    yield ""
    yield HOURLY_TABLES_PROSE
    yield "| table | columns | unit | range | meaning |"
    yield "|---|---|---|---|---|"
    for table in HOURLY_TABLES:
        columns = (
            f"the keys of [{table.columns}](#{table.columns})" if table.columns in TABLES else f"`{table.columns}`"
        )
        yield f"| {table.name} | {columns} | {table.unit} | {plausible_range(table)} | {table.meaning} |"
    yield ""


def _scenario_keys() -> Iterator[str]:
    yield "## Scenario"
    yield ""
    yield "`scenario.toml`, a variant in `scenarios/`, or `--set section.key=value`. Keys left out keep their default."
    yield '`extends = "name"` at the top builds on another scenario (`base` is the case\'s own `scenario.toml`).'
    yield ""
    yield "| key | default | range | meaning |"
    yield "|---|---|---|---|"
    title = Settings.model_fields["title"]
    yield f"| `title` | (must be given) | text | {title.description} |"
    for key, default, limits, meaning in setting_keys():
        yield f"| `{key}` | `{default}` | {limits} | {meaning} |"
