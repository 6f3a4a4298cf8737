"""Which columns and scenario keys are limits, and what is looser than a value: everything else is a fact or a price."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from models.settings import Money
from tests.cases import Pick
from tests.drafts import Cells, Draft
from tests.variants import every_day, with_cells, with_months, with_operators, with_section


class Limit(NamedTuple):
    """What a value becomes when its limit is loosened, and when it is tightened until it binds."""

    looser: Callable[[Any], Any]
    tighter: Callable[[Any], Any]


def _most(looser: float = 2.0, tighter: float = 0.2) -> Limit:
    """Return a limit from above, loosened and tightened by factors."""
    return Limit(lambda value: value * looser, lambda value: value * tighter)


def _least(more: float) -> Limit:
    """Return a limit from below, loosened to a half and tightened by an amount."""
    return Limit(lambda value: value * 0.5, lambda value: value + more)


def _either(loose: Any, tight: Any) -> Limit:
    """Return a limit with two values."""
    return Limit(lambda _: loose, lambda _: tight)


SHARE = Limit(lambda value: min(1.0, value + 0.3), lambda value: value * 0.2)
DUTY = Limit(lambda value: value * 0.5, lambda value: min(1.0, value + 0.3))
COUNT = Limit(lambda value: min(1000, value + 1), lambda value: value // 2)
START = Limit(lambda _: 2026, lambda year: year + 3)
LEAD = Limit(lambda _: 0, lambda years: years + 4)

Limits = Mapping[str, Mapping[str, Limit]]

LIMITS: Limits = {
    "countries": {
        "eu_member": _either(True, False),
        "pue_limit": _either(10, 1.1),
        "reuse_share": DUTY,
        "sites_max": COUNT,
    },
    "laws": {
        "from_year": _either(2100, 2026),
        "until_year": _either(2026, 2100),
        "radius_km": _either(0.5, 0),
        "pue_limit": _either(10, 1.1),
        "reuse_share": DUTY,
        "dispatchable_share": DUTY,
        "most_mw": _most(1.5, 0.2),
    },
    "places": {
        "seismic_g": _most(0.2, 2),
        "flood": _either("low", "exposed"),
        "protected": _either("no", "yes"),
        "near_people": Limit(lambda people: people * 2, lambda people: people // 2),
        "exchange_km": _most(0.5, 2),
    },
    "technologies": {
        "low_carbon": _either(True, False),
        "dispatchable": _either(True, False),
        "firm_credit_share": SHARE,
        "lead_years": LEAD,
        "on_site": _either(True, False),
    },
    "fleets": {"uncontracted_share": SHARE},
    "potentials": {"potential_mw": _most(), "first_year": START},
    "basins": {"available_mm3": _most(tighter=0.001), "stress_share": DUTY},
    "headrooms": {
        "headroom_mw": _most(1.5, 0.4),
        "interruptible_mw": _most(),
        "interrupted_share": Limit(lambda value: min(0.5, value + 0.1), lambda value: value * 0.2),
    },
    "reinforcements": {"adds_mw": _most(1.5, 0.5), "lead_years": LEAD},
    "operators": {"capacity_mw": _most()},
    "sovereignty_limits": {"floor_share": DUTY, "ceiling_share": SHARE},
    "sites": {
        "land_mw": _most(1.5, 0.5),
        "minimum_mw": _least(20),
        "permit_year": START,
        "connection_year": START,
        "water_source": _either("river", "none"),
        "heat_sink_mw": _most(),
        "behind_meter_mw": _most(),
    },
    "cooling": {"rack_limit_kw": _most(3, 0.3), "needs_water_body": _either(False, True), "reuse_share": SHARE},
    "chips": {"rack_kw": _most(0.3, 3), "first_year": START, "last_year": _either(2100, 2026)},
    "chip_supply": {"limit_kchips": _most()},
    "export_caps": {"limit_kchips": _most()},
    "programmes": {"floor_kh100e": _least(20), "floor_sites": Limit(lambda _: 0, lambda number: number + 1)},
    "programme_regions": {"latency_ms": _most(3, 0.05)},
    "workloads": {"latency_ms": _most(3, 0.05), "coverage_share": DUTY},
    "latency": {"round_trip_ms": _most(0.3, 5)},
    "funds": {
        "kind": _either("private", "public"),
        "aid_ceiling_share": SHARE,
        "site_ceiling_meur": Limit(lambda meur: 2 * meur, lambda _: 500.0),
        "match_factor": _most(0.5, 2),
    },
    "fund_countries": {
        "floor_meur": _least(200),
        "ceiling_meur": Limit(lambda meur: 2 * meur, lambda _: 200.0),
    },
    "tranches": {"amount_meur": _most(1.5, 0.3)},
}
"""Limits of what is decided: looser ones allow more."""

SYSTEM: Limits = {
    "fleets": {"capacity_mw": _most(1.2, 0.9), "must_run_share": _either(0, 0.3)},
    "technologies": {"minimum_load_share": _either(0, 0.5), "ramp_share_per_hour": _either(1, 0.3)},
    "reservoirs": {"energy_twh": _most(1.5, 0.7), "store_twh": _most(3, 0.3)},
    "inflows": {
        "level_min_share": _either(0.0, 0.2),
        "level_max_share": _either(1.0, 0.7),
        "least_mw": _either(0, 5),
    },
    "lines": {"forward_mw": _most(), "backward_mw": _most(), "reactance_pu": _most(0, 1), "first_year": START},
}
"""Limits of the electricity system, which hold without new data centres too: cost is counted above such a system."""

QUESTION: Limits = {
    "siting": {
        "sites_min": Limit(lambda _: 0, lambda number: number + 1),
        "sites_max": COUNT,
        "member_states_min": Limit(lambda _: 0, lambda number: number + 1),
        "separation_km": _least(300),
        "gigafactories_min": Limit(lambda _: 0, lambda number: number + 1),
        "gigafactory_kchips": _least(20),
        "gigafactory_kh100e": _least(20),
        "gigafactory_chip_h100e": _least(1),
        "site_min_kchips": _least(5),
    },
    "money": {
        "aid_ceiling_share": SHARE,
        "operation_paid": _either(False, True),
        "operating_grant_meur": _least(0)._replace(looser=lambda meur: meur + 100),
        "dscr_min": _least(1),
    },
    "service": {"route_factor": _either(1, 3), "flexible_share": SHARE},
    "resilience": {
        "share": _least(0.1),
        "sites_lost": Limit(lambda _: 0, lambda number: number + 1),
        "substations_lost": Limit(lambda _: 0, lambda number: number + 1),
        "countries_lost": Limit(lambda _: 0, lambda number: number + 1),
        "risks_lost": Limit(lambda _: 0, lambda number: number + 1),
        "delayed_sites": Limit(lambda _: 0, lambda number: number + 1),
        "delayed_share": _least(0.3),
        "line_cover_share": _least(0.5),
    },
    "power": {
        "cover_share": _least(0.5),
        "cover_energy_share": _least(0.5),
        "cover_duration_hours": _either(0, 24),
        "cover_import_share": SHARE,
        "cover_counted_once": _either(False, True),
        "cover_spare_lines": _either(False, True),
        "stress_share": _least(0.5),
        "interrupted_hours": _most(0.5, 2.0),
    },
    "sovereignty": {},
    "carbon": {"cap_kg_per_mwh": _most(1.0, 0.01), "cap_kt": _most(1.0, 1e-5)},
    "matching": {
        # without any target new plant may yield no excess
        "target_share": Limit(lambda share: max(0.02, share * 0.5), lambda share: min(1.0, share + 0.3)),
        "excess_share": _most(),
        "import_share": SHARE,
        "strict": _either(False, True),
        "storage_peaks": _most(),
        "new_plant_runs": _either(False, True),
    },
}
"""Limits that a scenario sets."""

OTHERS: Mapping[str, frozenset[str]] = {
    "periods": frozenset({"first_year", "length_years"}),
    "countries": frozenset(
        {
            "export_tier",
            "building_factor",
            "grid_fee_eur_per_mwh",
            "electricity_tax_eur_per_mwh",
            "connection_charge_meur_per_mw",
            "wage_factor",
        }
    ),
    "laws": frozenset({"latitude", "longitude"}),
    "places": frozenset({"exchanges"}),
    "zones": frozenset({"latitude", "longitude", "load_growth_share", "carbon_decline_share"}),
    "price_basis": frozenset({"basis_eur_per_mwh"}),
    "technologies": frozenset(
        {
            "kind",
            "marginal_eur_per_mwh",
            "start_eur_per_mw",
            "emission_kg_per_mwh",
            "capex_meur_per_mw",
            "fixed_share",
            "life_years",
            "construction_years",
            "contract_eur_per_mwh",
            "contract_eur_per_kw_year",
            "duration_hours",
            "duration_max_hours",
            "capex_meur_per_mwh",
            "unit_mw",
            "efficiency_share",
            "carries_over",
        }
    ),
    "marginal_costs": frozenset({"marginal_eur_per_mwh"}),
    "inflows": frozenset({"inflow_share"}),
    "lines": frozenset({"loss_share"}),
    "stress_days": frozenset({"hours"}),
    "stations": frozenset({"latitude", "longitude", "elevation_m", "design_drybulb_c", "design_wetbulb_c"}),
    "substations": frozenset({"latitude", "longitude"}),
    "reinforcements": frozenset({"capex_meur"}),
    "operators": frozenset({"seat", "jurisdiction", "disclosure", "accepts", "capex_spread_share"}),
    "jurisdictions": frozenset(),
    "sovereignty_limits": frozenset(),
    "sites": frozenset(
        {
            "operator",
            "kind",
            "status",
            "latitude",
            "longitude",
            "late_years",
            "distance_km",
            "opening_meur",
            "committed_year",
            "committed_mw",
            "committed_chip",
            "committed_cooling",
            "renewed",
            "fee_eur_per_mwh",
        }
    ),
    "shared_risks": frozenset({"kind"}),
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
        {
            *(
                "jurisdiction",
                "server_kw",
                "throughput_h100e",
                "price_eur_per_chip",
                "life_years",
                "availability_share",
            ),
            *("resale_share", "embodied_kg_per_chip"),
        }
    ),
    "programmes": frozenset({"first_year", "last_year", "counts_committed", "kind"}),
    "regions": frozenset({"latitude", "longitude", "population_people"}),
    "demand": frozenset({"demand_kh100e"}),
    "workloads": frozenset({"price_eur_per_h100e_hour"}),
    "funds": frozenset({"matched_by", "interest_share", "tenor_years"}),
    "transfers": frozenset({"cost_meur_per_kh100e_year"}),
}
"""Columns that are facts, choices or prices. Demand is a limit and a duty at once: `more_demand` keeps the duty."""

OTHER_KEYS: Mapping[str, frozenset[str]] = {
    "carbon": frozenset({"cap_by", "embodied"}),
    "matching": frozenset({"score_by", "grid", "additional", "reservoirs", "storage"}),
    "money": frozenset(Money.model_fields)
    - {"aid_ceiling_share", "operation_paid", "operating_grant_meur", "dscr_min"},
    "power": frozenset(
        {
            *("shed_share", "price_basis_scale", "price_basis_decay_share", "price_basis_zones", "cover_technologies"),
            *("reservoirs", "cover_stress_share", "contract_years"),
            *("usable_transfer_share", "usable_transfer_summer_share", "must_run_summer_share"),
            "interruptible",
        }
    ),
    "resilience": frozenset({"share_of", "scope", "workloads", "delayed_years"}),
    "sovereignty": frozenset({"operators", "bloc"}),
    "siting": frozenset(
        {
            *("closing", "gigafactories_weighed", "must", "must_not", "only", "countries_not"),
            *("gigafactory_by", "gigafactory_countries"),
            *("near_latitude", "near_longitude", "near_km"),
            *("seismic_max_g", "flood_not", "protected_not", "exchange_max_km", "workforce_min_people"),
        }
    ),
}
"""Scenario keys that limit nothing that is decided (load is shed without new data centres, too), or that are no number:
`CLIENT_RULES` of `tests/test_laws.py` has those of them that are limits."""
UNLIMITED = frozenset({"question", "time", "halls", "solve", "inputs", "risk", "futures"})
"""Sections of a scenario that set no limit at all."""


def apart(draft: Draft, limit: str, seed: int) -> tuple[Draft, Draft]:
    """Return the draft with a limit (`table.column` or `section.key`) tightened, and the draft with it loosened."""
    if limit == DEMAND:
        return draft, more_demand(draft)
    if limit.startswith(("operators.", "sovereignty_limits.")):
        draft = with_operators(draft)
    pick = Pick(seed)
    return changed(draft, limit, 1, pick), changed(draft, limit, 0, pick)


def changed(draft: Draft, limit: str, way: int, pick: Pick) -> Draft:
    """Return the draft with a limit loosened (0) or tightened (1), in all rows of its table or in some.

    Only plants of kind generation must run: a case in which a reservoir or a store must is refused.
    """
    owner, name = limit.split(".")
    ways = {**SYSTEM.get(owner, {}), **LIMITS.get(owner, {}), **QUESTION.get(owner, {})}[name]
    if owner in QUESTION:
        return with_section(draft, owner, lambda section: {name: ways[way](section[name])})
    every = pick(True, True, False)
    kinds = {cells["technology"]: cells["kind"] for cells in draft.tables["technologies"]}

    def change(cells: Mapping[str, Any]) -> Cells:
        bound = limit != "fleets.must_run_share" or kinds[cells["technology"]] == "generation"
        return {name: ways[way](cells[name])} if bound and (every or pick(False, True)) else {}

    return with_cells(draft, owner, change)


def more_demand(draft: Draft) -> Draft:
    """Return the draft with twice the demand, of which half the share must be served."""
    asked = with_cells(draft, "demand", lambda cells: {"demand_kh100e": 2 * cells["demand_kh100e"]})
    return with_cells(asked, "workloads", lambda cells: {"coverage_share": cells["coverage_share"] / 2})


def of_the_system(draft: Draft, limit: str, seed: int) -> Draft:
    """Return the draft as a question about a limit of the system: not of cost, which is counted above the system."""
    if limit == "reservoirs.store_twh" or limit.startswith("inflows."):
        draft = with_months(draft, seed)
    first = draft.settings.question.objectives[0]
    asked = with_section(draft, "question", lambda _: {"objectives": ("compute",) if first == "cost" else (first,)})
    return every_day(asked) if limit == "fleets.capacity_mw" else asked


def names(limits: Limits) -> list[str]:
    """Return limits as `owner.name`, in order."""
    return sorted(f"{owner}.{name}" for owner, columns in limits.items() for name in columns)


DEMAND = "demand.demand_kh100e"
ALL = [*names(LIMITS), *names(QUESTION), DEMAND]
"""Every limit of what is decided."""
