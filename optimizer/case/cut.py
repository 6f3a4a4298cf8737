"""What a case loses that keeps only some countries, zones, sites or technologies: these, and what hangs on them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from models.case import HOURLY_TABLES, TABLES, Array, Case, OwnSite, Row, Site, row_name
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.checks_coordinates import FAR_KM, distance_km
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.zone_of_place import zone_of_place

SERVED: Mapping[str, tuple[str, ...]] = {
    "substations": ("sites",),
    "stations": ("sites",),
    "basins": ("sites",),
    "countries": ("sites", "zones"),
    "technologies": ("fleets", "potentials"),
}
"""Tables whose rows only serve those of others: one that all who named it have left is left out as well."""
COLUMNS_OF = {each.name: each.columns for each in HOURLY_TABLES}


@dataclass(frozen=True)
class Selection:
    """What a cut keeps: rows of four tables by their keys, None for all; a site stays if all of them keep it."""

    countries: frozenset[str] | None = None
    zones: frozenset[str] | None = None
    sites: frozenset[str] | None = None
    technologies: frozenset[str] | None = None
    neighbours: bool = True
    """Whether the zones one line away stay: their load and plants, without sites and new plants."""

    def faults(self, case: Case, files: Mapping[str, str]) -> list[Fault]:
        """Return a fault for every name that no row has; `files` says how the tables are called."""
        return [
            Fault(f"--{table}", f"no such row in {files[table]}" + suggestion(word, getattr(case, table)), value=word)
            for table, chosen in self._chosen.items()
            for word in sorted(chosen - getattr(case, table).keys())
        ]

    def keeps(self, table: str, key: str) -> bool:
        """Tell whether a row of one of the four tables is asked for."""
        chosen = getattr(self, table)
        return chosen is None or key in chosen

    @property
    def _chosen(self) -> dict[str, frozenset[str]]:
        stated = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: chosen for name, chosen in stated.items() if isinstance(chosen, frozenset)}

    @property
    def places(self) -> bool:
        """Whether it says anything of places."""
        return not {"countries", "zones", "sites"}.isdisjoint(self._chosen)

    def __str__(self) -> str:
        words = [f"{name} {' '.join(sorted(chosen))}" for name, chosen in self._chosen.items()]
        return ", ".join(words) + ("" if self.neighbours or not self.places else ", without neighbours")


@dataclass(frozen=True)
class Cut:
    """What is left out of a case."""

    gone: Mapping[str, set[Any]]
    """Table -> keys of the rows that are left out."""
    core: frozenset[str]
    """Zones that keep their sites."""
    borders: tuple[str, ...]
    """Zones that stay as borders."""
    unreached: tuple[str, ...]
    """Regions in the core that no site left can serve as they ask: what they ask for is left out."""
    pairs: frozenset[tuple[str, str]]
    """(zone, technology) that has neither fleet nor potential any more."""

    def keeps(self, table: str, key: Any, row: Row) -> bool:
        """Tell whether a row stays, of the case or of an overlay: it is not left out, nor does it name what is."""
        if table == "sources":
            return self._keeps_statement(*key)
        if isinstance(row, Site | OwnSite) and row.zone not in self.core:
            return False
        named = ((target, getattr(row, column)) for column, target in row.refers.items())
        return key not in self.gone.get(table, ()) and not any(word in self.gone[target] for target, word in named)

    def keeps_column(self, table: str, column: str) -> bool:
        """Tell whether a column of an hourly table stays."""
        if COLUMNS_OF[table] in self.gone:
            return column not in self.gone[COLUMNS_OF[table]]
        zone, _, technology = column.partition(".")
        absent = zone in self.gone["zones"] or technology in self.gone["technologies"]
        return not absent and (zone, technology) not in self.pairs

    def left_of(self, inputs: CaseInputs) -> CaseInputs:
        """Return what stays of the files of a case."""
        tables = {}
        for name, table in inputs.tables.items():
            rows = self.rows(name, table.rows)
            tables[name] = replace(table, rows=rows, lines={key: table.lines[key] for key in rows})
        hourly = {name: self.columns(name, series) for name, series in inputs.hourly.items()}
        polygons = {zone: shape for zone, shape in inputs.polygons.items() if zone not in self.gone["zones"]}
        return replace(inputs, tables=tables, hourly=hourly, polygons=polygons)

    def rows(self, table: str, rows: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return the rows of a table that stay."""
        return {key: row for key, row in rows.items() if self.keeps(table, key, row)}

    def columns(self, table: str, series: Mapping[str, Array]) -> dict[str, Array]:
        """Return the columns of an hourly table that stay."""
        return {column: values for column, values in series.items() if self.keeps_column(table, column)}

    def _keeps_statement(self, table: str, row: str, column: str) -> bool:
        if table in COLUMNS_OF:
            return self.keeps_column(table, row)
        return row not in self._gone_names.get(table, ())

    @cached_property
    def _gone_names(self) -> dict[str, set[str]]:
        return {table: {row_name(key) for key in keys} for table, keys in self.gone.items() if keys}


