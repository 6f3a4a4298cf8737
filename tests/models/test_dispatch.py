"""The day d001 of p2: hours 0 and 1, gas and a battery in FAR, a reservoir and new wind in NEAR, one line."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from models.case import Case, MarginalCost
from models.day_parameters import day_layout, day_numbers
from models.dispatch import Links, write_day
from models.formulation import build
from tests.drafts import Cells
from tests.models.paper import DECLINED, GROWN, asking, best, changed, equation, terms
from tests.networks import network
from tests.variants import with_cells, with_section


@pytest.fixture(scope="module")
def day(model: pyo.ConcreteModel) -> Any:
    return model.dispatch.days["p2", "d001"]


def own(listed: dict[str, float]) -> dict[str, float]:
    """Return coefficients with the day's own variables by their short names."""
    return {name.removeprefix("dispatch.days[p2,d001]."): value for name, value in listed.items()}


def test_servers_draw_power_with_their_cooling(day: Any) -> None:
    alive = {"compute.alive_mw[N1,air,p2]": -1.2 * 0.8, "compute.alive_mw[N1,liquid,p2]": -1.1 * 0.8}
    rule = day.servers_draw_power_with_their_cooling["NEAR", 0]
    assert own(equation(rule)) == pytest.approx({"servers_mw[NEAR,0]": 1, **alive, "==": 0})


def test_output_stays_within_availability(day: Any, model: pyo.ConcreteModel) -> None:
    rule = day.output_stays_within_availability
    assert own(equation(rule["FAR", "gas", 1])) == {"output_mw[FAR,gas,1]": 1, "<=": 450}
    wind = {"output_mw[NEAR,wind,1]": 1, "power.plant_mw[NEAR,wind,p2]": -0.2, "<=": 0}
    assert own(equation(rule["NEAR", "wind", 1])) == pytest.approx(wind)
    early = model.dispatch.days["p1", "d001"].output_stays_within_availability
    assert [*equation(early["NEAR", "wind", 1]).items()][1:] == [("<=", 0)]  # no new wind stands in p1


def test_reservoir_gives_what_is_allotted(day: Any) -> None:
    given = {"output_mw[NEAR,hydro,0]": 1, "output_mw[NEAR,hydro,1]": 1}
    allotted = {"power.allotted_mw[NEAR,hydro,p2,d001]": -2}  # a mean over two hours
    assert own(equation(day.reservoir_gives_what_is_allotted["NEAR", "hydro"])) == {**given, **allotted, "<=": 0}


def test_storage_stays_within_its_size(day: Any) -> None:
    new = {"power.plant_mw[FAR,battery,p2]": -1}
    charging = equation(day.charging_stays_within_capacity["FAR", "battery", 0])
    assert own(charging) == {"charge_mw[FAR,battery,0]": 1, **new, "<=": 10}
    discharging = equation(day.discharging_stays_within_capacity["FAR", "battery", 0])
    assert own(discharging) == {"discharge_mw[FAR,battery,0]": 1, **new, "<=": 10}
    level = equation(day.level_stays_within_the_store["FAR", "battery", 0])
    assert own(level) == {"level_mwh[FAR,battery,0]": 1, "power.plant_mw[FAR,battery,p2]": -4, "<=": 4 * 10}


@pytest.mark.parametrize(("hour", "before"), [(0, 1), (1, 0)])
def test_storage_ends_the_day_as_it_began(day: Any, hour: int, before: int) -> None:
    levels = {f"level_mwh[FAR,battery,{hour}]": 1, f"level_mwh[FAR,battery,{before}]": -1}
    flows = {f"charge_mw[FAR,battery,{hour}]": -0.9, f"discharge_mw[FAR,battery,{hour}]": 1 / 0.9}  # 0.81 both ways
    rule = day.storage_ends_the_day_as_it_began["FAR", "battery", hour]
    assert own(equation(rule)) == pytest.approx({**levels, **flows, "==": 0})


