import itertools
import warnings
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from models.case import Array, Fleet
from models.settings import Time
from optimizer.prepare.day_clusters import medoids
from optimizer.prepare.moment_matching import match_moments
from optimizer.prepare.representative_days import choose_days, hours_left_out, whole_days

HOURS = np.arange(8760)


def fleet(zone: str, technology: str, capacity_mw: float) -> dict[tuple[str, str, int], Fleet]:
    row = Fleet(
        zone=zone,
        technology=technology,
        from_year=2025,
        capacity_mw=capacity_mw,
        uncontracted_share=0,
        source="test",
        quality="estimate",
    )
    return {(zone, technology, 2025): row}


@pytest.fixture(scope="module")
def load() -> dict[str, Array]:
    season = 1.0 + 0.2 * np.cos(2 * np.pi * HOURS / 8760) - 0.1 * np.cos(2 * np.pi * HOURS / 24)
    return {"NORTH": 10_000.0 * season, "SOUTH": 20_000.0 * season}


@pytest.fixture(scope="module")
def availability() -> dict[str, Array]:
    windy = np.repeat(0.2 + 0.8 * np.random.default_rng(7).random(365), 24)
    windy[24 * 20 : 24 * 21] = 0.0
    return {"NORTH.wind": windy, "SOUTH.solar": np.clip(np.sin(2 * np.pi * (HOURS % 24 - 6) / 24), 0.0, None)}


FLEETS = fleet("NORTH", "wind", 15_000) | fleet("SOUTH", "solar", 9_000) | fleet("SOUTH", "coal", 9_000)


@pytest.mark.parametrize(("wanted", "extremes"), list(itertools.product((1, 2, 3, 8, 365, 366), (True, False))))
def test_days_are_real_in_order_and_stand_for_the_year(
    load: dict[str, Array], availability: dict[str, Array], wanted: int, extremes: bool
) -> None:
    days = choose_days(
        {"load": load, "availability": availability}, FLEETS, Time(representative_days=wanted, extremes=extremes)
    )
    assert len(days) == min(wanted, 365)
    assert 24 * sum(day.weight for day in days) == 8760
    assert all(day.weight > 0 and day.first_hour % 24 == 0 for day in days)
    assert [day.first_hour for day in days] == sorted({day.first_hour for day in days})
    assert [day.day for day in days] == [f"d{number:03d}" for number in range(1, len(days) + 1)]


def test_the_hardest_day_is_kept(load: dict[str, Array], availability: dict[str, Array]) -> None:
    days = choose_days({"load": load, "availability": availability}, FLEETS, Time(representative_days=4))
    assert [day.weight for day in days if day.first_hour == 24 * 20] == [1.0]


def test_the_hardest_days_of_zones_are_kept_too(load: dict[str, Array], availability: dict[str, Array]) -> None:
    """NORTH has its own calm day in April, worse in all than the day of the highest hour, which is all zones'."""
    calm = {**availability, "NORTH.wind": availability["NORTH.wind"].copy()}
    calm["NORTH.wind"][24 * 100 : 24 * 101] = 0.0
    dark = {**load, "NORTH": load["NORTH"].copy()}
    dark["NORTH"][24 * 100 : 24 * 101] *= 1.3
    asked = Time(representative_days=4, worst_zones=("NORTH",))
    for days_by in ("means", "clusters"):
        days = choose_days({"load": dark, "availability": calm}, FLEETS, asked.model_copy(update={"days_by": days_by}))
        assert [day.weight for day in days if day.first_hour == 24 * 100] == [1.0]
        assert len(days) == 4
    plain = choose_days({"load": dark, "availability": calm}, FLEETS, Time(representative_days=4))
    assert 24 * 100 not in {day.first_hour for day in plain}


def test_choosing_twice_chooses_the_same_whatever_the_order(
    load: dict[str, Array], availability: dict[str, Array]
) -> None:
    time = Time(representative_days=6)
    turned = choose_days(
        {"load": dict(reversed(load.items())), "availability": availability}, dict(reversed(FLEETS.items())), time
    )
    assert choose_days({"load": load, "availability": availability}, FLEETS, time) == turned


