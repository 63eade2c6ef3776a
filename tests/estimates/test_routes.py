"""``POST /api/estimate`` without workers: what is refused before anybody is asked, and 503 else."""

import signal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.circuits.spec import ExecutionSpec, RunLimits
from app.database import Database
from app.errors import AppError, InvalidProgramError, LimitExceededError, UnavailableError
from app.estimates.problem import EstimateProblem
from app.estimates.remote import RemoteEstimator
from app.models import Job
from app.remote_calls.caller import CallFailure, FailureReason

PROGRAM = "OPENQASM 2.0;\nqreg q[1];\ncreg c[1];\nmeasure q -> c;\n"


def test_without_a_worker_it_is_503_with_the_time_to_try_again(
    client: FlaskClient, database: Database
) -> None:
    response = client.post("/api/estimate", json={"program": PROGRAM})
    assert (response.status_code, response.get_json()["code"]) == (503, "no_worker")
    assert int(response.headers["Retry-After"]) > 0
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"program": "OPENQASM 2.0;\nqreg q[1001];\n"}},
        {"json": {"program": 'OPENQASM 2.0;\ninclude "/etc/passwd";\n'}},
        {"json": {"program": PROGRAM, "shots": 10**9}},
        {"json": {"program": PROGRAM, "method": "magic"}},
        {"json": {"name": "mine"}},
        {"json": {"program": PROGRAM, "shotz": 1}},
        {"json": {"program": PROGRAM}, "query_string": {"shots": "none"}},
        {"data": b"{", "content_type": "application/json"},
        {"data": b"x", "content_type": "text/plain"},
    ],
)
def test_it_refuses_what_execute_refuses_in_the_same_words(
    client: FlaskClient, options: dict[str, Any]
) -> None:
    estimate, execute = (client.post(f"/api/{path}", **options) for path in ("estimate", "execute"))
    assert estimate.status_code == execute.status_code >= 400
    ours, theirs = estimate.get_json(), execute.get_json()
    assert {**ours, "request_id": None} == {**theirs, "request_id": None}


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/nope/noisy",
        "/ghz?num_qubits=1001",
        "/bell?num_qubits=3",
        "/random?gate_count=0",
        "/random/noisy?gate_count=101",
        "/bell?noise_type=thermal",
        "/bell/noisy?noise_level=loud",
        "/bell?shots=1000000000",
        "/qft?num_qubits=20&method=density_matrix",
    ],
)
def test_of_a_library_circuit_it_refuses_what_execute_refuses(client: FlaskClient, path: str) -> None:
    estimate, execute = (client.post(f"/api/{half}{path}") for half in ("estimate", "execute"))
    assert estimate.status_code == execute.status_code >= 400
    assert estimate.get_json() == execute.get_json()


class FailingCaller:
    """A caller whose calls have failed."""

    def __init__(self, failure: CallFailure) -> None:
        self._failure = failure

    def send(self, *_: object) -> CallFailure:
        return self._failure

    def receive(self, sent: CallFailure, *_: object, **__: object) -> CallFailure:
        return sent


@pytest.mark.parametrize(
    ("failure", "error", "says"),
    [
        (
            CallFailure(FailureReason.SIMULATOR_LOST, details={"exit_code": -signal.SIGPROF}),
            InvalidProgramError,
            "5 s",
        ),
        (
            CallFailure(FailureReason.SIMULATOR_LOST, details={"exit_code": -11}),
            InvalidProgramError,
            "ends the",
        ),
        (
            CallFailure(FailureReason.SIMULATOR_LOST, details={"exit_code": -signal.SIGKILL}),
            UnavailableError,
            "died",
        ),
        (CallFailure(FailureReason.SIMULATOR_LOST), UnavailableError, "died"),
        (CallFailure(FailureReason.OUT_OF_TIME), UnavailableError, "within 15 s"),
        (CallFailure(FailureReason.QUEUE_FULL), UnavailableError, "Too many"),
        (CallFailure(FailureReason.REDIS_AWAY), UnavailableError, "does not answer"),
        (CallFailure(FailureReason.FAULT), AppError, "fault of the server"),
        (
            CallFailure(FailureReason.FAULT, "line 3", "invalid_program", {"line": 3, "column": 4}),
            InvalidProgramError,
            "line 3",
        ),
        (
            CallFailure(FailureReason.FAULT, "over", "limit_exceeded", {"limit": "max_x"}),
            LimitExceededError,
            "over",
        ),
    ],
)
def test_each_failure_of_a_call_is_an_error(failure: CallFailure, error: type[AppError], says: str) -> None:
    spec = ExecutionSpec("program", shots=1, seed=1, program=PROGRAM)
    with pytest.raises(error, match=says) as caught:
        RemoteEstimator(FailingCaller(failure)).estimate(  # type: ignore[arg-type]
            EstimateProblem(spec, RunLimits(), 1.0)
        )
    assert type(caught.value) is error
    assert {name: caught.value.details.get(name) for name in failure.details if name != "exit_code"} == {
        name: value for name, value in failure.details.items() if name != "exit_code"
    }
