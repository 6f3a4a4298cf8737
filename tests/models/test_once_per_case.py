import gc
import weakref
from dataclasses import replace

from models.case import Case
from models.once_per_case import once_per_case


def test_an_answer_is_worked_out_once_for_each_case_and_argument(tutorial_case: Case) -> None:
    asked = []

    @once_per_case
    def name_of(case: Case, ending: str) -> str:
        asked.append(ending)
        return case.name + ending

    other = replace(tutorial_case, name="other")
    for _ in range(2):
        assert name_of(tutorial_case, "!") == "tutorial!"
        assert name_of(other, "!") == "other!"
        assert name_of(tutorial_case, "?") == "tutorial?"
    assert asked == ["!", "!", "?"]


def test_a_case_that_is_gone_takes_its_answers_with_it(tutorial_case: Case) -> None:
    class Answer:
        pass

    @once_per_case
    def answer_of(case: Case) -> Answer:
        return Answer()

    gone = replace(tutorial_case)
    left = weakref.ref(answer_of(gone))
    assert left() is not None
    del gone
    gc.collect()
    assert left() is None
