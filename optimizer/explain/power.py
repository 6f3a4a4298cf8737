"""Limits of power: firm low-carbon capacity that covers the peak, and the technologies that may give it."""

from models.upper_bounds import may_be_firm
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText, share

TEXTS = {
    "power.cover_share": share(
        "{amount} less of the peak covered by firm low-carbon capacity (a share)", "power.zone_peak_mw", 500, 50_000
    ),
    "power.cover_energy_share": share(
        "{amount} less of the draw that low-carbon plant contracted and built can sustain (a share)",
        *("power.zone_draw_mw", 500, 50_000),
    ),
    "power.cover_spare_lines": LimitText(
        "what the system itself sends over lines may count as free", "", raised=False, typical=1
    ),
    "power.cover_technologies": LimitText("{technology} may be contracted and built", typical=1, grantor="plant owner"),
}


def contracted_mw(elastic: ElasticModel) -> None:
    """Relax which technologies are firm cover: contracts and new plants of others."""
    power = elastic.model.power
    for variable in (power.contracted_mw, power.built_mw):
        for (_, technology, _), each in variable.items():
            if not may_be_firm(elastic.case, technology):
                slack = elastic.limit(power.contracted_mw.name, "power.cover_technologies", technology).slack
                elastic.add_row(each <= each.ub * slack)


def cover_fits_into_what_the_system_leaves_free(elastic: ElasticModel) -> None:
    """Relax that lines count by what is left free of them: they do or do not, all of them."""
    largest = (max(row.forward_mw, row.backward_mw) for row in elastic.case.lines.values())
    rows = elastic.model.power.cover_fits_into_what_the_system_leaves_free
    elastic.relax_switch(rows, "power.cover_spare_lines", max(largest, default=0.0))
