"""Writes `chips.csv` and `chip_supply.csv`: accelerators with price, power and throughput, and what Europe can buy."""

from collections.abc import Iterator
from functools import cache

from inputs.build.table import FACTS, read_csv, write_table

USD_PER_EUR = 1.13
H100_TFLOPS = 989.5
LIFE_YEARS = 5
AVAILABILITY_SHARE = 0.95
PERIODS = ("2028-2030", "2031-2033", "2034-2035")


def main() -> None:
    """Write both tables."""
    write_table("chips", (_chip(fact) for fact in _facts().values()))
    write_table("chip_supply", (row for fact in _facts().values() for row in _supply(fact)))


def server_kw(chip: str) -> float:
    """Give the power per chip at the server's plug: stated, or the rack's divided by its chips."""
    fact = _facts()[chip]
    return float(fact["chip_kw"] or 0) or round(float(fact["rack_kw"]) / int(fact["rack_chips"]), 3)


@cache
def _facts() -> dict[str, dict[str, str]]:
    return {row["chip"]: row for row in read_csv(FACTS / "facts_chips.csv")}


def _chip(fact: dict[str, str]) -> dict[str, object]:
    usd = float(fact["chip_usd"] or 0) or float(fact["rack_usd"]) / int(fact["rack_chips"])
    return {
        "chip": fact["chip"],
        "name": fact["name"],
        "jurisdiction": fact["jurisdiction"],
        "first_year": int(fact["first_year"]),
        "last_year": int(fact["last_year"]),
        "server_kw": server_kw(fact["chip"]),
        "rack_kw": float(fact["rack_kw"]),
        "throughput_h100e": round(float(fact["tflops"]) / H100_TFLOPS, 4),
        "price_eur_per_chip": round(usd / USD_PER_EUR, -2),
        "life_years": LIFE_YEARS,
        "availability_share": AVAILABILITY_SHARE,
        "source": f"{float(fact['tflops']):g} TFLOP/s dense 16-bit (Epoch AI ml_hardware, CC-BY-4.0, unless said) over "
        f"{H100_TFLOPS:g}. {fact['remark']}. Price, power: estimates; USD {USD_PER_EUR:g} a euro (ECB, mean of 2025)",
        "quality": "estimate",
    }


def _supply(fact: dict[str, str]) -> Iterator[dict[str, object]]:
    for period in PERIODS:
        kchips = fact[f"supply_{period}"]
        yield {
            "chip": fact["chip"],
            "tier": "any",
            "period": period,
            "limit_kchips": float(kchips or 0),
            "source": "Share of world shipments that reaches buyers in Europe other than the American hyperscalers; "
            "judgement, see SOURCES.md",
            "quality": "estimate",
        }


if __name__ == "__main__":
    main()
