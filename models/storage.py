r"""Storage: energy that stores carry from day to day.

Stores of a technology that `carries_over` do not end each day as they began: the level runs through the places of the
record, at each of which a representative day stands (Kotzur et al., Applied Energy 213, 2018, 123). A day knows by how
much it changes the level, how far it lets it fall below its start, and how far rise above it. Days that stand in a row
change the level evenly, so that the first and the last of them hold the others. The record is a circle.

Needs     power.plant_mw, plants.store_mwh
Decides   change_mwh       level after the day above that before it                          MWh
          dip_mwh          least level of the day below that before it                       MWh
          rise_mwh         highest level of the day above that before it                     MWh
          level_mwh        energy in store before the days that stand in a row               MWh
Offers    (nothing)
Adds to   (nothing)
Symbols   $z$ zone, $g$ technology, $p$ period, $d$ day, $r$ row of days that are the same, $c_{zgpd}$ change_mwh, $a_{zgpd}$ dip_mwh, $u_{zgpd}$ rise_mwh,
          $R_{zgpr}$ level_mwh, $n_r$ days in the row, $\tau_g$ hours of storage, $\bar y_{zgp}$ existing storage, $W_{zgp}$ `store_mwh`, or
          $\tau_g B_{zgp}$ with $B_{zgp}$ `plant_mw` where hours are not chosen
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.calendar import runs
from models.case import Case
from models.couplings import Budget, State
from models.terms import get_or_zero
from models.upper_bounds import carrying_stores, fleet_mw

COUPLINGS = (
    State("storage.change_mwh", "storage.level_mwh"),
    Budget("storage.dip_mwh"),
    Budget("storage.rise_mwh"),
)


def add(model: pyo.ConcreteModel, storage: pyo.Block, case: Case) -> None:
    """Add the levels of stores that carry energy from day to day, and what they let days do."""
    pairs, rows = carrying_stores(case), dict(enumerate(runs(case.days)))
    days = [(*pair, period, day.day) for pair in pairs for period in case.periods for day in case.days]
    levels = [(*pair, period, row) for pair in pairs for period in case.periods for row in rows]
    storage.change_mwh = pyo.Var(days)
    storage.dip_mwh = pyo.Var(days, domain=pyo.NonNegativeReals)
    storage.rise_mwh = pyo.Var(days, domain=pyo.NonNegativeReals)
    storage.level_mwh = pyo.Var(levels, domain=pyo.NonNegativeReals)
    ends = [(*level, end) for level in levels for end in sorted({0, rows[level[3]][1] - 1})]

    def before(zone: str, technology: str, period: str, row: int, passed: int):
        """Return the level before one of the days in a row, and the name of that day."""
        day = rows[row][0].day
        level = storage.level_mwh[zone, technology, period, row]
        return level + passed * storage.change_mwh[zone, technology, period, day], day

    @storage.Constraint(levels)
    def level_follows_the_days(_, zone, technology, period, row):
        r"""Days that stand in a row change the level one after another: $R_{zgp,r+1} = R_{zgpr} + n_r c_{zgpd}$."""
        after = before(zone, technology, period, row, rows[row][1])[0]
        return storage.level_mwh[zone, technology, period, (row + 1) % len(rows)] == after

    @storage.Constraint(ends)
    def store_is_not_drawn_below_nothing(_, zone, technology, period, row, passed):
        r"""The first and the last day of a row take no more than there is: $a_{zgpd} \le R_{zgpr} + (n - 1) c_{zgpd}$, $n \in \{1, n_r\}$."""
        level, day = before(zone, technology, period, row, passed)
        return storage.dip_mwh[zone, technology, period, day] <= level

    @storage.Constraint(ends)
    def store_is_not_filled_above_its_size(_, zone, technology, period, row, passed):
        r"""They fill the store no higher than it is: $R_{zgpr} + (n - 1) c_{zgpd} + u_{zgpd} \le \tau_g \bar y_{zgp} + W_{zgp}$."""
        level, day = before(zone, technology, period, row, passed)
        hours, at = case.technologies[technology].duration_hours, (zone, technology, period)
        new_mwh = hours * get_or_zero(model.power.plant_mw, *at)
        if at in model.plants.store_mwh:
            new_mwh = model.plants.store_mwh[at]
        size = hours * fleet_mw(case, *at) + new_mwh
        return level + storage.rise_mwh[zone, technology, period, day] <= size
