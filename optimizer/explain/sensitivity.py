"""Sensitivity: each limit is moved by a tenth of itself, or left out, and the case solved anew.

First the whole numbers of the reference plan are kept (its sites, halls and steps): a linear programme, exact. Then all
is free, which ends with a gap, so a worth is an interval: from what the new plan proves to what the bound allows.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo

from models.case import Case
from models.upper_bounds import rules_against
from optimizer.benders.master_problem import Incumbent, SearchEnded
from optimizer.explain.elastic import RelaxableLimit
from optimizer.explain.elastic_decomposition import EXACT, ElasticDecomposition
from optimizer.explain.explanation import UNITS, ReportedSensitivity, sensitivity_text
from optimizer.explain.limit_input import LimitInput
from optimizer.explain.source_location import SourceLocations
from optimizer.program.extensive_form import Objective

STEP_SHARE = 0.1
"""Step of a limit, as a share of it: what limits of different units are ranked by."""
SMALLEST_WORTH = 1e-7
MONEY = "tranches"
"""Table whose limits are moved together as well."""


@dataclass(frozen=True)
class ReferencePlan:
    """The plan from which worth is counted: decisions, and the interval that holds the best value (to be minimised)."""

    objective: Objective
    best: Incumbent
    bound: float
    proved: bool

    @property
    def value(self) -> float:
        """Return the objective's value as people read it."""
        return self.objective.sign * self.best.value


@dataclass(frozen=True)
class Step:
    """A limit moved by a share of itself, or several of one rule together."""

    rule: str
    moves: Mapping[int, float]
    """Limit, by number -> how far its input moves; nothing where the whole rule is left out."""
    used_up: bool
    """Whether the plan uses all that it allows."""
    most: float | None = None
    """Most that it can be worth, by the prices of the relaxation; None where they do not tell."""


def reference_plan(problem: ElasticDecomposition, seconds: float) -> ReferencePlan:
    """Return the best plan for the first objective with every limit in place; raises SearchEnded without one."""
    objective = problem.objective(problem.case.settings.question.objectives[0])
    best, result = problem.restrict({}).within(seconds).solve(objective)
    reference = ReferencePlan(objective, best, objective.sign * result.bound, result.status == "solved")
    better = with_integers_kept(problem, reference, {})
    return replace(reference, best=better) if better is not None and better.value < best.value else reference


def sensitivities(
    problem: ElasticDecomposition, reference: ReferencePlan, limits: int, locations: SourceLocations
) -> Iterator[ReportedSensitivity]:
    """Yield the worth of a step of the most promising limits, then what their rules cost by being there.

    What keeps the whole numbers of the plan is solved for every step before any is solved with all free: it takes
    little time and is reported whatever time the rest takes.
    """
    steps = promising(problem, reference, limits)
    kept = [with_integers_kept(problem, reference, step.moves) for step in steps]
    rules = [Step(rule, {}, False) for rule in dict.fromkeys(step.rule for step in steps)]
    for done, (step, known) in enumerate([*zip(steps, kept, strict=True), *((rule, None) for rule in rules)]):
        of_rule = [number for number, limit in enumerate(problem.limits) if limit.input.rule == step.rule]
        restricted = problem.restrict(step.moves or dict.fromkeys(of_rule, np.inf))
        found = _free(restricted.within(problem.time_left / (len(steps) + len(rules) - done)), reference, known)
        low = 0.0 if known is None else max(0.0, reference.bound - known.value)
        high, ended = step.most, False
        if found is not None:
            best, bound, ended = found
            low = max(low, reference.bound - best)
            high = min(np.inf if high is None else high, max(0.0, reference.best.value - bound))
        if found is None and known is None:
            return
        yield ReportedSensitivity(
            step.rule,
            *_described([problem.limits[number].input for number in step.moves], locations),
            sum(step.moves.values()) if step.moves else None,
            problem.limits[of_rule[0]].input.unit if step.moves else "",
            step.used_up,
            None if known is None else max(0.0, reference.best.value - known.value),
            low,
            None if high is None else max(high, low),
            ended,
            UNITS[reference.objective.name],
        )


