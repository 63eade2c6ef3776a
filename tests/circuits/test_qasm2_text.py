"""The text of OpenQASM 2 programs: the scanner reads comments and integers as the parser does."""

import re

import msgspec
import pytest

from app.circuits.program_scan import scan
from app.circuits.result import RunResult
from app.circuits.spec import RunLimits
from app.errors import InvalidProgramError, LimitExceededError
from tests.circuits.conftest import Run
from tests.circuits.programs import QASM2

BITS = "qreg q[2]; creg c[2]; "
END = " measure q -> c;"
LENGTHS = [18, 19, 20, 39, 300, 309, 310, 4_299, 4_301, 20_000]
"""Digits, about the largest integers of 64 and 128 bits, the largest float, and what Python reads at once."""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("x q[0]; // a\rx q[1];\n", "01"),  # Rust's parser ends a comment at a line feed only
        ("x q[0]; // a\r\nx q[1];\r\n", "11"),
        ("x q[0]; // a\n\rx q[1];\r", "11"),
        ("\r//\r//\rx q[0];\nx q[1];", "10"),
        ("x q[0]; // \u2028 x q[1];\n", "01"),
        ("x q[0]; //", None),
    ],
)
def test_a_comment_ends_where_the_parser_ends_it(run: Run, text: str, key: str | None) -> None:
    program = QASM2 + BITS + text + END
    if key is None:
        with pytest.raises(InvalidProgramError, match="measures nothing"):
            run(program=program)
    else:
        assert run(program=program)["counts"] == {key: 1024}


@pytest.mark.parametrize("hidden", ["qreg more[99];", 'include "other.inc";', "gate x a { }", "/*", '"'])
def test_what_a_comment_hides_is_not_scanned(run: Run, limits: RunLimits, hidden: str) -> None:
    program = QASM2 + BITS + f"x q[0]; // \r{hidden}\n{END}"
    assert scan(program, limits).num_qubits == 2
    assert run(program=program)["counts"] == {"01": 1024}


PLACES = {
    "angle": "rx({}) q[0];",
    "negative angle": "rx(-{}) q[0];",
    "product": "rx(0*{0}*{0}) q[0];",
    "quotient": "rx(1/{}) q[0];",
    "power": "rx(1^{}) q[0];",
    "index": "x q[{}];",
    "qubits": "qreg r[{}];",
    "bits": "creg r[{}];",
    "condition": "if (c == {}) x q[0];",
    "delay": "delay({}) q[0];",
    "steps": "u0({}) q[0];",
    "argument": "mine({}) q[0];",
    "unused": "gate other(t) a {{ rx({}) a; }}",
}


def _answer(run: Run, program: str) -> RunResult | str:
    """The result of a program or the message of its error; other exceptions are faults."""
    try:
        return run(program=program)
    except (InvalidProgramError, LimitExceededError) as error:
        return error.message


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("place", PLACES)
def test_integers_of_any_length_run_or_are_refused_by_place_or_limit(
    run: Run, place: str, length: int
) -> None:
    declarations = "opaque delay(t) a; gate mine(t) a { rz(t) a; } "
    answer = _answer(run, QASM2 + declarations + BITS + PLACES[place].format("9" * length) + END)
    if place in ("angle", "negative angle", "quotient", "condition", "argument", "unused") and length < 308:
        assert isinstance(answer, dict), answer
    if isinstance(answer, str):
        assert re.match(r"line 3, column \d+: |.*the limit max_", answer)
    else:
        assert sum(answer["counts"].values()) == 1024
        events = msgspec.json.decode(answer["events"])
        assert all(None not in event.get("parameters", []) for event in events)
