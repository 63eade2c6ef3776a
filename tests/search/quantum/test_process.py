"""What crosses to the simulator process and back: plain values, and errors that need no Qiskit to be read."""

import subprocess
import sys

import msgspec
import numpy as np
import pytest

from app.errors import InvalidInputError
from app.search.quantum import process, scoring
from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.search.quantum.states import qubits_for, unit_vectors
from tests.search.quantum.pools import pool, problem


def test_problems_and_answers_survive_messagepack() -> None:
    asked = problem(*pool(5, 3), [0.5] * 5, shots=100, tunneling=True, explain=True)
    decoded = msgspec.msgpack.decode(msgspec.msgpack.encode([asked]), type=list[ScoringProblem])
    assert decoded == [asked]
    results = process.score(decoded)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(results), type=list[ScoringResult])
    assert again == results


def test_the_module_loads_neither_numpy_nor_qiskit() -> None:
    script = "import app.search.quantum.process, sys; print(*sys.modules, sep='\\n')"
    loading = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in loading.stdout.split()}
    assert "app" in loaded
    assert not loaded & {"numpy", "qiskit", "qiskit_aer"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"query": b"\x00" * 12}, "zero or not finite"),
        ({"query": np.array([1, np.nan, 1], ">f4").tobytes()}, "zero or not finite"),
        ({"candidates": np.array([1, np.inf, 1], ">f4").tobytes()}, "zero or not finite"),
        ({"query": b"\x00" * 11}, "no whole float32 vectors of dimension 3"),
        ({"query": np.ones(6, ">f4").tobytes()}, "one query vector"),
        ({"candidates": b""}, "no candidate"),
        ({"weights": [0.5]}, "1 weights do not fit 2 candidates"),
        ({"weights": [0.5, 1.5]}, "between 0 and 1"),
        ({"weights": [0.5, float("nan")]}, "between 0 and 1"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, object], sentence: str) -> None:
    asked = msgspec.structs.replace(problem(*pool(2, 3)), **changes)
    with pytest.raises(InvalidInputError, match=sentence):
        process.score([asked])


def test_any_other_error_crosses_as_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_problems: list[ScoringProblem]) -> list[ScoringResult]:
        raise ZeroDivisionError("of the simulator's own")

    monkeypatch.setattr(scoring, "score", fail)
    with pytest.raises(RuntimeError, match="ZeroDivisionError: of the simulator's own"):
        process.score([])


def test_vectors_are_read_as_big_endian_float32_and_brought_to_length_one() -> None:
    vectors = unit_vectors(np.array([3, 4, 0, -2], ">f4").tobytes(), 2)
    assert vectors.tolist() == [[0.6, 0.8], [0.0, -1.0]]


def test_states_need_the_next_power_of_two() -> None:
    assert [qubits_for(states) for states in (1, 2, 3, 4, 5, 1_024, 1_025)] == [0, 1, 2, 2, 3, 10, 11]