def test_energy_balances(day: Any) -> None:
    near: dict[str, float] = {
        "output_mw[NEAR,hydro,0]": 1,
        "output_mw[NEAR,wind,0]": 1,
        "shed_mw[NEAR,0]": 1,
        "servers_mw[NEAR,0]": -1,
    }
    near |= {"forward_mw[N-F,0]": -1.0, "backward_mw[N-F,0]": 0.98}
    committed = 10 * 0.8 * 1.2
    assert own(equation(day.energy_balances["NEAR", 0])) == pytest.approx({**near, "==": 100 + committed})
    far: dict[str, float] = {
        "output_mw[FAR,gas,1]": 1,
        "discharge_mw[FAR,battery,1]": 1,
        "charge_mw[FAR,battery,1]": -1,
    }
    far |= {"forward_mw[N-F,1]": 0.98, "backward_mw[N-F,1]": -1, "shed_mw[FAR,1]": 1, "servers_mw[FAR,1]": -1}
    grown = 300 * GROWN
    assert own(equation(day.energy_balances["FAR", 1])) == pytest.approx({**far, "==": grown})
    assert day.forward_mw["N-F", 0].bounds == (0, 100)
    assert day.backward_mw["N-F", 0].bounds == (0, 50)


def test_flow_stays_within_what_is_usable(case: Case, day: Any) -> None:
    """A line of the third of five years carries three fifths of its capacity in their mean, and no cover."""
    assert not day.flow_stays_within_what_is_usable  # a line that stands is limited by its bounds alone
    planned = case.lines["N-F"].model_copy(update={"first_year": 2033})
    model = build(replace(case, lines={"N-F": planned}))
    early, late = (model.dispatch.days[period, "d001"].flow_stays_within_what_is_usable for period in ("p1", "p2"))
    assert equation(early["N-F", "forward", 1]) == {"dispatch.days[p1,d001].forward_mw[N-F,1]": 1, "<=": 0}
    assert own(equation(late["N-F", "forward", 1])) == pytest.approx({"forward_mw[N-F,1]": 1, "<=": 100 * 3 / 5})
    assert own(equation(late["N-F", "backward", 0])) == pytest.approx({"backward_mw[N-F,0]": 1, "<=": 50 * 3 / 5})
    assert model.power.forward_mw["N-F", "p2"].bounds == (0, 0)
    assert build(case).power.forward_mw["N-F", "p2"].bounds[1] > 0


def test_summer_has_its_own_share_of_the_lines(case: Case) -> None:
    """The second of two days begins in the middle of the record: it is one of summer."""
    always = build(asking(case, "power", usable_transfer_share=0.7)).dispatch.days["p2", "d002"]
    assert not always.flow_stays_within_what_is_usable
    assert always.forward_mw["N-F", 0].bounds == (0, pytest.approx(70))
    seasons = build(asking(case, "power", usable_transfer_share=0.9, usable_transfer_summer_share=0.5))
    winter, summer = (
        seasons.dispatch.days["p2", day].flow_stays_within_what_is_usable["N-F", "forward", 1]
        for day in ("d001", "d002")
    )
    assert own(equation(winter)) == pytest.approx({"forward_mw[N-F,1]": 1, "<=": 90})
    assert list(equation(summer).values()) == pytest.approx([1, 50])


