"""Writes the tables of programmes, each into an overlay of its own: what is promised, in which countries, near what."""

from inputs.build.table import EUROPE, FACTS, read_csv, write_table

NUMBERS = ("first_year", "last_year", "floor_kh100e", "floor_sites", "counts_committed", "kind")


def main() -> None:
    """Write the overlays `programmes/NAME`."""
    for fact in read_csv(FACTS / "facts_programmes.csv"):
        key, folder = {"programme": fact["programme"]}, EUROPE / "programmes" / fact["programme"]
        asked = {column: fact[column] for column in ("name", *NUMBERS, "source")}
        write_table("programmes", [{**key, **asked, "quality": "estimate"}], folder)
        countries, regions = fact["countries"].split(), fact["regions"].split()
        if countries:
            write_table("programme_countries", [{**key, "country": each} for each in countries], folder)
        if regions:
            near = [{**key, "region": each, "latency_ms": fact["latency_ms"]} for each in regions]
            write_table("programme_regions", near, folder)


if __name__ == "__main__":
    main()
