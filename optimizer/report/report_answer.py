"""The first screen of the report: the answer in a sentence, its figures, and where each reader finds their question."""

from dataclasses import dataclass

from models.plan import Plan
from optimizer.audit.audit_report import AuditReport
from optimizer.report.headings import counted
from optimizer.report.key_figures import audit_text, chosen_sites, consequential_kt, gap_text, key_figures, site_names
from optimizer.report.markdown import cell, plain
from optimizer.report.period_figures import period_figures
from optimizer.report.report_blocks import Figure
from optimizer.report.summary_sovereignty import control_share, whose_control

NAMED = 6
"""Sites that the sentence names."""


@dataclass(frozen=True)
class Reader:
    """Somebody who reads the report, what they ask, the answer in a line (Markdown), and the sections that say more."""

    who: str
    question: str
    answer: str
    links: tuple[tuple[str, str], ...]
    """Anchor -> its words."""


@dataclass(frozen=True)
class Answer:
    """What the first screen says."""

    sentence: str
    """Markdown."""
    proof: str
    """Markdown."""
    warning: str
    """What is to be said of a plan that is not known to be sound; else empty."""
    figures: tuple[Figure, ...]
    readers: tuple[Reader, ...]


def answer_of(plan: Plan, report: AuditReport) -> Answer:
    """Return the first screen of a plan."""
    key, names = key_figures(plan), site_names(plan)
    chosen = [
        f"**{plain(names[row.site])}** ({plain(row.country)}, {cell(row.servers_mw)} MW)" for row in chosen_sites(plan)
    ]
    listed = ", ".join(chosen[:NAMED]) + (f" and {len(chosen) - NAMED} more" if len(chosen) > NAMED else "")
    built = f"Build at {listed}." if chosen else "Build nowhere."
    sure = (
        f"no plan is better by more than {key.gaps}" if key.gap_shares else "how much better a plan could be is unknown"
    )
    proof = f"{key.status.capitalize()}: {sure}, by the model. Audit: {audit_text(report)}."
    return Answer(built, plain(proof), _warning(report), _figures(plan), _readers(plan))


def _warning(report: AuditReport) -> str:
    if report.sound:
        return ""
    if report.fault:
        return f"This plan could not be audited: nobody has rechecked it. The audit failed: {report.fault}"
    return "The audit found this plan unsound: do not use it."


def _figures(plan: Plan) -> tuple[Figure, ...]:
    key = key_figures(plan)
    zones = [row for row in plan.zones if row.period == key.period]
    drawn, matched = sum(row.servers_twh for row in zones), sum(row.matched_twh for row in zones)
    public = sum(row.public_meur for row in plan.aid)
    figures = [
        Figure(
            "Servers", key.servers_mw, "MW", "sites.servers_mw", f"in {key.period}, at {counted(key.sites, 'site')}"
        ),
        Figure("Chips", key.chips_kchips, "thousand", "sites.chips_kchips", f"in {key.period}"),
        Figure("Compute served", key.served_kh100e, "kH100e", "sites.served_kh100e", "committed sites included"),
        Figure(
            "Capital", key.spent_meur, "MEUR", "spending.spent_meur", f"of {cell(key.available_meur)} that there are"
        ),
        Figure(
            "Net present cost",
            sum(row.present_meur for row in plan.money),
            "MEUR",
            "money.present_meur",
            "running costs included",
        ),
    ]
    if key.cost_eur_per_h100e_hour is not None:
        hourly = f"{key.cost_eur_per_h100e_hour:.2f}"
        source = "earnings.cost_eur_per_h100e_hour"
        figures.append(Figure("An H100e-hour", hourly, "EUR", source, "all that is paid, over the hours served"))
    if public:
        figures.append(Figure("Public money", public, "MEUR", "aid.public_meur", "of the capital at sites"))
    if drawn:
        figures += [
            Figure(
                "Clean in the same hour",
                f"{matched / drawn:.0%}",
                "",
                "zones.matched_twh",
                f"of {cell(drawn)} TWh a year",
            ),
        ]
    figures += [
        Figure("Demand under control", control_share(row), "", "sovereignty.demand_share", whose_control(row))
        for row in plan.sovereignty
        if (row.level, row.period) == ("control", key.period) and row.demand_share is not None
    ]
    figures += [
        Figure(
            "Emissions",
            row.attributional_kt / row.energy_twh,
            "g/kWh",
            "carbon.attributional_kt",
            "of CO2, by each zone's mix",
        )
        for row in plan.carbon[-1:]
        if row.energy_twh
    ]
    return tuple(figures)


def _readers(plan: Plan) -> tuple[Reader, ...]:
    key, first = key_figures(plan), period_figures(plan)[0]
    period = key.period
    countries = sorted({row.country for row in chosen_sites(plan)})
    public = sum(row.public_meur for row in plan.aid)
    peak = sum(row.peak_mw for row in plan.zones if row.period == period)
    feeders = {row.substation for row in chosen_sites(plan)}
    more_kt = consequential_kt(plan.carbon[-1]) if plan.carbon else None
    carbon = f" The power system emits {cell(more_kt)} kt of CO2 a year more." if more_kt is not None else ""
    cost_gap = key.gap_shares.get("cost")
    sure = (
        f", and no plan with as much compute is more than {gap_text(cost_gap)} cheaper" if cost_gap is not None else ""
    )
    hosts = (
        f"{', '.join(map(plain, countries))} host{'s' if len(countries) == 1 else ''}" if countries else "Nobody hosts"
    )
    return (
        Reader(
            "A minister",
            "Where, for whom, with how much public money?",
            f"{hosts}; {cell(public)} MEUR are public.{carbon}",
            (
                ("map", "map"),
                ("why", "why there"),
                ("money", "money"),
                ("sovereignty", "whom it serves"),
                ("carbon", "carbon"),
                ("risk", "risk"),
            ),
        ),
        Reader(
            "A grid planner",
            "What is drawn where, when, and supplied by what?",
            f"At most {cell(peak)} MW on the design day in {plain(period)}, at {counted(len(feeders), 'substation')}.",
            (
                ("build-out", "what is built when"),
                ("power", "power by hour"),
                ("matching", "matching"),
                ("limits", "what binds"),
                ("water", "water"),
            ),
        ),
        Reader(
            "An investor",
            "What does it cost, when is it spent, how sure is it?",
            f"{cell(first.spent_meur)} MEUR in {plain(first.period)}, {cell(key.spent_meur)} in all{sure}.",
            (
                ("money", "money"),
                ("build-out", "build-out"),
                ("why", "why this site"),
                ("sources", "sources"),
                ("certificate", "certificate"),
            ),
        ),
    )
