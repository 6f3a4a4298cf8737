"""Warnings about numbers that may be meant in another unit: believable one by one, not beside their row and column."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from models.case import Case
from models.settings import Settings
from models.units import SLIPS
from optimizer.case.checks_coordinates import distance_km
from optimizer.case.columns import Column, columns_of
from optimizer.case.faults import Fault
from optimizer.case.table import Table, Tables

SERIES = {
    "fleets": ("capacity_mw", "from_year"),
    "headrooms": ("headroom_mw", "from_year"),
    "demand": ("demand_kh100e", "period"),
    "chip_supply": ("limit_kchips", "period"),
    "tranches": ("amount_meur", "period"),
}
"""Table -> the number that moves, and what dates it."""
LEAP = 100.0
"""Nothing grows or shrinks by this factor from one date to the next (52 in Europe, plants that close)."""
FUEL_KG = 200.0
"""A technology that emits more per MWh burns fuel that is paid for, ..."""
FUEL_EUR = 12.0
"""... at least so many EUR per MWh: lignite without a price of carbon."""
EUR_PER_H100E = (1_000.0, 300_000.0)
"""Price of the compute of an H100: A100 42,000, H100 30,000, the 2030s perhaps 5,000."""
H100E_PER_KW = (0.05, 15.0)
"""Compute of a kW of servers: A100 0.4, Rubin Ultra 3."""
DETOUR = 5.0
"""A line is at most so many times as long as the geodesic, and 10 km more."""
VACUUM_KM_PER_MS, SLOWEST_KM_PER_MS, SPARE_MS = 299.8, 10.0, 50.0
"""No message is faster than light, none over networks in Europe slower than a twentieth of light in glass and 50 ms."""


def numbers_are_of_the_usual_size(tables: Tables, case: Case) -> Iterator[Fault]:
    """A number is believable but rare in its unit, or the median of its column is."""
    for table in tables.values():
        yield from size_warnings(table)


def size_warnings(table: Table) -> Iterator[Fault]:
    """Yield what is outside the usual span of its column, and the columns whose median is."""
    for column in columns_of(table.row_class).values():
        sizes = {key: abs(size) for key, row in table.rows.items() if (size := _number(row, column))}
        if column.usual:
            for key, size in sizes.items():
                if not column.usual[0] <= size <= column.usual[1]:
                    yield table.fault(key, column.name, _rare(size, column, column.usual))
        if column.median and sizes and not column.median[0] <= median(sizes.values()) <= column.median[1]:
            middle = median(sizes.values())
            rule = f"the median of the column, {middle:g}, {_rare(middle, column, column.median)}"
            yield Fault(table.file, rule, column=column.name)


def _number(row: object, column: Column) -> float:
    return float(getattr(row, column.name)) if column.numeric else 0.0


def _rare(size: float, column: Column, span: tuple[float, float]) -> str:
    """Say that a size is rare, with the slip of unit that would make it usual."""
    low, high = span
    slips = [slip.unit for slip in SLIPS.get(column.unit, ()) if low <= (size - slip.plus) / slip.times <= high]
    symbol = column.unit.split(",")[0].split(" (")[0]
    return f"is seldom outside {low:g} .. {high:g} {symbol}" + "".join(f" ({s} written?)" for s in slips[:1])


def numbers_move_in_steps_not_leaps(tables: Tables, case: Case) -> Iterator[Fault]:
    """A number leaps by a factor of a hundred or more from one year or period to the next of the same series."""
    for name, (column, when) in SERIES.items():
        series: dict[tuple[object, ...], list[tuple[int, object]]] = {}
        for key, row in tables[name].rows.items():
            year = row.from_year if when == "from_year" else case.periods[row.period].first_year
            others = tuple(getattr(row, part) for part in row.key if part != when)
            series.setdefault(others, []).append((year, key))
        for dated in series.values():
            for (before, one), (_, other) in pairwise(sorted(dated)):
                sizes = [getattr(tables[name].rows[key], column) for key in (one, other)]
                if min(sizes) > 0 and max(sizes) >= LEAP * min(sizes):
                    yield tables[name].fault(other, column, f"was {sizes[0]:g} in {before} (another unit?)")


def fuel_is_paid_for(tables: Tables, case: Case) -> Iterator[Fault]:
    """A technology that burns fuel costs next to nothing to run."""
    for key, row in case.technologies.items():
        if row.emission_kg_per_mwh >= FUEL_KG and row.marginal_eur_per_mwh < FUEL_EUR:
            rule = f"emits {row.emission_kg_per_mwh:g} kg per MWh, but costs less than {FUEL_EUR:g} EUR per MWh to run"
            yield tables["technologies"].fault(key, "marginal_eur_per_mwh", f"{rule} (cent per kWh written?)")


def dirty_technologies_emit(tables: Tables, case: Case) -> Iterator[Fault]:
    """A technology that is not low-carbon, and not storage, emits next to nothing."""
    for key, row in case.technologies.items():
        if row.kind != "storage" and not row.low_carbon and 0 < row.emission_kg_per_mwh < 50:
            rule = "little for what is not low_carbon (another unit?)"
            yield tables["technologies"].fault(key, "emission_kg_per_mwh", rule)


def chips_are_worth_their_price(tables: Tables, case: Case) -> Iterator[Fault]:
    """A chip's compute is out of proportion to its price or its power."""
    for key, row in case.chips.items():
        price, density = row.price_eur_per_chip / row.throughput_h100e, row.throughput_h100e / row.server_kw
        if price and not EUR_PER_H100E[0] <= price <= EUR_PER_H100E[1]:
            rule = (
                f"{price:,.4g} EUR per H100-equivalent is seldom outside {EUR_PER_H100E[0]:,g} .. {EUR_PER_H100E[1]:,g}"
            )
            yield tables["chips"].fault(key, "price_eur_per_chip", rule)
        if not H100E_PER_KW[0] <= density <= H100E_PER_KW[1]:
            rule = (
                f"{density:,.4g} H100-equivalents per kW are seldom outside {H100E_PER_KW[0]:g} .. {H100E_PER_KW[1]:g}"
            )
            yield tables["chips"].fault(key, "throughput_h100e", rule)


