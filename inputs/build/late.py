"""Writes the scenario `late_futures`: five futures, in each of which another fifth of the projects comes late."""

from collections.abc import Iterable
from hashlib import sha256

from inputs.build.table import EUROPE, read_csv

FUTURES, LATE_YEARS, SEED = 5, 2, "late"
HEAD = f"""# Written by inputs/build/late.py, which draws who is late: sites in the order of a hash, dealt into
# {FUTURES} parts. Every project is then late in one future of {FUTURES}: a fifth of all data centre projects is at
# risk of delay (IEA, Energy and AI, 2025). Which ones, that futures are equally likely, and the {LATE_YEARS} years are
# estimates: cables alone take two years and more (same source). A site comes with the first period that begins by
# then: three years later, where periods have three.
# Asked by `gigasite futures inputs/europe --scenario late_futures`.
extends = "base"
title = "A fifth of the projects comes two years late, and nobody knows which: what to decide now"

[time]
representative_days = 2 # of 365, for five futures in one programme

[solve]
gap_share = 0.02
gaps.cost = 0.02
"""


def main() -> None:
    """Write the scenario, from the candidates in the table of sites."""
    sites = [row["site"] for row in read_csv(EUROPE / "sites.csv") if row["status"] == "candidate"]
    (EUROPE / "scenarios" / "late_futures.toml").write_text(late_futures(sites), encoding="utf-8")


def fifths(sites: Iterable[str]) -> list[list[str]]:
    """Return who is late in each future: a draw that another site or another version of a library hardly changes."""
    drawn = sorted(sites, key=lambda site: sha256(f"{SEED}:{site}".encode()).hexdigest())
    return [sorted(drawn[first::FUTURES]) for first in range(FUTURES)]


def late_futures(sites: Iterable[str]) -> str:
    """Return the scenario file."""
    parts = [HEAD]
    for number, late in enumerate(fifths(sites), 1):
        parts.append(f"[futures.late_{number}]\nprobability = {1 / FUTURES:g} # estimate\n")
        cells = "".join(f'"sites.{site}.late_years" = {LATE_YEARS}\n' for site in late)
        parts.append(f"[futures.late_{number}.cells]\n{cells}")
    return "\n".join(parts)


if __name__ == "__main__":
    main()
