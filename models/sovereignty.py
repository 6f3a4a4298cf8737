r"""Sovereignty: how much of the compute a bloc of jurisdictions holds, by level.

Level *territory* counts by host country, *operator* by the owner of who runs the site, *control* by both, where no disclosure law from
outside the bloc reaches the operator, and *chip* by the vendor. Committed sites count by their stated operator and chip, what is not
known for nobody. Shares are of the compute served from all sites, of a workload or of any; of chips, of all compute in service.

Needs     compute.fitted_mw, compute.compute_kh100e, demand.served_kh100e, operators.served_kh100e
Decides   (nothing)
Offers    inside_kh100e      what the bloc of a limit holds of the compute                        kH100e
          whole_kh100e       the compute of which it is a share                                   kH100e
          controlled_kh100e  compute served under the control of the bloc that is reported        kH100e
Adds to   (nothing)
Symbols   $l$ level, $b$ bloc, $w$ workload or any, $p$ period, $I_{lbwp}$ inside_kh100e, $T_{lwp}$ whole_kh100e, $\varphi_{lbwp}$ floor,
          $\kappa_{lbwp}$ ceiling
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from typing import Any

import pyomo.environ as pyo

from models.case import Case
from models.jurisdictions import ANY, is_inside, members, operator_classes
from models.timeline import first_year, service_share
from models.upper_bounds import committed_kh100e, density_kh100e_per_mw


def add(model: pyo.ConcreteModel, sovereignty: pyo.Block, case: Case) -> None:
    """Add the floors and ceilings of the table, and what the bloc that is reported controls."""
    limits = [
        (*key, when) for key in case.sovereignty_limits for when in case.periods if key[3] in (ANY, when)
    ]  # level, bloc, workload, period of the row, period

    classes = operator_classes(case)

    def served_from(sites: list[str], workload: str, period: str) -> Any:
        here = {*sites}
        return pyo.quicksum(
            each
            for (site, _, kind, when), each in model.demand.served_kh100e.items()
            if site in here and when == period and workload in (kind, ANY)
        )

    def inside(level: str, bloc: str, workload: str, period: str) -> Any:
        """Sum what counts as the bloc's: whole sites where that is known of them, else what its classes serve."""
        if level == "chip":
            return compute_on(members(case, bloc), period)
        known = [
            site
            for site, row in case.sites.items()
            if (level == "territory" or row.status == "committed")
            and is_inside(case, level, bloc, row.country, case.operators.get(row.operator))
        ]
        counted = {
            (kind, country)
            for kind, row in classes.items()
            for country in case.countries
            if level != "territory" and is_inside(case, level, bloc, country, case.operators[row.operators[0]])
        }
        by_class = pyo.quicksum(
            each
            for (site, kind, work, when), each in model.operators.served_kh100e.items()
            if (work, when) == (workload, period) and (kind, case.sites[site].country) in counted
        )
        return served_from(known, workload, period) + by_class

    def compute_on(vendors: frozenset[str], period: str) -> Any:
        own = sum(
            committed_kh100e(case, site, period)
            for site, row in case.sites.items()
            if row.committed_chip and case.chips[row.committed_chip].jurisdiction in vendors
        )
        return own + pyo.quicksum(
            density_kh100e_per_mw(case, chip)
            * service_share(case, first_year(case, bought), case.chips[chip].life_years, period)
            * each
            for (_, chip, _, bought), each in model.compute.fitted_mw.items()
            if case.chips[chip].jurisdiction in vendors
        )

    @sovereignty.Expression(limits)
    def inside_kh100e(_, level, bloc, workload, period, when):
        """What the bloc of a limit holds of the compute."""
        return inside(level, bloc, workload, when)

    @sovereignty.Expression(limits)
    def whole_kh100e(_, level, bloc, workload, period, when):
        """The compute of which a limit is a share: served from all sites; of chips, all in service."""
        if level == "chip":
            return pyo.quicksum(model.compute.compute_kh100e[site, when] for site in case.sites)
        return served_from(list(case.sites), workload, when)

    @sovereignty.Expression(model.periods)
    def controlled_kh100e(_, period):
        """Compute served under the control of the bloc that is reported, as far as it is decided who runs a site."""
        return inside("control", case.settings.sovereignty.bloc, ANY, period)

    @sovereignty.Constraint([each for each in limits if case.sovereignty_limits[each[:4]].floor_share > 0])
    def bloc_holds_its_floor(_, level, bloc, workload, period, when):
        r"""A bloc holds the share of the compute that it has to: $I_{lbwp} \ge \varphi_{lbwp} T_{lwp}$.

        Set by sovereignty_limits.floor_share.
        """
        index = level, bloc, workload, period, when
        least = case.sovereignty_limits[index[:4]].floor_share
        return sovereignty.inside_kh100e[index] - least * sovereignty.whole_kh100e[index] + model.zero >= 0

    @sovereignty.Constraint([each for each in limits if case.sovereignty_limits[each[:4]].ceiling_share < 1])
    def bloc_stays_under_its_ceiling(_, level, bloc, workload, period, when):
        r"""A bloc holds no more than the share of the compute that it may: $I_{lbwp} \le \kappa_{lbwp} T_{lwp}$.

        Set by sovereignty_limits.ceiling_share.
        """
        index = level, bloc, workload, period, when
        most = case.sovereignty_limits[index[:4]].ceiling_share
        return sovereignty.inside_kh100e[index] - most * sovereignty.whole_kh100e[index] + model.zero <= 0
