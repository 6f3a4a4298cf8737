"""Kirchhoff's voltage law from files to audit, in a triangle that fits on paper."""

from pathlib import Path

import numpy as np
import pytest

from models.case import Case
from models.cycles import independent_cycles
from models.plan import Plan
from optimizer.audit.audit import audit
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft, row
from tests.laws import FLOORS, for_all, near, often, worth
from tests.networks import network, read_back
from tests.variants import looser, with_section

PLANTS = [("cheap", "A", 500.0, 10.0), ("dear", "B", 500.0, 40.0)]
LAW = "dispatch.voltage_drops_cancel_around_every_cycle"


def triangle(limit_mw: float, **reactances: float) -> Draft:
    """Return 150 MW of load in C, cheap plant in A, dear plant in B, and a line from A to C that may be narrow."""
    lines = [
        row(
            "lines",
            line=f"{one}{other}",
            from_zone=one,
            to_zone=other,
            **dict.fromkeys(("forward_mw", "backward_mw"), limit_mw if one + other == "AC" else 400),
            reactance_pu=reactances.get(one + other, 0),
        )
        for one, other in ("AB", "BC", "AC")
    ]
    return network("triangle", {"A": 0.0, "B": 0.0, "C": 150.0}, PLANTS, lines)


EQUAL = dict.fromkeys(("AB", "BC", "AC"), 0.05)
UNLIKE = {"AB": 0.0001, "BC": 10, "AC": 10}
"""As unlike as a table may hold."""


def answer(case: Case, folder: Path) -> tuple[float, Plan]:
    """Return the running cost of the hour in EUR and the plan."""
    solution = solve_case(case)
    assert solution.baseline is not None
    plan = extract(case, solution, provenance_of(case, folder, "base", {}))
    assert audit(case, plan).sound
    return solution.baseline.running_meur["P"] * 1e6 / 8760, plan


def net_mw(plan: Plan) -> dict[str, float]:
    forward, backward = (plan.hourly.by_key(kind) for kind in ("forward_mw", "backward_mw"))
    return {line: float((forward[line] - backward[line])[0, 0, 0]) for line in ("AB", "BC", "AC")}


@pytest.mark.parametrize(
    ("limit_mw", "reactances", "cost", "flows"),
    [
        (90, {}, 1500, None),  # 60 MW go round by B, as nothing says they cannot
        (400, EQUAL, 1500, {"AB": 50, "BC": 50, "AC": 100}),  # two thirds take the way of half the reactance
        (90, EQUAL, 120 * 10 + 30 * 40, {"AB": 30, "BC": 60, "AC": 90}),  # 2/3 a + 1/3 b = 90, a + b = 150
        (90, EQUAL | {"AC": 0.1}, 1500, {"AB": 75, "BC": 75, "AC": 75}),  # both ways alike
        (400, UNLIKE, 1500, {"AB": 1500 / 20.0001, "BC": 1500 / 20.0001, "AC": 1500.015 / 20.0001}),
        (90, EQUAL | {"AC": 0}, 1500, None),  # a cable takes what it is told
    ],
)
def test_a_triangle_on_paper(
    limit_mw: float, reactances: dict[str, float], cost: float, flows: dict[str, float] | None, tmp_path: Path
) -> None:
    found, plan = answer(read_back(triangle(limit_mw, **reactances), tmp_path), tmp_path)
    assert found == pytest.approx(cost)
    assert flows is None or net_mw(plan) == pytest.approx(flows)


THREE_WINDINGS = {"HS": ("H", "S", 0.12), "SM": ("S", "M", -0.015), "SL": ("S", "L", 0.09), "HM": ("H", "M", 0.2)}
"""The star of a transformer of three windings, whose middle leg is below 0, beside a line."""
WORSE = THREE_WINDINGS | {"ML": ("M", "L", 0.07), "LH": ("L", "H", -0.4)}
"""Two more rings, one of them closed by a series capacitor."""


