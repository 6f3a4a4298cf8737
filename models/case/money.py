"""Tables of money: funds, where they pay, when they release it."""

from typing import Annotated, ClassVar, Literal

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import Factor, Meur, Plausible, Share

PUBLIC_KINDS = ("public", "union", "state")
"""Kinds of funds whose money is aid."""


class Fund(Sourced):
    """Sources of money."""

    key = ("fund",)
    fund: Key
    """Code of the fund."""
    name: Name
    """Name in English."""
    kind: Literal["public", "union", "state", "private", "debt"]
    """public, union (its budget) and state (its members') money is aid: it goes to sites, under ceilings. private money and
    debt are not; debt is paid back out of what is earned."""
    aid_ceiling_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE]
    """Most of a site's capital cost in a period that the fund may pay (1 = no ceiling)."""
    site_ceiling_meur: Annotated[Meur, Plausible(0, 1_000_000, 10), DECISIVE] = 0
    """Most that a public fund pays at one site in all periods together (0: no ceiling): a consortium is taken to have one."""
    matched_by: Key | Literal[""] = ""
    """Public fund that has to pay beside a public one at every site; empty where none has to."""
    match_factor: Annotated[Factor, Plausible(0, 20, 0.05), DECISIVE] = 1
    """What that fund pays at a site up to every period, over what this one has paid there: at least so much."""
    interest_share: Annotated[Share, Plausible(0, 0.3, 0.001), DECISIVE] = 0
    """Interest on debt per year, real."""
    tenor_years: Annotated[int, Plausible(0, 50), DECISIVE] = 0
    """Equal yearly payments by which debt is paid back, the first a year after it is drawn; 0 for other money."""


class FundCountry(Sourced):
    """Countries in which a public fund may pay, such as those that have committed themselves; a fund without rows pays anywhere."""

    key = ("fund", "country")
    refers: ClassVar = {"fund": "funds", "country": "countries"}
    optional = True
    fund: Key
    """Public fund."""
    country: Key
    """Country."""
    floor_meur: Annotated[Meur, Plausible(0, 1_000_000, 10), DECISIVE] = 0
    """Least that the fund pays at sites of the country in all periods together."""
    ceiling_meur: Annotated[Meur, Plausible(0, 1_000_000, 10), DECISIVE] = 0
    """Most that the fund pays there in all periods together (0: no ceiling)."""


class Tranche(Sourced):
    """Money a fund makes available; what is not spent stays available later."""

    key = ("fund", "period")
    refers: ClassVar = {"fund": "funds", "period": "periods"}
    fund: Key
    """Fund."""
    period: Key
    """Period from which the money can be spent."""
    amount_meur: Annotated[Meur, Plausible(0, 1_000_000, 10, usual=(25, 200_000)), DECISIVE]
    """Amount."""
