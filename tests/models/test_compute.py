from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models import compute, siting, sizing
from models.case import Case, ExportCap
from models.formulation import build
from tests.models.paper import asking, best, changed, equation, terms

PREFIX = (siting, sizing, compute)


def fitted(*indices: str) -> list[str]:
    return [f"compute.fitted_mw[{index}]" for index in indices]


def test_chips_are_fitted_where_sold_and_where_the_rack_is_carried(model: pyo.ConcreteModel) -> None:
    here = [choice[1:] for choice in model.compute.fitted_mw if choice[0] == "N1"]
    # air carries 50 kW a rack, the large chip comes in racks of 120; the small one is sold until 2030
    assert here == [("small", "air", "p1"), ("small", "liquid", "p1"), ("large", "liquid", "p2")]


def test_servers_in_service_are_those_bought_and_not_yet_worn_out(model: pyo.ConcreteModel, case: Case) -> None:
    small, large = fitted("N1,small,liquid,p1", "N1,large,liquid,p2")
    alive = "compute.alive_mw[N1,liquid,p2]"
    rule = model.compute.servers_in_service_are_those_bought_and_not_yet_worn_out
    assert equation(rule["N1", "liquid", "p2"]) == {alive: 1, small: -1, large: -1, "==": 0}
    worn = build(changed(case, "chips", "small", life_years=5.0), PREFIX)
    rule = worn.compute.servers_in_service_are_those_bought_and_not_yet_worn_out
    assert equation(rule["N1", "liquid", "p2"]) == {alive: 1, large: -1, "==": 0}
    wearing = build(changed(case, "chips", "small", life_years=6.5), PREFIX)
    rule = wearing.compute.servers_in_service_are_those_bought_and_not_yet_worn_out
    assert equation(rule["N1", "liquid", "p2"]) == pytest.approx({alive: 1, small: -0.3, large: -1, "==": 0})


def test_a_chip_that_wears_out_serves_and_draws_for_its_life_and_holds_its_place_till_the_end(case: Case) -> None:
    model = build(changed(case, "chips", "small", life_years=6.5), PREFIX)
    small, large = fitted("N1,small,liquid,p1", "N1,large,liquid,p2")
    served = terms(model.compute.compute_kh100e["N1", "p2"])
    assert (served[small], served[large]) == pytest.approx((0.9 * 0.3, 2.5 * 0.9 / 2))  # 1.5 of five years
    assert terms(model.compute.site_kchips["N1", "p2"])[small] == pytest.approx(0.3)
    assert equation(model.compute.servers_fit_in_halls["N1", "liquid", "p2"]) == {
        small: 1, large: 1, "sizing.halls[N1,liquid,p1]": -20, "sizing.halls[N1,liquid,p2]": -20, "<=": 0,
    }  # fmt: skip
    short = build(changed(case, "chips", "small", life_years=1.5), PREFIX)
    assert terms(short.compute.compute_kh100e["N1", "p1"])[small] == pytest.approx(0.9 * 0.3)


def test_servers_fit_in_halls(model: pyo.ConcreteModel) -> None:
    (small,) = fitted("N1,small,air,p1")
    expected = {small: 1, "sizing.halls[N1,air,p1]": -20, "<=": 0}
    assert equation(model.compute.servers_fit_in_halls["N1", "air", "p1"]) == expected


def test_an_open_site_runs_servers_of_its_least_size(model: pyo.ConcreteModel, case: Case) -> None:
    rule = model.compute.open_site_runs_servers_of_its_least_size
    alive = {f"compute.alive_mw[N1,{cooling},p2]": -1 for cooling in ("air", "liquid")}
    opened = {f"siting.open_in[N1,{period}]": 30 for period in ("p1", "p2")}
    assert equation(rule["N1", "p2"]) == {**alive, **opened, "<=": 0}
    assert {site for site, _ in rule} == {"N1"}
    grown = build(changed(case, "sites", "C1", land_mw=40.0, minimum_mw=25.0), PREFIX)
    extended = equation(grown.compute.open_site_runs_servers_of_its_least_size["C1", "p1"])
    assert extended["siting.open_in[C1,p1]"] == 15  # 10 of the 25 MW stand already
    assert best(grown, grown.siting.opened["N1", "p2"] - 0.001 * grown.compute.site_servers_mw["N1", "p2"]) == (
        pytest.approx(1 - 0.03)
    )


