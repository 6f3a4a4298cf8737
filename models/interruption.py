r"""Interruption: what connections that the operator may interrupt lose in energy, and the compute that is not served for it.

In the hours in which a part of such a connection is away, servers stand still for what the firm connection, what is there of
the rest and the site's own supply do not carry. Whether it is away is said by the hourly table `uninterrupted`, or follows from the
zone's residual load (existing load less the output of existing plants whose availability changes with the hour). The dispatch serves the
draw before interruptions: they take a small share of it, and the system is built for it. Work is not made up for elsewhere.

Needs     grid.connected_mw, grid.interruptible_mw, cooling.energy_twh, compute.compute_kh100e, demand.site_served_kh100e
Decides   interrupted_mwh  energy of the servers that is lost on the day                     MWh
Offers    lost_twh         energy lost in a year                                             TWh
          lost_kh100e      compute that is lost with it                                      kH100e
Adds to   (nothing)
Symbols   $s$ site, $p$ period, $d$ day, $\iota_{spd}$ interrupted_mwh, $n_d$ number of such days in a year, $E_{sp}$ energy_twh,
          $\phi_{sp}$ share that may be lost, $V_{sp}$ served from the site, $C_{sp}$ compute_kh100e,
          $\kappa_s$ most compute that a MW of draw does, of any cooling and chip that could be at the site
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.case import Case
from models.couplings import YearlyAccount
from models.upper_bounds import compute_per_draw_kh100e_per_mw, interrupted_share

COUPLINGS = (YearlyAccount("interruption.interrupted_mwh"),)
DERIVED = ("compute_lost_is_not_served",)
"""Rules whose number is no limit that anyone could move: a committed site's compute."""


def add(model: pyo.ConcreteModel, interruption: pyo.Block, case: Case) -> None:
    """Add the account of interruptions; the day's are bounded below in `dispatch`."""
    places = list(model.grid.interruptible_mw)
    sites = list(dict.fromkeys(site for site, _ in places))
    days = [day.day for day in case.days]
    interruption.interrupted_mwh = pyo.Var(sites, model.periods, days, domain=pyo.NonNegativeReals)

    @interruption.Expression([place for place in model.grid.connected_mw if place[0] in sites])
    def lost_twh(_, site, period):
        """Energy that the site's servers lose in a year."""
        return pyo.quicksum(day.weight / 1e6 * interruption.interrupted_mwh[site, period, day.day] for day in case.days)

    @interruption.Expression(places)
    def lost_kh100e(_, site, period):
        """Compute lost, as if the densest chip stood still in the best cooling."""
        per_twh = compute_per_draw_kh100e_per_mw(case, site) * 1e6 / 8760
        return per_twh * interruption.lost_twh[site, period]

    @interruption.Constraint(places)
    def interruptions_stay_within_their_share(_, site, period):
        r"""Interruptions take no more than the stated share of the site's energy: $\sum_d n_d \iota_{spd} \le \phi_{sp} E_{sp}$.

        Set by headrooms.interrupted_share.
        """
        share = interrupted_share(case, case.sites[site].substation, period)
        return interruption.lost_twh[site, period] <= share * model.cooling.energy_twh[site, period]

    @interruption.Constraint(places)
    def compute_lost_is_not_served(_, site, period):
        r"""Compute lost by interruptions is not served: $V_{sp} \le C_{sp} - \kappa_s \sum_d n_d \iota_{spd} / 8760$."""
        left = model.compute.compute_kh100e[site, period] - interruption.lost_kh100e[site, period]
        return model.demand.site_served_kh100e[site, period] <= left
