"""A simulator process raises no error that its reader could unpickle only with Qiskit."""

import pytest
from qiskit.exceptions import QiskitError

from app.circuits import runner
from app.circuits.spec import ExecutionSpec, RunLimits
from app.errors import LimitExceededError
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


def test_an_error_of_ours_comes_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    error = LimitExceededError("what nobody foresaw", "max_shots")
    assert raised(monkeypatch, error) is error
