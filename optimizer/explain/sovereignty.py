"""Limits of sovereignty: what share of the compute a bloc holds at least, and at most."""

from typing import Any

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import share

FLOOR, CEILING = "sovereignty_limits.floor_share", "sovereignty_limits.ceiling_share"


TEXTS = {
    FLOOR: share(
        "{bloc} may hold {amount} less of the compute ({level}, work: {workload}, period: {period})",
        *("sovereignty.whole_kh100e", 0.05),
        grantor="asker",
    ),
    CEILING: share(
        "{bloc} may hold {amount} more of the compute ({level}, work: {workload}, period: {period})",
        *("sovereignty.whole_kh100e", 0.05),
        raised=True,
        grantor="asker",
    ),
}


def bloc_holds_its_floor(elastic: ElasticModel) -> None:
    """Relax the floor of every row of the table."""
    _relax(elastic, elastic.model.sovereignty.bloc_holds_its_floor, FLOOR)


def bloc_stays_under_its_ceiling(elastic: ElasticModel) -> None:
    """Relax the ceiling of every row of the table."""
    _relax(elastic, elastic.model.sovereignty.bloc_stays_under_its_ceiling, CEILING)


def _relax(elastic: ElasticModel, rows: Any, place: str) -> None:
    for key in dict.fromkeys(index[:4] for index in rows):
        whole = elastic.model.sovereignty.whole_kh100e
        listed = [(row, whole[index]) for index, row in rows.items() if index[:4] == key]
        elastic.limit_ratio(rows.name, place, key, listed)
