"""The question: what a scenario file may say, with defaults, units and limits."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.units import Smallest


class Section(BaseModel):
    """A section of a scenario file; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Objective:
    """What an objective is: its sense and its unit; `models/objective.py` has its expression."""

    sense: Literal["maximise", "minimise"]
    unit: str
    how: str = ""
    """How it counts, as a word after the unit."""

    @property
    def unit_in_full(self) -> str:
        """The unit and how it counts."""
        return ", ".join(filter(None, (self.unit, self.how)))


@dataclass(frozen=True)
class Names:
    """Marks a list of the scenario whose entries are keys of a table."""

    table: str


def _listed(value: object) -> object:
    """Return the words of a text as a list: `PARIS LYON` is what `["PARIS", "LYON"]` is."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return tuple(value) if isinstance(value, list) else value


Sites = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("sites")]
Countries = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("countries")]
Technologies = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("technologies")]
Workloads = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("workloads")]
Zones = Annotated[tuple[str, ...], BeforeValidator(_listed), Names("zones")]


class Levels(Section):
    """Levels that an objective has to keep while those after it are sought, instead of a share of its own bound."""

    compute: Annotated[
        float | None, Field(ge=0, le=10_000_000), Objective("maximise", "kH100e-years", "discounted")
    ] = None
    """Least new compute, in discounted years (kH100e-years)."""
    cost: Annotated[
        float | None, Field(ge=-10_000_000, le=10_000_000), Objective("minimise", "MEUR", "net present")
    ] = None
    """Most net present cost (million EUR)."""
    carbon: Annotated[float | None, Field(ge=0, le=10_000_000), Objective("minimise", "kt CO2")] = None
    """Most emissions over all periods (kt CO2)."""
    water: Annotated[float | None, Field(ge=0, le=1_000_000), Objective("minimise", "million m3")] = None
    """Most water drawn over all periods (million m3)."""
    sovereignty: Annotated[
        float | None, Field(ge=0, le=10_000_000), Objective("maximise", "kH100e-years", "discounted")
    ] = None
    """Least compute served from sites in member states of the Union, in discounted years (kH100e-years)."""
    control: Annotated[
        float | None, Field(ge=0, le=10_000_000), Objective("maximise", "kH100e-years", "discounted")
    ] = None
    """Least compute served under the control of `sovereignty.bloc`, in discounted years (kH100e-years)."""
    even: Annotated[float | None, Field(ge=0, le=1), Objective("maximise", "share")] = None
    """Least share of what it asks that any region is served in the last period, all workloads together."""
    capital: Annotated[float | None, Field(ge=0, le=10_000_000), Objective("minimise", "MEUR", "not discounted")] = None
    """Most capital cost of all periods, not discounted (million EUR)."""


OBJECTIVES: Mapping[str, Objective] = {
    name: mark for name, key in Levels.model_fields.items() for mark in key.metadata if isinstance(mark, Objective)
}
"""Every objective by name."""

if TYPE_CHECKING:
    ObjectiveName = str
else:
    ObjectiveName = Literal[tuple(OBJECTIVES)]


class ObjectiveSettings(Section):
    """What is best."""

    objectives: tuple[ObjectiveName, ...] = ("compute", "cost")
    """Objectives in order of importance: new compute served, net present cost, emissions, water drawn, compute served from
    the Union, compute under the control of `sovereignty.bloc`, demand filled evenly, capital cost."""
    tolerance_share: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    """Share of each objective's bound that later objectives may give up; less than the gap asked for hangs on the plan found."""
    levels: Levels = Levels()
    """Levels that objectives have to keep, instead of that share."""

    @model_validator(mode="after")
    def _each_once(self) -> "ObjectiveSettings":
        if not self.objectives or len(set(self.objectives)) != len(self.objectives):
            raise ValueError("objectives must name at least one objective, each once")
        followed = self.objectives[:-1]
        for name in type(self.levels).model_fields:
            if getattr(self.levels, name) is not None and name not in followed:
                raise ValueError(f"levels.{name} needs the objective {name} with another one after it")
        return self


