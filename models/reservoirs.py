r"""Reservoirs: when their water comes, and how full they are from month to month.

A reservoir of the table `inflows` knows the months if the scenario says `power.reservoirs = "months"`: what its days use is
held to what has flown in, and to what its store can keep. A representative day stands for days of several months, by the
calendar map (`optimizer/prepare/calendar_map.py`); what it uses, it uses in each of them. The year is a circle.

Needs     power.allotted_mw
Decides   level_mwh        energy in store at the start of the month                      MWh
Offers    (nothing)
Adds to   (nothing)
Symbols   $z$ zone, $g$ technology, $p$ period, $m$ month, $d$ day, $t_{zgpd}$ `allotted_mw`, $R_{zgpm}$ level_mwh,
          $I_{zgm}$ inflow of the month, $n_{md}$ days of the month that the day stands for, $H$ hours of the day
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.calendar import MONTHS, month_days
from models.case import Case
from models.couplings import State
from models.inflows import inflow_mwh, level_limits_mwh, seasonal_reservoirs

COUPLINGS = (State("power.allotted_mw", "reservoirs.level_mwh"),)
DERIVED = ("reservoir_keeps_what_flows_in_and_is_not_used",)
"""Rules whose number is no limit that anyone could move: the month's inflow."""


def add(model: pyo.ConcreteModel, reservoirs: pyo.Block, case: Case) -> None:
    """Add the levels of reservoirs whose water comes month by month."""
    pairs, hours = seasonal_reservoirs(case), case.settings.time.hours_per_day
    limits, inflow = ({pair: of(case, pair) for pair in pairs} for of in (level_limits_mwh, inflow_mwh))
    within = month_days(case, case.days)
    levels = [(*pair, period, month) for pair in pairs for period in case.periods for month in MONTHS]
    reservoirs.level_mwh = pyo.Var(
        levels,
        bounds=lambda _, zone, technology, __, month: tuple(each[month - 1] for each in limits[zone, technology]),
    )

    @reservoirs.Constraint(levels)
    def reservoir_keeps_what_flows_in_and_is_not_used(_, zone, technology, period, month):
        r"""A reservoir keeps no more than what flows in and is not used; the rest is spilt: $R_{zgp,m+1} \le R_{zgpm} + I_{zgm} - \sum_d n_{md} H t_{zgpd}$."""
        used = pyo.quicksum(
            float(count) * hours * model.power.allotted_mw[zone, technology, period, day.day]
            for day, count in zip(case.days, within[month - 1], strict=True)
            if count
        )
        at = zone, technology, period
        after = reservoirs.level_mwh[*at, month % 12 + 1]
        return after - reservoirs.level_mwh[*at, month] + used <= inflow[zone, technology][month - 1]
