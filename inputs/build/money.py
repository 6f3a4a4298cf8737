"""Writes `countries.csv`, `funds.csv` and `tranches.csv`: what it costs where, and who pays."""

from inputs.build.candidates import countries
from inputs.build.table import write_table

SITES_MAX = 3
TRANCHE_SHARE = {"2028-2030": 0.5, "2031-2033": 0.3, "2034-2035": 0.2}
FUNDS = {
    "investai": (
        "Public money for AI gigafactories",
        "public",
        0.35,
        6700.0,
        "A third of EUR 20 billion: InvestAI covers about one third of the capital cost (interface, AI Gigafactories, "
        "October 2025); at most 35 % of a site (press, figures of the call)",
    ),
    "private": (
        "Private money",
        "private",
        1.0,
        13300.0,
        "The rest of EUR 20 billion, so that the whole programme costs what the default question allows",
    ),
}


def main() -> None:
    """Write the three tables."""
    write_table("countries", (_country(fact) for fact in countries().values()))
    write_table(
        "funds",
        (
            {
                "fund": fund,
                "name": name,
                "kind": kind,
                "aid_ceiling_share": ceiling,
                "source": source,
                "quality": "estimate",
            }
            for fund, (name, kind, ceiling, _, source) in FUNDS.items()
        ),
    )
    write_table(
        "tranches",
        (
            {
                "fund": fund,
                "period": period,
                "amount_meur": row[3] * share,
                "source": f"{share:.0%} of the fund: half at once, then less (judgement)",
                "quality": "estimate",
            }
            for fund, row in FUNDS.items()
            for period, share in TRANCHE_SHARE.items()
        ),
    )


def _country(fact: dict[str, str]) -> dict[str, object]:
    law = (
        "EnEfG: new data centres reach a PUE of 1.2 and reuse 20 % of their heat from 2028"
        if fact["country"] == "DE"
        else ""
    )
    return {
        "country": fact["country"],
        "name": fact["name"],
        "eu_member": fact["eu_member"] == "true",
        "export_tier": fact["export_tier"],
        "building_factor": float(fact["building_factor"]),
        "grid_fee_eur_per_mwh": float(fact["grid_fee"]),
        "pue_limit": float(fact["pue_limit"]),
        "reuse_share": float(fact["reuse_share"]),
        "sites_max": SITES_MAX,
        "source": "Building cost after Turner & Townsend 2025-26 and Savills (three cities cited, the rest judged). "
        "Grid fee for 50-500 MW at the transmission level: judgement. Tier: AI diffusion rule of 2025 (rescinded). "
        f"At most {SITES_MAX} sites: judgement. {law or 'No limit of PUE or duty of reuse in force, as far as known'}",
        "quality": "estimate",
    }


if __name__ == "__main__":
    main()
