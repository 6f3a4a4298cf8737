"""The hourly dispatch of a solution, from its arrays, and what it adds up to in a year."""

from collections.abc import Iterable

import numpy as np

from models.case import Array, Case
from models.plan import CirculationRow, Hourly
from models.upper_bounds import transfer_mw, usable_transfer_on
from optimizer.extract.solution_values import NOISE
from optimizer.program.extensive_form import ExtensiveForm

ROUND_MW = 1e-6
"""Less power that goes round in an hour is the solver's rounding."""
CONGESTED_SHARE = 1e-6
"""A line that carries all it may but for so small a share is congested."""
HOST_KINDS = ("servers_mw", "matched_mw")


class Dispatch:
    """The hourly dispatch of a solution by kind, shape (keys, periods, days, hours)."""

    def __init__(self, case: Case, assembly: ExtensiveForm, point: Array) -> None:
        """Read the days' columns of a point."""
        layout = assembly.template.layout
        self._case, self._periods, self._shape = (
            case,
            list(case.periods),
            (len(case.periods), len(case.days), len(layout.hours)),
        )
        self._weights = np.array([day.weight for day in case.days])
        self._keys: dict[str, list[str]] = {
            **{kind: list(layout.hosts) for kind in HOST_KINDS},
            "output_mw": [f"{zone}.{technology}" for zone, technology in layout.generators],
            **{
                kind: [f"{zone}.{technology}" for zone, technology in layout.stores]
                for kind in ("charge_mw", "discharge_mw", "level_mwh")
            },
            **{
                kind: [f"{zone}.{technology}" for zone, technology in layout.clustered]
                for kind in ("online_mw", "started_mw")
            },
            "spilled_mw": list(layout.spilling),
            **{kind: list(layout.lines) for kind in ("forward_mw", "backward_mw")},
            "shed_mw": list(layout.zones),
            **({"flexible_mw": list(layout.flexible)} if case.settings.service.flexible_share else {}),
        }
        blocks = range(len(assembly.blocks))
        self.values = {
            kind: self._by_key(np.array([point[assembly.day_columns(kind, block)] for block in blocks]), len(names))
            for kind, names in self._keys.items()
        }
        self._net_the_flows()
        first = assembly.template.position("load_mw")
        self._keys["load_mw"] = list(layout.zones)
        load = assembly.values[:, first : first + len(layout.zones) * self._shape[2]]
        self.values["load_mw"] = self._by_key(load, len(layout.zones))
        self._yearly = {
            kind: dict(zip(self._keys[kind], array.sum(axis=3) @ self._weights / 1e6, strict=True))
            for kind, array in self.values.items()
        }

    def _by_key(self, blocks: Array, keys: int) -> Array:
        """Return what (period, day) by (period, day) is one row, hour after hour, as an array by key."""
        periods, days, hours = self._shape
        return np.ascontiguousarray(blocks.reshape(periods, days, keys, hours).transpose(2, 0, 1, 3))

    def _net_the_flows(self) -> None:
        """Leave one direction where a line without losses carries both at once: no balance and no law sees the rest."""
        forward, backward = self.values["forward_mw"], self.values["backward_mw"]
        lossless = np.array([self._case.lines[line].loss_share == 0 for line in self._keys["forward_mw"]], dtype=bool)
        net = forward[lossless] - backward[lossless]
        forward[lossless], backward[lossless] = np.maximum(net, 0.0), np.maximum(-net, 0.0)

    def yearly_twh(self, kinds: Iterable[str], key: str, period: str) -> float:
        """Return the energy of a year of a period, all kinds together, TWh; zero where the key has no such hours."""
        position = self._periods.index(period)
        return sum(float(self._yearly[kind][key][position]) for kind in kinds if key in self._yearly[kind])

    def congested_hours(self, line: str, period: str) -> float:
        """Return the hours of a year in which a line carries all that the market may send over it, either way."""
        case, place = self._case, self._periods.index(period)
        usable = np.array([usable_transfer_on(case, day) for day in case.days])
        full = np.zeros(self._shape[1:], dtype=bool)
        for kind, most_mw in zip(("forward_mw", "backward_mw"), transfer_mw(case, line, period), strict=True):
            sent_mw = self.values[kind][self._keys[kind].index(line), place]
            full |= sent_mw >= np.maximum(usable[:, None] * most_mw * (1 - CONGESTED_SHARE), ROUND_MW)
        return float(self._weights @ full.sum(axis=1))

    def circulation(self) -> tuple[CirculationRow, ...]:
        """Return the plan's table of power that goes round within an hour and is lost."""
        case, lines = self._case, self._keys["forward_mw"]
        losses = np.array([case.lines[line].loss_share for line in lines], dtype=float)
        kinds = [case.technologies[key.rpartition(".")[2]] for key in self._keys["charge_mw"]]
        efficiencies = np.array([kind.efficiency_share for kind in kinds], dtype=float)
        sent_mw = np.minimum(self.values["forward_mw"], self.values["backward_mw"]) * (losses > 0)[:, None, None, None]
        taken_mw = self.values["discharge_mw"] / efficiencies[:, None, None, None] ** 0.5
        stored_mw = np.minimum(self.values["charge_mw"], taken_mw)
        lost = np.zeros(self._shape[0])
        hours = []
        for round_mw, shares in ((sent_mw, 1 - (1 - losses) ** 2), (stored_mw, 1 - efficiencies)):
            round_mw = np.where(round_mw > ROUND_MW, round_mw, 0.0)
            hours.append((round_mw > 0).sum(axis=(0, 3)) @ self._weights)
            lost += np.einsum("kpdh,k,d->p", round_mw, shares, self._weights)
        by_period = zip(case.periods, hours[0].tolist(), hours[1].tolist(), lost.tolist(), strict=True)
        return tuple(
            CirculationRow(period=period, line_hours=on_lines, store_hours=in_stores, burnt_mwh=mwh)
            for period, on_lines, in_stores, mwh in by_period
        )

    def table(self) -> Hourly:
        """Return the dispatch as the plan holds it."""
        return Hourly(
            periods=tuple(self._case.periods),
            days=tuple(day.day for day in self._case.days),
            hours=self._shape[2],
            keys={kind: tuple(names) for kind, names in self._keys.items()},
            values={kind: np.where(np.abs(array) < NOISE, 0.0, array) for kind, array in self.values.items()},
        )
