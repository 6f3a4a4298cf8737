"""The days of the dispatch as textbook Pyomo, handed over by a stock interface.

Run: build_pyomo DAYS BOUNDS OPTIONS WAY.
The ways: `lp`, a file that HiGHS reads; `appsi`, the interface `appsi_highs`; `contrib`, `pyomo.contrib.solver`.
"""

import json
import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any

import highspy
import pyomo.environ as pyo
from pyomo.contrib.appsi.solvers import Highs as Appsi
from pyomo.contrib.solver.solvers.highs import Highs as Contrib

from tests.benchmarks.dispatch_days import write_out
from tests.benchmarks.stopwatch import Stopwatch, fingerprint
from tests.benchmarks.variations import europe, with_days


def hand_over(model: pyo.ConcreteModel, way: str) -> Any:
    """Return the solver that holds the model, before it solves."""
    if way == "lp":
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "model.lp")
            model.write(path)
            solver.readModel(path)
        return solver
    interface = Appsi() if way == "appsi" else Contrib()
    interface.set_instance(model)
    return interface._solver_model


def run() -> None:
    """Build and hand over, timed from the case as it was read; solve after that if asked to."""
    case = with_days(europe(), int(sys.argv[1]))
    bounds = pickle.loads(Path(sys.argv[2]).read_bytes())
    watch = Stopwatch()
    model = write_out(case, bounds)
    watch.lap("build")
    solver = hand_over(model, sys.argv[4])
    watch.lap("hand_over")
    watch.report(**fingerprint(solver, json.loads(sys.argv[3])))


if __name__ == "__main__":
    run()
