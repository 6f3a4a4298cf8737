"""The siting side of a plan: sites, halls, chips, who is served, connections, water."""

from typing import Any

from models.case import Case
from models.plan import (
    AidRow,
    ChipRow,
    ConnectionRow,
    DemandRow,
    HallRow,
    ReinforcementRow,
    ServiceRow,
    SiteRow,
    SpendingRow,
    SubstationRow,
    WaterRow,
)
from models.terms import get_or_zero
from models.upper_bounds import committed_mw
from optimizer.extract.solution_values import count, read


def site_tables(case: Case, model: Any) -> dict[str, Any]:
    """Return the plan's tables sites, halls, chips, service and demand."""
    public = {(site, period): 0.0 for site in case.sites for period in case.periods}
    for (site, _, period), variable in model.budget.public_meur.items():
        public[site, period] += read(variable)
    return {
        "sites": tuple(_site(case, model, site, period, public) for site in case.sites for period in case.periods),
        "halls": tuple(
            HallRow(
                site=site,
                cooling=cooling,
                period=period,
                built_halls=count(get_or_zero(model.sizing.halls, site, cooling, period)),
                standing_halls=count(get_or_zero(model.sizing.standing, site, cooling, period)),
                alive_mw=read(variable),
                pue_annual=case.climate.pue_annual[site, cooling],
                wue_annual_l_per_kwh=case.climate.wue_annual_l_per_kwh[site, cooling],
            )
            for (site, cooling, period), variable in model.compute.alive_mw.items()
            if read(variable) or count(get_or_zero(model.sizing.standing, site, cooling, period))
        ),
        "chips": tuple(
            ChipRow(
                site=site,
                chip=chip,
                cooling=cooling,
                period=period,
                fitted_mw=read(variable),
                bought_kchips=read(model.compute.bought_kchips[site, chip, cooling, period]),
            )
            for (site, chip, cooling, period), variable in model.compute.fitted_mw.items()
            if read(variable)
        ),
        "service": tuple(
            ServiceRow(site=site, region=region, workload=workload, period=period, served_kh100e=read(variable))
            for (site, region, workload, period), variable in model.demand.served_kh100e.items()
            if read(variable)
        ),
        "demand": tuple(
            DemandRow(
                region=region,
                workload=workload,
                period=period,
                demand_kh100e=row.demand_kh100e,
                served_kh100e=read(get_or_zero(model.demand.region_served_kh100e, region, workload, period)),
            )
            for (region, workload, period), row in case.demand.items()
        ),
    }


def _site(case: Case, model: Any, site: str, period: str, public: dict[tuple[str, str], float]) -> SiteRow:
    """Return one site in one period."""
    row = case.sites[site]
    return SiteRow(
        site=site,
        period=period,
        name=row.name,
        country=row.country,
        zone=row.zone,
        substation=row.substation,
        status=row.status,
        committed_mw=committed_mw(case, site, period),
        latitude=row.latitude,
        longitude=row.longitude,
        opened=count(model.siting.opened[site, period]),
        opens=count(get_or_zero(model.siting.open_in, site, period)),
        closes=count(get_or_zero(model.siting.close_in, site, period)),
        halls=count(model.sizing.site_halls[site, period]),
        servers_mw=read(model.compute.site_servers_mw[site, period]),
        peak_mw=read(model.cooling.peak_mw[site, period]),
        connection_mw=read(get_or_zero(model.grid.connection_mw, site, period)),
        chips_kchips=read(model.compute.site_kchips[site, period]),
        compute_kh100e=read(model.compute.compute_kh100e[site, period]),
        served_kh100e=read(model.demand.site_served_kh100e[site, period]),
        energy_twh=read(model.cooling.energy_twh[site, period]),
        water_mm3=read(model.cooling.water_mm3[site, period]),
        reused_mw=read(get_or_zero(model.cooling.reused_mw, site, period)),
        recovery_mw=read(get_or_zero(model.cooling.recovery_mw, site, period)),
        capital_meur=read(get_or_zero(model.budget.site_money_meur, site, period)),
        public_meur=public[site, period],
    )


def grid_tables(case: Case, model: Any) -> dict[str, Any]:
    """Return the plan's tables connections, substations, reinforcements, water, spending and aid."""
    return {
        "connections": tuple(
            ConnectionRow(site=site, substation=case.sites[site].substation, period=period, connected_mw=read(variable))
            for (site, period), variable in model.grid.connected_mw.items()
            if read(variable)
        ),
        "substations": tuple(
            SubstationRow(
                substation=substation,
                period=period,
                name=case.substations[substation].name,
                zone=case.substations[substation].zone,
                latitude=case.substations[substation].latitude,
                longitude=case.substations[substation].longitude,
                drawn_mw=read(drawn),
                headroom_mw=read(model.grid.headroom_mw[substation, period]),
            )
            for (substation, period), drawn in model.grid.drawn_mw.items()
        ),
        "reinforcements": tuple(
            ReinforcementRow(
                substation=substation,
                step=step,
                period=period,
                adds_mw=case.reinforcements[substation, step].adds_mw,
                capex_meur=case.reinforcements[substation, step].capex_meur,
            )
            for (substation, step, period), variable in model.grid.reinforced.items()
            if count(variable)
        ),
        "water": tuple(
            WaterRow(
                basin=basin,
                period=period,
                drawn_mm3=read(model.cooling.basin_mm3[basin, period]),
                limit_mm3=read(model.cooling.basin_limit_mm3[basin]),
            )
            for basin in case.basins
            for period in case.periods
        ),
        "spending": tuple(
            SpendingRow(
                fund=fund,
                period=period,
                spent_meur=read(variable),
                available_meur=read(model.budget.available_meur[fund, period]),
            )
            for (fund, period), variable in model.budget.spent_meur.items()
        ),
        "aid": tuple(
            AidRow(site=site, fund=fund, period=period, public_meur=read(variable))
            for (site, fund, period), variable in model.budget.public_meur.items()
            if read(variable)
        ),
    }
