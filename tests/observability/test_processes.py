"""Several real processes count together, and the counts of a process stay after it has ended."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import requests

from embedded.ports import free_port
from embedded.process import ManagedProcess
from tests.faults.jobs import STAY_INTERACTIVE
from tests.observability.test_exposition import Samples, parse, value
from tests.stack import Stack, kill, simulators_of, wait_until

NewStack = Callable[..., Stack]
REQUESTS = "qloom_http_requests_total"
LIMITS = {"method": "GET", "route": "/api/limits", "status": "200"}
CLOSED = {"Connection": "close"}
"""Each request uses its own connection, which any process of the web may accept."""


def scrape(url: str) -> Samples:
    """Return what Prometheus reads."""
    response = requests.get(f"{url}/metrics", timeout=60, headers=CLOSED)
    assert response.status_code == 200
    return parse(response.text)


def web_workers(web: ManagedProcess) -> list[psutil.Process]:
    """Return gunicorn's worker processes."""
    return psutil.Process(web.pid).children()


def ask_often(stack: Stack, path: str, times: int, **options: Any) -> None:
    """Send requests in parallel, each on its own connection."""
    headers = {**options.pop("headers", {}), **CLOSED}
    with ThreadPoolExecutor(16) as pool:
        responses = list(pool.map(lambda _: stack.get(path, headers=headers, **options), range(times)))
    assert {response.status_code for response in responses} == {200}


def test_web_processes_count_together_and_a_killed_one_loses_nothing(new_stack: NewStack) -> None:
    stack = new_stack(WEB_WORKERS="2", QLOOM_DATA_DIR="")
    web = stack.start_web()
    ask_often(stack, "/api/limits", 200)
    assert value(scrape(stack.url), REQUESTS, **LIMITS) == 200
    both = value(scrape(stack.url), "qloom_database_connections_max")
    victim, other = web_workers(web)
    folder = metrics_folder(victim)
    wait_until(
        lambda: (
            stack.get("/healthz", headers=CLOSED).ok
            and all(files_of(folder, process) for process in (victim, other))
        ),
        what="both taking part",
    )
    kill(victim)
    wait_until(
        lambda: victim not in (workers := web_workers(web)) and len(workers) == 2, what="a new process"
    )
    ask_often(stack, "/api/limits", 100)
    assert value(scrape(stack.url), REQUESTS, **LIMITS) == 300
    wait_until(
        lambda: value(scrape(stack.url), "qloom_database_connections_max") == both, what="the gauges of two"
    )
    web.stop(60)
    assert not folder.exists()


