"""A simulator process raises no error that its reader could unpickle only with Qiskit."""

import pytest
from qiskit.exceptions import QiskitError

from app.circuits import runner
from app.circuits.spec import ExecutionSpec, RunLimits
from app.errors import (
    AppError,
    InvalidInputError,
    InvalidProgramError,
    LimitExceededError,
    NotFoundError,
    restored_error,
)
from app.simulators.process import run_circuit

BELL = ExecutionSpec("bell", shots=1, seed=0)


def raised(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Exception:
    """Return the error of a run in which ``error`` is raised."""

    def run(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(runner, "run", run)
    with pytest.raises(Exception, match="nobody foresaw") as caught:
        run_circuit(BELL, RunLimits(), None)
    return caught.value


def test_an_error_of_qiskit_comes_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    error = raised(monkeypatch, QiskitError("what nobody foresaw"))
    assert type(error) is RuntimeError
    assert "Traceback" in str(error)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInputError("a", ("body", "bindings", "theta", 3)),
        InvalidInputError("b"),
        InvalidProgramError("c", 2, 7),
        InvalidProgramError("d"),
        LimitExceededError("e", "max_operations", ("body", "program")),
        LimitExceededError("f", "max_job_seconds"),
        NotFoundError("g"),
    ],
)
def test_an_error_that_was_stored_is_the_same_again(error: AppError) -> None:
    again = restored_error(error.code, error.message, error.kept_details)
    assert type(again) is type(error)
    assert {**vars(again), "details": 0} == {**vars(error), "details": 0}
    assert again.details == error.details


def test_an_error_of_ours_comes_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    error = LimitExceededError("what nobody foresaw", "max_shots")
    assert raised(monkeypatch, error) is error
