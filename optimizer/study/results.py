"""The folder of a study: its design, the runs finished so far, one tidy table of results, plans and their prices.

`design.csv` is written before anything runs, `runs/KEY.json` as each run ends, and the tables from these two. A reader
needs no more than pandas or duckdb.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from models.settings import OBJECTIVES
from optimizer.benders.solution import SearchStatus
from optimizer.store.plan_folder import FolderRefused

if TYPE_CHECKING:
    from pandas import DataFrame

STUDY, DESIGN, KEYS, RUNS, PLANS, PRICES, RESULTS = (
    "study.toml",
    "design.csv",
    "keys.csv",
    "runs",
    "plans.json",
    "prices",
    "results",
)
"""Names in the folder of a study; of the last two there is a `.parquet` and a `.csv` with the same rows."""
BASE = 0
"""The run of the case as it stands, before those of the design; its row of the design holds the case's own values."""

STATUSES: tuple[str, ...] = (*get_args(SearchStatus), "refused")
"""How a run ended: as a search does, or `refused` where its inputs break a rule; `reason` says why."""
WITH_PLAN = ("solved", "limit", "interrupted")
"""Statuses of runs that may have a plan: of those that have none, `seconds` is the only measure."""


@dataclass(frozen=True)
class Measure:
    """What a row of the results measures."""

    unit: str
    meaning: str
    entity: str = ""
    """What `entity` names: site, zone or country; nothing where it is of the whole plan."""
    by_period: bool = True
    """Whether there is a row for every period; a row of an entity is left out where it is 0."""


MEASURES: Mapping[str, Measure] = {
    **{
        name: Measure(
            mark.unit_in_full,
            f"Objective ({mark.sense}): the best value known, its proved bound and the gap; of one that others come "
            "after the plan may have less.",
            by_period=False,
        )
        for name, mark in OBJECTIVES.items()
    },
    "sites": Measure("sites", "New sites that open in any period.", by_period=False),
    "new_mw": Measure("MW", "Power of the new servers in service, mean of the period."),
    "new_kh100e": Measure("kH100e", "Compute of the new servers, mean of the period."),
    "capex_meur": Measure("MEUR", "Capital spent in the period."),
    "subsidy_meur": Measure("MEUR", "Public money granted in the period."),
    "energy_twh": Measure("TWh", "Electricity of the new servers and their cooling, per year."),
    "emissions_kt": Measure(
        "kt CO2", "Emissions of the draw not matched in its hour (attributional account), per year."
    ),
    "emissions_kg_per_mwh": Measure("kg CO2/MWh", "The same per MWh drawn."),
    "matched_share": Measure("share", "Part of the draw matched hour by hour by low-carbon plant of its own."),
    "water_mm3": Measure("million m3", "Water drawn, per year."),
    "site_mw": Measure("MW", "Power of the new servers at a site, mean of the period.", "site"),
    "zone_mw": Measure("MW", "The same by bidding zone.", "zone"),
    "country_mw": Measure("MW", "The same by country.", "country"),
    "seconds": Measure("s", "Wall time of the run: the only figure that another try changes.", by_period=False),
}
"""Everything that `results` measures."""
PRICE_COLUMNS = ("run", "plan", "objective", "value", "regret", "bound")


@dataclass(frozen=True)
class Row:
    """One measure of one run; `bound` and `gap_share` (0..1) are those of objectives, else None."""

    measure: str
    value: float
    entity: str = ""
    period: str = ""
    bound: float | None = None
    gap_share: float | None = None


@dataclass(frozen=True)
class FinishedRun:
    """How a run ended, as `runs/KEY.json` holds it; the same for every run of the design with these inputs."""

    key: str
    status: str
    reason: str
    seconds: float
    rows: tuple[Row, ...] = ()
    plan: Mapping[str, int] = field(default_factory=dict)
    """Whole numbers of its plan by name of column, those that are 0 left out; empty without a plan."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """Objective -> the level that it kept while those after it were sought."""


@dataclass(frozen=True)
class RunPrices:
    """What plans are worth in a run, each exactly, as `prices/KEY.json` holds it."""

    key: str
    bounds: Mapping[str, float]
    """Objective, in order of importance -> what no plan exceeds, the floors of those before it kept."""
    values: Mapping[str, tuple[float | None, ...]]
    """Plan -> its value by objective; None where it breaks a rule there, or falls short of a floor."""
    best: str = ""
    """Plan that is better than the run's own, if there is one, ..."""
    rows: tuple[Row, ...] = ()
    """... and its measures."""