class Time(Section):
    """How the year is represented."""

    representative_days: Annotated[int, Field(ge=1, le=366)] = 1
    """Number of representative days per period; every hour of the hourly tables if it is the number of their days."""
    days_by: Literal["means", "clusters"] = "means"
    """Choose days that meet the year's means and duration curves, or those in the middle of clusters of days."""
    hours_per_day: Annotated[int, Field(ge=1, le=168)] = 24
    """Length of a day; 168 makes the days weeks."""
    replay: bool = True
    """Dispatch every day of the hourly tables with the plan's sites, plants and contracts once these are chosen; where
    nothing is stated, if the time limit leaves time for it, and where `true` is stated, however long it takes."""
    replay_hours: Annotated[int | None, Field(ge=1, le=168)] = None
    """Length of the days of that dispatch, where it is not `hours_per_day`: 168 makes them weeks in order, in which stores
    carry energy from day to day, so that a dark calm week is seen."""
    extremes: bool = True
    """Keep the day of the highest residual load among the representative ones (when there is more than one)."""
    worst_zones: Zones = ()
    """Zones whose own hardest day (or week, if days are weeks) is kept too: the one of the most residual load in all."""

    @property
    def year_hours(self) -> int:
        """Length of the days in which the whole year is dispatched."""
        return self.replay_hours or self.hours_per_day


class Money(Section):
    """How money is counted."""

    base_year: Annotated[int, Field(ge=2000, le=2100)] = 2026
    """Year to which everything is discounted, and from which growth is counted."""
    discount_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.06
    """Discount rate per year, real; what is built is paid off, and bears interest during construction, at the same rate."""
    aid_ceiling_share: Annotated[float, Field(ge=0, le=1), Smallest(0.02)] = 1.0
    """Most of a site's capital cost in a period that all public funds may pay together."""
    operation_paid: bool = False
    """Whether running costs have to be paid: by what is earned, the grant, cash kept, and private money."""
    operating_grant_meur: Annotated[float, Field(ge=0, le=1_000_000), Smallest(1)] = 0.0
    """Public money for running costs, per year."""
    power_eur_per_mwh: Annotated[float, Field(ge=0, le=1000), Smallest(5)] = 70.0
    """What data centres pay for a MWh, fees and tax apart, where running costs are paid (estimate: no forecast)."""
    sold_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 1.0
    """Share of the hours of the new compute served that is paid for: utilisation."""
    price_decline_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.0
    """Yearly decline of the price of an H100e-hour from the base year on."""
    cash_interest_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.0
    """Interest that cash kept earns per year, real."""
    dscr_min: Annotated[float, Field(ge=0, le=10), Smallest(0.1)] = 0.0
    """Least debt service cover in every year: earnings and grant less running costs, over debt service; 0 asks for none."""
    lost_load_eur_per_mwh: Annotated[float, Field(ge=0, le=100_000), Smallest(50)] = 8000.0
    """Value of lost load."""
    heat_eur_per_mwh: Annotated[float, Field(ge=0, le=500), Smallest(0.1)] = 25.0
    """Price earned for a MWh of reused heat."""
    heat_meur_per_mw: Annotated[float, Field(ge=0, le=50), Smallest(0.001)] = 0.5
    """Capital cost of a MW of heat recovery."""
    connection_meur_per_mw: Annotated[float, Field(ge=0, le=50), Smallest(0.001)] = 0.12
    """Cost of a MW of new grid connection."""
    connection_construction_years: Annotated[float, Field(ge=0, le=15)] = 2.0
    """Years over which a grid connection is built and paid before it serves."""
    connection_meur_per_mw_km: Annotated[float, Field(ge=0, le=0.1), Smallest(0.000001)] = 0.00075
    """Cost of a MW of connecting line per km."""
    heat_hours: Annotated[float, Field(ge=0, le=8760), Smallest(400)] = 4000.0
    """Full-load hours per year at which neighbours take reused heat."""
    grid_life_years: Annotated[float, Field(ge=1, le=100)] = 40.0
    """Life of connections, reinforcements and heat recovery."""
    interruptible_meur_per_mw: Annotated[float, Field(ge=0, le=1), Smallest(0.0005)] = 0.0
    """What a MW of interruptible connection saves in fees a year."""
    operation_meur_per_mw: Annotated[float, Field(ge=0, le=50), Smallest(0.001)] = 0.25
    """Staff, software, spares per MW of servers in use and year."""
    operation_staff_share: Annotated[float, Field(ge=0, le=1), Smallest(0.01)] = 0.4
    """Part of it that is staff, paid at the country's wages (estimate: no source)."""


