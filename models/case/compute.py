"""Tables of compute: chips, and how many can be bought."""

from typing import Annotated, ClassVar, Literal

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import EurPerChip, H100e, Kchips, KgPerChip, Kw, Plausible, Share, Year, Years


class Chip(Sourced):
    """Accelerators."""

    key = ("chip",)
    chip: Key
    """Code of the chip."""
    name: Name
    """Trade name."""
    jurisdiction: Key | Literal[""] = ""
    """Country code of the vendor's jurisdiction, which `export_caps` may limit; empty: not known, which no bloc counts as
    its own."""
    first_year: Annotated[Year, DECISIVE]
    """First year in which it can be bought in quantity."""
    last_year: Annotated[Year, DECISIVE]
    """Last year in which it can be bought."""
    server_kw: Annotated[Kw, Plausible(0.1, 10), DECISIVE]
    """Power at the server's plug per chip, with its share of host and network."""
    rack_kw: Annotated[Kw, Plausible(1, 2_000), DECISIVE]
    """Power of a rack as sold."""
    throughput_h100e: Annotated[H100e, Plausible(0.01, 100), DECISIVE]
    """Dense 16-bit throughput relative to an NVIDIA H100."""
    price_eur_per_chip: Annotated[EurPerChip, Plausible(0, 500_000, 500, usual=(1_000, 400_000)), DECISIVE]
    """Price per chip with its share of server and network."""
    life_years: Annotated[Years, Plausible(1, 15), DECISIVE]
    """Years it serves."""
    availability_share: Annotated[Share, Plausible(0, 1, 0.1), DECISIVE]
    """Share of the time it is up."""
    resale_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 1.0
    """Share of the value of its remaining compute (what as much costs new) that it fetches when the horizon ends."""
    embodied_kg_per_chip: Annotated[
        KgPerChip, Plausible(0, 20_000, 5, usual=(30, 3_000), median=(30, 3_000)), DECISIVE
    ] = 0.0
    """Emissions of making it, with its share of server and network as far as stated; reported, and counted where asked
    (`carbon.embodied`)."""


class ChipSupply(Sourced):
    """What the market delivers: thousand chips per model, period and export tier ("any" limits all countries)."""

    key = ("chip", "tier", "period")
    refers: ClassVar = {"chip": "chips", "period": "periods"}
    optional = True
    chip: Key
    """Chip."""
    tier: Key
    """Export tier of the host country, or `any`."""
    period: Key
    """Period."""
    limit_kchips: Annotated[Kchips, Plausible(0, 20_000, 0.2, usual=(0.5, 5_000), median=(0.5, 1_000)), DECISIVE]
    """Most chips that can be bought in the period."""


class ExportCap(Sourced):
    """What a jurisdiction lets each country have of the chips of its vendors, all models together."""

    key = ("jurisdiction", "place", "period")
    refers: ClassVar = {"period": "periods"}
    optional = True
    jurisdiction: Key
    """Country code of the vendors' jurisdiction (`chips.jurisdiction`)."""
    place: Key
    """Country, or export tier: it caps each country of the tier that has no row of its own."""
    period: Key
    """Period."""
    limit_kchips: Annotated[Kchips, Plausible(0, 20_000, 0.2, usual=(0.5, 5_000), median=(0.5, 1_000)), DECISIVE]
    """Most chips that the country may buy in the period."""
