"""Writes `facts_modelled_prices.csv`: what electricity costs in the first period by the reference case's own dispatch.

The prices are the dual values of the energy balances, without new data centres, for `price_basis`. They hold for the
case as built: the fingerprint of its system is written beside them, and a test tells when it has changed since.
"""

import hashlib
from collections import defaultdict

from inputs.build.table import EUROPE, FACTS, LAST, read_csv, write_csv
from models.case import Case
from models.dispatch import BALANCE
from optimizer.benders.baseline import period_programme
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.solver.highs import run_highs

DAYS = 16
MOST_SECONDS = 3600.0
SYSTEM = (
    *("zones", "technologies", "marginal_costs", "fleets", "reservoirs", "inflows", "lines", "load", "availability"),
    *("sites", "chips"),
)
"""Tables that the dispatch without new data centres rests on; sites and chips for the draw of committed machines."""
UNREAD = ("operator", "resale_share", "embodied_kg_per_chip")
"""Columns of those tables that no dispatch reads: who runs a site, what used chips fetch and what making them emits."""
KEYS = ("usable_transfer_share", "usable_transfer_summer_share", "must_run_summer_share", "reservoirs")
"""Keys of `power` that it rests on as well."""
PRICES = FACTS / "facts_modelled_prices.csv"


def main() -> None:
    """Solve the first period and write the mean price of every zone, EUR/MWh."""
    settings = load_settings(EUROPE, overrides={"time": {"representative_days": DAYS}})
    case = read_case(EUROPE, settings)
    prices = modelled_prices(case)
    write_csv(
        PRICES, ["zone", "modelled", "system"], ([zone, round(price, 1), fingerprint()] for zone, price in prices)
    )


def modelled_prices(case: Case) -> list[tuple[str, float]]:
    """Return the mean over the first period's hours of what one more MWh costs in each zone, EUR/MWh."""
    period = next(iter(case.periods))
    form = build_extensive_form(case)
    program, _ = period_programme(form, period)
    optimum = run_highs(program, monitor=RunMonitor(), seconds=MOST_SECONDS)
    if optimum.row_duals is None:
        raise ValueError(f"the dispatch without data centres has no optimum: {optimum.status}")
    total: dict[str, float] = defaultdict(float)
    for name, dual in zip(program.row_names, optimum.row_duals, strict=True):
        if f".{BALANCE}[" in name:
            total[name.rpartition("[")[2].partition(",")[0]] += float(dual) * 1e6  # a day's dual has its weight in it
    hours = sum(day.weight for day in case.days) * case.settings.time.hours_per_day
    return [(zone, total[zone] / hours) for zone in case.zones]


def fingerprint() -> str:
    """Return the SHA-256 of the tables and keys that the prices rest on, in short; the wording of a source is not."""
    power = load_settings(EUROPE).power
    digest = hashlib.sha256(repr([getattr(power, key) for key in KEYS]).encode())
    for name in SYSTEM:
        table = EUROPE / f"{name}.csv"
        if table.exists():
            rows = [[cell for column, cell in row.items() if column not in (*LAST, *UNREAD)] for row in read_csv(table)]
            digest.update(repr(rows).encode())
        else:
            digest.update((EUROPE / f"{name}.parquet").read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    main()
