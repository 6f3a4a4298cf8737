"""Small cases at random; the existing system serves its own load, so that opening nothing is mostly possible."""

import math
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from models.case import TABLES
from models.settings import Settings
from tests.drafts import Cells, Draft, row

Tables = dict[str, list[Cells]]
TIERS = ("tier1", "tier2")
HERE = {"latitude": 48, "longitude": 5}


def codes(tables: Tables, name: str) -> list[str]:
    """Return the keys of a table whose key is one column."""
    return [cells[TABLES[name].key[0]] for cells in tables[name]]


class Pick:
    """Draws one of a few values, always the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._apart = random.Random(~seed)

    def __call__(self, *choices: Any) -> Any:
        return self._chance.choice(choices)

    def apart(self, *choices: Any) -> Any:
        """Draw without changing what is drawn next: columns that came later leave the cases of a seed as they were."""
        return self._apart.choice(choices)

    def some(self, listed: list[Any]) -> list[Any]:
        """Return any of the listed, in their order."""
        return [each for each in listed if self(True, False)]


def draft(seed: int, sites: int, zones: int, periods: int, days: int, scarce: bool, floor: str) -> Draft:
    """Return a case whose numbers follow from the seed.

    Where electricity is `scarce` few sites can run before load is lost; `floor` is what must be built, if anything.
    """
    pick = Pick(seed)
    hours = pick(2, 3, 4)
    tables: Tables = {"periods": _periods(pick)[:periods]}
    tables |= _places(pick, zones, scarce) | _technologies(pick) | _halls(pick)
    tables |= _system(pick, codes(tables, "zones"), scarce) | _grid(pick, codes(tables, "zones"))
    _choose_units_and_hours(pick, tables["technologies"])
    tables["sites"] = _sites(pick, tables, sites)
    tables |= _demand(pick, tables, floor) | _money(pick, tables)
    hourly, scenario = _hourly(pick, tables, hours * days, scarce), _scenario(pick, hours, days, floor)
    return Draft(tables | _laws_and_places(pick, tables), hourly, scenario)


def drafts(floors: Sequence[str] = ("",), sites: int = 4, zones: int = 3, periods: int = 2) -> st.SearchStrategy[Draft]:
    """Draw a case with at most so many sites, zones and periods; without a floor opening nothing is a plan."""
    return st.builds(
        draft,
        seed=st.integers(0, 2**32),
        sites=st.integers(2, sites),
        zones=st.integers(1, zones),
        periods=st.integers(1, periods),
        days=st.integers(1, 3),
        scarce=st.sampled_from([False, False, True]),
        floor=st.sampled_from(floors),
    )


def _periods(pick: Pick) -> list[Cells]:
    length = pick(5, 1, 3)
    second = row("periods", period="late", first_year=2026 + length, length_years=pick(5, 2.5, 1))
    return [row("periods", period="early", length_years=length), second]


def _places(pick: Pick, zones: int, scarce: bool) -> Tables:
    countries = [
        row(
            "countries",
            country=country,
            export_tier=tier,
            eu_member=pick(True, False),
            building_factor=pick(1, 0.8, 1.3),
            grid_fee_eur_per_mwh=pick(0, 15),
            electricity_tax_eur_per_mwh=pick.apart(0, 12),
            connection_charge_meur_per_mw=pick.apart(0, 0.1),
            wage_factor=pick.apart(1, 0.6, 1.4),
            pue_limit=pick(10, 1.25),
            reuse_share=pick(0, 0.1),
            sites_max=pick(1000, 1),
        )
        for country, tier in zip(("AA", "BB"), TIERS, strict=True)
    ]
    zone_rows = [
        row(
            "zones",
            zone=f"Z{number}",
            country=pick("AA", "BB"),
            **HERE,
            load_growth_share=0 if scarce else pick(0, 0.02),
            carbon_decline_share=pick(0, 0.05),
        )
        for number in range(zones)
    ]
    stations = [
        row("stations", station=station, **HERE, design_drybulb_c=drybulb, design_wetbulb_c=wetbulb)
        for station, drybulb, wetbulb in (("cold", 28, 19), ("hot", 42, 26))
    ]
    basins = [row("basins", basin=f"B{n}", available_mm3=pick(10, 0.2), stress_share=pick(0, 0.4)) for n in range(2)]
    return {"countries": countries, "zones": zone_rows, "stations": stations, "basins": basins}


def _laws_and_places(pick: Pick, tables: Tables) -> Tables:
    law = row(
        "laws",
        law="AA-LAW",
        country="AA",
        from_year=2026,
        pue_limit=pick.apart(10, 1.25),
        reuse_share=pick.apart(0, 0.05),
        dispatchable_share=pick.apart(0, 0, 0.2),
        most_mw=pick.apart(5000, 40),
    )
    places = [
        row("places", site=site, seismic_g=pick.apart(0.02, 0.2), flood=pick.apart("low", "exposed"), protected="no")
        for site in codes(tables, "sites")
    ]
    return {"laws": pick.apart([], [law]), "places": places}


def _technologies(pick: Pick) -> Tables:
    clean = {"low_carbon": True}
    firm = {"low_carbon": True, "dispatchable": True, "firm_credit_share": 0.9}
    firm |= {"contract_eur_per_kw_year": pick.apart(0, 40)}
    new = {"fixed_share": pick(0, 0.02), "life_years": pick(25, 100)}
    nuclear = {
        "marginal_eur_per_mwh": 10,
        "contract_eur_per_mwh": pick(20, 0),
        "capex_meur_per_mw": 6,
        "lead_years": pick(0, 5),
    }
    battery = {"duration_hours": pick(2, 1), "efficiency_share": pick(0.9, 1), "capex_meur_per_mw": pick(0.8, 0.3)}
    battery |= pick({}, firm | {"firm_credit_share": 0.5})
    return {
        "technologies": [
            row("technologies", technology="coal", marginal_eur_per_mwh=pick(60, 45), emission_kg_per_mwh=900),
            row("technologies", technology="gas", marginal_eur_per_mwh=pick(90, 120), emission_kg_per_mwh=400),
            row(
                "technologies",
                technology="wind",
                **clean,
                capex_meur_per_mw=pick(1.5, 0.5),
                lead_years=pick(0, 4),
                **new,
            ),
            row("technologies", technology="nuclear", **firm, **nuclear),
            row("technologies", technology="hydro", kind="reservoir", **firm, contract_eur_per_mwh=pick(10, 0)),
            row("technologies", technology="battery", kind="storage", **battery, **new),
        ]
    }


def _choose_units_and_hours(pick: Pick, technologies: list[Cells]) -> None:
    """Let new reactors come in units, and the hours of new batteries be chosen, in some cases."""
    unit_mw, on_site = pick.apart(0, 0, 8), pick.apart(True, False)
    units = {"unit_mw": unit_mw, "on_site": on_site and unit_mw > 0}
    hours = pick.apart({}, {}, {"duration_max_hours": 6, "capex_meur_per_mwh": 0.1})
    for cells in technologies:
        chosen = {"nuclear": units, "battery": hours}.get(cells["technology"], {})
        cells |= {} if cells["carries_over"] else chosen


def _system(pick: Pick, zones: list[str], scarce: bool) -> Tables:
    """Draw plants and lines: gas alone serves every zone's load of at most 500 MW, grown, and its committed sites."""
    fleets = [row("fleets", zone=zone, technology="gas", capacity_mw=530 if scarce else 900) for zone in zones]
    others = [("battery", 50)] if scarce else [("coal", 200), ("wind", 300), ("nuclear", 150), ("battery", 50)]
    reservoirs, potentials = [], []
    for zone in zones:
        for technology, capacity in pick.some(others):
            plants = {"zone": zone, "technology": technology, "uncontracted_share": pick(0.5, 0.1, 0)}
            fleets.append(row("fleets", **plants, capacity_mw=capacity))
            fleets += pick([], [row("fleets", **plants, from_year=2028, capacity_mw=capacity / 2)])
        if pick(False, True):
            fleets.append(
                row("fleets", zone=zone, technology="hydro", capacity_mw=200, uncontracted_share=pick(0.3, 1))
            )
            reservoirs.append(
                row("reservoirs", zone=zone, technology="hydro", energy_twh=pick(0.2, 0.05) if scarce else pick(0.8, 3))
            )
        potentials += [
            row("potentials", zone=zone, technology=technology, potential_mw=pick(100, 20))
            for technology in pick.some(["wind", "nuclear", "battery"])
        ]
    pairs = [(one, other) for one in zones for other in zones if one < other]
    meshed = pick(False, True)
    ends = [*pairs, *pairs[:1]] if meshed else pick.some(pairs)
    lines = [
        row(
            "lines",
            line=f"{one}-{other}-{number}",
            from_zone=one,
            to_zone=other,
            forward_mw=pick(200, 30),
            backward_mw=pick(100, 0),
            **(
                {"reactance_pu": pick(0.1, 0.03, 0)}
                if meshed
                else {"loss_share": pick(0, 0.03), "first_year": pick.apart(1900, 2028)}
            ),
        )
        for number, (one, other) in enumerate(ends)
    ]
    return {"fleets": fleets, "reservoirs": reservoirs, "potentials": potentials, "lines": lines}


