"""Names for people that are unique: where two things share a name, their code is shown as well."""

from collections import Counter
from collections.abc import Mapping
from typing import Any


def unique_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return names by code, with the code where another has the same name, whatever its case and spaces."""
    plain = {code: " ".join(name.split()).casefold() for code, name in names.items()}
    times = Counter(plain.values())
    return {code: f"{name} ({code})" if times[plain[code]] > 1 else name for code, name in names.items()}


def display_name(rows: Mapping[str, Any], code: str) -> str:
    """Return the unique name of a row of a table."""
    return unique_names({key: row.name for key, row in rows.items()})[code]
