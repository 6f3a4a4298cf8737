"""Answers of power: supply, zones, lines, and what the data centres do to them."""

from typing import Annotated

from models.plan.rows import From, Input, Number, PlantRow, ResultRow, Signed, Yearly
from models.units import Count, Plausible


class SupplyRow(PlantRow):
    """Electricity supply by zone, technology and period; energies are of a year, from the representative days."""

    key = ("zone", "technology", "period")
    rows = ("supplies", "periods")
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
