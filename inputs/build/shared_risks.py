"""Writes `shared_risks.csv`: sites that one dry river, one dark grid or one earthquake may take together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from inputs.build.places import distance_km
from inputs.build.table import EUROPE, FACTS, read_csv, write_table

SHAKEN_G, SHAKEN_KM = 0.15, 50.0
"""Peak ground acceleration, once in 475 years, and distance within which one earthquake takes two sites (estimates)."""
RIVER = (
    "Sites beside rivers of one basin (water_source, basin): water too low or too warm to cool with, as of French and "
    "Swiss reactors in hot summers. That all of them stop, whatever cools them, is an estimate on the safe side"
)
QUAKE = (
    f"Both on ground of at least {SHAKEN_G} g (places.seismic_g, itself coarse) and at most {SHAKEN_KM:.0f} km apart: "
    "one earthquake takes both, an estimate"
)


def main() -> None:
    """Write the table, from the tables of sites and places and from what has failed before."""
    places = {row["site"]: float(row["seismic_g"]) for row in read_csv(EUROPE / "places.csv")}
    grids = read_csv(FACTS / "facts_shared_risks.csv")
    write_table("shared_risks", shared_risks(read_csv(EUROPE / "sites.csv"), places, grids))


def shared_risks(
    sites: list[dict[str, str]], seismic_g: dict[str, float], grids: Iterable[dict[str, str]]
) -> Iterator[dict[str, object]]:
    """Yield a row per risk and site; what only one site has is none that is shared."""
    risks = defaultdict[tuple[str, str, str], list[str]](list)
    for row in sites:
        if row["water_source"] == "river":
            risks[f"RIVER-{row['basin']}", "river", RIVER].append(row["site"])
        for grid in grids:
            if row["zone"] in grid["zones"].split():
                risks[grid["risk"], grid["kind"], grid["source"]].append(row["site"])
    shaken = [row for row in sites if seismic_g[row["site"]] >= SHAKEN_G]
    for place, one in enumerate(shaken):
        for other in shaken[place + 1 :]:
            ends = [(float(row["latitude"]), float(row["longitude"])) for row in (one, other)]
            if distance_km(*ends[0], *ends[1]) <= SHAKEN_KM:
                risks[f"QUAKE-{one['site']}", "other", QUAKE] += [one["site"], other["site"]]
    for (risk, kind, source), members in risks.items():
        for site in members if len(members) > 1 else ():
            yield {"risk": risk, "site": site, "kind": kind, "source": source, "quality": "estimate"}


if __name__ == "__main__":
    main()