def test_plants_that_are_brought_online(case: Case) -> None:
    kind = {"minimum_load_share": 0.4, "ramp_share_per_hour": 0.5, "start_eur_per_mw": 60}
    found = build(changed(case, "technologies", "gas", **kind)).dispatch.days["p2", "d001"]
    gas = ("FAR", "gas", 0)  # around the day, hour 1 comes before hour 0
    assert set(found.online_mw) == {("FAR", "gas", 0), ("FAR", "gas", 1)}
    assert own(equation(found.what_is_online_is_available[gas])) == {"online_mw[FAR,gas,0]": 1, "<=": 450}
    within = {"output_mw[FAR,gas,0]": 1, "online_mw[FAR,gas,0]": -1, "<=": 0}
    assert own(equation(found.output_comes_from_what_is_online[gas])) == within
    least = {"output_mw[FAR,gas,0]": 1, "online_mw[FAR,gas,0]": -0.4, ">=": 0}
    assert own(equation(found.what_is_online_runs_at_its_minimum_load[gas])) == least
    (started,) = (own(equation(found.what_comes_online_is_started[gas])),)
    sign = started["online_mw[FAR,gas,0]"]
    start = {"online_mw[FAR,gas,0]": 1, "online_mw[FAR,gas,1]": -1, "started_mw[FAR,gas,0]": -1}
    assert started == {**{name: sign * value for name, value in start.items()}, "<=" if sign > 0 else ">=": 0}
    above = {"output_mw[FAR,gas,0]": 1, "output_mw[FAR,gas,1]": -1}
    rise = {**above, "online_mw[FAR,gas,0]": -0.4 - 0.5, "online_mw[FAR,gas,1]": 0.4, "<=": 0}
    assert own(equation(found.output_rises_no_faster_than_plants_can[gas])) == pytest.approx(rise)
    fall = {"output_mw[FAR,gas,1]": 1, "output_mw[FAR,gas,0]": -1, "online_mw[FAR,gas,0]": 0.4}
    fall |= {"online_mw[FAR,gas,1]": -0.4 - 0.5, "<=": 0}
    assert own(equation(found.output_falls_no_faster_than_plants_can[gas])) == pytest.approx(fall)
    assert own(terms(found.operating_meur))["started_mw[FAR,gas,1]"] == pytest.approx(60 * 2190 / 1e6)
    slack = build(changed(case, "technologies", "gas", **{**kind, "ramp_share_per_hour": 0.6}))
    rules = slack.dispatch.days["p2", "d001"]
    assert not rules.output_rises_no_faster_than_plants_can  # the minimum and an hour's ramp reach all there is


def test_what_must_run_runs_and_may_be_spilled(case: Case) -> None:
    forced = changed(case, "fleets", ("FAR", "gas", 2031), must_run_share=0.2)
    model = build(asking(forced, "power", must_run_summer_share=0.5))
    winter, summer = (model.dispatch.days["p2", day] for day in ("d001", "d002"))
    assert own(equation(winter.what_must_run_runs["FAR", "gas", 1])) == {"output_mw[FAR,gas,1]": -1, "<=": -90}
    assert list(equation(summer.what_must_run_runs["FAR", "gas", 1]).values()) == [-1, -45]
    assert own(equation(winter.energy_balances["FAR", 0]))["spilled_mw[FAR,0]"] == -1
    assert set(winter.spilled_mw) == {("FAR", 0), ("FAR", 1)}
    early = model.dispatch.days["p1", "d001"].what_must_run_runs["FAR", "gas", 0]
    assert list(equation(early).values()) == [-1, 0]


def test_a_zone_has_its_own_marginal_cost(case: Case) -> None:
    local = MarginalCost(zone="FAR", technology="gas", marginal_eur_per_mwh=40, source="test", quality="estimate")
    days = build(replace(case, marginal_costs={("FAR", "gas"): local})).dispatch.days["p2", "d001"]
    assert own(terms(days.operating_meur))["output_mw[FAR,gas,0]"] == pytest.approx(40 * 2190 / 1e6)


def by_hand(load_mw: tuple[float, float], power: Mapping[str, float], nuclear: Cells, **fleet: Any) -> float:
    """Return the least cost of a day of two hours, EUR: 100 MW of nuclear power at 10 EUR/MWh, gas at 90."""
    plants = [("nuclear", "A", 100.0, 10.0), ("gas", "A", 200.0, 90.0)]
    drawn = network("two hours", {"A": 0.0}, plants, [])
    drawn = replace(drawn, hourly={"load": {"A": [*load_mw] * 2}, "carbon": {"A": [0.0] * 4}})
    drawn = with_section(drawn, "time", lambda _: {"hours_per_day": 2, "representative_days": 2})
    drawn = with_section(drawn, "power", lambda _: power)
    drawn = with_cells(drawn, "technologies", lambda row: nuclear if row["technology"] == "nuclear" else {})
    drawn = with_cells(drawn, "fleets", lambda row: fleet if row["technology"] == "nuclear" else {})
    model = build(drawn.case())
    for variable in model.siting.open_in.values():
        variable.fix(0)  # a data centre would be paid for what must run
    cost = best(model, model.dispatch.opex_meur["P"], pyo.minimize)
    assert cost is not None
    return cost * 1e6 / 4380  # two days of two hours stand for 4,380


