"""Where a figure of the report comes from and how good the inputs are that it rests on, in words."""

from collections.abc import Mapping

from models.plan import RESULT_TABLES, From, Input, Plan, Yearly
from optimizer.report.write_tables import FILES

RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "siting": ("sites", "countries"),
    "sizing": ("sites", "headrooms", "cooling", "countries"),
    "compute": ("chips", "chip_supply", "sites", "cooling"),
    "demand": ("demand", "workloads", "sites"),
    "cooling": ("cooling", "stations", "wetbulb", "drybulb", "basins", "sites", "countries"),
    "grid": ("headrooms", "reinforcements", "sites", "countries"),
    "power": ("technologies", "fleets", "potentials", "lines", "reservoirs", "zones", "load", "availability"),
    "plants": ("technologies", "potentials", "fleets"),
    "reservoirs": ("inflows", "reservoirs", "fleets"),
    "storage": ("technologies", "fleets", "load", "availability"),
    "interruption": ("headrooms", "uninterrupted", "fleets", "load", "availability", "sites"),
    "carbon": ("carbon", "zones", "load"),
    "matching": ("technologies", "fleets", "potentials", "availability", "carbon"),
    "dispatch": ("technologies", "fleets", "lines", "load", "availability", "price_basis"),
    "operators": ("operators", "jurisdictions", "sites"),
    "sovereignty": ("operators", "jurisdictions", "chips", "sites", "demand"),
    "budget": ("funds", "tranches", "chips", "cooling", "countries"),
}
"""Aspect -> the input tables that its figures hang on first."""
ASPECTS_OF: Mapping[str, str] = {
    "sites": "sizing",
    "halls": "cooling",
    "chips": "compute",
    "operators": "operators",
    "sovereignty": "sovereignty",
    "supply": "power",
    "reservoirs": "reservoirs",
    "levels": "reservoirs",
    "carried": "storage",
    "carried_levels": "storage",
    "connections": "grid",
    "consequences": "dispatch",
    "firming": "matching",
    "sending": "matching",
    "counting": "matching",
    "matching": "matching",
    "matching_curve": "matching",
    "matching_days": "matching",
    "zones": "power",
    "lines": "power",
    "carbon": "carbon",
    "circulation": "dispatch",
    "days": "carbon",
    "money": "budget",
    "spending": "budget",
    "limits": "budget",
    "rivals": "siting",
    "candidates": "siting",
    "flips": "siting",
    "year": "dispatch",
    "year_days": "dispatch",
    "gigafactories": "compute",
    "hourly": "dispatch",
}
"""Table of the plan -> the aspect whose inputs stand behind what no variable says."""
WORST_SHOWN = 4


def note_of(plan: Plan, source: str) -> str:
    """Return what is known of a figure: its meaning, how the model comes by it, its file, and what it rests on.

    `source` is `table.column` of the plan, or of its hours: `hourly.matched_mw`.
    """
    table, _, column = source.partition(".")
    if table == "hourly":
        meaning, origin, place = f"Dispatch by hour, {column}.", "Decided by the model.", "dispatch.parquet"
        return f"{meaning} {origin} File {place}. {_quality(plan, RESTS_ON['dispatch'])}"
    if table == "proof":
        return (
            "Reported by the solver and evaluated afresh from the programme. File plan.json, proof. No input but all."
        )
    field = RESULT_TABLES[table].model_fields[column]
    place = f"File {FILES[table]}, column {column}."
    for origin in field.metadata:
        if isinstance(origin, Input):
            given = f"Given by the inputs: {origin.table}.{column}."
            return f"{field.description} {given} {place} {_given(plan, origin, column)}"
        if isinstance(origin, From):
            words = f"{field.description} Decided by the model ({origin.component}). {place}"
            return f"{words} {_quality(plan, RESTS_ON.get(origin.component.partition('.')[0], ()))}"
        if isinstance(origin, Yearly):
            words = f"{field.description} Added up from the hours of the dispatch. {place}"
            return f"{words} {_quality(plan, RESTS_ON['dispatch'])}"
    aspect = ASPECTS_OF.get(table, "siting")
    return (
        f"{field.description} Worked out from the decisions and the inputs. {place} {_quality(plan, RESTS_ON[aspect])}"
    )


def table_quality(plan: Plan) -> dict[str, tuple[float, float, float]]:
    """Return by input table the mean share of its deciding columns that is real, derived, an estimate."""
    columns: dict[str, list[Mapping[str, float]]] = {}
    for place, shares in plan.provenance.quality_shares.items():
        columns.setdefault(place.partition(".")[0], []).append({str(name): share for name, share in shares.items()})
    return {
        table: (
            sum(each.get("real", 0.0) for each in found) / len(found),
            sum(each.get("derived", 0.0) for each in found) / len(found),
            sum(each.get("estimate", 0.0) for each in found) / len(found),
        )
        for table, found in columns.items()
    }


def _given(plan: Plan, origin: Input, column: str) -> str:
    shares = plan.provenance.quality_shares.get(f"{origin.table}.{column}")
    if shares is None:
        return "It does not decide."
    return "Its cells: " + ", ".join(f"{share:.0%} {quality}" for quality, share in shares.items()) + "."


def _quality(plan: Plan, tables: tuple[str, ...]) -> str:
    """Say how much of the inputs behind a figure is estimated, the weakest first."""
    known = table_quality(plan)
    estimates = sorted(((known[table][2], table) for table in tables if table in known), key=lambda pair: -pair[0])
    if not estimates:
        return ""
    worst = ", ".join(f"{table} {share:.0%}" for share, table in estimates[:WORST_SHOWN])
    return f"Estimates among the inputs it rests on: {worst}."
