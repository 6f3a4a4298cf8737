"""What the data centres do to every zone: prices, imports, emissions and headroom with them and without them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from models.case import Array, Case
from models.plan import ConsequenceRow
from optimizer.benders.system_dispatch import SystemDispatch
from optimizer.extract.dispatch import Dispatch
from optimizer.extract.solution_values import clean, read

NOTICED_EUR_PER_MWH = 0.01
"""A price that rises by less is the same."""


def consequences(
    case: Case,
    model: Any,
    dispatch: Dispatch,
    served: Mapping[str, SystemDispatch],
    alone: Mapping[str, SystemDispatch],
) -> Iterator[ConsequenceRow]:
    """Yield a row for each zone and period of the systems with the data centres and without them."""
    weights = np.array([day.weight for day in case.days])

    def of_year(hours: Array) -> float:
        """Return the sum over a year of something by day and hour."""
        return clean(float(weights @ hours.sum(axis=1)))

    for place, zone in enumerate(case.zones):
        own = [name for name, row in case.substations.items() if row.zone == zone]
        for period in [*served]:
            one, other = served[period], alone[period]
            risen = one.price_eur_per_mwh[place] - other.price_eur_per_mwh[place]
            year_hours = of_year(np.ones_like(risen))
            load_mw = dispatch.values["load_mw"][place][[*case.periods].index(period)]
            connected = [
                (read(model.grid.drawn_mw[name, period]), read(model.grid.headroom_mw[name, period]))
                for name in own
                if (name, period) in model.grid.drawn_mw
            ]
            yield ConsequenceRow(
                zone=zone,
                period=period,
                price_without_eur_per_mwh=of_year(other.price_eur_per_mwh[place]) / year_hours,
                price_with_eur_per_mwh=of_year(one.price_eur_per_mwh[place]) / year_hours,
                most_rise_eur_per_mwh=max(0.0, float(risen.max())),
                dearer_hours=of_year((risen >= NOTICED_EUR_PER_MWH).astype(float)),
                load_meur=of_year(risen * load_mw) / 1e6,
                import_without_twh=of_year(other.net_import_mw[place]) / 1e6,
                import_with_twh=of_year(one.net_import_mw[place]) / 1e6,
                emission_without_kt=max(0.0, of_year(other.direct_t[place]) / 1000),
                emission_with_kt=max(0.0, of_year(one.direct_t[place]) / 1000),
                headroom_taken_mw=sum(taken for taken, _ in connected),
                headroom_left_mw=sum(max(0.0, room - taken) for taken, room in connected),
            )
