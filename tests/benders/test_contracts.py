"""Contracts with a term, cover that sustains the draw: the engine against the formulation, and what they may do."""

from hypothesis import strategies as st

from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, near, often, worth, worth_of
from tests.test_properties import sound_plan
from tests.variants import with_section
from tests.written import optimum, written_out

EVERYTHING = {"cover_share": 1.0, "cover_energy_share": 1.0, "cover_import_share": 1.0, "cover_counted_once": True}
TERMS = st.sampled_from([3.0, 5.0, 12.0])


def with_power(draft: Draft, **power: object) -> Draft:
    """Return the draft with all that is asked of cover, and other keys of that section."""
    return with_section(draft, "power", lambda _: {**EVERYTHING, **power})


@often(12, 400)
def test_the_engine_agrees_with_the_formulation_and_the_audit_with_the_engine(number: int) -> None:
    def law(draft: Draft, years: float, spare: bool) -> None:
        case = with_power(draft, contract_years=years, cover_spare_lines=spare).case()
        solution = solve_case(case)
        goal = case.settings.question.objectives[0]
        assert optimum(written_out(case, solution.baseline)[goal]) == near(worth(solution))
        if solution.has_plan:
            sound_plan(case, solution)

    for_all(number, st.tuples(drafts(FLOORS), TERMS, st.booleans()), lambda drawn: law(*drawn))


@often(6, 300)
def test_a_contract_that_binds_longer_never_helps(number: int) -> None:
    def law(draft: Draft, years: float) -> None:
        bound, free = (worth_of(with_power(draft, contract_years=each)) for each in (years, 0.0))
        assert bound >= free or bound == near(free)

    for_all(number, st.tuples(drafts(FLOORS), TERMS), lambda drawn: law(*drawn))


@often(6, 300)
def test_nothing_counted_twice_never_helps(number: int) -> None:
    def law(draft: Draft) -> None:
        once, twice = (worth_of(with_power(draft, cover_counted_once=each)) for each in (True, False))
        assert once >= twice or once == near(twice)

    for_all(number, drafts(FLOORS), law)
