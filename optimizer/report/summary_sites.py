"""The summary's section on the sites: which a plan opens, how large they are, and what of them stands empty."""

from collections.abc import Iterator

from models.plan import Plan
from optimizer.report.idle_capacity import IDLE_SHARE, idle_halls, sites_without_chips
from optimizer.report.key_figures import capital_meur, chosen_sites, distinct_text, key_figures, site_names
from optimizer.report.markdown import plain, section, table
from optimizer.report.period_figures import opening_periods, period_figures, shown_period


def sites_section(plan: Plan) -> str:
    """Return the section of the summary on the sites."""
    period, opens = shown_period(plan), opening_periods(plan)
    halls = sorted((row for row in plan.halls if row.period == period), key=lambda row: -row.standing_halls)
    chosen, capital, names, rows = chosen_sites(plan), capital_meur(plan), site_names(plan), []
    for row in chosen:
        own = [hall for hall in halls if hall.site == row.site]
        chips = distinct_text(chip.chip for chip in plan.chips if chip.site == row.site)
        cooling, pue = ", ".join(hall.cooling for hall in own), " / ".join(f"{hall.pue_annual:.2f}" for hall in own)
        rows.append(
            [names[row.site], row.country, row.zone, opens[row.site], row.halls, row.servers_mw, chips,
             row.chips_kchips, row.served_kh100e, cooling, pue, capital[row.site]]
        )  # fmt: skip
    header = ["site", "country", "zone", "from", "halls", "MW", "chips", "thousand chips", "kH100e served", "cooling",
              "PUE", "MEUR"]  # fmt: skip
    sites = [row for row in plan.sites if row.period == period]
    committed = [row for row in sites if row.committed_mw > 0]
    served = sum(row.served_kh100e for row in sites) - sum(row.served_kh100e for row in chosen)
    passed = sum(row.status == "candidate" and row.site not in opens for row in sites)
    note = (
        f"{passed} candidates are not chosen. Committed sites ({len(committed)}) hold "
        f"{sum(row.committed_mw for row in committed):,.0f} MW besides and serve {served:,.0f} kH100e where nothing is "
        f"added. MEUR is capital over all periods; plants and grid steps cost "
        f"{key_figures(plan).spent_meur - sum(capital.values()):,.0f} MEUR more."
    )
    return section("## Sites", _by_period(plan), table(header, rows), note, *_places(plan), *_idle(plan))


def _by_period(plan: Plan) -> str:
    """Return the size of the plan in every period."""
    header = ["period", "sites", "MW", "thousand chips", "kH100e served", "MEUR spent"]
    rows = [
        [each.period, each.sites, each.servers_mw, each.chips_kchips, each.served_kh100e, each.spent_meur]
        for each in period_figures(plan)
    ]
    return table(header, rows)


def _places(plan: Plan) -> Iterator[str]:
    """Yield what the places of the chosen sites are like, where the inputs say."""
    names, chosen = site_names(plan), {row.site for row in chosen_sites(plan)}
    rows = [
        [names[row.site], row.seismic_g, row.flood or "not known", row.protected or "not known", row.near_people,
         row.exchange_km, row.exchanges]
        for row in plan.places if row.site in chosen
    ]  # fmt: skip
    if rows:
        header = ["site", "seismic hazard, g in 475 years", "floods", "protected land", "people within 50 km",
                  "km to an internet exchange point", "cities with one within 100 km"]  # fmt: skip
        yield "**What the places are like.** Limits where `siting` states them, else told only:"
        yield table(header, rows)


def _idle(plan: Plan) -> Iterator[str]:
    """Yield what stands empty."""
    empty, idle = sites_without_chips(plan), idle_halls(plan)
    if empty:
        yield f"**Sites that never hold a chip:** {', '.join(plain(name) for name in empty)}."
    if idle:
        yield f"**Halls that stand with few chips or none** (filled to at most {IDLE_SHARE:.0%}):"
        header = ["site", "cooling", "period", "halls", "room MW", "servers MW"]
        yield table(header, [list(vars(each).values()) for each in idle])
