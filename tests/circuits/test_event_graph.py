"""The event graph: golden graphs, and an independent search for its dependencies."""

from itertools import pairwise

import msgspec
import pytest

from app.circuits import event_graph, events, library
from app.circuits.event_graph import Event
from tests.circuits.conftest import Run
from tests.circuits.programs import DYNAMIC, QASM2


def _events(run: Run, **fields: object) -> list[Event]:
    return msgspec.json.decode(run(**fields)["events"], type=list[Event])


def test_the_events_of_bell_are_those_of_the_contract(run: Run) -> None:
    result = run(circuit="bell")
    assert msgspec.json.decode(result["events"]) == [
        {"event_id": 0, "event_type": "EXECUTION_START", "timestamp": 0},
        {"event_id": 1, "event_type": "GATE", "timestamp": 1, "gate_name": "H", "qubits": [0]},
        {"event_id": 2, "event_type": "GATE", "timestamp": 2, "gate_name": "CX", "qubits": [0, 1]},
        _measurement(3, 0),
        _measurement(4, 1),
        {"event_id": 5, "event_type": "EXECUTION_END", "timestamp": 5},
    ]
    assert (result["num_gates"], result["num_events"]) == (2, 6)


def _measurement(event_id: int, bit: int) -> dict[str, object]:
    return {
        "event_id": event_id,
        "event_type": "MEASUREMENT",
        "timestamp": event_id,
        "qubits": [bit],
        "classical_bits": [bit],
        "outcome": None,
    }


def test_a_bell_circuit_has_three_qubit_dependencies(run: Run) -> None:
    assert run(circuit="bell")["edges"] == [
        (0, 1, "NEXT", None),
        (1, 2, "NEXT", None),
        (1, 2, "QUBIT_DEP", [0]),
        (2, 3, "NEXT", None),
        (2, 3, "QUBIT_DEP", [0]),
        (2, 4, "QUBIT_DEP", [1]),
        (3, 4, "NEXT", None),
        (4, 5, "NEXT", None),
    ]


def test_the_golden_graph_of_ghz(run: Run) -> None:
    result = run(circuit="ghz", parameters={"num_qubits": 3})
    dependencies = [(s, t, q) for s, t, relation, q in result["edges"] if relation == "QUBIT_DEP"]
    assert dependencies == [(1, 2, [0]), (2, 3, [1]), (2, 4, [0]), (3, 5, [1]), (3, 6, [2])]
    assert (result["num_gates"], result["num_events"]) == (3, 8)


def test_two_gates_on_the_same_pair_of_qubits_are_joined_by_one_edge(run: Run) -> None:
    program = QASM2 + "qreg q[2]; creg c[2]; cx q[0],q[1]; cx q[1],q[0]; measure q -> c;"
    edges = run(program=program)["edges"]
    assert (1, 2, "QUBIT_DEP", [0, 1]) in edges
    assert len([edge for edge in edges if edge[:2] == (1, 2)]) == 2


def test_the_golden_events_of_a_dynamic_circuit(run: Run) -> None:
    shown = [
        (
            event["event_type"],
            event.get("gate_name"),
            event.get("qubits"),
            event["condition"]["text"] if "condition" in event else None,
            event.get("parameters"),
        )
        for event in _events(run, program=DYNAMIC)
    ]
    assert shown == [
        ("EXECUTION_START", None, None, None, None),
        ("GATE", "H", [0], None, None),
        ("MEASUREMENT", None, [0], None, None),
        ("GATE", "X", [1], "bit 0 == 1", None),
        ("GATE", "Y", [1], "bit 0 != 1", None),
        ("BARRIER", None, [0, 1], None, None),
        ("RESET", None, [0], None, None),
        ("GATE", "RX", [0], None, [1.0]),
        ("GATE", "RX", [0], None, [2.0]),
        ("MEASUREMENT", None, [0], None, None),
        ("MEASUREMENT", None, [1], None, None),
        ("EXECUTION_END", None, None, None, None),
    ]


