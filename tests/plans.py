"""A small plan made by hand: three sites (one committed), two zones, two periods, one day of two hours."""

from typing import TypeVar, get_args

from models.plan import (
    RESULT_TABLES,
    CandidateRow,
    CarbonRow,
    ChipRow,
    CirculationRow,
    DayRow,
    DemandRow,
    FullYear,
    FullYearDayRow,
    FullYearRow,
    GigafactoryRow,
    HallRow,
    Hourly,
    LimitRow,
    LineRow,
    MatchingCurveRow,
    MatchingRow,
    MoneyRow,
    ObjectiveResult,
    Phase,
    Plan,
    Proof,
    Provenance,
    ResilienceRow,
    ResultRow,
    RivalRow,
    SiteRow,
    SpendingRow,
    SubstationRow,
    SupplyRow,
    Violation,
    WaterRow,
    ZoneRow,
)
from optimizer.audit.audit_report import AuditReport, Check

PERIODS = ("early", "late")
SOUND = AuditReport(True, (Check("energy balances in every hour", 4, 3e-9, "NORTH early d001 0", True),))
UNSOUND = AuditReport(False, (Check("sites share the substation queue", 2, 0.25, "LULE late", False),))

Kind = TypeVar("Kind", bound=ResultRow)


def row(kind: type[Kind], /, **values: object) -> Kind:
    """Return an answer row; what is not given is 0, empty, or the first of the choices."""
    blank: dict[str, object] = {}
    for name, field in kind.model_fields.items():
        choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)]
        blank[name] = choices[0] if choices else "" if field.annotation is str else 0
    return kind.model_validate(blank | values)