@pytest.mark.parametrize(
    ("ramp", "start", "expected"),
    [
        (1.0, 0, 1200),  # 100 and 20 MW, all nuclear
        (1.0, 30, 1200 + 60 * 30),  # at most 40 MW online where 20 are used: 60 started
        (1.0, 100, 200 + 40 * 10 + 60 * 90),  # dearer to start than to burn gas
        (0.3, 30, 200 + 90 * 10 + 10 * 90 + 80 * 30),  # 20 online and all used, so that 50 + 10 + 30 are reached
        (0.3, 50, 200 + 80 * 10 + 20 * 90 + 60 * 50),  # the further 20 started would cost more than the 10 MW are worth
    ],
)
def test_minimum_load_ramp_and_starts_on_paper(ramp: float, start: float, expected: float) -> None:
    nuclear = {"minimum_load_share": 0.5, "ramp_share_per_hour": ramp, "start_eur_per_mw": start}
    assert by_hand((100.0, 20.0), {}, nuclear) == pytest.approx(expected)


def test_must_run_on_paper() -> None:
    """30 of the 100 MW run whatever the price: 10 of them are spilled where 20 are used; in summer none."""
    assert by_hand((100.0, 20.0), {}, {}, must_run_share=0.3) == pytest.approx(1000 + 300)
    half = by_hand((100.0, 20.0), {"must_run_summer_share": 0.5}, {}, must_run_share=0.3)
    assert half == pytest.approx(1000 + (300 + 200) / 2)


def test_voltage_drops_cancel_around_every_cycle(case: Case, day: Any) -> None:
    assert not day.voltage_drops_cancel_around_every_cycle  # a line without reactance takes what it is told
    second = case.lines["N-F"].model_copy(update={"line": "second", "reactance_pu": 0.2, "loss_share": 0.0})
    first = second.model_copy(update={"line": "N-F", "reactance_pu": 0.1})
    both = build(replace(case, lines={"N-F": first, "second": second})).dispatch.days["p2", "d001"]
    law = {"forward_mw[second,1]": 2, "backward_mw[second,1]": -2, "forward_mw[N-F,1]": -1, "backward_mw[N-F,1]": 1}
    (index,) = {line for line, _ in both.voltage_drops_cancel_around_every_cycle}
    found = own(equation(both.voltage_drops_cancel_around_every_cycle[index, 1]))
    sign = found["forward_mw[second,1]"] / 2
    assert found == pytest.approx({**{name: sign * value for name, value in law.items()}, "==": 0})


def test_hardly_any_load_is_shed(day: Any) -> None:
    shed = {f"shed_mw[{zone},{hour}]": 1 for zone in ("FAR", "NEAR") for hour in (0, 1)}
    load_mwh = 2 * (100 + 9.6) + (200 + 300) * GROWN
    assert own(equation(day.hardly_any_load_is_shed)) == pytest.approx({**shed, "<=": 0.01 * load_mwh})


def test_matching(day: Any) -> None:
    drawn = equation(day.matching_stays_within_the_draw["NEAR", 0])
    assert own(drawn) == {"matched_mw[NEAR,0]": 1, "servers_mw[NEAR,0]": -1, "<=": 0}
    plants = {"power.own_mw[NEAR,hydro,p2]": -0.5, "power.plant_mw[NEAR,wind,p2]": -0.4}  # a reservoir's mean
    needed = equation(day.matching_needs_contracted_or_built_plant["NEAR", 0])
    assert own(needed) == pytest.approx({"matched_mw[NEAR,0]": 1, **plants, "<=": 0})
    nothing = equation(day.matching_needs_contracted_or_built_plant["FAR", 0])
    assert own(nothing) == {"matched_mw[FAR,0]": 1, "<=": 0}


