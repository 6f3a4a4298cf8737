import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from models.case import Case
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.session import solve_case
from optimizer.store.plan_folder import FolderRefused
from optimizer.study import sweep as module
from optimizer.study.results import FinishedRun, RunPrices, read_results
from optimizer.study.status import status_of
from optimizer.study.study_file import check_study
from optimizer.study.study_worker import StudyWorker, Task
from optimizer.study.sweep import Planned, plan_runs, sweep
from tests.clusters import Cluster
from tests.study.studies import study_file

ROOT = Path(__file__).parents[2]
FACTORS = """
[factors.cap]
of = "carbon.cap_kg_per_mwh"
values = [30, 50, 0]
[factors.budget]
of = "tranches.amount_meur"
relative_to = "tranches.amount_meur"
values = [1500, 4500]
[factors.wind]
of = "availability[*.wind]"
relative = true
values = [0.9]
[factors.least]
of = "siting.gigafactories_min"
values = [1]
[factors.minimum]
of = "sites[LULEA].minimum_mw"
values = [1900]
"""
"""One at a time: the base run twice, every run of another kind: infeasible, refused, another electricity system."""
ENDED = ["solved", "solved", "solved", "solved", "solved", "solved", "solved", "infeasible", "refused"]


def planned(folder: Path, factors: str = FACTORS, design: str = 'kind = "one_at_a_time"', top: str = "") -> Planned:
    return plan_runs(*check_study(study_file(folder, factors, design, top)))


def comparable(folder: Path) -> pd.DataFrame:
    """Give the results without what hangs on the clock or on the order of the design."""
    table = read_results(folder).results
    table = table[table.measure != "seconds"].drop(columns="run").drop_duplicates()
    return table.sort_values([*table.columns]).reset_index(drop=True)


def times(folder: Path) -> dict[str, int]:
    """Give when each finished run was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / "runs").glob("*.json")}


@dataclass(frozen=True)
class Done:
    study: Planned
    folder: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Give a study that has run, on two workers."""
    place = tmp_path_factory.mktemp("study")
    study = planned(place)
    sweep(study, place / "out", RunMonitor(), 2)
    return Done(study, place / "out")


def test_every_run_is_a_result_with_its_reason(done: Done) -> None:
    results = read_results(done.folder)
    ended = results.results.drop_duplicates("run").set_index("run")
    assert ended.status.tolist() == ENDED
    assert "could never open" in ended.reason[8]
    assert "no plan" in ended.reason[7]
    assert results.results[results.results.run >= 7].measure.tolist() == ["seconds", "seconds"]
    assert [*results.design.loc[0]] == [50, 3000, 1, 0, 10]
    assert results.design["cap"].tolist()[:5] == [50, 30, 50, 0, 50]


def test_runs_with_the_same_inputs_are_run_once(done: Done) -> None:
    assert done.study.keys[2] == done.study.keys[0]
    assert len([*(done.folder / "runs").iterdir()]) == len({*done.study.keys}) == len(done.study.keys) - 1


@pytest.mark.parametrize("run", [1, 4, 6])
def test_a_run_answers_as_a_session_of_its_own(done: Done, run: int) -> None:
    variant = done.study.runs[run].variant
    assert variant is not None
    alone = solve_case(variant.case(done.study.variants.read(variant.settings)), year=lambda: False)
    results = read_results(done.folder)
    for stage in alone.stages:
        found = results.measure(stage.objective).loc[run]
        assert found.bound == pytest.approx(stage.bound, rel=1e-4)
        assert found.value == pytest.approx(stage.plan_value, rel=1e-3)


def test_the_table_is_read_with_duckdb_and_with_pandas(done: Done) -> None:
    path = done.folder / "results.parquet"
    asked = f"select count(*), max(cap) from '{path}' where measure = 'cost' and status = 'solved'"
    assert duckdb.execute(asked).fetchone() == (7, 50)
    text = pd.read_csv(done.folder / "results.csv", float_precision="round_trip", keep_default_na=True)
    assert len(text) == len(pd.read_parquet(path))
    assert text.value.tolist() == pytest.approx(pd.read_parquet(path).value.tolist(), rel=1e-15)


