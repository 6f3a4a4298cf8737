"""Limits of programmes: the compute and the sites that a government has promised."""

from optimizer.explain.limit_input import LimitText

TEXTS = {
    "programmes.floor_kh100e": LimitText(
        "{programme} makes do with {amount} {unit} less", "kH100e", raised=False, grantor="asker"
    ),
    "programmes.floor_sites": LimitText(
        "{programme} makes do with {amount} {unit} fewer", "sites", raised=False, grantor="asker"
    ),
}
