"""States of executions: the processor time of the first request, and the times of both over HTTP."""

import time
from dataclasses import dataclass
from functools import partial

import msgspec

from app.circuits import events, runner
from app.circuits.spec import ExecutionSpec, NoiseSpec, RunLimits
from app.circuits.states import answers
from app.circuits.states.questions import AboutFidelity, AboutStep, AboutSteps, Asked, StoredRun
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
SECOND_ASK_MS = 10.0


@dataclass(frozen=True)
class Case:
    """A question about a random circuit: its path, and the goal in milliseconds."""

    name: str
    qubits: int
    question: Asked
    path: str
    goal_ms: float

    @property
    def noise(self) -> NoiseSpec | None:
        """The noise of the run, if the question is about it."""
        return NoiseSpec() if self.question.needs_noise else None

    @property
    def gates(self) -> int:
        """The gates of the circuit."""
        return NOISY_GATES if self.noise else STEPS - self.qubits


CASES = (
    Case("states of 200 steps, 12 qubits", 12, AboutSteps(), "states", 150.0),
    Case("states of 200 steps, 16 qubits", 16, AboutSteps(), "states", 1_000.0),
    Case("step 50, 16 qubits", 16, AboutStep(50), "step/50/state", 100.0),
    Case("step 200, 16 qubits", 16, AboutStep(STEPS), f"step/{STEPS}/state", 400.0),
    Case(
        "the same with all pairs", 16, AboutStep(STEPS, pairs=True), f"step/{STEPS}/state?pairs=true", 400.0
    ),
    Case("fidelity of 100 noisy gates, 8 qubits", 8, AboutFidelity(), "fidelity", 500.0),
    Case("fidelity of 100 noisy gates, 10 qubits", 10, AboutFidelity(), "fidelity", 4_000.0),
)


def run(options: Options) -> None:
    """Compute in this process, then ask about new executions, each of another seed, and then again."""
    repeats = range(1, min(options.repeats, REPEATS) + 1)
    report.section("states: random circuits, processor time of a first request in the simulator process")
    wait_for_quiet()
    _processor_ms(CASES[0], 0)
    for case in CASES:
        taken = Times([_processor_ms(case, seed) for seed in repeats])
        report.times(case.name, taken, Goal.at_most(taken.p50, case.goal_ms, "ms p50"))
    report.section("states: the same over HTTP on loopback, and the second request")
    with started_servers(graph=False) as stack:
        stack.start_web()
        stack.start_worker()
        wait_for_quiet()
        with Connection(stack.web_port) as connection:
            _first_request(connection, CASES[0], 0)  # loads the code into the process
            for case in CASES:
                taken = Times([_first_request(connection, case, seed) for seed in repeats])
                report.times(case.name, taken, Goal.at_most(taken.p50, case.goal_ms, "ms p50"))
            path = _path(connection, CASES[1], 1)
            checked(connection.get(path))
            again = Times([_get(connection, path) for _ in range(SECOND_ASKS)])
    goal = Goal.at_most(again.p50, SECOND_ASK_MS, "ms p50")
    report.times("the second request, states of 200 steps, 16 qubits", again, goal)


def _processor_ms(case: Case, seed: int) -> float:
    limits, parameters = RunLimits(), {"num_qubits": case.qubits, "gate_count": case.gates}
    built = runner.prepare(ExecutionSpec("random", 1, seed, parameters=parameters), limits)
    stored = StoredRun(built.program, len(events.extract(built.circuit)), case.noise)
    started = time.process_time()
    answers.answer(stored, case.question, limits)
    return (time.process_time() - started) * 1_000


def _first_request(connection: Connection, case: Case, seed: int) -> float:
    return _get(connection, _path(connection, case, seed))


def _get(connection: Connection, path: str) -> float:
    milliseconds, response = timed(partial(connection.get, path))
    checked(response)
    return milliseconds


def _path(connection: Connection, case: Case, seed: int) -> str:
    """Run a circuit and return the path of the question about it."""
    query = f"num_qubits={case.qubits}&gate_count={case.gates}&seed={seed}&shots=10"
    body = checked(connection.post(f"/api/execute/random{'/noisy' if case.noise else ''}?{query}"))
    return f"/api/replay/{msgspec.json.decode(body)['execution_id']}/{case.path}"