class Halls(Section):
    """The standard hall."""

    hall_mw: Annotated[float, Field(ge=0.1, le=5_000)] = 20.0
    """Server power of a standard hall."""
    construction_years: Annotated[float, Field(ge=0, le=15)] = 2.0
    """Years over which a hall, the opening of its site and its heat recovery are built and paid before they serve."""
    utilisation_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 0.8
    """Mean draw of fitted servers relative to their nameplate power."""


class Siting(Section):
    """How many sites and where."""

    sites_min: Annotated[int, Field(ge=0, le=1000)] = 0
    """Least number of new sites."""
    sites_max: Annotated[int, Field(ge=0, le=1000)] = 1000
    """Most new sites."""
    member_states_min: Annotated[int, Field(ge=0, le=27)] = 0
    """Least number of member states of the Union with a new site."""
    closing: bool = False
    """Whether a new site may be closed down in a later period; its halls then stand empty, and keep their firm cover."""
    separation_km: Annotated[float, Field(ge=0, le=2000)] = 0.0
    """Two new sites closer than this exclude each other."""
    gigafactories_min: Annotated[int, Field(ge=0, le=100)] = 0
    """Least number of new sites open in the last period that are gigafactories: what `gigafactory_by` counts reaches its
    number in every period from the opening of the site."""
    gigafactory_by: Literal["chips", "h100e"] = "chips"
    """Whether chips make a gigafactory (`gigafactory_kchips`) or their compute does (`gigafactory_kh100e`)."""
    gigafactory_kchips: Annotated[float, Field(ge=0, le=10_000), Smallest(0.5)] = 100.0
    """Thousand advanced chips that make a gigafactory."""
    gigafactory_kh100e: Annotated[float, Field(ge=0, le=10_000), Smallest(0.5)] = 100.0
    """Compute of advanced chips that makes a gigafactory, thousand H100-equivalents."""
    gigafactory_chip_h100e: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Least throughput of a chip that counts in a gigafactory as advanced, H100-equivalents; 0 counts every chip."""
    gigafactory_countries: Countries = ()
    """Countries that have committed to gigafactories, where alone sites count as such; none listed: all have."""
    gigafactories_weighed: Annotated[int, Field(ge=0, le=100)] = 0
    """Number of gigafactories of which the summary says what stands against them; nothing is asked of the plan."""
    must: Sites = ()
    """Sites that have to be chosen: candidates open in the last period, committed ones extended."""
    must_not: Sites = ()
    """Sites that are neither opened nor extended."""
    only: Sites = ()
    """The only sites that may be opened or extended; none listed allows all. With the same list as `must`: exactly these."""
    countries_not: Countries = ()
    """Countries in which no site is opened or extended."""
    near_latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    """Point near which new sites and extensions have to lie, degrees north."""
    near_longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    """The same point, degrees east."""
    near_km: Annotated[float | None, Field(ge=0, le=20_040)] = None
    """Most distance from that point (geodesic, WGS 84)."""
    seismic_max_g: Annotated[float | None, Field(ge=0, le=5), Smallest(0.005)] = None
    """Most peak ground acceleration, once in 475 years, where a site is opened or extended (table `places`); none: any."""
    flood_not: bool = False
    """Whether no site is opened or extended that floods may reach."""
    protected_not: bool = False
    """Whether none is on protected land."""
    exchange_max_km: Annotated[float | None, Field(ge=0, le=20_040), Smallest(0.5)] = None
    """Most distance of such a site to the nearest internet exchange point; none: any."""
    workforce_min_people: Annotated[int, Field(ge=0, le=50_000_000), Smallest(100)] = 0
    """Least inhabitants within 50 km of such a site."""
    site_min_kchips: Annotated[float, Field(ge=0, le=10_000), Smallest(0.01)] = 0.0
    """Least thousand chips of every new site, in every period in which it is open."""

    @property
    def gigafactory_size(self) -> float:
        """Return what makes a gigafactory: thousand chips, or kH100e."""
        return self.gigafactory_kchips if self.gigafactory_by == "chips" else self.gigafactory_kh100e

    @model_validator(mode="after")
    def _near_what(self) -> "Siting":
        stated = [name for name in ("near_latitude", "near_longitude", "near_km") if getattr(self, name) is not None]
        if len(stated) not in (0, 3):
            raise ValueError("near_latitude, near_longitude and near_km go together: a point, and how far from it")
        return self


class Sovereignty(Section):
    """Whose compute it is."""

    operators: bool = False
    """Whether every new site is given to operators of the table `operators`, with their capacity and their spread."""
    bloc: Annotated[str, Field(max_length=48)] = ""
    """Bloc of the table `jurisdictions` whose share of the compute the plan tells; empty: the member states of the Union."""


class Service(Section):
    """How far work may travel."""

    route_factor: Annotated[float, Field(ge=1, le=3)] = 1.4
    """Length of fibre relative to the geodesic."""
    flexible_share: Annotated[float, Field(ge=0, le=1), Smallest(0.001)] = 0.0
    """Share of the new servers' draw that may wait within 24 hours: training. It is dispatched with the power system."""