@pytest.mark.parametrize("days_by", ["means", "clusters"])
def test_more_days_follow_the_year_more_closely(
    load: dict[str, Array], availability: dict[str, Array], days_by: Literal["means", "clusters"]
) -> None:
    wind = availability["NORTH.wind"].reshape(365, 24).mean(axis=1)
    levels = np.linspace(0.0, 1.0, 101)

    def missed(wanted: int) -> float:
        time = Time(representative_days=wanted, extremes=False, days_by=days_by)
        days = choose_days({"load": load, "availability": availability}, FLEETS, time)
        stands_for = np.array([wind[day.first_hour // 24] for day in days])
        weights = np.array([day.weight for day in days]) / 365
        above = [weights[stands_for > level].sum() - (wind > level).mean() for level in levels]
        return float(np.abs(above).mean())

    assert missed(24) < missed(6) < missed(1)


def test_days_by_means_meet_the_means_of_every_table(load: dict[str, Array], availability: dict[str, Array]) -> None:
    carbon = {"NORTH": np.repeat(np.random.default_rng(3).uniform(20, 90, 365), 24)}
    hourly = {"load": load, "availability": availability, "carbon": carbon}
    worst = {}
    for days_by in ("means", "clusters"):
        days = choose_days(hourly, FLEETS, Time(representative_days=6, days_by=days_by))
        weights = np.array([day.weight for day in days]) / 365
        hours = np.array([day.first_hour for day in days])[:, None] + np.arange(24)
        series = [column for columns in hourly.values() for column in columns.values()]
        worst[days_by] = max(abs(weights @ each[hours].mean(axis=1) / each.mean() - 1) for each in series)
    assert worst["means"] < 0.02
    assert worst["means"] < worst["clusters"] / 3


@pytest.mark.parametrize("seed", range(6))
def test_no_exchange_of_one_day_matches_the_year_better(seed: int) -> None:
    draw = np.random.default_rng(seed)
    every, wanted = 14, 3
    apart = draw.normal(size=(every, 5))
    apart -= apart.mean(axis=0)
    kept = [2] if seed % 2 else []

    def missed(chosen: tuple[int, ...]) -> float:
        rest = every - len(kept)

        def miss(days: Array) -> float:
            sums = (days @ apart[list(chosen)] + apart[kept].sum(axis=0)) / every
            return float((sums**2).sum() + 0.01 * wanted * ((days / every - days.mean() / every) ** 2).sum())

        found = minimize(
            miss,
            np.full(wanted, rest / wanted),
            method="SLSQP",
            bounds=[(1, None)] * wanted,
            constraints={"type": "eq", "fun": lambda days: days.sum() - rest},
            options={"ftol": 1e-12, "maxiter": 500},
        )
        assert found.success
        return float(found.fun)

    days = match_moments(apart, [place for place in range(every) if place not in kept][:wanted], kept)
    assert sum(days.values()) == pytest.approx(every)
    assert len(days) == wanted + len(kept)
    assert min(days.values()) >= 1.0 - 1e-9
    chosen = tuple(sorted(set(days) - set(kept)))
    least = missed(chosen)
    free = [day for day in range(every) if day not in days]
    for out, day in itertools.product(chosen, free):
        assert missed(tuple(sorted({*chosen} - {out} | {day}))) > least - 1e-6


def test_a_single_day_is_near_the_mean(load: dict[str, Array], availability: dict[str, Array]) -> None:
    (day,) = choose_days({"load": load, "availability": availability}, FLEETS, Time())
    assert day.weight == 365
    hours = slice(day.first_hour, day.first_hour + 24)
    assert load["SOUTH"][hours].mean() == pytest.approx(load["SOUTH"].mean(), rel=0.05)
    assert availability["NORTH.wind"][hours].mean() == pytest.approx(availability["NORTH.wind"].mean(), abs=0.1)


@pytest.mark.parametrize(
    ("hours", "length", "wanted", "weights"),
    [
        (1, 1, 1, [8760]),
        (24, 24, 1, [365]),
        (48, 24, 2, [182.5, 182.5]),
        (48, 24, 1, [365]),
        (8736, 168, 52, [8760 / 168 / 52] * 52),
    ],
)
def test_small_tables(hours: int, length: int, wanted: int, weights: list[float]) -> None:
    days = choose_days({"load": {"A": np.ones(hours)}}, {}, Time(representative_days=wanted, hours_per_day=length))
    assert [day.weight for day in days] == pytest.approx(weights)


def test_days_alike_are_no_obstacle() -> None:
    days = choose_days({"load": {"A": np.ones(240)}}, {}, Time(representative_days=3))
    assert 24 * sum(day.weight for day in days) == pytest.approx(8760)


@pytest.mark.parametrize("wanted", [2, 3, 8, 30, 89])
@pytest.mark.parametrize("seed", range(3))
def test_clusters_are_those_of_tsam(wanted: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    series = {name: draw.normal(size=(90, 6)).cumsum(axis=1) * draw.uniform(1, 1e5) for name in ("a", "b", "c")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tsam warns of what its own dependencies deprecate
        import tsam

        found = tsam.aggregate(
            pd.DataFrame({name: values.ravel() for name, values in series.items()}),
            wanted,
            period_duration=6,
            temporal_resolution=1.0,
            cluster=tsam.ClusterConfig(method="hierarchical", representation="medoid"),
            preserve_column_means=False,
        ).clustering
    sizes = np.bincount(found.cluster_assignments).tolist()
    assert medoids(series, wanted) == dict(zip(found.cluster_centers or (), sizes, strict=True))


def test_a_broken_day_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="hold 8,760 hours, which is no whole number of days of 168 hours"):
        choose_days({"load": {"A": np.ones(8760)}}, {}, Time(hours_per_day=168))


@pytest.mark.parametrize(
    ("length", "left", "count"), [(168, 24, 52), (48, 24, 182), (24, 0, 365), (7, None, 0), (25, None, 0)]
)
def test_weeks_leave_the_rest_of_a_year_out(length: int, left: int | None, count: int) -> None:
    time = Time(hours_per_day=length, representative_days=4)
    assert hours_left_out(8760, time) == left
    if left is None:
        return
    hourly = {"load": {"A": np.arange(8760.0)}, "carbon": {}}
    cut, reported = whole_days(hourly, time)
    assert cut["load"]["A"].tolist() == list(range(8760 - left))
    assert (len(reported), cut["carbon"]) == (left > 0, {})
    days = choose_days(cut, {}, time)
    assert length * sum(day.weight for day in days) == pytest.approx(8760, rel=1e-15)
    assert max(day.first_hour for day in days) <= (count - 1) * length


@pytest.mark.parametrize(("hours", "length"), [(8759, 24), (8759, 168), (48, 168), (100, 48)])
def test_a_record_of_broken_days_is_not_cut(hours: int, length: int) -> None:
    assert hours_left_out(hours, Time(hours_per_day=length)) is None
