"""The reference case's electricity system as it was in a year of the past, dispatched without new data centres.

What is observed decides energies: load, nuclear power, wind and sun, hydro and biomass of a country are scaled to its
year (`observed.csv`); fossil plants are those that stood, fuels and carbon cost what they did. What is left to the
dispatch, and compared, are prices and the exchange between countries.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from inputs.build.marginal_costs import difference_eur_per_mwh
from inputs.build.plants import efficiency, plants
from inputs.build.table import read_csv
from inputs.build.technologies import BURNT, DUTY_EUR_PER_T
from models.case import Array, Case, Fleet, MarginalCost
from models.dispatch import BALANCE
from models.upper_bounds import fleet_mw, mean_availability
from optimizer.benders.baseline import period_programme
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.solver.highs import run_highs
from tests.benchmarks.variations import europe, with_periods, with_section

OBSERVED = Path(__file__).with_name("observed.csv")
DAYS = 8
MOST_SECONDS = 3600.0


@dataclass(frozen=True)
class YearFacts:
    """What a year had that the reference case has otherwise."""

    fuel_eur_per_mwh: Mapping[str, float]
    """Mean price of the year, EUR per MWh of heat: TTF, API 2, own mine, heavy oil; general knowledge, rounded."""
    carbon_eur_per_t: float
    """European market, mean of the year."""
    british_carbon_eur_per_t: float
    """What Great Britain pays beyond that: its own market and price support."""
    batteries_share: float
    """Batteries of 2026 that stood: judgement."""
    lines_share: Mapping[str, float]
    """Part of a border that stood, where cables came later, as their operators date them."""
    overlays: tuple[str, ...] = ()
    """Weather of the year, where the case has it."""


YEARS: Mapping[int, YearFacts] = {
    2019: YearFacts(
        {"gas": 13.6, "coal": 7.8, "lignite": 3.0, "oil": 33.0},
        24.8,
        20.5,
        0.05,
        {
            "BE-DE": 0.4,
            "DE-NO2": 0.0,
            "DK1-GB": 0.0,
            "DK1-NL": 0.4,
            "FI-SE1": 0.94,
            "FR-GB": 0.5,
            "FR-ITN": 0.65,
            "GB-IE": 0.6,
            "GB-NO2": 0.0,
            "DE-DK2": 0.6,
        },
        ("weather/2019",),
    ),
    2024: YearFacts(
        {"gas": 34.4, "coal": 14.9, "lignite": 3.0, "oil": 40.0}, 65.2, 0.0, 0.5, {"FI-SE1": 0.94, "GB-IE": 0.6}
    ),
}
FUEL_EUR_PER_MWH = {"gas": 31.0, "coal": 14.0, "lignite": 3.0, "oil": 40.0}
"""The fuels of `technologies.csv` (`facts_technologies.csv`)."""
SUPPORTED = "biomass"
"""Paid for by a tariff: runs whatever the market pays."""
HYDRO = ("hydro_reservoir", "hydro_ror", "biomass", "geothermal", "waste")
WIND_SUN = ("wind_onshore", "wind_offshore", "solar")

Rule = Callable[[Case], Case]


def without_seasons(case: Case) -> Case:
    """Return the case whose lines give the market all that they can."""
    return with_section(case, "power", usable_transfer_share=1.0, usable_transfer_summer_share=None)


def without_starts(case: Case) -> Case:
    """Return the case whose plants vary at will."""
    free = {"minimum_load_share": 0.0, "ramp_share_per_hour": 1.0, "start_eur_per_mw": 0.0}
    return replace(case, technologies={name: row.model_copy(update=free) for name, row in case.technologies.items()})


def without_must_run(case: Case) -> Case:
    """Return the case in which nothing must run."""
    fleets = {key: row.model_copy(update={"must_run_share": 0.0}) for key, row in case.fleets.items()}
    return replace(case, fleets=fleets)


def without_local_costs(case: Case) -> Case:
    """Return the case in which a technology costs the same everywhere."""
    return replace(case, marginal_costs={})


RULES: Mapping[str, Rule] = {
    "usable lines": without_seasons,
    "minimum load, starts": without_starts,
    "must-run": without_must_run,
    "local costs": without_local_costs,
}
"""Rule -> what takes it out of a case."""


def stages(case: Case) -> dict[str, Case]:
    """Return the case without any of the rules, then with one more each."""
    names = list(RULES)
    found = {}
    for count in range(len(names) + 1):
        here = case
        for name in names[count:]:
            here = RULES[name](here)
        found["none" if not count else f"+ {names[count - 1]}"] = here
    return found


def observed(year: int) -> dict[str, dict[str, float]]:
    """Return the observed figures of a year by country."""
    rows = [row for row in read_csv(OBSERVED) if row["year"] == str(year)]
    return {row["country"]: {key: float(value) for key, value in row.items() if key != "country"} for row in rows}


def observed_hours() -> dict[str, dict[str, float]]:
    """Return mean, quantiles and daily spread of the hourly prices of 2018 by zone, EUR/MWh."""
    rows = read_csv(OBSERVED.with_name("observed_hours.csv"))
    return {row["zone"]: {key: float(value) for key, value in row.items() if key != "zone"} for row in rows}


def past_case(year: int, base: Case | None = None) -> Case:
    """Return the reference case with the system of a year, as its first period."""
    facts = YEARS[year]
    case = base or europe(time={"representative_days": DAYS}, inputs={"overlays": facts.overlays})
    case = with_periods(case, 1)
    ((first, row),) = case.periods.items()
    only = row.model_copy(update={"length_years": 1})
    case = replace(with_section(case, "money", base_year=row.first_year), periods={first: only})
    seen, now = observed(year), observed(2024)
    load = {
        zone: values * seen[at]["demand_twh"] / now[at]["demand_twh"]
        for zone, values in case.hourly["load"].items()
        for at in [case.zones[zone].country]
    }
    case = replace(
        case,
        hourly={**case.hourly, "load": load},
        lines={
            line: row.model_copy(
                update={
                    name: getattr(row, name) * facts.lines_share.get(line, 1.0)
                    for name in ("forward_mw", "backward_mw")
                }
            )
            for line, row in case.lines.items()
            if row.first_year <= year
        },
        marginal_costs=_costs(case, facts),
        technologies=_technologies(case, facts),
    )
    return _with_energies(_with_fleets(case, first, year, facts), first, seen)


def _duty(country: str, facts: YearFacts) -> float:
    return facts.carbon_eur_per_t + (facts.british_carbon_eur_per_t if country == "GB" else 0.0)


def _technologies(case: Case, facts: YearFacts) -> dict[str, Any]:
    """Return the technologies with the fuels and the carbon price of the year."""
    changed = {SUPPORTED: {"marginal_eur_per_mwh": 1.0}}
    changed |= {
        name: {"marginal_eur_per_mwh": _cost(case, name, facts.carbon_eur_per_t, facts)}
        for name in BURNT
        if name in case.technologies
    }
    return {name: row.model_copy(update=changed.get(name, {})) for name, row in case.technologies.items()}


def _cost(case: Case, technology: str, carbon_eur_per_t: float, facts: YearFacts) -> float:
    row, fuel = case.technologies[technology], BURNT[technology]
    more = (facts.fuel_eur_per_mwh[fuel] - FUEL_EUR_PER_MWH[fuel]) / efficiency(technology)
    return row.marginal_eur_per_mwh + more + (carbon_eur_per_t - DUTY_EUR_PER_T) * row.emission_kg_per_mwh / 1000


def _costs(case: Case, facts: YearFacts) -> dict[tuple[str, str], MarginalCost]:
    """Return what fuel and carbon cost in the year where that is not what they cost elsewhere."""
    found = {}
    for zone, technology in case.supplies:
        country = case.zones[zone].country
        if technology in BURNT:
            duty = _duty(country, facts)
            kilograms = case.technologies[technology].emission_kg_per_mwh
            local = difference_eur_per_mwh(country, technology, kilograms, -duty)
            if local or duty != facts.carbon_eur_per_t:
                cost = _cost(case, technology, duty, facts) + local
                cells = {"zone": zone, "technology": technology, "marginal_eur_per_mwh": cost}
                found[zone, technology] = MarginalCost(**cells, source="past year", quality="estimate")
    return found


def _with_fleets(case: Case, period: str, year: int, facts: YearFacts) -> Case:
    """Return the case with the plants of a year in place of its own: fossil ones as those known stood."""
    known: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: dict.fromkeys((year, 2026), 0.0))
    for row in plants().to_dict("records"):
        for at in (year, 2026):
            if row["in_year"] <= at <= row["out_year"] and row["capacity_mw"] == row["capacity_mw"]:
                known[row["zone"], row["technology"]][at] += row["capacity_mw"]
    fleets: dict[tuple[str, str, int], Fleet] = {}
    pairs = {(zone, kind) for zone, kind, _ in case.fleets} | {pair for pair in known if pair[1] in BURNT}
    for zone, kind in sorted(pairs):
        if zone not in case.zones or kind not in case.technologies:
            continue
        rows = case.fleet_years.get((zone, kind), {})
        start = rows[min(rows)] if rows else None
        capacity, stood = start.capacity_mw if start else 0.0, known[zone, kind]
        if kind in BURNT:
            capacity = capacity * stood[year] / stood[2026] if stood[2026] and capacity else stood[year]
        elif kind == "battery":
            capacity *= facts.batteries_share
        else:
            capacity = fleet_mw(case, zone, kind, period)
        cells = {
            "zone": zone,
            "technology": kind,
            "from_year": 1900,
            "capacity_mw": capacity,
            "uncontracted_share": 0.0,
        }
        cells |= {"must_run_share": start.must_run_share if start else 0.0}
        fleets[zone, kind, 1900] = Fleet(**cells, source="past year", quality="estimate")
    return replace(case, fleets=fleets)


def _with_energies(case: Case, period: str, seen: Mapping[str, Mapping[str, float]]) -> Case:
    """Return the case whose nuclear power, wind and sun, hydro and biomass can give what they gave in each country."""

    def potential_twh(zone: str, kind: str) -> float:
        row = case.reservoirs.get((zone, kind))
        mean = mean_availability(case, zone, kind, period) * fleet_mw(case, zone, kind, period) * 8760 / 1e6
        return min(row.energy_twh, mean) if row else mean

    factors: dict[tuple[str, str], float] = {}
    added: dict[tuple[str, str, int], Fleet] = {}
    for country, figures in seen.items():
        zones = [zone for zone, row in case.zones.items() if row.country == country]
        for kinds, twh in (
            (("nuclear",), figures["nuclear_twh"]),
            (WIND_SUN, figures["wind_solar_twh"]),
            (HYDRO, figures["hydro_twh"]),
        ):
            pairs = [(zone, kind) for zone in zones for kind in kinds if (zone, kind, 1900) in case.fleets]
            total = sum(potential_twh(*pair) for pair in pairs)
            factors |= dict.fromkeys(pairs, twh / total if total else 0.0)
            if twh and not total:  # reactors that are closed by now ran all year round
                cells = {"zone": zones[0], "technology": kinds[0], "from_year": 1900, "capacity_mw": twh / 8.76 * 1000}
                added[zones[0], kinds[0], 1900] = Fleet(
                    **cells, uncontracted_share=0.0, source="past year", quality="estimate"
                )
    fleets = {
        key: row.model_copy(update={"capacity_mw": row.capacity_mw * factors.get(key[:2], 1.0)})
        if key[1] != "hydro_reservoir"
        else row
        for key, row in case.fleets.items()
    }
    reservoirs = {
        key: row.model_copy(update={"energy_twh": row.energy_twh * factors.get(key, 1.0)})
        for key, row in case.reservoirs.items()
    }
    return replace(case, fleets=dict(sorted((fleets | added).items())), reservoirs=reservoirs)


@dataclass(frozen=True)
class Dispatched:
    """What a system does in a year without new data centres."""

    price_eur_per_mwh: Mapping[str, Array]
    """Zone -> price of every hour of every representative day, shape (days, hours)."""
    weights: Array
    """Days of a year that each stands for."""
    net_export_twh: Mapping[str, float]
    """By country."""
    seconds: float
    """That the solver took."""

    def mean(self, zone: str) -> float:
        """Return the mean price of a zone."""
        return float(np.average(self.price_eur_per_mwh[zone].mean(axis=1), weights=self.weights))

    def quantiles(self, zone: str, shares: Iterable[float]) -> list[float]:
        """Return the prices that are not passed in so much of the year."""
        prices = self.price_eur_per_mwh[zone]
        order = np.argsort(prices, axis=None)
        passed = np.cumsum(np.repeat(self.weights, prices.shape[1])[order]) / (self.weights.sum() * prices.shape[1])
        return [float(prices.ravel()[order][np.searchsorted(passed, share)]) for share in shares]

    def daily_spread(self, zone: str) -> float:
        """Return the mean difference between the dearest and the cheapest hour of a day."""
        prices = self.price_eur_per_mwh[zone]
        return float(np.average(prices.max(axis=1) - prices.min(axis=1), weights=self.weights))


def dispatch(case: Case) -> Dispatched:
    """Dispatch the first period of a case; raises ValueError if there is no optimum."""
    period = next(iter(case.periods))
    program, _ = period_programme(build_extensive_form(case), period)
    optimum = run_highs(program, monitor=RunMonitor(), seconds=MOST_SECONDS)
    if optimum.row_duals is None or optimum.values is None:
        raise ValueError(f"the dispatch without data centres has no optimum: {optimum.status}")
    weights = np.array([day.weight for day in case.days])
    place = {day.day: position for position, day in enumerate(case.days)}
    shape = (len(place), case.settings.time.hours_per_day)
    prices = {zone: np.zeros(shape) for zone in case.zones}
    for name, dual in zip(program.row_names, optimum.row_duals, strict=True):
        if found := re.match(rf".*,(\w+)\]\.{BALANCE}\[([^,]+),(\d+)\]$", name):
            day, zone, hour = found.groups()
            prices[zone][place[day], int(hour)] = float(dual) * 1e6 / weights[place[day]]
    exports: dict[str, float] = defaultdict(float)
    for name, value in zip(program.column_names, optimum.values, strict=True):
        if found := re.match(r".*,(\w+)\]\.(forward|backward)_mw\[([^,]+),\d+\]$", name):
            day, way, line = found.groups()
            row, twh = case.lines[line], float(value) * weights[place[day]] / 1e6
            start, end = (row.from_zone, row.to_zone) if way == "forward" else (row.to_zone, row.from_zone)
            exports[case.zones[start].country] += twh
            exports[case.zones[end].country] -= (1 - row.loss_share) * twh
    return Dispatched(prices, weights, exports, optimum.seconds)


def by_country(case: Case, of_zone: Callable[[str], float]) -> dict[str, float]:
    """Return a figure of every country: the mean of its zones by load."""
    total, weight = defaultdict[str, float](float), defaultdict[str, float](float)
    for zone, row in case.zones.items():
        load = float(case.hourly["load"][zone].mean())
        total[row.country] += load * of_zone(zone)
        weight[row.country] += load
    return {country: total[country] / weight[country] for country in total}
