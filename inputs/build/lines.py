"""Writes `lines.csv`: transfer capacities between zones, both ways, in service and planned, with losses."""

from inputs.build.fleets import QUALITIES
from inputs.build.table import FACTS, Cell, read_csv, write_table
from models.case import Quality

CAPACITIES = ("forward_mw", "backward_mw")

LOSS_SHARE = {"ac": 0.02, "sea": 0.035}
USABLE_SHARE = {"published": 0.8, "aurora": 0.8, "recalled": 0.8}
"""Usual part of the greatest exchange that the operators allot.

Judgement: 0.8 after the Nordic operators' yearly reports. Where Ember states an NTC as well (AT, CH, ES, FR and SI with
their neighbours, LT-LV), it is 0.43 to 0.82 of the greatest exchange.
"""
BASES: dict[str, tuple[str, Quality]] = {
    "ember": ("Ember, interconnection data tool (CC BY 4.0): NTC of February 2025", "real"),
    "cable": ("Nameplate of the direct-current cables in operation, as the operators publish it", "real"),
    "shared": (
        "Ember, interconnection data tool (CC BY 4.0), February 2025, Luxembourg or cables set apart",
        "derived",
    ),
    "agreed": (
        "Firm long-term rights agreed by APG, TransnetBW, TenneT DE and Amprion since 2018: 4,900 MW",
        "estimate",
    ),
    "published": (
        "0.8 of the greatest exchange, operators' figures as Electricity Maps collects them, 2026",
        "derived",
    ),
    "aurora": (
        "0.8 of about 2,000 MW with the Aurora Line, in operation since the end of 2025 (Svenska kraftnat)",
        "derived",
    ),
    "recalled": ("0.8 of the greatest NTC between Nordic zones, typed from general knowledge, not checked", "estimate"),
    "terna": ("Limits between market zones (Terna), as Electricity Maps collects them", "real"),
    "island": ("East-West 500 MW and Greenlink 500 MW by cable, Northern Ireland tie about 300 MW", "estimate"),
    "judged": ("Judgement: typical yearly NTC published by the operators (ENTSO-E), rounded", "estimate"),
}
FREE_FLOW = Cell(0, "derived", "A market couples zones by capacity alone: a row is no circuit")
LOSS = "Judgement: 2 % over land, 3.5 % by sea with converters"


def main() -> None:
    """Write the table of lines: those in service, then each planned line as a row of its own."""
    rows: list[dict[str, object]] = []
    for fact in read_csv(FACTS / "facts_lines.csv"):
        source, quality = BASES[fact["basis"]]
        usable = USABLE_SHARE.get(fact["basis"], 1.0)
        capacities = {key: usable * float(fact[key]) for key in CAPACITIES}
        rows.append(_row("-".join([fact["from_zone"], fact["to_zone"]]), fact, capacities, source, quality))
    for fact in read_csv(FACTS / "facts_planned.csv"):
        if fact["first_year"]:
            capacities = {key: float(fact[key]) for key in CAPACITIES}
            quality = QUALITIES[fact["quality"]]
            rows.append(_row(fact["line"], fact, capacities, f"Planned. {fact['reason']}", quality))
            rows[-1]["first_year"] = int(fact["first_year"])
    write_table("lines", rows)


def _row(
    line: str, fact: dict[str, str], capacities: dict[str, float], source: str, quality: Quality
) -> dict[str, object]:
    ends = {"line": line, "from_zone": fact["from_zone"], "to_zone": fact["to_zone"]}
    loss = Cell(LOSS_SHARE[fact["kind"]], "estimate", LOSS)
    return {**ends, **capacities, "loss_share": loss, "reactance_pu": FREE_FLOW, "source": source, "quality": quality}


if __name__ == "__main__":
    main()
