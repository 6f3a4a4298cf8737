"""The measures of a run: the rows of a study's results, from the plan of its solution."""

from collections import defaultdict
from collections.abc import Iterator

from models.case import Case
from models.plan import Plan, Provenance
from models.upper_bounds import committed_kh100e
from optimizer.benders.solution import Solution
from optimizer.extract.extract import extract
from optimizer.solver.solve_result import relative_gap
from optimizer.study.results import Row


def measures(case: Case, solution: Solution) -> tuple[Row, ...]:
    """Return the rows of a solution that has a plan, those of its objectives first."""
    return (*objective_rows(solution), *plan_rows(case, extract(case, solution, unstated(case))))


def objective_rows(solution: Solution) -> Iterator[Row]:
    """Yield the best value and the bound of every objective of which anything is claimed.

    The plan itself may have less of it, where objectives after it were allowed to take some.
    """
    for stage in solution.stages:
        if stage.claims:
            best = (max if stage.sense == "maximise" else min)(stage.value, stage.plan_value)
            yield Row(stage.objective, best, bound=stage.bound, gap_share=relative_gap(best, stage.bound))


def plan_rows(case: Case, plan: Plan) -> Iterator[Row]:
    """Yield all other measures of a plan; those of places that are 0 are left out."""
    yield Row("sites", len({row.site for row in plan.sites if row.status == "candidate" and row.opened}))
    totals: dict[tuple[str, str], float] = defaultdict(float)
    places: dict[tuple[str, str, str], float] = defaultdict(float)
    for site in plan.sites:
        totals["new_mw", site.period] += site.servers_mw
        totals["new_kh100e", site.period] += site.compute_kh100e - committed_kh100e(case, site.site, site.period)
        totals["subsidy_meur", site.period] += site.public_meur
        for measure, place in (("site_mw", site.site), ("zone_mw", site.zone), ("country_mw", site.country)):
            places[measure, place, site.period] += site.servers_mw
    for spent in plan.spending:
        totals["capex_meur", spent.period] += spent.spent_meur
    for water in plan.water:
        totals["water_mm3", water.period] += water.drawn_mm3
    servers_twh: dict[str, float] = defaultdict(float)
    matched_twh: dict[str, float] = defaultdict(float)
    for zone in plan.zones:
        servers_twh[zone.period] += zone.servers_twh
        matched_twh[zone.period] += zone.matched_twh
    for emitted in plan.carbon:
        totals["energy_twh", emitted.period] = emitted.energy_twh
        totals["emissions_kt", emitted.period] = emitted.attributional_kt
        if emitted.energy_twh:
            totals["emissions_kg_per_mwh", emitted.period] = emitted.attributional_kt / emitted.energy_twh
        if servers_twh[emitted.period]:
            totals["matched_share", emitted.period] = matched_twh[emitted.period] / servers_twh[emitted.period]
    for (measure, period), value in totals.items():
        yield Row(measure, value, period=period)
    for (measure, place, period), value in sorted(places.items()):
        if value:
            yield Row(measure, value, place, period)


def unstated(case: Case) -> Provenance:
    """Return the provenance of a plan that is not kept."""
    return Provenance(
        case=case.name,
        case_folder="",
        scenario_name="",
        overrides={},
        scenario={},
        files={},
        git_commit="",
        created_at="",
        quality_shares={},
    )