def test_the_golden_dependencies_of_a_dynamic_circuit(run: Run) -> None:
    edges = run(program=DYNAMIC)["edges"]
    assert [(s, t, q) for s, t, relation, q in edges if relation == "QUBIT_DEP"] == [
        (1, 2, [0]),
        (2, 5, [0]),
        (3, 4, [1]),
        (4, 5, [1]),
        (5, 6, [0]),
        (5, 10, [1]),
        (6, 7, [0]),
        (7, 8, [0]),
        (8, 9, [0]),
    ]


def test_a_condition_is_structured_and_nests(run: Run) -> None:
    program = QASM2.replace("2.0", "3.0").replace("qelib1", "stdgates") + (
        "qubit q; bit[2] c; c[0] = measure q; if (c == 2) { if (c[0]) { x q; } } c[1] = measure q;"
    )
    conditions = [event["condition"] for event in _events(run, program=program) if "condition" in event]
    assert conditions == [
        {
            "text": "c == 2 and bit 0 == 1",
            "terms": [
                {"classical_bits": [0, 1], "value": 2, "equal": True},
                {"classical_bits": [0], "value": 1, "equal": True},
            ],
        }
    ]


def test_a_programs_own_gate_keeps_its_name_and_controls_show_their_state(run: Run) -> None:
    program = (
        'OPENQASM 3.0; include "stdgates.inc"; gate Mine(t) a { rx(t) a; h a; } qubit[2] q; bit[2] c;'
        "Mine(0.5) q[0]; negctrl @ x q[0], q[1]; c = measure q;"
    )
    own, controlled = _events(run, program=program)[1:3]
    assert (own["gate_name"], own["parameters"]) == ("Mine", [0.5])
    assert (controlled["gate_name"], controlled["control_state"]) == ("CX", 0)


@pytest.mark.parametrize("seed", range(20))
def test_the_edges_of_random_circuits_equal_a_naive_search(seed: int) -> None:
    circuit = library.build("random", {"gate_count": 60, "num_qubits": 2 + seed % 5}, seed)
    event_list = events.extract(circuit)
    touched = [[circuit.find_bit(qubit).index for qubit in one.qubits] for one in circuit.data]
    expected = [(s, s + 1, "NEXT", None) for s in range(len(touched) + 1)] + [
        (source + 1, target + 1, "QUBIT_DEP", sorted(qubits))
        for target in range(len(touched))
        for source in range(target)
        if (qubits := _last_touched_together(touched, source, target))
    ]
    found = event_graph.edges(event_list)
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    keys = [(source, target, relation) for source, target, relation, _ in found]
    assert all(first < second for first, second in pairwise(keys))  # "NEXT" < "QUBIT_DEP"


def _last_touched_together(touched: list[list[int]], source: int, target: int) -> list[int]:
    """The qubits of both operations that nothing between them touches."""
    between = {qubit for qubits in touched[source + 1 : target] for qubit in qubits}
    return [qubit for qubit in touched[target] if qubit in touched[source] and qubit not in between]


def test_the_two_renderings_of_the_contract(run: Run) -> None:
    event_list = _events(run, circuit="bell")
    graph_edges = event_graph.edges(event_list)
    assert event_graph.node_pairs(event_list)[2:4] == [
        [2, {"type": "GATE", "timestamp": 2, "qubits": [0, 1], "gate_name": "CX"}],
        [3, {"type": "MEASUREMENT", "timestamp": 3, "qubits": [0], "classical_bits": [0]}],
    ]
    assert event_graph.node_pairs(event_list)[0] == [0, {"type": "EXECUTION_START", "timestamp": 0}]
    assert msgspec.to_builtins(event_graph.graph(event_list).nodes[3]) == {
        "id": 3,
        "type": "MEASUREMENT",
        "gate": None,
        "qubits": [0],
        "timestamp": 3,
    }
    assert event_graph.edge_pairs(graph_edges)[1:3] == [
        [1, 2, {"relation": "NEXT"}],
        [1, 2, {"relation": "QUBIT_DEP", "qubits": [0]}],
    ]
    assert msgspec.to_builtins(event_graph.graph(event_list).edges[2]) == {
        "source": 1,
        "target": 2,
        "relation": "QUBIT_DEP",
        "qubits": [0],
    }
