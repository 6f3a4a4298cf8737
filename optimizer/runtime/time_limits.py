"""How the time that a run may take is shared: the search, the end of the plan, the whole year, the writing."""

import time
from dataclasses import dataclass

from models.case import Case
from optimizer.runtime.estimate import Size

REST_SHARE, YEAR_SHARE = 1 / 3, 0.4
"""Shares of the time limit that are at most kept from the search: for finishing and writing, and for the whole year."""
WORTH_TRYING = 0.5
"""Share of the time it will take, by estimate, from which the whole year is begun: it is cut off when the time is up,
and the estimate may be twice too long."""
LEAST_SECONDS = 1e-3
"""What the search has where the limit was gone before it began: it ends at once and says so."""
ALLOWANCE_SECONDS = 10.0
"""By how much a run may pass its limit: steps that are not cut short. Where it has no plan by then it is ended; where
it has one, finishing it may take longer on a busy machine."""


@dataclass(frozen=True)
class TimeLimits:
    """When which part of a run must be done; moments are those of the clock that all processes of a machine share."""

    began: float
    limit_seconds: float
    """What the whole run may take, from its first moment."""
    finish_seconds: float
    """Kept for making the plan found as cheap as it can be, ..."""
    year_seconds: float
    """... for the whole year (0 where it is not asked for), which is left out where the time does not suffice, ..."""
    write_seconds: float
    """... and for auditing and writing."""
    insisted: bool
    """Whether the whole year is dispatched however long it takes, for the scenario states so."""

    @property
    def year_reserved(self) -> bool:
        """Tell whether the search leaves time for the whole year."""
        return 0 < self.year_seconds <= YEAR_SHARE * self.limit_seconds

    @property
    def search_seconds(self) -> float:
        """Return what is left for the search from now on, building and baseline included."""
        kept = min(self.finish_seconds + self.write_seconds, REST_SHARE * self.limit_seconds)
        kept += self.year_seconds if self.year_reserved else 0.0
        return max(self.left_seconds - kept, LEAST_SECONDS)

    @property
    def left_seconds(self) -> float:
        """Return what is left for all of it from now on; below 0 where the limit is passed."""
        return self.began + self.limit_seconds - time.perf_counter()

    @property
    def year_ends(self) -> float:
        """Return the moment at which the whole year is cut off."""
        return self.began + self.limit_seconds - min(self.write_seconds, REST_SHARE * self.limit_seconds)

    def has_time_for_the_year(self) -> bool:
        """Tell whether the whole year is worth beginning now."""
        left = self.year_ends - time.perf_counter() - min(self.finish_seconds, REST_SHARE * self.limit_seconds)
        return self.insisted or left >= WORTH_TRYING * self.year_seconds

    def cuts_the_year(self) -> bool:
        """Tell whether the whole year must end now."""
        return not self.insisted and time.perf_counter() > self.year_ends

    def overdue(self) -> bool:
        """Tell whether a run that has found nothing must end now."""
        return self.left_seconds < -ALLOWANCE_SECONDS

    def __str__(self) -> str:
        parts = f"of {self.limit_seconds:,.4g} s the search has {self.search_seconds:,.3g}"
        if not self.year_seconds:
            return parts
        year = f"the dispatch of the whole year (about {self.year_seconds:,.0f} s)"
        if self.insisted:
            return f"{parts}; {year} comes after it, whatever it takes (time.replay)"
        if self.year_reserved:
            return f"{parts}; time is kept for {year}"
        return f"{parts}; {year} is left out unless the search ends early"


def time_limits(case: Case, size: Size, began: float) -> TimeLimits:
    """Return the timetable of a run that began at a moment of `time.perf_counter` and solves from now on."""
    settings = case.settings.time
    return TimeLimits(
        began=began,
        limit_seconds=case.settings.solve.time_limit_seconds,
        finish_seconds=size.finish_seconds,
        year_seconds=size.year_seconds if settings.replay else 0.0,
        write_seconds=size.write_seconds,
        insisted=settings.replay and "replay" in settings.model_fields_set,
    )