class Resilience(Section):
    """What has to be left when things fail; what is left in any case is always reported."""

    share: Annotated[float, Field(ge=0, le=1), Smallest(0.0005)] = 0.0
    """Least share that is served without what is lost, in every period (0: not asked). Work is not moved after a loss."""
    share_of: Literal["demand", "served"] = "demand"
    """Whether it is a share of what is asked, which serving more never breaks, or of what is served: no few carry all."""
    scope: Literal["regions", "all"] = "regions"
    """Whether it holds for every region and workload, or for all of them together."""
    workloads: Workloads = ()
    """The only workloads for which it holds; none listed: all."""
    sites_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Sites, whichever they are, that may be lost together; committed ones count like new ones."""
    substations_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Substations that may be lost together, with all sites that they feed."""
    countries_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Countries that may be lost together, with all their sites."""
    risks_lost: Annotated[int, Field(ge=0, le=100)] = 0
    """Risks of the table `shared_risks` that may come true together, each with all sites that share it."""
    delayed_sites: Annotated[int, Field(ge=0, le=100)] = 0
    """Sites, whichever they are, that may be late together."""
    delayed_years: Annotated[float, Field(ge=0, le=20), Smallest(0.05)] = 2.0
    """By how much (estimate); the delays that are always reported are of the same length."""
    delayed_share: Annotated[float, Field(ge=0, le=1), Smallest(0.005)] = 0.0
    """Least share of the compute of new chips that is in service in every period even so (0: not asked)."""
    line_cover_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 0.0
    """Share of the data centres' peak in every zone that firm cover reaches when any one line brings it none (0: not asked)."""


