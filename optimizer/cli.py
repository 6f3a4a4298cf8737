"""The command line: its commands in the order in which they are used; each is a file in `commands/`."""

import io
import signal
import sys

import typer

from optimizer.commands.alternatives import alternatives
from optimizer.commands.audit import audit
from optimizer.commands.check import check
from optimizer.commands.compare import compare
from optimizer.commands.cut import ListOptions, cut
from optimizer.commands.describe import describe
from optimizer.commands.doctor import doctor
from optimizer.commands.explain import explain
from optimizer.commands.export import export
from optimizer.commands.futures import futures
from optimizer.commands.new import new
from optimizer.commands.paper import paper
from optimizer.commands.pareto import pareto
from optimizer.commands.publish import publish
from optimizer.commands.replay import replay
from optimizer.commands.reproduce import reproduce
from optimizer.commands.sensitivity import sensitivity
from optimizer.commands.serve import serve
from optimizer.commands.solve import solve
from optimizer.commands.stress import stress
from optimizer.commands.sweep import sweep
from optimizer.commands.table import table
from optimizer.runtime.exit_codes import MEANINGS

app = typer.Typer(
    name="gigasite",
    help="Which sites across Europe should host AI compute, how large, when, cooled how and powered by what.",
    epilog=MEANINGS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
ONE_CASE = (check, solve, explain, audit, compare, replay, new, cut, table, export)
STUDIES = (alternatives, futures, sweep, sensitivity, pareto, stress, publish, reproduce, paper)
for command in (*ONE_CASE, *STUDIES, serve, doctor, describe):
    app.command(cls=ListOptions if command is cut else None)(command)


def main() -> None:
    """Run the command line; once a command has its exit code, Ctrl-C no longer changes it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr is: a path may hold what no terminal can show
    try:
        app(prog_name="gigasite" if not sys.argv[0].endswith("__main__.py") else "python -m optimizer")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
