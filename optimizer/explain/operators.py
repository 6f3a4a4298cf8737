"""Limits of operators: what each can run at new sites."""

from models.jurisdictions import operator_classes
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText

TEXTS = {
    "operators.capacity_mw": LimitText(
        "{operator} can run {amount} {unit} more at new sites", "MW of servers", typical=20, grantor="operator"
    )
}


def operators_run_no_more_than_they_can(elastic: ElasticModel) -> None:
    """Relax the capacity of every operator of a class."""
    rows = elastic.model.operators.operators_run_no_more_than_they_can
    classes = operator_classes(elastic.case)
    for (kind, _), row in rows.items():
        places = classes[kind].operators
        elastic.relax(row, sum(elastic.limit(rows.name, "operators.capacity_mw", each).slack for each in places))
