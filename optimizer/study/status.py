"""How far a study is: what of its design is finished, how it ended, and how long the rest may take."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.store.plan_folder import FolderRefused
from optimizer.study.results import KEYS
from optimizer.study.sweep import finished_runs, time_left


@dataclass(frozen=True)
class Status:
    """The state of a study's folder."""

    runs: int
    """Different runs of the design; those with the same inputs count once."""
    ended: Mapping[str, int]
    """Status -> finished runs."""
    seconds: tuple[float, ...]
    """How long each of them took."""

    @property
    def left(self) -> int:
        """Return the number of runs that are not finished."""
        return self.runs - sum(self.ended.values())

    def text(self, workers: int) -> str:
        """Return it in a line."""
        ended = ", ".join(f"{count:,} {status}" for status, count in sorted(self.ended.items())) or "none"
        rest = f"; {self.left:,} left" if self.left else "; none left"
        if self.left and self.seconds:
            each = sum(self.seconds) / len(self.seconds) / workers
            rest += f", {time_left(each, self.left)} with {workers} worker{'' if workers == 1 else 's'}"
        return f"{sum(self.ended.values()):,} of {self.runs:,} runs finished ({ended}){rest}"


def status_of(folder: Path) -> Status:
    """Return the state of a study's folder, read without its case; raises FolderRefused if it has no design yet."""
    try:
        lines = (folder / KEYS).read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        raise FolderRefused(f"{folder} holds no design yet") from None
    keys = dict.fromkeys(line.partition(",")[2] for line in lines)
    finished = finished_runs(folder, keys)
    ended = Counter(run.status for run in finished.values())
    return Status(len(keys), ended, tuple(run.seconds for run in finished.values()))
