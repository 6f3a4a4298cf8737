"""Audit of the proof: whether the plan is as good as its stages claim, and they claim what was asked."""

from collections import defaultdict
from collections.abc import Iterator

from models.plan import ObjectiveResult
from models.settings import OBJECTIVES, Settings
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import TOLERANCE, Registry, Residual, at_least, at_most, equal, true
from optimizer.audit.sovereignty import inside

CHECKS = Registry(__name__)

WORST_LAST = ("solved", "limit", "interrupted")
SLACK = 1e-6
"""What a tolerance of 0 still gives up, as a share of the objective's value."""


@CHECKS.rule()
def stages_are_those_asked(audited: AuditedPlan) -> Iterator[Residual]:
    """The stages prove the objectives asked, in their order and sense; only a stopped run leaves the last ones out."""
    asked, proof = audited.case.settings.question.objectives, audited.plan.proof
    proved = tuple(stage.objective for stage in proof.stages)
    yield true("order", bool(proved) and proved == asked[: len(proved)])
    yield true("all", proved == asked or proof.status != "solved")
    for stage in proof.stages:
        yield true(f"sense of {stage.objective}", stage.sense == OBJECTIVES[stage.objective].sense)


@CHECKS.rule()
def gap_is_that_of_bound_and_value(audited: AuditedPlan) -> Iterator[Residual]:
    """gap_share = |bound - value| / max(|value|, 1), of the stage and of the plan; 1 where nothing is claimed."""
    for stage in audited.plan.proof.stages:
        for value, stated in ((stage.value, stage.gap_share), (stage.plan_value, stage.plan_gap_share)):
            gap = abs(stage.bound - value) / max(abs(value), 1.0)
            yield equal(stage.objective, stated, gap if stage.claims else 1.0)


@CHECKS.rule()
def bound_is_no_worse_than_the_value(audited: AuditedPlan) -> Iterator[Residual]:
    """The bound lies at the value or on its better side."""
    for stage in audited.plan.proof.stages:
        worse, better = sorted((stage.value, stage.bound), reverse=stage.sense == "minimise")
        yield equal(stage.objective, worse, stage.value, better)


@CHECKS.rule()
def solved_means_within_the_gap_asked(audited: AuditedPlan) -> Iterator[Residual]:
    """A solved stage has at most the gap asked (0 allows 1e-6); the proof has the status of its worst stage."""
    stages, proof = audited.plan.proof.stages, audited.plan.proof
    for stage in stages:
        if stage.status == "solved":
            asked = audited.case.settings.solve.gap_of(stage.objective)
            yield at_most(stage.objective, stage.gap_share, max(asked, SLACK))
    worst = max((WORST_LAST.index(stage.status) for stage in stages), default=0)
    yield true("status", WORST_LAST.index(proof.status) >= worst)


def objective_values(audited: AuditedPlan) -> dict[str, float]:
    """Return what the plan achieves of every objective."""
    case, served, due = audited.case, audited.site_served_kh100e, audited.money_meur
    periods = case.periods
    return {
        "compute": sum(audited.annuity(period) * kh100e for (_, period), kh100e in served.items())
        - audited.committed_compute,
        "cost": sum(audited.present_factor(ledger, period) * meur for (ledger, _, period), meur in due.items()),
        "carbon": sum(
            row.length_years * audited.counted_kt(period, audited.emitted_kt(period)) for period, row in periods.items()
        ),
        "water": sum(
            row.length_years * audited.water_mm3(site, period) for site in case.sites for period, row in periods.items()
        ),
        "sovereignty": sum(
            audited.annuity(period) * kh100e
            for (site, period), kh100e in served.items()
            if case.countries[case.sites[site].country].eu_member
        ),
        "control": sum(
            audited.annuity(period) * inside(audited, "control", case.settings.sovereignty.bloc, "any", period)
            for period in audited.periods
        ),
        "even": min(region_shares(audited).values(), default=1.0),
        "capital": sum(meur for (ledger, _, _), meur in due.items() if ledger == "capex"),
    }


def region_shares(audited: AuditedPlan) -> dict[str, float]:
    """Return the share of what it asks that each region is served in the last period, all workloads together."""
    asked, got = defaultdict[str, float](float), defaultdict[str, float](float)
    for (region, workload, period), row in audited.case.demand.items():
        if period == audited.periods[-1] and row.demand_kh100e > 0:
            asked[region] += row.demand_kh100e
            got[region] += audited.region_served_kh100e.get((region, workload, period), 0.0)
    return {region: got[region] / amount for region, amount in asked.items()}


