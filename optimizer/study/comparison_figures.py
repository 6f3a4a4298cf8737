"""The figures by which plans are compared: sites, compute, money, power, carbon, water, and where."""

import pandas as pd

from models.plan import Plan
from models.settings import OBJECTIVES
from optimizer.report.key_figures import chosen_sites
from optimizer.report.period_figures import period_figures
from optimizer.report.write_tables import frame_of

INDEX = ("topic", "figure", "entity", "period", "unit")
TOPICS = ("objective", "sites", "compute", "money", "power", "carbon", "water", "where")
SUMS = (
    ("money", "capital spent", "spending", ["period"], "spent_meur", "MEUR"),
    ("money", "public money granted", "aid", ["period"], "public_meur", "MEUR"),
    ("money", "net present cost by ledger", "money", ["ledger"], "present_meur", "MEUR"),
    ("power", "electricity drawn a year", "carbon", ["period"], "energy_twh", "TWh"),
    ("power", "plants contracted", "supply", ["period"], "contracted_mw", "MW"),
    ("power", "plants built and standing", "supply", ["period"], "plant_mw", "MW"),
    ("power", "plants contracted", "supply", ["technology", "period"], "contracted_mw", "MW"),
    ("power", "plants built and standing", "supply", ["technology", "period"], "plant_mw", "MW"),
    ("power", "draw matched hour by hour", "zones", ["period"], "matched_twh", "TWh"),
    ("carbon", "emissions of the draw a year", "carbon", ["period"], "attributional_kt", "kt CO2"),
    ("water", "water drawn a year", "water", ["period"], "drawn_mm3", "million m3"),
    ("where", "servers at a site", "sites", ["site", "period"], "servers_mw", "MW"),
    ("where", "servers in a zone", "sites", ["zone", "period"], "servers_mw", "MW"),
    ("where", "servers in a country", "sites", ["country", "period"], "servers_mw", "MW"),
)
"""Topic, figure, table of the plan, columns over which it is summed, column, unit."""


def figures_of(plan: Plan) -> "pd.Series[float]":
    """Return the figures of a plan, indexed by topic, figure, entity, period and unit."""
    rows: dict[tuple[str, ...], float] = {
        ("objective", stage.objective, "", "", OBJECTIVES[stage.objective].unit_in_full): stage.plan_value
        for stage in plan.proof.stages
    }
    rows["sites", "sites that receive halls", "", "", "sites"] = float(len(chosen_sites(plan)))
    rows["money", "capital spent in all periods", "", "", "MEUR"] = sum(row.spent_meur for row in plan.spending)
    for each in period_figures(plan):
        rows["compute", "servers", "", each.period, "MW"] = each.servers_mw
        rows["compute", "chips", "", each.period, "thousand"] = each.chips_kchips
        rows["compute", "compute served", "", each.period, "kH100e"] = each.served_kh100e
    for topic, figure, table, keys, column, unit in SUMS:
        frame = frame_of(plan, table)
        if frame.empty:
            continue
        for key, value in frame.groupby(keys, sort=False)[column].sum().items():
            parts = dict(zip(keys, key if isinstance(key, tuple) else (key,), strict=True))
            period = parts.pop("period", "")
            rows[topic, figure, "".join(parts.values()), period, unit] = float(value)
    for emitted in plan.carbon:
        if emitted.energy_twh:
            rows["carbon", "emissions per MWh drawn", "", emitted.period, "kg/MWh"] = (
                emitted.attributional_kt / emitted.energy_twh
            )
    index = pd.MultiIndex.from_tuples([*rows], names=INDEX)
    return pd.Series([*rows.values()], index=index, dtype=float)
