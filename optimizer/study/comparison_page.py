"""The comparison of plans as a page and as tables: what differs, what that did, and how much of it is due to what."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.report.markdown import cell, code, plain, section, table
from optimizer.report.period_figures import opening_periods, shown_period
from optimizer.report.write_tables import harmless
from optimizer.study.changed_inputs import Side
from optimizer.study.comparison import SEARCH, Pair, Shares
from optimizer.study.comparison_map import site_changes, write_map
from optimizer.study.results import write_text

CHANGES_SHOWN = 25
LEDGERS = "net present cost by ledger"
SHARES_SHOWN = 6
"""Most groups that the table of figures has a column for."""
NONE = "none"
NOTICED = 1e-6
"""Share of the larger figure by which two must differ to be shown as different: less is what solvers leave."""


def write_comparison(folder: Path, pairs: Sequence[Pair]) -> str:
    """Write `compare.md`, its map, and `figures.csv`, `inputs.csv`, `kept.csv` into a folder; return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = {
        "inputs": [pair.changes.assign(plan=pair.second.name) for pair in pairs],
        "figures": [_figures(pair) for pair in pairs],
        "kept": [pair.kept for pair in pairs],
    }
    for name, parts in frames.items():
        frame = pd.concat(parts, ignore_index=True).map(harmless)
        write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    write_map(folder, pairs)
    page = comparison_page(pairs)
    write_text(folder / "compare.md", page)
    return page


def _figures(pair: Pair) -> pd.DataFrame:
    """Return every figure of both plans, with what is proved of objectives and the shares of groups."""
    frame = pair.figures
    proved = pair.objectives.set_index("objective")[["least", "most", "none"]]
    is_objective = frame.index.get_level_values("topic") == "objective"
    names = frame.index.get_level_values("figure").where(is_objective, "")
    for column in proved:
        frame = frame.assign(**{str(column): proved[column].reindex(names).to_numpy()})
    if pair.shares is not None:
        frame = frame.join(pair.shares.figures.add_prefix("due to "))
    return frame.reset_index().assign(plan=pair.second.name)


def comparison_page(pairs: Sequence[Pair]) -> str:
    """Return the page of plans compared with the first one."""
    names = [pairs[0].first.name, *(pair.second.name for pair in pairs)]
    title = f"# {' and '.join([', '.join(map(plain, names[:-1])), plain(names[-1])])} compared"
    sides = [pairs[0].first, *(pair.second for pair in pairs)]
    parts = [section(title, "\n".join(map(_asked, sides)), "![Sites of the plans](sites.png)")]
    for pair in pairs:
        first, second = plain(pair.first.name), plain(pair.second.name)
        parts += [
            section(f"## {second} against {first}", *_answer(pair)),
            section("### What came of it", *_came(pair)),
            section("### Sites", *_sites(pair)),
            section("### What differs in the inputs", *_inputs(pair)),
        ]
        if pair.shares is not None and pair.shares.groups != (SEARCH,):
            parts.append(section("### How much is due to which change", *_due(pair, pair.shares)))
        if len(pair.kept):
            parts.append(section("### If the plan were kept", *_kept(pair)))
    return "\n".join(parts)


def _asked(side: Side) -> str:
    """Return what a plan answers: its title, case and scenario, and what was set for it."""
    origin = side.plan.provenance
    changes = ", ".join(code(f"{key} = {value}") for key, value in origin.overrides.items())
    return (
        f"- {plain(side.name)}: {plain(side.plan.title)} (case {code(origin.case)}, scenario "
        f"{code(origin.scenario_name)}{f', with {changes}' if changes else ''})"
    )


