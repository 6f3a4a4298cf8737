"""Settings of what is best: objectives in order, the levels that they keep, the gap at which each is accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from models.settings.sections import Section


@dataclass(frozen=True)
class Objective:
    """What an objective is: its sense and its unit; `models/objective.py` has its expression."""

    sense: Literal["maximise", "minimise"]
    unit: str
    how: str = ""
    """How it counts, as a word after the unit."""

    @property
    def unit_in_full(self) -> str:
        """The unit and how it counts."""
        return ", ".join(filter(None, (self.unit, self.how)))


class Levels(Section):
    """Levels that an objective has to keep while those after it are sought, instead of a share of its own bound."""

    compute: Annotated[
        float | None, Field(ge=0, le=10_000_000), Objective("maximise", "kH100e-years", "discounted")
    ] = None
    """Least new compute, in discounted years (kH100e-years)."""
    cost: Annotated[
        float | None, Field(ge=-10_000_000, le=10_000_000), Objective("minimise", "MEUR", "net present")
    ] = None
    """Most net present cost (million EUR)."""
    carbon: Annotated[float | None, Field(ge=0, le=10_000_000), Objective("minimise", "kt CO2")] = None
    """Most emissions over all periods (kt CO2)."""
    water: Annotated[float | None, Field(ge=0, le=1_000_000), Objective("minimise", "million m3")] = None
    """Most water drawn over all periods (million m3)."""
    sovereignty: Annotated[
        float | None, Field(ge=0, le=10_000_000), Objective("maximise", "kH100e-years", "discounted")
    ] = None
    """Least compute served from sites in member states of the Union, in discounted years (kH100e-years)."""
    control: Annotated[
        float | None, Field(ge=0, le=10_000_000), Objective("maximise", "kH100e-years", "discounted")
    ] = None
    """Least compute served under the control of `sovereignty.bloc`, in discounted years (kH100e-years)."""
    even: Annotated[float | None, Field(ge=0, le=1), Objective("maximise", "share")] = None
    """Least share of what it asks that any region is served in the last period, all workloads together."""
    capital: Annotated[float | None, Field(ge=0, le=10_000_000), Objective("minimise", "MEUR", "not discounted")] = None
    """Most capital cost of all periods, not discounted (million EUR)."""


OBJECTIVES: Mapping[str, Objective] = {
    name: mark for name, key in Levels.model_fields.items() for mark in key.metadata if isinstance(mark, Objective)
}
"""Every objective by name."""


if TYPE_CHECKING:
    ObjectiveName = str
else:
    ObjectiveName = Literal[tuple(OBJECTIVES)]


class ObjectiveSettings(Section):
    """What is best."""

    objectives: tuple[ObjectiveName, ...] = ("compute", "cost")
    """Objectives in order of importance: new compute served, net present cost, emissions, water drawn, compute served from
    the Union, compute under the control of `sovereignty.bloc`, demand filled evenly, capital cost."""
    tolerance_share: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    """Share of each objective's bound that later objectives may give up; less than the gap asked for hangs on the plan found."""
    levels: Levels = Levels()
    """Levels that objectives have to keep, instead of that share."""

    @model_validator(mode="after")
    def _each_once(self) -> "ObjectiveSettings":
        if not self.objectives or len(set(self.objectives)) != len(self.objectives):
            raise ValueError("objectives must name at least one objective, each once")
        followed = self.objectives[:-1]
        for name in type(self.levels).model_fields:
            if getattr(self.levels, name) is not None and name not in followed:
                raise ValueError(f"levels.{name} needs the objective {name} with another one after it")
        return self


class Gaps(Section):
    """Relative gaps of single objectives, in place of `solve.gap_share`."""

    compute: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of new compute (0 allows 1e-6)."""
    cost: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of net present cost (0 allows 1e-6)."""
    carbon: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of emissions over all periods (0 allows 1e-6)."""
    water: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of water drawn over all periods (0 allows 1e-6)."""
    sovereignty: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of compute served from the Union (0 allows 1e-6)."""
    control: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of compute under the control of a bloc (0 allows 1e-6)."""
    even: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of the share that every region is served (0 allows 1e-6)."""
    capital: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of capital cost (0 allows 1e-6)."""
