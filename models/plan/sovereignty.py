"""Answers of sovereignty: who runs the sites, and whose compute it is."""

from typing import Annotated

from models.case import Level
from models.plan.rows import Input, Number, ResultRow


class OperatorRow(ResultRow):
    """Who runs each open site: committed ones by their stated operator, new ones where that is decided; else no row."""

    key = ("site", "operator", "period")
    site: str
    """Site."""
    operator: str
    """Operator."""
    period: str
    """Period."""
    name: Annotated[str, Input("operators")]
    """Name of the operator."""
    jurisdiction: Annotated[str, Input("operators")]
    """Country code of its owner's jurisdiction."""
    disclosure: Annotated[str, Input("operators")] = ""
    """Country code whose law can make it hand over data, beside its own courts; empty: none."""
    servers_mw: Number
    """New servers in service that it runs here: operators that are alike in all that counts share them by capacity."""
    committed_mw: Number
    """Servers of a committed site in service that it runs."""


class SovereigntyRow(ResultRow):
    """Whose compute it is, by level and period: shares of compute served, of chips of all compute in service."""

    key = ("level", "period")
    level: Level
    """territory: host country; operator: owner's jurisdiction; control: both, and no disclosure law from outside; chip: vendor."""
    period: str
    """Period."""
    bloc: str
    """Bloc of which the shares are (`sovereignty.bloc`); empty: the member states of the Union."""
    new_share: Number | None
    """Its share of the new compute, at least; empty where there is none."""
    new_most_share: Number | None
    """The same, were all its that nobody is known to hold: sites without an operator, chips without a jurisdiction."""
    all_share: Number | None
    """Its share of all compute, committed sites included, at least."""
    all_most_share: Number | None
    """The same at most."""
    demand_share: Number | None
    """Share of the compute asked for that it meets, at least; empty for chips."""
    demand_most_share: Number | None
    """The same at most."""
    largest: str
    """Jurisdiction that holds the largest known share of all compute; empty for control."""
    largest_share: Number
    """That share."""
