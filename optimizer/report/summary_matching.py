"""The summary's section on matching: how much of the draw clean power meets, hour by hour, in the whole record."""

from collections.abc import Iterator

from models.plan import MatchingRow, Plan
from optimizer.case.display_names import unique_names
from optimizer.report.markdown import code, plain, section, table
from optimizer.report.period_figures import shown_period

WHOLE = "plan"
NOTICED_SHARE = 5e-4
"""A score that misses its target by less keeps it: representative days are not the record to the last digit."""


def matching_section(plan: Plan) -> str:
    """Return how well zones, and all together, are matched in the shown period; nothing where nothing is drawn."""
    rows = [row for row in plan.matching if row.period == shown_period(plan)]
    if not rows:
        return ""
    names = {**unique_names({row.zone: row.name for row in plan.zones}), WHOLE: "all"}
    listed = [
        [names[row.zone], row.drawn_twh, *(f"{each:.1%}" for each in (matched_share(row), score(row))),
         f"{row.delivered_twh / row.drawn_twh:.1%}", f"{row.supplied_twh / row.drawn_twh:.0%}",
         row.matched_hours, f"{row.least_share:.0%}"]
        for row in rows
    ]  # fmt: skip
    header = ["zone", "TWh a year", "matched hourly", "score", "dispatched", "could be given", "hours matched in full",
              "worst hour"]  # fmt: skip
    note = (
        "From all hours of the record: what contracts and new plant of a zone match in the same hour; the score, "
        f"which counts the clean share of the grid's mix in the rest as well ({code('matching.grid')} says how); what "
        "they give by the plan's own dispatch of its representative days, without what is curtailed or kept in "
        "reservoirs; and what they could give in all. How many hours have at least which share is in "
        "`matching_curve.csv`."
    )
    return section(f"## Matching in {rows[0].period}", table(header, listed), note, *missed_targets(plan))


def matched_share(row: MatchingRow) -> float:
    """Return the share of the draw that contracts and new plant match in the same hour."""
    return row.matched_twh / row.drawn_twh


def score(row: MatchingRow) -> float:
    """Return the share of the draw that is matched or clean in the grid's mix."""
    return row.clean_twh / row.drawn_twh


def missed_targets(plan: Plan) -> Iterator[str]:
    """Yield each target that the whole record does not reach, in a sentence."""
    rules = plan.provenance.scenario.get("matching")
    target = rules.get("target_share") if isinstance(rules, dict) else None
    if not isinstance(rules, dict) or not isinstance(target, float | int) or not target:
        return
    by_zone = rules.get("score_by") == "zone"
    for row in plan.matching:
        if (row.zone != WHOLE) == by_zone and score(row) < target - NOTICED_SHARE:
            yield (
                f"**In {row.period} the score of {plain(row.zone)} is {score(row):.1%} over all hours of the record, "
                f"below the {target:.1%} of {code('matching.target_share')}**, which the representative days keep."
            )
        if rules.get("strict") and row.zone != WHOLE and row.least_share < target - NOTICED_SHARE:
            yield (
                f"**In {row.period} the worst hour of {plain(row.zone)} has {row.least_share:.1%} matched, below the "
                f"{target:.1%} of {code('matching.target_share')}**, which every hour of the representative days keeps."
            )
