"""What the formulation answers: one frozen plan; every writer reads only this.

Tables of answers are declared as the input tables are: one class per table, one field per column, units in the names.
Numbers are copied from the solution, never computed by a writer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from models.case import Array, Level, Quality
from models.settings import ObjectiveName
from models.units import Count, Plausible

SCHEMA_VERSION = 5

Number = float
MAY_BE_NEGATIVE = "may be negative"
Signed = Annotated[float, MAY_BE_NEGATIVE]


@dataclass(frozen=True)
class From:
    """The column is a variable or a named expression of an aspect, or 0 where a row has none."""

    component: str
    """`aspect.name`."""
    over: tuple[str, ...] = ()
    """Columns that it is indexed by; those of the row's index unless stated."""


@dataclass(frozen=True)
class Input:
    """The column is that of an input table, of the row whose key it shares."""

    table: str


@dataclass(frozen=True)
class Yearly:
    """The column is the energy of a year, from series of the dispatch named by all of the row's index but the period."""

    kinds: tuple[str, ...]


class ResultRow(BaseModel):
    """One row of a result table, and where its columns come from; what is not declared `optimizer/extract` works out."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    key: ClassVar[tuple[str, ...]]
    """The columns that identify a row."""
    rows: ClassVar[tuple[str, ...]] = ()
    """What there is a row for: the index of an `aspect.name`, or input tables, every combination of their keys."""
    rows_over: ClassVar[tuple[str, ...]] = ()
    """The columns that this index fills, where it is more than the key."""
    sparse: ClassVar[bool] = False
    """Whether rows are left out of which nothing in the solution differs from 0."""


class SiteRow(ResultRow):
    """Every site, chosen or not, in every period."""

    key = ("site", "period")
    rows = ("sites", "periods")
    site: str
    """Code of the site."""
    period: str
    """Period."""
    name: Annotated[str, Input("sites")]
    """Name of the place."""
    country: Annotated[str, Input("sites")]
    """Host country."""
    zone: Annotated[str, Input("sites")]
    """Bidding zone."""
    substation: Annotated[str, Input("sites")]
    """Substation."""
    status: Annotated[Literal["candidate", "committed"], Input("sites")]
    """Whether the site was already committed."""
    committed_mw: Number
    """Server power of a committed site's own chips in service, besides the new halls (0 for candidates)."""
    latitude: Annotated[Signed, Input("sites")]
    """Degrees north."""
    longitude: Annotated[Signed, Input("sites")]
    """Degrees east."""
    opened: Annotated[int, Plausible(0, 1), From("siting.opened")]
    """1 if the site is open in the period."""
    opens: Annotated[int, Plausible(0, 1), From("siting.open_in")]
    """1 if the site, or the extension of a committed site, is to enter service in the period (it may be late); a committed site is open without."""
    closes: Annotated[int, Plausible(0, 1), From("siting.close_in")]
    """1 if the site is closed down at the start of the period."""
    halls: Annotated[Count, From("sizing.site_halls")]
    """New halls standing."""
    servers_mw: Annotated[Number, From("compute.site_servers_mw")]
    """Power of the new servers in service, mean of the period."""
    peak_mw: Annotated[Number, From("cooling.peak_mw")]
    """Power of the new halls on the design day."""
    connection_mw: Annotated[Number, From("grid.connection_mw")]
    """New grid connection standing."""
    chips_kchips: Annotated[Number, From("compute.site_kchips")]
    """New chips in service, thousands, mean of the period."""
    compute_kh100e: Annotated[Number, From("compute.compute_kh100e")]
    """Compute, committed chips included."""
    served_kh100e: Annotated[Number, From("demand.site_served_kh100e")]
    """Compute served."""
    energy_twh: Annotated[Number, From("cooling.energy_twh")]
    """Electricity of the new servers and their cooling, per year."""
    water_mm3: Annotated[Number, From("cooling.water_mm3")]
    """Water drawn per year."""
    reused_mw: Annotated[Number, From("cooling.reused_mw")]
    """Heat given to neighbours."""
    recovery_mw: Annotated[Number, From("cooling.recovery_mw")]
    """Heat recovery built in the period."""
    capital_meur: Annotated[Number, From("budget.site_money_meur")]
    """Capital spent at the site in the period."""
    public_meur: Number
    """Of which public money."""
    eu_member: Annotated[int | None, Plausible(0, 1), Input("countries")] = None
    """1 if the host country is a member state of the Union; empty in plans written before this was told."""


class PlaceRow(ResultRow):
    """What the places of sites are like, chosen or not, where the inputs say."""

    key = ("site",)
    rows = ("places",)
    site: str
    """Code of the site."""
    seismic_g: Annotated[Number, Input("places")]
    """Peak ground acceleration that is exceeded once in 475 years, g."""
    flood: Annotated[str, Input("places")]
    """Whether floods may reach it."""
    protected: Annotated[str, Input("places")]
    """Whether it lies on protected land."""
    near_people: Annotated[Count, Input("places")]
    """Inhabitants within 50 km."""
    exchange_km: Annotated[Number, Input("places")]
    """Distance to the nearest internet exchange point."""
    exchanges: Annotated[Count, Input("places")]
    """Cities with an internet exchange point within 100 km."""


class HallRow(ResultRow):
    """Halls by site, cooling and period; only rows with halls standing."""

    key = ("site", "cooling", "period")
    rows = ("compute.alive_mw",)
    sparse = True
    site: str
    """Site."""
    cooling: str
    """Cooling."""
    period: str
    """Period."""
    built_halls: Annotated[Count, From("sizing.halls")]
    """Halls built in the period."""
    standing_halls: Annotated[Count, From("sizing.standing")]
    """Halls standing."""
    alive_mw: Annotated[Number, From("compute.alive_mw")]
    """Power of the new servers in service in them, mean of the period."""
    pue_annual: Number
    """Annual PUE of this cooling at this site."""
    wue_annual_l_per_kwh: Number
    """Annual WUE of this cooling at this site."""


class ChipRow(ResultRow):
    """Chips bought by site, chip, cooling and period."""

    key = ("site", "chip", "cooling", "period")
    rows = ("compute.fitted_mw",)
    sparse = True
    site: str
    """Site."""
    chip: str
    """Chip."""
    cooling: str
    """Cooling of the halls they stand in."""
    period: str
    """Period in which they are bought."""
    fitted_mw: Annotated[Number, From("compute.fitted_mw")]
    """Their server power."""
    bought_kchips: Annotated[Number, From("compute.bought_kchips")]
    """Thousand chips."""
    jurisdiction: Annotated[str, Input("chips")] = ""
    """Country code of the vendor's jurisdiction, where the inputs say."""


