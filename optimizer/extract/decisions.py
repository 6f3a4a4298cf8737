"""The way back: what a written plan decides, as values of the columns of a programme."""

import numpy as np

from models.case import Array
from models.gigafactories import factory_sizes
from models.jurisdictions import operator_classes
from models.plan import RESULT_TABLES, From, Plan
from optimizer.program.extensive_form import ExtensiveForm

ROUNDING = 1e-6
"""Share of a number of chips that a solver may leave out."""


def decisions_of(form: ExtensiveForm, plan: Plan) -> Array:
    """Return the investment columns of a form as a plan states them, shape (investments,); 0 where it states nothing.

    Raises ValueError if the plan decides something that the form does not know.
    """
    columns = {name: place for place, name in enumerate(form.compiled.program.column_names)}
    components = {name.partition("[")[0] for name in columns}
    point = np.zeros(form.investments)
    for table, kind in RESULT_TABLES.items():
        stated = {
            column: source
            for column, field in kind.model_fields.items()
            for source in field.metadata
            if isinstance(source, From) and source.component in components
        }
        # a row states by itself that what its table has rows for is decided, where no column says how much of it
        sources = {source.component for source in stated.values()}
        taken = [name for name in kind.rows if name in components and name not in sources]
        for row in getattr(plan, table) if stated or taken else ():
            for name in taken:
                index = ",".join(str(getattr(row, part)) for part in kind.rows_over or kind.key)
                if f"{name}[{index}]" not in columns:
                    raise ValueError(f"{table}: {name}[{index}] is in the plan and no decision of the case")
                point[columns[f"{name}[{index}]"]] = 1.0
            for column, source in stated.items():
                index = ",".join(str(getattr(row, part)) for part in source.over or kind.rows_over or kind.key)
                value, name = float(getattr(row, column)), f"{source.component}[{index}]"
                if name in columns:
                    point[columns[name]] = value
                elif value:
                    raise ValueError(f"{table}.{column}: {name} is {value:g} in the plan and no decision of the case")
    for name_of_class, alike in operator_classes(form.case).items():
        for each in (each for each in plan.operators if each.operator in alike.operators):
            if (name := f"operators.runs[{each.site},{name_of_class}]") in columns:
                point[columns[name]] = 1.0
    for site in _gigafactories(form, plan):
        if (name := f"compute.gigafactory[{site}]") in columns:
            point[columns[name]] = 1.0
    return point


def _gigafactories(form: ExtensiveForm, plan: Plan) -> list[str]:
    """Return the sites that make up the number of gigafactories asked for, of which a plan states the chips alone."""
    rules = form.case.settings.siting
    large = {
        site: size
        for site, size in factory_sizes(form.case, plan).items()
        if size >= (1 - ROUNDING) * rules.gigafactory_size
    }
    return sorted(large, key=lambda site: (-large[site], site))[: rules.gigafactories_min]
