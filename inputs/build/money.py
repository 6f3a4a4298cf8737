"""Writes `countries.csv`, `funds.csv`, `tranches.csv` and overlays of them: what it costs where, and who pays."""

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
LENT_MEUR = 4_000.0
"""What is lent in place of as much private money in the overlay `money/lent`."""
MOBILISED = (
    "InvestAI mobilises EUR 200 billion, 20 of it public for AI gigafactories (European Commission, "
    "11 February 2025); that all of it goes into compute: the question"
)
MCKINSEY = (
    "USD 250 to 300 billion for data centres in Europe up to 2030, power apart (McKinsey, The role of power in "
    "unlocking the European AI revolution, October 2024), at USD 1.082 a euro (mean of 2024)"
)
SCALED = {"investai_200bn": (20_000.0, 180_000.0, MOBILISED), "capital_300bn": (6_700.0, 270_600.0, MCKINSEY)}
"""Overlay -> public and private money of all periods, MEUR, and where that comes from."""
EIB = (
    "A fifth of the programme: no amount is published; EIB and Commission explore loans beside the grants (EIB, 4 "
    "December 2025). Interest and tenor: judgement, real cost of long money with a margin, some years beyond the chips"
)
COMMITTED = ("AT", "BG", "CZ", "DE", "ES", "FI", "FR", "GR", "IT", "LT", "NL", "PL", "PT", "RO", "SE", "SI")
NOBODY_NAMES = (
    "16 member states expressed interest (Commission, 30 June 2025), which it does not name, and commitments are not "
    "published: the hosts of AI Factories, Portugal with its bid for Sines in place of Luxembourg"
)


def main() -> None:
    """Write the three tables, and as overlays: Finland's tax credit, more money, money that is matched, money lent."""
    write_table("countries", (_country(fact, {}) for fact in countries().values()))
    credited = (_country(fact, CREDITED_TAX) for fact in countries().values())
    write_table("countries", credited, EUROPE / "tax/fi_credit")
    investai, private = (_fund(*row[:3], row[4], fund=fund) for fund, row in FUNDS.items())
    write_table("funds", [investai, private])
    tranches = [each for fund, row in FUNDS.items() for each in _tranches(fund, row[3])]
    write_table("tranches", tranches)
    said = {"amount_meur": OPEN_MEUR, "source": "Asked, not foreseen: so much that it does not bind"}
    others = [row for row in tranches if row["fund"] != "private"]
    write_table("tranches", [*others, tranches[len(others)] | said], EUROPE / "money/open")
    for name, (public_meur, private_meur, source) in SCALED.items():
        money = [*_tranches("investai", public_meur, source), *_tranches("private", private_meur, source)]
        write_table("tranches", money, EUROPE / "money" / name)
    half = "Half of the default question's public money, of which member states pay as much as the Union"
    union = _fund("The Union's share", "union", 1, half, fund="union") | {"matched_by": "states"}
    states = _fund("Member states' share", "state", 1, half, fund="states")
    folder = EUROPE / "money/cofunded"
    write_table("funds", [union, states, private], folder)
    money = [*_tranches("union", FUNDS["investai"][3] / 2), *_tranches("states", FUNDS["investai"][3] / 2)]
    write_table("tranches", [*money, *_tranches("private", FUNDS["private"][3])], folder)
    listed = {"source": NOBODY_NAMES, "quality": "estimate"}
    countries_of = [
        {"fund": fund, "country": country, **listed} for fund in ("union", "states") for country in COMMITTED
    ]
    write_table("fund_countries", countries_of, folder)
    lent = _fund("Loans of the European Investment Bank", "debt", 1, EIB, fund="eib")
    folder = EUROPE / "money/lent"
    write_table("funds", [investai, private, lent | {"interest_share": 0.02, "tenor_years": 8}], folder)
    money = [*_tranches("private", FUNDS["private"][3] - LENT_MEUR), *_tranches("eib", LENT_MEUR, EIB)]
    write_table("tranches", [*_tranches("investai", FUNDS["investai"][3]), *money], folder)


def _fund(name: str, kind: str, ceiling: float, source: str, *, fund: str) -> dict[str, object]:
    return {
        "fund": fund,
        "name": name,
        "kind": kind,
        "aid_ceiling_share": ceiling,
        "source": source,
        "quality": "estimate",
    }


def _tranches(fund: str, total_meur: float, said: str = "") -> list[dict[str, object]]:
    return [
        {
            "fund": fund,
            "period": period,
            "amount_meur": round(total_meur * share, 6),
            "source": f"{share:.0%} of the fund: half at once, then less (judgement){f'. {said}' if said else ''}",
            "quality": "estimate",
        }
        for period, share in TRANCHE_SHARE.items()
    ]


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