class OperatorRow(ResultRow):
    """Who runs each open site: committed ones by their stated operator, new ones where that is decided; else no row."""

    key = ("site", "operator", "period")
    site: str
    """Site."""
    operator: str
    """Operator."""
    period: str
    """Period."""
    name: Annotated[str, Input("operators")]
    """Name of the operator."""
    jurisdiction: Annotated[str, Input("operators")]
    """Country code of its owner's jurisdiction."""
    disclosure: Annotated[str, Input("operators")] = ""
    """Country code whose law can make it hand over data, beside its own courts; empty: none."""
    servers_mw: Number
    """New servers in service that it runs here: operators that are alike in all that counts share them by capacity."""
    committed_mw: Number
    """Servers of a committed site in service that it runs."""


class SovereigntyRow(ResultRow):
    """Whose compute it is, by level and period: shares of compute served, of chips of all compute in service."""

    key = ("level", "period")
    level: Level
    """territory: host country; operator: owner's jurisdiction; control: both, and no disclosure law from outside; chip: vendor."""
    period: str
    """Period."""
    bloc: str
    """Bloc of which the shares are (`sovereignty.bloc`); empty: the member states of the Union."""
    new_share: Number | None
    """Its share of the new compute, at least; empty where there is none."""
    new_most_share: Number | None
    """The same, were all its that nobody is known to hold: sites without an operator, chips without a jurisdiction."""
    all_share: Number | None
    """Its share of all compute, committed sites included, at least."""
    all_most_share: Number | None
    """The same at most."""
    demand_share: Number | None
    """Share of the compute asked for that it meets, at least; empty for chips."""
    demand_most_share: Number | None
    """The same at most."""
    largest: str
    """Jurisdiction that holds the largest known share of all compute; empty for control."""
    largest_share: Number
    """That share."""


class ServiceRow(ResultRow):
    """Who is served from where."""

    key = ("site", "region", "workload", "period")
    rows = ("demand.served_kh100e",)
    sparse = True
    site: str
    """Site."""
    region: str
    """Region."""
    workload: str
    """Class of work."""
    period: str
    """Period."""
    served_kh100e: Annotated[Number, From("demand.served_kh100e")]
    """Compute served."""


class DemandRow(ResultRow):
    """What each region asked for and got."""

    key = ("region", "workload", "period")
    rows = ("demand",)
    region: str
    """Region."""
    workload: str
    """Class of work."""
    period: str
    """Period."""
    demand_kh100e: Annotated[Number, Input("demand")]
    """Asked."""
    served_kh100e: Annotated[Number, From("demand.region_served_kh100e")]
    """Served."""


class ResilienceRow(ResultRow):
    """What is left when things fail or come late: the worst losses, whether the scenario asks for a rule or not.

    Of sites, and of delays (by `resilience.delayed_years`), one to three; else the worst one; and as many as the scenario
    asks for. Work is not moved to other sites after a loss.
    """

    key = ("period", "failure", "number")
    period: str
    """Period."""
    failure: Literal["sites", "substations", "countries", "risks", "delays"]
    """What is lost: sites, all sites of substations, of countries, all that share a risk; or sites that are late."""
    number: Count
    """How many of them together."""
    lost: str
    """Which: those whose loss is worst, the worst first."""
    lost_kh100e: Number
    """Compute that they serve; of late sites what their new chips would compute in the period meanwhile."""
    remaining_share: Annotated[Number, Plausible(0, 1)]
    """What is left, as a share of all compute served; of late sites, of the compute of all new chips."""


class ConnectionRow(ResultRow):
    """Grid connections by site and period, where any is made."""

    key = ("site", "period")
    rows = ("grid.connected_mw",)
    sparse = True
    site: str
    """Site."""
    substation: Annotated[str, Input("sites")]
    """Substation."""
    period: str
    """Period."""
    connected_mw: Annotated[Number, From("grid.connected_mw")]
    """Connection added in the period."""
    interruptible_mw: Annotated[Number, From("grid.interruptible_mw")] = 0.0
    """Part of the connection standing that the operator may interrupt."""
    firm_mw: Annotated[Number, From("grid.firm_mw")] = 0.0
    """Rest of the connection standing, where the substation has interruptible connections in some period; else 0."""
    secured_mw: Annotated[Number, From("grid.secured_mw")] = 0.0
    """Supply of the units on the site while the largest fails, as far as it is needed."""
    lost_twh: Annotated[Number, From("interruption.lost_twh")] = 0.0
    """Energy of the servers lost by interruptions, per year, from the representative days."""


class UnitRow(ResultRow):
    """Units of new plant that start on sites, behind the meter."""

    key = ("site", "technology", "period")
    rows = ("grid.on_site_units",)
    sparse = True
    site: str
    """Site."""
    technology: str
    """Technology."""
    period: str
    """Period."""
    units: Annotated[Count, From("grid.on_site_units")]
    """Units."""


class SubstationRow(ResultRow):
    """Substations with sites, in every period."""

    key = ("substation", "period")
    rows = ("grid.drawn_mw",)
    substation: str
    """Substation."""
    period: str
    """Period."""
    name: Annotated[str, Input("substations")]
    """Name."""
    zone: Annotated[str, Input("substations")]
    """Bidding zone it feeds."""
    latitude: Annotated[Signed, Input("substations")]
    """Degrees north."""
    longitude: Annotated[Signed, Input("substations")]
    """Degrees east."""
    drawn_mw: Annotated[Number, From("grid.drawn_mw")]
    """Firm connections standing."""
    headroom_mw: Annotated[Number, From("grid.headroom_mw")]
    """Headroom with the steps finished."""


class ReinforcementRow(ResultRow):
    """Reinforcement steps decided."""

    key = ("substation", "step")
    rows = ("grid.reinforced",)
    rows_over = ("substation", "step", "period")
    sparse = True
    substation: str
    """Substation."""
    step: Count
    """Step."""
    period: str
    """Period of the decision."""
    adds_mw: Annotated[Number, Input("reinforcements")]
    """Headroom it adds when finished."""
    capex_meur: Annotated[Number, Input("reinforcements")]
    """Its cost."""


