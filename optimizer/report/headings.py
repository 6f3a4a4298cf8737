"""Headings for people from the names of fields: the words, and the unit that ends the name."""

UNITS = {
    "eur_per_h100e_hour": "EUR per H100e-hour",
    "eur_per_mwh": "EUR/MWh", "l_per_kwh": "l/kWh", "kg_per_mwh": "kg/MWh", "kh100e": "kH100e",
    "kchips": "thousand chips", "meur": "MEUR", "mwh": "MWh", "twh": "TWh", "mm3": "million m3", "mw": "MW",
    "kt": "kt CO2", "t": "t CO2", "share": "share, 0..1", "years": "years", "hours": "h", "mb": "MB",
}  # fmt: skip
"""Ending of a field's name -> its unit, longer endings first."""
STANDS_FOR = {"fleets.capacity_mw": "electricity by the dispatch", "sites.station": "climate"}
"""Columns by which the table of rivals names more than themselves."""
ABBREVIATIONS = {"pue": "PUE", "wue": "WUE"}


def in_words(code: str) -> str:
    """Return a code of the inputs as words: `hydro_reservoir` is `hydro reservoir`."""
    return code.replace("_", " ")


def counted(number: int, noun: str) -> str:
    """Return a number of things with their noun, which takes an s where there is not one of them."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def input_in_words(place: str) -> str:
    """Return `table.column` of an input as words: `countries.building_factor` is `building factor (countries)`."""
    table, _, column = place.partition(".")
    stem = next((column.removesuffix(f"_{each}") for each in UNITS if column.endswith(f"_{each}")), column)
    return STANDS_FOR.get(place, f"{in_words(stem)} ({in_words(table)})")


def heading_of(field: str) -> str:
    """Return a field's name as words, with its unit in brackets where it has one: `servers_mw` is `servers (MW)`."""
    ending = next((each for each in UNITS if field.endswith(f"_{each}")), "")
    stem = field.removesuffix(f"_{ending}") if ending else field
    words = " ".join(ABBREVIATIONS.get(word, word) for word in stem.split("_"))
    return f"{words} ({UNITS[ending]})" if ending else words
