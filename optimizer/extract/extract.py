"""From a solution to a plan: values copied from variables and named expressions, hourly dispatch from its arrays."""

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

from models import ledger
from models.candidates import candidates
from models.case import Case
from models.control import sovereignty_rows
from models.failures import resilience
from models.formulation import ASPECTS, name_of
from models.gigafactories import gigafactories, with_standing
from models.matching_record import matching_tables
from models.plan import RESULT_TABLES, LimitRow, MoneyRow, Plan, Proof, Provenance
from models.programmes import holds_in
from models.rivals import rivals
from models.terms import get_or_zero
from models.timeline import annuity, discount_factor, first_year, horizon_year, mean_growth
from models.upper_bounds import committed_mw, firm_credit_share, fleet_mw, price_basis_eur_per_mwh
from optimizer.benders.baseline import emission_kt
from optimizer.benders.solution import Solution
from optimizer.case.provenance import output_library_versions
from optimizer.extract.consequences import consequences
from optimizer.extract.dispatch import Dispatch
from optimizer.extract.earnings import cover_of_debt_service, earnings
from optimizer.extract.operators import operator_rows
from optimizer.extract.solution_values import clean, read
from optimizer.extract.tables import Computed, rows_of
from optimizer.monitor.memory import peak_memory_mb
from optimizer.monitor.partial_failure import Failure, continue_after_failure
from optimizer.program.compile import load_values
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.linear_program import coefficient_range


def derived_rules() -> set[str]:
    """Return the rules whose number is no limit that anyone could move, as their aspects say."""
    return {f"{name_of(aspect)}.{rule}" for aspect in ASPECTS for rule in getattr(aspect, "DERIVED", ())}


def extract(
    case: Case, solution: Solution, provenance: Provenance, tell: Callable[[Failure], object] | None = None
) -> Plan:
    """Return the plan of a solution that has one; raises ValueError if it has none.

    A part that no decision hangs on, and that cannot be worked out, is told and left empty.
    """
    if solution.point is None or solution.baseline is None:
        raise ValueError(f"there is no plan to extract ({solution.status})")
    assembly, point = solution.form, solution.point
    model = assembly.model
    load_values(assembly.compiled.variables, point[: assembly.investments])
    running = assembly.operating_meur(point)
    for period, cost in running.items():
        model.dispatch.operating_meur[period].set_value(
            cost - solution.baseline.running_meur[period], skip_validation=True
        )
    dispatch = Dispatch(case, assembly, point)
    limits: tuple[LimitRow, ...] = ()
    with continue_after_failure("working out what limits are worth", tell) if tell else nullcontext():
        limits = _limits(assembly, solution)
    computed = _computed(case, model, solution.servers_meur) | {
        "carbon": {
            "system_kt": emission_kt(assembly, point).__getitem__,
            "system_without_kt": solution.baseline.emission_kt.__getitem__,
            "system_meur": running.__getitem__,
            "baseline_meur": solution.baseline.running_meur.__getitem__,
            "noise_meur": lambda period: max(0.0, clean(solution.noise_meur[period])),
        }
    }
    free, water = solution.baseline.spare_mw, solution.baseline.allotted_mw
    computed["lines"] = {
        "spare_forward_mw": lambda line, period: free.get((line, period, "forward")),
        "spare_backward_mw": lambda line, period: free.get((line, period, "backward")),
        "congested_hours": dispatch.congested_hours,
    }
    computed["reservoirs"] = {"baseline_allotted_mw": lambda *index: clean(water[index]) if water else None}
    tables: dict[str, Any] = {
        name: tuple(rows_of(kind, case, model, dispatch, computed.get(name, {})))
        for name, kind in RESULT_TABLES.items()
        if kind.rows
    }
    plan = Plan(
        title=case.settings.title,
        proof=_proof(solution),
        provenance=provenance,
        **tables,
        circulation=dispatch.circulation(),
        consequences=tuple(consequences(case, model, dispatch, solution.dispatched, solution.baseline.dispatched)),
        money=_money(case, model),
        earnings=earnings(case, model),
        limits=limits,
        flips=solution.flips,
        operators=operator_rows(case, model),
        gigafactories=gigafactories(case),
        hourly=dispatch.table(),
    )
    return plan.model_copy(
        update={
            "resilience": tuple(resilience(case, plan)),
            "rivals": rivals(case, plan),
            "candidates": candidates(case, plan),
            "gigafactories": with_standing(case, plan),
            "sovereignty": sovereignty_rows(case, plan),
            **matching_tables(case, plan),
        }
    )


