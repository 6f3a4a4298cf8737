"""Writes `price_basis.csv`: observed wholesale prices less those that the model's dispatch gives."""

from inputs.build.table import FACTS, read_csv, write_table


def main() -> None:
    """Write the table."""
    modelled = {row["zone"]: row["modelled"] for row in read_csv(FACTS / "facts_modelled_prices.csv")}
    write_table("price_basis", (_row(fact, modelled[fact["zone"]]) for fact in read_csv(FACTS / "facts_prices.csv")))


def _row(fact: dict[str, str], modelled: str) -> dict[str, object]:
    factor = float(fact["factor"])
    observed = factor * (float(fact["price_2024"]) + float(fact["price_2025"])) / 2
    source = "Mean day-ahead price of 2024 and 2025 (Ember, CC-BY-4.0)"
    if factor != 1.0:
        source += f", of which the zone pays {factor:g} times the country's (judgement from Nord Pool's zonal means)"
    return {
        "zone": fact["zone"],
        "basis_eur_per_mwh": round(observed - float(modelled), 1),
        "source": f"{source}, less the reference case's own mean price in 2028 ({modelled} EUR/MWh)",
        "quality": "derived" if factor == 1.0 else "estimate",
    }
