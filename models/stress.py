r"""Stress: whether the data centres are fed in the hours in which power is scarce.

Firm cover counts every plant by one share of its capacity, whatever the weather. In the hours of the table `stress_days` a
plant counts by what it can give in that very hour: wind and sun by their availability, a reservoir by its mean, a store
as far as it lasts through the stretch. These stated stretches ask plant to feed the draw; the stress hours of `power`
(`cover_stress_share`) are others, worked out from the representative days, and say only when a line is free. They are apart because a stretch may lie on days
of the record that no representative day is. Lines bring the cover that they carry (`power`), no more. Of the hours of a
stretch in which nothing can give more and nothing draws less than in another one, one is asked.

Needs     compute.alive_mw, power.contracted_mw, power.plant_mw, power.forward_mw, power.backward_mw
Decides   (nothing)
Offers    drawn_mw      draw of the zone's new servers in the hour                      MW
          fed_mw        what low-carbon plant of the zone can give, and lines bring     MW
Adds to   (nothing)
Symbols   $z$ zone, $p$ period, $h$ hour of a stretch, $g$ technology, $s$ site, $k$ cooling, $l$ line, $\alpha_{zgh}$ share that can be given in the hour,
          $x_{zgp}$ `contracted_mw`, $B_{zgp}$ `plant_mw`, $\nu_l$ loss, $c^{in}_{lp}, c^{out}_{lp}$ cover carried into and out of the zone, $\psi$ share that is fed,
          $\delta_{skh}$ PUE x utilisation, $a_{skp}$ `alive_mw`
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import numpy as np
import pyomo.environ as pyo

from models.case import Array, Case
from models.terms import get_or_zero
from models.upper_bounds import mean_availability


def add(model: pyo.ConcreteModel, stress: pyo.Block, case: Case) -> None:
    """Add the hours of stress."""
    share = case.settings.power.stress_share
    asked = [(zone, period, hour) for zone in case.zones for period in case.periods for hour in hardest(case, zone)]
    asked = asked if share > 0 else []
    places = {
        zone: [each for each in model.compute.alive_mw if case.sites[each[0]].zone == zone] for zone in case.zones
    }

    @stress.Expression(asked)
    def drawn_mw(_, zone, period, hour):
        """Draw of the zone's new servers in the hour."""
        return pyo.quicksum(
            case.settings.halls.utilisation_share
            * float(case.climate.pue[site, cooling][hour])
            * model.compute.alive_mw[site, cooling, period]
            for site, cooling, of in places[zone]
            if of == period
        )

    @stress.Expression(asked)
    def fed_mw(_, zone, period, hour):
        """What contracted and built low-carbon plant of the zone can give in the hour, and what lines bring as cover."""
        own = pyo.quicksum(
            given_share(case, zone, technology, period, hour)
            * (
                get_or_zero(model.power.contracted_mw, zone, technology, period)
                + get_or_zero(model.power.plant_mw, zone, technology, period)
            )
            for of, technology in case.supplies
            if of == zone and feeds(case, technology)
        )
        for line, row in case.lines.items():
            if zone in (row.from_zone, row.to_zone):
                ways = model.power.forward_mw, model.power.backward_mw
                brings, takes = ways if row.to_zone == zone else ways[::-1]
                own += (1 - row.loss_share) * get_or_zero(brings, line, period) - get_or_zero(takes, line, period)
        return own

    @stress.Constraint(asked)
    def low_carbon_plant_feeds_the_data_centres_in_hours_of_stress(_, zone, period, hour):
        r"""In every hour of stress low-carbon plant feeds the data centres: $\sum_g \alpha_{zgh} (x_{zgp} + B_{zgp}) + \sum_l (1 - \nu_l) c^{in}_{lp} - c^{out}_{lp} \ge \psi \sum_{s \in z,k} \delta_{skh} a_{skp}$.

        Set by power.stress_share.
        """
        return stress.fed_mw[zone, period, hour] + model.zero >= share * stress.drawn_mw[zone, period, hour]


def feeds(case: Case, technology: str) -> bool:
    """Tell whether a technology may feed data centres in hours of stress: low-carbon plant, and stores that are filled before."""
    kind = case.technologies[technology]
    return kind.low_carbon or kind.kind == "storage"


def given_share(case: Case, zone: str, technology: str, period: str, hour: int) -> float:
    """Return the share of a MW that a plant can give in an hour of a zone's stress, 0..1."""
    kind = case.technologies[technology]
    if kind.kind == "storage":
        longest = max(row.hours for row in case.stress_days.values() if row.zone == zone)
        return min(1.0, kind.duration_hours / longest)
    if (zone, technology) in case.reservoirs:
        return mean_availability(case, zone, technology, period)
    column = case.hourly["availability"].get(f"{zone}.{technology}")
    return 1.0 if column is None else float(column[hour])


def hardest(case: Case, zone: str) -> tuple[int, ...]:
    """Return the hours of a zone's stress that no other of them makes superfluous: some plant gives less, or a site draws more."""
    hours = sorted(
        {row.first_hour + at for row in case.stress_days.values() if row.zone == zone for at in range(row.hours)}
    )
    sites = [site for site, row in case.sites.items() if row.zone == zone]
    columns = [case.hourly["availability"].get(f"{z}.{g}") for z, g in case.supplies if z == zone and feeds(case, g)]
    scarce: list[Array] = [-column[hours] for column in columns if column is not None]
    drawn = [case.climate.pue[site, cooling][hours] for site in sites for cooling in case.cooling]
    if not hours or not drawn:
        return ()
    figures = np.array([*scarce, *drawn]).T
    kept: list[int] = []
    for place in np.lexsort(figures.T)[::-1].tolist():
        if not any((figures[other] >= figures[place]).all() for other in kept):
            kept.append(place)
    return tuple(hours[place] for place in sorted(kept))
