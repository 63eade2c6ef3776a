"""Cones and the critical path: by hand, against a search of every pair of events, against Qiskit's depth."""

import random
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.circuit import QuantumCircuit
from qiskit.circuit.random import random_circuit

from app.circuits import causality, events
from app.circuits.causality import CLASSICAL_DEP, Dependency, QubitTime
from app.circuits.event_graph import QUBIT_DEP, ConditionTerm, Event, edges
from tests.circuits.conftest import Run
from tests.circuits.programs import DYNAMIC, QASM2, QASM3

NUM_QUBITS = 4

TELEPORT_ONE_BIT = (
    QASM3
    + """qubit[3] q;
bit[2] c;
h q[0];
x q[1];
c[0] = measure q[0];
if (c[0]) { z q[2]; }
"""
)
REUSED_BIT = (
    QASM3
    + """qubit[3] q;
bit[1] c;
c[0] = measure q[0];
if (c[0]) { x q[1]; }
c[0] = measure q[2];
"""
)
BRANCHES = (
    QASM3
    + """qubit[3] q;
bit[2] c;
c[0] = measure q[0];
c[1] = measure q[1];
if (c[0]) { c[1] = measure q[2]; }
if (c[1]) { x q[0]; }
"""
)


@st.composite
def records(draw: st.DrawFn) -> list[Event]:
    """Events of some circuit on four qubits and two bits, with conditions, barriers and a global phase."""
    count = draw(st.integers(0, 25))
    made: list[Event] = [{"event_id": 0, "event_type": "EXECUTION_START", "timestamp": 0}]
    for index in range(1, count + 1):
        kind = draw(st.sampled_from(["GATE", "GATE", "MEASUREMENT", "RESET", "BARRIER"]))
        size = 1 if kind in ("MEASUREMENT", "RESET") else draw(st.integers(0, 3))
        qubits = draw(st.permutations(range(NUM_QUBITS)))[:size]
        event: Event = {"event_id": index, "event_type": kind, "timestamp": index, "qubits": qubits}
        if kind == "MEASUREMENT":
            event["classical_bits"] = [draw(st.integers(0, 1))]
        if kind != "BARRIER" and draw(st.booleans()):
            term = _term(draw(st.sampled_from([[0], [1], [0, 1]])))
            event["condition"] = {"text": "c", "terms": [term]}
        made.append(event)
    made.append({"event_id": count + 1, "event_type": "EXECUTION_END", "timestamp": count + 1})
    return made


def _term(bits: list[int]) -> ConditionTerm:
    return {"classical_bits": bits, "value": 1, "equal": True}


def _record(run: Run, program: str) -> list[Event]:
    return msgspec.json.decode(run(program=program)["events"], type=list[Event])


def test_a_bell_measurement_can_be_influenced_by_both_gates_and_not_by_the_other_measurement(
    run: Run,
) -> None:
    bell = msgspec.json.decode(run(circuit="bell")["events"], type=list[Event])
    past = causality.cone(bell, 2, 4, "past")
    assert past.event_ids == [0, 1, 2]
    assert past.dependencies == [
        Dependency(0, 1, QUBIT_DEP, [0]),
        Dependency(1, 2, QUBIT_DEP, [0]),
        Dependency(0, 2, QUBIT_DEP, [1]),
        Dependency(2, 4, QUBIT_DEP, [1]),
    ]
    assert causality.cone(bell, 2, 1, "future").event_ids == [2, 3, 4, 5]
    assert causality.cone(bell, 2, 0, "past").event_ids == []
    assert causality.cone(bell, 2, 5, "future").event_ids == []


def test_a_measurement_influences_the_gate_whose_condition_reads_its_bit(run: Run) -> None:
    record = _record(run, TELEPORT_ONE_BIT)
    past = causality.cone(record, 3, 4, "past")
    assert past.event_ids == [0, 1, 3]
    assert Dependency(3, 4, CLASSICAL_DEP, classical_bits=[0]) in past.dependencies
    assert causality.cone(record, 3, 1, "future").event_ids == [3, 4, 5]
    assert causality.cone(record, 3, 2, "future").event_ids == [5]


def test_a_measurement_that_may_not_happen_does_not_hide_the_one_before_it(run: Run) -> None:
    record = _record(run, BRANCHES)
    assert [event["event_type"] for event in record[1:5]] == ["MEASUREMENT"] * 3 + ["GATE"]
    past = causality.cone(record, 3, 4, "past")
    assert past.event_ids == [0, 1, 2, 3]
    assert Dependency(2, 3, CLASSICAL_DEP, classical_bits=[1]) in past.dependencies