@pytest.mark.parametrize("lines", [THREE_WINDINGS, WORSE], ids=["star", "rings"])
def test_negative_reactances_split_the_flow_as_angles_do(
    lines: dict[str, tuple[str, str, float]], tmp_path: Path
) -> None:
    """The flows are those of an independent solution: susceptances x angles, one zone's angle held at 0."""
    load_mw = {"H": 0.0, "S": 0.0, "M": 130.0, "L": 70.0}
    cells = [
        row("lines", line=line, from_zone=one, to_zone=other, forward_mw=900, backward_mw=900, reactance_pu=reactance)
        for line, (one, other, reactance) in lines.items()
    ]
    _, plan = answer(read_back(network("star", load_mw, [("cheap", "H", 500.0, 10.0)], cells), tmp_path), tmp_path)
    places = list(load_mw)
    ends = np.zeros((len(lines), len(places)))
    for position, (one, other, _) in enumerate(lines.values()):
        ends[position, [places.index(one), places.index(other)]] = 1, -1
    susceptance = np.diag([1 / reactance for *_, reactance in lines.values()])
    injected = np.array([200.0, 0.0, -130.0, -70.0])
    angles = np.linalg.solve((ends.T @ susceptance @ ends)[1:, 1:], injected[1:])
    flows = susceptance @ ends[:, 1:] @ angles
    forward, backward = (plan.hourly.by_key(kind) for kind in ("forward_mw", "backward_mw"))
    found = [float((forward[line] - backward[line])[0, 0, 0]) for line in lines]
    assert found == pytest.approx(flows.tolist(), abs=1e-5)


@pytest.mark.parametrize("around_mw", [1, -1, 0.01])
def test_power_sent_around_in_a_circle_is_seen_by_the_audit_alone(around_mw: float, tmp_path: Path) -> None:
    """Every zone's balance and every line's limit stay: only the voltages tell."""
    case = triangle(400, **EQUAL).case()
    _, plan = answer(case, tmp_path)
    around = np.array([{"AB": 1, "BC": 1, "AC": -1}[line] for line in plan.hourly.keys["forward_mw"]])
    forward_mw = plan.hourly.values["forward_mw"] + around_mw * around[:, None, None, None]
    values = {**plan.hourly.values, "forward_mw": forward_mw}
    changed = plan.model_copy(update={"hourly": plan.hourly.model_copy(update={"values": values})})
    broken = {each.rule for each in audit(case, changed).checks if not each.passed}
    assert {rule for rule in broken if not rule.startswith("tables.")} == {LAW}


@often(8, 300)
def test_a_line_without_losses_carries_power_one_way_at_a_time(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        if solution.has_plan:
            hourly = extract(case, solution, provenance_of(case, Path("draft"), "base", {})).hourly
            lossless = [case.lines[line].loss_share == 0 for line in hourly.keys["forward_mw"]]
            both = np.minimum(hourly.values["forward_mw"], hourly.values["backward_mw"])
            assert not both[lossless].any()

    for_all(number, drafts(FLOORS).filter(meshed), law)


def meshed(draft: Draft) -> bool:
    return bool(independent_cycles(draft.case().lines))


@often(8, 300)
def test_without_the_law_no_less_is_computed_and_the_system_runs_no_dearer(number: int) -> None:
    """Cost is no such goal: it is what data centres add to a system that without the law runs cheaper, too."""

    def law(draft: Draft) -> None:
        draft = with_section(draft, "question", lambda _: {"objectives": ("compute",)})
        bound, free = (solve_case(each.case()) for each in (draft, looser("lines", "reactance_pu", lambda _: 0)(draft)))
        assert worth(free) <= worth(bound) or worth(free) == near(worth(bound))
        assert bound.baseline is not None
        assert free.baseline is not None
        for period, cost in free.baseline.running_meur.items():
            assert cost <= bound.baseline.running_meur[period] + 1e-6

    for_all(number, drafts(FLOORS).filter(meshed), law)