class SupplyRow(ResultRow):
    """Electricity supply by zone, technology and period; energies are of a year, from the representative days."""

    key = ("zone", "technology", "period")
    rows = ("supplies", "periods")
    zone: str
    """Zone."""
    technology: str
    """Technology."""
    period: str
    """Period."""
    low_carbon: Annotated[int, Plausible(0, 1), Input("technologies")]
    """1 if its energy counts as low-carbon."""
    firm_share: Annotated[Number, Plausible(0, 1)]
    """Share of a MW contracted or newly built that counts for the firm low-carbon cover."""
    fleet_mw: Number
    """Existing capacity, the mean over the period's years."""
    contracted_mw: Annotated[Number, From("power.contracted_mw")]
    """Of which under contract to the data centres."""
    signed_mw: Annotated[Number, From("power.signed_mw")] = 0
    """Of the contracts what is signed in the period, where they have a term; 0 where they have none."""
    own_mw: Annotated[Number, From("power.own_mw")] = 0
    """Of the contracts what may be matched in the zone itself; the rest is there for what is sent as cover."""
    built_mw: Annotated[Number, From("power.built_mw")]
    """New plant that starts in the period."""
    plant_mw: Annotated[Number, From("power.plant_mw")]
    """New plant standing."""
    built_units: Annotated[Count, From("plants.units")] = 0
    """Units that start in the period, of a technology that has units."""
    built_mwh: Annotated[Number, From("plants.built_mwh")] = 0.0
    """Energy of new stores that start in the period, where it is chosen apart from their power."""
    store_mwh: Annotated[Number, From("plants.store_mwh")] = 0.0
    """Energy of new stores standing, where it is chosen apart from their power."""
    output_twh: Annotated[Number, Yearly(("output_mw", "discharge_mw"))]
    """Output (discharge of storage)."""


class ReservoirRow(ResultRow):
    """Share of the reservoirs' yearly energy that each day takes."""

    key = ("zone", "technology", "period", "day")
    rows = ("power.allotted_mw",)
    zone: str
    """Zone."""
    technology: str
    """Technology."""
    period: str
    """Period."""
    day: str
    """Representative day."""
    allotted_mw: Annotated[Number, From("power.allotted_mw")]
    """Mean output the day may take."""
    baseline_allotted_mw: Number | None = None
    """The same in the system without new data centres; empty where cover does not hang on what that leaves free."""


class LevelRow(ResultRow):
    """Levels of the reservoirs whose water comes month by month."""

    key = ("zone", "technology", "period", "month")
    rows = ("reservoirs.level_mwh",)
    zone: str
    """Zone."""
    technology: str
    """Technology."""
    period: str
    """Period."""
    month: int
    """Month: 1 for January to 12 for December."""
    level_mwh: Annotated[Number, From("reservoirs.level_mwh")]
    """Energy in store at the start of the month, by the calendar of the representative days."""


class CarriedRow(ResultRow):
    """What stores that carry energy over do on each day."""

    key = ("zone", "technology", "period", "day")
    rows = ("storage.change_mwh",)
    zone: str
    """Zone."""
    technology: str
    """Technology."""
    period: str
    """Period."""
    day: str
    """Representative day."""
    change_mwh: Annotated[Signed, From("storage.change_mwh")]
    """Energy in store after the day above that before it."""
    dip_mwh: Annotated[Number, From("storage.dip_mwh")]
    """Least energy in store on the day below that before it."""
    rise_mwh: Annotated[Number, From("storage.rise_mwh")]
    """Most energy in store on the day above that before it."""


class CarriedLevelRow(ResultRow):
    """Energy in stores that carry it over, through the year as representative days stand for it."""

    key = ("zone", "technology", "period", "row")
    rows = ("storage.level_mwh",)
    zone: str
    """Zone."""
    technology: str
    """Technology."""
    period: str
    """Period."""
    row: Count
    """Place among the rows of days for which one representative day stands, from 0."""
    level_mwh: Annotated[Number, From("storage.level_mwh")]
    """Energy in store before the first day of the row."""


class FirmingRow(ResultRow):
    """New or contracted plant whose days stores of the same contract make even, for matching."""

    key = ("zone", "store", "technology", "period")
    rows = ("matching.firmed_mw",)
    sparse = True
    zone: str
    """Zone."""
    store: str
    """Technology of the store."""
    technology: str
    """Technology of the plant."""
    period: str
    """Period."""
    firmed_mw: Annotated[Number, From("matching.firmed_mw")]
    """Plant, and as much storage."""


class SendingRow(ResultRow):
    """Contracts and new plant that match at the other end of a line, and not at home."""

    key = ("line", "way", "technology", "period")
    rows = ("matching.sent_mw",)
    sparse = True
    line: str
    """Line."""
    way: Literal["forward", "backward"]
    """From the line's first to its second zone, or the other way."""
    technology: str
    """Technology of the plant, which stands where the way begins."""
    period: str
    """Period."""
    sent_mw: Annotated[Number, From("matching.sent_mw")]
    """Plant whose output matches there, before losses."""


class CountingRow(ResultRow):
    """Contracts and new plant that count for a site, where every site has a cap of its own."""

    key = ("site", "technology", "period")
    rows = ("matching.counted_mw",)
    sparse = True
    site: str
    """Site."""
    technology: str
    """Technology of the plant, which stands in the site's zone."""
    period: str
    """Period."""
    counted_mw: Annotated[Number, From("matching.counted_mw")]
    """Plant whose output counts for it alone."""


class MatchingRow(ResultRow):
    """Matching over all hours of the record, of every zone with new servers and of all together (`plan`)."""

    key = ("zone", "period")
    zone: str
    """Zone, or `plan`."""
    period: str
    """Period."""
    drawn_twh: Number
    """Draw of the new servers with their cooling in a year."""
    matched_twh: Number
    """Of which contracts and new plant match in the same hour."""
    clean_twh: Number
    """The same, and the clean share of the grid's mix in the rest, as `matching.grid` counts it."""
    supplied_twh: Number
    """What contracts and new plant can give, less the losses of stores."""
    delivered_twh: Number
    """What of the draw the plan's own dispatch of its representative days gives in the same hour: of every technology's output
    the share of contracts and new plant in its capacity, with what stores make of it; what is curtailed, or kept in
    reservoirs, is not delivered."""
    matched_hours: Number
    """Hours of a year in which all of the draw is matched."""
    least_share: Annotated[Number, Plausible(0, 1)]
    """Share matched in the worst hour of the record."""


class MatchingCurveRow(ResultRow):
    """Duration curve of matching: hours of a year in which at least so much of the draw is matched."""

    key = ("zone", "period", "percent")
    zone: str
    """Zone, or `plan`."""
    period: str
    """Period."""
    percent: Annotated[int, Plausible(0, 100)]
    """Share of the draw, in hundredths."""
    hours: Number
    """Hours of a year in which contracts and new plant match at least this share."""


