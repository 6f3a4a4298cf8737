"""The report's section on why these sites and not others: in words, as bars, and what would flip each choice."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from models.plan import Plan, RivalRow
from optimizer.case.display_names import unique_names
from optimizer.report.headings import input_in_words
from optimizer.report.key_figures import chosen_sites
from optimizer.report.markdown import cell, plain
from optimizer.report.period_figures import shown_period
from optimizer.report.report_blocks import Block, Chart, Row, Section, Table, Text
from optimizer.report.report_charts import horizontal_bars
from optimizer.report.summary_candidates import WORDS as BARRIERS
from optimizer.report.summary_candidates import barrier_text
from optimizer.report.summary_flips import MEANING, flip_tables
from optimizer.report.summary_rivals import CAUTION, estimated_share

DRIVERS_SHOWN, NAMED = 5, 2
"""Inputs that are drawn for a pair of sites, and those that are named on each side."""
AGAINST = {
    "cost_meur": "MEUR dearer",
    "fee_eur_per_mwh": "EUR/MWh dearer in electricity",
    "years": "years later",
    "headroom_mw": "MW of headroom less",
}
"""Change that may drive a chosen site out -> its words after the amount."""
ENDS = {"never below": "It stays while it gets less than", "always from": "It drops out for sure from"}
NOTICED_MEUR = 0.5
"""Smaller differences are not named."""

Pairs = Mapping[str, Mapping[str, list[RivalRow]]]
"""Chosen site -> rival -> its rows."""


def why_section(plan: Plan) -> Section | None:
    """Return why these sites and not others: what the next best cost, what it hangs on, what would flip the choice."""
    if not plan.rivals and not plan.flips and not plan.candidates:
        return None
    share, gap_meur = estimated_share([*plan.rivals]), _cost_gap_meur(plan)
    lead = [
        f"**{share:.0%} of the cost differences between the chosen sites and the next best rest on estimates.**"
        if share is not None
        else "",
        f"A difference of less than {cell(gap_meur)} MEUR, the gap of the plan's cost, is none."
        if gap_meur >= NOTICED_MEUR
        else "",
    ]
    names, pairs = unique_names({row.site: row.name for row in plan.sites}), _pairs(plan)
    flips: list[Block] = [
        Table(title, {name: "flips.amount" if number else "" for number, name in enumerate(header)}, rows)
        for title, header, rows in flip_tables(plan)
    ]
    blocks: list[Block | Row] = [*_sentences(plan, pairs, names, gap_meur), tuple(_bars(pairs, names)), *flips]
    if flips:
        blocks.append(Text(MEANING, "note"))
    if pairs:
        blocks += [_comparisons(pairs, names, gap_meur), Text(plain(CAUTION), "note")]
    blocks += _passed(plan, names)
    return Section("why", "Why this site and not that one", " ".join(filter(None, lead)), tuple(filter(None, blocks)))


def _pairs(plan: Plan) -> Pairs:
    """Return the rivals of each chosen site, the largest site first and the cheapest rival first."""
    pairs: dict[str, dict[str, list[RivalRow]]] = {row.site: defaultdict(list) for row in chosen_sites(plan)}
    for row in plan.rivals:
        pairs[row.site][row.rival].append(row)
    return {
        site: dict(sorted(rivals.items(), key=lambda item: _dearer(item[1])))
        for site, rivals in pairs.items()
        if rivals
    }


def _dearer(rows: list[RivalRow]) -> float:
    """Return what a rival costs more than the chosen site, MEUR of present value."""
    return sum(row.rival_meur - row.site_meur for row in rows)


def _cost_gap_meur(plan: Plan) -> float:
    stages = [stage for stage in plan.proof.stages if stage.objective == "cost" and stage.claims]
    return sum(abs(stage.bound - stage.plan_value) for stage in stages)


def _sentences(plan: Plan, pairs: Pairs, names: Mapping[str, str], gap_meur: float) -> Iterator[Text]:
    """Yield for each chosen site its next best, what speaks for either, and what would drive it out."""
    for row in chosen_sites(plan):
        words = [f"**{plain(names[row.site])}.**"]
        if row.site in pairs:
            rival, rows = next(iter(pairs[row.site].items()))
            dearer = _dearer(rows)
            more = f"{cell(abs(dearer))} MEUR {'dearer' if dearer > 0 else 'cheaper'} by itself"
            words.append(f"Next best: {plain(names.get(rival, rival))}, {more}{_verdict(dearer, gap_meur)}.")
            for side, sign in (("Cheaper here", 1), ("Dearer here", -1)):
                drivers = [item for item in _drivers(rows).items() if item[1] * sign > 0][:NAMED]
                if drivers:
                    words.append(
                        f"{side}: {', '.join(f'{plain(name)} by {abs(meur):,.0f} MEUR' for name, meur in drivers)}."
                    )
        for end, said in ENDS.items():
            ends = [each for each in plan.flips if (each.site, each.end) == (row.site, end) and each.change in AGAINST]
            if ends:
                words.append(f"{said} {' or '.join(f'{each.amount:,.3g} {AGAINST[each.change]}' for each in ends)}.")
        if len(words) > 1:
            yield Text(" ".join(words))


def _verdict(dearer_meur: float, gap_meur: float) -> str:
    if abs(dearer_meur) <= gap_meur:
        return ", which is within the gap and so no difference"
    return "" if dearer_meur > 0 else ", but ruled out by another limit of the whole plan"


def _drivers(rows: list[RivalRow]) -> dict[str, float]:
    """Return the inputs by which a pair differs most, MEUR."""
    differences = {input_in_words(row.column): row.rival_meur - row.site_meur for row in rows}
    most = sorted(differences.items(), key=lambda item: -abs(item[1]))[:DRIVERS_SHOWN]
    return {name: meur for name, meur in most if abs(meur) >= NOTICED_MEUR}


def _bars(pairs: Pairs, names: Mapping[str, str]) -> Iterator[Chart]:
    for site, rivals in pairs.items():
        rival, rows = next(iter(rivals.items()))
        if drivers := _drivers(rows):
            caption = f"{names[site]}: what {names.get(rival, rival)} costs more (+) or less (-)"
            yield horizontal_bars(caption, "MEUR", drivers)


def _passed(plan: Plan, names: Mapping[str, str]) -> Iterator[Table]:
    """Yield what rules out the candidates that are not chosen: how many by each barrier, and every one."""
    passed = sorted(
        (row for row in plan.candidates if not row.chosen),
        key=lambda row: (not row.size_mw, row.cost_eur_per_mwh, row.site),
    )
    if not passed:
        return
    barriers = Counter(BARRIERS.get(row.barrier, row.barrier) for row in passed)
    heads = {"what rules it out": "", "places": "candidates.barrier"}
    rows: list[list[object]] = [[words, count] for words, count in barriers.most_common()]
    yield Table(
        f"What rules out the {len(passed)} places not chosen, by the inputs and the plan's other sites", heads, rows
    )
    feeders = {row.substation: row for row in plan.substations if row.period == shown_period(plan)}
    headrooms = {row.site: feeders.get(row.substation) for row in plan.sites}
    heads = {
        "place": "",
        "country": "",
        "zone": "",
        "could stand from": "candidates.earliest",
        "what rules it out": "candidates.barrier",
        "headroom, MW": "substations.headroom_mw",
        "campus priced, MW": "candidates.size_mw",
        "all but chips, EUR/MWh": "candidates.cost_eur_per_mwh",
        "costs more, MEUR": "candidates.dearer_meur",
        "than at": "candidates.beside",
    }
    rows = []
    for row in passed:
        feeder = headrooms.get(row.site)
        priced = [row.size_mw, row.cost_eur_per_mwh, row.dearer_meur, names.get(row.beside, "")]
        rows.append(
            [
                names.get(row.site, row.name),
                row.country,
                row.zone,
                row.earliest or "never",
                barrier_text(row),
                feeder.headroom_mw if feeder else "",
                *(priced if row.size_mw else ["", "", "", ""]),
            ]
        )
    yield Table("Every place not chosen, those that would cost least first", heads, rows, folded=True)


def _comparisons(pairs: Pairs, names: Mapping[str, str], gap_meur: float) -> Table:
    heads = {
        "site": "",
        "instead of it": "",
        "costs more, MEUR": "rivals.rival_meur",
        "in words": "",
        "estimates": "rivals.estimate_share",
        "largest differences, MEUR": "rivals.column",
    }
    rows = []
    for site, rivals in pairs.items():
        for rival, columns in rivals.items():
            dearer, drivers = _dearer(columns), [*_drivers(columns).items()][:3]
            told = "dearer" if dearer > 0 else "cheaper by itself"
            told = "no difference: within the gap" if abs(dearer) <= gap_meur else told
            largest = ", ".join(f"{name} {meur:+,.0f}" for name, meur in drivers)
            estimates = f"{estimated_share(columns) or 0:.0%}"
            rows.append([names[site], names.get(rival, rival), dearer, told, estimates, largest])
    return Table("Each chosen site beside the next best that could hold as much by then", heads, rows, folded=True)
