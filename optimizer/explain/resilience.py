"""Limits of resilience: the shares that must be left, how many things may be lost, and cover without a line."""

from typing import Any

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, share

MOST_KH100E = 100_000.0


def _asked(elastic: ElasticModel, place: tuple[str, ...]) -> float:
    """Return what is asked at a place of the rule, kH100e."""
    workloads = elastic.case.settings.resilience.workloads or elastic.case.workloads
    return sum(
        row.demand_kh100e
        for index, row in elastic.case.demand.items()
        if row.workload in workloads and place in (index, ("all", "all", row.period))
    )


def _whole(elastic: ElasticModel, place: tuple[str, ...]) -> Any:
    """Return what the share is taken of, kH100e."""
    of_demand = elastic.case.settings.resilience.share_of == "demand"
    return _asked(elastic, place) if of_demand else elastic.model.resilience.left_kh100e[place]


def _fewer(what: str) -> LimitText:
    return LimitText(f"{what} that may be lost: {{amount}} fewer", what, raised=False)


TEXTS = {
    "resilience.share": share(
        "{amount} less need be served without what is lost (a share)",
        lambda elastic, _, *place: _whole(elastic, place),
        *(0.1, MOST_KH100E),
    ),
    "resilience.sites_lost": _fewer("sites"),
    "resilience.substations_lost": _fewer("substations"),
    "resilience.countries_lost": _fewer("countries"),
    "resilience.risks_lost": _fewer("risks"),
    "resilience.delayed_share": share(
        "{amount} less of the new compute need be in service whatever is late (a share)",
        *("resilience.new_kh100e", 0.1, MOST_KH100E),
    ),
    "resilience.line_cover_share": share(
        "{amount} less of the peak need be covered without any one line (a share)",
        lambda elastic, line, way, period: elastic.model.power.zone_peak_mw[
            getattr(elastic.case.lines[line], "to_zone" if way == "forward" else "from_zone"), period
        ],
        *(0.1, 50_000.0),
    ),
}


def enough_is_served_whatever_is_lost(elastic: ElasticModel) -> None:
    """Relax the share, or ask for no loss of a kind at all: nothing is required of what is left then."""
    model, rules = elastic.model, elastic.case.settings.resilience
    rows, sizes = model.resilience.enough_is_served_whatever_is_lost, []
    for (failure, *place), row in rows.items():
        fewer = elastic.limit(rows.name, f"resilience.{failure}_lost", loosest=0.0)
        elastic.add_row(fewer.slack >= fewer.input.reach * fewer.violated)
        elastic.relax(row, rules.share * _asked(elastic, tuple(place)) * fewer.violated)
        sizes.append((row, _whole(elastic, tuple(place))))
    elastic.limit_ratio(rows.name, "resilience.share", None, sizes)
