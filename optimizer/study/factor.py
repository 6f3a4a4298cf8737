"""A factor of a study: what it changes of a case, and the values that it takes."""

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator
from scipy import stats

from models.settings import Section

Value = float | bool | str
"""A value of a factor; a text for choices, scenarios and overlays."""
TAIL_SHARE = 0.1
"""Share of a distribution beyond its lowest and its highest level, where levels are asked of one."""


class FactorSettings(Section):
    """A section `[factors.NAME]` of a study file; `NAME` is its column in the design and the results."""

    of: str
    """What it changes: a key `carbon.cap_kg_per_mwh`, a cell `sites[PARIS].opening_meur` (of a row with several keys
    `tranches[private,2028-2030].amount_meur`), a column `chips.price_eur_per_chip` or part of one
    `fleets[*,nuclear,*].capacity_mw`, columns of an hourly table `availability[*.nuclear]`, `scenario` or `overlay`."""
    where: dict[str, str] = Field({})
    """Only the rows with these texts in other columns, `*` standing for any letters: `where = { country = "FR" }`."""
    relative: bool = False
    """Whether its values multiply what stands there, 1 leaving it alone, instead of taking its place."""
    relative_to: str = ""
    """Cells whose sum its values are: what stands there grows as that does (`relative_to = "tranches.amount_meur"`)."""
    values: tuple[Value, ...] = ()
    """Values, listed."""
    range: tuple[float, float] | None = None
    """Lowest and highest value, all between them alike."""
    distribution: Literal["uniform", "triangular", "normal", "lognormal"] | None = None
    """Distribution of its values, cut off at `low` and `high` where these are stated."""
    low: float | None = None
    """Lowest value of a distribution."""
    high: float | None = None
    """Highest value of a distribution."""
    mode: float | None = None
    """Most likely value of a triangular distribution."""
    mean: float | None = None
    """Mean of the values of a normal or lognormal distribution, before it is cut off."""
    deviation: float | None = Field(None, gt=0)
    """Their standard deviation."""
    levels: int = Field(2, ge=2, le=1000)
    """Number of values in a grid and one at a time: of a range evenly spaced from end to end, of a distribution from
    the value that a tenth lie below to the one that a tenth lie above."""

    @model_validator(mode="after")
    def _one_kind_of_values(self) -> "FactorSettings":
        given = [name for name in ("values", "range", "distribution") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"states {' and '.join(given)}: one of them is enough")
        if self.relative and self.relative_to:
            raise ValueError("states relative and relative_to: one of them is enough")
        if self.range and not self.range[0] < self.range[1]:
            raise ValueError("range: the first number must be below the second")
        if len(set(self.values)) < len(self.values):
            raise ValueError("values: one is listed twice")
        needed = {"uniform": ("low", "high"), "triangular": ("low", "mode", "high")}
        needed |= dict.fromkeys(("normal", "lognormal"), ("mean", "deviation"))
        if self.distribution:
            missing = [name for name in needed[self.distribution] if getattr(self, name) is None]
            if missing:
                raise ValueError(f"a {self.distribution} distribution needs {' and '.join(missing)}")
        low, high = (np.inf * sign if end is None else end for sign, end in ((-1, self.low), (1, self.high)))
        if not low < high or not low <= (low if self.mode is None else self.mode) <= high:
            raise ValueError("low, mode and high must be in this order")
        read = {"of", "where", "relative", "relative_to", "values", "range", "distribution"}
        read |= {"levels"} if self.range or self.distribution else set()
        read |= {"low", "high", *needed[self.distribution]} if self.distribution else set()
        if unread := sorted(self.model_fields_set - read):
            raise ValueError(f"{unread[0]}: nothing reads it beside {(given or ['of'])[0]}")
        if self.distribution == "lognormal" and self.mean is not None and self.mean <= 0:
            raise ValueError("mean: must be above 0 for a lognormal distribution")
        return self

    @property
    def is_stated(self) -> bool:
        """Tell whether it says which values there are; the rows of a file need no more than what they change."""
        return bool(self.values or self.range or self.distribution)

    @property
    def has_ends(self) -> bool:
        """Tell whether there is a lowest and a highest value."""
        return self.distribution not in ("normal", "lognormal") or None not in (self.low, self.high)

    @property
    def ends(self) -> list[Value]:
        """Return the values that no other lies beyond, as far as there are such."""
        if self.values or self.range:
            return [*self.values, *(self.range or ())]
        return [end for end in (self.low, self.high) if end is not None]

    def value_at(self, quantile: float) -> Value:
        """Return the value below which that share (0..1) of all values lie."""
        if self.values:
            return self.values[min(int(quantile * len(self.values)), len(self.values) - 1)]
        if self.range:
            return float(self.range[0] + quantile * (self.range[1] - self.range[0]))
        known = self._known
        below = 0.0 if self.low is None else float(known.cdf(self.low))
        above = 1.0 if self.high is None else float(known.cdf(self.high))
        return float(known.ppf(below + quantile * (above - below)))

    @property
    def points(self) -> list[Value]:
        """Return its values in a grid and one at a time."""
        if self.values:
            return [*self.values]
        tail = TAIL_SHARE if self.distribution else 0.0
        return [self.value_at(share) for share in np.linspace(tail, 1 - tail, self.levels).tolist()]

    @property
    def _known(self) -> Any:
        """Return its distribution, of scipy."""
        low, high = self.low or 0.0, self.high or 0.0
        if self.distribution == "triangular":
            assert self.mode is not None
            return stats.triang((self.mode - low) / (high - low), low, high - low)
        if self.distribution == "uniform":
            return stats.uniform(low, high - low)
        assert self.mean is not None
        assert self.deviation is not None
        if self.distribution == "normal":
            return stats.norm(self.mean, self.deviation)
        variance = np.log1p((self.deviation / self.mean) ** 2)  # of the logarithm
        return stats.lognorm(np.sqrt(variance), scale=self.mean / np.exp(variance / 2))
