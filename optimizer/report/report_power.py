"""The report's sections on electricity, hour by hour, on carbon, water and who is served from where."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from models.case import Array
from models.plan import FullYearDayRow, Plan
from models.terms import totals
from optimizer.case.display_names import unique_names
from optimizer.report.headings import in_words
from optimizer.report.key_figures import NEGLIGIBLE_MW, NOISE_SHARE, chosen_sites, consequential_kt, site_names
from optimizer.report.markdown import cell, plain
from optimizer.report.period_figures import shown_period
from optimizer.report.report_blocks import Block, Chart, Row, Section, Table, Text
from optimizer.report.report_charts import merge_small, profile, series_table, shade_table, stacked_bars
from optimizer.report.summary_full_year import WITHIN_NOISE
from optimizer.report.summary_matching import WHOLE
from optimizer.report.summary_sovereignty import HEADER, control_in_words, index_cells, run_cells

MATCHED, UNMATCHED = "matched by contracts and own plant", "from the grid's mix"
DAYS_SHOWN = 31
"""Representative days up to which each has a row of its own in a drawing."""
WEEK = 7
NAMED = 4
"""Technologies that make most, which are named."""


def power_section(plan: Plan) -> Section:
    """Return what supplies the sites: by zone, by technology, on a typical and on the worst day and week."""
    period = shown_period(plan)
    peak = sum(row.peak_mw for row in plan.zones if row.period == period)
    cover = sum(row.cover_mw for row in plan.zones if row.period == period)
    taken = sum(row.servers_twh for row in plan.zones if row.period == period)
    lead = (
        f"In {plain(period)} the new halls draw {cell(taken)} TWh a year, at most {cell(peak)} MW on the design day, "
        f"for which {cell(cover)} MW of firm low-carbon power are held."
    )
    blocks: list[Block | Row] = []
    if days := [*_days(plan)]:
        blocks += [tuple(days), tuple(_mixes(plan))]
    if weeks := [*_weeks(plan)]:
        blocks += [tuple(weeks)]
    return Section(
        "power",
        "Power, on a typical day and on the worst",
        lead,
        (*blocks, _zones(plan), *_sources(plan), *_feeders(plan)),
    )


def _typical_and_worst(plan: Plan) -> list[tuple[str, int]]:
    """Return the representative day that stands for most of the year, and the one on which most is emitted."""
    period = shown_period(plan)
    rows = {row.day: row for row in plan.days if row.period == period}
    if not rows:
        return []
    typical = max(rows.values(), key=lambda row: row.weight).day
    worst = max(rows.values(), key=lambda row: row.emitted_t).day
    place = plan.hourly.days.index
    if typical == worst:
        return [("the typical and worst", place(typical))]
    return [("the typical", place(typical)), ("the worst", place(worst))]


def _total(plan: Plan, kind: str, day: int) -> Array | None:
    """Return a kind of the dispatch on a day of the last period, MW by hour, all its keys together."""
    values = plan.hourly.values.get(kind)
    return None if values is None or not values.size else values[:, -1, day].sum(axis=0)


def _weight(plan: Plan, day: int) -> str:
    weight = next(
        (row.weight for row in plan.days if row.period == shown_period(plan) and row.day == plan.hourly.days[day]), 0.0
    )
    return f"{plan.hourly.days[day]}, which stands for {cell(round(weight, 1))} of the year's days"


def _days(plan: Plan) -> Iterator[Chart]:
    for word, day in _typical_and_worst(plan):
        draw, matched = _total(plan, "servers_mw", day), _total(plan, "matched_mw", day)
        if draw is None or matched is None or draw.max() <= NEGLIGIBLE_MW:
            continue
        series = {MATCHED: matched.tolist(), UNMATCHED: np.maximum(draw - matched, 0).tolist()}
        caption = f"Draw of the data centres on {word} day ({_weight(plan, day)})"
        drawn = draw > NEGLIGIBLE_MW
        shares = matched[drawn] / draw[drawn]
        words = (
            f"The draw is {cell(draw.min())} to {cell(draw.max())} MW; in its best hour {shares.max():.0%} of it is "
            f"matched, in its worst {shares.min():.0%}."
        )
        hours = [f"{hour}:00" for hour in range(plan.hourly.hours)]
        table = series_table(caption, "hour", hours, series, "MW", "hourly.matched_mw")
        yield profile(caption, "MW", series, words=words, table=table)


def _mixes(plan: Plan) -> Iterator[Chart]:
    """Yield what all zones together make on those days, by technology, in the same order and colours on both."""
    days, hours = _typical_and_worst(plan), [f"{hour}:00" for hour in range(plan.hourly.hours)]
    made: dict[str, Array] = defaultdict(lambda: np.zeros((len(days), plan.hourly.hours)))
    for kind in ("output_mw", "discharge_mw"):
        for key, values in plan.hourly.by_key(kind).items() if kind in plan.hourly.values else ():
            made[in_words(key.partition(".")[2])] += values[-1, [day for _, day in days]] / 1000
    ordered = sorted(made, key=lambda name: (-float(made[name].sum()), name))
    shown = merge_small({name: made[name].ravel().tolist() for name in ordered})
    for place, (word, _) in enumerate(days if shown else []):
        part = slice(place * plan.hourly.hours, (place + 1) * plan.hourly.hours)
        series = {name: values[part] for name, values in shown.items()}
        means = {name: sum(values) / len(values) for name, values in series.items()}
        most = sorted(means, key=lambda name: -means[name])[:NAMED]
        words = f"Most is {', '.join(f'{name} ({cell(means[name])} GW on average)' for name in most)}."
        caption = f"Generation of all zones on {word} day"
        table = series_table(caption, "hour", hours, series, "GW", "hourly.output_mw")
        yield profile(caption, "GW", series, words=words, table=table)


def _weeks(plan: Plan) -> Iterator[Chart]:
    """Yield the week of the record on which most is emitted, and the one in the middle; days are whole."""
    rows = sorted((row for row in plan.year_days if row.period == shown_period(plan)), key=lambda row: row.first_hour)
    weeks = [rows[start : start + WEEK] for start in range(0, len(rows) - WEEK + 1, WEEK)]
    weeks.sort(key=lambda week: sum(row.emitted_t for row in week))
    if len(weeks) < 3 or not sum(row.servers_mwh for row in rows):
        return
    for word, week in (("the typical", weeks[len(weeks) // 2]), ("the worst", weeks[-1])):
        yield _week(word, week)


def _week(word: str, week: Sequence[FullYearDayRow]) -> Chart:
    days = [f"{row.first_hour // 24 + 1}" for row in week]
    series = {
        MATCHED: [row.matched_mwh / 1000 for row in week],
        UNMATCHED: [max(0.0, row.servers_mwh - row.matched_mwh) / 1000 for row in week],
    }
    matched = sum(row.matched_mwh for row in week) / sum(row.servers_mwh for row in week)
    caption = f"Draw in {word} week of the record (days of the year)"
    chart = stacked_bars(
        caption, "GWh", days, series, series_table(caption, "day", days, series, "GWh", "year_days.matched_mwh")
    )
    lost_mwh, emitted_t = (sum(getattr(row, field) for row in week) for field in ("shed_mwh", "emitted_t"))
    words = (
        f"Days {days[0]} to {days[-1]}: {matched:.0%} matched in the same hour, {cell(emitted_t)} t of CO2, "
        f"{cell(lost_mwh)} MWh of load lost."
    )
    return replace(chart, words=words, is_labelled=False)


def _zones(plan: Plan) -> Table:
    period, names = shown_period(plan), unique_names({row.zone: row.name for row in plan.zones})
    by_zone: dict[str, list[str]] = defaultdict(list)
    for row in sorted(plan.supply, key=lambda row: -row.contracted_mw - row.plant_mw):
        if row.period == period and row.contracted_mw + row.plant_mw > 0.5:
            by_zone[row.zone].append(f"{in_words(row.technology)} {row.contracted_mw + row.plant_mw:,.0f}")
    rows = [
        [
            names[row.zone],
            row.peak_mw,
            row.cover_mw,
            ", ".join(by_zone[row.zone]),
            row.servers_twh,
            f"{row.matched_twh / row.servers_twh:.0%}" if row.servers_twh else "",
            row.price_eur_per_mwh,
            row.basis_eur_per_mwh,
            "" if row.intensity_kg_per_mwh is None else row.intensity_kg_per_mwh,
        ]
        for row in plan.zones
        if row.period == period and (row.peak_mw > NEGLIGIBLE_MW or row.zone in by_zone)
    ]
    columns = {
        "zone": "",
        "peak, MW": "zones.peak_mw",
        "firm cover, MW": "zones.cover_mw",
        "contracts and new plants, MW": "supply.contracted_mw",
        "draw, TWh a year": "zones.servers_twh",
        "matched hourly": "zones.matched_twh",
        "price by the dispatch, EUR/MWh": "zones.price_eur_per_mwh",
        "price basis, EUR/MWh": "zones.basis_eur_per_mwh",
        "carbon of its mix, g/kWh": "zones.intensity_kg_per_mwh",
    }
    return Table(f"Zones that host or supply sites, in {period}", columns, rows)


def _sources(plan: Plan) -> Iterator[Table]:
    by_technology: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in plan.supply:
        if row.period == shown_period(plan) and row.contracted_mw + row.plant_mw > 0.5:
            by_technology[row.technology][0] += row.contracted_mw
            by_technology[row.technology][1] += row.plant_mw
    if by_technology:
        columns = {
            "technology": "",
            "contracted, MW": "supply.contracted_mw",
            "new plant, MW": "supply.plant_mw",
        }
        yield Table(
            "What is contracted and built",
            columns,
            [[in_words(name), *each] for name, each in sorted(by_technology.items())],
        )


def _feeders(plan: Plan) -> Iterator[Table]:
    """Yield the substations of the chosen sites, in every period: what a grid planner has to keep free."""
    own = {row.substation: site_names(plan)[row.site] for row in chosen_sites(plan)}
    rows = [
        [
            row.name or row.substation,
            own[row.substation],
            row.period,
            row.drawn_mw,
            row.headroom_mw,
            f"{row.drawn_mw / row.headroom_mw:.0%}" if row.headroom_mw else "",
        ]
        for row in plan.substations
        if row.substation in own
    ]
    if rows:
        columns = {
            "substation": "",
            "site": "",
            "period": "",
            "taken, MW": "substations.drawn_mw",
            "headroom, MW": "substations.headroom_mw",
            "taken": "substations.drawn_mw",
        }
        yield Table("Substations of the chosen sites", columns, rows)


def matching_section(plan: Plan) -> Section | None:
    """Return how much of the draw is matched in the same hour; None where nothing is drawn."""
    zones = [row for row in plan.zones if row.servers_twh > 0]
    if not zones:
        return None
    shares = {}
    for period in plan.hourly.periods:
        drawn = sum(row.servers_twh for row in zones if row.period == period)
        shares[period] = sum(row.matched_twh for row in zones if row.period == period) / drawn if drawn else 0.0
    lead = "Of the draw, contracted and newly built low-carbon plant matches in the same hour: " + ", ".join(
        f"**{share:.0%}** in {plain(period)}" for period, share in shares.items()
    )
    blocks: list[Block | Row] = []
    if 1 < len(plan.hourly.days) <= DAYS_SHOWN and {"servers_mw", "matched_mw"} <= plan.hourly.values.keys():
        drawn_mw, matched_mw = (plan.hourly.values[kind][:, -1].sum(axis=0) for kind in ("servers_mw", "matched_mw"))
        cells = [
            [float(matched / draw) if draw > NEGLIGIBLE_MW else None for matched, draw in zip(*pair, strict=True)]
            for pair in zip(matched_mw, drawn_mw, strict=True)
        ]
        known = [share for row in cells for share in row if share is not None]
        words = f"Between {min(known):.0%} and {max(known):.0%}, by hour." if known else "Nothing is drawn."
        hours = [f"{hour}" for hour in range(plan.hourly.hours)]
        caption = f"Share matched, by representative day and hour, in {shown_period(plan)}"
        blocks.append((shade_table(caption, plan.hourly.days, hours, cells, words),))
    curve = [row for row in plan.matching_curve if (row.zone, row.period) == (WHOLE, shown_period(plan))]
    if curve:
        caption = f"Hours of a year in which at least so much of all draw is matched, in {shown_period(plan)}"
        steps, series = [f"{row.percent} %" for row in curve], {"hours": [row.hours for row in curve]}
        figures = series_table(caption, "matched", steps, series, "h", "matching_curve.hours")
        blocks.append((stacked_bars(caption, "h", steps, series, figures),))
    names = unique_names({row.zone: row.name for row in plan.zones})
    rows = [
        [names[row.zone], row.period, row.servers_twh, row.matched_twh, f"{row.matched_twh / row.servers_twh:.0%}"]
        for row in zones
    ]
    columns = {
        "zone": "",
        "period": "",
        "draw, TWh a year": "zones.servers_twh",
        "matched, TWh a year": "zones.matched_twh",
        "matched": "zones.matched_twh",
    }
    return Section(
        "matching",
        "Clean power in the same hour",
        f"{lead}.",
        (*blocks, Table("By zone and period", columns, rows, folded=True)),
    )


def carbon_section(plan: Plan) -> Section | None:
    """Return both accounts of emissions; None where the plan has none."""
    if not plan.carbon:
        return None
    rows, both = [], {"of the draw": [0.0] * len(plan.carbon), "added to the system": [0.0] * len(plan.carbon)}
    for place, row in enumerate(plan.carbon):
        more_kt = consequential_kt(row)
        rows.append(
            [
                row.period,
                row.energy_twh,
                row.attributional_kt,
                row.attributional_kt / row.energy_twh if row.energy_twh else 0.0,
                WITHIN_NOISE if more_kt is None else more_kt,
            ]
        )
        both["of the draw"][place], both["added to the system"][place] = row.attributional_kt, more_kt or 0.0
    caps = plan.provenance.scenario.get("carbon")
    cap = caps.get("cap_kg_per_mwh") if isinstance(caps, dict) else None
    last = plan.carbon[-1]
    grams = last.attributional_kt / last.energy_twh if last.energy_twh else 0.0
    more_kt = consequential_kt(last)
    more = f"{cell(more_kt)} kt a year" if more_kt is not None else WITHIN_NOISE
    lead = (
        f"Counted hour by hour at the mix of each site's zone, {cell(grams)} g of CO2 per kWh in {plain(last.period)}"
        f"{f' (at most {cell(cap)} are allowed)' if isinstance(cap, int | float) else ''}. What the whole system "
        f"emits more because the data centres are there: {more}."
    )
    columns = {
        "period": "",
        "draw, TWh a year": "carbon.energy_twh",
        "of the draw, kt a year": "carbon.attributional_kt",
        "of the draw, g/kWh": "carbon.attributional_kt",
        "added to the system, kt a year": "carbon.system_kt",
    }
    note = (
        "Of the draw (the attributional account): what is not matched in the same hour, at its zone's intensity then. "
        "Added to the system (the consequential account): of all plants with the data centres less without; told where "
        f"what the sharing of reservoirs leaves open is at most {NOISE_SHARE:.0%} of the running cost added."
    )
    charts = tuple(
        stacked_bars(f"Emissions {name}", "kt a year", [row.period for row in plan.carbon], {name: values})
        for name, values in both.items()
        if any(values)
    )
    return Section(
        "carbon", "Carbon, both ways", lead, (charts, Table("Emissions by period", columns, rows), Text(note, "note"))
    )


def water_section(plan: Plan) -> Section | None:
    """Return water by basin; None where the case has no basins."""
    period = shown_period(plan)
    rows = [row for row in plan.water if row.period == period]
    if not rows:
        return None
    drawn = sorted(
        (row for row in rows if row.drawn_mm3 > 1e-9),
        key=lambda row: (-row.drawn_mm3 / max(row.limit_mm3, 1e-9), row.basin),
    )
    used = {hall.cooling for hall in plan.halls if hall.period == period and hall.standing_halls}
    if not drawn:
        kinds = ", ".join(plain(in_words(each)) for each in sorted(used)) or "nothing"
        lead = f"No water is drawn for cooling in {plain(period)}: all halls are cooled by {kinds}."
        return Section("water", "Water", lead)
    total = sum(row.drawn_mm3 for row in drawn)
    columns = {
        "basin": "",
        "drawn, million m3 a year": "water.drawn_mm3",
        "limit, million m3 a year": "water.limit_mm3",
        "of the limit": "water.drawn_mm3",
    }
    table = Table(
        f"Basins, those nearest to their limit first, in {period}",
        columns,
        [
            [row.basin, row.drawn_mm3, row.limit_mm3, f"{row.drawn_mm3 / row.limit_mm3:.0%}" if row.limit_mm3 else ""]
            for row in drawn
        ],
    )
    return Section("water", "Water", f"{cell(total)} million m3 a year are drawn in {plain(period)}.", (table,))


INDEX_COLUMNS = (
    "sovereignty.new_share",
    "sovereignty.all_share",
    "sovereignty.demand_share",
    "sovereignty.largest",
    "sovereignty.largest_share",
)


def service_section(plan: Plan) -> Section:
    """Return who asked for compute, who gets it, in which country it is served and on whose chips."""
    period = shown_period(plan)
    asked = totals(((row.workload, row.period), row.demand_kh100e) for row in plan.demand)
    served = totals(((row.workload, row.period), row.served_kh100e) for row in plan.demand)
    demand = Table(
        "Compute asked for and served",
        {
            "work": "",
            "period": "",
            "asked, kH100e": "demand.demand_kh100e",
            "served, kH100e": "demand.served_kh100e",
            "share": "demand.served_kh100e",
        },
        [[*key, each, served[key], f"{served[key] / each:.0%}" if each else ""] for key, each in asked.items()],
    )
    serving = [site for site in plan.sites if site.period == period and site.served_kh100e > 0]
    hosts = totals((site.country, site.served_kh100e) for site in serving)
    ordered = dict(sorted(hosts.items(), key=lambda item: -item[1]))
    total = sum(ordered.values())
    countries = Table(
        f"Where compute is served from in {period}, committed sites included",
        {"host country": "", "served, kH100e": "sites.served_kh100e", "share": "sites.served_kh100e"},
        [[country, each, f"{each / total:.0%}"] for country, each in ordered.items()],
    )
    bought = totals(((chip.chip, chip.jurisdiction or "not said"), chip.bought_kchips) for chip in plan.chips)
    chips = Table(
        "Chips bought in all, and whose law their maker is under",
        {"chip": "", "jurisdiction": "chips.jurisdiction", "thousand chips": "chips.bought_kchips"},
        [[*kind, each] for kind, each in sorted(bought.items(), key=lambda item: -item[1]) if each > 0],
    )
    union = sum(site.served_kh100e for site in plan.sites if site.period == period and site.eu_member)
    known = any(site.eu_member is not None for site in plan.sites)
    most = ", ".join(f"{plain(country)} {each / total:.0%}" for country, each in [*ordered.items()][:4])
    share = sum(served[key] for key in asked if key[1] == period) / (
        sum(each for key, each in asked.items() if key[1] == period) or 1
    )
    lead = f"In {plain(period)} {share:.0%} of the compute asked for is served, from: {most or 'nowhere'}."
    lead += f" **{union / total:.0%} of it is served from the Union.**" if known and total else ""
    index = Table(
        "Whose compute it is: shares of the bloc, by level",
        dict(zip(HEADER, ("", "", *INDEX_COLUMNS), strict=True)),
        index_cells(plan),
    )
    operators = Table(
        "Who runs each site, as far as it is decided or known",
        {
            "site": "",
            "operator": "operators.name",
            "owner under": "operators.jurisdiction",
            "may be told to disclose by": "operators.disclosure",
            "MW, new": "operators.servers_mw",
            "MW, committed": "operators.committed_mw",
        },
        run_cells(plan),
    )
    lead += f" {plain(control_in_words(plan))}"
    tables = tuple(table for table in (demand, countries, index, operators, chips) if table.rows)
    return Section("sovereignty", "Whom it serves, from which country, on whose chips", lead, (tables,))