def hand_made_plan() -> Plan:
    """Return the plan; Lulea opens early with 40 MW, grows to 60 MW, Lyon opens late with 20 MW, Paris is committed."""
    lulea: dict[str, object] = {
        "site": "LULEA",
        "name": "Lulea",
        "country": "SE",
        "zone": "NORTH",
        "substation": "LULE",
    }
    lulea |= {"status": "candidate", "latitude": 65.58, "longitude": 22.15}
    lyon: dict[str, object] = {
        "site": "LYON",
        "name": "=Lyon, | south",
        "country": "FR",
        "zone": "WEST",
        "substation": "RHONE",
    }
    lyon |= {"status": "candidate", "latitude": 45.75, "longitude": 4.95}
    paris: dict[str, object] = {
        "site": "PARIS",
        "name": "Paris",
        "country": "FR",
        "zone": "WEST",
        "substation": "RHONE",
    }
    paris |= {"status": "committed", "latitude": 48.6, "longitude": 2.2, "committed_mw": 20.0, "opened": 1}
    north: dict[str, object] = {
        "zone": "NORTH",
        "name": "Northern zone",
        "country": "SE",
        "latitude": 65.6,
        "longitude": 22.1,
    }
    west: dict[str, object] = {
        "zone": "WEST",
        "name": "Western zone",
        "country": "FR",
        "latitude": 46.5,
        "longitude": 4.5,
    }

    def built(servers_mw: float, opens: int = 0) -> dict[str, object]:
        figures: dict[str, object] = {"opened": 1, "opens": opens, "halls": int(servers_mw / 20)}
        scaled = {
            "peak_mw": 1.1,
            "chips_kchips": 0.5,
            "compute_kh100e": 1.0,
            "served_kh100e": 0.9,
            "energy_twh": 0.0075,
        }
        figures |= {name: share * servers_mw for name, share in scaled.items()}
        return figures | {"servers_mw": servers_mw, "capital_meur": 700.1 + 200 * opens}

    answers: dict[str, list[ResultRow]] = {name: [] for name in RESULT_TABLES}
    answers["sites"] = [
        row(SiteRow, period="early", **lulea, **built(40, opens=1)),
        row(SiteRow, period="late", **lulea, **built(60)),
        row(SiteRow, period="early", **lyon),
        row(SiteRow, period="late", **lyon, **built(20, opens=1)),
        row(SiteRow, period="early", **paris),
        row(SiteRow, period="late", **paris),
    ]
    answers["halls"] = [
        row(HallRow, site="LULEA", cooling="airside", period="early", standing_halls=2, alive_mw=40, pue_annual=1.08),
        row(HallRow, site="LULEA", cooling="airside", period="late", standing_halls=3, pue_annual=1.08, alive_mw=60),
        row(HallRow, site="LYON", cooling="liquid", period="late", standing_halls=1, pue_annual=1.12, alive_mw=20),
    ]
    answers["rivals"] = [
        row(
            RivalRow,
            site="LULEA",
            rival="PARIS",
            column=column,
            site_meur=100,
            rival_meur=meur,
            estimate_share=estimated,
        )
        for column, meur, estimated in [("sites.opening_meur", 70.0, 1.0), ("countries.building_factor", 190.0, 0.25)]
    ]
    answers["candidates"] = [
        row(
            CandidateRow,
            site=site,
            name=name,
            chosen=chosen,
            earliest="early",
            barrier="none: chosen" if chosen else "headroom",
            input="" if chosen else "headrooms.headroom_mw",
            there=0 if chosen else 12,
            needed=0 if chosen else 22.4,
            size_mw=40,
            cost_eur_per_mwh=310 if chosen else 290.5,
            beside="LULEA",
            dearer_meur=0 if chosen else -21.25,
        )
        for site, name, chosen in (("LULEA", "Lulea", 1), ("LYON", "=Lyon, | south", 0))
    ]
    answers["gigafactories"] = [
        row(
            GigafactoryRow,
            period=period,
            gigafactories=2,
            each_kchips=50,
            supply_kchips=80,
            least_meur=4000,
            available_meur=money_meur,
            affordable_kchips=money_meur / 50,
            site_mw=75,
            sites=1,
        )
        for period, money_meur in zip(PERIODS, (1500.0, 2500.0), strict=True)
    ]
    answers["resilience"] = [
        row(
            ResilienceRow, period=period, failure=failure, number=number, lost=lost, lost_kh100e=40.0,
            remaining_share=left,
        )
        for period in PERIODS
        for failure, number, lost, left in [
            ("sites", 1, "LULEA", 0.625),
            ("sites", 2, "LULEA, LYON", 0.25),
            ("countries", 1, "SE", 0.625),
            ("delays", 1, "LULEA", 0.5),
        ]
    ]  # fmt: skip
    answers["chips"] = [row(ChipRow, site="LULEA", chip="gpu_a", cooling="airside", period="early", fitted_mw=40)]
    answers["supply"] = [
        row(SupplyRow, zone=zone, technology=technology, period=period, low_carbon=clean, output_twh=10, **more)
        for period in PERIODS
        for zone, technology, clean, more in [
            ("NORTH", "hydro", 1, {"firm_share": 0.9, "contracted_mw": 80.0, "fleet_mw": 900.0}),
            ("WEST", "gas", 0, {"fleet_mw": 500.0}),
        ]
    ]
    answers["substations"] = [
        row(SubstationRow, substation=code, period=period, latitude=latitude, longitude=longitude, headroom_mw=100)
        for code, latitude, longitude in [("LULE", 65.6, 22.0), ("RHONE", 45.8, 5.1)]
        for period in PERIODS
    ]
    answers["zones"] = [
        row(ZoneRow, period=period, **zone, peak_mw=peak, cover_mw=peak, servers_twh=0.3, matched_twh=0.27)
        for zone, peak in [(north, 66.0), (west, 22.0)]
        for period in PERIODS
    ]
    answers["matching"] = [
        row(MatchingRow, zone=zone, period="late", drawn_twh=drawn, matched_twh=matched, clean_twh=clean,
            supplied_twh=drawn, delivered_twh=drawn / 2, matched_hours=hours, least_share=0.25)
        for zone, drawn, matched, clean, hours in [("NORTH", 0.4, 0.4, 0.4, 8760), ("plan", 0.6, 0.45, 0.54, 4380)]
    ]  # fmt: skip
    answers["matching_curve"] = [
        row(MatchingCurveRow, zone="plan", period="late", percent=percent, hours=hours)
        for percent, hours in [(0, 8760), (50, 6570), (100, 4380)]
    ]
    answers["lines"] = [
        row(LineRow, line="N-W", period=period, from_zone="NORTH", to_zone="WEST", cover_forward_mw=22)
        for period in PERIODS
    ]
    answers["water"] = [row(WaterRow, basin="rhone", period=period, drawn_mm3=0.5, limit_mm3=2) for period in PERIODS]
    answers["carbon"] = [
        row(CarbonRow, period="early", energy_twh=0.3, attributional_kt=6, system_kt=110, system_without_kt=100),
        row(CarbonRow, period="late", energy_twh=0.6, attributional_kt=7.5, system_kt=95, system_without_kt=90),
    ]
    answers["circulation"] = [row(CirculationRow, period=period) for period in PERIODS]
    answers["days"] = [row(DayRow, period=period, day="d001", weight=4380, emitted_t=0.1 + 0.2) for period in PERIODS]
    answers["demand"] = [
        row(DemandRow, region="paris", workload="training", period=period, demand_kh100e=100, served_kh100e=served)
        for period, served in zip(PERIODS, (36.0, 72.0), strict=True)
    ]
    answers["money"] = [
        row(MoneyRow, ledger="capex", aspect="compute", period="early", amount_meur=900.1, present_meur=900.1),
        row(MoneyRow, ledger="opex", aspect="compute", period="late", amount_meur=20, present_meur=61.5),
    ]
    answers["spending"] = [
        row(SpendingRow, fund="eu", period="early", spent_meur=900.1, available_meur=1500),
        row(SpendingRow, fund="eu", period="late", spent_meur=1599.9, available_meur=2500),
    ]
    answers["limits"] = [row(LimitRow, rule="budget.spending_stays", index="eu late", limit=2500, worth=0.0123)]
    answers["year"] = [
        row(FullYearRow, period="early", system_meur=60, baseline_meur=50, shed_mwh=0, servers_twh=0.3, present_meur=4),
        row(
            FullYearRow,
            period="late",
            system_meur=72,
            baseline_meur=50,
            shed_mwh=1825,
            baseline_shed_mwh=365,
            servers_twh=0.6,
            matched_twh=0.45,
            attributional_kt=37.5,
            system_kt=97,
            system_without_kt=90,
            present_meur=15.23,
        ),
    ]
    answers["year_days"] = [
        row(FullYearDayRow, period=period, first_hour=hour, system_meur=1 / 3) for period in PERIODS for hour in (0, 2)
    ]
    stages = (
        row(
            ObjectiveResult,
            objective="compute",
            sense="maximise",
            value=108.0,
            bound=108.5,
            gap_share=0.0046,
            plan_value=107.5,
            plan_gap_share=0.0093,
            nodes=3,
            root_bound=110,
        ),
        row(
            ObjectiveResult,
            objective="cost",
            sense="minimise",
            value=3000,
            bound=2999,
            gap_share=0.0003,
            plan_value=3000,
            plan_gap_share=0.0003,
            nodes=1,
            root_bound=2990,
        ),
    )
    return Plan(
        title="Where do 3 billion euro belong?",
        proof=Proof(
            status="solved",
            message="",
            stages=stages,
            violations=(
                row(Violation, kind="row", absolute=3e-9, relative=2e-10, where="grid.draw_stays[LULE,late]"),
                row(Violation, kind="bound"),
                row(Violation, kind="integer"),
            ),
            committed_compute=21.5,
            rows=100,
            columns=120,
            integers=9,
            nonzeros=400,
            smallest_coefficient=1e-3,
            largest_coefficient=1e4,
            seconds=1.5,
            phases=(Phase(phase="reading", seconds=0.5), Phase(phase="compute", seconds=1.0)),
            peak_memory_mb=200.0,
            versions={"python": "3.11", "highspy": "1.15.1"},
            options={"threads": "1"},
        ),
        provenance=Provenance(
            case="hand",
            case_folder="inputs/hand",
            scenario_name="base",
            overrides={"carbon.cap_kg_per_mwh": "50.0"},
            scenario={
                "carbon": {"cap_kg_per_mwh": 50.0},
                "halls": {"hall_mw": 20.0},
                "question": {"objectives": ["compute", "cost"]},
            },
            files={"sites.csv": "ab" * 32},
            git_commit="0123456789abcdef",
            created_at="2026-01-01T00:00:00Z",
            quality_shares={"sites.land_mw": {"real": 0.5, "derived": 0.25, "estimate": 0.25}},
        ),
        replay=FullYear(
            gap_share=2e-5,
            unserved_mwh=730,
            allotted_mwh={"NORTH.hydro": (1.0, 2.0, 3.0, 1 / 3)},
            baseline_allotted_mwh={"NORTH.hydro": (1.0, 2.0, 3.0, 1 / 3)},
        ),
        hourly=Hourly(
            periods=PERIODS,
            days=("d001",),
            hours=2,
            keys={"load_mw": ("NORTH", "WEST")},
            values={"load_mw": [[[[0.1, 0.2]], [[0.3, 1 / 3]]], [[[1.0, 2.0]], [[3.0, 4.0]]]]},
        ),
        **{name: tuple(rows) for name, rows in answers.items()},
    )
