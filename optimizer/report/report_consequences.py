"""What the data centres do to others, for the summary and the report: prices, imports, emissions, headroom by zone."""

from models.plan import ConsequenceRow, Plan
from optimizer.case.display_names import unique_names
from optimizer.extract.consequences import NOTICED_EUR_PER_MWH
from optimizer.report.markdown import cell, plain, section, table
from optimizer.report.period_figures import shown_period
from optimizer.report.report_blocks import Section, Table, Text

LISTED = 12
"""Zones that the table lists: hosts, and those whose existing load pays most more."""
NOTICED_TWH, NOTICED_KT, NOTICED_MEUR = 0.001, 0.1, 0.05
"""Changes that are smaller are none: what equal dispatches leave between them."""
COLUMNS = {
    "zone": "",
    "price without, EUR/MWh": "consequences.price_without_eur_per_mwh",
    "rise": "consequences.price_with_eur_per_mwh",
    "most in an hour": "consequences.most_rise_eur_per_mwh",
    "hours dearer": "consequences.dearer_hours",
    "existing load pays more, MEUR": "consequences.load_meur",
    "net import without, TWh": "consequences.import_without_twh",
    "change, TWh": "consequences.import_with_twh",
    "emissions without, kt": "consequences.emission_without_kt",
    "change, kt": "consequences.emission_with_kt",
    "headroom taken, MW": "consequences.headroom_taken_mw",
    "left for others, MW": "consequences.headroom_left_mw",
}
NOTE = (
    "Both systems dispatch the representative days at least cost, each with its own sharing of the reservoirs; a price "
    "is what one more MWh of load costs then (without the price basis), one of several where the cost has a kink. "
    "Fleets and lines are the same in both but for the plan's own plants. A change below "
    f"{NOTICED_EUR_PER_MWH:g} EUR/MWh, {NOTICED_TWH * 1000:g} GWh or {NOTICED_KT:g} kt is called none."
)


def consequences_summary(plan: Plan) -> str:
    """Return the summary's section; empty where the plan was written without it."""
    rows = _listed(plan)
    if not rows:
        return ""
    return section(
        f"## What it does to others in {shown_period(plan)}", _lead(plan), table([*COLUMNS], _rows(plan, rows)), NOTE
    )


def consequences_section(plan: Plan) -> Section | None:
    """Return the report's section; None where the plan was written without it."""
    rows = _listed(plan)
    if not rows:
        return None
    found = Table("What changes in the zones", COLUMNS, _rows(plan, rows))
    return Section("others", "What it does to others", _lead(plan), (found, Text(NOTE, "note")))


def _listed(plan: Plan) -> list[ConsequenceRow]:
    """Return hosts and the zones whose load pays most more, in the shown period."""
    shown = [row for row in plan.consequences if row.period == shown_period(plan)]
    shown.sort(key=lambda row: (-row.headroom_taken_mw, -row.load_meur, row.zone))
    hosts = [row for row in shown if row.headroom_taken_mw > 0]
    others = sorted((row for row in shown if row not in hosts), key=lambda row: (-abs(row.load_meur), row.zone))
    return [*hosts, *others][:LISTED]


def _change(before: float, after: float, noticed: float) -> float | str:
    return after - before if abs(after - before) >= noticed else "none"


def _rows(plan: Plan, rows: list[ConsequenceRow]) -> list[list[object]]:
    names = unique_names({row.zone: row.name for row in plan.zones})
    return [
        [
            names[row.zone],
            row.price_without_eur_per_mwh,
            _change(row.price_without_eur_per_mwh, row.price_with_eur_per_mwh, NOTICED_EUR_PER_MWH),
            row.most_rise_eur_per_mwh,
            row.dearer_hours,
            _change(0.0, row.load_meur, NOTICED_MEUR),
            row.import_without_twh,
            _change(row.import_without_twh, row.import_with_twh, NOTICED_TWH),
            row.emission_without_kt,
            _change(row.emission_without_kt, row.emission_with_kt, NOTICED_KT),
            row.headroom_taken_mw,
            row.headroom_left_mw,
        ]
        for row in rows
    ]


def _lead(plan: Plan) -> str:
    """Return who pays more, and where most, in sentences."""
    period = shown_period(plan)
    rows = [row for row in plan.consequences if row.period == period]
    names = unique_names({row.zone: row.name for row in plan.zones})
    paid = sum(row.load_meur for row in rows)
    dearest = max(rows, key=lambda row: (row.price_with_eur_per_mwh - row.price_without_eur_per_mwh, row.zone))
    rise = dearest.price_with_eur_per_mwh - dearest.price_without_eur_per_mwh
    prices = (
        f"The mean price of electricity rises most in {plain(names[dearest.zone])}, by {rise:.2f} EUR/MWh"
        if rise >= NOTICED_EUR_PER_MWH
        else "No mean price of electricity rises by a cent per MWh"
    )
    more = f"{cell(abs(paid))} MEUR {'more' if paid > 0 else 'less'}" if abs(paid) >= NOTICED_MEUR else "the same"
    load = f"all existing load together would pay {more} a year"
    taken, left = (sum(getattr(row, name) for row in rows) for name in ("headroom_taken_mw", "headroom_left_mw"))
    return (
        f"{prices}; at these prices {load}. Connections take {cell(taken)} MW of the headroom at the substations of "
        f"{cell(taken + left)} MW that sites could use."
    )