class MatchingDayRow(ResultRow):
    """What of the draw is not matched on each representative day, where a target is set."""

    key = ("scored", "period", "day")
    rows = ("matching.unclean_mwh",)
    scored: str
    """Zone, or `plan`, whose score is asked."""
    period: str
    """Period."""
    day: str
    """Representative day."""
    unclean_mwh: Annotated[Number, From("matching.unclean_mwh")]
    """Draw that is neither matched nor clean in the grid's mix, on one such day."""
    unmatched_mwh: Annotated[Number, From("matching.unmatched_mwh")]
    """Draw that contracts and new plant do not match."""


class ZoneRow(ResultRow):
    """Zones by period; energies are of a year, from the representative days."""

    key = ("zone", "period")
    rows = ("zones", "periods")
    zone: str
    """Zone."""
    period: str
    """Period."""
    name: Annotated[str, Input("zones")]
    """Name in English."""
    country: Annotated[str, Input("zones")]
    """Country the zone belongs to."""
    latitude: Annotated[Signed, Input("zones")]
    """Representative point, degrees north."""
    longitude: Annotated[Signed, Input("zones")]
    """Representative point, degrees east."""
    load_twh: Annotated[Number, Yearly(("load_mw",))]
    """Existing load, committed sites included."""
    servers_twh: Annotated[Number, Yearly(("servers_mw",))]
    """Draw of the new servers with their cooling."""
    matched_twh: Annotated[Number, Yearly(("matched_mw",))]
    """Of which matched by contracted and built low-carbon plant in the same hour."""
    shed_twh: Annotated[Number, Yearly(("shed_mw",))]
    """Load not served."""
    peak_mw: Annotated[Number, From("power.zone_peak_mw")]
    """Peak of the new halls."""
    cover_mw: Annotated[Number, From("power.cover_mw")]
    """Firm low-carbon capacity for it."""
    sustained_mw: Annotated[Number, From("power.sustained_mw")] = 0
    """Mean power that the low-carbon plant contracted and built for it can sustain the year round."""
    price_eur_per_mwh: Signed
    """What one more MWh for servers adds to the running cost, mean of the year (dual value); 0 where no hall may stand."""
    basis_eur_per_mwh: Signed
    """Price basis paid on what new plant leaves of the draw, the mean over the period's years."""
    basis_meur: Annotated[Signed, From("power.basis_meur")]
    """What that costs a year."""
    basis_present_meur: Signed
    """The same over all years of the period, in the base year; part of the net present cost."""
    intensity_kg_per_mwh: Number | None = None
    """Carbon intensity of consumption, mean of the year; empty in plans written before this was told."""


class ConsequenceRow(ResultRow):
    """What the data centres do to a zone: the system with them and without them; of a year, from the representative days.

    Prices are dual values: at a kink of the cost one of several.
    """

    key = ("zone", "period")
    zone: str
    """Zone."""
    period: str
    """Period."""
    price_without_eur_per_mwh: Signed
    """What one more MWh of load costs the system, mean of the year's hours, without the data centres; price basis apart."""
    price_with_eur_per_mwh: Signed
    """The same with them."""
    most_rise_eur_per_mwh: Number
    """By how much it rises in the hour in which it rises most."""
    dearer_hours: Number
    """Hours of the year in which it rises by at least a cent per MWh."""
    load_meur: Signed
    """What the existing load would pay more at these prices."""
    import_without_twh: Signed
    """Net import without the data centres, ..."""
    import_with_twh: Signed
    """... and with them."""
    emission_without_kt: Number
    """Direct emissions of the zone's plants without the data centres, ..."""
    emission_with_kt: Number
    """... and with them."""
    headroom_taken_mw: Number
    """What the plan's connections take of the headroom of the zone's substations, ..."""
    headroom_left_mw: Number
    """... and what is left for others, steps of reinforcement counted."""


class LineRow(ResultRow):
    """Lines by period."""

    key = ("line", "period")
    rows = ("lines", "periods")
    line: str
    """Line."""
    period: str
    """Period."""
    from_zone: Annotated[str, Input("lines")]
    """First zone."""
    to_zone: Annotated[str, Input("lines")]
    """Second zone."""
    forward_twh: Annotated[Number, Yearly(("forward_mw",))]
    """Energy sent from the first to the second zone in a year."""
    backward_twh: Annotated[Number, Yearly(("backward_mw",))]
    """Energy sent the other way."""
    cover_forward_mw: Annotated[Number, From("power.forward_mw")]
    """Firm cover carried from the first to the second zone."""
    cover_backward_mw: Annotated[Number, From("power.backward_mw")]
    """Firm cover carried the other way."""
    mean_forward_mw: Annotated[Number, From("power.forward_mean_mw")] = 0
    """Mean power carried with it from the first to the second zone, where cover has to sustain the draw."""
    mean_backward_mw: Annotated[Number, From("power.backward_mean_mw")] = 0
    """The same the other way."""
    spare_forward_mw: Number | None = None
    """What the system without new data centres leaves free of it, from the first to the second zone, in the second's stress
    hours; empty where cover is not limited by that."""
    spare_backward_mw: Number | None = None
    """The same the other way, in the first zone's stress hours."""
    congested_hours: Number | None = None
    """Hours of a year in which it carries all that the market may send over it, either way; empty in plans written before
    this was told."""


class WaterRow(ResultRow):
    """Water by basin and period."""

    key = ("basin", "period")
    rows = ("basins", "periods")
    basin: str
    """Basin."""
    period: str
    """Period."""
    drawn_mm3: Annotated[Number, From("cooling.basin_mm3")]
    """Water drawn in a year."""
    limit_mm3: Annotated[Number, From("cooling.basin_limit_mm3", ("basin",))]
    """What the basin's stress leaves."""


class CarbonRow(ResultRow):
    """Emissions by period, per year."""

    key = ("period",)
    rows = ("periods",)
    period: str
    """Period."""
    energy_twh: Annotated[Number, From("carbon.energy_twh")]
    """Electricity of the new servers and their cooling."""
    attributional_kt: Annotated[Number, From("carbon.carbon_kt")]
    """Emissions of the draw (the attributional account): what of it no contract or new plant matches in the same hour, x the
    zone's intensity in that hour."""
    embodied_kt: Annotated[Number, From("carbon.embodied_kt")] = 0.0
    """Emissions of making the chips bought in the period, all its years together."""
    system_kt: Number
    """Direct emissions of the whole system with the data centres."""
    system_without_kt: Number
    """Direct emissions of the same system without them; the difference is what they add (the consequential account)."""
    system_meur: Signed
    """Running cost of the whole system with the data centres, lost load included."""
    baseline_meur: Signed
    """Running cost of the same system without them; the difference is the dispatch's entry in the money table."""
    noise_meur: Number
    """How far the two running costs together may be above the least: what the sharing of reservoirs leaves open."""


