"""How a command ends: exit codes, and refusals in plain words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer
from rich.console import Console

from optimizer.case.faults import CaseRefused


class ExitCode(IntEnum):
    """The exit code of a command."""

    SOLVED = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    INFEASIBLE = 4
    LIMIT_WITH_PLAN = 5
    LIMIT_WITHOUT_PLAN = 6
    UNSOUND = 7
    UNBOUNDED = 8
    SOLVER_FAILED = 9
    UNWRITTEN = 10
    INTERRUPTED = 130


MEANINGS = (
    "Exit codes: 0 solved to the asked gap · 1 a fault of the program · 2 wrong usage · 3 inputs refused · "
    "4 infeasible · 5 stopped short of the gap with a plan · 6 at a limit without one · 7 the plan failed its audit · "
    "8 unbounded · 9 the solver failed · 10 a plan that could not be written · 130 interrupted"
)


def code_of(status: str, *, with_plan: bool = False) -> ExitCode:
    """Return the exit code of a search, or an explanation, that ended with a status."""
    codes = {
        "solved": ExitCode.SOLVED,
        "feasible": ExitCode.SOLVED,
        "interrupted": ExitCode.INTERRUPTED,
        "infeasible": ExitCode.INFEASIBLE,
        "limit": ExitCode.LIMIT_WITH_PLAN if with_plan else ExitCode.LIMIT_WITHOUT_PLAN,
        "unbounded": ExitCode.UNBOUNDED,
        "failed": ExitCode.SOLVER_FAILED,
    }
    return codes[status]


@contextmanager
def refusals(human: Console, as_json: bool = False) -> Iterator[None]:
    """Turn a refusal of inputs or of a folder into plain words and an exit code, never a traceback."""
    from optimizer.store.plan_folder import FolderRefused, PlanDamaged, PlanUnwritten

    try:
        yield
    except CaseRefused as refused:
        for fault in refused.faults:
            human.print(str(fault), markup=False, soft_wrap=True)
        count = sum(fault.count for fault in refused.faults)
        human.print(f"{count:,} fault{'' if count == 1 else 's'}; nothing was written.", style="bold")
        if as_json:
            faults = [fault.as_json() for fault in refused.faults]
            print(json.dumps({"status": "refused", "exit_code": ExitCode.REFUSED, "faults": faults}))
        raise typer.Exit(ExitCode.REFUSED) from None
    except (FolderRefused, PlanUnwritten) as refused:
        status, code = (
            ("usage", ExitCode.USAGE) if isinstance(refused, FolderRefused) else ("unwritten", ExitCode.UNWRITTEN)
        )
        if isinstance(refused, PlanDamaged):
            status, code = "unsound", ExitCode.UNSOUND
        human.print(str(refused), markup=False, soft_wrap=True)
        if as_json:
            print(json.dumps({"status": status, "exit_code": code, "message": str(refused)}))
        raise typer.Exit(code) from None
