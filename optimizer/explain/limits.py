"""The table of contents of the limits: one function per family, each of which makes its rules elastic."""

from collections.abc import Callable

from optimizer.explain import limits_money, limits_place, limits_power, limits_service, limits_siting
from optimizer.explain.elastic import ElasticModel

LIMITS: tuple[Callable[[ElasticModel], object], ...] = (
    limits_siting.number_of_sites,
    limits_siting.countries,
    limits_siting.member_states,
    limits_siting.gigafactories,
    limits_siting.separation,
    limits_place.land,
    limits_place.least_size,
    limits_place.dates,
    limits_place.headroom,
    limits_money.tranches,
    limits_money.aid,
    limits_money.chips,
    limits_service.coverage,
    limits_service.water,
    limits_service.efficiency,
    limits_service.reuse,
    limits_power.cover,
    limits_power.carbon,
    limits_power.shedding,
)
