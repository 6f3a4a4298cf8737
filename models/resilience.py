r"""Resilience: what is left when things fail or come late.

**What is lost.** Any $n$ sites, or substations, countries, or groups of the table `shared_risks` (`resilience.sites_lost`, ...), may be
lost with all that they serve; every kind of failure is a question of its own. What the others serve must reach the share of what is asked,
in every period, for every region and workload or for all of them together (`resilience.scope`). Work is not moved to other sites
after a loss: sites that have compute to spare do better than the rule counts. The $n$ largest of the amounts $g_j$ served by groups sum
to $\min_{\theta, \zeta \ge 0} n \theta + \sum_j \zeta_j$ with $\theta + \zeta_j \ge g_j$ (the dual of choosing $n$ of them, Bertsimas and
Sim, 2004, https://doi.org/10.1287/opre.1030.0065), so a plan for which some such $\theta$ and $\zeta$ keep the row is a plan that keeps it whichever are lost. A site in two of the
groups lost counts twice, which is on the safe side. By default the share is one of demand: serving more then never breaks the rule.
A share of what is served limits concentration; it can be kept by serving less, too.

**What is late.** If a site is late by $d$ years, chips that it buys in period $q$ serve from $Y_q + d$ to $Y_q + d + \ell_c$. Served so far
is the share $S_{cqp}$ of period $p$, late it is $S^d_{cqp}$, the part of the period within those years; the site loses
$\lambda_{cqp} = (S_{cqp} - S^d_{cqp})^+$: of what is added in $p$ the share $\min(d, L_p) / L_p$ if it lives to the period's end, and what
of $d$ is longer than $L_p$ in the periods after it. What late chips serve longer at the end is not credited, as the refresh in their
place may be late itself. Of the compute of new chips the share $\kappa^d$ must be in service in every period whichever $\Gamma$ sites are
late; committed sites have what they have.

**Lines.** With `resilience.line_cover_share` a zone keeps firm cover for that share of its peak when any one line brings it nothing.

Needs     demand.served_kh100e, compute.fitted_mw, power.cover_mw, power.zone_peak_mw, power.forward_mw, power.backward_mw
Decides   threshold_kh100e        least that one more loss may come to              kH100e
          above_kh100e            what a group serves beyond that                   kH100e
          late_threshold_kh100e   the same of delays                                kH100e
          late_above_kh100e       what a site loses by its delay beyond that        kH100e
Offers    left_kh100e             what is served while nothing is lost              kH100e
          new_kh100e              compute of the new chips in service               kH100e
          late_kh100e             what a site loses of it by its delay              kH100e
Adds to   (nothing)
Symbols   $s$ site, $f$ kind of failure, $j$ group that fails together, $r$ region with workload, or all of them, $p, q$ period, $n_f$ groups lost, $v_{srp}$ served,
          $\theta_{frp}$ threshold_kh100e, $\zeta_{fjrp}$ above_kh100e, $W_{rp}$ demand or compute served, $\kappa$ share that must be left, $c$ chip, $k$ cooling,
          $\delta_c$ kH100e per MW, $f_{sckq}$ fitted_mw, $S_{cqp}$ share of the period served, $\lambda_{cqp}$ share lost, $N_p$ new_kh100e, $\Lambda_{sp}$ late_kh100e,
          $\Gamma$ sites late, $\theta^d_p$ late_threshold_kh100e, $\zeta^d_{sp}$ late_above_kh100e, $d$ delay, $\kappa^d$ share in service even so,
          $z$ zone, $l$ line, $C_{zp}$ cover, $c^{in}_{lp}$ cover that the line brings, $\nu_l$ loss, $P_{zp}$ peak, $\kappa^l$ share of it covered without the line
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from typing import Any

import pyomo.environ as pyo

from models.case import Case
from models.failures import FAILURES, groups, late_share
from models.terms import get_or_zero
from models.timeline import first_year, service_share, until
from models.upper_bounds import density_kh100e_per_mw

ALL = "all"
"""Stands for all regions, and for all workloads, where they count together."""
Place = tuple[str, str, str]
"""Region, workload and period."""


def add(model: pyo.ConcreteModel, resilience: pyo.Block, case: Case) -> None:
    """Add what must be left."""
    rules = case.settings.resilience
    lost = {failure: getattr(rules, f"{failure}_lost") for failure in FAILURES if rules.share > 0}
    lost = {failure: number for failure, number in lost.items() if number}

    def place_of(region: str, workload: str, period: str) -> Place:
        return (region, workload, period) if rules.scope == "regions" else (ALL, ALL, period)

    asked: dict[Place, float] = {}
    for index, row in case.demand.items():
        if lost and row.demand_kh100e > 0 and (not rules.workloads or row.workload in rules.workloads):
            asked[place_of(*index)] = asked.get(place_of(*index), 0.0) + row.demand_kh100e
    served: dict[Place, dict[str, list[Any]]] = {place: {} for place in asked}
    for (site, *index), variable in model.demand.served_kh100e.items():
        if (place := place_of(*index)) in asked and (not rules.workloads or index[1] in rules.workloads):
            served[place].setdefault(site, []).append(variable)
    given = {
        (failure, name, *place): [each for site in sites for each in from_site.get(site, [])]
        for failure, members in groups(case).items()
        if failure in lost
        for name, sites in members.items()
        for place, from_site in served.items()
        if any(site in from_site for site in sites)
    }
    reached = dict.fromkeys((failure, *place) for failure, _, *place in given)
    resilience.threshold_kh100e = pyo.Var(list(reached), domain=pyo.NonNegativeReals)
    resilience.above_kh100e = pyo.Var([at for at in given if lost[at[0]] > 1], domain=pyo.NonNegativeReals)
    beyond: dict[tuple[str, ...], list[Any]] = {}
    for (failure, _, *place), variable in resilience.above_kh100e.items():
        beyond.setdefault((failure, *place), []).append(variable)

    @resilience.Expression(list(asked))
    def left_kh100e(_, region, workload, period):
        """What is served while nothing is lost."""
        return pyo.quicksum(each for found in served[region, workload, period].values() for each in found)

    @resilience.Constraint(list(given))
    def worst_loss_counts_every_group(_, failure, group, region, workload, period):
        r"""The worst loss counts every group with what its sites serve; of one group alone nothing is beyond the threshold: $\theta_{frp} + \zeta_{fjrp} \ge \sum_{s \in j} v_{srp}$."""
        counted = resilience.threshold_kh100e[failure, region, workload, period]
        if lost[failure] > 1:
            counted += resilience.above_kh100e[failure, group, region, workload, period]
        return counted - pyo.quicksum(given[failure, group, region, workload, period]) >= 0

    @resilience.Constraint([(failure, *place) for failure in lost for place in asked])
    def enough_is_served_whatever_is_lost(_, failure, region, workload, period):
        r"""What is served without the groups that serve most reaches its share: $\sum_s v_{srp} - n_f \theta_{frp} - \sum_j \zeta_{fjrp} \ge \kappa W_{rp}$.

        Set by resilience.share, resilience.sites_lost, resilience.substations_lost, resilience.countries_lost, resilience.risks_lost.
        """
        place = region, workload, period
        threshold = get_or_zero(resilience.threshold_kh100e, failure, *place)
        loss = lost[failure] * threshold + pyo.quicksum(beyond.get((failure, *place), []))
        left = resilience.left_kh100e[place] - loss + model.zero
        if rules.share_of == "demand":
            return left >= rules.share * asked[place]
        return left - rules.share * resilience.left_kh100e[place] >= 0

    late = rules.delayed_sites if rules.delayed_share > 0 else 0
    new: dict[str, list[Any]] = {period: [] for period in case.periods if late}
    losing: dict[tuple[str, str], list[Any]] = {}
    for (site, chip, _, bought), variable in model.compute.fitted_mw.items():
        for period in (each for each in new if bought in until(case, each)):
            density, life = density_kh100e_per_mw(case, chip), case.chips[chip].life_years
            if share := service_share(case, first_year(case, bought), life, period):
                new[period].append(density * share * variable)
            if share := late_share(case, chip, bought, period):
                losing.setdefault((site, period), []).append(density * share * variable)
    resilience.late_threshold_kh100e = pyo.Var(list(new), domain=pyo.NonNegativeReals)
    resilience.late_above_kh100e = pyo.Var(list(losing), domain=pyo.NonNegativeReals)

    @resilience.Expression(list(new))
    def new_kh100e(_, period):
        r"""Compute of the new chips in service if all are in time: $N_p = \sum_{s,c,k,q \le p} \delta_c S_{cqp} f_{sckq}$."""
        return pyo.quicksum(new[period])

    @resilience.Expression(list(losing))
    def late_kh100e(_, site, period):
        r"""What is not in service if the site is late: $\Lambda_{sp} = \sum_{c,k,q \le p} \delta_c \lambda_{cqp} f_{sckq}$."""
        return pyo.quicksum(losing[site, period])

    @resilience.Constraint(list(losing))
    def worst_delay_counts_every_site(_, site, period):
        r"""The worst delay counts every site with what it loses: $\theta^d_p + \zeta^d_{sp} \ge \Lambda_{sp}$."""
        counted = resilience.late_threshold_kh100e[period] + resilience.late_above_kh100e[site, period]
        return counted - resilience.late_kh100e[site, period] >= 0

    @resilience.Constraint(list(new))
    def enough_is_in_service_whatever_is_late(_, period):
        r"""What is in service without what the sites lose that lose most by a delay reaches its share: $N_p - \Gamma \theta^d_p - \sum_s \zeta^d_{sp} \ge \kappa^d N_p$.

        Set by resilience.delayed_share.
        """
        loss = late * resilience.late_threshold_kh100e[period] + pyo.quicksum(
            resilience.late_above_kh100e[at] for at in losing if at[1] == period
        )
        return (1 - rules.delayed_share) * resilience.new_kh100e[period] - loss + model.zero >= 0

    ways = {"forward": model.power.forward_mw, "backward": model.power.backward_mw}
    brought = {
        (line, way, period): variable
        for way, of in ways.items()
        for (line, period), variable in of.items()
        if rules.line_cover_share > 0 and variable.ub
    }

    @resilience.Constraint(list(brought))
    def cover_is_enough_without_any_line(_, line, way, period):
        r"""Firm cover without what any one line brings is enough for its share of the peak: $C_{zp} - (1 - \nu_l) c^{in}_{lp} \ge \kappa^l P_{zp}$.

        Set by resilience.line_cover_share.
        """
        row = case.lines[line]
        zone = row.to_zone if way == "forward" else row.from_zone
        left = model.power.cover_mw[zone, period] - (1 - row.loss_share) * brought[line, way, period]
        return left + model.zero - rules.line_cover_share * model.power.zone_peak_mw[zone, period] >= 0
