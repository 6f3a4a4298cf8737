"""Writes `potentials.csv`: what may be built in each zone for the data centres."""

from inputs.build.table import FACTS, read_csv, write_table

SOURCES = {
    "battery": "Judgement: grid-scale projects announced in Europe exceed 100 GW; about 0.2 MW per MW of mean load",
    "biomass": "Judgement after the sustainable potentials of the JRC ENSPRESO study, a small part for new plants",
    "geothermal": "Judgement after announced projects and the resource maps of the European Geothermal Energy Council",
    "nuclear": "Announced new reactors (EDF, Vattenfall, CEZ, PEJ, Nuclearelectrica, Kozloduy), part for data centres",
    "solar": "Judgement: about a third of a year's national additions times ten years",
    "wind_onshore": "Judgement: what permits of ten years leave for new direct contracts",
    "wind_offshore": "Judgement: sites awarded or planned without other buyers",
}


def main() -> None:
    """Write the table: batteries and solar in proportion to load, the rest as typed in `facts_potentials.csv`."""
    energy = {fact["country"]: float(fact["demand_twh"]) for fact in read_csv(FACTS / "facts_balance.csv")}
    found: dict[tuple[str, str], float] = {}
    for fact in read_csv(FACTS / "facts_zones.csv"):
        mean_mw = energy[fact["country"]] * float(fact["load_share"]) / 8760 * 1e6
        found[fact["zone"], "battery"] = max(200.0, round(0.2 * mean_mw, -2))
        if not fact["zone"].startswith(("NO", "SE1", "SE2")):
            found[fact["zone"], "solar"] = max(300.0, round(0.25 * mean_mw, -2))
    for fact in read_csv(FACTS / "facts_potentials.csv"):
        found[fact["zone"], fact["technology"]] = float(fact["potential_mw"])
    write_table(
        "potentials",
        [
            {
                "zone": zone,
                "technology": technology,
                "potential_mw": megawatts,
                "source": SOURCES[technology],
                "quality": "estimate",
            }
            for (zone, technology), megawatts in found.items()
        ],
    )


if __name__ == "__main__":
    main()
