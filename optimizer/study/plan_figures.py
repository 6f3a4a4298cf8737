"""The figures of one plan in the form of a study's results: a row per number of its tables, the plan being run 0."""

from collections.abc import Iterator

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from models.plan import RESULT_TABLES, Plan
from models.settings import OBJECTIVES
from optimizer.report.write_tables import frame_of
from optimizer.study.named_figure import Results

COLUMNS = ("run", "status", "reason", "measure", "entity", "period", "unit", "value", "bound", "gap_share")
ENDINGS = {
    "_meur": "MEUR",
    "_mw": "MW",
    "_mwh": "MWh",
    "_twh": "TWh",
    "_kh100e": "kH100e",
    "_kg_per_mwh": "kg CO2/MWh",
    "_kt": "kt CO2",
    "_m3": "m3",
    "_mm3": "million m3",
    "_share": "share",
}
"""How names of columns end -> their unit."""


def plan_results(plan: Plan) -> Results:
    """Return the objectives of a plan with their bounds, and every number of its tables as `table.column`.

    The entity of a number is the key of its row but for the period, parts joined by `/`.
    """
    status, reason = plan.proof.status, plan.proof.message
    rows = [
        (
            stage.objective,
            "",
            "",
            OBJECTIVES[stage.objective].unit_in_full,
            stage.plan_value,
            stage.bound,
            stage.plan_gap_share,
        )
        for stage in plan.proof.stages
        if stage.claims
    ]
    frames = [
        pd.DataFrame(rows, columns=pd.Index(COLUMNS[3:])),
        *(melted for name in RESULT_TABLES for melted in _melted(plan, name)),
    ]
    table = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    return Results(table.assign(run=0, status=status, reason=reason)[[*COLUMNS]], pd.DataFrame())


def _melted(plan: Plan, name: str) -> Iterator[pd.DataFrame]:
    """Yield the figures of each column of numbers of a result table."""
    frame, kind = frame_of(plan, name), RESULT_TABLES[name]
    if frame.empty:
        return
    keys = [frame[key] for key in kind.key if key != "period"]
    entity = ["/".join(map(str, parts)) for parts in zip(*keys, strict=True)] if keys else ""
    period = frame.get("period", "")
    for column in frame:
        if column in kind.key or not is_numeric_dtype(frame[column]) or is_bool_dtype(frame[column]):
            continue
        unit = max((ending for ending in ENDINGS if str(column).endswith(ending)), key=len, default="")
        stated = {"entity": entity, "period": period, "value": frame[column].astype(float)}
        yield pd.DataFrame(
            {"measure": f"{name}.{column}", **stated, "unit": ENDINGS.get(unit, ""), "bound": float("nan")}
        ).assign(gap_share=float("nan"))