class Power(Section):
    """What the electricity system must keep."""

    cover_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 1.0
    """Share of the data centres' peak that firm low-carbon contracted and built capacity covers."""
    cover_energy_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 0.0
    """Share of the data centres' mean draw that low-carbon plant contracted and built can sustain the year round; 0 asks for
    capacity alone."""
    cover_duration_hours: Annotated[float, Field(ge=0, le=5000), Smallest(1)] = 0.0
    """Length of the stress that storage is firm for: no more of it counts than the share of that which a full store lasts; 0
    leaves its firm credit as it stands."""
    contract_years: Annotated[float, Field(ge=0, le=50), Smallest(0.5)] = 0.0
    """Term of a contract from the period in which it is signed: it runs until the period in which that ends is over; 0 signs
    every contract for a single period."""
    cover_import_share: Annotated[float, Field(ge=0, le=1), Smallest(0.005)] = 0.3
    """Share of a line's capacity over which firm cover may be imported."""
    cover_counted_once: bool = True
    """Whether a contract whose firm capacity is sent to another zone as cover matches nothing at home."""
    cover_spare_lines: bool = False
    """Whether cover over a line counts no further than the line has room in the importing zone's stress hours, while the
    system without new data centres runs at its least cost."""
    cover_stress_share: Annotated[float, Field(gt=0, le=1), Smallest(0.001)] = 0.05
    """Share of the year that counts as stress hours of a zone when what lines have free is asked: those of the highest residual
    load (load less what wind, sun and other supply that changes by the hour can give) among the representative days. The
    stretches in which plant feeds the draw (`stress_share`) are others, stated in the table `stress_days`."""
    usable_transfer_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 1.0
    """Share of the lines' transfer capacity that the market gets: of the year, or of the winter where the summer has its own."""
    usable_transfer_summer_share: Annotated[float | None, Field(ge=0, le=1), Smallest(0.05)] = None
    """The same in summer, the two middle quarters of the record (April to September); where none is stated, that of winter."""
    must_run_summer_share: Annotated[float, Field(ge=0, le=1), Smallest(0.05)] = 1.0
    """Part of `fleets.must_run_share` that holds in summer, when little heat is asked for."""
    cover_technologies: Technologies = ()
    """The only technologies of firm low-carbon plant that are contracted or built; none listed allows all. What gives no
    firm cover (wind, sun, storage) may be built all the same."""
    price_basis_scale: Annotated[float, Field(ge=0, le=2)] = 1.0
    """Part of the table `price_basis` that is paid: 0 leaves it out, 1 takes it as it stands."""
    price_basis_zones: Annotated[int, Field(ge=0, le=1000)] = 0
    """Zones of the case on whose prices the table `price_basis` was calibrated, where these are not its own (0): `gigasite
    cut` states it, and `check` warns."""
    price_basis_decay_share: Annotated[float, Field(ge=0, le=0.5), Smallest(0.001)] = 0.05
    """Yearly decline of the price basis from the base year on, as grids and fuels converge (estimate: no source)."""
    stress_share: Annotated[float, Field(ge=0, le=2), Smallest(0.02)] = 0.0
    """Share of the data centres' draw that contracted and built low-carbon plant can feed in every hour of the stretches
    that the table `stress_days` states, with what it has in that hour, and with the cover that lines carry (0: not asked)."""
    reservoirs: Literal["year", "months"] = "year"
    """Whether the yearly energy of a reservoir may be used on any day, or as the table `inflows` says that it comes, and as
    far as the reservoir keeps it from month to month."""
    shed_share: Annotated[float, Field(ge=0, le=1)] = 0.0001
    """Most energy not served, as a share of the existing load of a day."""
    interruptible: bool = True
    """Whether sites may be connected by what the column `headrooms.interruptible_mw` offers."""
    interrupted_hours: Annotated[float, Field(ge=0, le=8760), Smallest(10)] = 1314.0
    """Hours a year without interruptible connections, those of highest residual load of the zone, where the hourly table
    `uninterrupted` has no column (estimate: 15 % of the year, the most under the Dutch alternative transport right ATR85)."""


class Carbon(Section):
    """What may be emitted."""

    cap_kg_per_mwh: Annotated[float, Field(ge=0, le=2000), Smallest(1)] = 100.0
    """Most emissions per MWh that the data centres draw, in every period: of what no contract or new plant matches in the
    same hour, at the zone's intensity (the attributional account)."""
    cap_kt: Annotated[float, Field(ge=0, le=1_000_000), Smallest(0.1)] = 1_000_000.0
    """Most of the same emissions per year, in every period."""
    cap_by: Literal["plan", "zone", "site"] = "plan"
    """Whether the cap per MWh holds for all data centres together, for those of every bidding zone as well, or for every site as
    well, with the contracts and new plant of its zone that count for it."""
    embodied: bool = False
    """Whether the emissions of making the chips bought (`chips.embodied_kg_per_chip`) count in the caps, spread evenly over
    the years of the period in which they are bought, and in the objective carbon."""


