"""Events say where they come from: line and column, and the calls and turns around them."""

import msgspec
import pytest

from app.circuits.event_graph import Event
from tests.circuits.openqasm3.reading import events, run
from tests.circuits.programs import QASM3


def _sources(statements: str) -> list[dict[str, object]]:
    """The sources of the gates of statements that begin on line 3."""
    return [each["source"] for each in events(statements) if each["event_type"] == "GATE"]  # type: ignore[typeddict-item]


def _places(statements: str) -> list[tuple[object, object]]:
    return [(source["line"], source["column"]) for source in _sources(statements)]


def test_a_gate_has_the_place_of_its_statement() -> None:
    assert _places("qubit[2] q; bit[2] c;\nx q[0];\n  h q[1]; cx q[0], q[1];\nc = measure q;") == [
        (4, 1),
        (5, 3),
        (5, 11),
    ]


def test_every_kind_of_event_has_its_place() -> None:
    found = events("qubit q; bit c;\nreset q;\nbarrier q;\ndelay[1ns] q;\nc = measure q;")
    assert [event["source"]["line"] for event in found] == [4, 5, 6, 7]  # type: ignore[typeddict-item]


def test_the_gates_of_a_broadcast_share_their_place() -> None:
    assert _places("qubit[3] q; bit[3] c;\nh q;\nc = measure q;") == [(4, 1)] * 3


def test_the_gates_of_an_unrolled_loop_have_the_place_of_the_statement_in_it() -> None:
    program = "qubit[3] q; bit[3] c;\nfor uint i in [0:2] {\n  x q[i];\n  h q[i];\n}\nc = measure q;"
    assert _places(program) == [(5, 3), (6, 3)] * 3


def test_the_gates_of_a_subroutine_name_the_calls_from_the_outermost() -> None:
    program = (
        "def inner(qubit a) {\n  x a;\n}\ndef outer(qubit a) {\n  h a;\n  inner(a);\n}\n"
        "qubit q; bit c;\ninner(q);\nouter(q);\nc = measure q;"
    )
    sources = _sources(program)
    assert [(source["line"], source["column"]) for source in sources] == [(4, 3), (7, 3), (4, 3)]
    assert [len(source.get("call", [])) for source in sources] == [1, 1, 2]  # type: ignore[arg-type]
    assert str(sources[0]["call"]).count("inner") == 1
    calls = str(sources[2]["call"])
    assert 0 <= calls.index("outer") < calls.index("inner")


def test_a_statement_outside_subroutines_has_no_call() -> None:
    (source,) = _sources("qubit q; bit c; x q; c = measure q;")
    assert not source.get("call")


def test_branches_and_blocks_keep_places() -> None:
    program = (
        "qubit[2] q; bit[2] c;\nc = measure q;\nif (c[0]) {\n  x q[0];\n} else {\n  y q[1];\n}\n"
        "switch (int(c)) {\n  case 1 {\n    z q[0];\n  }\n}\nbox {\n  h q[0];\n}\nc = measure q;"
    )
    assert _places(program) == [(6, 3), (8, 3), (12, 5), (16, 3)]


@pytest.mark.parametrize(
    "statement", ["U(1, 2, 3) q;", "ctrl @ inv @ x q, r;", "pow(0.5) @ x q;", "own(1) q;"]
)
def test_modified_and_own_gates_have_places(statement: str) -> None:
    program = f"gate own(t) a {{ rx(t) a; }} qubit q; qubit r; bit c;\n{statement}\nc = measure q;"
    assert _places(program) == [(4, 1)]


def test_names_and_parameters_of_gates_are_those_of_the_program() -> None:
    program = (
        "gate own(t) a { rx(t) a; } qubit[2] q; bit[2] c; id q[0]; x q[0]; sdg q[0]; rx(0.5) q[0];"
        "u1(0.5) q[0]; phase(0.5) q[0]; cphase(0.5) q[0], q[1]; CX q[0], q[1]; U(1, 2, 3) q[0];"
        "own(0.25) q[1]; c = measure q;"
    )
    named = [
        (event["gate_name"], event.get("parameters", [])) for event in events(program) if "gate_name" in event
    ]
    assert [name for name, _ in named[:5]] == ["ID", "X", "SDG", "RX", "U1"]
    assert named[3][1] == named[4][1] == [0.5]
    assert named[-1] == ("own", [0.25])
    assert named[-2] == ("U", [1.0, 2.0, 3.0])


def test_openqasm_2_events_have_no_less_than_before() -> None:
    source = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; id q[0]; measure q -> c;'
    found: list[Event] = msgspec.json.decode(run(source)["events"])
    assert found[1]["gate_name"] == "ID"
    assert run(QASM3 + "qubit q; bit c; id q; c = measure q;")["num_gates"] == 1
