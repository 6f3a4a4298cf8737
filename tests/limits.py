"""Which columns and scenario keys are limits, and what is looser than a value: everything else is a fact or a price."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.cases import Pick
from tests.drafts import Draft
from tests.variants import every_day, with_cells, with_section

Looser = Callable[[Any], Any]


def _more(factor: float, addend: float = 0.0) -> Looser:
    return lambda value: value * factor + addend


def _set(looser: Any) -> Looser:
    return lambda _: looser


def _share(value: float) -> float:
    """Return a larger share."""
    return min(1.0, value + 0.3)


LIMITS: Mapping[str, Mapping[str, Looser]] = {
    "countries": {"eu_member": _set(True), "pue_limit": _set(10), "reuse_share": _more(0.5), "sites_max": _more(1, 1)},
    "technologies": {
        "low_carbon": _set(True),
        "dispatchable": _set(True),
        "firm_credit_share": _share,
        "lead_years": _set(0),
    },
    "fleets": {"uncontracted_share": _share},
    "potentials": {"potential_mw": _more(2)},
    "basins": {"available_mm3": _more(1.5), "stress_share": _more(0.5)},
    "headrooms": {"headroom_mw": _more(1, 40)},
    "reinforcements": {"adds_mw": _more(1.5), "lead_years": _set(0)},
    "sites": {
        "land_mw": _more(1, 20),
        "minimum_mw": _more(0.5),
        "permit_year": _set(2026),
        "connection_year": _set(2026),
        "water_source": _set("river"),
        "heat_sink_mw": _more(2, 1),
        "behind_meter_mw": _more(1, 10),
    },
    "cooling": {"rack_limit_kw": _more(3), "needs_water_body": _set(False), "reuse_share": _share},
    "chips": {"rack_kw": _more(0.3), "first_year": _set(2026), "last_year": _set(2100)},
    "chip_supply": {"limit_kchips": _more(2)},
    "workloads": {"latency_ms": _more(3), "coverage_share": _more(0.5)},
    "latency": {"round_trip_ms": _more(0.3)},
    "funds": {"kind": _set("private"), "aid_ceiling_share": _share},
    "tranches": {"amount_meur": _more(1.5)},
}
"""Limits of what is decided: looser ones allow more."""

SYSTEM: Mapping[str, Mapping[str, Looser]] = {
    "fleets": {"capacity_mw": _more(1.2)},
    "reservoirs": {"energy_twh": _more(1.5)},
    "lines": {"forward_mw": _more(2), "backward_mw": _more(1, 50), "reactance_pu": _set(0)},
}
"""Limits of the electricity system, which hold without new data centres too: cost is counted above such a system."""

QUESTION: Mapping[str, Mapping[str, Looser]] = {
    "siting": {
        "sites_min": _set(0),
        "sites_max": _more(1, 1),
        "member_states_min": _set(0),
        "separation_km": _more(0.5),
        "gigafactories_min": _set(0),
        "gigafactory_kchips": _more(0.7),
    },
    "service": {"route_factor": _set(1)},
    "power": {"cover_share": _more(0.5), "cover_import_share": _share},
    "carbon": {"cap_kg_per_mwh": _more(1.5), "cap_kt": _more(2)},
}
"""Limits that a scenario sets."""

OTHERS: Mapping[str, frozenset[str]] = {
    "periods": frozenset({"first_year", "length_years"}),
    "countries": frozenset({"export_tier", "building_factor", "grid_fee_eur_per_mwh"}),
    "zones": frozenset({"latitude", "longitude", "load_growth_share", "carbon_decline_share"}),
    "price_basis": frozenset({"basis_eur_per_mwh"}),
    "technologies": frozenset(
        {
            "kind",
            "marginal_eur_per_mwh",
            "emission_kg_per_mwh",
            "capex_meur_per_mw",
            "fixed_share",
            "life_years",
            "contract_eur_per_mwh",
            "duration_hours",
            "efficiency_share",
        }
    ),
    "lines": frozenset({"loss_share"}),
    "stations": frozenset({"latitude", "longitude", "elevation_m", "design_drybulb_c", "design_wetbulb_c"}),
    "substations": frozenset({"latitude", "longitude"}),
    "reinforcements": frozenset({"capex_meur"}),
    "sites": frozenset(
        {
            "kind",
            "status",
            "latitude",
            "longitude",
            "distance_km",
            "opening_meur",
            "committed_year",
            "committed_mw",
            "committed_chip",
            "committed_cooling",
        }
    ),
    "cooling": frozenset(
        {
            "family",
            "capex_meur_per_mw",
            "fixed_share",
            "life_years",
            "power_loss_share",
            "fan_share",
            "pump_share",
            "supply_c",
            "approach_k",
            "effectiveness_share",
            "carnot_share",
            "pue_fixed",
            "wue_fixed_l_per_kwh",
        }
    ),
    "chips": frozenset(
        {"jurisdiction", "server_kw", "throughput_h100e", "price_eur_per_chip", "life_years", "availability_share"}
    ),
    "regions": frozenset({"latitude", "longitude", "population_people"}),
    "demand": frozenset({"demand_kh100e"}),
    "transfers": frozenset({"cost_meur_per_kh100e_year"}),
}
"""Columns that are facts, choices or prices. Demand is a limit and a duty at once: `more_demand` keeps the duty."""

OTHER_KEYS: Mapping[str, frozenset[str]] = {"power": frozenset({"shed_share"})}
"""Scenario keys that limit nothing that is decided: load is shed without new data centres, too."""
UNLIMITED = frozenset({"question", "time", "money", "halls", "solve"})
"""Sections of a scenario that set no limit at all."""


def loosened(draft: Draft, limit: str, seed: int) -> Draft:
    """Return the draft with a limit (`table.column` or `section.key`) loosened, in some rows of the table or in all."""
    owner, name = limit.split(".")
    if limit == "demand.demand_kh100e":
        return more_demand(draft)
    if owner in QUESTION:
        return with_section(draft, owner, lambda section: {name: QUESTION[owner][name](section[name])})
    looser, pick = {**SYSTEM.get(owner, {}), **LIMITS.get(owner, {})}[name], Pick(seed)
    every = pick(False, True)
    return with_cells(draft, owner, lambda cells: {name: looser(cells[name])} if every or pick(False, True) else {})


def more_demand(draft: Draft) -> Draft:
    """Return the draft with twice the demand, of which half the share must be served."""
    asked = with_cells(draft, "demand", lambda cells: {"demand_kh100e": 2 * cells["demand_kh100e"]})
    return with_cells(asked, "workloads", lambda cells: {"coverage_share": cells["coverage_share"] / 2})


def of_the_system(draft: Draft, limit: str) -> Draft:
    """Return the draft as a question about a limit of the system: not of cost, which is counted above the system."""
    first = draft.scenario.question.objectives[0]
    asked = with_section(draft, "question", lambda _: {"objectives": ("compute",) if first == "cost" else (first,)})
    return every_day(asked) if limit == "fleets.capacity_mw" else asked


def names(limits: Mapping[str, Mapping[str, Looser]]) -> list[str]:
    """Return limits as `owner.name`, in order."""
    return sorted(f"{owner}.{name}" for owner, held in limits.items() for name in held)


ALL = [*names(LIMITS), *names(QUESTION), "demand.demand_kh100e"]
"""Every limit of what is decided."""
