"""Writes the overlay `palette`: technologies that Europe has not built yet, and stores whose hours are chosen."""

from typing import cast

from inputs.build.table import EUROPE, FACTS, Cell, read_csv, write_table
from models.case import EVERY_ROW, Quality

FOLDER = EUROPE / "palette"
OWN = ("zones_of", "potential_share")
"""What the facts say of potentials."""


def main() -> None:
    """Write both tables; what `sources.csv` says of the case's cells goes with them."""
    facts = {fact["technology"]: fact for fact in read_csv(FACTS / "facts_palette.csv")}
    said = {
        (row["row"], row["column"]): row for row in read_csv(EUROPE / "sources.csv") if row["table"] == "technologies"
    }
    rows: list[dict[str, object]] = []
    for row in read_csv(EUROPE / "technologies.csv"):
        if row["technology"] not in facts:
            rows.append({column: _cell(said, row["technology"], column, value) for column, value in row.items()})
    rows += [{column: value for column, value in fact.items() if column not in OWN} for fact in facts.values()]
    write_table("technologies", rows, FOLDER)
    potentials = read_csv(EUROPE / "potentials.csv")
    added = [
        {
            **row,
            "technology": technology,
            "potential_mw": max(10.0, round(float(fact["potential_share"]) * float(row["potential_mw"]), -1)),
            "source": f"Judgement: {fact['potential_share']} of the potential of {fact['zones_of']}",
            "quality": "estimate",
        }
        for technology, fact in facts.items()
        if technology != fact["zones_of"]
        for row in potentials
        if row["technology"] == fact["zones_of"]
    ]
    write_table("potentials", [*potentials, *added], FOLDER)


def _cell(said: dict[tuple[str, str], dict[str, str]], technology: str, column: str, value: str) -> object:
    """Return a value with what is said of its cell, if anything is."""
    found = said.get((technology, column)) or said.get((EVERY_ROW, column))
    return Cell(value, cast(Quality, found["quality"]), found["source"]) if found else value


if __name__ == "__main__":
    main()
