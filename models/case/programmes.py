"""Tables of programmes: what governments have promised by a year."""

from typing import Annotated, ClassVar, Literal

from models.case.rows import DECISIVE, Key, Name, Row, Sourced
from models.units import Kh100e, Ms, Plausible, Year


class Programme(Sourced):
    """Public programmes that a plan has to carry out: so much compute, or so many sites, by a year."""

    key = ("programme",)
    optional = True
    programme: Key
    """Code of the programme."""
    name: Name
    """Name in English."""
    first_year: Annotated[Year, DECISIVE]
    """Year by which it is reached: it holds in the period that has this year, and in later ones."""
    floor_kh100e: Annotated[Kh100e, Plausible(0, 50_000, 0.5, usual=(0.5, 5_000)), DECISIVE]
    """Least compute at the sites that it counts; 0: none is asked."""
    floor_sites: Annotated[int, Plausible(0, 1000), DECISIVE]
    """Least number of open candidates and extended committed sites that it counts; 0: none is asked."""
    counts_committed: Annotated[bool, DECISIVE]
    """Whether committed sites count with what they have already: their own chips, and as sites without an extension."""
    last_year: Annotated[Year, DECISIVE] = 2100
    """Last year in which it is asked for: in a period that begins later it is not."""
    kind: Annotated[Literal["", "nuclear", "hydro", "coal", "ai_factory", "hub", "campus", "other"], DECISIVE] = ""
    """Kind of the sites that it counts; empty: all."""


class ProgrammeCountry(Row):
    """Countries whose sites a programme counts; one without a row counts those of all."""

    key = ("programme", "country")
    refers: ClassVar = {"programme": "programmes", "country": "countries"}
    optional = True
    programme: Key
    """Programme."""
    country: Key
    """Country."""


class ProgrammeRegion(Row):
    """Regions near which the sites of a programme have to be, all of them."""

    key = ("programme", "region")
    refers: ClassVar = {"programme": "programmes", "region": "regions"}
    optional = True
    programme: Key
    """Programme."""
    region: Key
    """Region."""
    latency_ms: Annotated[Ms, Plausible(1, 10_000, usual=(2, 10_000)), DECISIVE]
    """Longest round trip between the region and a site that counts."""
