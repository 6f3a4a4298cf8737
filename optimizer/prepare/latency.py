"""Round trips between sites and regions."""

from collections.abc import Mapping

import numpy as np
from pyproj import Geod

from models.case import Latency, Region, Site

FIBRE_KM_PER_MS = 200.0
"""Speed of light in glass."""


def round_trips(
    sites: Mapping[str, Site],
    regions: Mapping[str, Region],
    latency: Mapping[tuple[str, str], Latency],
    route_factor: float,
) -> dict[tuple[str, str], float]:
    """Give the round trip in ms of every (site, region): as stated, else along geodesic x route factor."""
    pairs = [(site, region) for site in sites.values() for region in regions.values()]
    if not pairs:
        return {}
    ends = np.array([(site.longitude, site.latitude, region.longitude, region.latitude) for site, region in pairs])
    metres = np.atleast_1d(Geod(ellps="WGS84").inv(*ends.T)[2])
    there_and_back_ms = 2.0 * metres / 1000.0 * route_factor / FIBRE_KM_PER_MS
    estimated = {
        (site.site, region.region): float(ms) for (site, region), ms in zip(pairs, there_and_back_ms, strict=True)
    }
    return estimated | {pair: row.round_trip_ms for pair, row in latency.items() if pair in estimated}
