"""The summary's section on the full-year dispatch: cost, lost load and emissions beside those of the plan."""

from collections.abc import Iterator

from models.plan import CarbonRow, FullYearRow, Plan
from optimizer.report.key_figures import (
    NOTICED_SHARE,
    consequential_kt,
    days_text,
    full_year_cost_change_meur,
    full_year_cost_change_share,
    full_year_noise_meur,
    gap_text,
)
from optimizer.report.markdown import cell, code, section, table
from optimizer.report.period_figures import shown_period

WITHIN_NOISE = "within the noise"
COST, NOISE = "running cost added, MEUR", "of which the sharing of reservoirs leaves open, MEUR"
CAP_TOLERANCE_SHARE = 2e-4
"""By how much the emissions of all days of the record may exceed a cap before that is reported; the search keeps it to
1e-4."""


def full_year_section(plan: Plan) -> str:
    """Return the section of the summary on the whole year."""
    return section(
        "## The whole year", *(_with_full_year(plan) if plan.replay and plan.year else _without_full_year(plan))
    )


def _without_full_year(plan: Plan) -> Iterator[str]:
    yield (
        f"**The record was not replayed.** The plan was chosen, and its cost, emissions and lost load were worked out, "
        f"from {days_text(len(plan.hourly.days))} a period; how it fares on the other days of the record nothing here "
        f"says. Solve with {code('time.replay = true')}, which dispatches all of them whatever the time limit."
    )


def _with_full_year(plan: Plan) -> Iterator[str]:
    replay, few = plan.replay, len(plan.hourly.days)
    every = sum(row.period == plan.year[0].period for row in plan.year_days)
    made = f"from {few} of the record's {every} days" if few < every else f"from all {every} days of the record"
    share = replay.gap_share if replay else 0.0
    yield (
        f"The plan was made {made} a period. With all that it builds and contracts, every day of the record was then "
        f"dispatched, with the data centres and without them, the reservoirs shared between the days for each: with "
        f"them the best sharing would save at most {share:.1g} of the running cost."
    )
    yield _cost(plan)
    yield from _lost(plan)
    yield from _flow_cycles(plan)
    yield from broken_caps(plan)
    period = shown_period(plan)
    figures = _figures(plan, period)
    (modelled, dispatched), noise = figures[COST], sum(each or 0.0 for each in figures[NOISE])
    untold = {COST} if abs((dispatched or 0.0) - (modelled or 0.0)) <= noise else set()
    rows = [
        [name, *(WITHIN_NOISE if each is None else each for each in pair),
         WITHIN_NOISE if name in untold else difference_text(*pair)]
        for name, pair in figures.items()
    ]  # fmt: skip
    header = [f"a year of {period}", days_text(few), days_text(every), "difference"]
    yield table(header, rows)
    yield "All periods are in `year.csv` and all days in `year_days.csv`; what the model says is in `carbon.csv`."


def _cost(plan: Plan) -> str:
    more_meur, share = full_year_cost_change_meur(plan), full_year_cost_change_share(plan) or 0.0
    if abs(share) < NOTICED_SHARE:
        return "The net present cost is what the plan says."
    word, noise_meur = "more" if more_meur > 0 else "less", full_year_noise_meur(plan)
    change = (
        f"Over the whole year the net present cost is **{gap_text(abs(share))} {word}** ({abs(more_meur):,.1f} MEUR)"
    )
    if noise_meur <= NOTICED_SHARE * abs(more_meur):
        return f"{change}."
    open_meur = f"The sharing of the reservoirs leaves up to {noise_meur:,.1f} MEUR of it open"
    return f"{change}. {open_meur}{'.' if noise_meur < abs(more_meur) else ': it cannot be told from none.'}"


def _lost(plan: Plan) -> Iterator[str]:
    lost = [row for row in plan.year if row.shed_mwh > 0]
    if not lost:
        yield "No load is lost on any day."
    for row in lost:
        without = f"{row.baseline_shed_mwh:,.0f} MWh without the data centres"
        yield f"In {row.period} {row.shed_mwh:,.0f} MWh of load is lost a year, {without}."
    if plan.replay and plan.replay.unserved_mwh > 0:
        yield (
            f"**{plan.replay.unserved_mwh:,.0f} MWh of this is more than {code('power.shed_share')} allows a day:** "
            "the representative days do not show how scarce power is. Solve again with more of them "
            f"({code('time.representative_days')})."
        )


def _flow_cycles(plan: Plan) -> Iterator[str]:
    for row in plan.year:
        if row.burnt_hours > 0:
            yield (
                f"In {row.period} {row.burnt_mwh:,.0f} MWh a year go round and are lost in {row.burnt_hours:,.0f} "
                "hours of lines and stores (see Power)."
            )


def broken_caps(plan: Plan) -> Iterator[str]:
    """Yield each cap on emissions that the whole year does not keep, in a sentence."""
    caps = plan.provenance.scenario.get("carbon")
    for row in plan.year if isinstance(caps, dict) else ():
        mean = row.attributional_kt / row.servers_twh if row.servers_twh else 0.0
        for name, unit, emitted in (("cap_kg_per_mwh", "g/kWh", mean), ("cap_kt", "kt", row.attributional_kt)):
            cap = caps.get(name) if isinstance(caps, dict) else None
            if cap is not None and emitted > cap * (1 + CAP_TOLERANCE_SHARE) + NOTICED_SHARE:
                yield (
                    f"**In {row.period} the data centres emit {cell(emitted)} {unit}, above the {cell(cap)} of "
                    f"{code(f'carbon.{name}')}**, which the representative days keep."
                )


def _figures(plan: Plan, period: str) -> dict[str, tuple[float | None, float | None]]:
    """Return the figures of a period: by the model, and of the whole year; None is within the noise."""
    model: CarbonRow = next(row for row in plan.carbon if row.period == period)
    year: FullYearRow = next(row for row in plan.year if row.period == period)
    zones = [row for row in plan.zones if row.period == period]
    return {
        COST: (
            model.system_meur - model.baseline_meur,
            year.system_meur - year.baseline_meur,
        ),
        NOISE: (model.noise_meur, year.noise_meur),
        "load lost, MWh": (1e6 * sum(row.shed_twh for row in zones), year.shed_mwh),
        "draw, TWh": (model.energy_twh, year.servers_twh),
        "matched hourly, TWh": (sum(row.matched_twh for row in zones), year.matched_twh),
        "emissions of the draw, kt": (model.attributional_kt, year.attributional_kt),
        "emissions added to the system, kt": (consequential_kt(model), consequential_kt(year)),
    }


def difference_text(model: float | None, year: float | None) -> str:
    """Return by how much the year is more than the model says, in percent of it; nothing where either is unknown."""
    if model is None or year is None:
        return ""
    if abs(year - model) <= NOTICED_SHARE * max(1.0, abs(model)):
        return "none"
    return f"{(year - model) / abs(model):+.1%}" if abs(model) > NOTICED_SHARE else "from nothing"
