"""What is told of a cut: how much stays, what borders got from beyond, what the reader has to decide; and its page."""

from collections.abc import Iterator, Mapping, Sequence

from models.case import TABLES, Array, Case, row_name
from models.settings import Settings
from optimizer.case.cut import Cut
from optimizer.case.cut_borders import grown_load_mw, lines_into_mw, shortage_mw

LEAST_MW = 1.0
"""Trade and shortages below it are not told."""
NAMED = 12
"""So many names of what is left out are told at once; the page lists all."""


def kept_lines(case: Case, cut: Cut) -> Iterator[str]:
    """Yield how much of each table stays, and which zones and regions."""
    counts = {name: len(getattr(case, name)) for name in TABLES if cut.gone[name]}
    if not counts:
        yield "Nothing is left out."
        return
    yield "Kept: " + ", ".join(
        f"{name} {total - len(cut.gone[name]):,} of {total:,}" for name, total in counts.items() if name != "sources"
    )
    if cut.gone["zones"] or cut.borders:
        yield f"Zones with their sites: {_names(cut.core)}."
    if cut.unreached:
        yield f"No site left is near enough for what these regions ask for, which is left out: {_names(cut.unreached)}."


def border_lines(case: Case, cut: Cut, trade: Mapping[str, Array]) -> Iterator[str]:
    """Yield which zones stand as borders, and what they got from beyond."""
    if cut.borders:
        yield (
            f"Borders: {_names(cut.borders)}, with load, plants and the lines between zones that stay, without sites "
            "and new plants."
        )
    beyond = [
        line
        for line, row in case.lines.items()
        if line in cut.gone["lines"] and len({row.from_zone, row.to_zone} & cut.gone["zones"]) == 1
    ]
    if beyond:
        yield f"Lines to zones that are left out go with them, and their trade: {_names(beyond)}."
    for zone, sent in trade.items():
        year, energy = (8.76e-3 * float(each.mean()) for each in (case.hourly["load"][zone], sent))
        yield (
            f"{zone}: up to {sent.max():,.0f} MW ({energy:,.3g} TWh of {year:,.4g} a year) that its own plants "
            "cannot serve came from zones left out: taken off its load."
        )


def money_lines(case: Case, cut: Cut) -> Iterator[str]:
    """Yield what share of the demand stays, and that money and chips stay whole."""
    if cut.gone["demand"]:
        kept, asked = (
            sum(row.demand_kh100e for row in rows.values()) for rows in (cut.rows("demand", case.demand), case.demand)
        )
        yield (
            f"Demand: {kept / asked if asked else 0:.1%} of the compute asked for stays. "
            f"Money ({sum(row.amount_meur for row in case.tranches.values()):,.0f} MEUR) and chips stay those of all "
            f"of {case.name}: change tranches and chip_supply if the cut has only a part of them."
        )


def change_lines(settings: Settings, changes: Mapping[str, object]) -> Iterator[str]:
    """Yield the limits of the scenario that were lowered to what is left, and those that hold for the whole case."""
    for path, value in changes.items():
        section, _, key = path.rpartition(".")
        if isinstance(value, int) and section == "siting":
            yield f"{path} = {value}: more cannot be (was {getattr(settings.siting, key)})."
        elif isinstance(value, list | dict):
            lost = [name for name in getattr(getattr(settings, section), key) if name not in value]
            yield f"{path} no longer says {_names(lost)}, which left." + ("" if value else " It says nothing now.")
    levels = settings.question.levels.model_dump(exclude_none=True)
    if changes and levels:
        yield f"Levels of the question ({', '.join(levels)}) stay those of the whole case."


def basis_lines(case: Case, cut: Cut) -> Iterator[str]:
    """Yield that the price basis is that of other zones."""
    if cut.gone["zones"] and cut.rows("price_basis", case.price_basis):
        yield (
            f"price_basis was calibrated on the prices of {len(case.zones)} zones, which these are not: its rows stay, "
            "`gigasite check` warns of it, and power.price_basis_scale = 0 leaves it out."
        )


def shortage_lines(cut_case: Case, whole: Case) -> Iterator[str]:
    """Yield the zones that have lost lines or plants and cannot serve their load even with all lines that are left."""
    for zone in cut_case.zones:
        for period in cut_case.periods:
            lines = lines_into_mw(cut_case, zone, cut_case.zones, period)
            before = lines_into_mw(whole, zone, whole.zones, period), shortage_mw(whole, zone, period).max()
            short = shortage_mw(cut_case, zone, period) - lines
            if short.max() >= LEAST_MW and short.max() > before[1] - before[0] + LEAST_MW:
                peak = grown_load_mw(cut_case, zone, period).max()
                yield (
                    f"{zone} falls up to {short.max():,.0f} MW short of its load (peak {peak:,.0f}) in {period}, in "
                    f"{(short > 0).sum():,} hours, stores not counted: there may be no plan."
                )
                break


def cut_page(title: str, told: Sequence[str], cut: Cut, earlier: str) -> str:
    """Return the page that says what was done, and lists every row that was left out."""
    parts = [f"# Cut of {title}", "", *(f"- {line}" for line in told)]
    for table, keys in cut.gone.items():
        if keys:
            names = sorted(map(row_name, keys))
            parts += ["", f"## Left out of {table} ({len(names):,})", "", ", ".join(f"`{name}`" for name in names)]
    return "\n".join([*parts, *(["", earlier.rstrip()] if earlier else []), ""])


def _names(names: Sequence[str] | frozenset[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:NAMED]) + (f" and {len(listed) - NAMED} more" if listed[NAMED:] else "")
