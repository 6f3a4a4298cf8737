"""Power that goes round within an hour and is lost: left out where that is free, told where output is paid for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.case import Array, Case
from models.plan import Plan
from optimizer.audit.audit import audit
from optimizer.benders.day_block import DayBlock
from optimizer.benders.day_lp import LPSolution
from optimizer.benders.decomposition import decompose
from optimizer.benders.subproblem import SubproblemRequest
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.extract.full_year import with_year
from optimizer.program.extensive_form import build_extensive_form
from optimizer.program.nodes import Node
from optimizer.report.write_summary import write_summary
from optimizer.session import solve_case
from optimizer.solver.duality import Bounds
from tests.cases import drafts
from tests.drafts import Draft, row, rows
from tests.laws import FLOORS, for_all, often
from tests.networks import network
from tests.variants import operated, with_cells

RULE = "dispatch.power_goes_round_only_where_output_is_paid_for"
LOSS, EFFICIENCY = 0.03, 0.81


def windy(eur_per_mwh: float) -> Draft:
    """Return two zones of 100 MW each, more wind in A than both use, a lossy line between them and a battery in B."""
    line = {"forward_mw": 200, "backward_mw": 150, "loss_share": LOSS}
    lines = [row("lines", line="AB", from_zone="A", to_zone="B", **line)]
    plants = [("wind", "A", 1000.0, eur_per_mwh), ("gas", "B", 50.0, 90.0)]
    draft = network("windy", {"A": 100.0, "B": 100.0}, plants, lines)
    store = row("technologies", technology="battery", kind="storage", duration_hours=4, efficiency_share=EFFICIENCY)
    more = rows("fleets", "zone", ["B"], technology="battery", capacity_mw=40)
    kinds = [*draft.tables["technologies"], store]
    return replace(draft, tables={**draft.tables, "technologies": kinds, "fleets": [*draft.tables["fleets"], *more]})


def planned(case: Case) -> Plan | None:
    solution = solve_case(case)
    if not solution.has_plan:
        return None
    plan = extract(case, solution, provenance_of(case, Path("draft"), "base", {}))
    return with_year(case, plan, solution.year) if solution.year else plan


def summary(case: Case, plan: Plan, folder: Path) -> str:
    write_summary(plan, audit(case, plan), folder)
    return (folder / "summary.md").read_text(encoding="utf-8")


def test_where_wind_costs_nothing_none_goes_round_and_the_summary_says_so(tmp_path: Path) -> None:
    case = windy(0).case()
    plan = planned(case)
    assert plan is not None
    (told,) = plan.circulation
    assert (told.line_hours, told.store_hours, told.burnt_mwh) == (0, 0, 0)
    assert audit(case, plan).sound
    assert "carries it both ways at once" in summary(case, plan, tmp_path)


def test_where_wind_is_paid_for_what_goes_round_is_told_by_hour_and_energy(tmp_path: Path) -> None:
    """Wind earns 5 EUR/MWh: power goes there and back over the line, and through the battery as far as that pays."""
    case = windy(-5).case()
    plan = planned(case)
    assert plan is not None
    hourly = plan.hourly
    forward, backward, charge, discharge = (
        float(hourly.values[kind].ravel()[0]) for kind in ("forward_mw", "backward_mw", "charge_mw", "discharge_mw")
    )
    assert min(forward, backward) > 80
    on_line = min(forward, backward) * (1 - (1 - LOSS) ** 2)
    in_store = min(charge, discharge / EFFICIENCY**0.5) * (1 - EFFICIENCY)
    (told,) = plan.circulation
    assert told.line_hours == 8760
    assert told.store_hours == (8760 if min(charge, discharge) > 1e-6 else 0)
    assert told.burnt_mwh == pytest.approx(8760 * (on_line + in_store))
    (year,) = plan.year
    assert year.burnt_hours == told.line_hours + told.store_hours
    assert year.burnt_mwh == pytest.approx(told.burnt_mwh)
    assert audit(case, plan).sound
    assert "MWh a year go round and are lost" in summary(case, plan, tmp_path)


@pytest.mark.parametrize("kind", ["forward_mw", "charge_mw"])
def test_the_audit_finds_what_goes_round_for_nothing(kind: str) -> None:
    """A MW sent there and back, or through the battery, by wind that need not blow: all balances are kept."""
    case = windy(0).case()
    plan = planned(case)
    assert plan is not None
    values = {name: array.copy() for name, array in plan.hourly.values.items()}
    names = plan.hourly.keys["output_mw"]
    if kind == "forward_mw":
        values["forward_mw"] += 1.0
        values["backward_mw"] += 1 - LOSS
        values["output_mw"][names.index("A.wind")] += 1 - (1 - LOSS) ** 2
    else:
        values["charge_mw"] += 1.0
        values["discharge_mw"] += EFFICIENCY
        values["forward_mw"] += (1 - EFFICIENCY) / (1 - LOSS)
        values["output_mw"][names.index("A.wind")] += (1 - EFFICIENCY) / (1 - LOSS)
    burning = plan.model_copy(update={"hourly": plan.hourly.model_copy(update={"values": values})})
    failed = {check.rule for check in audit(case, burning).checks if not check.passed}
    assert {rule for rule in failed if not rule.startswith("tables.")} == {RULE}
    assert "tables.circulation_say_what_follows_from_the_decisions" in failed


@pytest.mark.parametrize("kind", ["line", "store"])
def test_a_dispatch_that_burns_for_nothing_is_made_still_at_the_same_cost(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever vertex the solver comes to: a dispatch as dear that sends power round is exchanged."""
    case = windy(0).case()
    dispatcher = decompose(build_extensive_form(case), 60).dispatcher
    structure, shape = dispatcher.structure, dispatcher.structure.day
    chunk = DayBlock(case, structure, Node("P"), 0, case.days, 60, dispatcher.couplings[0])
    columns = [shape.template.columns[column].partition("[")[0] for column in shape.columns]
    wind = next(at for at, column in enumerate(shape.columns) if "wind" in shape.template.columns[column])
    found: list[LPSolution] = []
    one_by_one = chunk._one_by_one

    def burning(limits: list[Bounds], cost: Array, water: Array | None) -> list[LPSolution]:
        (day,) = one_by_one(limits, cost, water)
        values = day.values.copy()
        if kind == "line":
            values[columns.index("forward_mw")] += 10.0
            values[columns.index("backward_mw")] += 10 * (1 - LOSS)
            values[wind] += 10 * (1 - (1 - LOSS) ** 2)
        else:
            values[columns.index("charge_mw")] += 10.0
            values[columns.index("discharge_mw")] += 10 * EFFICIENCY
            values[columns.index("forward_mw")] += 10 * (1 - EFFICIENCY) / (1 - LOSS)
            values[wind] += 10 * (1 - EFFICIENCY) / (1 - LOSS)
        found.append(replace(day, values=values))
        return found[-1:]

    monkeypatch.setattr(chunk, "_one_by_one", burning)
    nothing, dry = np.zeros(shape.links), np.zeros((1, 0))
    reply = chunk.solve(SubproblemRequest(Node("P"), 0, 1, nothing, allocated=dry, daily=True, values=True))
    assert chunk._flows.circulating_mw(np.array([found[0].values])).max() > 5
    assert reply.daily is not None
    assert (reply.daily.burnt_hours[0], reply.daily.burnt_mwh[0]) == (0, 0)
    assert reply.daily.cost[0] == pytest.approx(found[0].cost, rel=1e-9)
    running = shape.cost @ reply.daily.values[0][shape.columns]
    assert running == pytest.approx(found[0].cost, rel=1e-9, abs=1e-9)