def _answer(pair: Pair) -> Iterator[str]:
    """Yield what there is to say in sentences."""
    for row in pair.objectives.to_dict("records"):
        yield f"**{row['objective']}**: {_verdict(row)}{_due_to(pair, row['objective'], bool(row['none']))}."
    if pair.equal:
        yield (
            "Either plan is as good as the other under both inputs, within the gap asked for: where their sites and "
            "sizes differ, that is a choice between equals and no effect of the inputs."
        )
    elif pair.none:
        yield "No objective is proved to differ. What else differs may be the choice of the search."
    for note in pair.notes:
        yield plain(note if note.endswith(".") else note + ".")


def _verdict(row: Mapping[Hashable, Any]) -> str:
    first, second, difference, least, most = (
        float(str(row[name])) for name in ("first", "second", "difference", "least", "most")
    )
    unit = row["unit"]
    if row["none"] and not np.isfinite([least, most]).all():
        return f"{cell(first)} and {cell(second)} {unit}; of one of them nothing is proved, so no difference is known"
    if row["none"]:
        told = f"no difference: {cell(first)} and {cell(second)} {unit} lie within the gaps"
        return f"{told} ({_signed(least)} to {_signed(most)})"
    ends = {_signed(each) for each in (least, most, difference)}
    proved = f", proved {_signed(least)} to {_signed(most)}" if len(ends) > 1 else ""
    return f"{_signed(difference)} {unit}, from {cell(first)} to {cell(second)}{proved}"


def _due_to(pair: Pair, objective: str, none: bool) -> str:
    shares = pair.shares
    if none or shares is None or shares.groups == (SEARCH,):
        return ""
    mine = shares.figures.xs(objective, level="figure").iloc[0]
    order = mine.abs().sort_values(ascending=False).index
    told = [name for name in order if not _is_none(pair, shares, objective, name)]
    parts = [f"{_signed(float(mine[name]))} due to {plain(name)}" for name in told]
    rest = [plain(name) for name in order if name not in told]
    if rest:
        parts.append(f"none that is proved due to {', '.join(rest)}")
    return f"; of it {', '.join(parts)}" if told else ""


def _is_none(pair: Pair, shares: Shares, objective: str, group: str) -> bool:
    """Tell whether a share of an objective may be none, as the bounds tell, or is what solvers leave."""
    if objective not in shares.least.index:
        return False
    row = pair.objectives.set_index("objective").loc[objective]
    least, most = (float(each[group][objective]) for each in (shares.least, shares.most))
    leaves = NOTICED * max(abs(row["first"]), abs(row["second"]), 1.0)
    return bool(least <= leaves and most >= -leaves)


def _came(pair: Pair) -> Iterator[str]:
    shown = {"", shown_period(pair.second.plan)}
    level = pair.figures.index.get_level_values
    whole = (level("entity") == "") | (level("figure") == LEDGERS)
    frame = pair.figures[level("period").isin(shown) & whole]
    shares = pair.shares if pair.shares and 1 < len(pair.shares.groups) <= SHARES_SHOWN else None
    groups = shares.groups if shares else ()
    wide = frame.join(shares.figures) if shares else frame
    same = {*pair.objectives.loc[pair.objectives["none"], "objective"]}
    rows = []
    for row in wide.reset_index().to_dict("records"):
        figure, is_objective = row["figure"], row["topic"] == "objective"
        leaves = NOTICED * max(abs(row["first"]), abs(row["second"]))
        none = abs(row["difference"]) <= leaves or (is_objective and figure in same)
        name = ", ".join(filter(None, (": ".join(filter(None, (figure, row["entity"]))), row["period"])))
        told = [row["topic"], name, row["unit"], cell(row["first"]), cell(row["second"])]
        told.append(NONE if none else _signed(row["difference"]))
        for group in groups:
            small = abs(row[group]) <= leaves or (
                is_objective and shares is not None and _is_none(pair, shares, figure, group)
            )
            told.append(NONE if none or small else _signed(row[group]))
        rows.append(told)
    header = ["", "figure", "unit", pair.first.name, pair.second.name, "difference"]
    due = [f"due to {plain(each)}" for each in groups]
    yield _right(3, table([*map(plain, header), *due], rows))
    yield (
        "Objectives that differ by no more than their gaps are called none. All other figures are those of the plans "
        "found; plans as good may have others. `figures.csv` has every period, technology, site, zone and country."
    )