class Matching(Section):
    """How much of what the data centres draw clean power has to match, hour by hour."""

    target_share: Annotated[float, Field(ge=0, le=1), Smallest(0.02)] = 0.0
    """Least score of a year: the share of the draw that contracts and new plant match in the same hour, or that counts
    as clean in the mix of the grid; 0 asks for nothing."""
    score_by: Literal["plan", "zone"] = "plan"
    """Whether the score, and the excess, are those of all data centres together or of every bidding zone."""
    grid: Literal["none", "residual", "average"] = "residual"
    """What of the unmatched draw counts as clean: nothing (contracts and new plant alone), the clean share of what
    the zone's mix is without the plants that could be contracted, or that of the whole mix, which counts them twice."""
    strict: bool = False
    """Whether contracts and new plant alone have to match that share in every single hour as well."""
    excess_share: Annotated[float, Field(ge=0, le=10), Smallest(0.01)] = 0.2
    """Most that contracts and new plant give in a year beyond what is matched, as a share of the draw; it holds, and new
    plant may yield so much more than the draw, where a target is set."""
    additional: bool = False
    """Whether new plant alone matches, and contracts of existing plant do not."""
    import_share: Annotated[float, Field(ge=0, le=1), Smallest(0.005)] = 0.0
    """Share of a line's capacity over which contracts and new plant of the zone at its other end match, less its losses, and
    with `power.cover_spare_lines` no more than what cover leaves of its room; 0 leaves matching to the plants of the same zone."""
    reservoirs: Literal["mean", "days"] = "mean"
    """What a contract with a reservoir matches: its mean power all year, or on every day as much as the fleet gives on it
    where the zone's load, less wind, sun and rivers, is highest."""
    storage: bool = False
    """Whether a store matches what it took from a plant of the same contract: it makes the plant's day even."""
    new_plant_runs: bool = False
    """Whether new low-carbon plant runs whenever it can, so that what it matches is made; else the market decides, and the plan
    says what of the matched it delivers."""
    storage_peaks: Annotated[float, Field(ge=0, le=50), Smallest(0.1)] = 1.0
    """Most new storage of a zone, in peaks of its data centres."""

    @property
    def excess_allowed(self) -> float:
        """What new plant may yield beyond the draw, as a share of it."""
        return self.excess_share if self.target_share else 0.0


class Gaps(Section):
    """Relative gaps of single objectives, in place of `solve.gap_share`."""

    compute: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of new compute (0 allows 1e-6)."""
    cost: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of net present cost (0 allows 1e-6)."""
    carbon: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of emissions over all periods (0 allows 1e-6)."""
    water: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of water drawn over all periods (0 allows 1e-6)."""
    sovereignty: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of compute served from the Union (0 allows 1e-6)."""
    control: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of compute under the control of a bloc (0 allows 1e-6)."""
    even: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of the share that every region is served (0 allows 1e-6)."""
    capital: Annotated[float | None, Field(ge=0, le=0.5)] = None
    """Of capital cost (0 allows 1e-6)."""


class Solve(Section):
    """How hard to look."""

    gap_share: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    """Relative gap at which each objective is accepted (0 allows 1e-6)."""
    gaps: Gaps = Gaps()
    """The same for single objectives."""
    time_limit_seconds: Annotated[float, Field(gt=0, le=1_000_000)] = 280.0
    """Wall time of the whole run, all objectives together. Time is kept for finishing and writing the plan, and for every
    day of the hourly tables where that takes at most two fifths of the limit; what comes after the limit is said."""
    memory_gb: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    """Memory that solving may take; 0 means all that the machine has free when it begins."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Threads of the solver."""
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    """Processes that dispatch the days; 0 means one a core, or none of their own where the days are few."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """Random seed of the solver."""
    allow_large: bool = False
    """Try a case that by estimate does not fit into that memory."""

    @property
    def branching(self) -> dict[str, int | float | str]:
        """Return the options of branch and bound that the scenario sets."""
        return {"threads": self.threads, "random_seed": self.seed}

    def gap_of(self, objective: str) -> float:
        """Return the relative gap at which an objective is accepted."""
        own: float | None = getattr(self.gaps, objective)
        return self.gap_share if own is None else own


class Inputs(Section):
    """Which tables are read."""

    overlays: tuple[str, ...] = ()
    """Folders inside the case whose tables replace its own, each as a whole (`weather/2019`); later ones come first."""
    cells: Mapping[str, float | bool | str] = {}
    """Cells of the tables and what stands there instead, in the column's unit: `"tranches.investai.2028-2030" = 5000`,
    `"sites.*.opening_meur" = 40`. A key of the command line (`--set`) that names a table's cells goes here."""
    factors: Mapping[str, float] = {}
    """Cells, or columns of hourly tables, and what they are multiplied with (`--scale`): `"chips.price_eur_per_chip" = 0.8`,
    `"availability[*.wind]" = 0.9`."""


