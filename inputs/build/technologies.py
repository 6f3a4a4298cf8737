"""Writes `technologies.csv`: what every technology costs, emits and is worth as firm capacity."""

from inputs.build.table import FACTS, read_csv, write_table

DUTY_EUR_PER_T = 70.0
"""Price of a tonne of CO2 in the marginal costs: European market, mean of 2024 and 2025, rounded."""


def main() -> None:
    """Write the table; the marginal cost is fuel and variable cost plus the carbon price of the direct emissions."""
    rows: list[dict[str, object]] = []
    for fact in read_csv(FACTS / "facts_technologies.csv"):
        fuel = float(fact.pop("fuel_eur_per_mwh"))
        marginal = fuel + DUTY_EUR_PER_T * float(fact["emission_kg_per_mwh"]) / 1000
        rows.append({**fact, "marginal_eur_per_mwh": round(marginal, 2)})
    write_table("technologies", rows)


if __name__ == "__main__":
    main()
