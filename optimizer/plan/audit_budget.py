"""Audit of the budget and the proof: who pays, and whether the plan is as good as its stages claim."""

from collections.abc import Iterator

from models.plan import Stage
from models.scenario import Question
from optimizer.plan.audit_account import Account
from optimizer.plan.audit_rules import Book, Finding, at_most, equal, true

BOOK = Book()

SENSES = {"compute": "maximise", "cost": "minimise", "carbon": "minimise"}
WORST_LAST = ("solved", "limit", "interrupted")
SLACK = 1e-6
"""What a tolerance of 0 still gives up, as a share of the objective's value."""


@BOOK.rule("budget.every_cost_is_paid")
def _(account: Account) -> Iterator[Finding]:
    """The funds spend, in every period, what everything bought in it costs."""
    for period in account.periods:
        spent = sum(row.spent_meur for row in account.plan.spending if row.period == period)
        yield equal(period, spent, sum(each.cost_meur for each in account.purchases if each.period == period))


@BOOK.rule("budget.spending_stays_within_the_tranches")
def _(account: Account) -> Iterator[Finding]:
    """A fund has spent, up to any period, no more than its tranches released."""
    for fund in account.case.funds:
        for period in account.periods:
            past = account.until(period)
            spent = sum(row.spent_meur for row in account.plan.spending if row.fund == fund and row.period in past)
            yield at_most(f"{fund}, {period}", spent, account.released_meur(fund, period))


@BOOK.rule("budget.public_money_goes_to_sites")
def _(account: Account) -> Iterator[Finding]:
    """A public fund spends what it grants to sites; other funds grant nothing."""
    for row in account.plan.spending:
        granted = sum(aid.public_meur for aid in account.plan.aid if (aid.fund, aid.period) == (row.fund, row.period))
        public = account.case.funds[row.fund].kind == "public"
        yield equal(f"{row.fund}, {row.period}", granted, row.spent_meur if public else 0.0)


@BOOK.rule("budget.aid_stays_under_the_ceiling")
def _(account: Account) -> Iterator[Finding]:
    """Money granted to a site <= aid_ceiling_share x capital spent at the site in the period."""
    for row in account.plan.aid:
        spent_meur = account.site_capital_meur.get((row.site, row.period), 0.0)
        ceiling_meur = account.case.funds[row.fund].aid_ceiling_share * spent_meur
        yield at_most(f"{row.site}, {row.fund}, {row.period}", row.public_meur, ceiling_meur)


@BOOK.rule("objective.stages_are_those_asked")
def _(account: Account) -> Iterator[Finding]:
    """The stages prove the objectives asked, in their order and sense; only a stopped run leaves the last ones out."""
    asked, proof = account.case.scenario.question.objectives, account.plan.proof
    proved = tuple(stage.objective for stage in proof.stages)
    yield true("order", bool(proved) and proved == asked[: len(proved)])
    yield true("all", proved == asked or proof.status != "solved")
    for stage in proof.stages:
        yield true(f"sense of {stage.objective}", stage.sense == SENSES[stage.objective])


def claims(stage: Stage) -> bool:
    """Tell whether a stage claims anything: one stopped before its first plan has value and bound 0 and the gap 1."""
    return stage.status == "solved" or not (stage.value == stage.bound == 0 and stage.gap_share == 1)


@BOOK.rule("objective.gap_is_that_of_bound_and_value")
def _(account: Account) -> Iterator[Finding]:
    """gap_share = |bound - value| / max(|value|, 1); 1 where nothing is claimed."""
    for stage in account.plan.proof.stages:
        apart = abs(stage.bound - stage.value) / max(abs(stage.value), 1.0)
        yield equal(stage.objective, stage.gap_share, apart if claims(stage) else 1.0)


@BOOK.rule("objective.bound_is_no_worse_than_the_value")
def _(account: Account) -> Iterator[Finding]:
    """The bound lies at the value or on its better side."""
    for stage in account.plan.proof.stages:
        worse, better = sorted((stage.value, stage.bound), reverse=stage.sense == "minimise")
        yield equal(stage.objective, worse, stage.value, better)


@BOOK.rule("objective.solved_means_within_the_gap_asked")
def _(account: Account) -> Iterator[Finding]:
    """A solved stage has at most the gap asked (0 allows 1e-6); the proof has the status of its worst stage."""
    stages, proof = account.plan.proof.stages, account.plan.proof
    for stage in stages:
        if stage.status == "solved":
            yield at_most(stage.objective, stage.gap_share, max(account.case.scenario.solve.gap_share, SLACK))
    worst = max((WORST_LAST.index(stage.status) for stage in stages), default=0)
    yield true("status", WORST_LAST.index(proof.status) >= worst)


def given_up(question: Question, stage: Stage) -> float:
    """Return what later goals may give up of a goal already reached."""
    return max(question.tolerance_share * abs(stage.value), SLACK * max(abs(stage.value), 1.0))


@BOOK.rule("objective.plan_achieves_what_its_stages_claim")
def _(account: Account) -> Iterator[Finding]:
    """The goal of the last stage is its value; an earlier one is given up by no more than the tolerance asked."""
    reached = account.goals
    stages, question = account.plan.proof.stages, account.case.scenario.question
    for stage in stages[:-1]:
        if stage.sense == "maximise":
            yield at_most(stage.objective, stage.value - given_up(question, stage), reached[stage.objective])
        else:
            yield at_most(stage.objective, reached[stage.objective], stage.value + given_up(question, stage))
    for stage in stages[-1:]:
        if claims(stage):
            yield equal(stage.objective, reached[stage.objective], stage.value)
