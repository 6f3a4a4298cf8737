"""Limits of carbon: emissions per MWh and per year."""

from typing import Any

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, share

MOST_KT = 20_000.0
"""Most emissions above a cap."""


def _drawn_twh(elastic: ElasticModel, *place: str) -> Any:
    """Return what a cap per MWh is a cap of: the draw of all data centres, of a zone's or of a site's."""
    model = elastic.model
    if len(place) == 1:
        return model.carbon.energy_twh[place]
    return (model.cooling.energy_twh if model.carbon.site_emitted_t else model.carbon.zone_energy_twh)[place]


TEXTS = {
    "carbon.cap_kg_per_mwh": share(
        "a cap that is {amount} {unit} higher", _drawn_twh, 100, MOST_KT, raised=True, unit="kg CO2 per MWh"
    ),
    "carbon.cap_kt": LimitText("a cap that is {amount} {unit} a year higher", "kt CO2", most=MOST_KT),
}
