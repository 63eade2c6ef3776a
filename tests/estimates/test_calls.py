"""Estimates by a real simulator process, called through Redis."""

import ctypes
import signal
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis import Redis

from app.circuits.result import CircuitEstimate
from app.circuits.spec import ExecutionSpec, RunLimits
from app.estimates import process, remote
from app.estimates.problem import EstimateProblem
from app.redis.clients import command_client
from app.remote_calls.caller import CallFailure, FailureReason, RemoteCall
from app.remote_calls.server import Responder
from app.settings import MIB
from app.simulators import pool
from app.simulators.pool import SimulatorPool
from tests.circuits.programs import QASM2

Answer = Callable[[RemoteCall[Any, Any], Callable[[Any], Any], Any], Any]


@pytest.fixture(scope="module")
def simulators() -> Iterator[SimulatorPool]:
    """One simulator process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_start_children_without_our_main_module", lambda: None)
        made = SimulatorPool(1, 6 * 1024 * MIB, jobs_per_process=100)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def answer(redis_url: str, simulators: SimulatorPool) -> Iterator[Answer]:
    """Have a worker answer a request of a call by a function in the simulator process."""
    redis: Redis = command_client(redis_url)

    def ask(call: RemoteCall[Any, Any], function: Callable[[Any], Any], request: Any) -> Any:
        prefix, call_id = f"{uuid4()}:", str(uuid4())
        key, reply_key = call.keys(prefix, call_id)
        redis.set(key, msgspec.msgpack.encode(request), px=20_000)
        Responder(call, function, redis, prefix, simulators).respond(call_id)
        return call.replies.decode(redis.lpop(reply_key))  # type: ignore[arg-type]

    yield ask
    redis.close()


def problem(program: str) -> EstimateProblem:
    return EstimateProblem(ExecutionSpec("program", shots=1, seed=1, program=program), RunLimits(), 2e9)


def test_a_circuit_is_estimated(answer: Answer) -> None:
    program = QASM2 + "qreg q[40]; creg c[1]; h q[30]; measure q[30] -> c[0];"
    [found] = answer(remote.CALL, process.estimate, problem(program))
    assert isinstance(found, CircuitEstimate)
    assert (found.num_qubits, found.num_qubits_used, found.gates) == (40, 1, {"H": 1})


def test_a_refusal_comes_with_its_code_and_details(answer: Answer) -> None:
    found = answer(remote.CALL, process.estimate, problem(QASM2 + "qreg q[1]; creg c[1];\nfoo q[0];"))
    assert isinstance(found, CallFailure)
    assert (found.reason, found.code, found.details["line"]) == (FailureReason.FAULT, "invalid_program", 4)


def test_a_process_that_is_lost_tells_its_signal(answer: Answer) -> None:
    call: RemoteCall[int, None] = RemoteCall(
        "crash", msgspec.msgpack.Decoder(int), msgspec.msgpack.Decoder(CallFailure | None)
    )
    found = answer(call, ctypes.string_at, 0)
    assert found == CallFailure(FailureReason.SIMULATOR_LOST, details={"exit_code": -signal.SIGSEGV})
