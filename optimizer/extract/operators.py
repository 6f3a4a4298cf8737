"""Who runs each site: the class that the solution chose, shared out among its operators."""

from typing import Any

from models.case import Case
from models.jurisdictions import operator_classes, share_out
from models.plan import OperatorRow
from models.upper_bounds import committed_mw
from optimizer.extract.solution_values import read


def operator_rows(case: Case, model: Any) -> tuple[OperatorRow, ...]:
    """Return who runs how much at every open site of which that is decided or stated."""
    servers = {
        (site, period): read(model.compute.site_servers_mw[site, period])
        for site in case.sites
        for period in case.periods
        if read(model.siting.opened[site, period]) > 0.5
    }
    parts: dict[tuple[str, str, str], tuple[float, float]] = {
        (site, case.sites[site].operator, period): (mw, committed_mw(case, site, period))
        for (site, period), mw in servers.items()
        if case.sites[site].operator
    }
    for name, kind in operator_classes(case).items():
        own = {site for (site, each), chosen in model.operators.runs.items() if each == name and read(chosen) > 0.5}
        shared = share_out(case, kind, {place: mw for place, mw in servers.items() if place[0] in own})
        parts |= {place: (mw, 0.0) for place, mw in shared.items()}
    return tuple(
        OperatorRow(
            site=site,
            operator=operator,
            period=period,
            name=case.operators[operator].name,
            jurisdiction=case.operators[operator].jurisdiction,
            disclosure=case.operators[operator].disclosure,
            servers_mw=mw,
            committed_mw=own_mw,
        )
        for (site, operator, period), (mw, own_mw) in sorted(parts.items())
    )
