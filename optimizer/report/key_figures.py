"""The figures that the map, the summary and the terminal table all show; they select and add up what the plan says."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.plan import CarbonRow, FullYearRow, Plan, SiteRow
from models.terms import totals
from optimizer.audit.audit_report import AuditReport
from optimizer.case.display_names import unique_names
from optimizer.report.period_figures import opening_periods, period_figures, shown_period

STATUS_TEXT = {"solved": "solved to the asked gap", "limit": "stopped at a limit", "interrupted": "stopped by the user"}

NOISE_SHARE = 0.02
"""Share of the running cost added up to which its noise may be for emissions that follow from it to be shown."""
OTHER_ZONES = "other zones"
NOTICED_SHARE = 1e-6
"""What differs by no larger share is the same: what a solver leaves."""
NEGLIGIBLE_MW = 0.01
"""Less capacity than this is the solver's rounding, and is not shown."""


@dataclass(frozen=True)
class KeyFigures:
    """The answer in one line; sizes are those of the last period, in which all plans of a case can be compared."""

    period: str
    sites: int
    """Sites that receive new halls: new ones and committed ones that grow."""
    extended: int
    """Of which committed ones."""
    servers_mw: float
    chips_kchips: float
    served_kh100e: float
    spent_meur: float
    """Capital spent in all periods, ..."""
    available_meur: float
    """... of so much that the funds have."""
    gap_share: float
    """The largest of the plan's gaps."""
    gap_shares: Mapping[str, float]
    """Objective -> gap of the plan, what it gave up for later objectives included."""
    own_gap_shares: Mapping[str, float]
    """Objective -> how much better a plan for it alone could be."""
    given_up_shares: Mapping[str, float]
    """Objective -> what of it the plan gave up for later ones, as it was allowed to."""
    status: str
    cost_eur_per_h100e_hour: float | None
    """All that the plan pays over the hours of new compute served, both discounted; None where it is not told."""
    full_year_cost_change_share: float | None
    """What every day of the record adds to the net present cost, as a share of it; None where it was not replayed."""
    year_shed_mwh: float | None
    """Load lost on every day of the record, a year of each period; None where it was not replayed."""

    @property
    def gaps(self) -> str:
        """Return every objective's gap in words, what was given up for later ones apart."""
        words = [
            f"{gap_text(share)} ({name}{f', {gap_text(given_up)} of it then given up' if given_up >= 5e-5 else ''})"
            for (name, share), given_up in zip(self.own_gap_shares.items(), self.given_up_shares.values(), strict=True)
        ]
        return ", ".join(words) or "unknown"

    def __str__(self) -> str:
        sites = f"{self.sites} site{'' if self.sites == 1 else 's'}"
        gaps = ", ".join(f"{gap_text(share)} ({name})" for name, share in self.own_gap_shares.items()) or "unknown"
        return (
            f"{sites}{f' ({self.extended} extended)' if self.extended else ''} · "
            f"{self.servers_mw:,.0f} MW of servers · {self.served_kh100e:,.0f} kH100e served · "
            f"{self.spent_meur:,.0f} of {self.available_meur:,.0f} MEUR · gap {gaps}"
        )


def key_figures(plan: Plan) -> KeyFigures:
    """Add up the plan's headline figures."""
    last, chosen = period_figures(plan)[-1], chosen_sites(plan)
    claimed = [stage for stage in plan.proof.stages if stage.claims]
    return KeyFigures(
        period=last.period,
        sites=len(chosen),
        extended=sum(row.status == "committed" for row in chosen),
        servers_mw=last.servers_mw,
        chips_kchips=last.chips_kchips,
        served_kh100e=last.served_kh100e,
        spent_meur=sum(row.spent_meur for row in plan.spending),
        available_meur=sum(row.available_meur for row in plan.spending if row.period == last.period),
        gap_share=max((stage.plan_gap_share for stage in plan.proof.stages), default=0.0),
        gap_shares={stage.objective: stage.plan_gap_share for stage in claimed},
        own_gap_shares={stage.objective: stage.gap_share for stage in claimed},
        given_up_shares={
            stage.objective: abs(stage.value - stage.plan_value) / max(abs(stage.value), 1e-9)
            if stage.plan_gap_share > stage.gap_share
            else 0.0
            for stage in claimed
        },
        status=STATUS_TEXT[plan.proof.status],
        cost_eur_per_h100e_hour=next(
            (row.cost_eur_per_h100e_hour for row in plan.earnings if row.site == "plan"), None
        ),
        full_year_cost_change_share=full_year_cost_change_share(plan),
        year_shed_mwh=sum(row.shed_mwh for row in plan.year) if plan.replay else None,
    )


def full_year_cost_change_meur(plan: Plan) -> float:
    """Return what every day of the record adds to the net present cost, MEUR."""
    return sum(row.present_meur for row in plan.year)


def full_year_cost_change_share(plan: Plan) -> float | None:
    """Return the same as a share of the net present cost; None where the record was not replayed."""
    cost_meur = sum(row.present_meur for row in plan.money)
    return full_year_cost_change_meur(plan) / max(abs(cost_meur), 1.0) if plan.replay else None


def full_year_noise_meur(plan: Plan) -> float:
    """Return how far that may be from the truth, as the sharing of reservoirs leaves it open, MEUR."""
    return sum(row.present_noise_meur for row in plan.year)


