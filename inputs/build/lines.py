"""Writes `lines.csv`: transfer capacities between neighbouring zones, both ways, with their losses."""

from inputs.build.table import FACTS, read_csv, write_table

LOSS_SHARE = {"ac": 0.02, "sea": 0.035}
USABLE_SHARE = {"nordic": 0.8, "recalled": 0.8}
"""Usual part of the greatest capacity that the operators allot: judgement after their yearly reports."""
BASES = {
    "ember": ("Ember, interconnection data tool (CC BY 4.0), as of February 2025", "real"),
    "cable": ("Nameplate of the HVDC cables in operation in 2025, as the operators publish it", "real"),
    "shared": (
        "Ember, interconnection data tool (CC BY 4.0), February 2025, Luxembourg or cables set apart",
        "derived",
    ),
    "agreed": (
        "Firm long-term rights agreed by APG, TransnetBW, TenneT DE and Amprion since 2018: 4,900 MW",
        "estimate",
    ),
    "nordic": ("0.8 of the greatest NTC, TSO figures as Electricity Maps republishes them, 2025", "derived"),
    "recalled": ("0.8 of the greatest NTC between Nordic zones, typed from general knowledge, not checked", "estimate"),
    "terna": ("Limits between market zones (Terna 2023-2025), rounded", "estimate"),
    "island": ("East-West 500 MW and Greenlink 500 MW by cable, Northern Ireland tie about 300 MW", "estimate"),
    "judged": ("Judgement: typical yearly NTC published by the operators (ENTSO-E), rounded", "estimate"),
}
LOSS = "Loss: judgement, 2 % over land, 3.5 % by sea with converters"


def main() -> None:
    """Write the table of lines."""
    rows: list[dict[str, object]] = []
    for fact in read_csv(FACTS / "facts_lines.csv"):
        basis, quality = BASES[fact["basis"]]
        ends = {"from_zone": fact["from_zone"], "to_zone": fact["to_zone"]}
        usable = USABLE_SHARE.get(fact["basis"], 1.0)
        capacities = {key: usable * float(fact[key]) for key in ("forward_mw", "backward_mw")}
        row = {"line": "-".join(ends.values()), **ends, **capacities}
        row |= {"loss_share": LOSS_SHARE[fact["kind"]], "reactance_pu": 0}  # a market couples zones by capacity alone
        rows.append({**row, "source": f"{basis}. {LOSS}", "quality": quality})
    write_table("lines", rows)


if __name__ == "__main__":
    main()