def test_measures_are_those_of_the_plan(done: Done, tutorial_case: Case) -> None:
    results = read_results(done.folder)
    base = results.results[results.results.run == 0]
    sites = base[base.measure == "site_mw"].groupby("period").value.sum()
    totals = base[base.measure == "new_mw"].set_index("period").value
    assert sites.to_dict() == pytest.approx(totals[totals > 0].to_dict())
    for period in tutorial_case.periods:
        measured = base[base.period == period].set_index("measure").value
        assert measured["emissions_kg_per_mwh"] <= 50 * (1 + 1e-6)
        assert 0 <= measured["matched_share"] <= 1 + 1e-9


class Mortal(StudyWorker):
    """A worker that dies over its third task, once."""

    tasks = 0

    def answer(self, task: Task) -> FinishedRun | RunPrices | None:
        self.tasks += 1
        mark = Path(os.environ["MORTAL"])
        if self.tasks == 3 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answer(task)


def test_neither_the_order_of_runs_nor_a_worker_killed_changes_anything(
    done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MORTAL", str(tmp_path / "died"))
    monkeypatch.setattr(module, "StudyWorker", Mortal)
    lines = done.study.design.to_csv(index=False).splitlines()
    rows = [0, *reversed(range(1, len(lines) - 1))]
    (tmp_path / "rows.csv").write_text("\n".join([lines[0], *(lines[1 + row] for row in rows)]), encoding="utf-8")
    shuffled = planned(tmp_path, design='kind = "rows"\nfile = "rows.csv"')
    sweep(shuffled, tmp_path / "out", RunMonitor(), 1)
    assert (tmp_path / "died").exists()
    pd.testing.assert_frame_equal(comparable(tmp_path / "out"), comparable(done.folder))
    prices = [read_results(folder).prices.drop(columns="run") for folder in (tmp_path / "out", done.folder)]
    one, other = (frame.drop_duplicates().sort_values([*frame.columns], ignore_index=True) for frame in prices)
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.long
def test_an_end_keeps_what_is_finished_and_nothing_of_it_is_run_again(done: Done, tmp_path: Path) -> None:
    monitor = RunMonitor(lambda event: monitor.stop.set() if event.note.startswith(("3 of", "4 of")) else None)
    sweep(done.study, tmp_path / "out", monitor, 2)
    status, kept = status_of(tmp_path / "out"), times(tmp_path / "out")
    assert 0 < status.left < status.runs
    assert "left" in status.text(2)
    assert {f"{key}.json" for key in read_results(tmp_path / "out").results.key} == {*kept}
    sweep(done.study, tmp_path / "out", RunMonitor(), 2)
    assert kept.items() <= times(tmp_path / "out").items()
    pd.testing.assert_frame_equal(comparable(tmp_path / "out"), comparable(done.folder))


def test_a_killed_study_is_resumed(tmp_path: Path, done: Done) -> None:
    path = study_file(tmp_path, FACTORS)
    command = [sys.executable, "-m", "optimizer", "sweep", str(path), "--out", str(tmp_path / "out"), "--workers", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while len(times(tmp_path / "out")) < 3:
            assert running.poll() is None
            time.sleep(0.02)
        running.kill()
    kept = times(tmp_path / "out")
    assert 3 <= len(kept) < 8
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "8 of 8 runs finished (1 infeasible, 1 refused, 6 solved); none left" in said.stdout
    assert f"9 runs (8 different), {len(kept)} of them finished: " in said.stderr
    assert (
        kept.items() <= {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "runs").iterdir()}.items()
    )
    pd.testing.assert_frame_equal(comparable(tmp_path / "out"), comparable(done.folder))
    said = subprocess.run([*command, "--status"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.startswith("8 of 8 runs finished")


@pytest.mark.long
def test_a_cluster_answers_as_this_machine_does_though_a_node_is_lost(done: Done, tmp_path: Path) -> None:
    with closing(Cluster(tmp_path, 2)) as dask:
        ended: list[str] = []

        def end_a_node(event: Progress) -> None:
            if not ended and "3 of" in event.note:
                ended.append(event.note)
                dask.end(dask.nodes[0])

        sweep(done.study, tmp_path / "out", RunMonitor(end_a_node), cluster=dask.address)
    assert ended
    pd.testing.assert_frame_equal(comparable(tmp_path / "out"), comparable(done.folder))


def test_a_folder_with_other_things_is_refused(done: Done, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FolderRefused, match="holds files but no study"):
        sweep(done.study, tmp_path, RunMonitor())
    with pytest.raises(FolderRefused, match="holds no design yet"):
        status_of(tmp_path)
