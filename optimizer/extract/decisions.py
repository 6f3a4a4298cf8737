"""The way back: what a written plan decides, as values of the columns of a programme."""

import numpy as np

from models.case import Array
from models.plan import RESULT_TABLES, From, Plan
from optimizer.program.extensive_form import ExtensiveForm


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
        for row in getattr(plan, table) if stated else ():
            for column, source in stated.items():
                index = ",".join(str(getattr(row, part)) for part in source.over or kind.rows_over or kind.key)
                value, name = float(getattr(row, column)), f"{source.component}[{index}]"
                if name in columns:
                    point[columns[name]] = value
                elif value:
                    raise ValueError(f"{table}.{column}: {name} is {value:g} in the plan and no decision of the case")
    return point
