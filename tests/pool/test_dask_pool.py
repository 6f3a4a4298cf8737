import gc
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from distributed import Client

from optimizer.pool import dask_pool as module
from optimizer.pool.dask_pool import ProgramMismatch, dask_pool
from optimizer.pool.pinned_executor import PoolBroken
from optimizer.pool.worker_pool import PoolConfig, SerialPool, make_pool
from tests.clusters import Cluster
from tests.pool.test_process_pool import Request, Result, State, answer, die_once, fail, initialise, numbers, wait_for


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    with closing(Cluster(tmp_path, 2)) as dask:
        yield dask


def without_place(results: list[Result]) -> list[tuple[int, int]]:
    return [(result.number, result.times) for result in results]


def states() -> int:
    gc.collect()
    return sum(isinstance(each, State) for each in gc.get_objects())


def test_cluster_answers_as_this_process_does_though_a_worker_is_lost(dask: Cluster, tmp_path: Path) -> None:
    deadly = [*numbers(2), Request(2, partial(die_once, tmp_path / "dead")), *numbers(5)[3:]]
    (tmp_path / "dead").touch()
    here = SerialPool(initialise, answer)
    expected = [without_place(here.map(requests)) for requests in (numbers(5), numbers(5), deadly)]
    (tmp_path / "dead").unlink()
    with closing(make_pool(initialise, answer, PoolConfig(cluster=dask.address))) as pool:
        assert pool.size == 2
        assert [without_place(pool.map(numbers(5))) for _ in range(2)] == expected[:2]
        found = pool.map(deadly)
        assert [result.number for result in found] == [number for number, _ in expected[2]]
        assert without_place(found[1::2]) == expected[2][1::2]  # the other worker has forgotten nothing
        with pytest.raises(KeyError) as caught:
            pool.map([Request(0, fail)])
        assert "in fail" in caught.value.__notes__[0]
        assert [result.number for result in pool.map(numbers(3))] == [0, 1, 2]
    with Client(dask.address, set_as_default=False) as client:
        wait_for(lambda: not any(client.run(states).values()))


def test_node_that_is_gone_for_good_is_made_up_for_by_the_others(
    dask: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESTART_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(module, "CONNECT_TIMEOUT_SECONDS", 0.5)
    with closing(dask_pool(initialise, answer, dask.address)) as pool:
        pool.map(numbers(4))
        dask.end(dask.nodes[0])
        results = pool.map(numbers(4))
        assert [result.number for result in results] == [0, 1, 2, 3]
        assert len({result.worker for result in results}) == 1
        dask.end(dask.nodes[1])
        with pytest.raises(PoolBroken, match="has no workers"):
            pool.map(numbers(4))


def test_worker_with_another_program_is_refused(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "program_digest", lambda: "another")
    with (
        closing(dask_pool(initialise, answer, dask.address)) as pool,
        pytest.raises(ProgramMismatch, match="another version"),
    ):
        pool.map(numbers(2))


def test_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT_SECONDS", 0.5)
    with pytest.raises(PoolBroken, match="no dask scheduler answers at tcp://127"):
        dask_pool(initialise, answer, "tcp://127.0.0.1:1")
