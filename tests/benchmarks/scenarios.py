"""What each scenario of the reference case answers, side by side: one table and a picture of who gets how much.

Run: python -m tests.benchmarks.scenarios [NAME ...]; solves the scenarios named (all of `SCENARIOS` where none is) into
outputs/europe, explains those that have no plan, and writes outputs/scenarios.md, with its picture and the data behind
it in outputs/scenarios, from all that lie there. The whole year is not dispatched. It takes minutes a scenario.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import pandas as pd
from matplotlib.figure import Figure
from pydantic import TypeAdapter

from models.plan import ObjectiveResult, Plan
from optimizer.audit.audit_report import AuditReport
from optimizer.case.settings import load_settings
from optimizer.explain.explain import ExplainRequest, explain
from optimizer.explain.render import lines, write
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.report.key_figures import audit_text, chosen_sites, gap_text, site_names
from optimizer.report.markdown import cell, code, plain, section, table
from optimizer.report.period_figures import shown_period
from optimizer.report.report_trust import rule_in_words
from optimizer.report.summary_sovereignty import control_share
from optimizer.run import Request, run
from optimizer.store.plan_files import read_plan
from optimizer.study.figures import BLUE, write_picture
from tests.benchmarks.variations import EUROPE

OUTPUTS = EUROPE.parents[1] / "outputs"
PAGE = OUTPUTS / "scenarios.md"
PICTURE = OUTPUTS / "scenarios" / "sites"
BASE = "base"
SCENARIOS = (
    BASE, "sovereign", "align", "hedge", "tiers_2025", "four_gigafactories", "dry_year", "delay", "palette", "uk_x20",
    "europe_x10", "factories_19", "franco_british", "investai_200bn", "capital_300bn", "earns",
)  # fmt: skip
HERE: Mapping[str, str] = {"time.replay": "false", "solve.time_limit_seconds": "240"}
"""What is set for all of them alike."""
BINDING_SHOWN, CHANGES_SHOWN = 3, 2
NO_PLAN = "explanation.json"


@dataclass(frozen=True)
class Answer:
    """What became of a scenario: a plan, or why there is none."""

    name: str
    asks: str
    plan: Plan | None = None
    audit: str = ""
    """What the audit found of the plan."""
    why: tuple[str, ...] = ()
    """Without a plan: what stands in the way, a sentence each."""

    def stage(self, objective: str) -> ObjectiveResult | None:
        """Return what is proved of an objective; None where the scenario does not have it."""
        stages = self.plan.proof.stages if self.plan else ()
        return next((each for each in stages if each.objective == objective), None)


def answer(case_dir: Path, name: str, folder: Path, settings: Mapping[str, str] = HERE) -> None:
    """Solve a scenario into a folder; where it has no plan, write why into it."""
    if (folder / NO_PLAN).is_file():
        rmtree(folder)
    outcome = run(Request(case_dir, name, folder, settings), RunMonitor())
    if outcome.plan is None:
        found = explain(ExplainRequest(case_dir, name, settings, 0, CHANGES_SHOWN, 600.0), RunMonitor())
        folder.mkdir(parents=True, exist_ok=True)
        told = [f"{outcome.status}: {outcome.message or found.message}", *lines(found)]
        (folder / NO_PLAN).write_text(json.dumps(told, indent=1), encoding="utf-8")
        write(found, folder)


def read_answer(case_dir: Path, name: str, folder: Path) -> Answer | None:
    """Return what lies in a scenario's folder; None where nothing does."""
    asks = load_settings(case_dir, name).title
    if (folder / NO_PLAN).is_file():
        return Answer(name, asks, why=tuple(json.loads((folder / NO_PLAN).read_text(encoding="utf-8"))))
    if not (folder / "plan.json").is_file():
        return None
    report = TypeAdapter(AuditReport).validate_json((folder / "audit.json").read_text(encoding="utf-8"))
    return Answer(name, asks, read_plan(folder), audit_text(report))


def reached(each: Answer, objective: str) -> str:
    """Return the best plan found for an objective before those after it, and its gap."""
    stage = each.stage(objective)
    return "" if stage is None or not stage.claims else f"{cell(stage.value)} ({gap_text(stage.gap_share)})"


def beside(each: Answer, base: Answer, objective: str) -> str:
    """Return by how much the best plan differs from that of the base scenario; nothing is told within the two gaps.

    The best of either lies between its plan and its bound: only what these leave apart is a difference.
    """
    mine, other = each.stage(objective), base.stage(objective)
    if each.name == base.name or mine is None or other is None:
        return ""
    (low, high), (least, most) = (sorted((stage.value, stage.bound)) for stage in (mine, other))
    if low <= most and least <= high:
        return "within the gaps"
    return f"{mine.value - other.value:+,.0f}"


def binding(plan: Plan) -> str:
    """Return the rules whose limits weigh most in the cost."""
    weight: dict[str, float] = {}
    for row in plan.limits:
        weight[row.rule] = weight.get(row.rule, 0.0) + abs(row.worth * row.limit)
    heaviest = sorted(weight, key=lambda rule: (-weight[rule], rule))[:BINDING_SHOWN]
    return "; ".join(map(rule_in_words, heaviest)) or "that halls and sites are whole"


