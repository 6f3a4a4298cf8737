"""The instantiated programme is the one written out: every entry, bound, limit, integer and goal, matched by name."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.case import Array, Case, Day
from models.formulation import build
from models.objective import expression_of
from models.settings import OBJECTIVES
from optimizer.program.block_names import BlockNames
from optimizer.program.compile import compile_model, compile_objectives
from optimizer.program.day_template import compile_day, parameter_values
from optimizer.program.extensive_form import build_extensive_form
from optimizer.program.linear_program import CHUNK_SIZE, LinearProgram, NumbersRefused, check_numbers
from optimizer.program.linking_variables import ExtraLink
from tests.models.paper import changed, paper_case

PAPER = paper_case()


def same(built: Array, written: Array) -> bool:
    """Tell whether two arrays agree to rounding, infinities included."""
    return bool(np.allclose(built, written, rtol=1e-12, atol=1e-9))


def check_both_ways(case: Case) -> None:
    """Assert that a case's instantiated programme equals its model written out in full."""
    assembly, model = build_extensive_form(case), build(case)
    instantiated, compiled = assembly.program, compile_model(model)
    written = compiled.program
    column_of = {name: column for column, name in enumerate(instantiated.column_names)}
    row_of = {name: row for row, name in enumerate(instantiated.row_names)}
    assert len(column_of) == len(instantiated.column_names)
    assert {*row_of} == {*written.row_names}
    stand_ins = {f"dispatch.operating_meur[{period}]" for period in case.periods}
    assert {*column_of} - {*written.column_names} == stand_ins
    assert {*written.column_names} <= {*column_of}
    assert all(instantiated.upper[column_of[name]] == 0 for name in stand_ins)

    columns, rows = [column_of[name] for name in written.column_names], [row_of[name] for name in written.row_names]
    assert instantiated.matrix.nnz == written.matrix.nnz
    difference = abs(instantiated.matrix[rows][:, columns] - written.matrix)
    assert difference.max() <= 1e-12 * abs(written.matrix).max()
    assert ((instantiated.matrix[rows][:, columns] != 0) != (written.matrix != 0)).nnz == 0
    assert np.array_equal(instantiated.integer[columns], written.integer)
    assert same(instantiated.lower[columns], written.lower)
    assert same(instantiated.upper[columns], written.upper)
    assert same(instantiated.row_lower[rows], written.row_lower)
    assert same(instantiated.row_upper[rows], written.row_upper)
    vectors = compile_objectives(compiled, {name: expression_of(model.objective, name) for name in OBJECTIVES})
    for name in OBJECTIVES:
        goal, (vector, constant) = assembly.full_objective(name), vectors[name]
        assert same(goal.sign * goal.cost[columns], vector)
        assert goal.sign * goal.constant == pytest.approx(constant)


def test_the_tutorial(tutorial_case: Case) -> None:
    check_both_ways(tutorial_case)


def test_the_case_on_paper() -> None:
    check_both_ways(PAPER)


def test_blocks_gathered_together_or_one_by_one_have_the_same_numbers(tutorial_case: Case) -> None:
    template = compile_day(tutorial_case)
    blocks = [(period, day) for day in tutorial_case.days for period in tutorial_case.periods]
    together = parameter_values(tutorial_case, template, blocks)
    assert len({*map(bytes, together)}) == len(blocks) > 1
    assert np.array_equal(
        together, np.concatenate([parameter_values(tutorial_case, template, [block]) for block in blocks])
    )


def test_nothing_of_the_size_of_the_days_is_made_before_it_is_asked_for(tutorial_case: Case) -> None:
    assembly = build_extensive_form(tutorial_case)
    goals = {name: (assembly.objective(name), assembly.shape) for name in OBJECTIVES}
    assert not {"values", "operating_cost", "program"} & {*vars(assembly)}
    assert assembly.program is assembly.program
    chance = np.random.default_rng(7)
    point = chance.uniform(0, 10, len(assembly.program.lower))
    for name, (goal, shape) in goals.items():
        assert shape == assembly.program.matrix.shape
        seen = point[: assembly.investments].copy()
        seen[assembly.operating] = list(assembly.operating_meur(point).values())
        value = goal.sign * (goal.cost @ seen + goal.constant)
        assert value == pytest.approx(assembly.objective_value(name, point))
    assert any(goal.cost[assembly.operating].any() for goal, _ in goals.values())


def test_an_extra_link_adds_to_its_row_of_every_day(tutorial_case: Case) -> None:
    assembly = build_extensive_form(tutorial_case)
    amount = np.random.default_rng(7).uniform(1, 2, (len(tutorial_case.periods), len(tutorial_case.days)))
    linked = replace(assembly, extra_links=(ExtraLink(column=2, row=1, amount=amount),))
    added = (linked.program.matrix - assembly.program.matrix).tocoo()
    rows = range(len(assembly.compiled.program.row_names) + 1, assembly.shape[0], len(assembly.template.rows))
    assert sorted(zip(*added.coords, strict=True)) == [(row, 2) for row in rows]
    assert added.data.tolist() == pytest.approx(amount.ravel())


