"""Limits of interruptions: the share of a site's energy that they may take, in any year of a period."""

from typing import Any

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.grid import headroom_rows
from optimizer.explain.limit_input import share

SHARE = "headrooms.interrupted_share"
TEXTS = {
    SHARE: share(
        "interruptions at {substation} may take {amount} more of the energy, from {from_year} (a share)",
        *("cooling.energy_twh", 0.01, 10.0),
        raised=True,
        grantor="grid operator",
    )
}


def interruptions_stay_within_their_share(elastic: ElasticModel) -> None:
    """Relax the share, in the place of the ample one with which the model was built."""
    rule, energy_twh = (
        elastic.model.interruption.interruptions_stay_within_their_share,
        elastic.model.cooling.energy_twh,
    )
    by_key: dict[Any, list[tuple[Any, Any]]] = {}
    for site, period in rule:
        for allowed, _, key in headroom_rows(elastic, elastic.case.sites[site].substation, period, SHARE):
            lost_twh, size = elastic.model.interruption.lost_twh[site, period], energy_twh[site, period]
            row = elastic.model.elastic.rows.add(lost_twh <= allowed * size)
            by_key.setdefault(key, []).append((row, size))
    for key, rows in by_key.items():
        elastic.limit_ratio(rule.name, SHARE, key, rows)
