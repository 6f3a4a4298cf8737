"""Limits of compute: chips that the market delivers, gigafactories, and the least size that servers fill."""

from models.upper_bounds import export_caps, may_be_gigafactory
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText

TEXTS = {
    "sites.minimum_mw": LimitText("{amount} {unit} of servers less would do at {site}", raised=False, grantor="asker"),
    "chip_supply.limit_kchips": LimitText(
        "{amount} {unit} of {chip} more (export tier: {tier}), {period}",
        "thousand",
        typical=10,
        grantor="chip vendor or market",
    ),
    "export_caps.limit_kchips": LimitText(
        "{amount} {unit} of the chips of {jurisdiction} more for each country of {place}, {period}",
        "thousand",
        typical=10,
        grantor="ministry or law",
    ),
    "siting.gigafactories_min": LimitText("gigafactories: {amount} fewer", "gigafactories", raised=False),
    "siting.site_min_kchips": LimitText("{amount} {unit} fewer at each new site", "thousand chips", raised=False),
    "siting.gigafactory_kchips": LimitText("{amount} {unit} fewer in a gigafactory", "thousand chips", raised=False),
    "siting.gigafactory_kh100e": LimitText("{amount} {unit} less in a gigafactory", "kH100e", raised=False),
    "siting.gigafactory_countries": LimitText(
        "{country} commits to gigafactories", typical=1, grantor="ministry or law"
    ),
}


def gigafactory_holds_its_chips(elastic: ElasticModel) -> None:
    """Relax the chips of a gigafactory, but not to none."""
    rows, rules = elastic.model.compute.gigafactory_holds_its_chips, elastic.case.settings.siting
    place = f"siting.gigafactory_k{rules.gigafactory_by}"
    for row in rows.values():
        elastic.relax(row, elastic.limit(rows.name, place, loosest=rules.gigafactory_size / 1000).slack)


def gigafactory(elastic: ElasticModel) -> None:
    """Relax which countries have committed to gigafactories."""
    case, factories = elastic.case, elastic.model.compute.gigafactory
    for site, factory in factories.items():
        if not may_be_gigafactory(case, site):
            country = case.sites[site].country
            elastic.add_row(factory <= elastic.limit(factories.name, "siting.gigafactory_countries", country).slack)


def country_buys_no_more_than_its_export_cap(elastic: ElasticModel) -> None:
    """Relax the cap of a country, or that of all countries of its tier."""
    rows, keys = elastic.model.compute.country_buys_no_more_than_its_export_cap, export_caps(elastic.case)
    for index, row in rows.items():
        elastic.relax(row, elastic.limit(rows.name, "export_caps.limit_kchips", keys[index]).slack)
