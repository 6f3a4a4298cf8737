from models.case import Case
from optimizer.benders import solve_objective
from tests.benchmarks.search import WITHOUT, constants, page, row_of, searched


def test_what_is_left_out_is_back_afterwards_and_changes_no_optimum(tutorial_case: Case) -> None:
    before = solve_objective.KERNEL_ROUNDS
    rows = [row_of("tutorial", name, *searched(tutorial_case, values)) for name, values in WITHOUT.items()]
    with constants(WITHOUT["no kernel of promising sites"]):
        assert before != 0 == solve_objective.KERNEL_ROUNDS
    assert before == solve_objective.KERNEL_ROUNDS
    assert {row[2] for row in rows} == {"solved"}
    text = page(rows, 10)
    assert all(name in text for name in WITHOUT)