def _grid(pick: Pick, zones: list[str]) -> Tables:
    substations = [row("substations", substation=f"U{zone}", zone=zone, **HERE) for zone in zones]
    names = [f"U{zone}" for zone in zones]
    headrooms = [
        row(
            "headrooms",
            substation=name,
            headroom_mw=pick(150, 100, 60, 25),
            interruptible_mw=pick.apart(0, 0, 40),
            interrupted_share=pick.apart(0.3, 0.05),
        )
        for name in names
    ]
    headrooms += [
        row("headrooms", substation=name, from_year=2028, headroom_mw=pick(200, 40)) for name in pick.some(names)
    ]
    reinforcements = [
        row(
            "reinforcements",
            substation=name,
            step=step,
            adds_mw=pick(60, 30),
            capex_meur=pick(20, 60),
            lead_years=pick(0, 2, 5),
        )
        for name in pick.some(names)
        for step in range(1, 1 + pick(1, 2))
    ]
    return {"substations": substations, "headrooms": headrooms, "reinforcements": reinforcements}


def _halls(pick: Pick) -> Tables:
    money = {"capex_meur_per_mw": pick(10, 8), "fixed_share": pick(0, 0.03), "life_years": pick(20, 10)}
    parts = {"power_loss_share": 0.05, "fan_share": 0.04, "pump_share": 0.02, "approach_k": 5}
    parts |= {"effectiveness_share": 0.8, "carnot_share": 0.4, "pue_fixed": 0}
    others = [
        row("cooling", cooling="air", family="airside", rack_limit_kw=50, **parts, **money),
        row("cooling", cooling="liquid", family="liquid_dry", supply_c=40, reuse_share=0.5, **parts, **money),
        row("cooling", cooling="river", needs_water_body=True, pue_fixed=1.08, capex_meur_per_mw=9),
    ]
    plain = {"rack_limit_kw": 100, "pue_fixed": pick(1.2, 1), "reuse_share": 0.3, "wue_fixed_l_per_kwh": pick(0, 1)}
    small = {"rack_kw": 40, "availability_share": 0.95, "price_eur_per_chip": 30_000, "life_years": pick(5, 3)}
    large = {"rack_kw": pick(120, 40), "throughput_h100e": pick(2.5, 1.5), "server_kw": 2, "life_years": 4}
    large |= {"price_eur_per_chip": pick(55_000, 30_000), "first_year": pick(2026, 2029)}
    return {
        "cooling": [row("cooling", cooling="plain", **plain, **money), *pick.some(others)[:1]],
        "chips": [row("chips", chip="small", **small), *pick([], [row("chips", chip="large", **large)])],
    }


