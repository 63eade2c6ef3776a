"""The events of a sweep's circuit are those of the execution of any binding, but for the angles."""

from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest

from app.circuits import event_graph, runner
from app.circuits.event_graph import Event
from app.circuits.spec import ExecutionSpec, RunLimits
from app.circuits.sweeps.problem import Problem
from tests.circuits.sweeps.sweeping import CHAIN, FEEDBACK, HEAD, plan, problem

IDLE = HEAD + "input float a; qubit[4] q; bit[2] c; rz(2 * a + 1) q[3]; barrier q; c[1] = measure q[3];"
SUBROUTINE = HEAD + (
    "input float a; qubit[2] q; bit[2] c; def turn(qubit p, float angle_) { rx(angle_) p; } "
    "for int i in [0:1] { turn(q[i], a * i); } reset q[0]; c = measure q;"
)
NO_MEASUREMENT = HEAD + "input float a; qubit[3] q; ry(a) q[0]; ctrl @ rx(-a) q[0], q[2]; cx q[2], q[0];"
MIDDLE = HEAD + (
    "input float a; qubit[2] q; bit c; bit[2] d; ry(a) q[0]; c = measure q[0]; if (c) { rx(a) q[1]; } "
    "d = measure q;"
)
PROGRAMS = {
    "chain": (CHAIN, "ab"),
    "feedback": (FEEDBACK, "a"),
    "idle": (IDLE, "a"),
    "calls": (SUBROUTINE, "a"),
}
VALUES = (0.3, -1.7)


def events_of(asked: Problem) -> list[Event]:
    """Return the events that the plan of a sweep of one binding has."""
    numbers = np.array([VALUES[: len(asked.inputs)]])
    found = plan(asked, numbers).events
    assert found is not None
    return msgspec.json.decode(found, type=list[Event])


def events_of_binding(asked: Problem, **options: Any) -> list[Event]:
    """Return the events of the execution of one binding, which is parsed with its numbers."""
    inputs = dict(zip(asked.inputs, VALUES, strict=False))
    spec = msgspec.structs.replace(asked.run, inputs=inputs, shots=10, **options)
    result = runner.run(spec, RunLimits(), None, lambda _phase: None)
    assert "events" in result
    return msgspec.json.decode(result["events"], type=list[Event])


def without_parameters(events: list[Event]) -> list[dict[str, Any]]:
    """Return the events without their angles."""
    return [{name: value for name, value in event.items() if name != "parameters"} for event in events]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_events_of_a_sweep_are_those_of_a_binding_but_for_its_angles(name: str) -> None:
    program, inputs = PROGRAMS[name]
    asked = problem(program, tuple(inputs))
    found, expected = events_of(asked), events_of_binding(asked)
    assert without_parameters(found) == without_parameters(expected)
    assert any("parameters" in event for event in expected)
    assert event_graph.graph(found) == event_graph.graph(expected)


def test_an_angle_that_no_input_decides_is_shown_and_others_are_not() -> None:
    program = HEAD + "input float a; qubit q; bit c; rz(0.5) q; rz(a) q; U(a, 0, 0) q; c = measure q;"
    parameters = [event.get("parameters") for event in events_of(problem(program, "a"))]
    assert parameters == [None, [0.5], None, None, None, None]


def test_a_program_that_measures_nothing_has_the_measurements_of_its_counts() -> None:
    asked = problem(NO_MEASUREMENT, "a", measure="all")
    assert without_parameters(events_of(asked)) == without_parameters(events_of_binding(asked))


@pytest.mark.parametrize("program", [CHAIN, MIDDLE, NO_MEASUREMENT])
def test_observables_leave_the_final_measurements_out_and_nothing_else(program: str) -> None:
    inputs = "ab" if program == CHAIN else "a"
    asked = problem(program, tuple(inputs), [{"Z" * (2 if program == MIDDLE else 3): 1.0}])
    found = events_of(asked)
    expected = events_of_binding(asked, measure="all" if program == NO_MEASUREMENT else None)
    last_gate = max(event["event_id"] for event in expected if event["event_type"] == "GATE")
    kept = [
        event
        for event in expected
        if event["event_id"] <= last_gate or event["event_type"] not in ("MEASUREMENT", "BARRIER")
    ]
    for number, event in enumerate(kept):
        event["event_id"] = event["timestamp"] = number
    assert without_parameters(found) == without_parameters(kept)
    measured = sum(event["event_type"] == "MEASUREMENT" for event in found)
    assert measured == (1 if program == MIDDLE else 0)


def test_a_sweep_of_the_library_has_the_events_of_its_circuit() -> None:
    for circuit, parameters in (("random", {"gate_count": 40, "num_qubits": 4}), ("ghz", {"num_qubits": 5})):
        run = ExecutionSpec(circuit, shots=10, seed=3, parameters=parameters)
        asked = Problem(run)
        assert events_of(asked) == events_of_binding(asked)


def test_bindings_with_circuits_of_their_own_share_no_events() -> None:
    program = HEAD + "input float a; qubit[2] q; bit[2] c; if (a > 0) { x q[0]; } x q[1]; c = measure q;"
    assert plan(problem(program, "a"), np.array([[1.0]])).events is None


def test_the_graph_of_a_large_sweep_joins_each_event_to_the_last_one_on_each_of_its_qubits() -> None:
    layers = "for int l in [1:30] { ry(a * l) q; for int i in [0:6] { cx q[i], q[i + 1]; } }"
    program = HEAD + f"input float a; qubit[8] q; bit[8] c; {layers} c = measure q;"
    events = events_of(problem(program, "a"))
    assert len(events) == 2 + 30 * (8 + 7) + 8
    edges = event_graph.edges(events)
    assert [edge[:2] for edge in edges if edge[2] == "NEXT"] == list(pairwise(range(len(events))))
    found = {
        (source, target, qubit) for source, target, kind, on in edges if kind != "NEXT" for qubit in on or ()
    }
    expected = set()
    for qubit in range(8):  # a search of its own: the events on one qubit, in their order
        on_it = [event["event_id"] for event in events if qubit in event.get("qubits", ())]
        expected.update((source, target, qubit) for source, target in pairwise(on_it))
    assert found == expected
