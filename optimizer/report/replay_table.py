"""A plan under several years of weather, side by side: a page of Markdown and rows for a CSV file."""

from collections.abc import Mapping, Sequence

from models.plan import Plan
from optimizer.report.markdown import section, table

COLUMNS = (
    "record", "added_meur_per_year", "open_meur_per_year", "lost_mwh_per_year", "matched_share", "emitted_kg_per_mwh"
)  # fmt: skip


def replay_row(record: str, plan: Plan) -> list[object]:
    """Return the figures of a replayed plan, means over the years of its periods weighted alike: see `COLUMNS`."""
    count, drawn = len(plan.year), sum(row.servers_twh for row in plan.year)
    added = sum(row.system_meur - row.baseline_meur for row in plan.year) / count
    lost = sum(row.shed_mwh - row.baseline_shed_mwh for row in plan.year) / count
    return [
        record,
        added,
        sum(row.noise_meur for row in plan.year) / count,
        lost,
        sum(row.matched_twh for row in plan.year) / drawn if drawn else 0.0,
        sum(row.attributional_kt for row in plan.year) / drawn if drawn else 0.0,
    ]


def replay_page(title: str, rows: Sequence[Sequence[object]], caps: Mapping[str, Sequence[str]]) -> str:
    """Return the page, the plan's own record first, and under each record the sentences on `caps` that it breaks.

    A difference within what sharing the water leaves open is none.
    """
    header = ["record", "running cost added, MEUR a year", "of it open", "load lost more, MWh a year", "matched hourly",
              "g/kWh"]  # fmt: skip
    shown = [[record, f"{added:,.1f}", f"{noise:,.1f}", f"{lost:,.0f}", f"{matched:.1%}", f"{grams:.1f}"]
             for record, added, noise, lost, matched, grams in rows]  # fmt: skip
    own = rows[0]
    same = [str(row[0]) for row in rows[1:] if abs(float(str(row[1])) - float(str(own[1]))) <= _open(own) + _open(row)]
    told = (
        f"In cost {', '.join(same)} cannot be told from {own[0]}: sharing the water leaves more open than they differ."
    )
    said = "Means of the periods; cost and lost load are what the data centres add to the system."
    broken = [f"{record}: {sentence}" for record, sentences in caps.items() for sentence in sentences]
    return section(f"# {title} in other weather", table(header, shown), said, *([told] if same else []), *broken)


def _open(row: Sequence[object]) -> float:
    return float(str(row[2]))
