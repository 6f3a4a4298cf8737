r"""Law: what laws with dates ask of the halls and connections that enter service while they hold.

A hall keeps the law of the year in which it enters service as long as it stands, whatever the law becomes; that year is the first of its
period. A law holds in its country, or around a point of it. Laws without a date are columns of `countries`, kept in `cooling`.

The share of energy reused is that of DIN EN 50600-4-6: heat given away in a year over all electricity of the data centre, cooling included. Halls
of one site may come under several shares; servers then count first to halls of the lowest one, as far as these could hold them: an operator
who fills these first reuses the least.
Dispatchable plant near the connections is what stands in their zones and was built by the plan, what cannot vary with the weather at its firm
credit; near is the bidding zone, not the node. That a share of the energy be renewable and additional is no rule of this aspect: `matching.additional` asks for it.

Needs     sizing.halls, siting.entered, cooling.draw_mw, cooling.reused_mw, grid.connected_mw, power.plant_mw
Decides   (nothing)
Offers    new_mw           server power of the halls that enter service in the period         MW
          covered_mw       connections that came under the law                                MW
Adds to   (nothing)
Symbols   $s$ site, $k$ cooling, $p, q$ period, $l$ law, $z$ zone, $g$ technology, $P_l$ periods that begin while the law holds, $n_{skp}$ halls, $H$ MW of a hall,
          $\pi_{sk}$ annual PUE, $\pi_l$ PUE the law allows, $\theta_l$ share the law wants reused, $\theta_{sq}$ the highest share asked of a hall of period $q$,
          $u$ utilisation, $h$ full-load hours of heat a year, $h_{sp}$ reused_mw, $e_{sp}$ draw_mw, $\bar m_l$ most server power at a site,
          $\delta_l$ share of dispatchable plant, $g_{sq}$ connected_mw, $\varphi_g$ firm credit, $B_{zgp}$ plant_mw, $M_s$ supply behind the meter, $E_{sp}$ entered
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.case import Case
from models.terms import get_or_zero
from models.timeline import until
from models.upper_bounds import availability_varies, firm_credit_share, laws_over, lies_under, strictest_law

NO_PUE_LIMIT = 10.0


def add(model: pyo.ConcreteModel, legal: pyo.Block, case: Case) -> None:
    """Add what laws with dates ask."""
    halls_in: dict[tuple[str, str], list[str]] = {}
    for site, kind, period in model.sizing.halls:
        halls_in.setdefault((site, period), []).append(kind)
    hall_mw, used, pue = case.settings.halls.hall_mw, case.settings.halls.utilisation_share, case.climate.pue_annual
    under = {(site, period): laws_over(case, site, period) for site, period in halls_in} if case.laws else {}
    places = [(site, period, each) for (site, period), found in under.items() for each in found]
    lying = {
        law: [site for site, here in case.sites.items() if lies_under(here, row)] for law, row in case.laws.items()
    }
    capped = dict.fromkeys((site, law) for site, _, law in places if case.laws[law].most_mw < 5_000)

    @legal.Expression(list(under))
    def new_mw(_, site, period):
        """Server power of the halls that enter service at the site in the period."""
        return hall_mw * pyo.quicksum(model.sizing.halls[site, kind, period] for kind in halls_in[site, period])

    @legal.Constraint(list(capped))
    def halls_stay_within_what_the_law_allows(_, site, law):
        r"""While a law holds, no more is built at a site than it allows: $\sum_{p \in P_l, k} H n_{skp} \le \bar m_l$.

        Set by laws.most_mw.
        """
        built = [legal.new_mw[place] for place, found in under.items() if place[0] == site and law in found]
        return pyo.quicksum(built) <= case.laws[law].most_mw

    @legal.Constraint([place for place in places if case.laws[place[2]].pue_limit < NO_PUE_LIMIT])
    def halls_keep_the_pue_of_their_year(_, site, period, law):
        r"""The halls that enter service while a law holds keep its annual PUE together: $\sum_k (\pi_{sk} - \pi_l) H n_{skp} \le 0$.

        Set by laws.pue_limit.
        """
        halls = model.sizing.halls
        above = [(pue[site, k] - case.laws[law].pue_limit) * halls[site, k, period] for k in halls_in[site, period]]
        return hall_mw * pyo.quicksum(above) <= 0

    asked = {place: strictest_law(case, *place)["reuse_share"][0] for place in under}

    @legal.Constraint([place for place in _later(case, places) if case.laws[place[2]].reuse_share > 0])
    def heat_is_reused_as_the_law_of_every_hall_asks(_, site, period, law):
        r"""A year's heat reused is the share of the energy that the law of each hall asks: $h\,h_{sp} \ge 8760\,(\theta_l e_{sp} - \sum_{q \le p, k} (\theta_l - \theta_{sq})^+ \pi_{sk} u H n_{skq})$.

        Set by laws.reuse_share.
        """
        share = case.laws[law].reuse_share
        older = [
            (share - asked[site, past]) * pue[site, k] * used * hall_mw * model.sizing.halls[site, k, past]
            for past in until(case, period)
            if asked.get((site, past), share) < share
            for k in halls_in[site, past]
        ]
        reused_mw = case.settings.money.heat_hours / 8760 * get_or_zero(model.cooling.reused_mw, site, period)
        return reused_mw >= share * model.cooling.draw_mw[site, period] - pyo.quicksum(older)

    @legal.Expression([(each, p) for each, row in case.laws.items() if row.dispatchable_share for p in case.periods])
    def covered_mw(_, law, period):
        """Connections made at all its sites while the law held, up to the period."""
        past = [(site, each) for site in lying[law] for each in until(case, period)]
        return pyo.quicksum(model.grid.connected_mw[place] for place in past if law in under.get(place, ()))

    @legal.Constraint(list(legal.covered_mw))
    def connections_have_dispatchable_plant(_, law, period):
        r"""Dispatchable plant near new connections matches a share of them: $\sum_{z, g} \varphi_g B_{zgp} + \sum_s M_s E_{sp} \ge \delta_l \sum_{s, q \le p, q \in P_l} g_{sq}$.

        Set by laws.dispatchable_share.
        """
        zones = {case.sites[site].zone for site in lying[law]}
        plant = pyo.quicksum(
            firm_credit_share(case, kind) * model.power.plant_mw[zone, kind, when]
            for zone, kind, when in model.power.plant_mw
            if zone in zones and when == period and not availability_varies(case, zone, kind)
        )
        own = [case.sites[site].behind_meter_mw * model.siting.entered[site, period] for site in lying[law]]
        return (
            plant + pyo.quicksum(own) + model.zero >= case.laws[law].dispatchable_share * legal.covered_mw[law, period]
        )


def _later(case: Case, places: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return (site, period, law) of every period in which halls stand that came under the law."""
    later = [(site, each, law) for site, period, law in places for each in case.periods if period in until(case, each)]
    return [*dict.fromkeys(later)]
