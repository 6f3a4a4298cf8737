"""Limits of resilience: the shares that must be left, how many things may be lost, and cover without a line."""

from typing import Any

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText

MOST_KH100E = 100_000.0


def _share(words: str, most: float, size: Any) -> LimitText:
    return LimitText(words, "share", raised=False, typical=0.1, most=most, size=size)


def _fewer(what: str) -> LimitText:
    return LimitText(f"{what} that may be lost: {{amount}} fewer", what, raised=False)


TEXTS = {
    "resilience.share": _share(
        "{amount} less need be served without what is lost (a share)",
        MOST_KH100E,
        lambda elastic, _, *place: elastic.model.resilience.whole_kh100e[place],
    ),
    "resilience.sites_lost": _fewer("sites"),
    "resilience.substations_lost": _fewer("substations"),
    "resilience.countries_lost": _fewer("countries"),
    "resilience.risks_lost": _fewer("risks"),
    "resilience.delayed_share": _share(
        "{amount} less of the new compute need be in service whatever is late (a share)",
        MOST_KH100E,
        lambda elastic, period: elastic.model.resilience.new_kh100e[period],
    ),
    "resilience.line_cover_share": _share(
        "{amount} less of the peak need be covered without any one line (a share)",
        50_000.0,
        lambda elastic, line, way, period: elastic.model.power.zone_peak_mw[
            getattr(elastic.case.lines[line], "to_zone" if way == "forward" else "from_zone"), period
        ],
    ),
}


def enough_is_served_whatever_is_lost(elastic: ElasticModel) -> None:
    """Relax the share, or ask for no loss of a kind at all: nothing is required of what is left then."""
    model, rules = elastic.model, elastic.case.settings.resilience
    rows, sizes = model.resilience.enough_is_served_whatever_is_lost, []
    for (failure, *place), row in rows.items():
        fewer = elastic.limit(rows.name, f"resilience.{failure}_lost", loosest=0.0)
        elastic.add_row(fewer.slack >= fewer.input.reach * fewer.violated)
        asked = sum(
            each.demand_kh100e
            for (region, workload, period), each in elastic.case.demand.items()
            if period == place[1] and place[0] in ("all", f"{region}.{workload}")
        )
        elastic.relax(row, rules.share * asked * fewer.violated)
        sizes.append((row, model.resilience.whole_kh100e[tuple(place)]))
    elastic.limit_ratio(rows.name, "resilience.share", None, sizes)
