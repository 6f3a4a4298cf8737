"""What the formulation reads: one class per input table, one field per column, units included.

Every table of a case folder is declared once, in the file of its room; validation, templates, `inputs/README.md` and the
data package follow from these classes. A table is a CSV file named after its attribute of `Case` (`sites.csv`, ...).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import get_args

from models.case.calendar import HOURLY_TABLES, Day, HourlyTable, Period
from models.case.compute import Chip, ChipSupply, ExportCap
from models.case.cooling import Basin, Climate, Cooling, Station
from models.case.demand import Demand, Latency, Region, Transfer, Workload
from models.case.grid import Headroom, Reinforcement, Substation
from models.case.law import Country, Law
from models.case.money import PUBLIC_KINDS, Fund, FundCountry, Tranche
from models.case.plants import Fleet, MarginalCost, Potential, Technology
from models.case.power import Line, PriceBasis, Zone
from models.case.programmes import Programme, ProgrammeCountry, ProgrammeRegion
from models.case.reservoirs import Inflow, Reservoir
from models.case.resilience import SharedRisk, StressDay
from models.case.rows import EVERY_ROW, WHOLE_COLUMN, Array, Quality, Row, Sourced, Statement, row_name, same
from models.case.siting import OwnSite, Place, Site
from models.case.sovereignty import Jurisdiction, Level, Operator, SovereigntyLimit
from models.settings import Settings


@dataclass(frozen=True)
class Case:
    """Everything the formulation reads, validated and immutable; mappings are ordered by key, not by the files' rows."""

    name: str
    settings: Settings
    periods: Mapping[str, Period]
    countries: Mapping[str, Country]
    laws: Mapping[str, Law]
    zones: Mapping[str, Zone]
    price_basis: Mapping[str, PriceBasis]
    technologies: Mapping[str, Technology]
    marginal_costs: Mapping[tuple[str, str], MarginalCost]
    fleets: Mapping[tuple[str, str, int], Fleet]
    reservoirs: Mapping[tuple[str, str], Reservoir]
    inflows: Mapping[tuple[str, str, int], Inflow]
    stress_days: Mapping[tuple[str, int], StressDay]
    potentials: Mapping[tuple[str, str], Potential]
    lines: Mapping[str, Line]
    stations: Mapping[str, Station]
    basins: Mapping[str, Basin]
    substations: Mapping[str, Substation]
    headrooms: Mapping[tuple[str, int], Headroom]
    reinforcements: Mapping[tuple[str, int], Reinforcement]
    operators: Mapping[str, Operator]
    jurisdictions: Mapping[tuple[str, str], Jurisdiction]
    sovereignty_limits: Mapping[tuple[str, str, str, str], SovereigntyLimit]
    sites: Mapping[str, Site]
    shared_risks: Mapping[tuple[str, str], SharedRisk]
    places: Mapping[str, Place]
    cooling: Mapping[str, Cooling]
    chips: Mapping[str, Chip]
    chip_supply: Mapping[tuple[str, str, str], ChipSupply]
    export_caps: Mapping[tuple[str, str, str], ExportCap]
    regions: Mapping[str, Region]
    workloads: Mapping[str, Workload]
    demand: Mapping[tuple[str, str, str], Demand]
    latency: Mapping[tuple[str, str], Latency]
    transfers: Mapping[tuple[str, str, str], Transfer]
    funds: Mapping[str, Fund]
    fund_countries: Mapping[tuple[str, str], FundCountry]
    tranches: Mapping[tuple[str, str], Tranche]
    programmes: Mapping[str, Programme]
    programme_countries: Mapping[tuple[str, str], ProgrammeCountry]
    programme_regions: Mapping[tuple[str, str], ProgrammeRegion]
    sources: Mapping[tuple[str, str, str], Statement]
    hourly: Mapping[str, Mapping[str, Array]]
    """Hourly table -> column -> values, shape (hours of the hourly tables,)."""
    days: tuple[Day, ...]
    """The representative days, in order of the calendar."""
    climate: Climate
    round_trip_ms: Mapping[tuple[str, str], float]
    """(site, region) -> round trip in ms: the table `latency`, else twice geodesic x route factor / 200 km per ms."""
    files: Mapping[str, str]
    """Input file -> SHA-256 of its bytes."""
    notes: tuple[str, ...] = ()
    """What was set right when the files were read, in words."""

    def __eq__(self, other: object) -> bool:
        """Tell whether all tables and settings are the same, wherever they were read from."""
        if not isinstance(other, Case):
            return False
        return all(same(getattr(self, field.name), getattr(other, field.name)) for field in fields(Case))

    def quality(self, table: str, key: object, column: str) -> Quality:
        """Return how good a cell is: as stated of it, of its column, of its row; what nobody says is an estimate."""
        said = self._said(table, key, column)
        return said.quality if said else "estimate"

    def cell_source(self, table: str, key: object, column: str) -> str:
        """Return where a cell comes from, as stated of it, of its column or of its row; empty if nobody says."""
        said = self._said(table, key, column)
        return said.source if said else ""

    def _said(self, table: str, key: object, column: str) -> Sourced | None:
        """Return what is said of a cell of a table, or of a column of an hourly table."""
        row = row_name(key)
        if said := self.sources.get((table, row, column)) or self.sources.get((table, EVERY_ROW, column)):
            return said
        found = getattr(self, table)[key] if table in TABLES else None
        return found if isinstance(found, Sourced) else None

    @cached_property
    def supplies(self) -> tuple[tuple[str, str], ...]:
        """Every (zone, technology) that has a fleet or a potential, sorted."""
        return tuple(sorted({(zone, technology) for zone, technology, _ in self.fleets} | set(self.potentials)))

    def marginal_eur_per_mwh(self, zone: str, technology: str) -> float:
        """Return what one more MWh of a technology costs in a zone, EUR/MWh: its own there, else the technology's."""
        own = self.marginal_costs.get((zone, technology))
        return (own or self.technologies[technology]).marginal_eur_per_mwh

    @cached_property
    def public_funds(self) -> tuple[str, ...]:
        """The funds whose money is aid."""
        return tuple(fund for fund, row in self.funds.items() if row.kind in PUBLIC_KINDS)

    @cached_property
    def keeps_accounts(self) -> bool:
        """Whether cash is followed year by year: where running costs have to be paid, or debt."""
        return self.settings.money.operation_paid or any(row.kind == "debt" for row in self.funds.values())

    def may_pay(self, fund: str, site: str) -> bool:
        """Tell whether a public fund may pay at a site: it lists the country, or none."""
        listed = {country for owner, country in self.fund_countries if owner == fund}
        return not listed or self.sites[site].country in listed

    @cached_property
    def fleet_years(self) -> Mapping[tuple[str, str], Mapping[int, Fleet]]:
        """(zone, technology) -> year from which a row of its existing capacity holds -> row."""
        found: dict[tuple[str, str], dict[int, Fleet]] = {}
        for (zone, technology, year), row in self.fleets.items():
            found.setdefault((zone, technology), {})[year] = row
        return found

    @cached_property
    def headroom_years(self) -> Mapping[str, Mapping[int, Headroom]]:
        """Substation -> year from which a row of its headroom holds -> row."""
        found: dict[str, dict[int, Headroom]] = {}
        for (substation, year), row in self.headrooms.items():
            found.setdefault(substation, {})[year] = row
        return found

    @cached_property
    def substation_steps(self) -> Mapping[str, Mapping[int, Reinforcement]]:
        """Substation -> step -> its reinforcement."""
        found: dict[str, dict[int, Reinforcement]] = {}
        for (substation, step), row in self.reinforcements.items():
            found.setdefault(substation, {})[step] = row
        return found

    @cached_property
    def chips_sold(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Cooling -> period -> chips on sale in it whose racks the cooling carries."""
        return {
            cooling: {
                period: tuple(
                    chip
                    for chip, row in self.chips.items()
                    if row.first_year <= when.first_year <= row.last_year and row.rack_kw <= kind.rack_limit_kw
                )
                for period, when in self.periods.items()
            }
            for cooling, kind in self.cooling.items()
        }


TABLES: Mapping[str, type[Row]] = {
    field.name: row
    for field in fields(Case)
    for row in get_args(field.type)[1:]
    if isinstance(row, type) and issubclass(row, Row)
}
SHORT_TABLES: Mapping[str, type[Row]] = {"own_sites": OwnSite}
"""Tables that a case may hold beside them, whose rows are written out as theirs when it is read."""
INPUT_TABLES: Mapping[str, type[Row]] = {**TABLES, **SHORT_TABLES}
"""Every table that a file or sheet may hold, but for the hourly ones."""
