"""What of a base scenario cannot stay as it is after a cut: limits out of reach, and names of what is left out."""

from collections import Counter

from models.case import Case
from models.settings import Names, Settings
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.cut import Cut, Selection
from optimizer.case.place import place_of
from optimizer.case.settings import setting_fields


def limits_left(case: Case, cut: Cut, selection: Selection) -> dict[str, object]:
    """Return the keys of the scenario that cannot stay as they are, with their new values."""
    if not any(cut.gone.values()):
        return {}
    settings = case.settings
    sites = Counter(row.country for row in cut.rows("sites", case.sites).values())
    most = {country: min(number, case.countries[country].sites_max) for country, number in sites.items()}
    members = [country for country, number in most.items() if number and case.countries[country].eu_member]
    number = sum(most.values())
    changes: dict[str, object] = {"title": f"{settings.title} (cut: {selection})"[:200]}
    for key, bound in (
        ("sites_min", number),
        ("gigafactories_min", number),
        ("member_states_min", len(members)),
    ):
        if getattr(settings.siting, key) > bound:
            changes[f"siting.{key}"] = bound
    if cut.gone["zones"] and cut.rows("price_basis", case.price_basis) and not settings.power.price_basis_zones:
        changes["power.price_basis_zones"] = len(case.zones)
    return changes


def names_left(settings: Settings, inputs: CaseInputs, cut: Cut) -> dict[str, object]:
    """Return the lists of keys, the cells and the factors of a scenario that name what is left out, without that."""
    changes: dict[str, object] = {}
    for path, field in setting_fields().items():
        for mark in field.metadata:
            if isinstance(mark, Names):
                section, _, key = path.rpartition(".")
                stated = getattr(getattr(settings, section), key)
                kept = [name for name in stated if name not in cut.gone[mark.table]]
                if len(kept) < len(stated):
                    changes[path] = kept
    left = cut.left_of(inputs)
    for key in ("cells", "factors"):
        cells = getattr(settings.inputs, key)
        there = {name: value for name, value in cells.items() if _is_place(name, left)}
        if len(there) < len(cells):
            changes[f"inputs.{key}"] = there
    return changes


def _is_place(name: str, inputs: CaseInputs) -> bool:
    """Tell whether a name is that of cells or hours of a case."""
    try:
        place_of(name, {}, inputs)
    except ValueError:
        return False
    return True
