"""Writes `marginal_costs.csv`: what a MWh costs where fuel or carbon have another price than in `technologies.csv`."""

from functools import cache

from inputs.build.hydro import countries
from inputs.build.plants import efficiency
from inputs.build.table import EUROPE, FACTS, read_csv, write_table
from inputs.build.technologies import BURNT, DUTY_EUR_PER_T

SOURCE = "The technology's cost with the country's fuel and carbon price over the mean efficiency. {}"


@cache
def facts() -> dict[str, dict[str, str]]:
    """Give what fuel and carbon cost more than elsewhere, by country."""
    return {row["country"]: row for row in read_csv(FACTS / "facts_marginal_costs.csv")}


def difference_eur_per_mwh(country: str, technology: str, kg_per_mwh: float, least_carbon_eur_per_t: float) -> float:
    """Give what a MWh costs more in a country; no carbon is cheaper than by `least_carbon_eur_per_t`, below 0."""
    fact = facts().get(country)
    if fact is None:
        return 0.0
    carbon = max(float(fact["carbon"]), least_carbon_eur_per_t)
    return float(fact.get(BURNT[technology], 0)) / efficiency(technology) + carbon * kg_per_mwh / 1000


def main() -> None:
    """Write the table: a row for every fleet that burns something whose price is another here."""
    kinds = {row["technology"]: row for row in read_csv(EUROPE / "technologies.csv")}
    pairs = sorted({(row["zone"], row["technology"]) for row in read_csv(EUROPE / "fleets.csv")})
    rows: list[dict[str, object]] = []
    for zone, technology in (pair for pair in pairs if pair[1] in BURNT):
        kind = kinds[technology]
        kilograms = float(kind["emission_kg_per_mwh"])
        if more := difference_eur_per_mwh(countries()[zone], technology, kilograms, -DUTY_EUR_PER_T):
            cost = round(float(kind["marginal_eur_per_mwh"]) + more, 2)
            row = {"zone": zone, "technology": technology, "marginal_eur_per_mwh": cost}
            source = SOURCE.format(facts()[countries()[zone]]["source"])
            rows.append({**row, "source": source, "quality": "estimate"})
    write_table("marginal_costs", rows)


if __name__ == "__main__":
    main()
