"""Writes the answer in a page of Markdown; every figure is the plan's, rounded, added up or divided for the eye."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from models.plan import Plan
from models.settings import OBJECTIVES
from models.terms import totals
from optimizer.audit.audit_report import AuditReport
from optimizer.case.display_names import unique_names
from optimizer.report.key_figures import (
    NEGLIGIBLE_MW,
    NOISE_SHARE,
    audit_text,
    chosen_sites,
    consequential_kt,
    gap_text,
    key_figures,
    sentence,
)
from optimizer.report.ledgers import cost_in_words, money_entries
from optimizer.report.markdown import code, plain, section, table
from optimizer.report.period_figures import shown_period
from optimizer.report.report_consequences import consequences_summary
from optimizer.report.report_resilience import resilience_summary
from optimizer.report.report_trust import rule_in_words, worth_in_words
from optimizer.report.summary_candidates import candidates_section
from optimizer.report.summary_flips import flips_section
from optimizer.report.summary_full_year import WITHIN_NOISE, full_year_section
from optimizer.report.summary_gigafactories import gigafactories_section
from optimizer.report.summary_matching import matching_section
from optimizer.report.summary_money import who_pays
from optimizer.report.summary_programmes import programmes_section
from optimizer.report.summary_rivals import rivals_section
from optimizer.report.summary_sites import sites_section
from optimizer.report.summary_sovereignty import sovereignty_section

UNITS = {name: objective.unit_in_full for name, objective in OBJECTIVES.items()}
LIMITS_SHOWN = 3
BASINS_SHOWN = 12
EXPLANATION = """\
Money is in million euro of 2025. kH100e is a thousand NVIDIA H100 of dense 16-bit throughput. Yearly energies come from
the representative days, but for those of the whole year. The gap is how far a better plan could at most be from this
one, by the model; it says nothing of the inputs. All figures, unrounded, are in the CSV tables beside this file;
`outputs/README.md` of the repository explains every column."""


def write_summary(plan: Plan, report: AuditReport, folder: Path) -> None:
    """Write `summary.md`: verdict, sites, money, power, carbon, water, demand, limits, estimates, provenance."""
    sections = (
        _answer(plan, report), full_year_section(plan), sites_section(plan), gigafactories_section(plan),
        programmes_section(plan),
        flips_section(plan), rivals_section(plan), candidates_section(plan), _money(plan), who_pays(plan), _power(plan),
        matching_section(plan), consequences_summary(plan), _carbon(plan), _water(plan), _demand(plan),
        sovereignty_section(plan), resilience_summary(plan), _limits(plan), _estimates(plan), _provenance(plan),
        section("## How to read it", EXPLANATION),
    )  # fmt: skip
    (folder / "summary.md").write_text("\n".join(sections), encoding="utf-8", newline="\n")


def _answer(plan: Plan, report: AuditReport) -> str:
    answer = key_figures(plan)
    scenario = f"Case {code(plan.provenance.case)}, scenario {code(plan.provenance.scenario_name)}"
    changes = ", ".join(code(f"{key} = {value}") for key, value in plan.provenance.overrides.items())
    stages = [
        [stage.objective, stage.sense, stage.plan_value, UNITS[stage.objective],
         *([stage.bound, gap_text(stage.plan_gap_share), stage.value, gap_text(stage.gap_share)] if stage.claims
           else ["none", "unknown", "none", "unknown"]),
         stage.status, stage.nodes, stage.seconds]
        for stage in plan.proof.stages
    ]  # fmt: skip
    committed = (
        f"Compute is new compute; committed sites could serve {plan.proof.committed_compute:,.1f} kH100e-years by "
        "themselves, which nothing here decides."
    )
    return section(
        f"# {plain(plan.title)}",
        f"**{answer}** ({answer.status}; audit: {audit_text(report)}). Sizes are those of {answer.period}. "
        f"By the model no plan is better by more than {answer.gaps}.",
        plain(sentence(plan.proof.message)),
        "" if report.sound else _warning(report),
        f"{scenario}{f', with {changes}' if changes else ''}. The objectives, in order of importance, "
        "with what the plan reaches of each, and what the best plan for it alone reached before those after it:",
        table(
            ["objective", "sense", "plan", "unit", "bound", "gap", "by itself", "gap", "status", "nodes", "seconds"],
            stages,
        ),
        committed if plan.proof.committed_compute else "",
    )


def _warning(report: AuditReport) -> str:
    """Return what is to be said of a plan that is not known to be sound."""
    if report.fault:
        return f"**This plan could not be audited: nobody has rechecked it.** The audit failed: {plain(report.fault)}"
    return "**The audit found this plan unsound: do not use it.** See `audit.json`."


def _money(plan: Plan) -> str:
    periods = plan.hourly.periods
    entries = money_entries(plan)
    rows = [
        [*key, cost_in_words(*key), *(values[column] for column in (*periods, "present"))]
        for key, values in entries.items()
    ]
    total = sum(row.present_meur for row in plan.money)
    return section(
        "## Money",
        f"Net present cost {total:,.0f} MEUR. By ledger and aspect, MEUR (opex: per year of the period):",
        table(["ledger", "aspect", "what", *periods, "present value"], rows),
        _basis(plan),
    )


def _basis(plan: Plan) -> str:
    """Say how much of the cost is the price basis, which the dispatch does not explain."""
    period, zones = shown_period(plan), {row.zone for row in chosen_sites(plan)}
    bases = {row.zone: row.basis_eur_per_mwh for row in plan.zones if row.period == period and row.zone in zones}
    if not any(bases.values()):
        return ""
    low, high = min(bases, key=lambda zone: bases[zone]), max(bases, key=lambda zone: bases[zone])
    total_meur = sum(row.basis_present_meur for row in plan.zones)
    return (
        f"Of this {total_meur:,.0f} MEUR are the price basis, what electricity costs beyond what the dispatch tells, "
        f"in {period} from {bases[low]:,.1f} ({plain(low)}) to {bases[high]:,.1f} EUR/MWh ({plain(high)}) in the zones "
        "of the chosen sites. How much of the choice rests on it is seen by solving with `power.price_basis_scale` at "
        "0, 0.5 and 1 (`python -m tests.benchmarks.price_basis`)."
    )


def _power(plan: Plan) -> str:
    period = shown_period(plan)
    sources = [row for row in plan.supply if row.period == period and row.contracted_mw + row.plant_mw > 0.5]
    by_technology: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    by_zone: dict[str, list[str]] = defaultdict(list)
    for row in sorted(sources, key=lambda row: -row.contracted_mw - row.plant_mw):
        by_technology[row.technology][0] += row.contracted_mw
        by_technology[row.technology][1] += row.plant_mw
        by_zone[row.zone].append(f"{row.technology} {row.contracted_mw + row.plant_mw:,.0f}")
    names = unique_names({row.zone: row.name for row in plan.zones})
    zones = [
        [names[row.zone], row.peak_mw, row.cover_mw, ", ".join(by_zone[row.zone]), row.servers_twh,
         f"{row.matched_twh / row.servers_twh:.0%}" if row.servers_twh else ""]
        for row in plan.zones
        if row.period == period and (row.peak_mw > NEGLIGIBLE_MW or row.zone in by_zone)
    ]  # fmt: skip
    return section(
        f"## Power in {period}",
        table(["technology", "contracted MW", "new plant MW"], [[name, *row] for name, row in by_technology.items()]),
        table(["zone", "peak MW", "firm cover MW", "contracts and plants MW", "TWh a year", "matched hourly"], zones),
        *_flow_cycles(plan),
    )


def _flow_cycles(plan: Plan) -> Iterator[str]:
    """Yield what goes round within an hour and is lost."""
    rows = [row for row in plan.circulation if row.line_hours or row.store_hours]
    if not rows:
        yield "No line that loses power carries it both ways at once, and no store charges while it discharges."
    for row in rows:
        yield (
            f"**In {row.period} {row.burnt_mwh:,.0f} MWh a year go round and are lost**: lines carry power both ways "
            f"in {row.line_hours:,.0f} line-hours, stores charge and discharge at once in {row.store_hours:,.0f}. "
            "Output that is paid for (a marginal cost below zero) is worth more made and lost than not made; "
            "where it could be left unmade for free, it is."
        )


CAPPED = {
    "zone": " for all and for the data centres of every zone",
    "site": " for all and at every site with what counts for it alone (`counting.csv`)",
}
"""What a cap by zone or site holds for."""


def _carbon(plan: Plan) -> str:
    rows = [
        [row.period, row.energy_twh, row.attributional_kt,
         row.attributional_kt / row.energy_twh if row.energy_twh else 0.0,
         WITHIN_NOISE if (more_kt := consequential_kt(row)) is None else more_kt, row.noise_meur, row.embodied_kt]
        for row in plan.carbon
    ]  # fmt: skip
    caps = plan.provenance.scenario.get("carbon")
    caps = caps if isinstance(caps, dict) else {}
    cap, counted, by = caps.get("cap_kg_per_mwh"), caps.get("embodied"), CAPPED.get(str(caps.get("cap_by")), "")
    note = (
        "Emissions are counted twice. Those of the draw (the attributional account): what contracts and new plants do "
        "not match in the same hour, at its zone's intensity in that "
        f"hour{f', at most {cap} g/kWh{by}' if cap else ''}. "
        "Those added to the system (the consequential account): of all plants with the data centres, less those "
        "without them, the reservoirs shared for each. The noise is what that sharing leaves open of both running "
        f"costs; a figure is told where it is at most {NOISE_SHARE:.0%} of the running cost added. "
        f"Making the chips bought in the period {'counts' if counted else 'does not count'} in caps and objective."
    )
    header = [
        "period",
        "TWh a year",
        "of the draw, kt",
        "of the draw, g/kWh",
        "added to the system, kt",
        "noise, MEUR",
        "making its chips, kt in all",
    ]
    return section("## Carbon", table(header, rows), note)


def _water(plan: Plan) -> str:
    period = shown_period(plan)
    drawn = [row for row in plan.water if row.period == period and row.drawn_mm3 > 1e-9]
    drawn.sort(key=lambda row: (-row.drawn_mm3 / max(row.limit_mm3, 1e-9), row.basin))
    rows = [[row.basin, row.drawn_mm3, row.limit_mm3] for row in drawn[:BASINS_SHOWN]]
    note = f"{sum(row.drawn_mm3 for row in drawn):,.2f} million m3 a year; basins nearest to their limit first."
    return section(f"## Water in {period}", note, table(["basin", "million m3 drawn", "limit"], rows))


def _demand(plan: Plan) -> str:
    asked = totals(((row.workload, row.period), row.demand_kh100e) for row in plan.demand)
    served = totals(((row.workload, row.period), row.served_kh100e) for row in plan.demand)
    rows = [
        [*key, demand, served[key], f"{served[key] / demand:.0%}" if demand else ""] for key, demand in asked.items()
    ]
    return section("## Demand", table(["work", "period", "kH100e asked", "served", "share"], rows))


def _limits(plan: Plan) -> str:
    ordered = sorted(plan.limits, key=lambda row: (-abs(row.worth * row.limit), row.rule, row.index))
    by_rule: dict[str, list[list[object]]] = defaultdict(list)
    for row in ordered:
        by_rule[row.rule].append([rule_in_words(row.rule), row.index, row.limit, worth_in_words(row)])
    heaviest = [row for rows in by_rule.values() for row in rows[:LIMITS_SHOWN]]
    note = (
        "What one unit more of a limit, in its own unit, would do to the net present cost, sites and the objectives "
        f"before cost kept; of {len(ordered)}, each rule's weightiest. `gigasite explain` tells it of whole steps."
    )
    answer = key_figures(plan)
    left_meur = answer.available_meur - answer.spent_meur
    whole = (
        f"Sites, halls and steps are whole, and kept here: {left_meur:,.0f} of {answer.available_meur:,.0f} MEUR are "
        "not spent" + ("." if heaviest else ", and what stops more is that the next whole one does not fit.")
    )
    if not heaviest:
        return section("## What binds", whole)
    return section("## What binds", note, whole, table(["rule", "where", "limit", "by one unit more"], heaviest))


def _estimates(plan: Plan) -> str:
    listed: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for place, shares in plan.provenance.quality_shares.items():
        name, _, column = place.partition(".")
        listed[name].append((column, shares["estimate"]))
    rows = []
    for name, columns in listed.items():
        columns.sort(key=lambda item: -item[1])
        words = [f"{column} {share:.0%}" for column, share in columns if share]
        rows.append((sum(share for _, share in columns) / len(columns), name, ", ".join(words)))
    rows.sort(key=lambda row: -row[0])
    note = "Of the columns that decide which site, how large or when, the share of cells that rest on judgement:"
    return section("## Estimates", note, table(["table", "columns"], [row[1:] for row in rows if row[2]]))


def _provenance(plan: Plan) -> str:
    proof, origin = plan.proof, plan.provenance
    versions = ", ".join(f"{name} {version}" for name, version in proof.versions.items())
    options = ", ".join(f"{name} = {value}" for name, value in proof.options.items())
    files = ", ".join(f"{plain(name)} {digest[:10]}" for name, digest in sorted(origin.files.items()))
    phases = ", ".join(f"{each.phase} {each.seconds:,.1f}" for each in proof.phases)
    nouns = {"row": "rows", "bound": "bounds", "integer": "whole numbers"}
    violations = ", ".join(f"{nouns[each.kind]} to {each.relative:.0e}" for each in proof.violations)
    return section(
        "## Provenance",
        f"- Written {origin.created_at} by code {origin.git_commit[:12] or 'outside a repository'}; {versions}.\n"
        f"- Programme: {proof.rows:,} rows, {proof.columns:,} columns ({proof.integers:,} whole), {proof.nonzeros:,} "
        f"coefficients from {proof.smallest_coefficient:.1e} to {proof.largest_coefficient:.1e}.\n"
        f"- Evaluated afresh, the plan keeps it: {violations} of their size.\n"
        f"- {proof.seconds:,.0f} seconds, {proof.peak_memory_mb:,.0f} MB; solver options: {options}.\n"
        f"- Seconds of each phase, up to the writing: {phases or 'not known'}.\n"
        f"- Inputs (first digits of SHA-256): {files}.",
    )
