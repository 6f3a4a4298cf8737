"""Answers of matching: what matches where, how well, and when not."""

from typing import Annotated, Literal

from models.plan.rows import From, Number, ResultRow
from models.units import Plausible


class FirmingRow(ResultRow):
    """New or contracted plant whose days stores of the same contract make even, for matching."""

    key = ("zone", "store", "technology", "period")
    rows = ("matching.firmed_mw",)
    sparse = True
    zone: str
    """Zone."""
    store: str
    """Technology of the store."""
    technology: str
    """Technology of the plant."""
    period: str
    """Period."""
    firmed_mw: Annotated[Number, From("matching.firmed_mw")]
    """Plant, and as much storage."""


class SendingRow(ResultRow):
    """Contracts and new plant that match at the other end of a line, and not at home."""

    key = ("line", "way", "technology", "period")
    rows = ("matching.sent_mw",)
    sparse = True
    line: str
    """Line."""
    way: Literal["forward", "backward"]
    """From the line's first to its second zone, or the other way."""
    technology: str
    """Technology of the plant, which stands where the way begins."""
    period: str
    """Period."""
    sent_mw: Annotated[Number, From("matching.sent_mw")]
    """Plant whose output matches there, before losses."""


class CountingRow(ResultRow):
    """Contracts and new plant that count for a site, where every site has a cap of its own."""

    key = ("site", "technology", "period")
    rows = ("matching.counted_mw",)
    sparse = True
    site: str
    """Site."""
    technology: str
    """Technology of the plant, which stands in the site's zone."""
    period: str
    """Period."""
    counted_mw: Annotated[Number, From("matching.counted_mw")]
    """Plant whose output counts for it alone."""


class MatchingRow(ResultRow):
    """Matching over all hours of the record, of every zone with new servers and of all together (`plan`)."""

    key = ("zone", "period")
    zone: str
    """Zone, or `plan`."""
    period: str
    """Period."""
    drawn_twh: Number
    """Draw of the new servers with their cooling in a year."""
    matched_twh: Number
    """Of which contracts and new plant match in the same hour."""
    clean_twh: Number
    """The same, and the clean share of the grid's mix in the rest, as `matching.grid` counts it."""
    supplied_twh: Number
    """What contracts and new plant can give, less the losses of stores."""
    delivered_twh: Number
    """What of the draw the plan's own dispatch of its representative days gives in the same hour: of every technology's output
    the share of contracts and new plant in its capacity, with what stores make of it; what is curtailed, or kept in
    reservoirs, is not delivered."""
    matched_hours: Number
    """Hours of a year in which all of the draw is matched."""
    least_share: Annotated[Number, Plausible(0, 1)]
    """Share matched in the worst hour of the record."""


class MatchingCurveRow(ResultRow):
    """Duration curve of matching: hours of a year in which at least so much of the draw is matched."""

    key = ("zone", "period", "percent")
    zone: str
    """Zone, or `plan`."""
    period: str
    """Period."""
    percent: Annotated[int, Plausible(0, 100)]
    """Share of the draw, in hundredths."""
    hours: Number
    """Hours of a year in which contracts and new plant match at least this share."""


class MatchingDayRow(ResultRow):
    """What of the draw is not matched on each representative day, where a target is set."""

    key = ("scored", "period", "day")
    rows = ("matching.unclean_mwh",)
    scored: str
    """Zone, or `plan`, whose score is asked."""
    period: str
    """Period."""
    day: str
    """Representative day."""
    unclean_mwh: Annotated[Number, From("matching.unclean_mwh")]
    """Draw that is neither matched nor clean in the grid's mix, on one such day."""
    unmatched_mwh: Annotated[Number, From("matching.unmatched_mwh")]
    """Draw that contracts and new plant do not match."""
