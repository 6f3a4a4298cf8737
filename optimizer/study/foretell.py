"""What a study takes, told before it begins: its runs, time and memory."""

from dataclasses import replace

from optimizer.case.faults import CaseRefused
from optimizer.explain.limit_input import with_setting
from optimizer.monitor.memory import free_memory_mb
from optimizer.runtime.estimate import LEAST_SHARE, MOST_SHARE, duration_text, estimate
from optimizer.study.results import BASE
from optimizer.study.sweep import Planned

WARM_SHARE = 0.3
"""Time of a run on a session that has answered before, as a share of the search of a case by itself, by measure."""


def foretell(planned: Planned, workers: int, cluster: str | None, before: int = 0) -> str:
    """Return in a line what the runs of a study take of which so many are finished before."""
    runs, different = len(planned.runs), len(planned.different)
    same = "" if runs == different else f" ({different:,} different)"
    finished = f", {before:,} of them finished" if before else ""
    text = f"{runs:,} runs{same}{finished}"
    left, variant = different - before, planned.runs[BASE].variant
    if not left or variant is None:
        return text
    settings = with_setting(with_setting(variant.settings, "solve.workers", 1), "time.replay", False)
    try:
        size = estimate(replace(variant, settings=settings).case(planned.variants.read(variant.settings)))
    except CaseRefused as refused:
        return f"{text}; the base run is refused: {refused}"
    number = min(workers, left)
    alone = min(size.search_seconds + size.finish_seconds, size.limit_seconds)
    seconds = alone + WARM_SHARE * alone * (left - 1) / number
    least, most = (share * number * size.search_memory_mb / 1024 for share in (LEAST_SHARE, MOST_SHARE))
    free = free_memory_mb() / 1024
    where = "a cluster" if cluster else f"{number} worker{'' if number == 1 else 's'} of this machine"
    warning = "" if cluster or most <= free else f"; {free:,.1f} GB are free: take fewer workers if it does not fit"
    return (
        f"{text}: {duration_text(LEAST_SHARE * seconds, MOST_SHARE * seconds)} on {where}, "
        f"{least:,.1f} to {most:,.1f} GB{warning}"
    )
