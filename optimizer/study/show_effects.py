"""The effects of a study for people: each beside the gap, and named as none where it is smaller."""

from rich.console import Console
from rich.table import Table

from optimizer.study.results import BASE, StudyResults

SHOWN = 30
"""Most effects of an objective that are listed one by one; of more only their range is told."""
WITHIN = "within the gap"


def show_effects(results: StudyResults, console: Console) -> None:
    """Print how the objectives of all runs differ from those of the base run."""
    for objective, effects in results.effects().groupby("objective", sort=False):
        unit, none = effects.unit.iloc[0], effects[effects.within_gap]
        told = effects[~effects.within_gap].effect
        console.print(
            f"{objective} against the base run ({unit}): "
            + (f"{told.min():+,.1f} to {told.max():+,.1f} in {len(told):,} runs, " if len(told) else "")
            + f"{len(none):,} {WITHIN}",
            markup=False,
        )
        if len(effects) > SHOWN:
            continue
        table = Table(box=None, header_style="dim")
        for name in ("run", "differs in", "effect", "proved from", "to", ""):
            table.add_column(name, justify="left" if name in ("differs in", "") else "right", overflow="fold")
        for row in effects.to_dict("records"):
            figures = (f"{row[name]:+,.1f}" for name in ("effect", "least", "most"))
            table.add_row(str(row["run"]), _differs(results, row["run"]), *figures, WITHIN * row["within_gap"])
        console.print(table)


def _differs(results: StudyResults, run: int) -> str:
    """Return the factors in which a run differs from the base run, with their values."""
    own, base = results.design.loc[run], results.design.loc[BASE]
    shown = ((name, own[name]) for name in results.factors if own[name] != base[name] and own[name] == own[name])
    return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in shown)
