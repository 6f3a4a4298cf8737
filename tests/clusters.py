"""A dask cluster of this machine: a scheduler and workers that are processes, as a user starts them."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
HERE = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
ONE_THREAD = ("--nthreads", "1", "--death-timeout", "60")


class Cluster:
    """A scheduler and its nodes: workers of one thread, each with the nanny that restarts it; their log in a folder."""

    def __init__(self, folder: Path, workers: int) -> None:
        """Return once all are there."""
        from distributed import Client

        told = folder / "scheduler.json"
        self._began: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._begin(
            folder, "scheduler", "--port", "0", "--scheduler-file", str(told), "--idle-timeout", "600s"
        )
        while not told.exists() or not told.read_text().endswith("}"):
            time.sleep(0.05)
        self.address: str = json.loads(told.read_text())["address"]
        self.nodes = [self._begin(folder, "worker", self.address, *ONE_THREAD) for _ in range(workers)]
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=120)

    def _begin(self, folder: Path, *words: str) -> psutil.Process:
        command = [sys.executable, "-m", "dask", *words, *HERE]
        with (folder / "log").open("ab") as log:
            self._began.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))
        return psutil.Process(self._began[-1].pid)

    def end(self, node: psutil.Process) -> None:
        """End a node as a power cut does."""
        for each in [*node.children(recursive=True), node]:
            each.kill()

    def close(self) -> None:
        """End all that still run."""
        for each in self._began:
            if each.poll() is None:
                self.end(psutil.Process(each.pid))
            each.wait()
