"""The page of futures: what is decided now, what each future builds then, and what it is worth to know them."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from models.settings import OBJECTIVES
from optimizer.report.key_figures import chosen_sites, key_figures, site_names
from optimizer.report.markdown import code, plain, section, table
from optimizer.study.futures import FuturePlan, FuturesAnswer, Value, effect
from optimizer.study.results import write_text


def write_futures_page(folder: Path, title: str, answer: FuturesAnswer) -> None:
    """Write `futures.md`, and its tables of sites, of futures and of values as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames(answer).items():
        write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "futures.md", futures_page(title, answer))


def frames(answer: FuturesAnswer) -> dict[str, pd.DataFrame]:
    """Return tables: `sites` by site and future (MW of servers), `futures` with their figures, `values` with bounds."""
    plans = {each.future.name: each for each in answer.plans}
    sites = dict[str, dict[str, object]]()
    for name, each in plans.items():
        for row in chosen_sites(each.plan):
            found = sites.setdefault(row.site, {"site": row.site, "place": site_names(each.plan)[row.site]})
            found |= {"country": row.country, name: row.servers_mw}
    figures = [_figures(each) for each in answer.plans]
    asked: dict[str, Mapping[str, Value] | None] = {"answer": answer.values}
    asked |= {"knowing the future": answer.knowing, "without futures": answer.without}
    values = [
        {"question": question, "objective": name, "unit": OBJECTIVES[name].unit, **vars(value)}
        for question, known in asked.items()
        for name, value in (known or {}).items()
    ]
    frame = pd.DataFrame([*sites.values()], columns=["site", "place", "country", *plans])
    return {"sites": frame.fillna(0.0), "futures": pd.DataFrame(figures), "values": pd.DataFrame(values)}


def _figures(each: FuturePlan) -> dict[str, object]:
    figures = key_figures(each.plan)
    return {
        "future": each.future.name,
        "probability": each.future.probability,
        **each.values,
        "sites": figures.sites,
        "servers_mw": figures.servers_mw,
        "chips_kchips": figures.chips_kchips,
        "served_kh100e": figures.served_kh100e,
        "sound": each.report.sound,
    }


def futures_page(title: str, answer: FuturesAnswer) -> str:
    """Return the page of a case under its futures."""
    heading = f"# {plain(title)}: what is decided now, under {len(answer.uncertain.futures)} futures"
    if not answer.plans:
        return section(heading, f"No plan ({answer.status}): {plain(answer.message)}")
    found, risk = frames(answer), answer.uncertain.case.settings.risk
    told = "Probabilities are those of the scenario, and no better than its author's judgement. "
    told += "Sites, who runs them, and grid steps are the same in all futures; halls, chips, connections, plants, "
    told += "contracts and dispatch follow when the future is known."
    parts = [section(heading, told, answer.message and plain(answer.message))]
    decided = [f"- {code(name)}" for name in answer.decided] or ["- nothing"]
    parts.append(section("## Decided now", "\n".join(decided), *_differences(answer)))
    sites = found["sites"]
    parts.append(
        section(
            "## What each future builds on it",
            "Servers in MW, in the last period shown by its plan:",
            table([*sites.columns], sites.to_numpy(dtype=object).tolist()),
            table([*found["futures"].columns], found["futures"].to_numpy(dtype=object).tolist()),
            *_given_up(answer),
        )
    )
    rows = [[*row] for row in found["values"].to_numpy(dtype=object).tolist()]
    weighed = "The mean over all futures"
    if risk.cvar_weight:
        weighed += f" ({1 - risk.cvar_weight:.0%}) with the mean of the worst {1 - risk.cvar_share:.0%} "
        weighed += f"({risk.cvar_weight:.0%})"
    parts.append(
        section(
            "## What it is worth",
            f"{weighed}; the bound is what nothing can beat. All but the last objective are kept at the same level. "
            "Without futures is what the scenario as it stands decides, in the futures; where that has the mean of "
            "every uncertain number, weighing them is worth the value of the stochastic solution.",
            table([*found["values"].columns], rows),
            "\n".join(_spread(answer)),
            "\n".join(_effects(answer)),
            "\n".join(f"- {plain(note)}" for note in answer.notes),
        )
    )
    return "\n".join(parts)


def _differences(answer: FuturesAnswer) -> Iterator[str]:
    """Yield how this differs from what the case without futures decides."""
    if not answer.without_decided:
        return
    more, less = (
        ", ".join(code(name) for name in one if name not in other) or "nothing"
        for one, other in (
            (answer.decided, answer.without_decided),
            (answer.without_decided, answer.decided),
        )
    )
    yield f"More than the case without futures decides: {more}. Less: {less}."


def _given_up(answer: FuturesAnswer) -> Iterator[str]:
    for each in answer.plans:
        if each.given_up:
            names = ", ".join(code(name) for name in each.given_up)
            yield f"In {plain(each.future.name)} this cannot be, and what was paid for it is lost: {names}."


def _spread(answer: FuturesAnswer) -> Iterator[str]:
    """Yield the mean, the worst futures and the range of each objective."""
    risk, shares = answer.uncertain.case.settings.risk, [each.future.probability for each in answer.plans]
    if len(answer.plans) < len(answer.uncertain.futures):
        return
    for name in answer.values:
        sign = -1.0 if OBJECTIVES[name].sense == "maximise" else 1.0
        values = [sign * each.values[name] for each in answer.plans]
        mean = sum(share * value for share, value in zip(shares, values, strict=True))
        worst = risk.worst_mean(values, shares)
        yield (
            f"- {name}, {OBJECTIVES[name].unit}: mean {sign * mean:,.6g}, best {sign * min(values):,.6g}, worst "
            f"{sign * max(values):,.6g}, mean of the worst {1 - risk.cvar_share:.0%} {sign * worst:,.6g} (in plans by "
            "themselves, without what is given up in them)"
        )


def _effects(answer: FuturesAnswer) -> Iterator[str]:
    """Yield what it is worth to weigh the futures, and to know them."""
    for what, better, worse in (
        ("Weighing the futures, not the scenario as it stands alone", answer.values, answer.without),
        ("Knowing the future first (expected value of perfect information)", answer.knowing, answer.values),
    ):
        for name in answer.values:
            if better is None or worse is None or name not in better or name not in worse:
                continue
            yield f"- {what}, {name}: {_effect_in_words(name, better, worse)}"


def _effect_in_words(name: str, better: Mapping[str, Value], worse: Mapping[str, Value]) -> str:
    found, unit = effect(name, better[name], worse[name]), OBJECTIVES[name].unit
    if math.isnan(found.most):
        return "not known, for want of a bound"
    if not found.shown:
        return f"none that the gaps would show; at most {found.most:,.4g} {unit}"
    return f"{found.least:,.4g} to {found.most:,.4g} {unit}"