def lines_go_nearly_straight(tables: Tables, case: Case) -> Iterator[Fault]:
    """A site's line is far longer than the way to its substation."""
    for key, row in case.sites.items():
        end = case.substations[row.substation]
        away_km = distance_km(row, end)
        if row.distance_km > DETOUR * away_km + 10:
            rule = f"its substation {row.substation} is {away_km:.3g} km away (m written?)"
            yield tables["sites"].fault(key, "distance_km", rule)


def messages_travel_like_light(tables: Tables, case: Case) -> Iterator[Fault]:
    """A stated round trip is faster than light in a vacuum, or slower than any network."""
    for key, row in case.latency.items():
        away_km = distance_km(case.sites[row.site], case.regions[row.region])
        least, most = 2 * away_km / VACUUM_KM_PER_MS, 2 * away_km / SLOWEST_KM_PER_MS + SPARE_MS
        if not least <= row.round_trip_ms <= most:
            rule = f"{away_km:,.0f} km there and as many back take {least:.3g} .. {most:,.0f} ms (another unit?)"
            yield tables["latency"].fault(key, "round_trip_ms", rule)


def shares_of_the_question_are_shares(tables: Tables, case: Case) -> Iterator[Fault]:
    """A share of the scenario is so large that percent may be meant."""
    yield from objective_settings_warnings(case.settings)


def objective_settings_warnings(asked: Settings) -> Iterator[Fault]:
    """Yield the shares of a scenario that are seldom as large."""
    for path, share, most in (
        ("solve.gap_share", asked.solve.gap_share, 0.1),
        ("question.tolerance_share", asked.question.tolerance_share, 0.2),
        ("power.shed_share", asked.power.shed_share, 0.005),
        ("money.discount_share", asked.money.discount_share, 0.2),
    ):
        if share > most:
            yield Fault(
                "scenario",
                f"is {share:.3g} of 1, seldom over {most:g} (percent written?)",
                column=path,
                value=f"{share:g}",
            )
