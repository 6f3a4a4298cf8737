"""Limits of carbon: emissions per MWh and per year."""

from optimizer.explain.limit_input import LimitText

MOST_KT = 20_000.0
"""Most emissions above a cap."""
TEXTS = {
    "carbon.cap_kg_per_mwh": LimitText(
        "a cap that is {amount} {unit} higher",
        "kg CO2 per MWh",
        typical=100,
        most=MOST_KT,
        size=lambda elastic, *place: getattr(elastic.model.carbon, f"{'zone_' * (len(place) - 1)}energy_twh")[place],
    ),
    "carbon.cap_kt": LimitText("a cap that is {amount} {unit} a year higher", "kt CO2", most=MOST_KT),
}
