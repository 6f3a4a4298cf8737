"""The ledgers of a plan for people: each entry in words, the price basis by itself."""

from collections import defaultdict
from collections.abc import Mapping

from models.plan import Plan

BASIS = "price basis"
"""Part of the aspect `power` that is shown by itself: it may be below 0, and is no cost of plants or contracts."""
COSTS = {
    ("capex", "sizing"): "sites opened, halls",
    ("capex", "compute"): "chips with servers and network",
    ("capex", "cooling"): "heat recovery",
    ("capex", "grid"): "connections, grid steps",
    ("capex", "power"): "new plants",
    ("capex", "plants"): "energy of new stores",
    ("capex", "operators"): "spread that operators pay on the capital of sites",
    ("opex", "sizing"): "upkeep of halls",
    ("opex", "compute"): "staff, software, spares",
    ("opex", "demand"): "serving regions from afar",
    ("opex", "cooling"): "heat sold: an income",
    ("opex", "grid"): "grid fees, levies and tax on the draw",
    ("opex", "power"): "firm contracts, upkeep of new plants",
    ("opex", "plants"): "upkeep of the energy of new stores",
    ("opex", BASIS): "electricity dearer than the dispatch tells, or cheaper (below 0)",
    ("opex", "dispatch"): "running cost that the draw adds to the system",
}
"""Ledger and aspect -> what is paid, in words."""
AHEAD = {"interest": "interest while built: ", "residual": "value left at the end, taken off: "}
"""Ledgers that follow from the capital, and how they are called."""


def money_entries(plan: Plan) -> dict[tuple[str, str], Mapping[str, float]]:
    """Return ledger and aspect -> period or `present` -> MEUR, ledger by ledger, without entries of nothing."""
    amounts: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in plan.money:
        amounts[row.ledger, row.aspect][row.period] += row.amount_meur
        amounts[row.ledger, row.aspect]["present"] += row.present_meur
    for zone in plan.zones:
        for column, meur in ((zone.period, zone.basis_meur), ("present", zone.basis_present_meur)):
            amounts["opex", "power"][column] -= meur
            amounts["opex", BASIS][column] += meur
    order: list[str] = [row.ledger for row in plan.money]
    paid = [key for key, values in amounts.items() if any(abs(each) > 1e-9 for each in values.values())]
    return {key: amounts[key] for key in sorted(paid, key=lambda key: order.index(key[0]))}


def cost_in_words(ledger: str, aspect: str) -> str:
    """Return what stands in a ledger for an aspect; nothing where that is not known."""
    return AHEAD.get(ledger, "") + COSTS.get((ledger if ledger == "opex" else "capex", aspect), aspect)
