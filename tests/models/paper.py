"""A case small enough for paper, and ways to change, read and solve its model.

Two countries with a zone each: clean AA has N1 and the committed C1; BB has F1 and F2, some twenty kilometres apart,
behind one substation. Two periods of five years, two days of two hours. Every coefficient is a sum for the head.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from models.case import TABLES, Case, Inflow
from models.settings import Settings
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.compile import compile_model, compile_objectives, load_values
from optimizer.solver.highs import run_highs
from tests.drafts import Draft, row

PAPER = """
periods        p1  first_year=2026 length_years=5
periods        p2  first_year=2031 length_years=5
countries      AA  grid_fee_eur_per_mwh=10
countries      BB  grid_fee_eur_per_mwh=20 export_tier=tier2 building_factor=0.8 wage_factor=0.5
countries      BB  pue_limit=1.15 reuse_share=0.1 sites_max=1
zones          NEAR  country=AA
zones          FAR   country=BB load_growth_share=0.02 carbon_decline_share=0.1
price_basis    FAR   basis_eur_per_mwh=-5
technologies   gas      marginal_eur_per_mwh=100 emission_kg_per_mwh=400
technologies   hydro    kind=reservoir low_carbon=true dispatchable=true firm_credit_share=0.8
technologies   hydro    marginal_eur_per_mwh=10 contract_eur_per_mwh=10
technologies   wind     low_carbon=true lead_years=5 construction_years=4
technologies   wind     capex_meur_per_mw=1.5 fixed_share=0.02 life_years=25
technologies   battery  kind=storage duration_hours=4 efficiency_share=0.81
technologies   battery  capex_meur_per_mw=1 fixed_share=0.02 life_years=10
fleets         NEAR hydro 2026    capacity_mw=400 uncontracted_share=0.25
fleets         FAR gas 2026       capacity_mw=500
fleets         FAR gas 2031       capacity_mw=450
fleets         FAR battery 2026   capacity_mw=10
reservoirs     NEAR hydro    energy_twh=1.752
potentials     NEAR wind     potential_mw=100
potentials     FAR battery   potential_mw=20
lines          N-F  from_zone=NEAR to_zone=FAR forward_mw=100 backward_mw=50 loss_share=0.02
stations       here
basins         lake  available_mm3=1 stress_share=0.4
substations    UN  zone=NEAR
substations    UF  zone=FAR
headrooms      UN 2026  headroom_mw=60
headrooms      UF 2026  headroom_mw=30
reinforcements UF 1  adds_mw=40 capex_meur=30 lead_years=5
reinforcements UF 2  adds_mw=50 capex_meur=60
sites          C1  country=AA zone=NEAR substation=UN basin=lake station=here status=committed
sites          C1  committed_mw=10 committed_chip=small committed_cooling=air
sites          N1  country=AA zone=NEAR substation=UN basin=lake station=here land_mw=100 minimum_mw=30
sites          N1  distance_km=10 opening_meur=50 behind_meter_mw=6
sites          F1  country=BB zone=FAR substation=UF basin=lake station=here land_mw=60 heat_sink_mw=5
sites          F1  latitude=10 opening_meur=30
sites          F2  country=BB zone=FAR substation=UF basin=lake station=here land_mw=40 heat_sink_mw=5
sites          F2  latitude=10.18 permit_year=2028
cooling        air     rack_limit_kw=50 capex_meur_per_mw=10 fixed_share=0.03 life_years=20
cooling        air     pue_fixed=1.2 wue_fixed_l_per_kwh=0.5 reuse_share=0.1
cooling        liquid  rack_limit_kw=150 capex_meur_per_mw=11 fixed_share=0.03 life_years=20
cooling        liquid  pue_fixed=1.1 reuse_share=0.5
chips          small  rack_kw=40 price_eur_per_chip=30000 life_years=10 last_year=2030 availability_share=0.9
chips          large  server_kw=2 rack_kw=120 throughput_h100e=2.5 price_eur_per_chip=60000 life_years=5
chips          large  first_year=2031 availability_share=0.9
chip_supply    small any p1    limit_kchips=100
chip_supply    small tier2 p1  limit_kchips=15
regions        town
workloads      training
workloads      inference  latency_ms=10 coverage_share=0.2
demand         town training p1   demand_kh100e=100
demand         town training p2   demand_kh100e=100
demand         town inference p2  demand_kh100e=20
latency        C1 town  round_trip_ms=50
latency        N1 town  round_trip_ms=5
latency        F1 town  round_trip_ms=20
latency        F2 town  round_trip_ms=10
transfers      F1 town training  cost_meur_per_kh100e_year=0.5
funds          public   kind=public aid_ceiling_share=0.5
funds          private
tranches       private p1  amount_meur=1000
tranches       private p2  amount_meur=500
tranches       public p2   amount_meur=400
"""
"""Table, key, columns; a second line with the same key goes on with the row."""

HOURLY = {
    "load": {"NEAR": [100.0, 100.0, 150.0, 150.0], "FAR": [200.0, 300.0, 200.0, 200.0]},
    "availability": {"NEAR.wind": [0.4, 0.2, 0.3, 0.3]},
    "carbon": {"NEAR": [20.0, 20.0, 20.0, 20.0], "FAR": [500.0, 600.0, 500.0, 500.0]},
}
GROWN = sum(1.02**years for years in range(5, 10)) / 5
"""Load of FAR in the years of the second period over that of the base year, on their mean."""
DECLINED = sum(0.9**years for years in range(5, 10)) / 5
"""The same of its carbon intensity."""
BUILT = 0.21 / (2 * math.log(1.1))
"""What a euro paid evenly over two years has come to at their end, at 10 %: halls and connections are built so long."""
QUESTION = {
    "title": "paper",
    "time": {"representative_days": 2, "hours_per_day": 2},
    "money": {"discount_share": 0.1},
    "power": {"shed_share": 0.01},
}


def paper_case() -> Case:
    """Return the case."""
    found: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {table: {} for table in TABLES}
    for line in PAPER.strip().splitlines():
        table, *words = line.split()
        key = tuple(word for word in words if "=" not in word)
        cells = (word.partition("=") for word in words if "=" in word)
        found[table].setdefault(key, {}).update({column: cell for column, _, cell in cells})
    tables = {
        table: [row(table, **dict(zip(TABLES[table].key, key, strict=True)), **cells) for key, cells in listed.items()]
        for table, listed in found.items()
    }
    return Draft(tables, HOURLY, Settings.model_validate(QUESTION)).case()


def with_inflows(case: Case) -> Case:
    """Return the case with water that comes in May and June alone; half a TWh is kept, a fifth of that in December."""
    inflows: dict[Any, Any] = {}
    for month in range(1, 13):
        cells = row(
            "inflows",
            zone="NEAR",
            technology="hydro",
            month=month,
            inflow_share=0.5 if month in (5, 6) else 0.0,
            level_min_share=0.2 if month == 12 else 0.0,
            least_mw=20 if month == 6 else 0,
        )
        inflows["NEAR", "hydro", month] = Inflow.model_validate(cells)
    months = asking(replace(case, inflows=inflows), "power", reservoirs="months")
    return changed(months, "reservoirs", ("NEAR", "hydro"), store_twh=0.5)


def changed(case: Case, table: str, key: Any, **columns: Any) -> Case:
    """Return the case with columns of one row changed."""
    rows = getattr(case, table)
    tables: dict[str, Any] = {table: {**rows, key: rows[key].model_copy(update=columns)}}
    return replace(case, **tables)


def asking(case: Case, section: str, **keys: Any) -> Case:
    """Return the case with keys of a section of its scenario changed."""
    part = getattr(case.settings, section).model_copy(update=keys)
    return replace(case, settings=case.settings.model_copy(update={section: part}))


def terms(expression: Any) -> dict[str, float]:
    """Return the coefficients of a linear expression by variable, and its constant under `1`."""
    found = generate_standard_repn(expression)
    assert found.is_linear()
    listed = {
        variable.name: float(pyo.value(coefficient))
        for variable, coefficient in zip(found.linear_vars, found.linear_coefs, strict=True)
    }
    listed["1"] = float(pyo.value(found.constant))
    return {name: coefficient for name, coefficient in listed.items() if coefficient and name != "zero"}


def equation(constraint: Any) -> dict[str, float]:
    """Return the coefficients of a constraint by variable, and its limit under `<=`, `>=` or `==`."""
    lower, body, upper = constraint.to_bounded_expression(evaluate_bounds=True)
    listed = terms(body)
    constant = listed.pop("1", 0.0)
    if lower is not None and upper is not None:
        assert lower == upper
        return {**listed, "==": lower - constant}
    return {**listed, **({">=": lower - constant} if upper is None else {"<=": upper - constant})}


def best(model: pyo.ConcreteModel, expression: Any, sense: int = pyo.maximize) -> float | None:
    """Return the optimum of an expression over a model and load it; None if nothing is feasible."""
    compiled = compile_model(model)
    vector, constant = compile_objectives(compiled, {"best": expression})["best"]
    sign = -1.0 if sense == pyo.maximize else 1.0
    program = replace(compiled.program, cost=sign * vector)
    outcome = run_highs(program, monitor=RunMonitor(), seconds=20, gap=1e-9)
    if outcome.values is None:
        assert outcome.status == "infeasible", outcome.status
        return None
    load_values(compiled.variables, outcome.values)
    return float(vector @ np.asarray(outcome.values)) + constant