def test_a_bit_that_is_measured_again_carries_only_the_second_outcome(run: Run) -> None:
    record = _record(run, REUSED_BIT + "if (c[0]) { y q[2]; }\n")
    assert record[4]["gate_name"] == "Y"
    assert causality.cone(record, 3, 4, "past").event_ids == [0, 3]


def test_an_event_of_a_loop_influences_those_before_it_in_the_next_iteration(run: Run) -> None:
    """Without the X, which follows the CX, the last measurement is always 0."""
    loop = "while (c) {{ cx q[1], q[2]; {} h q[0]; c = measure q[0]; }} d = measure q[2]; y q[1];"
    program = QASM3 + "qubit[3] q; bit c; bit d; h q[0]; c = measure q[0];" + loop
    assert {key[0] for key in run(program=program.format("x q[1];"))["counts"]} == {"0", "1"}
    assert {key[0] for key in run(program=program.format(""))["counts"]} == {"0"}
    record = _record(run, program.format("x q[1];"))
    assert [event.get("loops") for event in record] == [*[None] * 3, *[[3]] * 4, *[None] * 3]
    assert causality.cone(record, 3, 7, "past").event_ids == [0, 1, 2, 3, 4, 5, 6]
    assert causality.cone(record, 3, 4, "past").event_ids == [0, 1, 2, 3, 5, 6]
    assert causality.cone(record, 3, 4, "future").event_ids == [3, 5, 6, 7, 8, 9]


def test_each_loop_around_an_event_is_named_by_its_first_event(run: Run) -> None:
    inner = "while (d) { y q[1]; d = measure q[1]; }"
    program = QASM3 + (
        f"qubit[2] q; bit c; bit d; while (!c) {{ h q[0]; {inner} c = measure q[0]; }} "
        f"while (d) {{ d = 0; }} {inner} z q[0];"
    )
    loops = [event.get("loops") for event in _record(run, program)]
    assert loops == [None, [1], [1, 2], [1, 2], [1], [5], [5], None, None]


@pytest.mark.parametrize(
    ("steps", "measurements"),
    [
        ("c = e; if (c) { x q[2]; }", [3]),
        ("c = e; c = c ^ d; if (c) { x q[2]; }", [3, 4]),
        ("c = e; e = measure q[2]; if (c) { x q[2]; }", [3]),
        ("c = e; c = d; if (c) { x q[2]; }", [4]),
        ("if (d) { c = e; } if (c) { x q[2]; }", [3, 4]),
        ("for int i in [0:1] { e = measure q[1]; c ^= e; } if (c) { x q[2]; }", [5, 6]),
        ("uint[2] v = 0; v[0] = e; v += uint[1](d); if (v == 2) { x q[2]; }", [3, 4]),
    ],
)
def test_a_measurement_influences_a_condition_through_assignments(
    run: Run, steps: str, measurements: list[int]
) -> None:
    """Also if its bit was measured again before the condition."""
    head = f"{QASM3} qubit[3] q; bit c; bit d; bit e; h q[0]; h q[1]; e = measure q[0]; d = measure q[1]; "
    record = _record(run, head + steps)
    [gate] = [event for event in record if event.get("gate_name") == "X"]
    past = causality.cone(record, 3, gate["event_id"], "past")
    into = [each.source for each in past.dependencies if each.target == gate["event_id"]]
    read = [source for source in into if record[source]["event_type"] == "MEASUREMENT"]
    assert [source for source in read if record[source]["qubits"] != [2]] == measurements
    assert gate["condition"]["measurements"] == measurements


def test_the_dependencies_without_start_end_and_bits_are_those_of_the_event_graph(run: Run) -> None:
    record = _record(run, DYNAMIC)
    last = len(record) - 1
    found = [
        (each.source, each.target, each.relation, each.qubits)
        for each in causality.dependencies(record, 2)
        if each.relation == QUBIT_DEP and each.source != 0 and each.target != last
    ]
    assert sorted(found) == sorted(edge for edge in edges(record) if edge[2] == QUBIT_DEP)


