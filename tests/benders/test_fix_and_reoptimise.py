from hypothesis import strategies as st

from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, near, often, worth
from tests.test_properties import sound_plan
from tests.variants import with_section

ASKED = {"cover_import_share": 1.0, "cover_counted_once": True, "cover_energy_share": 0.0}
"""With energy to be covered too, that may be what keeps a contract from its zone."""


@often(8, 300)
def test_contracts_match_at_home_but_for_what_is_sent_away(number: int) -> None:
    """Nothing that a plan is judged by depends on it, and it is neither more nor less for that."""

    def law(draft: Draft, share: float) -> None:
        case = with_section(draft, "power", lambda _: {**ASKED, "cover_share": share}).case()
        solution = solve_case(case)
        worth(solution)
        if not solution.has_plan:
            return
        plan = sound_plan(case, solution)
        for zone in plan.zones:
            supply = [row for row in plan.supply if (row.zone, row.period) == (zone.zone, zone.period)]
            sent_mw = sum(
                float(row.cover_forward_mw * (row.from_zone == zone.zone))
                + float(row.cover_backward_mw * (row.to_zone == zone.zone))
                for row in plan.lines
                if row.period == zone.period
            )
            away_mw = sum(row.firm_share * (row.contracted_mw - row.own_mw) for row in supply)
            storage_mw = sum(
                row.firm_share * row.contracted_mw
                for row in supply
                if case.technologies[row.technology].kind == "storage"
            )
            assert away_mw == near(max(sent_mw, storage_mw))

    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from([0.5, 1.0])), lambda drawn: law(*drawn))
