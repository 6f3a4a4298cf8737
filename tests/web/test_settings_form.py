"""The form of settings: every key is in it, and what was changed comes back as it was meant."""

import pytest

from models.settings import Settings
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.settings import load_settings, parse_overrides, setting_fields
from optimizer.web.settings_form import HIDDEN, changed_keys, form_of, text_of, unplaced
from tests.conftest import TUTORIAL


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(TUTORIAL)


def test_every_key_is_in_the_form_with_its_value_range_and_meaning(settings: Settings) -> None:
    inputs = {each.key: each for section in form_of(settings, {}) for each in section.inputs}
    assert {*inputs} == {key for key in setting_fields() if "." in key} - {*HIDDEN}
    assert inputs["carbon.cap_kg_per_mwh"].value == "50"
    assert inputs["carbon.cap_kg_per_mwh"].limits.startswith("0 .. 2,000")
    assert inputs["time.replay"].choices == ("true", "false")
    assert inputs["time.days_by"].kind == "choice"
    assert inputs["question.objectives"].value == "compute, cost"
    assert all(each.meaning for each in inputs.values())
    assert not any(section.changed for section in form_of(settings, {}))


def test_a_form_that_is_sent_back_as_it_was_changes_nothing(settings: Settings) -> None:
    typed = {each.key: each.value for section in form_of(settings, {}) for each in section.inputs}
    assert changed_keys(settings, typed) == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [("carbon.cap_kg_per_mwh", "20"), ("siting.closing", "true"), ("time.days_by", "clusters"),
     ("siting.sites_max", "3"), ("question.objectives", "cost"), ("question.objectives", "cost, carbon"),
     ("solve.gaps.cost", "0.5"), ("siting.must", "LYON, BUGEY"),
     ("inputs.factors", "chips.price_eur_per_chip = 0.8"),
     ("inputs.cells", "sites.LYON.land_mw = 50\nsites.*.renewed = true")],
)  # fmt: skip
def test_what_was_changed_is_read_as_it_was_meant(settings: Settings, key: str, text: str) -> None:
    changed = changed_keys(settings, {key: text})
    read = load_settings(TUTORIAL, "base", parse_overrides(f"{name}={value}" for name, value in changed.items()))
    value: object = read
    for name in key.split("."):
        value = getattr(value, name)
    assert text_of(value) == text
    assert form_of(settings, {key: text}) != form_of(settings, {})


@pytest.mark.parametrize(
    ("key", "text"),
    [("carbon.cap_kg_per_mwh", "abc"), ("carbon.cap_kg_per_mwh", ""), ("carbon.cap_kg_per_mwh", "1]\n[solve"),
     ("carbon.cap_kg_per_mwh", "-1"), ("siting.sites_max", "2.5"), ("time.days_by", "luck"), ("solve.gap_share", "5 %"),
     ("inputs.factors", "chips = much"),
     ("question.objectives", 'cost", "x'), ("carbon.cap_kg_per_mwh", "<script>")],
)  # fmt: skip
def test_what_cannot_be_meant_is_shown_at_its_key(settings: Settings, key: str, text: str) -> None:
    typed = {key: text}
    changed = changed_keys(settings, typed)
    with pytest.raises(CaseRefused) as caught:
        load_settings(TUTORIAL, "base", parse_overrides(f"{name}={value}" for name, value in changed.items()))
    faults = caught.value.faults
    shown = {each.key: each for section in form_of(settings, typed, faults) for each in section.inputs}
    assert shown[key].fault or unplaced(faults)
    assert shown[key].value == text


def test_keys_that_are_none_are_left_alone(settings: Settings) -> None:
    assert changed_keys(settings, {"solve.evil": "1", "inputs.overlays": "../.."}) == {}
    assert unplaced((Fault("a", "b", column="no.such"), Fault("a", "b", column="solve.gap_share"))) == [
        Fault("a", "b", column="no.such")
    ]