@dataclass(frozen=True)
class StudyResults:
    """A study's folder as frames."""

    folder: Path
    design: "DataFrame"
    """Index `run` (0 is the base run), a column per factor: a number, or a text for scenarios, overlays and choices."""
    results: "DataFrame"
    """Tidy: run, key, factors, status, reason, measure, entity, period, unit, value, bound, gap_share."""
    prices: "DataFrame"
    """run, plan, objective, value, regret, bound: every plan of the pool in every run; NaN where it is none there.

    Empty where no plans were priced: until all runs are finished, and with `plans = 0`.
    """
    plans: Mapping[str, Mapping[str, int]]
    """The pool: plan -> its whole numbers by name of column."""

    @property
    def factors(self) -> list[str]:
        """Return the names of the factors."""
        return [*self.design.columns]

    def measure(self, name: str, entity: str = "", period: str = "") -> "DataFrame":
        """Return one measure by run (index): factors, status, value, bound, gap_share; runs without it are left out."""
        found = self.results
        found = found[(found.measure == name) & (found.entity == entity) & (found.period == period)]
        return found.set_index("run")[[*self.factors, "status", "value", "bound", "gap_share"]]

    def effects(self) -> "DataFrame":
        """Return how the best value of every objective differs from the base run's, in the objective's unit.

        Columns run, objective, unit, value, effect, least, most, within_gap. The truth lies between `least` and
        `most`, as the bounds of both runs prove; where 0 lies between them the effect is within the gap: it is none.
        """
        found = self.results[self.results.measure.isin(list(OBJECTIVES))].rename(columns={"measure": "objective"})
        base = found[found.run == BASE].set_index("objective")[["value", "bound"]]
        found = found[found.run != BASE].join(base, on="objective", how="inner", rsuffix="_base")
        (low, high), (base_low, base_high) = (
            (found[[value, bound]].min(axis=1), found[[value, bound]].max(axis=1))
            for value, bound in (("value", "bound"), ("value_base", "bound_base"))
        )
        found = found.assign(effect=found.value - found.value_base, least=low - base_high, most=high - base_low)
        found = found.assign(within_gap=(found.least <= 0) & (found.most >= 0)).reset_index(drop=True)
        return found[["run", "objective", "unit", "value", "effect", "least", "most", "within_gap"]]


def read_results(folder: Path) -> StudyResults:
    """Return what a study's folder holds; raises FolderRefused if it has no results yet."""
    import pandas as pd

    try:
        design = pd.read_csv(folder / DESIGN, index_col="run", float_precision="round_trip")
        results = pd.read_parquet(folder / f"{RESULTS}.parquet")
    except FileNotFoundError as missing:
        raise FolderRefused(f"{folder} holds no study with results: {Path(missing.filename).name} is missing") from None
    prices, plans = pd.DataFrame(columns=list(PRICE_COLUMNS)), {}
    if (folder / PLANS).is_file():
        prices = pd.read_parquet(folder / f"{PRICES}.parquet")
        plans = json.loads((folder / PLANS).read_text(encoding="utf-8"))
    return StudyResults(folder, design, results, prices, plans)


def results_frame(design: "DataFrame", keys: Sequence[str], runs: Mapping[str, FinishedRun]) -> "DataFrame":
    """Return the tidy table of the runs that are finished, in the order of the design (see `StudyResults`)."""
    import pandas as pd

    rows = [
        {
            "run": run,
            "key": key,
            "status": runs[key].status,
            "reason": runs[key].reason,
            "measure": row.measure,
            "entity": row.entity,
            "period": row.period,
            "unit": MEASURES[row.measure].unit,
            "value": row.value,
            "bound": row.bound,
            "gap_share": row.gap_share,
        }
        for run, key in zip(design.index, keys, strict=True)
        if key in runs
        for row in (*runs[key].rows, Row("seconds", runs[key].seconds))
    ]
    columns = ["run", "key", "status", "reason", "measure", "entity", "period", "unit", "value", "bound", "gap_share"]
    frame = pd.DataFrame(rows, columns=columns).astype({"value": float, "bound": float, "gap_share": float})
    frame = frame.merge(design, left_on="run", right_index=True)
    return frame[[*columns[:2], *design.columns, *columns[2:]]]


def write_table(frame: "DataFrame", folder: Path, name: str) -> None:
    """Write a table as parquet and CSV, each replaced whole."""
    for ending, write in (("parquet", frame.to_parquet), ("csv", frame.to_csv)):
        target = folder / f"{name}.{ending}"
        new = target.with_name(f".{target.name}.new")
        write(new, index=False)
        os.replace(new, target)


def write_text(target: Path, text: str) -> None:
    """Write a file whole or not at all."""
    new = target.with_name(f".{target.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, target)
