"""Settings of carbon and matching: what may be emitted, and how much clean power has to match."""

from typing import Annotated, Literal

from pydantic import Field

from models.settings.sections import Section
from models.units import Smallest


class Carbon(Section):
    """What may be emitted."""

    cap_kg_per_mwh: Annotated[float, Field(ge=0, le=2000), Smallest(1)] = 100.0
    """Most emissions per MWh that the data centres draw, in every period: of what no contract or new plant matches in the
    same hour, at the zone's intensity (the attributional account)."""
    cap_kt: Annotated[float, Field(ge=0, le=1_000_000), Smallest(0.1)] = 1_000_000.0
    """Most of the same emissions per year, in every period."""
    cap_by: Literal["plan", "zone", "site"] = "plan"
    """Whether the cap per MWh holds for all data centres together, for those of every bidding zone as well, or for every site as
    well, with the contracts and new plant of its zone that count for it."""
    embodied: bool = False
    """Whether the emissions of making the chips bought (`chips.embodied_kg_per_chip`) count in the caps, spread evenly over
    the years of the period in which they are bought, and in the objective carbon."""


class Matching(Section):
    """How much of what the data centres draw clean power has to match, hour by hour."""

    target_share: Annotated[float, Field(ge=0, le=1), Smallest(0.02)] = 0.0
    """Least score of a year: the share of the draw that contracts and new plant match in the same hour, or that counts
    as clean in the mix of the grid; 0 asks for nothing."""
    score_by: Literal["plan", "zone"] = "plan"
    """Whether the score, and the excess, are those of all data centres together or of every bidding zone."""
    grid: Literal["none", "residual", "average"] = "residual"
    """What of the unmatched draw counts as clean: nothing (contracts and new plant alone), the clean share of what
    the zone's mix is without the plants that could be contracted, or that of the whole mix, which counts them twice."""
    strict: bool = False
    """Whether contracts and new plant alone have to match that share in every single hour as well."""
    excess_share: Annotated[float, Field(ge=0, le=10), Smallest(0.01)] = 0.2
    """Most that contracts and new plant give in a year beyond what is matched, as a share of the draw; it holds, and new
    plant may yield so much more than the draw, where a target is set."""
    additional: bool = False
    """Whether new plant alone matches, and contracts of existing plant do not."""
    import_share: Annotated[float, Field(ge=0, le=1), Smallest(0.005)] = 0.0
    """Share of a line's capacity over which contracts and new plant of the zone at its other end match, less its losses, and
    with `power.cover_spare_lines` no more than what cover leaves of its room; 0 leaves matching to the plants of the same zone."""
    reservoirs: Literal["mean", "days"] = "mean"
    """What a contract with a reservoir matches: its mean power all year, or on every day as much as the fleet gives on it
    where the zone's load, less wind, sun and rivers, is highest."""
    storage: bool = False
    """Whether a store matches what it took from a plant of the same contract: it makes the plant's day even."""
    new_plant_runs: bool = False
    """Whether new low-carbon plant runs whenever it can, so that what it matches is made; else the market decides, and the plan
    says what of the matched it delivers."""
    storage_peaks: Annotated[float, Field(ge=0, le=50), Smallest(0.1)] = 1.0
    """Most new storage of a zone, in peaks of its data centres."""

    @property
    def excess_allowed(self) -> float:
        """What new plant may yield beyond the draw, as a share of it."""
        return self.excess_share if self.target_share else 0.0
