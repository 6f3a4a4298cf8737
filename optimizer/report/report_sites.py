"""The report's sections on sites: where, why there and not elsewhere, and when what is built."""

from collections import defaultdict
from collections.abc import Iterator

from models.plan import Plan, RivalRow
from optimizer.case.display_names import unique_names
from optimizer.report.headings import in_words, input_in_words
from optimizer.report.idle_capacity import IDLE_SHARE, idle_halls, sites_without_chips
from optimizer.report.key_figures import capital_meur, chosen_sites, distinct_text, key_figures, site_names
from optimizer.report.markdown import cell, code, plain
from optimizer.report.period_figures import opening_periods, period_figures, shown_period
from optimizer.report.report_blocks import Block, Row, Section, Table, Text
from optimizer.report.report_charts import horizontal_bars, stacked_bars
from optimizer.report.summary_candidates import barrier_text
from optimizer.report.summary_flips import MEANING, flip_tables
from optimizer.report.summary_rivals import CAUTION, estimated_share

DRIVERS_SHOWN = 5


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
        f"{len(chosen)} of {len(chosen) + passed} places that could be chosen; {len(committed)} committed sites hold "
        f"{cell(sum(row.committed_mw for row in committed))} MW besides. Capital is that of all periods; plants and "
        f"grid steps cost {cell(key_figures(plan).spent_meur - sum(capital.values()))} MEUR more."
    )
    anchors = [f"site-{number}" for number in range(1, len(rows) + 1)]
    table = Table(f"Chosen sites, sizes in {period}", columns, rows, anchors=anchors)
    return Section("sites", "Where, how large, cooled how", lead, (table, *_idle(plan), *_candidates(plan)))


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


def _candidates(plan: Plan) -> Iterator[Block]:
    """Yield what was not chosen: what the plan says of it, else its place and grid alone."""
    if plan.candidates:
        yield from _passed_over(plan)
        return
    period, opens, names = shown_period(plan), opening_periods(plan), site_names(plan)
    feeders = {row.substation: row for row in plan.substations if row.period == period}
    columns = {
        "place": "",
        "country": "",
        "zone": "",
        "substation": "sites.substation",
        "headroom, MW": "substations.headroom_mw",
        "of it taken, MW": "substations.drawn_mw",
    }
    passed = sorted(
        (row for row in plan.sites if row.period == period and row.status == "candidate" and row.site not in opens),
        key=lambda row: (row.country, names[row.site]),
    )
    listed = []
    for row in passed:
        feeder = feeders.get(row.substation)
        figures = [feeder.headroom_mw, feeder.drawn_mw] if feeder else ["", ""]
        listed.append([names[row.site], row.country, row.zone, row.substation, *figures])
    if listed:
        yield Table(f"The {len(listed)} places not chosen, headroom in {period}", columns, listed, folded=True)


def _passed_over(plan: Plan) -> Iterator[Block]:
    """Yield the candidates not chosen: those where a campus would cost least first, those without a price last."""
    names = unique_names({row.site: row.name for row in plan.sites})
    rows = [row for row in plan.candidates if not row.chosen]
    columns = {
        "place": "",
        "country": "",
        "zone": "",
        "could stand from": "candidates.earliest",
        "what rules it out": "candidates.barrier",
        "campus, MW": "candidates.size_mw",
        "costs, EUR/MWh": "candidates.cost_eur_per_mwh",
        "MEUR more": "candidates.dearer_meur",
        "than at": "candidates.beside",
    }
    listed = [
        [
            names[row.site],
            row.country,
            row.zone,
            row.earliest or "no period",
            barrier_text(row),
            *([row.size_mw, row.cost_eur_per_mwh, row.dearer_meur] if row.size_mw else ["", "", ""]),
            names.get(row.beside, ""),
        ]
        for row in sorted(rows, key=lambda row: (not row.size_mw, row.cost_eur_per_mwh, row.site))
    ]
    if listed:
        yield Table(f"The {len(listed)} places not chosen", columns, listed, folded=True)


def why_section(plan: Plan) -> Section | None:
    """Return why these sites and not others: what the next best cost, what it hangs on, what would flip the choice."""
    if not plan.rivals and not plan.flips:
        return None
    share, gap_meur = estimated_share([*plan.rivals]), _cost_gap_meur(plan)
    names = unique_names({row.site: row.name for row in plan.sites})
    lead = (
        f"**{share:.0%} of the cost differences between the chosen sites and the next best rest on estimates.** "
        if share is not None
        else ""
    )
    lead += f"A difference of less than {cell(gap_meur)} MEUR, the gap of the plan's cost, is none." if gap_meur else ""
    blocks: list[Block | Row] = [*_flips(plan)]
    pairs: dict[str, dict[str, list[RivalRow]]] = defaultdict(lambda: defaultdict(list))
    for row in plan.rivals:
        pairs[row.site][row.rival].append(row)
    order = [row.site for row in chosen_sites(plan)]
    rows, charts = [], []
    for site in sorted(pairs, key=order.index):
        for rival, columns in pairs[site].items():
            dearer = sum(each.rival_meur - each.site_meur for each in columns)
            rows.append(
                [
                    names[site],
                    names.get(rival, rival),
                    dearer,
                    _in_words(dearer, gap_meur),
                    f"{estimated_share(columns) or 0:.0%}",
                    _drivers_text(columns),
                ]
            )
        rival, columns = min(
            pairs[site].items(), key=lambda item: sum(each.rival_meur - each.site_meur for each in item[1])
        )
        drivers = _drivers(columns)
        if drivers:
            caption = f"{names[site]}: what {names.get(rival, rival)} costs more (+) or less (-)"
            charts.append(horizontal_bars(caption, "MEUR", drivers))
    if rows:
        heads = {
            "site": "",
            "instead of it": "",
            "costs more, MEUR": "rivals.rival_meur",
            "in words": "",
            "estimates": "rivals.estimate_share",
            "largest differences, MEUR": "rivals.column",
        }
        blocks += [Table("Each chosen site beside the next best that could hold as much by then", heads, rows)]
        blocks += [tuple(charts), Text(plain(CAUTION), "note")]
    return Section("why", "Why this site and not that one", lead, tuple(blocks))


def _cost_gap_meur(plan: Plan) -> float:
    return sum(
        abs(stage.bound - stage.plan_value) for stage in plan.proof.stages if stage.objective == "cost" and stage.claims
    )


def _in_words(dearer_meur: float, gap_meur: float) -> str:
    if abs(dearer_meur) <= gap_meur:
        return "no difference: within the gap"
    return "dearer" if dearer_meur > 0 else "cheaper alone, but another limit rules it out"


def _drivers(rows: list[RivalRow]) -> dict[str, float]:
    """Return the inputs by which a pair differs most, MEUR."""
    most = sorted(rows, key=lambda row: -abs(row.rival_meur - row.site_meur))[:DRIVERS_SHOWN]
    return {
        input_in_words(row.column): row.rival_meur - row.site_meur
        for row in most
        if abs(row.rival_meur - row.site_meur) >= 0.5
    }


def _drivers_text(rows: list[RivalRow]) -> str:
    return ", ".join(f"{column} {meur:+,.0f}" for column, meur in [*_drivers(rows).items()][:3])


def _flips(plan: Plan) -> Iterator[Block]:
    """Yield what would flip the choice of each site: proved limits of cost, price of electricity, date, headroom."""
    for title, header, rows in flip_tables(plan):
        yield Table(title, {name: "flips.amount" if number else "" for number, name in enumerate(header)}, rows)
    if plan.flips:
        yield Text(MEANING)


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