class CirculationRow(ResultRow):
    """Power that goes round within an hour and is lost; of a year, from the representative days.

    It happens where output is paid for (a marginal cost below zero), or the voltage law makes power unwanted.
    """

    key = ("period",)
    period: str
    """Period."""
    line_hours: Number
    """Hours in which a line that loses power carries it both ways, summed over the lines."""
    store_hours: Number
    """Hours in which a store charges and discharges at once, summed over the stores."""
    burnt_mwh: Number
    """Energy lost by it: of the smaller of what is sent there and back, what both ways lose."""


class MoneyRow(ResultRow):
    """Money by ledger, aspect and period; the discounted column sums to the net present cost."""

    key = ("ledger", "aspect", "period")
    ledger: Literal["capex", "interest", "opex", "residual"]
    """capex (spent in the period), interest (during construction), opex (per year of the period), residual (left at the end)."""
    aspect: str
    """Aspect that causes it; `power` has the price basis in it (zones.basis_meur), `cooling` the heat sold."""
    period: str
    """Period."""
    amount_meur: Signed
    """Amount as it falls due (opex: per year); below 0 an income, electricity cheaper than the dispatch tells, or what is
    left at the end."""
    present_meur: Signed
    """Contribution to the net present cost."""


class SpendingRow(ResultRow):
    """Spending by fund and period."""

    key = ("fund", "period")
    rows = ("funds", "periods")
    fund: str
    """Fund."""
    period: str
    """Period."""
    spent_meur: Annotated[Number, From("budget.spent_meur")]
    """Spent in the period."""
    available_meur: Annotated[Number, From("budget.available_meur")]
    """Released up to the period."""
    supported_meur: Annotated[Number, From("budget.supported_meur")] = 0.0
    """Spent on running costs and debt service besides, where these have to be paid."""


class CashRow(ResultRow):
    """What is earned and paid in every year of the horizon; running costs and cash are of the owners of new data centres."""

    key = ("year",)
    rows = ("cash.service_meur",)
    rows_over = ("year", "period")
    year: int
    """Calendar year."""
    period: str
    """Period."""
    revenue_meur: Annotated[Signed, From("cash.revenue_meur")]
    """Earned by new compute; 0 where no workload has a price."""
    grant_meur: Annotated[Number, From("cash.grant_meur")]
    """Public money for running costs."""
    running_meur: Annotated[Signed, From("cash.running_meur")]
    """Running costs, electricity bought at `money.power_eur_per_mwh`."""
    capital_meur: Annotated[Number, From("cash.capital_meur")]
    """Capital paid; `spending` has it by fund."""
    debt_meur: Annotated[Number, From("cash.debt_meur")]
    """Of which debt drawn."""
    reinvested_meur: Annotated[Number, From("cash.reinvested_meur")]
    """Of which earnings."""
    supported_meur: Annotated[Number, From("cash.supported_meur")]
    """Private money for running costs and debt service."""
    service_meur: Annotated[Number, From("cash.service_meur")]
    """Debt service."""
    cash_meur: Annotated[Number, From("cash.cash_meur")]
    """Cash kept at the end of the year; 0 where nobody has to pay running costs or debt."""
    dscr: Number | None
    """Earnings and grant less running costs, over debt service; empty where there is none, 0 where nothing is left for it."""


class EarningRow(ResultRow):
    """What an H100e-hour costs, and whether it is earned: of every site with new halls, and of the plan (`plan`).

    Everything that the plan pays is in it, discounted, what is left at the end taken off: of a site what is bought and due there,
    and by the energy drawn its part of the rest (plants, contracts, grid steps, what the draw adds to the cost of the system).
    """

    key = ("site",)
    site: str
    """Site, or `plan`."""
    served_kh100e_years: Number
    """New compute served, in discounted years: of a committed site what it serves beyond its own chips."""
    cost_meur: Signed
    """Net present cost."""
    cost_eur_per_h100e_hour: Signed | None
    """The cost over the hours served, both discounted: the price at which full use would pay for everything; empty where
    nothing is served."""
    revenue_meur: Signed
    """Earned, in the base year, as far as hours are sold (`money.sold_share`)."""
    break_even_share: Number | None
    """Share of the hours served that would have to be sold at the price stated to pay for everything; above 1 it cannot be
    earned; empty where nothing has a price."""


class AidRow(ResultRow):
    """Public money by site, fund and period."""

    key = ("site", "fund", "period")
    rows = ("budget.public_meur",)
    sparse = True
    site: str
    """Site."""
    fund: str
    """Fund."""
    period: str
    """Period."""
    public_meur: Annotated[Number, From("budget.public_meur")]
    """Money granted."""


class DayRow(ResultRow):
    """Emissions of the data centres on each representative day."""

    key = ("period", "day")
    rows = ("carbon.emitted_t",)
    period: str
    """Period."""
    day: str
    """Representative day."""
    first_hour: Count
    """Position of its first hour in the hourly tables."""
    weight: Number
    """Number of such days in a year."""
    emitted_t: Annotated[Number, From("carbon.emitted_t")]
    """Emissions of the draw on one such day (the attributional account, as in `carbon`)."""
    short_mwh: Annotated[Number, From("matching.short_mwh")] = 0.0
    """What its hours lack of the share that is to be matched in each."""


class FullYearRow(ResultRow):
    """A year of every day of the record, with the plan's sites, plants and contracts; no rows where it was not replayed."""

    key = ("period",)
    period: str
    """Period."""
    system_meur: Signed
    """Running cost of the whole system with the data centres, lost load included."""
    baseline_meur: Signed
    """Running cost of the same system without them, its reservoirs shared between the days for itself."""
    noise_meur: Number
    """How far the two running costs together may be above the least: what the sharing of reservoirs leaves open."""
    shed_mwh: Number
    """Load not served."""
    baseline_shed_mwh: Number
    """Load not served without the data centres."""
    servers_twh: Number
    """Draw of the new servers with their cooling."""
    matched_twh: Number
    """Of which matched by contracted and built low-carbon plant in the same hour."""
    attributional_kt: Number
    """Unmatched draw x the zone's hourly intensity."""
    system_kt: Number
    """Direct emissions of the whole system with the data centres."""
    system_without_kt: Number
    """Direct emissions of the same system without them."""
    burnt_hours: Number
    """Hours of lines and stores in which power goes round and is lost, with the data centres."""
    burnt_mwh: Number
    """Energy lost by it."""
    present_meur: Signed
    """What the year adds to the period's part of the net present cost as the representative days have it."""
    present_noise_meur: Number
    """How much of that is open, as noise_meur is."""


