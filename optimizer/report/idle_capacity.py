"""What a plan builds and leaves empty: halls with few chips, sites without any."""

from dataclasses import dataclass

from models.plan import Plan
from optimizer.report.key_figures import NEGLIGIBLE_MW, site_names

IDLE_SHARE = 0.5
"""Halls filled to less than this share of their room are listed."""


@dataclass(frozen=True)
class IdleHalls:
    """Halls that stand in a period with few chips or none."""

    site: str
    cooling: str
    period: str
    halls: int
    room_mw: float
    """Server power that they could hold."""
    servers_mw: float
    """Server power alive in them."""


def idle_halls(plan: Plan) -> tuple[IdleHalls, ...]:
    """Return the halls filled to less than `IDLE_SHARE` in a period, as built too early, worn out or never filled."""
    halls = plan.provenance.scenario.get("halls")
    hall_mw = float(halls["hall_mw"]) if isinstance(halls, dict) else 0.0
    names = site_names(plan)
    found = []
    for row in plan.halls:
        room_mw = row.standing_halls * hall_mw
        if row.standing_halls and row.alive_mw <= max(IDLE_SHARE * room_mw, NEGLIGIBLE_MW):
            name = names.get(row.site, row.site)
            found.append(IdleHalls(name, row.cooling, row.period, row.standing_halls, room_mw, row.alive_mw))
    return tuple(found)


def sites_without_chips(plan: Plan) -> tuple[str, ...]:
    """Return the new sites that never hold a chip."""
    holding = {row.site for row in plan.sites if row.chips_kchips > 0}
    opened = {row.site for row in plan.sites if row.status == "candidate" and row.opened}
    names = site_names(plan)
    return tuple(sorted(names[site] for site in opened - holding))