def test_unmatched_draw_emits_at_the_zone_intensity(day: Any) -> None:
    tonnes = {("NEAR", 0): 0.02, ("NEAR", 1): 0.02, ("FAR", 0): 0.5 * DECLINED, ("FAR", 1): 0.6 * DECLINED}
    drawn = {f"servers_mw[{zone},{hour}]": rate for (zone, hour), rate in tonnes.items()}
    matched = {f"matched_mw[{zone},{hour}]": -rate for (zone, hour), rate in tonnes.items()}
    expected = {**drawn, **matched, "carbon.emitted_t[p2,d001]": -1, "<=": 0}
    assert own(equation(day.unmatched_draw_emits_at_the_zone_intensity)) == pytest.approx(expected)


def test_running_cost_of_all_such_days(day: Any, model: pyo.ConcreteModel) -> None:
    per_mw = 2190 / 1e6
    cost = {f"output_mw[FAR,gas,{hour}]": 100 * per_mw for hour in (0, 1)}
    cost |= {f"output_mw[NEAR,hydro,{hour}]": 10 * per_mw for hour in (0, 1)}
    cost |= {f"shed_mw[{zone},{hour}]": 8000 * per_mw for zone in ("FAR", "NEAR") for hour in (0, 1)}
    assert own(terms(day.operating_meur)) == pytest.approx(cost)
    year = terms(model.dispatch.opex_meur["p2"])
    assert len(year) == 2 * len(cost)
    assert year["dispatch.days[p2,d002].output_mw[FAR,gas,0]"] == pytest.approx(100 * per_mw)


def test_a_store_may_cost_to_run(case: Case) -> None:
    model = build(changed(case, "technologies", "battery", marginal_eur_per_mwh=5.0))
    cost = own(terms(model.dispatch.days["p2", "d001"].operating_meur))
    assert cost["discharge_mw[FAR,battery,0]"] == pytest.approx(5 * 2190 / 1e6)


def running(case: Case) -> float | None:
    """Return the least running cost of a year of the first period without any new server or growth of load, MEUR."""
    model = build(changed(case, "zones", "FAR", load_growth_share=0.0))
    for variable in (*model.siting.open_in.values(), *model.demand.served_kh100e.values()):
        variable.fix(0)
    model.demand.region_gets_its_coverage.deactivate()
    model.demand.coverage_beyond_committed_compute_has_a_site_in_reach.deactivate()
    model.power.built_mw["FAR", "battery", "p1"].fix(0)
    return best(model, model.dispatch.opex_meur["p1"], pyo.minimize)


def test_cheapest_dispatch_on_paper(case: Case) -> None:
    """The reservoir's 200 MW on average are all used; gas does the rest, and the battery has nothing to gain."""
    load = 2190 * (2 * (100 + 9.6) + 2 * (150 + 9.6))
    hydro = 2190 * 4 * 200
    sent = hydro - load
    gas = 2190 * (200 + 300 + 200 + 200) - 0.98 * sent
    assert running(case) == pytest.approx((10 * hydro + 100 * gas) / 1e6)


def test_a_line_that_is_full_leaves_water_behind(case: Case) -> None:
    narrow = changed(case, "lines", "N-F", forward_mw=10.0)
    hydro = 2190 * (2 * (100 + 9.6 + 10) + 2 * (150 + 9.6 + 10))
    gas = 2190 * (200 + 300 + 200 + 200 - 4 * 9.8)
    assert running(narrow) == pytest.approx((10 * hydro + 100 * gas) / 1e6)


