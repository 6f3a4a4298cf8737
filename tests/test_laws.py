"""Laws that hold for any case: what a change of the inputs may do to the value of the plan."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import strategies as st

from optimizer.case.read import read_case
from optimizer.solve.build import assemble
from tests.cases import drafts
from tests.drafts import Draft, same
from tests.laws import FLOORS, for_all, near, often, worth_of
from tests.variants import LOOSER, dearer, renamed, with_section


@often(15, 500)
def test_a_written_case_reads_the_same_whatever_the_order_of_its_rows(number: int) -> None:
    def law(draft: Draft) -> None:
        tables = {name: listed[::-1] for name, listed in draft.tables.items()}
        hourly = {name: dict(sorted(columns.items())[::-1]) for name, columns in draft.hourly.items()}
        with TemporaryDirectory() as folder:
            Draft(tables, hourly, draft.scenario).write(Path(folder))
            assert same(read_case(Path(folder), draft.scenario), draft.case())

    for_all(number, drafts(FLOORS), law)


@often(25, 600)
def test_a_looser_limit_never_hurts(number: int) -> None:
    def law(draft: Draft, name: str) -> None:
        before, after = worth_of(draft), worth_of(LOOSER[name](draft))
        assert after <= before or after == near(before)

    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from(sorted(LOOSER))), lambda both: law(*both))


@often(12, 300)
def test_other_names_change_nothing(number: int) -> None:
    for_all(number, drafts(FLOORS), lambda draft: unchanged(draft, renamed(draft)))


def unchanged(draft: Draft, other: Draft) -> None:
    """Check that two cases are worth the same."""
    assert worth_of(other) == near(worth_of(draft))


@often(12, 300)
def test_twice_the_money_is_twice_the_cost(number: int) -> None:
    def law(draft: Draft) -> None:
        draft = with_section(draft, "question", lambda _: {"objectives": ("cost",)})
        single, double = (assemble(each.case()).goal("cost") for each in (draft, dearer(draft)))
        np.testing.assert_allclose(double.cost, 2 * single.cost, rtol=1e-12)
        assert double.constant == pytest.approx(2 * single.constant, rel=1e-12)
        assert worth_of(dearer(draft)) == near(2 * worth_of(draft))

    for_all(number, drafts(FLOORS), law)
