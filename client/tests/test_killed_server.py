"""A server that is killed meanwhile: every call is answered, and nothing is done twice."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from uuid import uuid4

import psutil
import pytest
from qloom import Qloom

from tests.server import Server, wait_until

CALLS = 30
KILLS = 2
RETRY_SECONDS = 600.0
"""How long calls are tried again: a busy machine may start the web for longer than a minute."""


@pytest.fixture
def supervisor(server: Server) -> psutil.Process:
    """The process that starts the web again when it ends."""
    if server.supervisor is None:
        pytest.skip("the tests did not start this server (QLOOM_TEST_SUPERVISOR names its process)")
    return psutil.Process(server.supervisor)


@pytest.fixture
def client(server: Server, supervisor: psutil.Process) -> Iterator[Qloom]:
    """A client that outlasts a restart of the web."""
    with Qloom(server.url, server.key, retry_seconds=RETRY_SECONDS) as made:
        yield made


def web_processes(supervisor: psutil.Process) -> list[psutil.Process]:
    """Return the processes of the web, the first one before those that it started."""
    found = []
    for process in supervisor.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            if "gunicorn" in " ".join(process.cmdline()):
                found.append(process)
    return found


def kill_web(supervisor: psutil.Process) -> None:
    """Kill the web's processes as a crash would; after an earlier kill, once the web is there again."""
    for process in wait_until(lambda: web_processes(supervisor), "the web"):
        with suppress(psutil.NoSuchProcess):
            process.kill()


@contextmanager
def killed_after(seconds: float, supervisor: psutil.Process) -> Iterator[None]:
    """Kill the web while the block runs, and wait for the kill."""
    with ThreadPoolExecutor(1) as thread:
        kill = thread.submit(lambda: (time.sleep(seconds), kill_web(supervisor)))
        yield
        kill.result()


def test_runs_are_answered_and_done_once(client: Qloom, supervisor: psutil.Process) -> None:
    tag = str(uuid4())
    answers: list[tuple[str, int]] = []
    for kill in range(KILLS):
        done = threading.Semaphore(0)

        def run(number: int, done: threading.Semaphore = done) -> tuple[str, int]:
            found = client.executions.run("ghz", num_qubits=5, shots=100, seed=number, tags=[tag])
            done.release()
            return found.execution_id, found.seed

        with ThreadPoolExecutor(6) as threads:
            running = [threads.submit(run, CALLS * kill + number) for number in range(CALLS)]
            for _ in range(10):
                assert done.acquire(timeout=RETRY_SECONDS)
            kill_web(supervisor)
            answers += [each.result() for each in running]
    stored = {each.execution_id for each in client.executions.all(tags=[tag])}
    assert [seed for _, seed in answers] == list(range(CALLS * KILLS))
    assert {execution_id for execution_id, _ in answers} == stored
    assert len(stored) == CALLS * KILLS


def test_vectors_are_stored_once(client: Qloom, supervisor: psutil.Process) -> None:
    client.vectors.clear()
    vectors = [{"id": f"{number:06}", "vector": [number, 1, 2, 3]} for number in range(20_000)]
    with killed_after(0.6, supervisor):
        done = client.vectors.insert_batch(vectors)
    # without an upsert a batch that was done twice would be refused (409)
    assert (done.inserted, done.failed) == (20_000, 0)
    assert sum(1 for _ in client.vectors.all(include_vector=False)) == 20_000


def test_a_sweep_is_done_once_and_as_without_a_kill(client: Qloom, supervisor: psutil.Process) -> None:
    tag = str(uuid4())
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', "input float theta;", "qubit[12] q;", "bit[12] c;"]
    lines += [f"ry(theta) q[{qubit}]; cx q[{qubit}], q[{(qubit + 1) % 12}];" for qubit in range(12)] * 8
    program = "\n".join([*lines, "c = measure q;"])
    bindings = {"theta": [number / 10 for number in range(120)]}
    asked = client.sweeps.submit(program, bindings, shots=500, seed=3)
    before = client.sweeps.read_counts(client.jobs.wait_for_success(asked).job_id)
    with killed_after(0.2, supervisor):
        found = client.sweeps.counts(program, bindings, shots=500, seed=3, tags=[tag])
    assert found.results == before
    assert [each.counts.shots for each in before] == [500] * 120
    assert [each.sweep_id for each in client.sweeps.all(tags=[tag])] == [found.sweep.sweep_id]


def test_a_wait_goes_on(client: Qloom, supervisor: psutil.Process) -> None:
    job = client.executions.submit("random", num_qubits=20, gate_count=400, shots=1)
    with killed_after(0.3, supervisor):
        ended = client.jobs.wait(job)
    assert ended.status == "SUCCEEDED"
    assert client.executions.get(job.job_id).counts.shots == 1
