"""What a campus costs at a site over the horizon, input column by input column: to first order, nothing decided anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from models.case import WHOLE_COLUMN, Case, Fleet, Technology
from models.timeline import (
    annuity,
    discount_factor,
    first_year,
    horizon_year,
    interest_share,
    last_period,
    residual_share,
)
from models.upper_bounds import (
    contract_meur_per_mw,
    contractable_mw,
    firm_credit_share,
    headroom_mw,
    latest,
    operation_meur_per_mw,
    price_basis_eur_per_mwh,
    rules_against,
    strictest_law,
)

Costs = dict[str, tuple[float, float]]
"""`table.column` -> MEUR of the base year, and how much of that rests on estimates, 0..1."""


@dataclass(frozen=True)
class Campus:
    """Server power from a period to the horizon, cooled by what is to be chosen from, at energy prices that are known."""

    case: Case
    period: str
    servers_mw: float
    coolings: frozenset[str]
    prices: Mapping[tuple[str, str], float]
    """(zone, period) -> EUR per MWh, by the dispatch."""

    def fits(self, site: str) -> bool:
        """Tell whether a candidate has land and dates for it, and no rule against it; the grid comes with the cost."""
        here, ready_year = self.case.sites[site], first_year(self.case, self.period)
        dates_fit = ready_year >= max(here.permit_year, here.connection_year)
        allowed = here.status == "candidate" and not rules_against(self.case, site)
        return allowed and dates_fit and here.minimum_mw <= self.servers_mw <= here.land_mw

    def costs(self, site: str) -> Costs | None:
        """Return what it costs at a site with the cheapest cooling, by column; None where grid, water or law forbid it."""
        found = [costs for cooling in sorted(self.coolings) if (costs := self._cooled(site, cooling))]
        return min(found, key=total_meur, default=None)

    def _cooled(self, site: str, cooling: str) -> Costs | None:
        case, money, halls, servers_mw = self.case, self.case.settings.money, self.case.settings.halls, self.servers_mw
        here, kind, climate = case.sites[site], case.cooling[cooling], case.climate
        country, basin = case.countries[here.country], case.basins[here.basin]
        law = strictest_law(case, site, self.period)
        energy_twh = halls.utilisation_share * 8760 / 1e6 * servers_mw
        pue, design, wue = (
            each[site, cooling] for each in (climate.pue_annual, climate.pue_design, climate.wue_annual_l_per_kwh)
        )
        dry = kind.needs_water_body and here.water_source == "none"
        connected_mw = max(0.0, design * servers_mw - here.behind_meter_mw)
        steps = self._steps(here.substation, connected_mw)
        if (
            dry
            or pue > law["pue_limit"][0]
            or servers_mw > law["most_mw"][0]
            or wue * energy_twh > basin.available_mm3 * (1 - basin.stress_share)
            or not steps
        ):
            return None
        years = sum(annuity(case, each) for each in self._later)
        hall_meur = servers_mw * kind.capex_meur_per_mw * country.building_factor
        heat_mw = min(here.heat_sink_mw, kind.reuse_share * halls.utilisation_share * servers_mw)
        heat_meur = self._built(money.heat_meur_per_mw * heat_mw, halls.construction_years, money.grid_life_years)
        heat_meur -= years * heat_mw * money.heat_eur_per_mwh * money.heat_hours / 1e6

        def connection(meur_per_mw: float, power_mw: float) -> float:
            return self._built(meur_per_mw * power_mw, money.connection_construction_years, money.grid_life_years)

        tariffs = {
            "fleets.capacity_mw": sum(annuity(case, each) * self.prices[here.zone, each] for each in self._later),
            "price_basis.basis_eur_per_mwh": sum(
                annuity(case, each) * price_basis_eur_per_mwh(case, here.zone, each) for each in self._later
            ),
            "countries.grid_fee_eur_per_mwh": years * country.grid_fee_eur_per_mwh,
            "countries.electricity_tax_eur_per_mwh": years * country.electricity_tax_eur_per_mwh,
            "sites.fee_eur_per_mwh": years * here.fee_eur_per_mwh,
        }
        overhead = (pue - 1) * energy_twh * sum(tariffs.values())
        premium, premium_estimated = self._premiums[here.zone]
        meur = {
            "countries.building_factor": self._built(hall_meur, halls.construction_years, kind.life_years)
            + years * kind.fixed_share * hall_meur,
            "sites.opening_meur": self._built(here.opening_meur, halls.construction_years),
            "sites.distance_km": connection(money.connection_meur_per_mw_km * here.distance_km, connected_mw),
            "countries.connection_charge_meur_per_mw": connection(country.connection_charge_meur_per_mw, connected_mw),
            "countries.wage_factor": years * operation_meur_per_mw(case, site) * servers_mw,
            **{column: energy_twh * tariff for column, tariff in tariffs.items()},
            "sites.station": overhead + connection(money.connection_meur_per_mw, connected_mw),
            "sites.heat_sink_mw": min(0.0, heat_meur),
        }
        keys = {"sites": site, "countries": here.country, "price_basis": here.zone}
        costs = {}
        for column, amount in meur.items():
            table, _, name = column.partition(".")
            known = table in keys and (table != "price_basis" or here.zone in case.price_basis)
            costs[column] = amount, self._estimated((table, keys[table], name)) if known else 0.0
        costs["fleets.capacity_mw"] = meur["fleets.capacity_mw"], self._fleet_estimated(here.zone)
        weather = [
            (name, here.station, WHOLE_COLUMN) for name in ("drybulb", "wetbulb") if here.station in case.hourly[name]
        ]
        costs["sites.station"] = meur["sites.station"], self._estimated(("sites", site, "station"), *weather)
        yearly_meur = case.settings.power.cover_share * design * servers_mw * premium
        return costs | {
            "headrooms.headroom_mw": steps,
            "fleets.uncontracted_share": (years * yearly_meur, premium_estimated),
        }

    @property
    def _later(self) -> list[str]:
        """The periods in which it runs."""
        start = first_year(self.case, self.period)
        return [each for each in self.case.periods if first_year(self.case, each) >= start]

    def _estimated(self, *cells: tuple[str, object, str]) -> float:
        """Return 1 if any of some cells is an estimate, else 0."""
        return float(any(self.case.quality(*cell) == "estimate" for cell in cells))

    def _built(self, meur: float, construction_years: float, life_years: float = 0.0) -> float:
        """Return the present value of what is built at its start, less what is left of it at the end."""
        case, served = self.case, meur * (1 + interest_share(self.case, construction_years))
        left = residual_share(case, self.period, life_years) if life_years else 0.0
        start, end = (discount_factor(case, year) for year in (first_year(case, self.period), horizon_year(case)))
        return served * (start - left * end)

    def _steps(self, substation: str, connected_mw: float) -> tuple[float, float] | None:
        """Return the cost of the steps that a connection needs, and whether they rest on estimates; None if too few."""
        case, start = self.case, min(row.first_year for row in self.case.periods.values())
        missing_mw = connected_mw - min(headroom_mw(case, substation, each) for each in self._later)
        known = latest(case.headroom_years.get(substation, {}), first_year(case, self.period))
        cells = [("headrooms", (substation, known.from_year), "headroom_mw")] if known else []
        meur = 0.0
        for step, row in sorted(case.substation_steps.get(substation, {}).items()):
            if missing_mw > 1e-6 and start + row.lead_years <= first_year(case, last_period(case)):
                meur += self._built(row.capex_meur, row.lead_years, case.settings.money.grid_life_years)
                missing_mw -= row.adds_mw
                cells.append(("reinforcements", (substation, step), "capex_meur"))
        return (meur, self._estimated(*cells)) if missing_mw <= 1e-6 else None

    @cached_property
    def _fleets(self) -> Mapping[str, list[tuple[Technology, Fleet]]]:
        """Zone -> its plants when the period begins, by technology."""
        found: dict[str, list[tuple[Technology, Fleet]]] = {}
        for (zone, kind), rows in self.case.fleet_years.items():
            if row := latest(rows, first_year(self.case, self.period)):
                found.setdefault(zone, []).append((self.case.technologies[kind], row))
        return found

    def _fleet_estimated(self, zone: str) -> float:
        """Return the share of a zone's plants, by MW, whose capacity is an estimate."""
        rows = [row for _, row in self._fleets.get(zone, [])]
        estimated_mw = sum(
            row.capacity_mw * self._estimated(("fleets", (zone, row.technology, row.from_year), "capacity_mw"))
            for row in rows
        )
        total_mw = sum(row.capacity_mw for row in rows)
        return estimated_mw / total_mw if total_mw else 1.0

    @cached_property
    def _premiums(self) -> Mapping[str, tuple[float, float]]:
        """Zone -> least that a MW of firm cover costs in a year, contracted there or over a line, and how estimated."""
        case, own = self.case, {}
        for zone in case.zones:
            own[zone] = [
                (
                    contract_meur_per_mw(case, zone, kind.technology, self.period)
                    / firm_credit_share(case, kind.technology),
                    self._estimated(
                        ("fleets", (zone, kind.technology, row.from_year), "uncontracted_share"),
                        ("technologies", kind.technology, "contract_eur_per_mwh"),
                        ("technologies", kind.technology, "contract_eur_per_kw_year"),
                    ),
                )
                for kind, row in self._fleets.get(zone, [])
                if firm_credit_share(case, kind.technology)
                and contractable_mw(case, zone, kind.technology, self.period)
            ]
        found = {zone: list(premiums) for zone, premiums in own.items()}
        standing = [line for line in case.lines.values() if line.first_year <= first_year(case, self.period)]
        for line in standing if case.settings.power.cover_import_share else ():
            for zone, other in ((line.from_zone, line.to_zone), (line.to_zone, line.from_zone)):
                found[zone] += [(meur / (1 - line.loss_share), estimated) for meur, estimated in own[other]]
        firm = [kind for kind in case.technologies.values() if kind.low_carbon and kind.dispatchable]
        dearest = max((_dearest_meur(case, kind) for kind in firm), default=0.0)
        return {zone: min(premiums, default=(dearest, 1.0)) for zone, premiums in found.items()}


def total_meur(costs: Costs) -> float:
    """Return the sum of costs."""
    return sum(meur for meur, _ in costs.values())


def _dearest_meur(case: Case, kind: Technology) -> float:
    """Return what a contract for a firm MW of plant that always runs costs, MEUR a year; 0 where none of it is firm."""
    credit = firm_credit_share(case, kind.technology)
    yearly = kind.contract_eur_per_mwh * 8760 / 1e6 + kind.contract_eur_per_kw_year / 1000
    return yearly / credit if credit else 0.0