def test_a_site_is_closed_down_only_where_that_is_allowed_and_then_runs_nothing(case: Case) -> None:
    assert not build(case, PREFIX).siting.close_in
    rich = changed(asking(case, "siting", closing=True), "sites", "N1", minimum_mw=30.0)
    model = build(changed(rich, "chips", "small", life_years=5.0), PREFIX)
    assert {*model.siting.close_in} == {("N1", "p2"), ("F1", "p2")}
    standing = {f"siting.open_in[N1,{period}]": -100 for period in ("p1", "p2")}  # land for 100 MW
    alive = {f"compute.alive_mw[N1,{cooling},p2]": 1 for cooling in ("air", "liquid")}
    runs = equation(model.compute.closed_site_runs_no_servers["N1", "p2"])
    assert runs == {**alive, **standing, "siting.close_in[N1,p2]": 100, "<=": 0}
    first = equation(model.siting.only_an_open_site_is_closed["N1", "p2"])
    assert first == {"siting.close_in[N1,p2]": 1, "siting.open_in[N1,p1]": -1, "<=": 0}
    both = model.compute.site_servers_mw["N1", "p1"] - model.compute.site_servers_mw["N1", "p2"]
    assert best(model, both) == pytest.approx(60)  # opened for one period, and closed as its chips are worn out


def test_a_new_site_holds_its_least_chips(case: Case) -> None:
    grown = changed(asking(case, "siting", site_min_kchips=30.0), "sites", "C1", land_mw=40.0)
    model = build(grown, PREFIX)
    rule = model.compute.new_site_holds_its_least_chips
    small = {f"compute.fitted_mw[N1,small,{cooling},p1]": -1 for cooling in ("air", "liquid")}  # 1 kW each
    assert equation(rule["N1", "p1"]) == {**small, "siting.open_in[N1,p1]": 30, "<=": 0}
    assert {site for site, _ in rule} == {"F1", "F2", "N1"}  # not of an extension
    assert not [*build(case, PREFIX).compute.new_site_holds_its_least_chips]


def test_market_delivers_what_is_bought(model: pyo.ConcreteModel) -> None:
    everywhere = fitted("F1,small,air,p1", "F1,small,liquid,p1", "N1,small,air,p1", "N1,small,liquid,p1")
    rule = model.compute.market_delivers_what_is_bought
    assert equation(rule["small", "any", "p1"]) == {**dict.fromkeys(everywhere, 1), "<=": 100}  # 1 kW a chip
    assert equation(rule["small", "tier2", "p1"]) == {**dict.fromkeys(everywhere[:2], 1), "<=": 15}


def test_a_country_buys_no_more_than_its_export_cap_which_is_its_own_or_its_tiers(case: Case) -> None:
    cap = {"jurisdiction": "US", "period": "p1", "source": "test", "quality": "estimate"}
    rows = [ExportCap(place=place, limit_kchips=kchips, **cap) for place, kchips in (("tier2", 10.0), ("AA", 30.0))]
    capped = replace(case, export_caps={(row.jurisdiction, row.place, row.period): row for row in rows})
    capped = changed(capped, "chips", "small", jurisdiction="US")
    rule = build(capped, PREFIX).compute.country_buys_no_more_than_its_export_cap
    here = {"AA": ("N1",), "BB": ("F1",)}  # F2 opens with the second period
    for country, limit in (("AA", 30), ("BB", 10)):
        names = fitted(*(f"{site},small,{cooling},p1" for site in here[country] for cooling in ("air", "liquid")))
        assert equation(rule["US", country, "p1"]) == {**dict.fromkeys(names, 1), "<=": limit}
    assert {*rule} == {("US", "AA", "p1"), ("US", "BB", "p1")}
    own = ExportCap(place="BB", limit_kchips=12.0, **cap)
    freer = replace(capped, export_caps={**capped.export_caps, ("US", "BB", "p1"): own})
    assert equation(build(freer, PREFIX).compute.country_buys_no_more_than_its_export_cap["US", "BB", "p1"])["<="] == 12