def test_a_web_that_is_started_again_counts_from_nothing(new_stack: NewStack, tmp_path: Path) -> None:
    stack = new_stack(QLOOM_DATA_DIR=str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    web = stack.start_web()
    ask_often(stack, "/api/limits", 5)
    [child] = web_workers(web)
    folder = metrics_folder(child)
    kill(web)
    wait_until(lambda: not child.is_running(), what="the end of the web")
    stack.start_web()
    assert not folder.exists()
    ask_often(stack, "/api/limits", 2)
    assert value(scrape(stack.url), REQUESTS, **LIMITS) == 2


def test_figures_of_queries_are_exact_over_webs_and_restarts(new_stack: NewStack) -> None:
    stack = new_stack(WEB_WORKERS="2")
    web = stack.start_web()
    admin = stack.admin_headers
    assert stack.post("/v2/vectors", json={"id": "a", "vector": [1, 0]}, headers=admin).status_code == 201

    def query(number: int) -> bool:
        body = {"vector": [1, number], "top_k": 1}
        return bool(stack.post("/v2/query", json=body, headers={**admin, **CLOSED}).json()["cache_hit"])

    with ThreadPoolExecutor(8) as pool:
        hits = sum(pool.map(query, [*range(60), *range(20)]))
        os.kill(web.pid, signal.SIGHUP)
        hits += sum(pool.map(query, range(60, 80)))
    document = wait_until(
        lambda: (found := stack.get("/v2/metrics", headers=admin).json())["queries"] == 100 and found,
        what="100 queries",
    )
    assert document["cache_hit_rate"] == hits / 100
    assert document["quantum_utilization"] == 0


def test_a_query_that_a_circuit_scored_is_counted_as_one(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_web()
    stack.start_worker("search")
    admin = stack.admin_headers
    body = {"id": "a", "vector": [1, 0], "contexts": [{"name": "c", "weight": 1}]}
    assert stack.post("/v2/vectors", json=body, headers=admin).status_code == 201
    query = {"vector": [1, 0], "context": "c", "require_quantum": True}
    hits: list[bool] = []

    def is_hit() -> bool:
        """Ask once. On a busy machine, the worker or the cache may be passed over."""
        reply = stack.post("/v2/query", json=query, headers=admin)
        hits.extend([reply.json()["cache_hit"]] if reply.ok else [])
        return hits[-1:] == [True]

    wait_until(is_hit, what="an answer from the cache")
    number = len(hits) + 1
    assert stack.post("/v2/query", json={"vector": [1, 0]}, headers=admin).ok
    document = wait_until(
        lambda: (found := stack.get("/v2/metrics", headers=admin).json())["queries"] == number and found,
        what="the queries",
    )
    assert document["quantum_utilization"] == round(len(hits) / number, 4), "one of them from the cache"
    assert document["cache_hit_rate"] == round(1 / number, 4)
    assert document["active_quantum_states"] == 1
    assert document["coherence_violations_per_hour"] == 0


def test_a_worker_shows_its_jobs_and_its_simulators_on_a_port_of_its_own(new_stack: NewStack) -> None:
    stack = new_stack()
    stack.start_web()
    port = free_port()
    worker = stack.start_worker(WORKER_METRICS_PORT=str(port), **STAY_INTERACTIVE)
    own = f"http://127.0.0.1:{port}"
    assert stack.post("/api/execute/bell").status_code == 200
    bad = {"program": "OPENQASM 2.0;\nqreg q[1];\nnonsense q[0];\n"}
    assert stack.post("/api/execute", json=bad).status_code == 422
    running = stack.submit("/api/execute/random?num_qubits=22&gate_count=3000&shots=1")
    stack.wait_for(running, "RUNNING")
    wait_until(lambda: value(scrape(own), "qloom_worker_jobs", queue="interactive") == 1, what="the job")
    # killed before it has taken the job, a simulator is replaced and the job has lost nothing
    wait_until(lambda: stack.job(running)["progress"] > 0, what="the simulation")
    [simulator] = simulators_of(worker)
    kill(simulator)
    counted = "qloom_job_seconds_count"
    wait_until(
        lambda: value(scrape(own), counted, kind="execute", outcome="process_lost") == 1, what="the loss"
    )
    wait_until(lambda: stack.job(running)["attempt"] == 2, what="the second attempt")
    stack.delete(f"/api/jobs/{running}")
    stack.wait_for(running, "CANCELLED")
    wait_until(
        lambda: value(scrape(own), counted, kind="execute", outcome="cancelled") == 1, what="the cancel"
    )
    samples = scrape(own)
    assert value(samples, counted, kind="execute", outcome="succeeded") == 1
    assert value(samples, counted, kind="execute", outcome="failed") == 1
    killed = "qloom_simulator_processes_killed_total"
    assert value(samples, killed, reason="died") == value(samples, killed, reason="cancelled") == 1
    assert value(samples, "qloom_worker_slots", queue="interactive") == 1
    assert value(samples, "qloom_worker_process_resident_memory_bytes") > 0
    wait_until(lambda: value(scrape(own), "qloom_worker_jobs", queue="interactive") == 0, what="an idle slot")


def test_a_worker_whose_metrics_port_is_taken_says_so_and_ends(new_stack: NewStack) -> None:
    stack = new_stack()
    port = str(free_port())
    stack.start_worker(WORKER_METRICS_PORT=port)
    second = stack.start(
        "second",
        [
            "celery",
            "-A",
            "workers.app:celery",
            "worker",
            "-n",
            "second@test",
            "-Q",
            "interactive",
            "-P",
            "threads",
        ],
        {"WORKER_METRICS_PORT": port},
    )
    wait_until(lambda: second.has_ended, what="the end of the second worker")
    assert f"The port {port} on 127.0.0.1 for metrics cannot be used" in stack.log("second")


def metrics_folder(process: psutil.Process) -> Path:
    """Return the folder in which a web process counts."""
    mapped = [Path(each.path) for each in process.memory_maps() if each.path.endswith(".db")]
    return mapped[0].parent


def files_of(folder: Path, process: psutil.Process) -> list[Path]:
    """Return the files in which a process counts."""
    return list(folder.glob(f"*_{process.pid}.db"))