def _sites(pick: Pick, tables: Tables, number: int) -> list[Cells]:
    made = []
    for position in range(number):
        zone = pick(*tables["zones"])
        place = {
            "country": zone["country"],
            "zone": zone["zone"],
            "substation": f"U{zone['zone']}",
            "basin": pick("B0", "B1"),
            "station": pick("cold", "hot"),
            "latitude": 47.8 + position * pick(0.1, 0.14),
            "longitude": 5,
            "water_source": pick("none", "river"),
            "heat_sink_mw": pick(0, 4, 20),
            "behind_meter_mw": pick(0, 10),
        }
        if position == 0 and pick(False, True):
            place |= {"committed_mw": 20, "committed_chip": "small", "committed_cooling": "plain"}
            made.append(
                row("sites", site="S0", status="committed", committed_year=pick(2026, 2028), land_mw=20, **place)
            )
            continue
        minimum = pick(0, 20, 40)
        made.append(
            row(
                "sites",
                site=f"S{position}",
                land_mw=pick(60, 40, 20, 80) if minimum < 40 else 60,
                minimum_mw=minimum,
                permit_year=pick(2026, 2026, 2028),
                connection_year=pick(2026, 2027),
                distance_km=pick(0, 10),
                opening_meur=pick(20, 0, 100),
                **place,
            )
        )
    return made


def _demand(pick: Pick, tables: Tables, floor: str) -> Tables:
    regions = [row("regions", region=f"R{each}", latitude=48.6 + 4 * each, longitude=5) for each in range(pick(1, 2))]
    cover = pick(0.1, 0.3) if floor == "coverage" else 0
    workloads = [row("workloads", workload="training", coverage_share=cover)]
    workloads += pick([], [row("workloads", workload="inference", latency_ms=pick(10, 1), coverage_share=cover)])
    places = {"regions": regions, "workloads": workloads}
    demand = [
        row("demand", region=region, workload=workload, period=period, demand_kh100e=pick(30, 12, 70, 0))
        for region in codes(places, "regions")
        for workload in codes(places, "workloads")
        for period in codes(tables, "periods")
    ]
    pairs = [(site, region) for site in codes(tables, "sites") for region in codes(places, "regions")]
    transfers = [
        row("transfers", site=site, region=region, workload="training", cost_meur_per_kh100e_year=pick(0.1, 2))
        for site, region in pick.some(pairs)
    ]
    latency = [
        row("latency", site=site, region=region, round_trip_ms=pick(2, 20)) for site, region in pairs[: pick(0, 1)]
    ]
    return {**places, "demand": demand, "transfers": transfers, "latency": latency}


