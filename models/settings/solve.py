"""Settings of the run: how the year is represented, how hard to look, which tables are read."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from models.settings.objective import Gaps
from models.settings.sections import Section, Zones


class Time(Section):
    """How the year is represented."""

    representative_days: Annotated[int, Field(ge=1, le=366)] = 1
    """Number of representative days per period; every hour of the hourly tables if it is the number of their days."""
    days_by: Literal["means", "clusters"] = "means"
    """Choose days that meet the year's means and duration curves, or those in the middle of clusters of days."""
    hours_per_day: Annotated[int, Field(ge=1, le=168)] = 24
    """Length of a day; 168 makes the days weeks."""
    replay: bool = True
    """Dispatch every day of the hourly tables with the plan's sites, plants and contracts once these are chosen; where
    nothing is stated, if the time limit leaves time for it, and where `true` is stated, however long it takes."""
    replay_hours: Annotated[int | None, Field(ge=1, le=168)] = None
    """Length of the days of that dispatch, where it is not `hours_per_day`: 168 makes them weeks in order, in which stores
    carry energy from day to day, so that a dark calm week is seen."""
    extremes: bool = True
    """Keep the day of the highest residual load among the representative ones (when there is more than one)."""
    worst_zones: Zones = ()
    """Zones whose own hardest day (or week, if days are weeks) is kept too: the one of the most residual load in all."""

    @property
    def year_hours(self) -> int:
        """Length of the days in which the whole year is dispatched."""
        return self.replay_hours or self.hours_per_day


class Solve(Section):
    """How hard to look."""

    gap_share: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    """Relative gap at which each objective is accepted (0 allows 1e-6)."""
    gaps: Gaps = Gaps()
    """The same for single objectives."""
    time_limit_seconds: Annotated[float, Field(gt=0, le=1_000_000)] = 280.0
    """Wall time of the whole run, all objectives together. Time is kept for finishing and writing the plan, and for every
    day of the hourly tables where that takes at most two fifths of the limit; what comes after the limit is said."""
    memory_gb: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    """Memory that solving may take; 0 means all that the machine has free when it begins."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Threads of the solver."""
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    """Processes that dispatch the days; 0 means one a core, or none of their own where the days are few."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """Random seed of the solver."""
    partition: bool = True
    """Whether plans that the first rounds of branch and bound leave open are partitioned by how many halls and sites they
    have in all, and searched to the gap; without it the search ends there, and says what gap it reached (for studies)."""
    allow_large: bool = False
    """Try a case that by estimate does not fit into that memory."""

    @property
    def branching(self) -> dict[str, int | float | str]:
        """Return the options of branch and bound that the scenario sets."""
        return {"threads": self.threads, "random_seed": self.seed}

    def gap_of(self, objective: str) -> float:
        """Return the relative gap at which an objective is accepted."""
        own: float | None = getattr(self.gaps, objective)
        return self.gap_share if own is None else own


class Inputs(Section):
    """Which tables are read."""

    overlays: tuple[str, ...] = ()
    """Folders inside the case whose tables replace its own, each as a whole (`weather/2019`); later ones come first."""
    cells: Mapping[str, float | bool | str] = {}
    """Cells of the tables and what stands there instead, in the column's unit: `"tranches.investai.2028-2030" = 5000`,
    `"sites.*.opening_meur" = 40`. A key of the command line (`--set`) that names a table's cells goes here."""
    factors: Mapping[str, float] = {}
    """Cells, or columns of hourly tables, and what they are multiplied with (`--scale`): `"chips.price_eur_per_chip" = 0.8`,
    `"availability[*.wind]" = 0.9`."""
