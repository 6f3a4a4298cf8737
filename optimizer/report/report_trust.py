"""The report's sections on how far it can be trusted: what binds, what is at risk, the sources, the certificate."""

from models.plan import LimitRow, Plan
from optimizer.audit.audit_report import AuditReport
from optimizer.report.key_figures import audit_text, full_year_text, gap_text
from optimizer.report.markdown import cell, code, plain
from optimizer.report.report_blocks import Block, Row, Section, Table, Text
from optimizer.report.report_notes import table_quality
from optimizer.report.summary_full_year import broken_caps
from optimizer.report.summary_gigafactories import BOUND, verdict
from optimizer.report.summary_rivals import estimated_share

LIMITS_SHOWN = 12
COLUMNS_SHOWN = 4


def limits_section(plan: Plan) -> Section | None:
    """Return what binds and what one more unit of it is worth; None where nothing does."""
    if not plan.limits:
        return None
    ordered = sorted(plan.limits, key=lambda row: (-abs(row.worth * row.limit), row.rule, row.index))
    table = Table(
        "Limits that bind, the weightiest first",
        {"rule": "", "where": "", "limit": "limits.limit", "cost by one unit more": "limits.worth"},
        [[rule_in_words(row.rule), row.index.replace(",", ", "), row.limit, worth_in_words(row)] for row in ordered],
        folded=len(ordered) > LIMITS_SHOWN,
    )
    first = ordered[0]
    weightiest = plain(f"{rule_in_words(first.rule)}, {first.index.replace(',', ', ')}")
    lead = f"{len(ordered)} limits bind. The weightiest: {weightiest}."
    note = (
        "What one unit more of a limit would change in the net present cost, with the sites and the objectives before "
        f"cost kept. What bigger steps are worth is told by {code('gigasite explain')}."
    )
    return Section("limits", "What binds, and what it is worth", lead, (table, Text(note, "note")))


def rule_in_words(rule: str) -> str:
    """Return the name of a rule as a sentence with its aspect."""
    aspect, _, name = rule.partition(".")
    return f"{name.replace('_', ' ')} ({aspect})" if name else rule


def worth_in_words(row: LimitRow) -> str:
    """Say which way one unit more of a limit moves the cost."""
    if not row.worth:
        return "changes nothing"
    return f"{cell(abs(row.worth))} MEUR {'less' if row.worth < 0 else 'more'}"


def risk_section(plan: Plan) -> Section:
    """Return what could make the plan worse than it looks, and where alternatives are found."""
    blocks: list[Block | Row] = []
    share = estimated_share([*plan.rivals])
    lead = f"Dispatched on the whole year: {plain(full_year_text(plan))}."
    if share is not None:
        lead += f" {share:.0%} of what sets the chosen sites apart from the next best are estimates."
    blocks += [Text(sentence, "warning") for sentence in broken_caps(plan)]
    if plan.year:
        blocks.append(
            Table(
                "Every day of the record, a year of each period",
                {
                    "period": "",
                    "running cost added, MEUR": "year.system_meur",
                    "of it open, MEUR": "year.noise_meur",
                    "load lost, MWh": "year.shed_mwh",
                    "without the data centres, MWh": "year.baseline_shed_mwh",
                    "draw, TWh": "year.servers_twh",
                    "matched, TWh": "year.matched_twh",
                    "emissions, kt": "year.attributional_kt",
                },
                [
                    [
                        row.period,
                        row.system_meur - row.baseline_meur,
                        row.noise_meur,
                        row.shed_mwh,
                        row.baseline_shed_mwh,
                        row.servers_twh,
                        row.matched_twh,
                        row.attributional_kt,
                    ]
                    for row in plan.year
                ],
            )
        )
    if weighed := verdict(plan):
        blocks += [Text(f"**{plain(weighed)}**"), Text(BOUND, "note")]
    blocks.append(
        Text(
            f"Other plans nearly as good, and what is sure in all of them: {code('gigasite alternatives')}. "
            f"How it fares in futures that it was not made for: {code('gigasite stress')}; in other weather: "
            f"{code('gigasite replay')}; what decides: {code('gigasite sweep')} and {code('gigasite sensitivity')}."
        )
    )
    return Section("risk", "Risk and alternatives", lead, tuple(blocks))