class FullYearDayRow(ResultRow):
    """Every day of the record; figures of one such day."""

    key = ("period", "first_hour")
    period: str
    """Period."""
    first_hour: Count
    """Position of its first hour in the hourly tables."""
    system_meur: Signed
    """Running cost of the whole system with the data centres, lost load included."""
    baseline_meur: Signed
    """Running cost of the same system without them, reservoirs giving no more than they are allotted for that."""
    shed_mwh: Number
    """Load not served."""
    baseline_shed_mwh: Number
    """Load not served without the data centres."""
    servers_mwh: Number
    """Draw of the new servers with their cooling."""
    matched_mwh: Number
    """Of which matched by contracted and built low-carbon plant in the same hour."""
    emitted_t: Number
    """Unmatched draw x the zone's hourly intensity."""
    system_kt: Number
    """Direct emissions of the whole system with the data centres."""
    system_without_kt: Number
    """Direct emissions of the same system without them."""
    burnt_hours: Number
    """Hours of lines and stores in which power goes round and is lost, with the data centres."""
    burnt_mwh: Number
    """Energy lost by it."""


class LimitRow(ResultRow):
    """Rules that bind, and what one unit more would change, with the whole numbers of the plan and its objectives kept."""

    key = ("rule", "index")
    rule: str
    """Aspect and rule, as in the formulation."""
    index: str
    """Where it binds."""
    limit: Signed
    """The limit."""
    worth: Signed
    """What one unit more of the limit changes in the net present cost (dual value; MEUR per the rule's unit): below 0 a
    looser limit from above, such as money or chips, saves so much; above 0 a stricter one from below costs so much."""


class RivalRow(ResultRow):
    """What a chosen site costs beside the next best that could hold as much by then, by the input column that it hangs on.

    To first order from the inputs: a campus of the chosen site's size, from the period in which it opens to the horizon,
    at the plan's energy prices; no other limit of the plan is asked.
    """

    key = ("site", "rival", "column")
    site: str
    """Chosen site."""
    rival: str
    """Site that was not chosen."""
    column: str
    """`table.column` of the input; `fleets.capacity_mw` stands for the dispatch, `sites.station` for the climate."""
    site_meur: Signed
    """What it costs at the chosen site, present value."""
    rival_meur: Signed
    """What it costs at the rival."""
    estimate_share: Annotated[Number, Plausible(0, 1)]
    """How much of it rests on estimates, at whichever of the two it is more."""


class CandidateRow(ResultRow):
    """Every candidate site, chosen or not: from when it could stand, what rules it out, what a campus there would cost.

    To first order from the inputs, as in `rivals`: with the coolings that the plan uses, at its prices of energy, from
    `earliest` to the horizon. What is needed is that of the least campus: one hall, or the site's least size.
    """

    key = ("site",)
    site: str
    """Code of the site."""
    name: str
    """Name of the place."""
    country: str
    """Host country."""
    zone: str
    """Bidding zone."""
    chosen: Annotated[int, Plausible(0, 1)]
    """1 if the plan opens it."""
    earliest: str
    """First period in which dates, land and grid, with every step, allow its least size; empty where none does."""
    barrier: Literal[
        "none: chosen", "none: dearer", "none: within the gap", "none: cheaper by itself", "client's rule", "date",
        "sites_max of the country", "land", "water", "minimum size", "headroom", "law", "users out of reach",
        "no chips that fit", "most sites in all", "distance to a chosen site", "headroom taken by chosen sites",
        "grid, water or law at that size",
    ]  # fmt: skip
    """What rules it out first: a rule of the scenario, then its own inputs, then what the plan's other sites leave; else
    `none`: dearer than the dearest chosen site, no different by more than the gap of the plan's cost, or cheaper by itself,
    and then it is another limit of the whole plan (carbon, money, chips, users) that keeps it out."""
    input: str
    """`table.column` or key of the scenario that the barrier stands in; empty where none does."""
    there: Number
    """What that input leaves, in its unit; 0 where there is no figure."""
    needed: Number
    """What the least campus needs of it (a distance to a point: what it is)."""
    size_mw: Number
    """Server power of the campus that is priced: that of the mean chosen candidate, as far as the site holds it, its least
    size at least; 0 where none can be priced."""
    cost_eur_per_mwh: Signed
    """All-in cost of it but for chips, which cost the same everywhere, per MWh that its servers draw: halls, opening, grid,
    staff, electricity with its cooling, firm cover, less heat sold and what is left at the end; both discounted."""
    beside: str
    """Chosen candidate where the same campus from the same period on costs most: the first that it could stand for."""
    dearer_meur: Signed
    """Present cost of the campus less that of the same one there."""


Change = Literal["cost_meur", "opening_meur", "fee_eur_per_mwh", "years", "headroom_mw"]
"""What may change of a site, see `FlipRow.change`."""


class FlipRow(ResultRow):
    """What change flips the choice of a site, the objectives before cost held.

    In favour of a rejected site it is cheaper, sooner, more; against a chosen one dearer, later, less. Both ends are proved, for every search to the asked gap. Of chosen sites and of those nearest to the choice; a row is
    left out where nothing is known. `gigasite alternatives` finds more of them.
    """

    key = ("site", "change", "end")
    site: str
    """Site."""
    change: Change
    """`cost_meur`: present value of a cost that no fund pays; `opening_meur`, `fee_eur_per_mwh`: that column of the table
    `sites`; `years`: its permit, its connection and its substation's headroom together; `headroom_mw`: in every year."""
    end: Literal["never below", "always from"]
    """A smaller change never flips the choice; or this one and every larger one always does."""
    chosen: Annotated[int, Plausible(0, 1)]
    """1 if the plan builds there."""
    amount: Number
    """The change, in the unit that its name ends with; by the solver's bounds, which the audit cannot recheck."""


