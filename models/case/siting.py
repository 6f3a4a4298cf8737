"""Tables of siting: sites, sites in short, and what their places are like."""

from typing import Annotated, ClassVar, Literal

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import EurPerMwh, Gravity, Km, Latitude, Longitude, Meur, Mw, People, Plausible, Year, Years


class Site(Sourced):
    """Candidate sites, and committed ones that exist or are being built."""

    key = ("site",)
    refers: ClassVar = {
        "country": "countries",
        "zone": "zones",
        "substation": "substations",
        "basin": "basins",
        "station": "stations",
    }
    site: Key
    """Code of the site."""
    name: Name
    """Name of the place."""
    kind: Literal["nuclear", "hydro", "coal", "ai_factory", "hub", "campus", "other"] = "other"
    """Why the place is a candidate; a programme may count the sites of one kind."""
    status: Literal["candidate", "committed"]
    """Committed sites are open with their stated capacity, as long as its chips live or their owner renews them."""
    country: Key
    """Host country."""
    zone: Key
    """Bidding zone that feeds it."""
    substation: Annotated[Key, DECISIVE]
    """Substation it connects to."""
    basin: Annotated[Key, DECISIVE]
    """Basin its water comes from."""
    station: Annotated[Key, DECISIVE]
    """Climate station that stands for its weather."""
    latitude: Annotated[Latitude, DECISIVE]
    """Degrees north."""
    longitude: Annotated[Longitude, DECISIVE]
    """Degrees east."""
    land_mw: Annotated[Mw, Plausible(0, 5_000, 1, usual=(3, 3_000)), DECISIVE]
    """Server power for which there is land (new halls, all periods together)."""
    minimum_mw: Annotated[Mw, Plausible(0, 2_000, 1), DECISIVE]
    """Least server power of an open site, a committed site's own included, in every period in which it is open."""
    permit_year: Annotated[Year, DECISIVE]
    """First year in which its permits can be ready."""
    connection_year: Annotated[Year, DECISIVE]
    """First year in which its grid connection can be ready."""
    late_years: Annotated[Years, Plausible(0, 10, 0.25)] = 0.0
    """Years by which a candidate, or the extension of a committed site, is in service later than decided and paid for:
    with the first period that begins by then. A fact of a future, that no limit of `explain` moves."""
    distance_km: Annotated[Km, Plausible(0, 200, 0.001), DECISIVE]
    """Length of the line to the substation."""
    opening_meur: Annotated[Meur, Plausible(0, 5_000, 0.2, usual=(1, 1_000)), DECISIVE]
    """Fixed cost of opening the site, or of extending a committed one: land, permits, access, fibre."""
    water_source: Annotated[Literal["none", "river", "lake", "sea"], DECISIVE]
    """Body of water that once-through cooling could use."""
    heat_sink_mw: Annotated[Mw, Plausible(0, 3_000, 0.06, median=(0.5, 500)), DECISIVE]
    """Heat that neighbours (district heating) could take."""
    behind_meter_mw: Annotated[Mw, Plausible(0, 5_000, 0.5), DECISIVE]
    """Firm supply behind the meter that spares grid connection."""
    committed_year: Year
    """Year in which a committed site's capacity serves (ignored for candidates)."""
    committed_mw: Annotated[Mw, Plausible(0, 5_000, 0.2, usual=(0.5, 2_000))]
    """Server power a committed site already holds (0 for candidates)."""
    committed_chip: Key | Literal[""]
    """Chip in a committed site's halls (empty for candidates)."""
    committed_cooling: Key | Literal[""]
    """Cooling of a committed site's halls (empty for candidates)."""
    renewed: bool = False
    """Whether the owner of a committed site renews its chips; without that they wear out."""
    operator: Key | Literal[""] = ""
    """Who runs a committed site, its extension included; empty: not known, and for candidates."""
    fee_eur_per_mwh: Annotated[EurPerMwh, Plausible(-300, 300, 0.05), DECISIVE] = 0.0
    """What a MWh costs here beyond the price of the zone and the fees of the country; negative for a rebate."""