@CHECKS.rule()
def every_region_is_served_the_even_share(audited: AuditedPlan) -> Iterator[Residual]:
    """Where demand is to be filled evenly, every region is served the share that the plan states."""
    for stage in audited.plan.proof.stages:
        if stage.objective == "even" and stage.claims:
            for region, share in region_shares(audited).items():
                yield at_least(region, share, stage.plan_value)


def level(settings: Settings, stage: ObjectiveResult) -> float:
    """Return the worst value that a plan may have of an objective once those after it are sought.

    It is what the scenario states, or hangs on the bound before branching: the value whose gap is the share that may be
    given up. Where the best plan found was worse than that it hangs on the bound proved, and where that plan was worse
    still, it is the value of that plan (and a stated level is not reached).
    """
    stated = getattr(settings.question.levels, stage.objective)
    sign = 1.0 if stage.sense == "minimise" else -1.0
    if stated is not None:
        return float(sign * max(sign * stated, sign * stage.value))
    share, value = max(settings.question.tolerance_share, SLACK), sign * stage.value
    for bound in (sign * stage.root_bound, sign * stage.bound):
        hung = max(bound + share, bound / (1 - share) if bound > 0 else bound / (1 + share))
        if value <= hung:
            return sign * hung
    return stage.value


@CHECKS.rule()
def plan_achieves_what_its_stages_claim(audited: AuditedPlan) -> Iterator[Residual]:
    """The plan has the values stated of it; it keeps the level of every objective but the last, and of that its gap."""
    values, settings, stages = objective_values(audited), audited.case.settings, audited.plan.proof.stages
    for stage in stages:
        yield equal(stage.objective, values[stage.objective], stage.plan_value)
    for stage in stages[:-1]:
        if not stage.claims:
            continue
        threshold = level(settings, stage)
        stated = getattr(settings.question.levels, stage.objective)
        if stated is not None and abs(threshold - stated) > SLACK * max(abs(threshold), 1.0):
            yield true(f"level of {stage.objective}", audited.plan.proof.status != "solved")
        slack = SLACK * max(abs(threshold), 1.0)
        if stage.sense == "maximise":
            yield at_most(stage.objective, threshold - slack, values[stage.objective])
        else:
            yield at_most(stage.objective, values[stage.objective], threshold + slack)
    for stage in stages[-1:]:
        if stage.claims:
            # finishing keeps a goal but for SLACK of it
            allowed = max(stage.gap_share, settings.solve.gap_of(stage.objective)) + SLACK
            yield at_most(stage.objective, stage.plan_gap_share, allowed)


@CHECKS.rule()
def bound_is_no_worse_than_before_branching(audited: AuditedPlan) -> Iterator[Residual]:
    """Branching only makes a bound better."""
    for stage in audited.plan.proof.stages:
        before, after = stage.root_bound, stage.bound
        yield at_most(stage.objective, *((after, before) if stage.sense == "maximise" else (before, after)))


@CHECKS.rule()
def committed_compute_is_that_without_new_sites(audited: AuditedPlan) -> Iterator[Residual]:
    """What committed sites could serve by themselves is the least cut between their compute and the demand in reach."""
    yield equal("", audited.plan.proof.committed_compute, audited.committed_compute)


@CHECKS.rule()
def programme_holds_at_the_plan(audited: AuditedPlan) -> Iterator[Residual]:
    """No row, bound or whole number of the programme is broken by more than the tolerance."""
    violations = audited.plan.proof.violations
    yield true("kinds", {each.kind for each in violations} == {"row", "bound", "integer"})
    for each in violations:
        yield at_most(each.kind, each.above, 0)
        yield at_most(each.kind, each.relative, TOLERANCE)


@CHECKS.rule()
def options_are_those_of_the_scenario(audited: AuditedPlan) -> Iterator[Residual]:
    """The solver was told the gap, the time, the threads and the seed of the scenario."""
    asked = audited.case.settings.solve
    expected = {
        "gap_share": repr(asked.gap_share),
        "gaps": ", ".join(f"{name}={gap!r}" for name, gap in asked.gaps if gap is not None),
        "time_limit_seconds": repr(asked.time_limit_seconds),
        "threads": str(asked.threads),
        "random_seed": str(asked.seed),
    }
    yield true("options", audited.plan.proof.options == expected)