def _described(inputs: Sequence[LimitInput], locations: SourceLocations) -> tuple[str, str, float | None]:
    """Return a step's inputs in words, where they stand, and what they are now, together."""
    if not inputs:
        return "the rule left out", "", None
    location = str(locations.of(inputs[0]))
    if len(inputs) == 1:
        return sensitivity_text(inputs[0]), location, inputs[0].present
    words = f"each of {len(inputs)} a tenth larger, together"
    return words, f"{location.partition(',')[0]}, {inputs[0].column}", sum(given.value for given in inputs)


def promising(problem: ElasticDecomposition, reference: ReferencePlan, limits: int) -> list[Step]:
    """Return the steps worth most by their prices; of those worth the same, limits that are used up come first.

    A price is that of the relaxation or, if it is higher, that with the whole numbers kept. All the money together is
    the first where more of it is worth anything.
    """
    point, restricted = reference.best.decisions, problem.restrict({})
    least, relaxed = restricted.prices(reference.objective)
    _, kept = restricted.with_integers_of(point).prices(reference.objective)
    problem.load(point)
    per_unit = np.array([_slack_per_unit(limit) for limit in problem.limits])
    lengths = np.array([step_of(limit.input, limit.typical / limit.slack_per_unit) for limit in problem.limits])
    full, priced = problem.used_up(point), np.maximum(relaxed, kept) * per_unit * lengths

    def step(numbers: list[int]) -> Step:
        """Return a step of some limits; in its rows a linear programme gains no more than its prices foresee."""
        limit = problem.limits[numbers[0]]
        foreseen = reference.best.value - least + float((relaxed * per_unit * lengths)[numbers].sum())
        most = None if limit.ratios or not np.isfinite(foreseen) else foreseen
        return Step(limit.input.rule, {n: float(lengths[n]) for n in numbers}, bool(full[numbers].any()), most)

    worthy = [
        number
        for number in np.flatnonzero(priced > SMALLEST_WORTH).tolist()
        if not _of_sites_ruled_out(problem.case, problem.limits[number].input)
    ]
    order = sorted(worthy, key=lambda number: (-round(priced[number], 6), not full[number], number))
    money = [number for number, limit in enumerate(problem.limits) if limit.input.table == MONEY]
    together = [step(money)] if len(money) > 1 and priced[money].max() > SMALLEST_WORTH else []
    return [*together, *(step([number]) for number in order)][:limits]


def _of_sites_ruled_out(case: Case, given: LimitInput) -> bool:
    """Tell whether a limit bears on nothing but sites that rules of the scenario keep out: it is worth nothing."""
    concerned = [given.key] if given.table == "sites" else []
    if given.table in ("headrooms", "reinforcements"):
        concerned = [site for site, row in case.sites.items() if row.substation == given.key[0]]
    return bool(concerned) and all(rules_against(case, site) for site in concerned)


def step_of(given: LimitInput, typical: float) -> float:
    """Return the step of a limit, in its own unit: a tenth of it, or of its typical size where it is 0."""
    step = STEP_SHARE * (given.value or typical)
    return min(given.reach, float(np.ceil(step)) if given.integer else step)


def with_integers_kept(
    problem: ElasticDecomposition, reference: ReferencePlan, moves: Mapping[int, float]
) -> Incumbent | None:
    """Return the best decisions with a plan's whole numbers and some inputs moved so far at most; None in vain."""
    kept = problem.restrict(moves).with_integers_of(reference.best.decisions, moves)
    with suppress(SearchEnded):
        return kept.within(max(1.0, problem.time_left)).minimise(reference.objective, EXACT)[0]
    return None


def _slack_per_unit(limit: RelaxableLimit) -> float:
    """Return how far a limit's slack moves with a unit of its input, at the values that the variables hold."""
    if not limit.ratios:
        return limit.slack_per_unit
    return max(0.0, *(float(pyo.value(ratio.size)) for ratio in limit.ratios))


def _free(
    problem: ElasticDecomposition, reference: ReferencePlan, kept: Incumbent | None
) -> tuple[float, float, bool] | None:
    """Return the best value with all free, its bound (to be minimised) and whether the search ended by itself.

    None if time is up before anything is known.
    """
    gap = 0.7 * problem.case.settings.solve.gap_share
    with suppress(SearchEnded):
        best, bound = problem.minimise(reference.objective, gap, reference.best if kept is None else kept)
        return (best.value, bound, problem.time_left > 0) if np.isfinite(bound) else None
    return None