def test_a_chip_sells_for_the_share_that_buyers_pay(case: Case) -> None:
    (large,) = fitted("N1,large,liquid,p2")
    whole = changed(case, "chips", "large", life_years=8.0)
    meur = terms(build(whole, PREFIX).compute.residual_meur["p2"])[large]
    half = terms(build(changed(whole, "chips", "large", resale_share=0.5), PREFIX).compute.residual_meur["p2"])[large]
    assert half == pytest.approx(meur / 2)
    assert meur > 0


def test_compute_is_chips_times_throughput_times_availability(model: pyo.ConcreteModel) -> None:
    small_air, small, large = fitted("N1,small,air,p1", "N1,small,liquid,p1", "N1,large,liquid,p2")
    expected = {small_air: 0.9, small: 0.9, large: 2.5 * 0.9 / 2}  # per MW: 1,000 / kW chips
    assert terms(model.compute.compute_kh100e["N1", "p2"]) == pytest.approx(expected)
    assert terms(model.compute.compute_kh100e["C1", "p2"]) == {"1": pytest.approx(10 * 0.9)}


def test_chips_and_servers_of_a_site(model: pyo.ConcreteModel) -> None:
    small_air, small, large = fitted("N1,small,air,p1", "N1,small,liquid,p1", "N1,large,liquid,p2")
    assert terms(model.compute.site_kchips["N1", "p2"]) == {small_air: 1, small: 1, large: 0.5}
    assert terms(model.compute.bought_kchips["N1", "large", "liquid", "p2"]) == {large: 0.5}
    alive = {"compute.alive_mw[N1,air,p2]": 1, "compute.alive_mw[N1,liquid,p2]": 1}
    assert terms(model.compute.site_servers_mw["N1", "p2"]) == alive


def test_gigafactories(case: Case) -> None:
    model = build(asking(case, "siting", gigafactories_min=1, gigafactory_kchips=40.0), PREFIX)
    small_air, small, large = fitted("N1,small,air,p1", "N1,small,liquid,p1", "N1,large,liquid,p2")
    holds = {"compute.gigafactory[N1]": 40, small_air: -1, small: -1, large: -0.5, "<=": 0}
    assert equation(model.compute.gigafactory_holds_its_chips["N1", "p2"]) == holds
    opened_before = {"compute.gigafactory[N1]": 40, "siting.open_in[N1,p2]": -40, small_air: -1, small: -1, "<=": 0}
    assert equation(model.compute.gigafactory_holds_its_chips["N1", "p1"]) == opened_before
    asked = {f"compute.gigafactory[{site}]": 1 for site in ("F1", "F2", "N1")}
    assert equation(model.compute.enough_gigafactories_stand[0]) == {**asked, ">=": 1}
    assert best(model, -sum(model.sizing.halls.values())) == -2  # 40,000 chips of 1 kW need two halls


def test_a_gigafactory_counts_advanced_chips_or_their_compute_in_countries_that_have_committed(case: Case) -> None:
    advanced = {"gigafactories_min": 1, "gigafactory_chip_h100e": 2.0}
    model = build(asking(case, "siting", gigafactory_countries=("AA",), **advanced), PREFIX)
    (large,) = fitted("N1,large,liquid,p2")
    assert [*model.compute.gigafactory] == ["N1"]  # BB, where F1 and F2 are, has not
    holds = {"compute.gigafactory[N1]": 100, large: -0.5, "<=": 0}  # the small chip has one H100e, too little
    assert equation(model.compute.gigafactory_holds_its_chips["N1", "p2"]) == holds
    model = build(asking(case, "siting", gigafactory_by="h100e", gigafactory_kh100e=50.0, **advanced), PREFIX)
    holds = {"compute.gigafactory[N1]": 50, large: -2.5 * 0.9 / 2, "<=": 0}
    assert equation(model.compute.gigafactory_holds_its_chips["N1", "p2"]) == pytest.approx(holds)