class GigafactoryRow(ResultRow):
    """What stands against the gigafactories that are weighed (`siting.gigafactories_weighed`), by the inputs alone.

    Advanced chips in service on the mean of the period, at what they cost at least: the cheapest on sale, in halls and with
    a connection where these cost least; opening, plants and grid steps are left out. Where their compute makes a
    gigafactory (`siting.gigafactory_by`), the columns of chips are 0, and those of kH100e say the same of it.
    """

    key = ("period",)
    period: str
    """Period."""
    gigafactories: Count
    """Gigafactories weighed."""
    standing: Count = 0
    """Gigafactories that the plan has in the period, as `siting.gigafactories_min` counts them."""
    each_kchips: Number
    """Thousand chips of each."""
    supply_kchips: Number
    """Thousand chips of all of them that are on sale in time, in racks that some cooling takes."""
    each_kh100e: Number = 0.0
    """Compute of each."""
    supply_kh100e: Number = 0.0
    """Compute of all of them that is on sale in time, in racks that some cooling takes."""
    affordable_kh100e: Number = 0.0
    """Compute that this money could pay at most."""
    least_meur: Number
    """What these cost at least: a lower bound of the capital, not discounted."""
    available_meur: Number
    """Money that all funds have released up to the period."""
    affordable_kchips: Number
    """Thousand chips that this money could pay at most."""
    site_mw: Number
    """Server power of one gigafactory, of the chips on sale that draw least."""
    sites: Count
    """Candidates, of countries that have committed, whose land, dates and substation, with every step, have room for one."""


class ProgrammeRow(ResultRow):
    """What a programme asks for and the plan has, in every period."""

    key = ("programme", "period")
    rows = ("programmes", "periods")
    programme: str
    """Programme."""
    period: str
    """Period."""
    name: Annotated[str, Input("programmes")]
    """Name of the programme."""
    asked_kh100e: Number
    """Least compute that it asks for in the period."""
    compute_kh100e: Annotated[Number, From("programmes.compute_kh100e")]
    """Compute at the sites that it counts."""
    asked_sites: Count
    """Least number of sites that it asks for in the period."""
    sites: Annotated[Count, From("programmes.sites")]
    """Sites that it counts."""


class ObjectiveResult(ResultRow):
    """The proof for one objective."""

    key = ("objective",)
    objective: ObjectiveName
    """Objective."""
    sense: Literal["maximise", "minimise"]
    """Sense."""
    value: Number
    """Value of the best plan found for this objective; objectives after it may give some of it up."""
    bound: Number
    """Proved bound."""
    gap_share: Number
    """|bound - value| / |value|, or / 1 where the value is smaller."""
    plan_value: Number
    """Value of the plan delivered, summed afresh from the programme's coefficients."""
    plan_gap_share: Number
    """The same gap of the plan delivered."""
    status: Literal["solved", "limit", "interrupted"]
    """solved to the asked gap, stopped at a limit, or interrupted."""
    seconds: Number
    """Wall time."""
    nodes: int
    """Nodes of branch and bound."""
    root_bound: Number
    """Bound before branching."""

    @property
    def claims(self) -> bool:
        """Whether anything is claimed: an objective stopped before its first plan has value and bound 0 and the gap 1."""
        return self.status == "solved" or not (self.value == self.bound == 0 and self.gap_share == 1)


class Violation(ResultRow):
    """By how much the plan breaks the programme it was solved by: the programme evaluated afresh, sums rounded once."""

    key = ("kind",)
    kind: Literal["row", "bound", "integer"]
    """Rows, bounds, or whole numbers."""
    absolute: Number
    """Largest violation, in the unit of its row or column."""
    relative: Number
    """Largest violation as a share of the largest of 1 and the row's terms."""
    where: str
    """Name of the row or column of the latter; empty where nothing is broken at all."""
    above: Count
    """How many are broken by more than a millionth of their size."""


class Phase(BaseModel):
    """A phase of a run, as its progress names it, and how long it took in all."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    phase: str
    """Its name."""
    seconds: float
    """Wall time."""


class Proof(BaseModel):
    """How far the plan is proved, and by what."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    status: Literal["solved", "limit", "interrupted"]
    """The worst of the stages."""
    message: str
    """Why the search ended before the asked gap, or what the clock cut short, for people; else empty."""
    stages: tuple[ObjectiveResult, ...]
    """One per objective, in order of importance."""
    violations: tuple[Violation, ...]
    """By how much the plan breaks its programme: rows, bounds, whole numbers."""
    committed_compute: float
    """What committed sites could serve by themselves, kH100e-years: not part of the objective compute."""
    rows: int
    """Rows of the programme."""
    columns: int
    """Columns of the programme."""
    integers: int
    """Of which whole-numbered."""
    nonzeros: int
    """Coefficients that are not zero."""
    smallest_coefficient: float
    """Smallest magnitude of a coefficient."""
    largest_coefficient: float
    """Largest magnitude of a coefficient."""
    seconds: float
    """Wall time of building and solving."""
    phases: tuple[Phase, ...] = ()
    """Phases of the run in their order, up to the writing."""
    peak_memory_mb: float
    """Most memory held at once by the processes that solve, MB."""
    versions: Mapping[str, str]
    """Python, pyomo, highspy, gigasite."""
    options: Mapping[str, str]
    """Options given to the solver."""


class Provenance(BaseModel):
    """Where the plan comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    case: str
    """Name of the case."""
    case_folder: str
    """Folder of the case as given on the command line."""
    scenario_name: str
    """Name of the scenario."""
    overrides: Mapping[str, str]
    """Keys set on the command line -> value."""
    scenario: Mapping[str, object]
    """The scenario, resolved."""
    files: Mapping[str, str]
    """Input file -> SHA-256."""
    git_commit: str
    """Commit of the code, with `+` when the tree had changes; empty outside a repository."""
    created_at: str
    """Time of writing, UTC, ISO 8601."""
    quality_shares: Mapping[str, Mapping[Quality, float]]
    """`table.column` of every input that decides -> share of its cells that are real, derived, estimates (or unsaid)."""


def _frozen(numbers: Any) -> Array:
    """Return numbers as an array that cannot be changed."""
    array = np.ascontiguousarray(numbers, dtype=np.float64).view()
    array.setflags(write=False)
    return array


Numbers = Annotated[Any, AfterValidator(_frozen)]


class HourlyNames(BaseModel):
    """What the dispatch by hour is over."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    periods: tuple[str, ...]
    """Periods, in order of time."""
    days: tuple[str, ...]
    """Representative days, in order of the calendar."""
    hours: int
    """Hours of a day."""
    keys: Mapping[str, tuple[str, ...]]
    """kind -> its keys. Kinds and keys: servers_mw, load_mw, shed_mw, matched_mw, spilled_mw, and flexible_mw where work may
    wait (zone); output_mw, charge_mw, discharge_mw, level_mwh, online_mw, started_mw (`zone.technology`); forward_mw,
    backward_mw (line)."""

    def shape(self, kind: str) -> tuple[int, int, int, int]:
        """Return the shape of the array of a kind."""
        return len(self.keys[kind]), len(self.periods), len(self.days), self.hours


