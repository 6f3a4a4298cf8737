"""Limits of compute: chips that the market delivers, gigafactories, and the least size that servers fill."""

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText

TEXTS = {
    "sites.minimum_mw": LimitText("{amount} {unit} of servers less would do at {site}", raised=False),
    "chip_supply.limit_kchips": LimitText(
        "{amount} {unit} of {chip} more (export tier: {tier}), {period}", "thousand", typical=10
    ),
    "siting.gigafactories_min": LimitText("gigafactories: {amount} fewer", "gigafactories", raised=False),
    "siting.site_min_kchips": LimitText("{amount} {unit} fewer at each new site", "thousand chips", raised=False),
    "siting.gigafactory_kchips": LimitText("{amount} {unit} fewer in a gigafactory", "thousand chips", raised=False),
}


def gigafactory_holds_its_chips(elastic: ElasticModel) -> None:
    """Relax the chips of a gigafactory, but not to none."""
    rows = elastic.model.compute.gigafactory_holds_its_chips
    least = elastic.case.settings.siting.gigafactory_kchips / 1000
    for row in rows.values():
        elastic.relax(row, elastic.limit(rows.name, "siting.gigafactory_kchips", loosest=least).slack)