@given(records())
def test_the_past_of_the_end_and_the_future_of_the_start_are_everything_else(record: list[Event]) -> None:
    last = len(record) - 1
    assert causality.cone(record, NUM_QUBITS, last, "past").event_ids == list(range(last))
    assert causality.cone(record, NUM_QUBITS, 0, "future").event_ids == list(range(1, last + 1))


@given(records())
def test_an_event_is_in_the_past_of_those_that_are_in_its_future(record: list[Event]) -> None:
    pasts = [set(causality.cone(record, NUM_QUBITS, each, "past").event_ids) for each in range(len(record))]
    futures = [
        set(causality.cone(record, NUM_QUBITS, each, "future").event_ids) for each in range(len(record))
    ]
    for earlier, later in combinations(range(len(record)), 2):
        assert (earlier in pasts[later]) == (later in futures[earlier])
        assert later not in pasts[earlier]


def test_the_critical_path_of_bell(run: Run) -> None:
    bell = msgspec.json.decode(run(circuit="bell")["events"], type=list[Event])
    found = causality.schedule(bell, 2)
    assert (found.depth, found.layers, found.path) == (3, [0, 1, 2, 3, 3, 3], [0, 1, 2, 3, 5])
    assert found.qubits == [QubitTime(0, busy=3, idle=0, waiting=0), QubitTime(1, busy=2, idle=1, waiting=0)]


def test_a_qubit_waits_between_its_operations_and_is_idle_beside_them(run: Run) -> None:
    program = (
        QASM2 + "qreg q[3]; creg c[1]; h q[1]; x q[0]; x q[0]; x q[0]; cx q[0],q[1]; measure q[1] -> c[0];"
    )
    found = causality.schedule(_record(run, program), 3)
    assert found.depth == 5
    assert found.qubits == [
        QubitTime(0, busy=4, idle=1, waiting=0),
        QubitTime(1, busy=3, idle=2, waiting=2),
        QubitTime(2, busy=0, idle=5, waiting=0),
    ]


def test_a_barrier_orders_its_qubits_and_takes_no_layer(run: Run) -> None:
    program = QASM2 + "qreg q[2]; creg c[1]; x q[0]; x q[0]; barrier q; x q[1]; measure q[1] -> c[0];"
    found = causality.schedule(_record(run, program), 2)
    assert (found.depth, found.path) == (4, [0, 1, 2, 3, 4, 5, 6])
    assert found.layers == [0, 1, 2, 2, 3, 4, 4]


def test_a_bit_is_not_measured_again_before_its_condition_was_read(run: Run) -> None:
    found = causality.schedule(_record(run, REUSED_BIT), 3)
    assert found.layers == [0, 1, 2, 3, 3]
    assert found.path == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(20))
def test_the_depth_is_qiskits_where_there_are_no_conditions(seed: int) -> None:
    circuit = random_circuit(5, 8, max_operands=3, measure=True, reset=True, seed=seed)
    drawn = random.Random(seed)
    longer = QuantumCircuit(5, 5)
    for instruction in circuit.data:
        indices = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        longer.append(instruction.operation, indices, [circuit.find_bit(b).index for b in instruction.clbits])
        if drawn.random() < 0.2:
            longer.barrier(drawn.sample(range(5), 3))
    found = causality.schedule(events.extract(longer), 5)
    assert found.depth == longer.depth()


@given(records())
def test_the_path_climbs_from_layer_to_layer_and_a_qubit_does_one_thing_at_a_time(
    record: list[Event],
) -> None:
    found = causality.schedule(record, NUM_QUBITS)
    timed = [each for each in found.path if record[each]["event_type"] not in causality.TIMELESS]
    assert [found.layers[each] for each in timed] == list(range(1, found.depth + 1))
    assert (found.path[0], found.path[-1]) == (0, len(record) - 1)
    for qubit in range(NUM_QUBITS):
        busy = [
            layer
            for event, layer in zip(record, found.layers, strict=True)
            if qubit in event.get("qubits", ()) and event["event_type"] not in causality.TIMELESS
        ]
        assert len(set(busy)) == len(busy) == found.qubits[qubit].busy
        assert found.qubits[qubit].idle == found.depth - len(busy)


@given(records())
def test_no_event_is_scheduled_before_what_it_depends_on(record: list[Event]) -> None:
    layers = causality.schedule(record, NUM_QUBITS).layers
    for each in causality.dependencies(record, NUM_QUBITS):
        takes_time = record[each.target]["event_type"] not in causality.TIMELESS
        assert layers[each.target] >= layers[each.source] + takes_time
