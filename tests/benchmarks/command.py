"""A command of the engine as a user types it, timed from start to end. Run: command ARGUMENTS of gigasite."""

import subprocess
import sys

from tests.benchmarks.stopwatch import Stopwatch


def run() -> None:
    """Run the command; its words go where errors go, a line of figures to the output."""
    watch = Stopwatch()
    ended = subprocess.run([sys.executable, "-m", "optimizer", *sys.argv[1:]], stdout=sys.stderr)
    watch.lap("command")
    watch.report(with_kin=True, status="solved" if ended.returncode == 0 else f"exit code {ended.returncode}")


if __name__ == "__main__":
    run()
