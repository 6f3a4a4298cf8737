"""The question: what a scenario file may say, with defaults, units and limits; a file per room, named like its aspects."""

import math
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from models.settings.futures import FutureSettings, Risk
from models.settings.matching import Carbon, Matching
from models.settings.money import Money
from models.settings.objective import OBJECTIVES, Gaps, Levels, ObjectiveName, ObjectiveSettings
from models.settings.power import Power
from models.settings.resilience import Resilience, Service
from models.settings.sections import Names, Section
from models.settings.siting import Halls, Siting
from models.settings.solve import Inputs, Solve, Time
from models.settings.sovereignty import Sovereignty


class Settings(Section):
    """A scenario file, resolved."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    """One line that says what is asked."""
    question: ObjectiveSettings = ObjectiveSettings()
    time: Time = Time()
    money: Money = Money()
    halls: Halls = Halls()
    siting: Siting = Siting()
    sovereignty: Sovereignty = Sovereignty()
    service: Service = Service()
    resilience: Resilience = Resilience()
    power: Power = Power()
    carbon: Carbon = Carbon()
    matching: Matching = Matching()
    solve: Solve = Solve()
    inputs: Inputs = Inputs()
    risk: Risk = Risk()
    futures: Mapping[str, FutureSettings] = {}
    """Futures by name, `[futures.dry]`, which `gigasite futures` weighs: sites, who runs them, and grid steps are decided for all
    of them, and all else in each. `gigasite check` reads them all; every other command answers for the case without them."""

    @model_validator(mode="after")
    def _futures_are_a_distribution(self) -> "Settings":
        total = math.fsum(each.probability for each in self.futures.values())
        if self.futures and abs(total - 1) > 1e-9:
            raise ValueError(f"the probabilities of the futures are {total:.10g} together, and must be 1")
        for name in self.futures:
            if not re.fullmatch("[A-Za-z0-9_]{1,64}", name):
                raise ValueError(f"futures.{name}: the name of a future has 1 to 64 letters, digits and _")
        return self
