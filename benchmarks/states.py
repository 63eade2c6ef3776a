"""States of executions: the first ask, which a worker computes, and the second, over HTTP."""

from functools import partial

import msgspec

from benchmarks import report
from benchmarks.client import Connection, checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import started_servers

REPEATS = 5
SECOND_ASKS = 20
STEPS = 200
"""Gates and measurements of the random circuits without noise."""
NOISY_GATES = 100

CASES = {
    "states of 200 steps, 12 qubits": ("", 12, "states", 150.0),
    "states of 200 steps, 16 qubits": ("", 16, "states", 1_000.0),
    "step 50, 16 qubits": ("", 16, "step/50/state", 100.0),
    "step 200, 16 qubits, all pairs": ("", 16, f"step/{STEPS}/state?pairs=true", 400.0),
    "fidelity of 100 noisy gates, 8 qubits": ("/noisy", 8, "fidelity", 500.0),
    "fidelity of 100 noisy gates, 10 qubits": ("/noisy", 10, "fidelity", 4_000.0),
}
"""The route of the execution, its qubits, what is asked of it, and the goal in milliseconds."""

SECOND_ASK_MS = 10.0


def run(options: Options) -> None:
    """Ask about new executions, each of another seed, and then again."""
    report.section("states: random circuits, the first ask and the second, over HTTP on loopback")
    with started_servers(graph=False) as stack:
        stack.start_web()
        stack.start_worker()
        wait_for_quiet()
        again: list[float] = []
        with Connection(stack.web_port) as connection:
            _first_ask(connection, "", 2, "states", 0)  # loads the code into the process
            for name, (route, qubits, asked, goal_ms) in CASES.items():
                repeats = range(1, min(options.repeats, REPEATS) + 1)
                taken = Times([_first_ask(connection, route, qubits, asked, seed) for seed in repeats])
                report.times(name, taken, Goal.at_most(taken.p50, goal_ms, "ms p50"))
            path = _path(connection, "", 16, "states", 1)
            checked(connection.get(path))
            for _ in range(min(options.repeats, SECOND_ASKS)):
                milliseconds, response = timed(partial(connection.get, path))
                checked(response)
                again.append(milliseconds)
    second = Times(again)
    report.times(
        "the second ask, states of 200 steps", second, Goal.at_most(second.p50, SECOND_ASK_MS, "ms p50")
    )


def _first_ask(connection: Connection, route: str, qubits: int, asked: str, seed: int) -> float:
    path = _path(connection, route, qubits, asked, seed)
    milliseconds, response = timed(partial(connection.get, path))
    checked(response)
    return milliseconds


def _path(connection: Connection, route: str, qubits: int, asked: str, seed: int) -> str:
    """Run a circuit and return the path of a question about it."""
    gates = NOISY_GATES if route else STEPS - qubits
    query = f"num_qubits={qubits}&gate_count={gates}&seed={seed}&shots=10"
    body = checked(connection.post(f"/api/execute/random{route}?{query}"))
    return f"/api/replay/{msgspec.json.decode(body)['execution_id']}/{asked}"
