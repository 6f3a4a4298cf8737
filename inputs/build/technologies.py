"""Writes `technologies.csv`: what every technology costs, emits and is worth as firm capacity."""

from functools import cache

from inputs.build.plants import efficiency
from inputs.build.table import FACTS, Cell, read_csv, write_table

DUTY_EUR_PER_T = 70.0
"""Price of a tonne of CO2 in the marginal costs: European market, mean of 2024 and 2025, rounded."""
YEAR = "value_2030"
"""Plants for the data centres open from 2028 on: the outlook for 2030."""
COSTS = {
    "nuclear": "nuclear",
    "hydro_reservoir": "hydro",
    "hydro_ror": "ror",
    "hydro_pumped": "PHS",
    "biomass": "biomass CHP",
    "waste": "waste CHP",
    "wind_onshore": "onwind",
    "wind_offshore": "offwind",
    "solar": "solar-utility",
    "gas": "CCGT",
    "gas_turbine": "OCGT",
    "coal": "coal",
    "lignite": "lignite",
    "oil": "oil",
    "battery": "battery inverter",
}
"""Technology -> its name in `facts_costs.csv`."""
BURNT = {"gas": "gas", "gas_turbine": "gas", "coal": "coal", "lignite": "lignite", "oil": "oil"}
SEA_KM = 50.0
"""Length of the cable to an offshore wind farm, station to station: judgement, alternating current."""
DEFINED = ("kind", "low_carbon", "dispatchable")
ONLINE = {"minimum_load_share": 0.0, "ramp_share_per_hour": 1.0, "start_eur_per_mw": 0.0}
"""How plant is brought online, where nothing is stated: at will."""
ONLINE_SOURCE = "PyPSA-Eur, data/unit_commitment.csv at 017c6c0 (CC-BY-4.0): values of the literature"
DATA = "PyPSA technology-data, 2030, EUR of 2025"


def capacity_eur_per_kw_year() -> float:
    """Give what a firm kW of existing plant was paid for a year."""
    said = {row["what"]: float(row["low"]) for row in read_csv(FACTS / "facts_contracts.csv")}
    return said["capacity of existing plant in Italy in 2027"]


@cache
def costs() -> dict[tuple[str, str], float]:
    """Give extracted costs and efficiencies by technology and parameter, in the unit of `facts_costs.csv`."""
    return {(fact["technology"], fact["parameter"]): float(fact[YEAR]) for fact in read_csv(FACTS / "facts_costs.csv")}


def main() -> None:
    """Write the table."""
    write_table("technologies", [_row(fact) for fact in read_csv(FACTS / "facts_technologies.csv")])


def _row(fact: dict[str, str]) -> dict[str, object]:
    technology = fact["technology"]
    name, fuel = COSTS.get(technology, ""), float(fact.pop("fuel_eur_per_mwh"))
    row: dict[str, object] = {**fact, **{column: Cell(fact[column], "real", "By definition") for column in DEFINED}}
    for column, free in ONLINE.items():
        stated = fact[column]
        row[column] = Cell(float(stated), "derived", ONLINE_SOURCE) if stated else free
    row["contract_eur_per_kw_year"] = 0
    if fact["low_carbon"] == fact["dispatchable"] == "true":
        price = capacity_eur_per_kw_year()
        said = f"Firm credit x {price:g} EUR per firm kW, existing plant in Italy's capacity auction for 2027 (Terna)"
        row["contract_eur_per_kw_year"] = Cell(round(float(fact["firm_credit_share"]) * price, 1), "estimate", said)
    if not fact["capex_meur_per_mw"]:
        capex, fixed, source = _investment(technology, float(fact["duration_hours"]))
        row["capex_meur_per_mw"] = Cell(round(capex, 3), "derived", source)
        if not fact["fixed_share"]:
            row["fixed_share"] = Cell(round(fixed, 4), "derived", source)
    if not fact["life_years"]:
        row["life_years"] = Cell(costs()[name, "lifetime"], "real", DATA)
    if not fact["efficiency_share"]:
        row["efficiency_share"] = Cell(costs()[name, "efficiency"], "real", DATA)
    if technology in BURNT:
        share = efficiency(technology)
        emission = costs()[BURNT[technology], "CO2 intensity"] / share * 1000
        source = (
            f"Efficiency {share:.3f}: mean of the plants that state one (powerplantmatching 0.9.1); {DATA}: CO2 of fuel"
        )
        row["emission_kg_per_mwh"] = Cell(round(emission), "derived", source)
        marginal = fuel / share + costs()[name, "VOM"] + DUTY_EUR_PER_T * emission / 1000
        source += f" and variable cost; fuel at {fuel:g} EUR/MWh and {DUTY_EUR_PER_T:g} EUR a tonne of CO2: judgement"
        row["marginal_eur_per_mwh"] = Cell(round(marginal, 2), "estimate", source)
    else:
        row["marginal_eur_per_mwh"] = round(fuel + DUTY_EUR_PER_T * float(fact["emission_kg_per_mwh"]) / 1000, 2)
    return row


def _investment(technology: str, duration_hours: float) -> tuple[float, float, str]:
    """Compute MEUR per MW, the share of it that is due every year, and say what is in it."""
    name = COSTS[technology]
    parts = {name: costs()[name, "investment"] / 1000}
    if technology == "battery":
        energy = costs()["battery storage", "investment"] / 1000 * duration_hours
        return parts[name] + energy, 0.0, f"{DATA}: inverter and {duration_hours:g} h of storage"
    said = ""
    if technology == "wind_offshore":
        parts["offwind-ac-station"] = costs()["offwind-ac-station", "investment"] / 1000
        cable = "offwind-ac-connection-submarine"
        parts[cable] = costs()[cable, "investment"] * SEA_KM / 1e6
        said = (
            f": turbines {parts[name]:.2f}, stations and {SEA_KM:g} km of cable {sum(parts.values()) - parts[name]:.2f}"
        )
    total = sum(parts.values())
    return total, sum(costs()[part, "FOM"] / 100 * meur for part, meur in parts.items()) / total, f"{DATA}{said}"


if __name__ == "__main__":
    main()