def test_names_are_put_together_on_demand() -> None:
    names: Sequence[str] = BlockNames(["a", "b"], ["x.", "y."], ["1", "2", "3"])
    listed: Sequence[str] = ["a", "b", "x.1", "x.2", "x.3", "y.1", "y.2", "y.3"]
    assert len(names) == 8
    assert list(names) == listed
    assert names == listed
    assert names != listed[:-1]
    assert names != [*listed[:-1], "y.4"]
    assert [names[place] for place in range(-8, 8)] == [*listed, *listed]
    assert names[3:-1] == listed[3:-1]
    assert names[::-2] == listed[::-2]
    assert "y.3" in names
    assert names.index("x.2") == 3
    for outside in (8, -9):
        with pytest.raises(IndexError):
            names[outside]


@st.composite
def variations(draw: st.DrawFn) -> Case:
    """Draw the case on paper with other hours, days, dates, coolings, plants and lines."""
    length = draw(st.integers(1, 3))
    number = draw(st.integers(1, 3))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    hours = length * number
    case = replace(
        PAPER,
        hourly={
            "load": {zone: chance.uniform(0, 900, hours) for zone in PAPER.zones},
            "carbon": {zone: chance.choice([0.0, 20.0, 650.5], hours) for zone in PAPER.zones},
            "availability": {
                pair: chance.choice([0.0, 0.37, 1.0], hours)
                for pair in draw(st.lists(st.sampled_from(["NEAR.wind", "NEAR.hydro", "FAR.gas"]), unique=True))
            },
        },
        days=tuple(Day(f"d{day:03d}", day * length, 8760 / hours) for day in range(number)),
        climate=replace(PAPER.climate, pue={pair: chance.uniform(1, 1.5, hours) for pair in PAPER.climate.pue}),
    )
    time = case.settings.time.model_copy(update={"hours_per_day": length, "representative_days": number})
    power = case.settings.power.model_copy(update={"cover_import_share": draw(st.sampled_from([0.3, 0.0]))})
    case = replace(case, settings=case.settings.model_copy(update={"time": time, "power": power}))
    for site in ("C1", "N1", "F1", "F2"):
        ready = draw(st.sampled_from([2026, 2031, 2040]))
        case = changed(case, "sites", site, connection_year=ready, committed_year=ready)
    for technology in ("wind", "battery"):
        case = changed(case, "technologies", technology, lead_years=draw(st.sampled_from([0.0, 5.0, 25.0])))
    for fleet in draw(st.lists(st.sampled_from([*PAPER.fleets]), unique=True)):
        case = changed(case, "fleets", fleet, capacity_mw=draw(st.sampled_from([0.0, 700.0])))
    gone = draw(st.sets(st.sampled_from([*PAPER.fleets])))
    fleets = {key: row for key, row in case.fleets.items() if key not in gone}
    cooling = {key: row for key, row in case.cooling.items() if key == "air" or draw(st.booleans())}
    lines = dict(case.lines) if draw(st.booleans()) else {}
    meshed = draw(st.booleans())
    if lines and meshed:
        reactances = {name: draw(st.sampled_from([0.01, 0.2, 0.7])) for name in ("N-F", "second", "third")}
        free = lines["N-F"].model_copy(update={"loss_share": 0.0})
        lines = {name: free.model_copy(update={"line": name, "reactance_pu": x}) for name, x in reactances.items()}
    return replace(case, fleets=fleets, cooling=cooling, lines=lines)


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=variations())
def test_any_variation(case: Case) -> None:
    check_both_ways(case)


def test_every_number_is_looked_at_and_ten_faults_are_told() -> None:
    columns = 2 * CHUNK_SIZE + 3
    sound = LinearProgram(
        cost=np.zeros(columns),
        offset=0.0,
        lower=np.zeros(columns),
        upper=np.full(columns, np.inf),
        integer=np.zeros(columns, dtype=bool),
        matrix=sparse.csr_array((np.ones(columns), np.arange(columns), [0, 0, CHUNK_SIZE, columns])),
        row_lower=np.full(3, -np.inf),
        row_upper=np.ones(3),
        column_names=BlockNames([], [""], [f"x{place}" for place in range(columns)]),
        row_names=["empty", "first", "second"],
    )
    check_numbers(sound)
    last, wrong = columns - 1, (np.nan, np.inf, 1e-10, -1e10)
    for place, row in ((0, "first"), (CHUNK_SIZE - 1, "first"), (CHUNK_SIZE, "second"), (last, "second")):
        for value in wrong:
            data = sound.matrix.data.copy()
            data[place] = value
            matrix = sparse.csr_array((data, sound.matrix.indices, sound.matrix.indptr), shape=sound.matrix.shape)
            with pytest.raises(NumbersRefused, match=rf"{row}: coefficient .* of x{place}$"):
                check_numbers(replace(sound, matrix=matrix))
        for value in (np.nan, -1e10):
            lower = sound.lower.copy()
            lower[place] = value
            with pytest.raises(NumbersRefused, match=rf"x{place}: lower bound"):
                check_numbers(sound.with_bounds(lower, sound.upper))
    cost = sound.cost.copy()
    cost[last] = np.inf
    with pytest.raises(NumbersRefused, match=rf"x{last}: cost"):
        check_numbers(replace(sound, cost=cost))
    with pytest.raises(NumbersRefused) as told:
        check_numbers(sound.with_bounds(sound.lower, np.full(columns, np.nan)))
    assert str(told.value).count("upper bound") == 10
