"""The summary's section on whose compute it is, its line on the terminal, and what the report shows of it."""

from collections import defaultdict

from models.plan import Plan, SovereigntyRow
from optimizer.case.display_names import unique_names
from optimizer.report.markdown import plain, section, table
from optimizer.report.period_figures import shown_period

NOTE = """\
Shares of the bloc: of compute served by host country (territory), by the jurisdiction of the operator's owner
(operator), and by both where no disclosure law from outside reaches the operator (control); of all compute in service
by the jurisdiction of the chip's vendor (chip). A range is what it could be where nobody is known to run a site, or no
vendor."""
RUN_HEADER = ("site", "operator", "owner under", "may be told to disclose by", "MW, new", "MW, committed")
HEADER = ("level", "period", "of new compute", "of all compute", "of demand", "largest holder", "holds")


def sovereignty_section(plan: Plan) -> str:
    """Return the section; empty for plans written before it was told."""
    if not plan.sovereignty:
        return ""
    return section(
        "## Whose compute",
        f"**{plain(control_in_words(plan))}**",
        table([*HEADER], index_cells(plan)),
        NOTE,
        table([*RUN_HEADER], run_cells(plan)),
    )


def control_in_words(plan: Plan) -> str:
    """Return what share of demand is met on compute under the bloc's control in the last period; or nothing."""
    period = shown_period(plan)
    row = next((each for each in plan.sovereignty if (each.level, each.period) == ("control", period)), None)
    if row is None or row.demand_share is None:
        return ""
    words = f"{control_share(row)} of the compute asked for in {period} is met under {whose_control(row)}"
    if row.demand_most_share is not None and row.demand_most_share > row.demand_share + 5e-4:
        words += ": who runs new sites is not decided (sovereignty.operators), or not known of committed ones"
    return f"{words}."


def control_share(row: SovereigntyRow) -> str:
    """Return the share of demand under control, as a range where it is one."""
    return _range(row.demand_share, row.demand_most_share)


def whose_control(row: SovereigntyRow) -> str:
    """Return whose control an index tells: of the bloc `european` that is European control, of `eea` EEA control."""
    name = row.bloc.upper() if len(row.bloc) <= 3 else row.bloc.capitalize()
    return f"{name} control" if name else "the control of the European Union"


def index_cells(plan: Plan) -> list[list[object]]:
    """Return the index, row by row."""
    return [
        [
            *(row.level, row.period, _range(row.new_share, row.new_most_share)),
            *(_range(row.all_share, row.all_most_share), _range(row.demand_share, row.demand_most_share)),
            *(row.largest, f"{row.largest_share:.0%}" if row.largest else ""),
        ]
        for row in plan.sovereignty
    ]


def run_cells(plan: Plan) -> list[list[object]]:
    """Return who runs each site, with the most servers of any period, the largest first."""
    names = unique_names({row.site: row.name for row in plan.sites})
    most = defaultdict[tuple[str, ...], list[float]](lambda: [0.0, 0.0])
    for row in plan.operators:
        held = most[row.site, row.name, row.jurisdiction, row.disclosure]
        held[:] = max(held[0], row.servers_mw), max(held[1], row.committed_mw)
    ordered = sorted(most.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
    return [[names[site], *rest, *held] for (site, *rest), held in ordered]


def _range(least: float | None, most: float | None) -> str:
    if least is None or most is None:
        return ""
    low, high = f"{least:.0%}", f"{most:.0%}"
    return low if low == high else f"{low} to {high}"
