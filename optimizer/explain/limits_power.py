"""Limits of electricity: firm cover, emissions, load that may be shed."""

from typing import Any

from models.case import Case
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.relaxable_limit import Input, input_at

MOST_MW, MOST_KT = 50_000.0, 20_000.0
"""Most firm cover that a zone may lack, and most emissions above a cap."""
PER_MILLE = 1000.0
SHED_RULE = "dispatch.hardly_any_load_is_shed"


def cover(elastic: ElasticModel) -> None:
    """Less firm low-carbon capacity than covers the peak."""
    share = elastic.case.settings.power.cover_share
    rows = elastic.model.power.firm_low_carbon_capacity_covers_the_peak
    given = elastic.input(
        "power.firm_low_carbon_capacity_covers_the_peak",
        "power.cover_share",
        "{amount} less of the peak covered by firm low-carbon capacity (a share)",
        "share",
        raised=False,
    )
    listed = [(row, elastic.model.power.zone_peak_mw[place]) for place, row in rows.items()] if share else []
    elastic.share(given, listed, most=MOST_MW, typical=500.0)
    elastic.loosened.add(rows.name)


def carbon(elastic: ElasticModel) -> None:
    """More emissions per MWh or per year."""
    carbon = elastic.model.carbon
    rows = carbon.emissions_per_mwh_stay_under_the_cap
    given = elastic.input(
        "carbon.emissions_per_mwh_stay_under_the_cap",
        "carbon.cap_kg_per_mwh",
        "a cap that is {amount} {unit} higher",
        "kg CO2 per MWh",
    )
    listed = [(row, carbon.energy_twh[period]) for period, row in rows.items()]
    elastic.share(given, listed, most=MOST_KT, typical=100.0)
    given = elastic.input(
        "carbon.emissions_per_year_stay_under_the_cap",
        "carbon.cap_kt",
        "a cap that is {amount} {unit} a year higher",
        "kt CO2",
    )
    slack = elastic.lever(given, most=min(given.farthest - given.value, MOST_KT), typical=min(given.value, 1000.0))
    for row in carbon.emissions_per_year_stay_under_the_cap.values():
        elastic.loosen(row, slack)


def shedding(elastic: ElasticModel) -> Any:
    """More load shed; the days' rows are joined to the lever when they are stamped."""
    given = shed_input(elastic.case)
    elastic.loosened.add(SHED_RULE)
    return elastic.lever(given, per_slack=1 / PER_MILLE, typical=max(given.value, 1e-4) * PER_MILLE)


def shed_input(case: Case) -> Input:
    """Return the input that says how much load may be shed."""
    phrase = "{amount} more of a day's load left unserved (a share)"
    return input_at(case, SHED_RULE, "power.shed_share", phrase, "share")
