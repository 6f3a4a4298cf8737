"""Tables of sovereignty: operators, blocs of jurisdictions, and the shares that these hold."""

from typing import Annotated, Literal

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import Mw, Plausible, Share

Level = Literal["territory", "operator", "control", "chip"]


class Operator(Sourced):
    """Who runs compute, and under whose law; one with a capacity may run new sites where `sovereignty.operators` asks."""

    key = ("operator",)
    optional = True
    operator: Key
    """Code of the operator."""
    name: Name
    """Name."""
    seat: Key | Literal[""] = ""
    """Country code of its seat; for the reader, nothing is computed from it."""
    jurisdiction: Key
    """Country code of its owner's jurisdiction: who controls it."""
    disclosure: Key | Literal[""] = ""
    """Country code whose law can make it hand over data wherever they lie (US: CLOUD Act, FISA 702; CN: intelligence law), beside
    its own courts; empty: none but those of its seat."""
    accepts: Key | Literal[""] = ""
    """Bloc in whose countries it runs new sites; empty: everywhere."""
    capacity_mw: Annotated[Mw, Plausible(0, 5_000, 5), DECISIVE]
    """Server power that it can run at new sites in any period, beside its committed ones; 0: it runs no new site."""
    capex_spread_share: Annotated[Share, Plausible(0, 0.3, 0.001), DECISIVE] = 0.0
    """What it pays more for a site's capital, as a share: smaller orders, dearer credit; no aid is paid on it."""


class Jurisdiction(Sourced):
    """Blocs: sets of jurisdictions, a row for each member."""

    key = ("bloc", "country")
    optional = True
    bloc: Key
    """Name of the bloc."""
    country: Key
    """Country code of a member, whether or not it hosts sites."""


class SovereigntyLimit(Sourced):
    """How much of the compute a bloc holds at least or at most, by level: on whose soil, run by whom, on whose chips."""

    key = ("level", "bloc", "workload", "period")
    optional = True
    level: Level
    """territory: host country; operator: owner's jurisdiction; chip: vendor's; control: soil and owner in the bloc, and no
    disclosure law from outside."""
    bloc: Key
    """Bloc of the table `jurisdictions`."""
    workload: Key
    """Class of work whose served compute counts, or `any`; of chips always `any`: all compute in service."""
    period: Key
    """Period, or `any` for each."""
    floor_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 0.0
    """Least share, committed sites included; 0: none is asked."""
    ceiling_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 1.0
    """Most share; 1: none is asked."""