class Place(Sourced):
    """What the place of a site is like: hazards, people, exchange points; limits where the scenario asks (`siting`), told always."""

    key = ("site",)
    refers: ClassVar = {"site": "sites"}
    optional = True
    blanks = True
    site: Key
    """Code of the site."""
    seismic_g: Annotated[Gravity, Plausible(0, 0.8, 0.005, median=(0.01, 0.25)), DECISIVE]
    """Peak ground acceleration on rock that is exceeded once in 475 years."""
    flood: Annotated[Literal["low", "exposed", ""], DECISIVE] = ""
    """Whether floods of a river or the sea may reach it; empty: nobody says."""
    protected: Annotated[Literal["no", "yes", ""], DECISIVE] = ""
    """Whether it lies on protected land; empty: nobody says."""
    near_people: Annotated[
        People, Plausible(0, 30_000_000, 20, usual=(2_000, 30_000_000), median=(20_000, 30_000_000)), DECISIVE
    ]
    """Inhabitants within 50 km, from whom its staff comes."""
    exchange_km: Annotated[Km, Plausible(0, 2_000, 0.05, median=(2, 1_000)), DECISIVE]
    """Distance to the nearest internet exchange point (geodesic, WGS 84)."""
    exchanges: Annotated[int, Plausible(0, 100)]
    """Cities with an internet exchange point within 100 km; for the reader, nothing is computed from it."""


class OwnSite(Sourced):
    """Candidate sites in short: a row is read as one of `sites`, `substations` and `headrooms`; empty cells as defaults."""

    key = ("site",)
    refers: ClassVar = {"zone": "zones", "country": "countries", "basin": "basins", "station": "stations"}
    optional = True
    blanks = True
    site: Key
    """Code of the site."""
    name: Name
    """Name of the place."""
    latitude: Latitude
    """Degrees north."""
    longitude: Longitude
    """Degrees east."""
    land_mw: Annotated[Mw, Plausible(0, 5_000, 1, usual=(3, 3_000))]
    """Server power for which there is land (new halls, all periods together)."""
    headroom_mw: Annotated[Mw, Plausible(0, 10_000, 1, usual=(3, 3_000))]
    """Power its substation has left from `connection_year` on; 0 where `substation` names one that has its headrooms."""
    permit_year: Year
    """First year in which its permits can be ready."""
    connection_year: Year
    """First year in which its grid connection can be ready."""
    opening_meur: Annotated[Meur, Plausible(0, 5_000, 0.2, usual=(1, 1_000))]
    """Fixed cost of opening the site: land, permits, access, fibre."""
    zone: Key | Literal[""] = ""
    """Bidding zone that feeds it; left empty: its substation's, else that in whose polygon it lies, or the nearest."""
    country: Key | Literal[""] = ""
    """Host country; left empty: that of its zone."""
    substation: Key | Literal[""] = ""
    """Substation it connects to, an existing one or the code of a new one; left empty: a new one named like the site."""
    basin: Key | Literal[""] = ""
    """Basin its water comes from; left empty: that of the nearest site."""
    station: Key | Literal[""] = ""
    """Climate station; left empty: the nearest one."""
    minimum_mw: Annotated[Mw, Plausible(0, 2_000, 1)] = 0
    """Least server power of the open site."""
    distance_km: Annotated[Km, Plausible(0, 200, 0.001)] = 0
    """Length of the line to the substation."""
    water_source: Literal["none", "river", "lake", "sea"] = "none"
    """Body of water that once-through cooling could use."""
    heat_sink_mw: Annotated[Mw, Plausible(0, 3_000, 0.06)] = 0
    """Heat that neighbours (district heating) could take."""
    behind_meter_mw: Annotated[Mw, Plausible(0, 5_000, 0.5)] = 0
    """Firm supply behind the meter that spares grid connection."""
    kind: Literal["nuclear", "hydro", "coal", "ai_factory", "hub", "campus", "other"] = "other"
    """Why the place is a candidate; a programme may count the sites of one kind."""
