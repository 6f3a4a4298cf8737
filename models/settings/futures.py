"""Settings of futures: what may come out how, and how the worst are weighed."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from models.settings.sections import Section
from models.units import Smallest


class Risk(Section):
    """How the futures of a scenario are weighed."""

    cvar_share: Annotated[float, Field(ge=0, le=0.99), Smallest(0.01)] = 0.8
    """Probability of all but the worst futures: of those the mean is the conditional value at risk (0.8: the worst fifth)."""
    cvar_weight: Annotated[float, Field(ge=0, le=0.99), Smallest(0.001)] = 0.0
    """Weight of that mean, beside the mean over all futures, in every objective; 0 weighs the mean alone, and 1 would leave
    to chance what is decided in all other futures."""

    def weight_of(self, futures: int) -> float:
        """Return the weight of the worst futures where there are so many: none where there is one."""
        return self.cvar_weight if futures > 1 else 0.0

    def worth(self, values: Sequence[float], probabilities: Sequence[float]) -> float:
        """Return what values to be minimised, of futures, are worth: their mean and that of the worst ones, mixed."""
        mean = math.fsum(share * value for share, value in zip(probabilities, values, strict=True))
        weight = self.weight_of(len(values))
        return (1 - weight) * mean + weight * self.worst_mean(values, probabilities) if weight else mean

    def value_at_risk(self, values: Sequence[float], probabilities: Sequence[float]) -> float:
        """Return the least value, to be minimised, that is not exceeded with the probability `cvar_share`."""
        reached, ordered = 0.0, sorted(zip(values, probabilities, strict=True))
        for value, probability in ordered:
            reached += probability
            if reached >= self.cvar_share - 1e-12:
                return value
        return ordered[-1][0]

    def worst_mean(self, values: Sequence[float], probabilities: Sequence[float]) -> float:
        """Return the conditional value at risk: the mean of the highest values, those of probability 1 - `cvar_share`."""
        least = self.value_at_risk(values, probabilities)
        beyond = zip(probabilities, values, strict=True)
        return least + math.fsum(share * max(0.0, value - least) for share, value in beyond) / (1 - self.cvar_share)


class FutureSettings(Section):
    """One way in which what nobody knows yet may come out: the case read with these on top."""

    probability: Annotated[float, Field(gt=0, le=1), Smallest(0.001)]
    """Probability; those of all futures are 1 together."""
    overlays: tuple[str, ...] = ()
    """Folders of tables, as `inputs.overlays`; they come on top of those of the scenario."""
    cells: Mapping[str, float | bool | str] = {}
    """Cells, as `inputs.cells`; they come on top of those of the scenario."""
    factors: Mapping[str, float] = {}
    """Factors, as `inputs.factors`; they come on top of those of the scenario, and replace one with the same name."""