def _computed(case: Case, model: Any, servers_meur: Mapping[str, float]) -> dict[str, Computed]:
    """Return the columns by table that follow from the case, or from more than one value of the solution."""
    climate, days = case.climate, {day.day: day for day in case.days}

    def public_meur(site: str, period: str) -> float:
        return sum(read(get_or_zero(model.budget.public_meur, site, fund, period)) for fund in case.public_funds)

    def firm_share(_: str, technology: str, __: str) -> float:
        row = case.technologies[technology]
        return firm_credit_share(case, technology) if row.low_carbon and row.dispatchable else 0.0

    def price_eur_per_mwh(zone: str, period: str) -> float:
        """Mean over the zone's places: what a MW of servers adds, by the TWh that it takes."""
        used_twh = case.settings.halls.utilisation_share * 8760 / 1e6
        places = [place for place in model.compute.alive_mw if place[2] == period and case.sites[place[0]].zone == zone]
        taken_twh = sum(used_twh * climate.pue_annual[place[:2]] for place in places)
        meur = sum(servers_meur.get(model.compute.alive_mw[place].name, 0.0) for place in places)
        return meur / taken_twh if taken_twh else 0.0

    def intensity_kg_per_mwh(zone: str, period: str) -> float:
        """Mean of the year, from the representative days."""
        series, hours = case.hourly["carbon"][zone], case.settings.time.hours_per_day
        means = [series[day.first_hour :][:hours].mean() for day in case.days]
        mean = np.average(means, weights=[day.weight for day in case.days])
        return float(mean) * mean_growth(case, period, -case.zones[zone].carbon_decline_share)

    return {
        "cash": {"dscr": partial(cover_of_debt_service, model)},
        "sites": {"committed_mw": partial(committed_mw, case), "public_meur": public_meur},
        "halls": {
            "pue_annual": lambda site, cooling, _: climate.pue_annual[site, cooling],
            "wue_annual_l_per_kwh": lambda site, cooling, _: climate.wue_annual_l_per_kwh[site, cooling],
        },
        "programmes": {
            "asked_kh100e": lambda name, period: case.programmes[name].floor_kh100e * holds_in(case, name, period),
            "asked_sites": lambda name, period: case.programmes[name].floor_sites * holds_in(case, name, period),
        },
        "supply": {"firm_share": firm_share, "fleet_mw": partial(fleet_mw, case)},
        "zones": {
            "price_eur_per_mwh": price_eur_per_mwh,
            "intensity_kg_per_mwh": intensity_kg_per_mwh,
            "basis_eur_per_mwh": partial(price_basis_eur_per_mwh, case),
            "basis_present_meur": lambda zone, period: (
                annuity(case, period) * read(model.power.basis_meur[zone, period])
            ),
        },
        "days": {
            "first_hour": lambda _, day: days[day].first_hour,
            "weight": lambda _, day: days[day].weight,
        },
    }


def _money(case: Case, model: Any) -> tuple[MoneyRow, ...]:
    """Return every ledger by aspect and period, with its worth in the base year."""
    end = discount_factor(case, horizon_year(case))
    rows = []
    for name, sign in (("capex", 1.0), ("interest", 1.0), ("opex", 1.0), ("residual", -1.0)):
        for block in ledger.contributors(model, f"{name}_meur"):
            for period in case.periods:
                amount = sign * read(block.component(f"{name}_meur")[period])
                start = discount_factor(case, first_year(case, period))
                worth = {
                    "capex": start,
                    "interest": start,
                    "opex": annuity(case, period),
                    "residual": end,
                }[name]
                rows.append(
                    MoneyRow(
                        ledger=name,
                        aspect=block.local_name,
                        period=period,
                        amount_meur=amount,
                        present_meur=worth * amount,
                    )
                )
    return tuple(rows)


def _limits(assembly: ExtensiveForm, solution: Solution) -> tuple[LimitRow, ...]:
    """Return the rules that bind at a stated number, and what one more unit of it is worth."""
    program = assembly.compiled.program
    rows = {name: row for row, name in enumerate(program.row_names)}
    answers, derived = [], derived_rules()
    for name, dual in solution.shadow_prices.items():
        row = rows.get(name)
        rule, _, index = name.partition("[")
        if row is None or rule in derived:
            continue
        limit = program.row_upper[row] if np.isfinite(program.row_upper[row]) else program.row_lower[row]
        if limit and program.row_lower[row] != program.row_upper[row]:
            answers.append(LimitRow(rule=rule, index=index.removesuffix("]"), limit=float(limit), worth=dual))
    return tuple(sorted(answers, key=lambda answer: (-abs(answer.worth * answer.limit), answer.rule, answer.index)))


def _proof(solution: Solution) -> Proof:
    """Return how far the plan is proved."""
    rows, columns = solution.form.shape
    coefficients, smallest, largest = coefficient_range(solution.form)
    return Proof(
        status=solution.status,
        message=solution.message,
        stages=solution.stages,
        violations=solution.violations,
        committed_compute=read(solution.form.model.objective.committed_compute),
        rows=rows,
        columns=columns,
        integers=int(solution.form.compiled.program.integer.sum()),
        nonzeros=coefficients,
        smallest_coefficient=smallest,
        largest_coefficient=largest,
        seconds=solution.seconds,
        peak_memory_mb=peak_memory_mb(),
        versions={
            "python": ".".join(map(str, sys.version_info[:3])),
            "pyomo": version("pyomo"),
            "highspy": version("highspy"),
            "gigasite": version("gigasite"),
            **output_library_versions(),
        },
        options=solution.options,
    )
