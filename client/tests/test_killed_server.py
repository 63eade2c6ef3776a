"""A server that is killed meanwhile: every call is answered, and nothing is done twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psutil
import pytest
from qloom import Qloom

from tests.server import Server

CALLS = 60
KILLS = 2


@pytest.fixture
def supervisor(server: Server) -> psutil.Process:
    """The process that starts the web again when it ends."""
    if server.supervisor is None:
        pytest.skip("the tests did not start this server (QLOOM_TEST_SUPERVISOR names its process)")
    return psutil.Process(server.supervisor)


def kill_web(supervisor: psutil.Process) -> None:
    """Kill the web's processes as a crash would, the first one before those that it started."""
    web = [each for each in supervisor.children(recursive=True) if "gunicorn" in " ".join(each.cmdline())]
    assert web
    for process in web:
        process.kill()


def test_runs_are_answered_and_done_once(server: Server, supervisor: psutil.Process) -> None:
    tag, done = str(uuid4()), threading.Semaphore(0)

    def run(number: int, client: Qloom) -> tuple[str, int]:
        found = client.executions.run("ghz", num_qubits=5, shots=100, seed=number, tags=[tag])
        done.release()
        return found.execution_id, found.seed

    with Qloom(server.url, server.key) as client, ThreadPoolExecutor(6) as threads:
        running = [threads.submit(run, number, client) for number in range(CALLS)]
        for _ in range(KILLS):
            for _ in range(10):
                assert done.acquire(timeout=120)
            kill_web(supervisor)
        answers = [each.result(timeout=240) for each in running]
        stored = {each.execution_id for each in client.executions.all(tags=[tag])}
    assert [seed for _, seed in answers] == list(range(CALLS))
    assert {execution_id for execution_id, _ in answers} == stored
    assert len(stored) == CALLS


def test_vectors_are_stored_once(server: Server, supervisor: psutil.Process) -> None:
    with Qloom(server.url, server.key) as client:
        client.vectors.clear()
        vectors = [{"id": f"{number:06}", "vector": [number, 1, 2, 3]} for number in range(20_000)]
        killer = threading.Timer(0.6, kill_web, [supervisor])
        killer.start()
        done = client.vectors.insert_batch(vectors)
        killer.join()
        # without an upsert a batch that was done twice would be refused (409)
        assert (done.inserted, done.failed) == (20_000, 0)
        assert sum(1 for _ in client.vectors.all(include_vector=False)) == 20_000


def test_a_wait_goes_on(server: Server, supervisor: psutil.Process) -> None:
    with Qloom(server.url, server.key) as client:
        job = client.executions.submit("random", num_qubits=20, gate_count=400, shots=1)
        killer = threading.Timer(0.3, kill_web, [supervisor])
        killer.start()
        ended = client.jobs.wait(job)
        killer.join()
        assert ended.status == "SUCCEEDED"
        assert client.executions.get(job.job_id).counts.shots == 1
