r"""Matching: how much of the draw clean power meets in the same hour, the score of a year, and its excess.

**What matches.** In every zone and hour new plant and the part of contracts that sends no cover away (`power`) match the draw with what they can produce
(`dispatch`), `additional` leaves new plant alone. With `import_share` plants match at the other end of a line as well, in a share of its
capacity and less its losses, and then not at home; with `power.cover_spare_lines` that and the cover over the line (`power`) are together no
more than the system without new data centres leaves free of it in hours of stress. Where every site has a cap of its own (`carbon.cap_by`), a MW of contract or new
plant counts for one site, as it is: what a store makes even or a line brings counts for the zone alone. A reservoir under contract gives its mean power all year or, with `reservoirs = "days"`,
on every day as much of the contract as the fleet gives of its power where the residual load of its zone is highest (`models/reservoir_days.py`), evenly
over the day as the data centres draw: where the energy of a contract lies in the year is then not left to the contract. A store (`storage`) makes the day of a plant even: a MW of it takes from one MW of
plant what exceeds the day's floor, as soon as it has room, and gives back what lacks, so that the floor is as high as its power,
hours and losses allow (`models/firming.py`). It so matches nothing but what it took from a plant of the same contract. Data centres draw nearly
evenly; that a store may serve them better otherwise, or from day to day, is left aside, so that what is matched is never too much.

**The score** counts, besides what is matched, the clean share of the grid's mix in what is not: the least that the zone's hourly
carbon intensity $\gamma$ allows, $1 - \gamma / \kappa$ with $\kappa$ the emissions of the cleanest fossil plant in the case. For the residual mix the
existing plants that could be contracted are taken out of the zone's load, as they are counted where they are contracted: of
load $\lambda$ and clean plant free to contract $\xi$ the unclean share is $\min(1, \gamma / \kappa \cdot \lambda / (\lambda - \xi))$ (`models/clean_share.py`).

**The excess** is what contracts, whole, and new plant can produce beyond what is matched. Strict matching holds contracts and new
plant alone to the target in every hour of the representative days, and of the whole record as far as the gap leaves room for it.

Needs     cooling.energy_twh, power.contracted_mw, power.own_mw, power.plant_mw, power.forward_mw, power.backward_mw
Decides   firmed_mw        plant whose day a store of the same power makes even                MW
          sent_mw          contracts and new plant that match at the other end of a line         MW
          counted_mw       those of a site's zone that count for the site, where each has a cap  MW
          unclean_mwh      draw of the day that is neither matched nor clean in the grid's mix  MWh
          unmatched_mwh    draw of the day that contracts and new plant do not match           MWh
          short_mwh        what the hours of the day lack of the share to be matched in each   MWh
Offers    spare_mw         what the system leaves free of a line, set by the engine              MW
          drawn_twh        draw of a year of all data centres, or of a zone's                  TWh
          supplied_twh     what contracts and new plant can give in a year                     TWh
Adds to   (nothing)
Symbols   $z$ zone, $g$ technology, $b$ technology of a store, $p$ period, $d$ day, $s$ site, $r$ zone or plan whose score is asked,
          $w_{zbgp}$ firmed_mw, $l$ line, $s_{lgp}$ sent_mw, $c_{sgp}$ counted_mw, $c_{lp}$ cover over the line, $\hat c_{lp}$ what is left free of it, $s^{in}_{lgp}, s^{out}_{lgp}$ sent_mw into and out of the zones, $\nu_l$ loss, $\varsigma$ share of a line, $F_{lp}$ capacity of the line, $u_{rpd}$ unclean_mwh, $m_{rpd}$ unmatched_mwh, $k_{pd}$ short_mwh, $n_d$ number of such days in a year,
          $Q_{rp}$ drawn_twh, $Y_{rp}$ supplied_twh, $E_{sp}$ energy_twh, $x_{zgp}$ contracted_mw, $x^{own}_{zgp}$ own_mw, $B_{zgp}$ plant_mw, $\Theta$ target, $\omega$ excess,
          $\bar\alpha_{zg}$ mean availability, $\bar\delta_{zbg}$ what the store takes from a MW of plant on the mean, its losses,
          $\gamma$ carbon intensity, $\kappa$ least emissions of a fossil plant, $\lambda$ load, $\xi$ clean plant free to contract
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from typing import Any

import pyomo.environ as pyo

from models.case import Case
from models.couplings import YearlyAccount
from models.day_parameters import day_layout
from models.firming import every_day, firming_of
from models.terms import get_or_zero
from models.timeline import first_year
from models.upper_bounds import mean_availability

DERIVED = ("matching_and_cover_fit_into_what_the_system_leaves_free",)
COUPLINGS = (
    YearlyAccount("matching.unclean_mwh"),
    YearlyAccount("matching.unmatched_mwh"),
    YearlyAccount("matching.short_mwh"),
)


def add(model: pyo.ConcreteModel, matching: pyo.Block, case: Case) -> None:
    """Add the score, the excess and what stores make even; the day's accounts are bounded below in `dispatch`."""
    rules, layout, days = case.settings.matching, day_layout(case), [day.day for day in case.days]
    scored = [(group, period) for group in layout.scored for period in case.periods]
    accounted = [(*index, day) for index in scored for day in days]
    shorts = [(period, day) for period in case.periods for day in days] if layout.strict else []
    matching.unclean_mwh = pyo.Var(accounted, domain=pyo.NonNegativeReals)
    matching.unmatched_mwh = pyo.Var(accounted, domain=pyo.NonNegativeReals)
    matching.short_mwh = pyo.Var(shorts, domain=pyo.NonNegativeReals)
    firmed = [(*index, period) for index in layout.firming for period in case.periods]
    matching.firmed_mw = pyo.Var(firmed, domain=pyo.NonNegativeReals)
    sendings = [(*index, period) for index in layout.sending for period in case.periods]
    matching.sent_mw = pyo.Var(sendings, domain=pyo.NonNegativeReals)

    counts = [
        (site, g, period)
        for site in layout.capped_sites
        for g in layout.matching_of[case.sites[site].zone]
        for period in case.periods
    ]
    matching.counted_mw = pyo.Var(counts, domain=pyo.NonNegativeReals)

    lost_share = firming_of(case, layout.firming, every_day(case))

    def held_mw(zone: str, technology: str, period: str, contracts: pyo.Var = model.power.own_mw) -> Any:
        new = get_or_zero(model.power.plant_mw, zone, technology, period)
        return new if rules.additional else new + get_or_zero(contracts, zone, technology, period)

    def firmed_mw(place: int, zone: str, technology: str, period: str) -> Any:
        chosen = (at for at in layout.firming if (at[0], at[place]) == (zone, technology))
        return pyo.quicksum(matching.firmed_mw[(*at, period)] for at in chosen)

    @matching.Constraint(sorted({(zone, store, period) for zone, store, _, period in firmed}))
    def stores_make_even_no_more_than_their_power(_, zone, technology, period):
        r"""A MW of storage makes one MW of plant even: $\sum_g w_{zbgp} \le x_{zbp} + B_{zbp}$."""
        return firmed_mw(1, zone, technology, period) <= (
            held_mw(zone, technology, period, model.power.contracted_mw) + model.zero
        )

    def used_mw(zone: str, technology: str, period: str) -> Any:
        return firmed_mw(2, zone, technology, period) + pyo.quicksum(
            matching.sent_mw[(*at, period)]
            for at, (origin, _) in layout.sending.items()
            if (origin, at[2]) == (zone, technology)
        )

    plants = {(zone, plant) for zone, _, plant in layout.firming}
    plants |= {(origin, at[2]) for at, (origin, _) in layout.sending.items()}

    @matching.Constraint([(*pair, period) for pair in sorted(plants) for period in case.periods])
    def plants_are_made_even_or_sent_once(_, zone, technology, period):
        r"""What stores make even, or what matches elsewhere, is contracted or built, and counts once: $\sum_b w_{zbgp} + \sum_l s_{lgp} \le x^{own}_{zgp} + B_{zgp}$."""
        return used_mw(zone, technology, period) <= held_mw(zone, technology, period) + model.zero

    counted = {(case.sites[site].zone, g, period): [] for site, g, period in counts}
    for site, g, period in counts:
        counted[case.sites[site].zone, g, period].append(matching.counted_mw[site, g, period])

    @matching.Constraint(list(counted))
    def plants_count_for_one_site(_, zone, technology, period):
        r"""What counts for the sites of a zone is contracted or built, and neither made even nor sent: $\sum_s c_{sgp} + \sum_b w_{zbgp} + \sum_l s_{lgp} \le x^{own}_{zgp} + B_{zgp}$."""
        used = pyo.quicksum(counted[zone, technology, period]) + used_mw(zone, technology, period)
        return used <= held_mw(zone, technology, period) + model.zero

    ways = {"forward": model.power.forward_mw, "backward": model.power.backward_mw}
    senders = [
        (line, way, period) for line, way in dict.fromkeys(at[:2] for at in layout.sending) for period in case.periods
    ]

    def over_line(line: str, way: str, period: str) -> tuple[Any, float]:
        """Return the plant that matches over a line, and the capacity of the line from its first year on."""
        capacity = getattr(case.lines[line], f"{way}_mw") * (case.lines[line].first_year <= first_year(case, period))
        return pyo.quicksum(matching.sent_mw[(*at, period)] for at in layout.sending if at[:2] == (line, way)), capacity

    limited = [(line, period, way) for line, way, period in senders] if case.settings.power.cover_spare_lines else []
    matching.spare_mw = pyo.Param(limited, mutable=True, initialize=lambda _, *at: over_line(at[0], at[2], at[1])[1])

    @matching.Constraint(limited)
    def matching_and_cover_fit_into_what_the_system_leaves_free(_, line, period, way):
        r"""What matches over a line and the cover over it are no more than the cheapest system without new data centres leaves free in hours of stress: $\sum_g s_{lgp} + c_{lp} \le \hat c_{lp}$.

        Set by power.cover_spare_lines.
        """
        used, _ = over_line(line, way, period)
        return used + get_or_zero(ways[way], line, period) <= matching.spare_mw[line, period, way]

    @matching.Constraint(senders)
    def matching_takes_its_share_of_a_line(_, line, way, period):
        r"""What matches over a line takes no more than a share of its capacity, from its first year on: $\sum_g s_{lgp} \le \varsigma F_{lp}$.

        Set by matching.import_share.
        """
        used, capacity = over_line(line, way, period)
        return used <= rules.import_share * capacity

    @matching.Expression(scored)
    def drawn_twh(_, group, period):
        r"""Draw of the new servers with their cooling in a year: $\sum_s E_{sp}$."""
        zones = layout.scored[group]
        return pyo.quicksum(
            model.cooling.energy_twh[site, period] for site, row in case.sites.items() if row.zone in zones
        )

    @matching.Expression(scored)
    def supplied_twh(_, group, period):
        r"""What contracts and new plant can give in a year, less the losses of stores and with what lines bring: $\sum_{z,g} 8760 (\bar\alpha_{zg} (x_{zgp} + B_{zgp}) - \sum_b \bar\delta_{zbg} w_{zbgp}) + \sum_{l,g} 8760 \bar\alpha_{lg} ((1 - \nu_l) s^{in}_{lgp} - s^{out}_{lgp})$."""
        zones = layout.scored[group]
        brought = pyo.quicksum(
            8760
            / 1e6
            * ((1 - case.lines[at[0]].loss_share if place in zones else 0.0) - (origin in zones))
            * mean_availability(case, origin, at[2], period)
            * matching.sent_mw[(*at, period)]
            for at, (origin, place) in layout.sending.items()
            if {origin, place} & {*zones}
        )
        return (
            brought
            + pyo.quicksum(
                8760
                / 1e6
                * mean_availability(case, zone, g, period)
                * held_mw(zone, g, period, model.power.contracted_mw)
                for zone in layout.scored[group]
                for g in layout.matching_of[zone]
            )
            + pyo.quicksum(
                8760 / 1e6 * round(float(lost_share[at].mean()), 9) * matching.firmed_mw[(*at, period)]
                for at in layout.firming
                if at[0] in layout.scored[group]
            )
        )

    def year_twh(account: pyo.Var, *index: str) -> Any:
        return pyo.quicksum(day.weight / 1e6 * account[(*index, day.day)] for day in case.days)

    @matching.Constraint(scored)
    def score_of_a_year_reaches_the_target(_, group, period):
        r"""What is neither matched nor clean in the grid's mix stays within what the target leaves: $\sum_d n_d u_{rpd} \le (1 - \Theta) Q_{rp}$.

        Set by matching.target_share.
        """
        left = (1 - rules.target_share) * matching.drawn_twh[group, period]
        return year_twh(matching.unclean_mwh, group, period) <= left + model.zero

    @matching.Constraint(scored)
    def excess_of_a_year_stays_within_its_share(_, group, period):
        r"""Contracts and new plant give little more than they match: $Y_{rp} - (Q_{rp} - \sum_d n_d m_{rpd}) \le \omega Q_{rp}$.

        Set by matching.excess_share.
        """
        unmatched = year_twh(matching.unmatched_mwh, group, period)
        allowed = (1 + rules.excess_share) * matching.drawn_twh[group, period]
        return matching.supplied_twh[group, period] + unmatched <= allowed + model.zero

    @matching.Constraint(list(case.periods) if layout.strict else [])
    def every_hour_reaches_the_target(_, period):
        r"""No hour lacks anything of the share to be matched in each: $\sum_d n_d k_{pd} \le 0$.

        Set by matching.strict.
        """
        return year_twh(matching.short_mwh, period) <= 0