class Risk(Section):
    """How the futures of a scenario are weighed."""

    cvar_share: Annotated[float, Field(ge=0, le=0.99), Smallest(0.01)] = 0.8
    """Probability of all but the worst futures: of those the mean is the conditional value at risk (0.8: the worst fifth)."""
    cvar_weight: Annotated[float, Field(ge=0, le=0.99), Smallest(0.001)] = 0.0
    """Weight of that mean, beside the mean over all futures, in every objective; 0 weighs the mean alone, and 1 would leave
    to chance what is decided in all other futures."""

    def weight_of(self, futures: int) -> float:
        """Return the weight of the worst futures where there are so many: none where there is one."""
        return self.cvar_weight if futures > 1 else 0.0

    def worth(self, values: Sequence[float], probabilities: Sequence[float]) -> float:
        """Return what values to be minimised, of futures, are worth: their mean and that of the worst ones, mixed."""
        mean = math.fsum(share * value for share, value in zip(probabilities, values, strict=True))
        weight = self.weight_of(len(values))
        return (1 - weight) * mean + weight * self.worst_mean(values, probabilities) if weight else mean

    def value_at_risk(self, values: Sequence[float], probabilities: Sequence[float]) -> float:
        """Return the least value, to be minimised, that is not exceeded with the probability `cvar_share`."""
        reached, ordered = 0.0, sorted(zip(values, probabilities, strict=True))
        for value, probability in ordered:
            reached += probability
            if reached >= self.cvar_share - 1e-12:
                return value
        return ordered[-1][0]

    def worst_mean(self, values: Sequence[float], probabilities: Sequence[float]) -> float:
        """Return the conditional value at risk: the mean of the highest values, those of probability 1 - `cvar_share`."""
        least = self.value_at_risk(values, probabilities)
        beyond = zip(probabilities, values, strict=True)
        return least + math.fsum(share * max(0.0, value - least) for share, value in beyond) / (1 - self.cvar_share)


class FutureSettings(Section):
    """One way in which what nobody knows yet may come out: the case read with these on top."""

    probability: Annotated[float, Field(gt=0, le=1), Smallest(0.001)]
    """Probability; those of all futures are 1 together."""
    overlays: tuple[str, ...] = ()
    """Folders of tables, as `inputs.overlays`; they come on top of those of the scenario."""
    cells: Mapping[str, float | bool | str] = {}
    """Cells, as `inputs.cells`; they come on top of those of the scenario."""
    factors: Mapping[str, float] = {}
    """Factors, as `inputs.factors`; they come on top of those of the scenario, and replace one with the same name."""


class Settings(Section):
    """A scenario file, resolved."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    """One line that says what is asked."""
    question: ObjectiveSettings = ObjectiveSettings()
    time: Time = Time()
    money: Money = Money()
    halls: Halls = Halls()
    siting: Siting = Siting()
    sovereignty: Sovereignty = Sovereignty()
    service: Service = Service()
    resilience: Resilience = Resilience()
    power: Power = Power()
    carbon: Carbon = Carbon()
    matching: Matching = Matching()
    solve: Solve = Solve()
    inputs: Inputs = Inputs()
    risk: Risk = Risk()
    futures: Mapping[str, FutureSettings] = {}
    """Futures by name, `[futures.dry]`, which `gigasite futures` weighs: sites, who runs them, and grid steps are decided for all
    of them, and all else in each. `gigasite check` reads them all; every other command answers for the case without them."""

    @model_validator(mode="after")
    def _futures_are_a_distribution(self) -> "Settings":
        total = math.fsum(each.probability for each in self.futures.values())
        if self.futures and abs(total - 1) > 1e-9:
            raise ValueError(f"the probabilities of the futures are {total:.10g} together, and must be 1")
        for name in self.futures:
            if not re.fullmatch("[A-Za-z0-9_]{1,64}", name):
                raise ValueError(f"futures.{name}: the name of a future has 1 to 64 letters, digits and _")
        return self