def _money(pick: Pick, tables: Tables) -> Tables:
    funds = [row("funds", fund="own"), *pick([], [row("funds", fund="union", kind="public", aid_ceiling_share=0.35)])]
    periods = codes(tables, "periods")
    tranches = [
        row("tranches", fund=fund, period=period, amount_meur=pick(2000, 6000, 2500, 4000, 700))
        for fund in codes({"funds": funds}, "funds")
        for period in periods
    ]
    supply = [
        row("chip_supply", chip=chip, tier=tier, period=period, limit_kchips=pick(100, 15))
        for chip in codes(tables, "chips")
        for tier in pick.some(["any", *TIERS])
        for period in periods
    ]
    everywhere = [
        row("fund_countries", fund="union", country=country)
        for country in (codes(tables, "countries") if len(funds) > 1 else [])
    ]
    return {"funds": funds, "fund_countries": everywhere, "tranches": tranches, "chip_supply": supply}


def _hourly(pick: Pick, tables: Tables, hours: int, scarce: bool) -> dict[str, dict[str, list[float]]]:
    zones = codes(tables, "zones")
    windy = {
        cells["zone"] for name in ("fleets", "potentials") for cells in tables[name] if cells["technology"] == "wind"
    }
    dry = {
        station: [middle + swing * math.sin(hour + shift) for hour in range(hours)]
        for station, middle, swing, shift in (("cold", 2, pick(0, 6), 0), ("hot", 26, pick(0, 8), 1))
    }
    return {
        "load": {
            zone: [pick(500, 495, 430) if scarce else pick(300, 450, 500, 120) for _ in range(hours)] for zone in zones
        },
        "availability": {f"{zone}.wind": [pick(0.5, 0, 0.25, 1) for _ in range(hours)] for zone in sorted(windy)},
        "carbon": {zone: [pick(40, 300, 0, 700) for _ in range(hours)] for zone in zones},
        # stated, as half a zone has other hours of high residual load than the whole
        "uninterrupted": {
            name: [pick.apart(1, 1, 0.5, 0) for _ in range(hours)] for name in codes(tables, "substations")
        },
        "drybulb": dry,
        "wetbulb": {station: [value - 3 for value in values] for station, values in dry.items()},
    }


def _scenario(pick: Pick, hours: int, days: int, floor: str) -> Settings:
    objectives = pick(("compute", "cost"), ("compute",), ("compute", "carbon", "cost"))
    if floor:
        objectives = pick(objectives, ("cost",), ("cost", "compute"), ("carbon", "cost"))
    return Settings.model_validate(
        {
            "title": "a case at random",
            "question": {"objectives": objectives, "tolerance_share": pick(0, 0.01, 0.1)},
            "time": {"representative_days": min(days, 2), "hours_per_day": hours},
            "money": {
                "discount_share": pick(0.06, 0),
                "lost_load_eur_per_mwh": pick(8000, 1000),
                "heat_eur_per_mwh": pick(25, 0),
                "heat_meur_per_mw": pick(0.5, 0.1),
            },
            "siting": {
                "sites_min": int(floor == "sites"),
                "sites_max": pick(1000, 2, 1),
                "member_states_min": int(floor == "states"),
                "separation_km": pick(0, 15),
                "gigafactories_min": int(floor == "gigafactories"),
                "gigafactory_kchips": 15,
            },
            "power": {
                "cover_share": pick(0, 0, 0, 0.5, 1),
                "cover_import_share": pick(0.3, 0),
                "shed_share": pick(0, 0.0001, 0.01),
                "cover_energy_share": pick.apart(0, 0, 0.5, 1),
                "cover_duration_hours": pick.apart(0, 8),
                "cover_counted_once": pick.apart(True, True, False),
            },
            "service": {"flexible_share": pick.apart(0, 0, 0.3)},
            "carbon": {"cap_kg_per_mwh": pick(2000, 2000, 300, 60), "cap_kt": pick(1_000_000, 1_000_000, 40)},
            "solve": {"gap_share": pick(1e-6, 0), "time_limit_seconds": 60},
        }
    )
