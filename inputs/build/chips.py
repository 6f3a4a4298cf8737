"""Writes `chips.csv` and `chip_supply.csv`: accelerators, what Europe can buy of them, and other tracks of both."""

from collections.abc import Iterator
from functools import cache
from math import log
from typing import NamedTuple, cast

from inputs.build.table import EUROPE, FACTS, Cell, read_csv, write_table
from models.case import Quality

NOW = 2026
USD_PER_EUR = 1.13
H100_TFLOPS = 989.5
AVAILABILITY_SHARE = 0.95
PERIODS = ("2028-2030", "2031-2033", "2034-2035")


class Track(NamedTuple):
    """How chips may turn out: years of use, price and supply relative to the middle, and why."""

    life_years: float
    price_factor: float
    supply_factor: float
    why: str


MIDDLE = Track(5, 1.0, 1.0, "Amazon writes servers off in 5 years since January 2025, Lambda too")
TRACKS = {
    "low": Track(
        3, 1.2, 0.5, "3 years: M. Burry's estimate (November 2025); a fifth dearer and half the supply: judgement"
    ),
    "high": Track(
        6, 0.8, 2.0, "6 years: Google, Microsoft, CoreWeave; a fifth cheaper and twice the supply: judgement"
    ),
    "short": Track(1.5, 1.0, 1.0, "1 to 2 years, asked by The Economist (2025) and others; middle taken"),
}
"""Overlays of the case: `chips/low` and so on. Prices of chips were known to 20-40 % in 2025 (aiinframap.com)."""
ORDERED, ORDER_PERIOD, ORDER_KCHIPS = "VR200", "2031-2033", 400.0
"""Overlay `chips/order`: the chips of four gigafactories as one order, of those that the halls of 2031 can take, filled
when that year begins, one after their sale would have ended. It is asked, not foreseen."""
H100_KG, B200_KG = 164.0, 284.0
"""Emissions of making a chip on its board, 1,312 kg CO2e of HGX H100 and 2,274 of HGX B200 over their eight (product
carbon footprint summaries, NVIDIA 2025); hosts and network are no part of them."""
MAKING = log(B200_KG / H100_KG) / log(2250 / 989.4)
"""Exponent of throughput with which they grow from the one to the other; taken for every other chip."""


def main() -> None:
    """Write both tables, and those of each track and of the order into its overlay."""
    _write(MIDDLE, "")
    for name, track in TRACKS.items():
        _write(track, f"chips/{name}")
    _write_order()
    write_table("export_caps", _tiers_of_2025(), EUROPE / "chips/tiers_2025")


def server_kw(chip: str) -> float:
    """Give the power per chip at the server's plug: stated, or the rack's divided by its chips."""
    fact = _facts()[chip]
    return float(fact["chip_kw"] or 0) or round(float(fact["rack_kw"]) / int(fact["rack_chips"]), 3)


@cache
def _facts() -> dict[str, dict[str, str]]:
    return {row["chip"]: row for row in read_csv(FACTS / "facts_chips.csv")}


def _write(track: Track, overlay: str) -> None:
    folder = EUROPE / overlay
    write_table("chips", (_chip(fact, track) for fact in _facts().values()), folder)
    if not overlay or track.supply_factor != 1:
        write_table("chip_supply", (row for fact in _facts().values() for row in _supply(fact, track)), folder)


def _write_order() -> None:
    chips = {fact["chip"]: _chip(fact, MIDDLE) for fact in _facts().values()}
    sold = Cell(int(ORDER_PERIOD[:4]), "estimate", "asked, not foreseen: sold a year longer, to fill the order")
    chips[ORDERED]["last_year"] = sold
    supply = {(row["chip"], row["period"]): row for fact in _facts().values() for row in _supply(fact, MIDDLE)}
    supply[ORDERED, ORDER_PERIOD] |= {
        "limit_kchips": ORDER_KCHIPS,
        "source": "Asked, not foreseen: four gigafactories of 100,000 chips",
    }
    write_table("chips", chips.values(), EUROPE / "chips/order")
    write_table("chip_supply", supply.values(), EUROPE / "chips/order")


def _chip(fact: dict[str, str], track: Track) -> dict[str, object]:
    usd = float(fact["chip_usd"] or 0) or float(fact["rack_usd"]) / int(fact["rack_chips"])
    price = round(track.price_factor * usd / USD_PER_EUR, -2)
    marked = {column: cast(Quality, fact[f"{column}_quality"]) for column in ("flops", "power", "price")}
    if track.price_factor != 1:
        marked["price"] = "estimate"
    said = {
        "flops": "Epoch AI ml_hardware (CC-BY-4.0)",
        "power": "as announced for the server or rack",
        "price": f"announced or an analyst's, USD {USD_PER_EUR:g} a euro (ECB, mean of 2025)",
    }
    basis = {key: "see the row" if quality == "estimate" else said[key] for key, quality in marked.items()}
    return {
        "chip": fact["chip"],
        "name": fact["name"],
        "jurisdiction": fact["jurisdiction"],
        "first_year": Cell(
            int(fact["first_year"]), "real" if int(fact["first_year"]) <= NOW else "estimate", "the vendor"
        ),
        "last_year": int(fact["last_year"]),
        "server_kw": Cell(server_kw(fact["chip"]), marked["power"], basis["power"]),
        "rack_kw": Cell(float(fact["rack_kw"]), marked["power"], basis["power"]),
        "throughput_h100e": Cell(round(float(fact["tflops"]) / H100_TFLOPS, 4), marked["flops"], basis["flops"]),
        "price_eur_per_chip": Cell(price, marked["price"], basis["price"]),
        "life_years": Cell(track.life_years, "estimate", track.why),
        "availability_share": AVAILABILITY_SHARE,
        "resale_share": Cell(1, "estimate", "as much as its remaining compute costs new: an upper end, no market yet"),
        "embodied_kg_per_chip": embodied(fact),
        "source": f"{float(fact['tflops']):g} TFLOP/s dense 16-bit over {H100_TFLOPS:g}. {fact['remark']}",
        "quality": "estimate",
    }


def embodied(fact: dict[str, str]) -> Cell:
    """Give the emissions of making a chip: two are published, others follow their line."""
    kg = round(H100_KG * (float(fact["tflops"]) / 989.4) ** MAKING, 0)
    why = "NVIDIA's product carbon footprint of the board over its 8, not checked at the document; no host, no network"
    if fact["chip"] in ("H100", "B200"):
        return Cell(kg, "estimate", why)
    return Cell(kg, "estimate", "the line from H100 (164 kg) to B200 (284 kg) by throughput")


def _tiers_of_2025() -> Iterator[dict[str, object]]:
    for period in PERIODS:
        yield {
            "jurisdiction": "US",
            "place": "tier2",
            "period": period,
            "limit_kchips": 50,
            "source": "AI diffusion rule (BIS, 90 FR 4544, 15 January 2025; rescinded 13 May 2025): some 50,000 "
            "advanced chips a country of tier 2 (790 million TPP of H100), taken per period and as chips, whatever "
            "they can do; a government's agreement doubled it",
            "quality": "estimate",
        }


def _supply(fact: dict[str, str], track: Track) -> Iterator[dict[str, object]]:
    for period in PERIODS:
        kchips = float(fact[f"supply_{period}"] or 0)
        yield {
            "chip": fact["chip"],
            "tier": "any",
            "period": period,
            "limit_kchips": track.supply_factor * kchips,
            "source": "Share of world shipments that reaches buyers in Europe other than the American hyperscalers; "
            "judgement, see SOURCES.md",
            "quality": "estimate",
        }


if __name__ == "__main__":
    main()
