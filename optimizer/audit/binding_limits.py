"""Audit of the limits said to bind: each is the number that the inputs set, and the plan leaves nothing of it."""

from collections.abc import Iterator

import numpy as np

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, checks_of_aspects, equal, true

CHECKS = Registry("tables")


def limits_of(rule: str, audited: AuditedPlan) -> dict[str, Residual]:
    """Return what a rule limits, as its check works it out, by index; empty where no aspect has such a rule."""
    check = checks_of_aspects().get(rule)
    residuals = check(audited) if check else ()
    limited = [each for each in residuals if each.limit is not None and np.ndim(each.limit) == 0]
    return {each.where.replace(", ", ","): each for each in limited}


@CHECKS.rule()
def limits_are_those_of_the_inputs_and_bind(audited: AuditedPlan) -> Iterator[Residual]:
    """Limit stated = limit of the inputs; the plan comes to it; one more unit of room never raises the cost."""
    limits = {rule: limits_of(rule, audited) for rule in {row.rule for row in audited.plan.limits}}
    for row in audited.plan.limits:
        where = f"{row.rule}[{row.index}]"
        # a rule of the whole plan that not every scenario has is written with the index 0
        limited = limits[row.rule].get("" if row.index == "0" else row.index)
        yield true(f"rule of {where}", limited is not None)
        if limited is None or limited.limit is None:
            continue
        yield equal(f"limit of {where}", row.limit, limited.limit)
        if limited.value is not None:
            yield equal(f"binding of {where}", limited.value, limited.limit)
        yield at_most(f"worth of {where}", 0.0, row.worth if limited.sense == ">=" else -row.worth)