def plan_cut(inputs: CaseInputs, case: Case, selection: Selection) -> Cut:
    """Return what a cut leaves out; raises CaseRefused for names that are none, and where no site would be left."""
    files = {name: table.file for name, table in inputs.tables.items()}
    faults = selection.faults(case, files)
    left = {
        site: row
        for site, row in case.sites.items()
        if selection.keeps("countries", row.country)
        and selection.keeps("zones", row.zone)
        and selection.keeps("sites", site)
    }
    if faults or not left:
        raise CaseRefused(faults or [Fault("cut", f"no site is left by {selection}")])
    core = _core(case, selection, {row.zone for row in left.values()})
    near = {
        zone
        for row in case.lines.values()
        for zone, other in ((row.from_zone, row.to_zone), (row.to_zone, row.from_zone))
        if other in core and zone not in core
    }
    borders = tuple(sorted(near)) if selection.neighbours else ()
    zones = core | {*borders}
    demand, unreached = _demand(inputs, case, zones, core, left)

    gone: dict[str, set[Any]] = {name: set() for name in TABLES}
    gone["sites"] = {*case.sites} - {*left}
    gone["zones"] = {*case.zones} - zones
    gone["technologies"] = {key for key in case.technologies if not selection.keeps("technologies", key)}
    gone["demand"] = {*case.demand} - demand
    gone["regions"] = {key[0] for key in gone["demand"]} - {key[0] for key in demand}
    for name in ("potentials", "price_basis", "substations"):
        rows: Mapping[Any, Any] = getattr(case, name)
        gone[name] = {key for key, row in rows.items() if row.zone not in core}
    _follow(inputs, gone)
    _leave_out_unused(inputs, gone)
    _follow(inputs, gone)
    tiers = {row.export_tier for key, row in case.countries.items() if key not in gone["countries"]}
    others = {row.export_tier for row in case.countries.values()} - tiers
    gone["chip_supply"] |= {key for key, row in case.chip_supply.items() if row.tier in others}
    gone["export_caps"] |= {key for key, row in case.export_caps.items() if row.place in others | gone["countries"]}
    lost = [name for name, kind in TABLES.items() if not kind.optional and gone[name] >= {*getattr(case, name)}]
    if lost:
        raise CaseRefused([Fault("cut", f"no row of {name} is left by {selection}") for name in lost])
    kept = {key[:2] for name in ("fleets", "potentials") for key in getattr(case, name) if key not in gone[name]}
    return Cut(gone, frozenset(core), borders, tuple(sorted(unreached)), frozenset({*case.supplies} - kept))


def _core(case: Case, selection: Selection, hosts: set[str]) -> set[str]:
    """Return the zones that keep their sites: those asked for, and those of the sites that stay."""
    if not selection.places:
        return {*case.zones}
    if selection.countries is None and selection.zones is None:
        return hosts
    return hosts | {
        zone
        for zone, row in case.zones.items()
        if selection.keeps("zones", zone) and selection.keeps("countries", row.country)
    }


def _demand(
    inputs: CaseInputs, case: Case, cut_zones: Collection[str], core: Collection[str], sites: Collection[str]
) -> tuple[set[tuple[str, str, str]], set[str]]:
    """Return the demand that stays, and the regions of the core that no site left can serve as it must.

    What the regions of the core ask for stays; where there is none, that of its countries; else of the nearest region.
    So does, of regions elsewhere, the work that every site of the whole case may serve: it is tied to no place.
    """
    away, before = (
        {region: min(case.round_trip_ms[site, region] for site in places) for region in case.regions}
        for places in (sites, case.sites)
    )
    home = {region: zone_of_place(row, case.zones, inputs.polygons) for region, row in case.regions.items()}
    countries = {case.zones[zone].country for zone in core}
    found = (
        {region for region, zone in home.items() if zone in core}
        or {region for region, zone in home.items() if case.zones[zone].country in countries}
        or {min(away, key=lambda region: away[region])}
    )
    unreached = {
        region
        for (region, workload, _), row in case.demand.items()
        if case.workloads[workload].coverage_share * row.demand_kh100e > 0
        and before[region] <= case.workloads[workload].latency_ms < away[region]
    }
    served = found - unreached or found
    tied = {
        workload
        for region, workload, _ in case.demand
        if max(case.round_trip_ms[site, region] for site in case.sites) > case.workloads[workload].latency_ms
    }
    near = {
        region
        for region, row in case.regions.items()
        if min(distance_km(row, case.zones[zone]) for zone in cut_zones) <= FAR_KM
    }
    stays = {key for key in case.demand if key[0] in served or (key[0] in near and key[1] not in tied)}
    return stays, found - served


def _follow(inputs: CaseInputs, gone: dict[str, set[Any]]) -> None:
    """Leave out what names a row that is left out, and what names that."""
    found = True
    while found:
        found = False
        for name, table in inputs.tables.items():
            for key, row in table.rows.items():
                named = ((target, getattr(row, column)) for column, target in row.refers.items())
                if key not in gone[name] and any(word in gone[target] for target, word in named):
                    gone[name].add(key)
                    found = True


def _leave_out_unused(inputs: CaseInputs, gone: dict[str, set[Any]]) -> None:
    """Leave out the rows of serving tables that rows named which are left out, and no other."""
    for served, users in SERVED.items():
        named: dict[bool, set[str]] = {True: set(), False: set()}
        for name in users:
            column = next(each for each, target in TABLES[name].refers.items() if target == served)
            for key, row in inputs.tables[name].rows.items():
                named[key in gone[name]].add(getattr(row, column))
        gone[served] |= named[True] - named[False]
