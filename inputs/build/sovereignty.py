"""Writes `operators.csv` and `jurisdictions.csv`, who runs compute under whose law, and what three scenarios ask."""

from inputs.build.table import EUROPE, FACTS, Cell, read_csv, write_table


def main() -> None:
    """Write both tables, and the limits of each scenario as an overlay."""
    write_table(
        "operators",
        (
            {
                **{name: fact[name] for name in ("operator", "name", "seat", "jurisdiction", "disclosure")},
                "accepts": fact["accepts"],
                "capacity_mw": Cell(float(fact["capacity_mw"]), "estimate", "announced, or judged: see the row"),
                "capex_spread_share": Cell(float(fact["capex_spread_share"]), "estimate", "judgement"),
                "source": fact["source"],
                "quality": "estimate",
            }
            for fact in read_csv(FACTS / "facts_operators.csv")
        ),
    )
    write_table(
        "jurisdictions",
        (
            {"bloc": fact["bloc"], "country": country, "source": fact["source"], "quality": "real"}
            for fact in read_csv(FACTS / "facts_blocs.csv")
            for country in fact["countries"].split()
        ),
    )
    asked = read_csv(FACTS / "facts_sovereignty.csv")
    for scenario in sorted({fact["scenario"] for fact in asked}):
        rows = (
            {
                **{name: fact[name] for name in ("level", "bloc", "workload", "period")},
                "floor_share": float(fact["floor_share"]),
                "ceiling_share": float(fact["ceiling_share"]),
                "source": f"Asked, not foreseen: {fact['why'][0].lower()}{fact['why'][1:]}",
                "quality": "estimate",
            }
            for fact in asked
            if fact["scenario"] == scenario
        )
        write_table("sovereignty_limits", rows, EUROPE / f"sovereignty/{scenario}")


if __name__ == "__main__":
    main()
