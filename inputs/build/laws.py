"""Writes `laws.csv`: laws with dates, as typed in `facts_laws.csv` from publications."""

from inputs.build.table import FACTS, read_csv, write_table


def main() -> None:
    """Write the table; a cell left empty is the default of its column."""
    rows = read_csv(FACTS / "facts_laws.csv")
    write_table("laws", ({column: cell for column, cell in row.items() if cell} for row in rows))


if __name__ == "__main__":
    main()