def _sites(pair: Pair) -> Iterator[str]:
    found, sides = site_changes(pair), (pair.first, pair.second)
    opens, shown = [opening_periods(side.plan) for side in sides], [shown_period(side.plan) for side in sides]
    words = {"first": f"only in {pair.first.name}", "second": f"only in {pair.second.name}", "both": "in both"}
    rows = [
        [row["name"], opens[0].get(row["site"], ""), float(row["first_mw"]), opens[1].get(row["site"], ""),
         float(row["second_mw"]), words[row["stands_in"]]]
        for row in found.to_dict("records")
    ]  # fmt: skip
    names = [plain(side.name) for side in sides]
    header = [(f"{name}, from", f"MW in {period}") for name, period in zip(names, shown, strict=True)]
    yield table(["site", *header[0], *header[1], ""], rows)


def _inputs(pair: Pair) -> Iterator[str]:
    found = pair.changes
    if found.empty:
        yield "Nothing."
        return
    rows = found.head(CHANGES_SHOWN)[["table", "key", "column", "unit", "first", "second", "note"]].to_numpy().tolist()
    yield table(["table", "row", "column or key", "unit", plain(pair.first.name), plain(pair.second.name), ""], rows)
    if len(found) > CHANGES_SHOWN:
        yield f"{len(found) - CHANGES_SHOWN:,} more are in `inputs.csv`."


def _due(pair: Pair, shares: Shares) -> Iterator[str]:
    how = (
        "over all orders in which the changes may come"
        if shares.exact
        else "over one order of the changes and its reverse"
    )
    yield (
        f"A share is what a group of changes does when it comes, on average {how} (Shapley value): shares sum to the "
        f"difference. {shares.solved:,} cases in between were solved for it. `least` and `most` are what the bounds of "
        "all these searches prove; a share that may be none is called none."
    )
    rows = []
    for row in pair.objectives.to_dict("records"):
        name = str(row["objective"])
        mine = shares.figures.xs(name, level="figure").iloc[0]
        for group in shares.groups:
            known = name in shares.least.index
            ends = [_signed(each[group][name]) if known else "" for each in (shares.least, shares.most)]
            verdict = NONE if row["none"] or _is_none(pair, shares, name, group) else ""
            rows.append([name, group, _signed(mine[group]), *ends, verdict])
        rows.append([name, "all", *(_signed(row[end]) for end in ("difference", "least", "most")), ""])
    yield _right(2, table(["objective", "changes", "share", "least", "most", ""], rows))


def _kept(pair: Pair) -> Iterator[str]:
    yield (
        "The whole numbers of a plan (sites, halls, steps) are kept under the other's inputs and all else is decided "
        "anew, by linear programmes: no luck of a search stands between the two values."
    )
    rows = [
        [
            f"{row['plan']} under the inputs of {row['inputs']}", row["objective"],
            "no plan" if np.isnan(row["value"]) else cell(row["value"]), cell(row["own"]), row["unit"],
            row["why"] or ("as good, within the gap" if row["equal"] else f"worse by {cell(row['worse'])}"),
        ]
        for row in pair.kept.to_dict("records")
    ]  # fmt: skip
    yield table(["plan", "objective", "worth", "the plan made for them", "unit", ""], rows)


def _right(texts: int, markdown: str) -> str:
    """Return a table whose columns after the first ones, of texts, are set to the right."""
    header, rule, *rows = markdown.split("\n")
    count = rule.count("---")
    return "\n".join([header, f"| {' | '.join(['---'] * texts + ['---:'] * (count - texts))} |", *rows])


def _signed(value: float) -> str:
    text = cell(abs(float(value)))
    return text if text == "0" else f"{'+' if value > 0 else '-'}{text}"
