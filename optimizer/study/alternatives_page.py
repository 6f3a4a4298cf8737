"""Near-optimal plans as tables, as a page, and as the files of a folder."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from models.settings import OBJECTIVES
from optimizer.report.markdown import code, plain, section, table
from optimizer.study.alternatives import Alternatives
from optimizer.study.call_list import RANGE_SHARE

SHOWN = 40
"""Rows of a table on the page; the files have all."""


def frames_of(found: Alternatives) -> dict[str, pd.DataFrame]:
    """Return what is known as frames: `sites`, `zones`, `plans`, `flips`, `calls`.

    Values are those of the last objective, as people read it; MW are of new server halls in the last period. NaN where
    no plan is known, or where no plan can be.
    """
    near, sign = found.near, found.near.objective.sign
    case, hall_mw = near.case, near.case.settings.halls.hall_mw
    sites = []
    for site, each in found.answers.items():
        counts = [plan.halls.get(site, 0) * hall_mw for plan in near.plans]
        row = case.sites[site]
        values = {
            "bound_in": each.bound_in,
            "plan_in": np.nan if each.plan_in is None else each.plan_in.value,
            "bound_out": each.bound_out,
            "plan_out": np.nan if each.plan_out is None else each.plan_out.value,
        }
        sites.append(
            {
                "site": site,
                "name": row.name,
                "country": row.country,
                "zone": row.zone,
                "extension": int(row.status == "committed"),
                "stands_in": found.answer(site),
                "chosen": int(each.chosen),
                "reference_mw": near.reference.halls.get(site, 0) * hall_mw,
                "plan_low_mw": min(counts),
                "plan_high_mw": max(counts),
                **{name: sign * value if np.isfinite(value) else np.nan for name, value in values.items()},
                "proved_by": each.by,
            }
        )
    plans = [
        {
            "plan": number,
            "site": site,
            "mw": halls * hall_mw,
            "value": sign * plan.value,
            "above_reference_share": (plan.value - near.reference.value) / max(abs(near.reference.value), 1.0),
            "sites_that_differ": len(plan.sites ^ near.reference.sites),
        }
        for number, plan in enumerate(found.different)
        for site, halls in sorted(plan.halls.items())
    ]
    order = {"all": 0, "some": 1, "not proved": 2, "no": 3}
    frame = pd.DataFrame(sites)
    if sites:
        ranked = frame.assign(order=frame["stands_in"].map(order)).sort_values(
            ["order", "chosen", "bound_in", "site"], ascending=[True, False, sign > 0, True]
        )
        frame = ranked.drop(columns="order").reset_index(drop=True)
    flips = pd.DataFrame([vars(each) for each in found.flips]).replace(np.inf, np.nan)
    return {
        "sites": frame,
        "zones": pd.DataFrame([vars(each) for each in found.regions]),
        "plans": pd.DataFrame(plans),
        "flips": flips,
        "calls": pd.DataFrame([vars(each) for each in found.calls]).replace(np.inf, np.nan),
    }


def write_alternatives(folder: Path, title: str, found: Alternatives) -> None:
    """Write `alternatives.md`, the tables as CSV, and `alternatives.json` with all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames_of(found).items():
        (folder / f"{name}.csv").write_text(frame.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
    (folder / "alternatives.md").write_text(alternatives_page(title, found), encoding="utf-8")
    (folder / "alternatives.json").write_text(json.dumps(as_json(found), indent=1) + "\n", encoding="utf-8")


def as_json(found: Alternatives) -> dict[str, object]:
    """Return all that is known as one JSON object."""
    near = found.near
    tables = {name: json.loads(frame.to_json(orient="records")) for name, frame in frames_of(found).items()}
    return {
        "objective": near.objective.name,
        "within": found.within,
        "reference": near.objective.sign * near.reference.value,
        "limit": near.objective.sign * near.limit,
        "levels": dict(found.levels),
        "proof": [stage.model_dump() for stage in found.stages],
        "plans_found": len(near.plans),
        "cut_short": found.cut_short,
        "seconds": found.seconds,
        **tables,
    }


def alternatives_page(title: str, found: Alternatives) -> str:
    """Return the page."""
    near, frames = found.near, frames_of(found)
    name, sign = near.objective.name, near.objective.sign
    unit, last = OBJECTIVES[name].unit, found.stages[-1]
    sites = frames["sites"]
    counts = {key: int((sites["stands_in"] == key).sum()) for key in _ANSWERS} if len(sites) else {}
    held = "".join(
        f" New plans hold {level:,.2f} of {each} ({OBJECTIVES[each].unit}), as the reference plan does: "
        f"{code(f'--set question.levels.{each}={level:.9g}')} asks for the same."
        for each, level in found.levels.items()
    )
    told = (
        f"All plans that keep every rule and whose {name} is no worse than {sign * near.limit:,.1f} {unit}: "
        f"{found.within:.3g} of that of the reference plan ({sign * near.reference.value:,.1f} {unit}, proved to "
        f"{last.gap_share:.3g}).{held}"
    )
    if near.limit - near.reference.value <= near.reference.value - near.bound:
        told += " **The tolerance is no larger than the gap of the reference plan: ask for a smaller solve.gap_share.**"
    if found.cut_short:
        told += " **The clock or an interruption cut the work short**: with more time less would be left unproved."
    summary = ", ".join(f"{counts.get(key, 0):,} in {words}" for key, words in _ANSWERS.items())
    parts = [
        section(f"# {plain(title)}: near-optimal plans", told),
        section(
            "## Sites",
            f"New halls stand at {summary}. *Some* is shown by plans whose days were dispatched, *all* and *no* by a "
            "bound over every plan; *not proved* is what neither settled within the work allowed. "
            f"`bound_in`: no plan with the site has a better {name}; `plan_in`: one that was found has this.",
            _rows(
                sites,
                ["site", "country", "stands_in", "chosen", "plan_low_mw", "plan_high_mw", "bound_in", "plan_in"],
            ),
        ),
    ]
    if found.regions:
        zones = frames["zones"]
        used = zones[zones["bound_high_mw"] > 0].sort_values(["kind", "plan_high_mw"], ascending=[True, False])
        parts.append(
            section(
                "## Zones and countries",
                "New server power in the last period, MW: no plan lies outside `bound_low_mw` .. `bound_high_mw`, "
                "and plans that were found reach from `plan_low_mw` to `plan_high_mw`.",
                _rows(used, [*zones.columns]),
            )
        )
    if found.different:
        shown = [
            [
                number,
                sign * plan.value,
                f"{(plan.value - near.reference.value) / max(abs(near.reference.value), 1.0):+.2%}",
                len(plan.sites ^ near.reference.sites),
                ", ".join(
                    f"{site} {halls * near.case.settings.halls.hall_mw:g}" for site, halls in sorted(plan.halls.items())
                ),
            ]
            for number, plan in enumerate(found.different)
        ]
        header = ["plan", f"{name}, {unit}", "above plan 0", "sites that differ", "sites, MW"]
        text = (
            "Plan 0 is the reference plan; each further one is the farthest found from the nearest of those above it."
        )
        parts.append(section("## Plans that differ most", text, table(header, shown)))
    if found.flips:
        text = (
            "What change in favour of a rejected site (cheaper, sooner, more) brings it in, and which one against a "
            "chosen site (dearer, later, less) drives it out; the levels above are held. Below `never_below` no search "
            "to the asked gap flips the choice, from `always_from` on every one does: both proved. `cost_meur`: a "
            "present value that no fund pays; `opening_meur`, `fee_eur_per_mwh`: that column of `sites`, the first of "
            "which cannot fall below 0; `years`: permit, connection, headroom together; `headroom_mw`: in every year. "
            "Empty: no change does (`never_below`), or none is known to (`always_from`)."
        )
        columns = ["site", "chosen", "change", "never_below", "always_from"]
        parts.append(section("## Flips", text, _rows(frames["flips"], columns)))
    if found.calls:
        ranges = " and ".join(f"{share:.0%} of a cell that is {word}" for word, share in _RANGES.items())
        text = (
            f"Cells that are no facts, each moved by {ranges.replace('%', ' %')}, a convention of this list: "
            "`moves_meur` is how much dearer the error (`if_it_is` more or less than stated) makes the reference plan "
            "beside the plan known that it favours most, `flip_meur` how much dearer that one is now. Their difference "
            "is `power_meur`: above 0 the error flips the choice and asking is worth so much, below it falls short. "
            "Where a site would no longer fit, `moves_meur` is empty and the power is what losing it costs; both "
            "are empty where the error lets a site take over the halls of another, which does not fit now. To first "
            "order: nothing is decided anew, so the order is a guide and no proof; plans not found are not in it."
        )
        columns = [
            "table", "key", "column", "site", "value", "quality", "if_it_is", "moves_meur", "flip_meur", "power_meur",
        ]  # fmt: skip
        parts.append(section("## Whom to ask first", text, _rows(frames["calls"], columns)))
    return "\n".join(parts)


_RANGES = {"an estimate": RANGE_SHARE["estimate"], "derived": RANGE_SHARE["derived"]}
_ANSWERS = {"all": "all plans", "some": "some", "no": "none", "not proved": "an unknown number"}


def _rows(frame: pd.DataFrame, columns: list[str]) -> str:
    """Return the first rows of a frame as a table, empty where a number is none."""
    if frame.empty:
        return "none"
    first = frame[columns].head(SHOWN).astype(object)
    rows = first.where(first.notna(), "").to_numpy(dtype=object).tolist()
    more = f"\n\n{len(frame) - SHOWN:,} more are in the tables." if len(frame) > SHOWN else ""
    return table(columns, rows) + more
