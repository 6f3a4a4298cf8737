"""Limits of cooling: water of a basin, the law on PUE and on the reuse of heat."""

from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, share

TEXTS = {
    "basins.available_mm3": LimitText(
        "{amount} {unit} a year more available in {basin}", "Mm3", typical=1, grantor="ministry or law"
    ),
    "basins.stress_share": LimitText(
        "{amount} less of {basin} taken by its stress (a share)", raised=False, grantor="ministry or law"
    ),
    "countries.pue_limit": share(
        "a legal PUE in {country} that is {amount} higher",
        lambda elastic, *place: elastic.case.settings.halls.hall_mw * elastic.model.sizing.site_halls[place],
        *(100, 9 * 5_000),
        raised=True,
        unit="",
        grantor="ministry or law",
    ),
    "countries.reuse_share": share(
        "{amount} less of the energy reused by law in {country} (a share)",
        *("cooling.draw_mw", 100, 5_000),
        grantor="ministry or law",
    ),
}


def withdrawal_stays_within_basin(elastic: ElasticModel) -> None:
    """Relax water: more is available, or, where stress takes all of it, less is taken."""
    rows = elastic.model.cooling.withdrawal_stays_within_basin
    for (basin, _), row in rows.items():
        here = elastic.case.basins[basin]
        left_share = 1 - here.stress_share
        column, per_unit = ("available_mm3", left_share) if left_share else ("stress_share", here.available_mm3)
        if per_unit:
            elastic.relax(row, elastic.limit(rows.name, f"basins.{column}", basin, slack_per_unit=per_unit).slack)