class Hourly(HourlyNames):
    """Dispatch by hour: an array for each kind, over its keys, the periods, their days and the hours of a day."""

    values: Annotated[Mapping[str, Numbers], Field(exclude=True, repr=False)]
    """kind -> numbers, shape (keys, periods, days, hours); kept in `dispatch.parquet`, not in `plan.json`."""

    @model_validator(mode="after")
    def _fits(self) -> "Hourly":
        """Refuse arrays that are not as long as what they are over."""
        if self.keys.keys() != self.values.keys():
            raise ValueError("kinds of keys and of values must be the same")
        for kind, array in self.values.items():
            if array.shape != (shape := self.shape(kind)):
                raise ValueError(f"{kind} must have the shape (keys, periods, days, hours) = {shape}")
        return self

    def by_key(self, kind: str) -> dict[str, Array]:
        """Return the array of each key of a kind, shape (periods, days, hours)."""
        return dict(zip(self.keys[kind], self.values[kind], strict=True))

    def __eq__(self, other: object) -> bool:
        """Tell whether all names and all numbers are the same."""
        if not isinstance(other, Hourly) or self.model_dump() != other.model_dump():
            return False
        return all(np.array_equal(array, other.values[kind]) for kind, array in self.values.items())


class FullYear(BaseModel):
    """The plan dispatched on every day of the record: how the reservoirs were shared, and how well."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    gap_share: Number
    """How far the sharing of reservoirs over the year is from the proved bound, as a share of the running cost, with the
    data centres."""
    unserved_mwh: Number
    """Load of all periods, a year each, that was lost beyond power.shed_share."""
    allotted_mwh: Mapping[str, tuple[float, ...]]
    """`zone.technology` of a reservoir -> the most it may give on each day, in order period, day (flat)."""
    baseline_allotted_mwh: Mapping[str, tuple[float, ...]]
    """The same without the data centres."""
    carried_mwh: Mapping[str, tuple[float, ...]] = {}
    """`zone.technology` of a store that carries energy over -> what is in it before each day, in order period, day (flat)."""
    baseline_carried_mwh: Mapping[str, tuple[float, ...]] = {}
    """The same without the data centres."""


class Plan(BaseModel):
    """A siting plan: answers, proof and provenance."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    schema_version: int = SCHEMA_VERSION
    title: str
    proof: Proof
    provenance: Provenance
    sites: tuple[SiteRow, ...]
    places: tuple[PlaceRow, ...] = ()
    halls: tuple[HallRow, ...]
    chips: tuple[ChipRow, ...]
    operators: tuple[OperatorRow, ...] = ()
    sovereignty: tuple[SovereigntyRow, ...] = ()
    service: tuple[ServiceRow, ...]
    demand: tuple[DemandRow, ...]
    resilience: tuple[ResilienceRow, ...] = ()
    connections: tuple[ConnectionRow, ...]
    units: tuple[UnitRow, ...] = ()
    substations: tuple[SubstationRow, ...]
    reinforcements: tuple[ReinforcementRow, ...]
    supply: tuple[SupplyRow, ...]
    reservoirs: tuple[ReservoirRow, ...]
    levels: tuple[LevelRow, ...] = ()
    carried: tuple[CarriedRow, ...] = ()
    carried_levels: tuple[CarriedLevelRow, ...] = ()
    firming: tuple[FirmingRow, ...] = ()
    sending: tuple[SendingRow, ...] = ()
    counting: tuple[CountingRow, ...] = ()
    matching: tuple[MatchingRow, ...] = ()
    matching_curve: tuple[MatchingCurveRow, ...] = ()
    matching_days: tuple[MatchingDayRow, ...] = ()
    zones: tuple[ZoneRow, ...]
    consequences: tuple[ConsequenceRow, ...] = ()
    lines: tuple[LineRow, ...]
    water: tuple[WaterRow, ...]
    carbon: tuple[CarbonRow, ...]
    circulation: tuple[CirculationRow, ...]
    days: tuple[DayRow, ...]
    money: tuple[MoneyRow, ...]
    spending: tuple[SpendingRow, ...]
    aid: tuple[AidRow, ...]
    cash: tuple[CashRow, ...] = ()
    earnings: tuple[EarningRow, ...] = ()
    limits: tuple[LimitRow, ...]
    rivals: tuple[RivalRow, ...] = ()
    flips: tuple[FlipRow, ...] = ()
    candidates: tuple[CandidateRow, ...] = ()
    gigafactories: tuple[GigafactoryRow, ...] = ()
    programmes: tuple[ProgrammeRow, ...] = ()
    year: tuple[FullYearRow, ...] = ()
    year_days: tuple[FullYearDayRow, ...] = ()
    replay: FullYear | None = None
    hourly: Hourly


RESULT_TABLES: Mapping[str, type[ResultRow]] = {
    "sites": SiteRow,
    "places": PlaceRow,
    "halls": HallRow,
    "chips": ChipRow,
    "operators": OperatorRow,
    "sovereignty": SovereigntyRow,
    "service": ServiceRow,
    "demand": DemandRow,
    "resilience": ResilienceRow,
    "connections": ConnectionRow,
    "units": UnitRow,
    "substations": SubstationRow,
    "reinforcements": ReinforcementRow,
    "supply": SupplyRow,
    "reservoirs": ReservoirRow,
    "levels": LevelRow,
    "carried": CarriedRow,
    "carried_levels": CarriedLevelRow,
    "firming": FirmingRow,
    "sending": SendingRow,
    "counting": CountingRow,
    "matching": MatchingRow,
    "matching_curve": MatchingCurveRow,
    "matching_days": MatchingDayRow,
    "zones": ZoneRow,
    "consequences": ConsequenceRow,
    "lines": LineRow,
    "water": WaterRow,
    "carbon": CarbonRow,
    "circulation": CirculationRow,
    "days": DayRow,
    "money": MoneyRow,
    "spending": SpendingRow,
    "aid": AidRow,
    "cash": CashRow,
    "earnings": EarningRow,
    "limits": LimitRow,
    "rivals": RivalRow,
    "flips": FlipRow,
    "candidates": CandidateRow,
    "gigafactories": GigafactoryRow,
    "programmes": ProgrammeRow,
    "year": FullYearRow,
    "year_days": FullYearDayRow,
}