def sources_section(plan: Plan) -> Section | None:
    """Return how good the inputs are that decide; None where the plan does not say."""
    quality = table_quality(plan)
    if not quality:
        return None
    ordered = sorted(quality, key=lambda table: (-quality[table][2], table))
    series = {
        name: [100 * quality[table][place] for table in ordered]
        for place, name in enumerate(("real", "derived", "estimate"))
    }
    columns: dict[str, list[tuple[float, str]]] = {}
    for input_column, shares in plan.provenance.quality_shares.items():
        owner, _, column = input_column.partition(".")
        columns.setdefault(owner, []).append((shares["estimate"], column))
    rows = []
    for place, name in enumerate(ordered):
        weakest = sorted(columns[name], key=lambda pair: (-pair[0], pair[1]))
        named = ", ".join(f"{column} {share:.0%}" for share, column in weakest[:COLUMNS_SHOWN] if share)
        rows.append([name, *(f"{values[place]:.0f} %" for values in series.values()), named])
    heads = {"input table": "", **dict.fromkeys(series, ""), "weakest columns, share of estimates": ""}
    sure = sum(estimated < 0.5 for _, _, estimated in quality.values())
    lead = f"Of {len(ordered)} tables that decide, {sure} rest less than half on estimates; every row names its source."
    table = Table("Quality of the inputs that decide which site, how large or when", heads, rows)
    return Section("sources", "Sources and their quality", lead, (table,))


def certificate_section(plan: Plan, report: AuditReport) -> Section:
    """Return the proof, the audit and where everything comes from."""
    proof, origin = plan.proof, plan.provenance
    stages = Table(
        "What is proved of each objective",
        {
            "objective": "",
            "sense": "",
            "plan": "proof.stages",
            "bound": "proof.stages",
            "gap": "proof.stages",
            "status": "",
            "nodes": "",
            "seconds": "",
        },
        [
            [
                stage.objective,
                stage.sense,
                stage.plan_value,
                *([stage.bound, gap_text(stage.plan_gap_share)] if stage.claims else ["none", "unknown"]),
                stage.status,
                stage.nodes,
                stage.seconds,
            ]
            for stage in proof.stages
        ],
    )
    checks = Table(
        f"The {len(report.checks)} rules rechecked from the inputs",
        {"rule": "", "comparisons": "", "worst violation": "", "where": "", "verdict": ""},
        [
            [
                check.rule.replace("_", " "),
                check.rows,
                f"{check.worst:.0e}" if check.worst else "0",
                check.where,
                "holds" if check.passed else "BROKEN",
            ]
            for check in report.checks
        ],
        folded=True,
    )
    nouns = {"row": "rows", "bound": "bounds", "integer": "whole numbers"}
    kept = ", ".join(f"{nouns[each.kind]} to {each.relative:.0e}" for each in proof.violations)
    facts = [
        ["case, scenario", f"{origin.case}, {origin.scenario_name}"],
        ["keys set for this run", ", ".join(f"{key} = {value}" for key, value in origin.overrides.items()) or "none"],
        ["written", f"{origin.created_at} by code {origin.git_commit[:12] or 'outside a repository'}"],
        ["versions", ", ".join(f"{name} {version}" for name, version in proof.versions.items())],
        ["programme", f"{proof.rows:,} rows, {proof.columns:,} columns, {proof.integers:,} of them whole"],
        ["kept, evaluated afresh", f"{kept} of their size"],
        ["solver", ", ".join(f"{name} = {value}" for name, value in proof.options.items())],
        ["time and memory", f"{proof.seconds:,.0f} s, {proof.peak_memory_mb:,.0f} MB"],
    ]
    files = Table(
        "Input files",
        {"file": "", "SHA-256": ""},
        [[*pair] for pair in sorted(origin.files.items())],
        folded=True,
    )
    lead = (
        f"Audit: **{plain(audit_text(report))}**. Recheck everything, this page included, with "
        f"{code('gigasite audit')} on the folder of this file."
    )
    where = Table("Where it comes from", {"what": "", "value": ""}, facts)
    return Section("certificate", "Certificate and provenance", lead, (stages, checks, where, files))
