"""The account of an audit: everything its rules ask for, with the money on top of holdings and electricity."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from optimizer.audit.capacities import Triple
from optimizer.audit.operation import Operation
from optimizer.audit.parameters import YEAR_HOURS, Pair


@dataclass(frozen=True)
class Purchase:
    """Something bought in a period, at a site or (empty) elsewhere, and what is left of it at the end."""

    aspect: str
    site: str
    period: str
    cost_meur: float
    interest_meur: float = 0.0
    left_meur: float = 0.0


class AuditedPlan(Operation):
    """A plan worked out afresh from the case and the plan's decisions."""

    @cached_property
    def whole_year(self) -> "AuditedPlan":
        """The same account on every day of the record."""
        return AuditedPlan(replace(self.case, days=self.record), self.plan)

    @cached_property
    def purchases(self) -> tuple[Purchase, ...]:
        """Everything the plan buys."""
        return (*self._bought_at_sites(), *self._bought_elsewhere())

    def _built(
        self,
        aspect: str,
        site: str,
        period: str,
        cost_meur: float,
        years: float,
        life_years: float,
        lead_years: float = 0,
    ) -> Purchase:
        """Return a purchase paid evenly over years until it serves, and then off in equal yearly amounts over its life.

        It serves from the start of the period, or a lead time later, and its interest is counted at the period's start.
        """
        since = self.year[period] + lead_years
        served_meur = self.built(years) * cost_meur
        interest_meur = served_meur * self.present(since) / self.present(self.year[period]) - cost_meur
        return Purchase(
            aspect, site, period, cost_meur, interest_meur, self.left_share(since, life_years) * served_meur
        )

    def _bought_at_sites(self) -> Iterator[Purchase]:
        case, money = self.case, self.case.settings.money
        years = case.settings.halls.construction_years
        for site in self.plan.sites:
            opening_meur = case.sites[site.site].opening_meur * site.opens
            yield self._built("sizing", site.site, site.period, opening_meur, years, 0)
            recovery_meur = money.heat_meur_per_mw * site.recovery_mw
            yield self._built("cooling", site.site, site.period, recovery_meur, years, money.grid_life_years)
        for hall in self.plan.halls:
            cost_meur = self.hall_meur(hall.site, hall.cooling) * hall.built_halls
            life_years = case.cooling[hall.cooling].life_years
            yield self._built("sizing", hall.site, hall.period, cost_meur, years, life_years)
        for chip in self.plan.chips:
            cost_meur, left_meur = self.meur_per_mw(chip.chip), self.left_chip_meur(chip.chip, chip.period)
            yield Purchase(
                "compute", chip.site, chip.period, cost_meur * chip.fitted_mw, left_meur=left_meur * chip.fitted_mw
            )
        for link in self.plan.connections:
            line_meur = money.connection_meur_per_mw_km * case.sites[link.site].distance_km
            cost_meur = (money.connection_meur_per_mw + line_meur) * link.connected_mw
            years = money.connection_construction_years
            yield self._built("grid", link.site, link.period, cost_meur, years, money.grid_life_years)

    def _bought_elsewhere(self) -> Iterator[Purchase]:
        for step in self.plan.reinforcements:
            row, life_years = (
                self.case.reinforcements[step.substation, step.step],
                self.case.settings.money.grid_life_years,
            )
            yield self._built("grid", "", step.period, row.capex_meur, row.lead_years, life_years, row.lead_years)
        for plant in self.plan.supply:
            kind = self.case.technologies[plant.technology]
            cost_meur, years = kind.capex_meur_per_mw * plant.built_mw, kind.construction_years
            yield self._built("power", "", plant.period, cost_meur, years, kind.life_years)

    def hall_meur(self, site: str, cooling: str) -> float:
        """Return the cost of a hall: MW x cost per MW x factor of the country."""
        factor = self.case.countries[self.case.sites[site].country].building_factor
        return self.hall_mw * self.case.cooling[cooling].capex_meur_per_mw * factor

    @cached_property
    def site_capital_meur(self) -> Mapping[Pair, float]:
        """(site, period) -> capital spent at the site."""
        spent: defaultdict[Pair, float] = defaultdict(float)
        for bought in self.purchases:
            spent[bought.site, bought.period] += bought.cost_meur
        return spent

    @cached_property
    def site_public_meur(self) -> Mapping[Pair, float]:
        """(site, period) -> public money granted."""
        granted: defaultdict[Pair, float] = defaultdict(float)
        for row in self.plan.aid:
            granted[row.site, row.period] += row.public_meur
        return granted

    def _running(self) -> Iterator[tuple[str, str, float]]:
        """Yield every cost per year as (aspect, period, MEUR); EUR/MWh x TWh = MEUR."""
        case, money = self.case, self.case.settings.money
        for (site, cooling, period), halls in self.standing.items():
            yield "sizing", period, case.cooling[cooling].fixed_share * self.hall_meur(site, cooling) * halls
        for (_, _, period), alive_mw in self.alive_mw.items():
            yield "compute", period, money.operation_meur_per_mw * alive_mw
        for service in self.plan.service:
            transfer = case.transfers.get((service.site, service.region, service.workload))
            per_kh100e = transfer.cost_meur_per_kh100e_year if transfer else 0.0
            yield "demand", service.period, per_kh100e * service.served_kh100e
        for row in self.plan.sites:
            yield "cooling", row.period, -money.heat_eur_per_mwh * money.heat_hours * row.reused_mw / 1e6
            fee = case.countries[case.sites[row.site].country].grid_fee_eur_per_mwh
            yield "grid", row.period, fee * self.energy_twh(row.site, row.period)
        for zone, period in product(case.price_basis, self.periods):
            yield "power", period, self.basis_meur(zone, period)
        for plant in self.plan.supply:
            kind, index = case.technologies[plant.technology], (plant.zone, plant.technology, plant.period)
            sold_twh = self.mean_share(*index) * plant.contracted_mw * YEAR_HOURS / 1e6
            yield "power", plant.period, kind.contract_eur_per_mwh * sold_twh
            yield "power", plant.period, kind.fixed_share * kind.capex_meur_per_mw * self.plant_mw[index]
        for carbon in self.plan.carbon:
            system_meur = float(self.system_meur[self.periods.index(carbon.period)])
            yield "dispatch", carbon.period, system_meur - carbon.baseline_meur

    @cached_property
    def money_meur(self) -> Mapping[Triple, float]:
        """(ledger, aspect, period) -> amount as it falls due; what is left at the end of the horizon is negative."""
        due: defaultdict[Triple, float] = defaultdict(float)
        for bought in self.purchases:
            due["capex", bought.aspect, bought.period] += bought.cost_meur
            due["interest", bought.aspect, bought.period] += bought.interest_meur
            due["residual", bought.aspect, bought.period] -= bought.left_meur
        for aspect, period, cost_meur in self._running():
            due["opex", aspect, period] += cost_meur
        return due

    def present_factor(self, ledger: str, period: str) -> float:
        """Return the worth in the base year of one MEUR in a ledger: at the start, in every year, or at the end."""
        if ledger == "opex":
            return self.annuity(period)
        return self.present(self.end_year if ledger == "residual" else self.year[period])
