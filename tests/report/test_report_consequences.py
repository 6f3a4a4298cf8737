"""What the data centres do to others: who is listed, what is called none, and what the sentence adds up."""

import pytest

from models.plan import ConsequenceRow, Plan
from optimizer.report.report_blocks import Table
from optimizer.report.report_consequences import consequences_section, consequences_summary


def row(zone: str, **changed: float) -> ConsequenceRow:
    base = {"price_without_eur_per_mwh": 50.0, "price_with_eur_per_mwh": 50.0, "most_rise_eur_per_mwh": 0.0}
    base |= {"dearer_hours": 0.0, "load_meur": 0.0, "import_without_twh": 1.0, "import_with_twh": 1.0}
    base |= {"emission_without_kt": 10.0, "emission_with_kt": 10.0, "headroom_taken_mw": 0.0, "headroom_left_mw": 30.0}
    return ConsequenceRow(zone=zone, period="p2", **(base | changed))


@pytest.fixture
def plan(tutorial_plan: Plan) -> Plan:
    rows = (
        row("EAST", price_with_eur_per_mwh=50.004, import_with_twh=1.0004, emission_with_kt=10.04),
        row("NORTH", headroom_taken_mw=20.0, headroom_left_mw=10.0, price_with_eur_per_mwh=52.5, load_meur=3.0),
        row("WEST", load_meur=-1.0, import_with_twh=0.5),
    )
    return tutorial_plan.model_copy(update={"consequences": rows})


def test_hosts_come_first_and_small_changes_are_none(plan: Plan) -> None:
    section = consequences_section(plan)
    assert section is not None
    (found,) = (block for block in section.blocks if isinstance(block, Table))
    assert [listed[0] for listed in found.rows] == ["Northern zone", "Western zone", "Eastern zone"]
    changes = {str(listed[0]): [listed[place] for place in (2, 5, 7, 9)] for listed in found.rows}
    assert changes["Eastern zone"] == ["none"] * 4
    assert changes["Northern zone"] == [2.5, 3.0, "none", "none"]
    assert changes["Western zone"] == ["none", -1.0, -0.5, "none"]


def test_the_sentence_says_where_prices_rise_most_who_pays_and_what_is_left(plan: Plan) -> None:
    text = consequences_summary(plan)
    assert "rises most in Northern zone, by 2.50 EUR/MWh" in text
    assert "would pay 2 MEUR more a year" in text
    assert "take 20 MW of the headroom at the substations of 90 MW" in text


def test_a_plan_written_before_this_was_told_has_no_section(tutorial_plan: Plan) -> None:
    old = tutorial_plan.model_copy(update={"consequences": ()})
    assert consequences_section(old) is None
    assert not consequences_summary(old)
