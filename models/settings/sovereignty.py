"""Settings of sovereignty: whose compute it is."""

from typing import Annotated

from pydantic import Field

from models.settings.sections import Section


class Sovereignty(Section):
    """Whose compute it is."""

    operators: bool = False
    """Whether every new site is given to operators of the table `operators`, with their capacity and their spread."""
    bloc: Annotated[str, Field(max_length=48)] = ""
    """Bloc of the table `jurisdictions` whose share of the compute the plan tells; empty: the member states of the Union."""
