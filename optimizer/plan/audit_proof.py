"""Audit of the proof: whether the plan is as good as its stages claim, and they claim what was asked."""

from collections.abc import Iterator

from models.plan import Stage
from models.scenario import Question
from optimizer.plan.audit_account import Account
from optimizer.plan.audit_rules import TOLERANCE, Book, Finding, at_most, equal, true

BOOK = Book()

SENSES = {"compute": "maximise", "cost": "minimise", "carbon": "minimise"}
WORST_LAST = ("solved", "limit", "interrupted")
SLACK = 1e-6
"""What a tolerance of 0 still gives up, as a share of the objective's value."""


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


@BOOK.rule("objective.bound_is_no_worse_than_before_branching")
def _(account: Account) -> Iterator[Finding]:
    """Branching only makes a bound better."""
    for stage in account.plan.proof.stages:
        before, after = stage.root_bound, stage.bound
        yield at_most(stage.objective, *((after, before) if stage.sense == "maximise" else (before, after)))


@BOOK.rule("objective.goals_at_the_plan_are_those_stated")
def _(account: Account) -> Iterator[Finding]:
    """Every goal stated as recomputed from the programme is the one recomputed from the inputs."""
    stated = account.plan.proof.recomputed
    yield true("goals", set(stated) == {stage.objective for stage in account.plan.proof.stages})
    for goal in sorted(set(stated) & set(account.goals)):
        yield equal(goal, stated[goal], account.goals[goal])


@BOOK.rule("objective.programme_holds_at_the_plan")
def _(account: Account) -> Iterator[Finding]:
    """No row, bound or whole number of the programme is broken by more than the tolerance."""
    violations = account.plan.proof.violations
    yield true("kinds", {each.kind for each in violations} == {"row", "bound", "integer"})
    for each in violations:
        yield at_most(each.kind, each.above, 0)
        yield at_most(each.kind, each.relative, TOLERANCE)


@BOOK.rule("objective.options_are_those_of_the_scenario")
def _(account: Account) -> Iterator[Finding]:
    """The solver was told the gap, the time, the threads and the seed of the scenario."""
    asked = account.case.scenario.solve
    expected = {
        "gap_share": repr(asked.gap_share),
        "time_limit_seconds": repr(asked.time_limit_seconds),
        "threads": str(asked.threads),
        "random_seed": str(asked.seed),
    }
    yield true("options", account.plan.proof.options == expected)
