"""Where two lists of events differ."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.circuits import divergence
from app.circuits.divergence import Alignment
from app.circuits.event_graph import Event


def events(*operations: dict[str, Any]) -> list[Event]:
    """Gates between a start and an end."""
    listed = [{"event_type": "EXECUTION_START"}, *operations, {"event_type": "EXECUTION_END"}]
    return [{**each, "event_id": step, "timestamp": step} for step, each in enumerate(listed)]  # type: ignore[typeddict-item]


def gate(name: str, *qubits: int, **more: Any) -> dict[str, Any]:
    """One gate."""
    return {"event_type": "GATE", "gate_name": name, "qubits": list(qubits), **more}


def measurement(qubit: int, bit: int) -> dict[str, Any]:
    """One measurement."""
    return {"event_type": "MEASUREMENT", "qubits": [qubit], "classical_bits": [bit], "outcome": None}


def changes(found: Alignment) -> tuple[list[tuple[int, int]], ...]:
    """The steps of the insertions, the deletions and the replacements."""
    kinds = (found.insertions, found.deletions, found.replacements)
    return tuple([(each.step_a, each.step_b) for each in kind] for kind in kinds)


BELL = (gate("H", 0), gate("CX", 0, 1), measurement(0, 0), measurement(1, 1))
OPERATIONS = st.lists(
    st.builds(gate, st.sampled_from(["H", "X", "CX"]), st.integers(0, 3))
    | st.builds(measurement, st.integers(0, 3), st.integers(0, 1)),
    max_size=20,
)


def test_a_difference_by_position_names_the_fields_of_the_contract() -> None:
    changed = events(gate("X", 0), gate("CX", 1, 0), {"event_type": "RESET", "qubits": [0]}, BELL[3])
    found = divergence.divergences(events(*BELL), changed)
    assert [(each.step, each.difference) for each in found] == [
        (1, {"type": False, "gate": True, "qubits": False}),
        (2, {"type": False, "gate": False, "qubits": True}),
        (3, {"type": True, "gate": False, "qubits": False}),
    ]


def test_one_inserted_gate_is_one_difference_and_not_a_shifted_tail() -> None:
    longer = events(BELL[0], gate("Z", 1), *BELL[1:])
    assert len(divergence.divergences(events(*BELL), longer)) == 4
    alignment = divergence.align(events(*BELL), longer)
    assert changes(alignment) == ([(2, 2)], [], [])
    assert alignment.insertions[0].exec_b.gate == "Z"
    assert alignment.distance == 1


def test_one_removed_gate_is_one_deletion() -> None:
    assert changes(divergence.align(events(*BELL), events(*BELL[1:]))) == ([], [(1, 1)], [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (gate("RZ", 0, parameters=[0.1]), gate("RZ", 0, parameters=[0.2])),
        (gate("CX", 0, 1), gate("CX", 0, 1, control_state=0)),
        (gate("DELAY", 0, parameters=[1.0], unit="ns"), gate("DELAY", 0, parameters=[1.0], unit="us")),
        (measurement(0, 0), measurement(0, 1)),
        (gate("X", 0), gate("X", 0, loops=[1])),
        (gate("X", 0), gate("X", 0, condition={"text": "c == 1", "terms": [{"value": 1}]})),
        (
            gate("X", 0, condition={"text": "a || b", "classical_bits": [0, 1]}),
            gate("X", 0, condition={"text": "a ^ b", "classical_bits": [0, 1]}),
        ),
        (
            gate("X", 0, condition={"text": "c == 1", "terms": [{"value": 1}]}),
            gate("X", 0, condition={"text": "a ^ b", "classical_bits": [0, 1]}),
        ),
    ],
)
def test_what_the_contracts_fields_do_not_tell_is_a_replacement(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    a, b = events(first), events(second)
    assert divergence.divergences(a, b) == []
    assert changes(divergence.align(a, b)) == ([], [], [(1, 1)])


@given(OPERATIONS)
def test_a_comparison_with_itself_is_empty(operations: list[dict[str, Any]]) -> None:
    listed = events(*operations)
    assert divergence.divergences(listed, listed) == []
    assert changes(divergence.align(listed, listed)) == ([], [], [])


@given(OPERATIONS, OPERATIONS)
def test_the_distance_is_the_same_in_both_directions(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    a, b = events(*first), events(*second)
    assert divergence.align(a, b).distance == divergence.align(b, a).distance


@given(OPERATIONS, OPERATIONS)
def test_the_changes_make_the_first_list_into_the_second(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    a, b = events(*first), events(*second)
    found = divergence.align(a, b)
    deleted = {pair.step_a for pair in found.deletions}
    inserted = {pair.step_b for pair in found.insertions}
    replaced = {pair.step_a: pair.step_b for pair in found.replacements}
    kept_a = [step for step in range(len(a)) if step not in deleted]
    kept_b = [step for step in range(len(b)) if step not in inserted]
    for step_a, step_b in zip(kept_a, kept_b, strict=True):
        if step_a in replaced:
            assert replaced[step_a] == step_b
        else:
            assert {**a[step_a], "event_id": 0, "timestamp": 0} == {
                **b[step_b],
                "event_id": 0,
                "timestamp": 0,
            }
