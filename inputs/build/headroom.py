"""The rule for headroom where no operator publishes it, fitted to the nodes of Red Eléctrica, and how wrong it is.

`python inputs/build/all.py headroom` writes the table of errors into `SOURCES.md`.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from inputs.build.table import EUROPE, FACTS

HIGH_KV = 300.0
TRANSMISSION_KV = 200.0
LEAST_SITE_MW = 40.0
"""What the smallest site asks for: less is called nothing."""
HIGH_QUANTILE = 0.9
COAL_SHARE = 0.8
COAL_MOST_MW = 1000.0
MARKS = "<!-- errors of the headroom rule -->", "<!-- end of errors -->"


class Range(NamedTuple):
    """What a station may have free for new load, MW."""

    low: float
    """The median node of Spain."""
    middle: float
    """The mean."""
    high: float
    """What one node in ten exceeds."""


@cache
def nodes() -> pd.DataFrame:
    """Give the operator's nodes of 220 and 400 kV; `free_mw` is 0 where it gives no figure.

    The operator itself counts them so when it says that a quarter of its nodes has room.
    """
    found = pd.read_csv(FACTS / "facts_nodes.csv", comment="#", keep_default_na=False, dtype={"free_mw": str})
    found = found[(found.operator == "red_electrica") & (found.kv >= TRANSMISSION_KV)].reset_index(drop=True)
    given = pd.to_numeric(found.free_mw)
    return found.assign(figure=given.notna(), free_mw=given.fillna(0.0), high=found.kv >= HIGH_KV)


@cache
def rule(high: bool) -> Range:
    """Give the range for a station of 300 kV or more, or of less, in steps of 10 MW."""
    free = nodes().loc[nodes().high == high, "free_mw"].to_numpy(float)
    return Range(*(10 * round(mw / 10) for mw in (np.median(free), free.mean(), np.quantile(free, HIGH_QUANTILE))))


def errors() -> pd.DataFrame:
    """Compute bias, mean absolute error (MW) and shares of wrong calls of each rule.

    A region of Spain is predicted from the others. Norway: every area of Statnett has nothing.
    """
    every = nodes()
    fitted = pd.concat([_without(region) for region in sorted(every.region.unique())]).loc[every.index]
    areas = pd.read_csv(FACTS / "facts_areas_no.csv", comment="#").free_mw
    plants = _plants()
    rows = [
        ("a closed coal plant's MW are free (80 %), at its nodes", plants.claimed_mw, plants.free_mw),
        ("rule, middle, at the same plants", plants.middle_mw, plants.free_mw),
        ("rule, middle, all nodes of Spain", fitted.middle_mw, every.free_mw),
        ("rule, low, all nodes of Spain", fitted.low_mw, every.free_mw),
        ("rule, high, all nodes of Spain", fitted.high_mw, every.free_mw),
        ("rule, middle, nodes with a figure", fitted.middle_mw[every.figure], every.free_mw[every.figure]),
        ("rule, middle, areas of Norway", pd.Series(rule(True).middle, areas.index), areas),
        ("nothing before the queue's end, areas of Norway", areas * 0, areas),
    ]
    return pd.DataFrame([{"rule": name, **_errors(said, true)} for name, said, true in rows])


def _errors(said: pd.Series, true: pd.Series) -> dict[str, float]:
    none, some = true < LEAST_SITE_MW, true >= LEAST_SITE_MW
    called = said >= LEAST_SITE_MW
    return {
        "places": float(len(true)),
        "true_mw": float(true.mean()),
        "bias_mw": float((said - true).mean()),
        "mae_mw": float((said - true).abs().mean()),
        "false_room_share": float(called[none].mean()),
        "missed_room_share": float((~called[some]).mean()) if some.any() else float("nan"),
    }


def _without(region: str) -> pd.DataFrame:
    """Predict the nodes of a region from those of all others."""
    here, others = nodes()[nodes().region == region], nodes()[nodes().region != region].groupby("high").free_mw
    said = pd.DataFrame(
        {"low_mw": others.median(), "middle_mw": others.mean(), "high_mw": others.quantile(HIGH_QUANTILE)}
    )
    return here[["high"]].join(said, on="high")


def _plants() -> pd.DataFrame:
    """Give each closed coal plant of Spain with what its best node has free."""
    typed = pd.read_csv(FACTS / "facts_coal_nodes.csv", comment="#")
    joined = typed.merge(nodes(), on="node", how="left", validate="one_to_one")
    if joined.free_mw.isna().any():
        raise ValueError(f"no such node: {list(joined.node[joined.free_mw.isna()])}")
    plants = joined.groupby("plant").agg(plant_mw=("plant_mw", "max"), free_mw=("free_mw", "max"), high=("high", "max"))
    claimed = (COAL_SHARE * plants.plant_mw).clip(upper=COAL_MOST_MW)
    return plants.assign(claimed_mw=claimed, middle_mw=[rule(bool(high)).middle for high in plants.high])


def page() -> str:
    """Write the table of errors in Markdown."""
    ranges = [
        f"| {name} | {int(sum(nodes().high == high))} | {(nodes().free_mw[nodes().high == high] > 0).mean():.0%} "
        f"| {rule(high).low:g} | {rule(high).middle:g} | {rule(high).high:g} |"
        for name, high in (("300 kV and more", True), ("220-299 kV", False))
    ]
    lines = [
        "| station of | nodes in Spain | with room | low (median) | middle (mean) | high (one in ten above) |",
        "|---|---|---|---|---|---|",
        *ranges,
        "",
        "| rule | places | true mean, MW | bias, MW | mean error, MW | full called free | free called full |",
        "|---|---|---|---|---|---|---|",
    ]
    found = errors()
    for name, places, true, bias, error, false_room, missed in found.itertuples(index=False, name=None):
        full = "-" if np.isnan(missed) else f"{missed:.0%}"
        lines.append(f"| {name} | {places:.0f} | {true:.0f} | {bias:+.0f} | {error:.0f} | {false_room:.0%} | {full} |")
    return "\n".join(lines)


def main() -> None:
    """Put the tables between their marks in `SOURCES.md`."""
    path = EUROPE / "SOURCES.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    path.write_text(f"{before}{MARKS[0]}\n{page()}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
