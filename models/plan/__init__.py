"""What the formulation answers: one frozen plan; every writer reads only this.

Tables of answers are declared as the input tables are: one class per table, one field per column, units in the names; in
the file of their room. Numbers are copied from the solution, never computed by a writer.
"""

from collections.abc import Mapping
from typing import get_args, get_origin

from pydantic import BaseModel, ConfigDict

from models.plan.candidates import CandidateRow, Change, FlipRow, RivalRow
from models.plan.carbon import CarbonRow, DayRow
from models.plan.compute import ChipRow, DemandRow, ServiceRow
from models.plan.cooling import HallRow, WaterRow
from models.plan.dispatch import FullYear, FullYearDayRow, FullYearRow, Hourly, HourlyNames
from models.plan.grid import ConnectionRow, ReinforcementRow, SubstationRow, UnitRow
from models.plan.matching import CountingRow, FirmingRow, MatchingCurveRow, MatchingDayRow, MatchingRow, SendingRow
from models.plan.money import AidRow, CashRow, EarningRow, MoneyRow, SpendingRow
from models.plan.power import CirculationRow, ConsequenceRow, LineRow, SupplyRow, ZoneRow
from models.plan.programmes import GigafactoryRow, ProgrammeRow
from models.plan.proof import LimitRow, ObjectiveResult, Phase, Proof, Provenance, Violation
from models.plan.resilience import ResilienceRow
from models.plan.rows import MAY_BE_NEGATIVE, From, Input, ResultRow, Yearly
from models.plan.siting import PlaceRow, SiteRow
from models.plan.sovereignty import OperatorRow, SovereigntyRow
from models.plan.storage import CarriedLevelRow, CarriedRow, LevelRow, ReservoirRow

SCHEMA_VERSION = 5


class Plan(BaseModel):
    """A siting plan: answers, proof and provenance."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    schema_version: int = SCHEMA_VERSION
    title: str
    proof: Proof
    provenance: Provenance
    sites: tuple[SiteRow, ...]
    places: tuple[PlaceRow, ...] = ()
    halls: tuple[HallRow, ...]
    chips: tuple[ChipRow, ...]
    operators: tuple[OperatorRow, ...] = ()
    sovereignty: tuple[SovereigntyRow, ...] = ()
    service: tuple[ServiceRow, ...]
    demand: tuple[DemandRow, ...]
    resilience: tuple[ResilienceRow, ...] = ()
    connections: tuple[ConnectionRow, ...]
    units: tuple[UnitRow, ...] = ()
    substations: tuple[SubstationRow, ...]
    reinforcements: tuple[ReinforcementRow, ...]
    supply: tuple[SupplyRow, ...]
    reservoirs: tuple[ReservoirRow, ...]
    levels: tuple[LevelRow, ...] = ()
    carried: tuple[CarriedRow, ...] = ()
    carried_levels: tuple[CarriedLevelRow, ...] = ()
    firming: tuple[FirmingRow, ...] = ()
    sending: tuple[SendingRow, ...] = ()
    counting: tuple[CountingRow, ...] = ()
    matching: tuple[MatchingRow, ...] = ()
    matching_curve: tuple[MatchingCurveRow, ...] = ()
    matching_days: tuple[MatchingDayRow, ...] = ()
    zones: tuple[ZoneRow, ...]
    consequences: tuple[ConsequenceRow, ...] = ()
    lines: tuple[LineRow, ...]
    water: tuple[WaterRow, ...]
    carbon: tuple[CarbonRow, ...]
    circulation: tuple[CirculationRow, ...]
    days: tuple[DayRow, ...]
    money: tuple[MoneyRow, ...]
    spending: tuple[SpendingRow, ...]
    aid: tuple[AidRow, ...]
    cash: tuple[CashRow, ...] = ()
    earnings: tuple[EarningRow, ...] = ()
    limits: tuple[LimitRow, ...]
    rivals: tuple[RivalRow, ...] = ()
    flips: tuple[FlipRow, ...] = ()
    candidates: tuple[CandidateRow, ...] = ()
    gigafactories: tuple[GigafactoryRow, ...] = ()
    programmes: tuple[ProgrammeRow, ...] = ()
    year: tuple[FullYearRow, ...] = ()
    year_days: tuple[FullYearDayRow, ...] = ()
    replay: FullYear | None = None
    hourly: Hourly


RESULT_TABLES: Mapping[str, type[ResultRow]] = {
    name: get_args(field.annotation)[0]
    for name, field in Plan.model_fields.items()
    if get_origin(field.annotation) is tuple
}