def row_of(each: Answer, base: Answer, years: Mapping[str, float]) -> list[object]:
    """Return the row of a scenario."""
    if each.plan is None:
        return [each.name, each.why[0], *[""] * (len(HEADER) - 2)]
    plan, names = each.plan, site_names(each.plan)
    sites = ", ".join(f"{names[row.site]} {row.servers_mw:,.0f}" for row in chosen_sites(plan))
    bought = sum(row.bought_kchips for row in plan.chips)
    emitted_kt = sum(years[row.period] * row.attributional_kt for row in plan.carbon)
    spent = sum(row.spent_meur for row in plan.spending)
    shown = shown_period(plan)
    chips_kchips = sum(row.chips_kchips for row in plan.sites if row.period == shown)
    controlled = [control_share(row) for row in plan.sovereignty if (row.level, row.period) == ("control", shown)]
    return [
        each.name, sites, f"{bought:,.0f} ({chips_kchips:,.0f})",
        reached(each, "compute"), beside(each, base, "compute"), reached(each, "cost"), beside(each, base, "cost"),
        f"{spent:,.0f}", f"{emitted_kt:,.0f}", *(controlled or [""]), binding(plan), each.audit,
    ]  # fmt: skip


HEADER = (
    "scenario", "sites, MW in the last period", "thousand chips bought (in service at the end)",
    "new compute by itself, kH100e-years (gap)", "beside base", "net present cost, MEUR (gap)", "beside base",
    "capital, MEUR", "CO2, kt in all", "demand under European control", "what weighs most", "audit",
)  # fmt: skip


def page(case_dir: Path, answers: Sequence[Answer]) -> str:
    """Return the page."""
    periods = pd.read_csv(case_dir / "periods.csv")
    years = dict(zip(periods["period"], periods["length_years"], strict=True))
    base = next(each for each in answers if each.name == BASE)
    asked = "\n".join(f"- {code(each.name)}: {plain(each.asks)}" for each in answers)
    unplanned = [each for each in answers if each.why[1:]]
    return section(
        "# What each scenario answers",
        f"Generated by `python -m tests.benchmarks.scenarios` from the case `{case_dir.name}`. Each is "
        "solved anew from its own tables; a difference that the gaps of the two plans leave open is none. Sites that "
        "differ by less than the gap of cost are not told apart. Each had some minutes beside other work; its gap says "
        "how far it came. Control: on soil and run by owners of the bloc that the scenario names, at the end of the "
        "horizon, whom no law from outside makes disclose; a range where nobody is decided.",
        asked,
        table(HEADER, [row_of(each, base, years) for each in answers]),
        f"![Sites of every scenario]({PICTURE.relative_to(OUTPUTS)}.png)",
        *(
            section(f"## Why {code(each.name)} has no plan", "\n".join(f"- {plain(line)}" for line in each.why[1:]))
            for each in unplanned
        ),
    )


def site_sizes(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return the most servers of any period of every site that a scenario chooses: `scenario, site, country, mw`."""
    rows: list[tuple[str, str, str, float]] = []
    for each in answers:
        if each.plan is not None:
            names = site_names(each.plan)
            for row in chosen_sites(each.plan):
                most_mw = max(known.servers_mw for known in each.plan.sites if known.site == row.site)
                rows.append((each.name, names[row.site], row.country, most_mw))
    return pd.DataFrame(rows, columns=["scenario", "site", "country", "mw"])


def draw(figure: Figure, sizes: pd.DataFrame) -> None:
    """Draw a row for every site that any scenario chooses, and in it a dot as large as the servers of each."""
    place = sizes["site"] + " (" + sizes["country"] + ")"
    often = sizes.groupby(place)["mw"].agg(["size", "max"]).sort_values(["size", "max"])
    scenarios = [*dict.fromkeys(sizes["scenario"])]
    axes, most_mw = figure.subplots(), float(sizes["mw"].max())
    axes.scatter(
        sizes["scenario"].map(scenarios.index),
        place.map([*often.index].index),
        s=12 + 160 * sizes["mw"] / most_mw,
        color=BLUE,
        linewidths=0,
    )
    axes.set_xticks(range(len(scenarios)), scenarios, rotation=35, ha="right")
    axes.set_yticks(range(len(often)), [*often.index])
    axes.tick_params(length=0)
    axes.grid(color="0.92")
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.set_title(f"Most servers of any period; the largest dot is {most_mw:,.0f} MW", loc="left", fontsize=10)


def write_page() -> None:
    """Write the page, the picture and its data, of all scenarios that were solved or explained."""
    known = [path.stem for path in sorted((EUROPE / "scenarios").glob("*.toml"))]
    names = dict.fromkeys([*SCENARIOS, *known])
    found = [read_answer(EUROPE, name, OUTPUTS / EUROPE.name / name) for name in names]
    answers = [each for each in found if each is not None]
    PAGE.write_text(page(EUROPE, answers), encoding="utf-8", newline="\n")
    sizes = site_sizes(answers)
    PICTURE.parent.mkdir(exist_ok=True)
    write_picture(PICTURE.parent, PICTURE.name, sizes, draw, 1.4 + 0.2 * sizes["site"].nunique())


def main() -> None:
    """Solve what is named, and write the page of all that there is."""
    for name in sys.argv[1:] or SCENARIOS:
        answer(EUROPE, name, OUTPUTS / EUROPE.name / name)
    write_page()


if __name__ == "__main__":
    main()