def test_a_gigafactory_is_one_from_the_opening_of_its_site(case: Case) -> None:
    """60 MW at N1 are 60 thousand small chips from 2026, or 30 thousand large ones from 2031: 70 are on sale."""
    rich = asking(case, "siting", gigafactories_min=1, gigafactory_kchips=50.0)
    model = build(rich, PREFIX)
    assert best(model, model.siting.open_in["N1", "p1"]) == pytest.approx(1)
    assert best(build(changed(rich, "sites", "N1", permit_year=2031), PREFIX), 0) is None  # 30 thousand large ones
    short = changed(rich, "chips", "small", life_years=5.0)
    assert best(build(short, PREFIX), 0) is None  # worn out in 2031, and no longer sold


def test_money(model: pyo.ConcreteModel) -> None:
    small_air, small, large = fitted("N1,small,air,p1", "N1,small,liquid,p1", "N1,large,liquid,p2")
    assert terms(model.compute.site_capex_meur["N1", "p1"]) == {small_air: 30, small: 30}  # 1,000 chips at 30,000 EUR
    assert terms(model.compute.capex_meur["p2"])[large] == 30  # 500 chips at 60,000 EUR
    assert terms(model.compute.opex_meur["p1"])["compute.alive_mw[N1,air,p1]"] == 0.25
    assert small not in terms(model.compute.residual_meur["p1"])  # ten years old at the end of 2035


@pytest.mark.parametrize(
    ("columns", "left"),
    [
        ({"first_year": 2037}, 30 * 3 / 8),  # comes too late: three of eight years of 30 MEUR
        ({}, 1.125 * 3 * 20 / (2.25 * 5)),  # 20 MEUR buy 2.25 kH100e for five years: 6 MEUR for what is left
        ({"last_year": 2030, "first_year": 2026}, 30 * 3 / 8),  # sold no more
        ({"last_year": 2031, "first_year": 2026}, 6),  # sold in the last period
        ({"price_eur_per_chip": 400_000.0}, 30 * 3 / 8),  # dearer than the old one was new
        ({"availability_share": 0.0}, 30 * 3 / 8),  # computes nothing
        ({"availability_share": 0.45}, 30 * 3 / 8),  # 12 MEUR: the straight line is less
        ({"life_years": 2.5}, 30 * 3 / 8),
        ({"life_years": 4.0}, 7.5),
    ],
)
def test_a_chip_is_worth_what_its_compute_costs_new(case: Case, columns: dict[str, float], left: float) -> None:
    newest = {"chip": "new", "first_year": 2036, "throughput_h100e": 5.0, "price_eur_per_chip": 40_000.0, **columns}
    chips = {**case.chips, "new": case.chips["large"].model_copy(update=newest)}
    here = changed(replace(case, chips=chips), "chips", "large", life_years=8.0)
    if columns.get("first_year", 2036) < 2031:
        here = changed(here, "chips", "new", rack_kw=1000.0)  # nobody can take it in
    model = build(here, PREFIX)
    (large,) = fitted("N1,large,liquid,p2")
    assert terms(model.compute.residual_meur["p2"])[large] == pytest.approx(left)


def test_most_compute_on_paper(case: Case) -> None:
    model = build(case, PREFIX)
    total = sum(model.compute.compute_kh100e[site, "p1"] for site in case.sites)
    # N1 fits 3 liquid halls of 20 MW, BB may import 15,000 chips, C1 has 10 MW; 0.9 of the time all are up
    assert best(model, total) == pytest.approx(0.9 * (60 + 15 + 10))


def test_the_refill_of_a_hall_is_bought_again(case: Case) -> None:
    model = build(changed(case, "chips", "small", life_years=5.0), PREFIX)
    both = model.compute.alive_mw["N1", "liquid", "p1"] + model.compute.alive_mw["N1", "liquid", "p2"]
    assert best(model, both - 0.001 * sum(model.compute.fitted_mw.values())) == pytest.approx(120 - 0.12)
