"""What sections of a scenario file are made of: no unknown keys, lists of keys of tables."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Section(BaseModel):
    """A section of a scenario file; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Names:
    """Marks a list of the scenario whose entries are keys of a table."""

    table: str


def _listed(value: object) -> object:
    """Return the words of a text as a list: `PARIS LYON` is what `["PARIS", "LYON"]` is."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return tuple(value) if isinstance(value, list) else value


Sites = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("sites")]
Countries = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("countries")]
Technologies = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("technologies")]
Workloads = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("workloads")]
Zones = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("zones")]
