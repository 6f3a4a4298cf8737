"""How the time limit of a run is divided: the search, finishing the plan, the full year, writing."""

import time
from dataclasses import dataclass

from models.case import Case
from optimizer.runtime.estimate import Size

FINISH_SHARE, FULL_YEAR_SHARE = 1 / 3, 0.4
"""Most shares of the time limit that are reserved from the search: for finishing and writing, and for the full year."""
ATTEMPT_SHARE = 0.5
"""Share of the time it will take, by estimate, from which the full year is begun: it is cut off when the time is up,
and the estimate may be twice too long."""
MIN_SEARCH_SECONDS = 1e-3
"""What the search has where the limit was gone before it began: it ends at once and reports it."""
GRACE_SECONDS = 10.0
"""By how much a run may pass its limit: steps that are not cut short. Where it has no plan by then it is ended; where
it has one, finishing it may take longer on a busy machine."""


@dataclass(frozen=True)
class TimeLimits:
    """When which part of a run must be done; moments are those of the clock that all processes of a machine share."""

    began: float
    limit_seconds: float
    """What the whole run may take, from its first moment."""
    finish_seconds: float
    """Reserved for making the plan found as cheap as it can be, ..."""
    full_year_seconds: float
    """... for the full year (0 where it is not asked for), which is left out where the time does not suffice, ..."""
    write_seconds: float
    """... and for auditing and writing."""
    full_year_required: bool
    """Whether the full year is dispatched however long it takes, for the settings state so."""

    @property
    def full_year_reserved(self) -> bool:
        """Tell whether the search leaves time for the full year."""
        return 0 < self.full_year_seconds <= FULL_YEAR_SHARE * self.limit_seconds

    @property
    def search_seconds(self) -> float:
        """Return the time that the search has from now on, building and baseline included."""
        reserved = min(self.finish_seconds + self.write_seconds, FINISH_SHARE * self.limit_seconds)
        reserved += self.full_year_seconds if self.full_year_reserved else 0.0
        return max(self.time_remaining - reserved, MIN_SEARCH_SECONDS)

    @property
    def time_remaining(self) -> float:
        """Return the seconds that all of it has from now on; below 0 where the limit is passed."""
        return self.began + self.limit_seconds - time.perf_counter()

    @property
    def full_year_deadline(self) -> float:
        """Return the moment at which the full year is cut off."""
        return self.began + self.limit_seconds - min(self.write_seconds, FINISH_SHARE * self.limit_seconds)

    def has_time_for_full_year(self) -> bool:
        """Tell whether the full year is to be begun now."""
        finish = min(self.finish_seconds, FINISH_SHARE * self.limit_seconds)
        remaining = self.full_year_deadline - time.perf_counter() - finish
        return self.full_year_required or remaining >= ATTEMPT_SHARE * self.full_year_seconds

    def full_year_overdue(self) -> bool:
        """Tell whether the full year must end now."""
        return not self.full_year_required and time.perf_counter() > self.full_year_deadline

    def overdue(self) -> bool:
        """Tell whether a run that has found nothing must end now."""
        return self.time_remaining < -GRACE_SECONDS

    def __str__(self) -> str:
        parts = f"of {self.limit_seconds:,.4g} s the search has {self.search_seconds:,.3g}"
        if not self.full_year_seconds:
            return parts
        year = f"the dispatch of the whole year (about {self.full_year_seconds:,.0f} s)"
        if self.full_year_required:
            return f"{parts}; {year} comes after it, whatever it takes (time.replay)"
        if self.full_year_reserved:
            return f"{parts}; time is kept for {year}"
        return f"{parts}; {year} is left out unless the search ends early"


def time_limits(case: Case, size: Size, began: float) -> TimeLimits:
    """Return the time limits of a run that began at a moment of `time.perf_counter` and solves from now on."""
    settings = case.settings.time
    return TimeLimits(
        began=began,
        limit_seconds=case.settings.solve.time_limit_seconds,
        finish_seconds=size.finish_seconds,
        full_year_seconds=size.full_year_seconds if settings.replay else 0.0,
        write_seconds=size.write_seconds,
        full_year_required=settings.replay and "replay" in settings.model_fields_set,
    )
