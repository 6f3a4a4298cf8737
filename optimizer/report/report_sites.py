"""The report's sections on sites: where, how large, and when what is built."""

from collections import defaultdict
from collections.abc import Iterator

from models.plan import Plan
from optimizer.report.headings import counted, in_words
from optimizer.report.idle_capacity import IDLE_SHARE, idle_halls, sites_without_chips
from optimizer.report.key_figures import capital_meur, chosen_sites, distinct_text, key_figures, site_names
from optimizer.report.markdown import cell, code, plain
from optimizer.report.period_figures import opening_periods, period_figures, shown_period
from optimizer.report.report_blocks import Block, Section, Table, Text
from optimizer.report.report_charts import stacked_bars


def sites_section(plan: Plan) -> Section:
    """Return where the plan builds, and what stands there."""
    period, opens, chosen, capital, names = (
        shown_period(plan),
        opening_periods(plan),
        chosen_sites(plan),
        capital_meur(plan),
        site_names(plan),
    )
    rows = []
    for number, row in enumerate(chosen, start=1):
        own = [hall for hall in plan.halls if hall.site == row.site and hall.period == period]
        chips = distinct_text(chip.chip for chip in plan.chips if chip.site == row.site)
        rows.append(
            [
                f"{number} {names[row.site]}",
                row.country,
                row.zone,
                opens[row.site],
                row.halls,
                row.servers_mw,
                row.peak_mw,
                row.connection_mw,
                row.chips_kchips,
                chips,
                row.served_kh100e,
                distinct_text(in_words(hall.cooling) for hall in own),
                " / ".join(f"{hall.pue_annual:.2f}" for hall in own),
                capital[row.site],
            ]
        )
    columns = {
        "site": "",
        "country": "",
        "zone": "",
        "opens": "sites.opens",
        "halls": "sites.halls",
        "servers, MW": "sites.servers_mw",
        "peak, MW": "sites.peak_mw",
        "connection, MW": "sites.connection_mw",
        "thousand chips": "sites.chips_kchips",
        "chips": "chips.bought_kchips",
        "serves, kH100e": "sites.served_kh100e",
        "cooling": "halls.standing_halls",
        "PUE": "halls.pue_annual",
        "capital, MEUR": "sites.capital_meur",
    }
    listed = [row for row in plan.sites if row.period == period]
    committed = [row for row in listed if row.committed_mw > 0]
    passed = sum(row.status == "candidate" and row.site not in opens for row in listed)
    lead = (
        f"{len(chosen)} of {len(chosen) + passed} places that could be chosen. Besides, "
        f"{counted(len(committed), 'committed site')} with {cell(sum(row.committed_mw for row in committed))} MW stand "
        "already. Capital is that of all periods; plants and grid steps cost "
        f"{cell(key_figures(plan).spent_meur - sum(capital.values()))} MEUR more."
    )
    anchors = [f"site-{number}" for number in range(1, len(rows) + 1)]
    table = Table(f"Chosen sites, sizes in {period}", columns, rows, anchors=anchors)
    return Section("sites", "Where, how large, cooled how", lead, (table, *_idle(plan)))


def _idle(plan: Plan) -> Iterator[Block]:
    empty, idle = sites_without_chips(plan), idle_halls(plan)
    if empty:
        yield Text(f"**Sites that never hold a chip:** {', '.join(map(plain, empty))}.", "warning")
    if idle:
        columns = {
            "site": "",
            "cooling": "",
            "period": "",
            "halls": "halls.standing_halls",
            "room, MW": "halls.standing_halls",
            "servers, MW": "halls.alive_mw",
        }
        rows = [
            [each.site, in_words(each.cooling), each.period, each.halls, each.room_mw, each.servers_mw] for each in idle
        ]
        yield Table(f"Halls that stand with few chips or none (filled to at most {IDLE_SHARE:.0%})", columns, rows)


def build_out_section(plan: Plan) -> Section:
    """Return what is built when."""
    periods, names = plan.hourly.periods, site_names(plan)
    sizes = {(row.site, row.period): row.servers_mw for row in plan.sites}
    power = {names[row.site]: [sizes[row.site, period] for period in periods] for row in chosen_sites(plan)}
    bought: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(periods))
    for chip in plan.chips:
        bought[chip.chip][periods.index(chip.period)] += chip.bought_kchips
    figures = period_figures(plan)
    table = Table(
        "The plan period by period",
        {
            "period": "",
            "sites": "sites.opened",
            "servers, MW": "sites.servers_mw",
            "thousand chips": "sites.chips_kchips",
            "serves, kH100e": "sites.served_kh100e",
            "capital spent, MEUR": "spending.spent_meur",
            "emissions, kt a year": "carbon.attributional_kt",
        },
        [
            [
                each.period,
                each.sites,
                each.servers_mw,
                each.chips_kchips,
                each.served_kh100e,
                each.spent_meur,
                each.attributional_kt,
            ]
            for each in figures
        ],
    )
    charts = [stacked_bars("Servers in service by site", "MW", periods, power)] if power else []
    if bought:
        charts.append(stacked_bars("Chips bought", "thousand", periods, dict(sorted(bought.items()))))
    by_site = Table(
        "Servers in service by site, MW",
        {"site": "", **dict.fromkeys(periods, "sites.servers_mw")},
        [[name, *values] for name, values in power.items()],
        folded=True,
    )
    opened = ", ".join(f"{plain(names[site])} ({plain(period)})" for site, period in opening_periods(plan).items())
    lead = f"Opening: {opened}." if opened else "Nothing opens."
    rest = [*_steps(plan), by_site] if power else [*_steps(plan)]
    return Section("build-out", "What is built when", lead, (tuple(charts), table, *rest))


def _steps(plan: Plan) -> Iterator[Block]:
    """Yield the grid connections and reinforcements, which have the longest notice."""
    names, feeders = site_names(plan), {row.substation: row.name or row.substation for row in plan.substations}
    if plan.connections:
        columns = {
            "site": "",
            "substation": "",
            "period": "",
            "connection added, MW": "connections.connected_mw",
        }
        rows = [
            [names[row.site], feeders.get(row.substation, row.substation), row.period, row.connected_mw]
            for row in plan.connections
        ]
        yield Table("Grid connections", columns, rows)
    if plan.reinforcements:
        heads = {
            "substation": "",
            "step": "",
            "decided in": "",
            "adds, MW": "reinforcements.adds_mw",
            "costs, MEUR": "reinforcements.capex_meur",
        }
        rows = [
            [feeders.get(row.substation, row.substation), f"{row.step}", row.period, row.adds_mw, row.capex_meur]
            for row in plan.reinforcements
        ]
        yield Table("Reinforcement of the grid", heads, rows)
    if not plan.connections and not plan.reinforcements:
        yield Text(f"No connection and no step of the grid is made (see {code('connections.csv')}).")