def test_load_that_nothing_serves_is_shed_or_forbidden(case: Case) -> None:
    alone = replace(changed(case, "fleets", ("FAR", "gas", 2026), capacity_mw=299.0), lines={})
    alone = replace(alone, fleets={key: row for key, row in alone.fleets.items() if key[1] != "battery"})
    hydro = 2190 * (2 * (100 + 9.6) + 2 * (150 + 9.6))
    gas = 2190 * (200 + 299 + 200 + 200)
    assert running(alone) == pytest.approx((10 * hydro + 100 * gas + 8000 * 2190 * 1) / 1e6)
    assert running(asking(alone, "power", shed_share=0.001)) is None  # one MWh of 719 is more than a thousandth


def test_flexible_work(case: Case) -> None:
    """Three tenths may wait; servers in use at 0.8 can do 0.25 more than they draw."""
    model = build(asking(case, "service", flexible_share=0.3))
    day = model.dispatch.days["p2", "d001"]
    assert own(equation(day.energy_balances["NEAR", 0])).items() >= {
        "servers_mw[NEAR,0]": -0.7, "flexible_mw[NEAR,0]": -1}.items()  # fmt: skip
    done = {f"flexible_mw[NEAR,{hour}]": 1 for hour in (0, 1)} | {f"servers_mw[NEAR,{hour}]": -0.3 for hour in (0, 1)}
    assert own(equation(day.flexible_work_is_done_within_a_day["NEAR", 0])) == pytest.approx({**done, "==": 0})
    room = equation(day.flexible_work_stays_within_the_servers["NEAR", 1])
    assert own(room) == pytest.approx({"flexible_mw[NEAR,1]": 1, "servers_mw[NEAR,1]": -0.55, "<=": 0})


def test_flexible_work_is_done_within_24_hours_of_a_longer_day(case: Case) -> None:
    hourly = {
        table: {key: np.tile(hours, 18) for key, hours in series.items()} for table, series in case.hourly.items()
    }
    long = replace(asking(case, "time", hours_per_day=72), hourly=hourly)
    layout = day_layout(asking(long, "service", flexible_share=0.3))
    assert [(hours[0], hours[-1]) for hours in layout.windows] == [(0, 23), (24, 47), (48, 71)]
    assert not day_layout(long).flexible


@pytest.mark.parametrize(("share", "saved_mwh"), [(0.0, 0.0), (0.1, 10.0), (0.5, 25.0)])
def test_work_waits_for_the_cheaper_hour_on_paper(case: Case, share: float, saved_mwh: float) -> None:
    """Servers draw 100 MW at FAR; wind of a year gives 1,000 MW in hour 0 and gas the rest of hour 1.

    Of the 100 MWh of hour 1 a tenth may wait, or as much as servers in use at 0.8 can do besides in hour 0: a quarter.
    """
    wind = {"FAR.wind": np.array([1.0, 0.0, 1.0, 0.0])}
    load = {zone: np.zeros(4) for zone in case.zones}
    fleet = case.fleets["FAR", "gas", 2026]
    fleets = {("FAR", "wind", 2026): fleet.model_copy(update={"technology": "wind", "capacity_mw": 1000.0})}
    fleets |= {("FAR", "gas", 2026): fleet}
    bare = replace(case, fleets=fleets, lines={}, reservoirs={}, potentials={}, hourly={**case.hourly, "load": load})
    bare = replace(bare, hourly={**bare.hourly, "availability": wind})
    bare = asking(changed(bare, "sites", "C1", committed_year=2100), "service", flexible_share=share)
    day = pyo.ConcreteModel()
    layout, numbers = day_layout(bare), day_numbers(bare, day_layout(bare), "p1", bare.days[0])
    zero = lambda *_: 0.0  # noqa: E731
    alive = lambda site, cooling: 100 / (1.2 * 0.8) * ((site, cooling) == ("F1", "air"))  # noqa: E731
    others = {name: zero for name in Links.__dataclass_fields__ if name not in ("alive_mw", "emitted_t")}
    write_day(day, bare, layout, Links(alive_mw=alive, emitted_t=lambda: 1e9, **others), numbers)
    assert best(day, day.operating_meur, pyo.minimize) == pytest.approx((100 - saved_mwh) * 100 * 2190 / 1e6)
