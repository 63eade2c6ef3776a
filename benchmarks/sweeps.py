"""Sweeps end to end: beside as many single executions, and by two workers beside one."""

import os
import random
from functools import partial
from urllib.request import Request, urlopen

import msgspec

from benchmarks import report
from benchmarks.client import Connection, Response, checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers

QUBITS, LAYERS, BINDINGS, SHOTS = 8, 6, 500, 1_024
GOAL_BINDING_MS = 5.0
GOAL_TIMES_AS_FAST = 20.0
GOAL_TWO_WORKERS = 0.6
REPEATS = 5
SINGLE = 25
"""How many single executions are measured; their mean is used for all, since 500 would take a minute."""


def program() -> str:
    """Return 48 rotations, each by an input of its own, and layers of CX."""
    inputs = [f"t{place}" for place in range(QUBITS * LAYERS)]
    lines = ['OPENQASM 3.0;\ninclude "stdgates.inc";', *(f"input float[64] {name};" for name in inputs)]
    lines += [f"qubit[{QUBITS}] q;", f"bit[{QUBITS}] c;"]
    for layer in range(LAYERS):
        lines += [f"ry({inputs[layer * QUBITS + qubit]}) q[{qubit}];" for qubit in range(QUBITS)]
        lines += [f"cx q[{qubit}], q[{qubit + 1}];" for qubit in range(QUBITS - 1)]
    return "\n".join([*lines, "c = measure q;"])


def body(bindings: int = BINDINGS) -> bytes:
    """Return a sweep of so many random bindings."""
    drawn = random.Random(7)
    values = {f"t{place}": [drawn.random() * 3 for _ in range(bindings)] for place in range(QUBITS * LAYERS)}
    return msgspec.json.encode({"program": program(), "bindings": values, "shots": SHOTS, "seed": 7})


def run(options: Options) -> None:
    """Measure both."""
    report.section(
        f"sweeps: {QUBITS} qubits, {QUBITS * LAYERS} inputs, {BINDINGS} bindings × {SHOTS:,} shots"
    )
    with started_servers(graph=True) as stack:
        stack.environment["WORKER_SLOTS"] = "1"
        stack.start_web()
        stack.start_worker("worker1")
        alone = _sweeps(stack, "one worker of one slot")
        _beside_executions(stack, alone)
        stack.start_worker("worker2")
        together = _sweeps(stack, "two workers of one slot each")
        report.ratio(f"two workers / one ({os.cpu_count()} cores)", together.p50, alone.p50, GOAL_TWO_WORKERS)


def _sweeps(stack: Stack, name: str) -> Times:
    asked, taken = body(), []
    with Connection(stack.web_port) as connection:
        counted = [_sweep(stack, connection, asked) for _ in range(2)]  # each worker parses it once
    wait_for_quiet()
    with Connection(stack.web_port) as connection:
        for _ in range(REPEATS):
            milliseconds, counts = timed(partial(_sweep, stack, connection, asked))
            taken.append(milliseconds)
            counted.append(counts)
    if any(each != counted[0] for each in counted):
        raise RuntimeError("the same seed gave other counts")
    times = Times(taken)
    goal = Goal.at_most(times.p50 / BINDINGS, GOAL_BINDING_MS, "ms a binding, p50")
    report.times(f"{name}: a sweep with its counts", times, goal)
    return times


def _sweep(stack: Stack, connection: Connection, asked: bytes) -> bytes:
    """Submit a sweep, wait for its end and read its counts."""
    accepted = connection.request("POST", "/api/sweeps", asked, ["Prefer: respond-async"])
    if accepted.status != 202:
        raise RuntimeError(accepted.body[:500].decode(errors="replace"))
    sweep_id = msgspec.json.decode(accepted.body)["job_id"]
    while (status := _status(connection.get(f"/api/jobs/{sweep_id}?wait=10"))) != "SUCCEEDED":
        if status in ("FAILED", "CANCELLED"):
            raise RuntimeError(f"the sweep is {status}")
    lines = Request(f"{stack.url}/api/sweeps/{sweep_id}/counts", headers={"Accept": "application/x-ndjson"})  # noqa: S310
    with urlopen(lines) as response:  # noqa: S310  # of this machine; it comes in chunks
        counts: bytes = response.read()
    return counts


def _status(response: Response) -> str:
    status: str = msgspec.json.decode(checked(response))["status"]
    return status


def _beside_executions(stack: Stack, sweep: Times) -> None:
    """Run the first bindings as single executions of the program with its values."""
    with Connection(stack.web_port) as connection:
        accepted = connection.post("/api/sweeps", body(SINGLE + 1))
        sweep_id = msgspec.json.decode(checked(accepted))["sweep_id"]
        path = f"/api/sweeps/{sweep_id}/executions"
        taken = []
        for index in range(SINGLE + 1):
            asked = msgspec.json.encode({"index": index, "seed": 7})
            milliseconds, response = timed(partial(connection.post, path, asked))
            checked(response)
            taken.append(milliseconds)
    single = Times(taken[1:])
    report.times("single executions of the same bindings", single)
    whole = sum(single.milliseconds) / SINGLE * BINDINGS
    goal = Goal.at_least(whole / sweep.p50, GOAL_TIMES_AS_FAST, "times as fast")
    report.figure(f"a sweep beside {BINDINGS} single executions", whole / sweep.p50, "×", goal)