def consequential_kt(row: CarbonRow | FullYearRow) -> float | None:
    """Return what the whole system emits more with the data centres, kt CO2 a year; None if that is within the noise.

    Two dispatches are compared. Each may cost a little more than the least, and emit another amount for it; where that
    little is not small against what the data centres add to the running cost, neither is their emission known.
    """
    added_meur = row.system_meur - row.baseline_meur
    is_known = row.noise_meur <= NOISE_SHARE * abs(added_meur)
    return row.system_kt - row.system_without_kt if is_known else None


def full_year_text(plan: Plan) -> str:
    """Return in a few words what the full-year dispatch adds to the plan's cost and lost load."""
    answer = key_figures(plan)
    if answer.full_year_cost_change_share is None or answer.year_shed_mwh is None:
        return f"not replayed: all is from {days_text(len(plan.hourly.days))} a period"
    noise_share = full_year_noise_meur(plan) / max(abs(sum(row.present_meur for row in plan.money)), 1.0)
    noise = f" (known to {100 * noise_share:.2g} %)" if noise_share > NOTICED_SHARE else ""
    more = f"net present cost {100 * answer.full_year_cost_change_share:+.2f} %{noise}"
    return f"{more}, {answer.year_shed_mwh:,.0f} MWh of load lost"


def days_text(count: int) -> str:
    """Return a number of days in words."""
    return f"{count} day{'' if count == 1 else 's'}"


def chosen_sites(plan: Plan) -> tuple[SiteRow, ...]:
    """Return the shown period's rows of the sites that open or grow in any period, largest first."""
    opens, shown = opening_periods(plan), shown_period(plan)
    rows = [row for row in plan.sites if row.period == shown and row.site in opens]
    return tuple(sorted(rows, key=lambda row: (-row.servers_mw, row.site)))


def site_names(plan: Plan) -> dict[str, str]:
    """Return the name of every site, with its code where two share it, and that it is a committed one if it is."""
    names = unique_names({row.site: row.name for row in plan.sites})
    committed = {row.site for row in plan.sites if row.status == "committed"}
    return {site: f"{name}, extended" if site in committed else name for site, name in names.items()}


def capital_meur(plan: Plan) -> dict[str, float]:
    """Return the capital spent at each site over all periods, MEUR."""
    return dict(totals((row.site, row.capital_meur) for row in plan.sites))


def main_technologies(plan: Plan) -> dict[str, str]:
    """Return what gives each zone most firm cover in the shown period, if anything: a technology or other zones."""
    period = shown_period(plan)
    given: dict[str, dict[str, float]] = defaultdict(dict)
    for row in plan.supply:
        if row.period == period:
            given[row.zone][row.technology] = row.firm_share * (row.contracted_mw + row.plant_mw)
    for zone in plan.zones:
        if zone.period == period:
            given[zone.zone][OTHER_ZONES] = zone.cover_mw - sum(given[zone.zone].values())
    most = {zone: max((firm_mw, source) for source, firm_mw in sources.items()) for zone, sources in given.items()}
    return {zone: source for zone, (firm_mw, source) in most.items() if firm_mw > NEGLIGIBLE_MW}


def low_carbon_shares(plan: Plan) -> dict[str, float]:
    """Return the low-carbon share of each zone's own output in the shown period, where there is any output."""
    period = shown_period(plan)
    rows = [row for row in plan.supply if row.period == period]
    output = totals((row.zone, row.output_twh) for row in rows)
    clean = totals((row.zone, row.output_twh * row.low_carbon) for row in rows)
    return {zone: clean[zone] / total for zone, total in output.items() if total > 0}


def distinct_text(values: Any) -> str:
    """Return the different texts of an iterable in alphabetical order, separated by commas."""
    return ", ".join(sorted(set(values)))


def proof_lines(plan: Plan) -> list[str]:
    """Return of every objective the value of the plan against its bound, and what it gave up for those after it."""
    lines = []
    for stage in plan.proof.stages:
        name = f"new {stage.objective}" if stage.objective == "compute" else stage.objective
        if not stage.claims:
            lines.append(f"{name}: {stage.plan_value:,.1f}, of which nothing is proved: the time was up before")
            continue
        own = f"; by itself {stage.value:,.1f}, {gap_text(stage.gap_share)}" if stage != plan.proof.stages[-1] else ""
        committed = f"; committed sites could serve {plan.proof.committed_compute:,.1f} besides"
        lines.append(
            f"{name}: {stage.plan_value:,.1f}, bound {stage.bound:,.1f}, gap {gap_text(stage.plan_gap_share)}"
            f"{own}{committed if stage.objective == 'compute' and plan.proof.committed_compute else ''}"
        )
    return lines


def sentence(text: str) -> str:
    """Return a text with a capital first letter, as what stands alone has."""
    return text[:1].upper() + text[1:]


def gap_text(share: float) -> str:
    """Return a gap as a percentage."""
    return f"{100 * share:.2f} %"


def audit_text(report: AuditReport) -> str:
    """Return what the audit found in a few words, naming what failed."""
    if report.fault:
        return f"NOT AUDITED ({report.fault})"
    failed = [check.rule for check in report.checks if not check.passed]
    if report.sound:
        return f"sound ({len(report.checks)} rules rechecked)"
    return f"UNSOUND ({', '.join(failed[:3])}{', ...' if len(failed) > 3 else ''})"
