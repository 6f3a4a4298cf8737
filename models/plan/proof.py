"""How far a plan is proved, what binds it, and where it comes from."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.case import Quality
from models.plan.rows import Number, ResultRow, Signed
from models.settings import ObjectiveName
from models.units import Count


class LimitRow(ResultRow):
    """Rules that bind, and what one unit more would change, with the whole numbers of the plan and its objectives kept."""

    key = ("rule", "index")
    rule: str
    """Aspect and rule, as in the formulation."""
    index: str
    """Where it binds."""
    limit: Signed
    """The limit."""
    worth: Signed
    """What one unit more of the limit changes in the net present cost (dual value; MEUR per the rule's unit): below 0 a
    looser limit from above, such as money or chips, saves so much; above 0 a stricter one from below costs so much."""


class ObjectiveResult(ResultRow):
    """The proof for one objective."""

    key = ("objective",)
    objective: ObjectiveName
    """Objective."""
    sense: Literal["maximise", "minimise"]
    """Sense."""
    value: Number
    """Value of the best plan found for this objective; objectives after it may give some of it up."""
    bound: Number
    """Proved bound."""
    gap_share: Number
    """|bound - value| / |value|, or / 1 where the value is smaller."""
    plan_value: Number
    """Value of the plan delivered, summed afresh from the programme's coefficients."""
    plan_gap_share: Number
    """The same gap of the plan delivered."""
    status: Literal["solved", "limit", "interrupted"]
    """solved to the asked gap, stopped at a limit, or interrupted."""
    seconds: Number
    """Wall time."""
    nodes: int
    """Nodes of branch and bound."""
    root_bound: Number
    """Bound before branching."""

    @property
    def claims(self) -> bool:
        """Whether anything is claimed: an objective stopped before its first plan has value and bound 0 and the gap 1."""
        return self.status == "solved" or not (self.value == self.bound == 0 and self.gap_share == 1)


class Violation(ResultRow):
    """By how much the plan breaks the programme it was solved by: the programme evaluated afresh, sums rounded once."""

    key = ("kind",)
    kind: Literal["row", "bound", "integer"]
    """Rows, bounds, or whole numbers."""
    absolute: Number
    """Largest violation, in the unit of its row or column."""
    relative: Number
    """Largest violation as a share of the largest of 1 and the row's terms."""
    where: str
    """Name of the row or column of the latter; empty where nothing is broken at all."""
    above: Count
    """How many are broken by more than a millionth of their size."""


class Phase(BaseModel):
    """A phase of a run, as its progress names it, and how long it took in all."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    phase: str
    """Its name."""
    seconds: float
    """Wall time."""


class Proof(BaseModel):
    """How far the plan is proved, and by what."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    status: Literal["solved", "limit", "interrupted"]
    """The worst of the stages."""
    message: str
    """Why the search ended before the asked gap, or what the clock cut short, for people; else empty."""
    stages: tuple[ObjectiveResult, ...]
    """One per objective, in order of importance."""
    violations: tuple[Violation, ...]
    """By how much the plan breaks its programme: rows, bounds, whole numbers."""
    committed_compute: float
    """What committed sites could serve by themselves, kH100e-years: not part of the objective compute."""
    rows: int
    """Rows of the programme."""
    columns: int
    """Columns of the programme."""
    integers: int
    """Of which whole-numbered."""
    nonzeros: int
    """Coefficients that are not zero."""
    smallest_coefficient: float
    """Smallest magnitude of a coefficient."""
    largest_coefficient: float
    """Largest magnitude of a coefficient."""
    seconds: float
    """Wall time of building and solving."""
    phases: tuple[Phase, ...] = ()
    """Phases of the run in their order, up to the writing."""
    peak_memory_mb: float
    """Most memory held at once by the processes that solve, MB."""
    versions: Mapping[str, str]
    """Python, pyomo, highspy, gigasite."""
    options: Mapping[str, str]
    """Options given to the solver."""


class Provenance(BaseModel):
    """Where the plan comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    case: str
    """Name of the case."""
    case_folder: str
    """Folder of the case as given on the command line."""
    scenario_name: str
    """Name of the scenario."""
    overrides: Mapping[str, str]
    """Keys set on the command line -> value."""
    scenario: Mapping[str, object]
    """The scenario, resolved."""
    files: Mapping[str, str]
    """Input file -> SHA-256."""
    git_commit: str
    """Commit of the code, with `+` when the tree had changes; empty outside a repository."""
    created_at: str
    """Time of writing, UTC, ISO 8601."""
    quality_shares: Mapping[str, Mapping[Quality, float]]
    """`table.column` of every input that decides -> share of its cells that are real, derived, estimates (or unsaid)."""
