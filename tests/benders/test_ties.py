"""Of equal plans the first is taken: fewest sites, halls and steps, then those first in the order of their codes."""

import numpy as np
from hypothesis import strategies as st

from models.case import Array
from optimizer.benders.master_problem import FLOOR_SHARE
from optimizer.benders.search import solve_case
from tests.cases import Pick, drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, often
from tests.variants import asking, candidates, with_section, with_twin
from tests.written import linear_optimum, whole_choices, written_out

FAMILIES = ("siting.open_in[", "sizing.halls[", "grid.reinforced[", "compute.gigafactory[")


@often(6, 150)
def test_of_all_equal_choices_of_whole_numbers_the_first_is_taken(number: int) -> None:
    def law(draft: Draft) -> None:
        case = asking(draft, draft.settings.question.objectives[0]).case()
        solution = solve_case(case)
        program = written_out(case, solution.baseline)[case.settings.question.objectives[0]]
        choices = whole_choices(program)
        if choices is None or solution.point is None:
            return
        values = np.array([linear_optimum(program, choice) for choice in choices])
        equal = choices[values <= values.min() + FLOOR_SHARE * max(abs(values.min()), 1)]
        names = [program.column_names[column] for column in np.flatnonzero(program.integer).tolist()]
        found = solution.point[solution.assembly.program.integer]
        assert place(found, names) == min(place(choice, names) for choice in equal)

    for_all(number, drafts(FLOORS, sites=3, zones=2, periods=2), law)


def place(choice: Array, names: list[str]) -> list[tuple[float, ...]]:
    """Return what equal plans are ordered by: of each family the number, then most in the first, in the second ..."""
    families = [
        [value for value, name in zip(choice.tolist(), names, strict=True) if name.startswith(f)] for f in FAMILIES
    ]
    return [(sum(family), *(-value for value in family)) for family in families]


@often(4, 150)
def test_a_twin_with_a_later_code_stays_closed_and_moves_nothing_else(number: int) -> None:
    def law(draft: Draft, seed: int) -> None:
        draft = with_section(draft, "siting", lambda _: {"separation_km": 10})
        alone, both = taken(draft), taken(with_twin(draft, Pick(seed)(*candidates(draft)), "TWIN"))
        assert (alone is None) == (both is None)
        if alone is not None and both is not None:
            assert both == {**dict.fromkeys(both, 0), **alone}
            assert all("TWIN" in name for name in both.keys() - alone.keys())

    for_all(number, st.tuples(drafts(FLOORS), st.integers(0, 2**16)), lambda drawn: law(*drawn))


def taken(draft: Draft) -> dict[str, float] | None:
    """Return the whole numbers of a case's plan by name, if it has one."""
    solution = solve_case(draft.case())
    if solution.point is None:
        return None
    program = solution.assembly.program
    return {program.column_names[column]: solution.point[column] for column in np.flatnonzero(program.integer).tolist()}
