"""Writes `countries.csv`, `funds.csv` and `tranches.csv`: what it costs where, and who pays."""

from functools import cache
from typing import cast

from inputs.build.candidates import countries
from inputs.build.table import EUROPE, FACTS, Cell, read_csv, write_table
from models.case import Quality

SITES_MAX = 3
EU_LABOUR_EUR = 33.5
MEAN_USD_PER_W = 10.4
LOCAL_SHARE = 1 / 3
CHEAP_LABOUR_SHARE = 0.5
THIRD_DEAREST = "SE"
CREDITED_TAX = {"FI": 0.5}
"""Tax that remains of the full rate if a planned credit makes up for the rest: overlay `tax/fi_credit`."""
TRANCHE_SHARE = {"2028-2030": 0.5, "2031-2033": 0.3, "2034-2035": 0.2}
OPEN_MEUR = 100_000.0
"""Private money of the overlay `money/open`, there from the first period on: more than four gigafactories take."""
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
    """Write the three tables, and the countries once more with the Finnish tax credit as an overlay."""
    write_table("countries", (_country(fact, {}) for fact in countries().values()))
    credited = (_country(fact, CREDITED_TAX) for fact in countries().values())
    write_table("countries", credited, EUROPE / "tax/fi_credit")
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
    tranches = [
        {
            "fund": fund,
            "period": period,
            "amount_meur": row[3] * share,
            "source": f"{share:.0%} of the fund: half at once, then less (judgement)",
            "quality": "estimate",
        }
        for fund, row in FUNDS.items()
        for period, share in TRANCHE_SHARE.items()
    ]
    write_table("tranches", tranches)
    said = {"amount_meur": OPEN_MEUR, "source": "Asked, not foreseen: so much that it does not bind"}
    others = [row for row in tranches if row["fund"] != "private"]
    write_table("tranches", [*others, tranches[len(others)] | said], EUROPE / "money/open")


def _country(fact: dict[str, str], credited: dict[str, float]) -> dict[str, object]:
    country = fact["country"]
    fee, labour, tax = (_typed(name)[country] for name in ("fees", "labour", "taxes"))
    grid, levies = float(fee["grid"]), float(fee["levies"])
    paid = Cell(float(tax["paid"]), _quality(tax), f"standard rate {tax['standard']}: {tax['source']}")
    if country in credited:
        paid = Cell(
            credited[country], "estimate", "the planned credit is taken to give back all but the Union's least rate"
        )
    law: tuple[Quality, str] = ("estimate", "no limit of PUE or duty of reuse in force without a date, as far as known")
    return {
        "country": country,
        "name": fact["name"],
        "eu_member": fact["eu_member"] == "true",
        "export_tier": fact["export_tier"],
        "building_factor": _building(country),
        "grid_fee_eur_per_mwh": Cell(
            grid + levies, _quality(fee), f"grid {grid:g}, levies {levies:g}: {fee['source']}"
        ),
        "electricity_tax_eur_per_mwh": paid,
        "connection_charge_meur_per_mw": Cell(
            float(fee["charge"]), "estimate", fee["source"] if float(fee["charge"]) else "the works alone are paid"
        ),
        "wage_factor": Cell(
            round(_labour(country), 2),
            "estimate" if _quality(labour) == "estimate" else "derived",
            f"{labour['eur_per_hour']} EUR an hour over the Union's {EU_LABOUR_EUR:g} (Eurostat, 2024)",
        ),
        "pue_limit": Cell(float(fact["pue_limit"]), *law),
        "reuse_share": Cell(float(fact["reuse_share"]), *law),
        "sites_max": SITES_MAX,
        "source": f"Tier: AI diffusion rule of 2025 (rescinded). At most {SITES_MAX} sites: judgement",
        "quality": "estimate",
    }


def _quality(fact: dict[str, str]) -> Quality:
    return cast(Quality, fact["quality"])


def _building(country: str) -> Cell:
    """Give the cost of a hall: published, else by labour and no more than in the third dearest city."""
    usd = _typed("labour")[country]["usd_per_w"]
    if usd:
        said = f"Turner & Townsend 2025-26: {usd} USD per W over {MEAN_USD_PER_W:g} (Savills: 9.9 in 2024, + 5.5 %)"
        if country == THIRD_DEAREST:
            return Cell(
                round(float(usd) / MEAN_USD_PER_W, 2),
                "derived",
                f"Stockholm between London and Frankfurt (Savills). {said}",
            )
        return Cell(round(float(usd) / MEAN_USD_PER_W, 2), "derived", said)
    most = float(_typed("labour")[THIRD_DEAREST]["usd_per_w"]) / MEAN_USD_PER_W
    return Cell(
        round(min(by_labour(country), most), 2), "estimate", "two thirds equipment at one price, a third by labour cost"
    )


def by_labour(country: str) -> float:
    """Give the building factor by the cost of labour, which moves a third of it.

    Where labour is cheap half of the difference counts, since crews and materials come from abroad.
    """
    extra = _labour(country) - 1
    return 1 + LOCAL_SHARE * (extra if extra > 0 else CHEAP_LABOUR_SHARE * extra)


def _labour(country: str) -> float:
    return float(_typed("labour")[country]["eur_per_hour"]) / EU_LABOUR_EUR


@cache
def _typed(name: str) -> dict[str, dict[str, str]]:
    return {row["country"]: row for row in read_csv(FACTS / f"facts_{name}.csv")}


if __name__ == "__main__":
    main()
