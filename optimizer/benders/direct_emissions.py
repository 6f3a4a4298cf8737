"""Direct emissions of the whole electricity system, by the columns of a day."""

import numpy as np

from models.case import Array, Case
from optimizer.program.day_template import Template


def direct_emission_rates(case: Case, template: Template) -> Array:
    """Return the direct emissions of one unit of each column of a day, kg CO2."""
    layout, rates = template.layout, np.zeros(len(template.columns))
    for variable, pairs in (("output_mw", layout.generators), ("discharge_mw", layout.stores)):
        kg_per_mwh = [case.technologies[technology].emission_kg_per_mwh for _, technology in pairs]
        rates[slice(*template.spans[variable])] = np.repeat(kg_per_mwh, len(layout.hours))
    return rates