def windier(draft: Draft, eur_per_mwh: float) -> Draft:
    """Return a draft with five times the wind, at some cost, and lines and batteries that lose power."""
    draft = with_cells(
        draft, "fleets", lambda row: {"capacity_mw": row["capacity_mw"] * (5 if row["technology"] == "wind" else 1)}
    )
    draft = with_cells(draft, "lines", lambda row: {"loss_share": 0 if row["reactance_pu"] else LOSS})
    paid = {"wind": {"marginal_eur_per_mwh": eur_per_mwh}, "battery": {"efficiency_share": EFFICIENCY}}
    return with_cells(draft, "technologies", lambda row: paid.get(row["technology"], {}))


def rounds_mw(case: Case, plan: Plan) -> Iterator[float]:
    """Yield the most that goes round on every lossy line and in every store."""
    forward, backward, charge, discharge = (
        plan.hourly.by_key(kind) for kind in ("forward_mw", "backward_mw", "charge_mw", "discharge_mw")
    )
    yield from (
        float(np.minimum(forward[line], backward[line]).max()) for line, row in case.lines.items() if row.loss_share
    )
    yield from (float(np.minimum(charge[key], discharge[key]).max()) for key in charge)


@often(3, 100)
def test_plans_of_plants_brought_online_are_sound(number: int) -> None:
    """Every rule holds on the representative days, and an own dispatch of days of the year costs what is stated."""

    def law(draft: Draft) -> None:
        case = windier(operated(draft), 0).case()
        if (plan := planned(case)) is not None:
            assert audit(case, plan).sound, [check for check in audit(case, plan).checks if not check.passed]

    for_all(number, drafts(FLOORS), law)


@pytest.mark.parametrize("eur_per_mwh", [0, -0.05, -20])
@often(3, 100)
def test_nothing_goes_round_for_nothing_and_the_cost_stays(number: int, eur_per_mwh: float) -> None:
    still, told = DayBlock._with_least_flows, []

    def law(draft: Draft) -> None:
        case = windier(draft, eur_per_mwh).case()
        plan = planned(case)
        if plan is None:
            return
        assert audit(case, plan).sound, [check for check in audit(case, plan).checks if not check.passed]
        free = all(row.reactance_pu == 0 for row in case.lines.values())
        if eur_per_mwh >= 0 and free:
            assert max(rounds_mw(case, plan), default=0.0) <= 1e-6
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(DayBlock, "_with_least_flows", lambda _, solved, *__: solved)
            other = planned(case)
        assert other is not None
        for one, another in zip(plan.carbon, other.carbon, strict=True):
            assert one.system_meur == pytest.approx(another.system_meur, rel=1e-9)
            assert one.baseline_meur == pytest.approx(another.baseline_meur, rel=1e-9)
        for day, same in zip(plan.year_days, other.year_days, strict=True):
            assert day.system_meur == pytest.approx(same.system_meur, rel=1e-9)
        told.append(sum(row.burnt_mwh for row in plan.circulation))

    for_all(number, drafts(FLOORS), law)
    assert DayBlock._with_least_flows is still
    assert told
    if eur_per_mwh >= 0:
        assert not any(told)
    elif number >= 100:  # in a few cases there may be no wind to spare
        assert any(told)
