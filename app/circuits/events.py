"""The events of a circuit in the contract's form.

They follow from the circuit, not from what one shot did: both branches of an ``if`` give events, each with
its ``condition``. The circuit must be flat: loops unrolled and boxes opened (``program.flatten``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from qiskit.circuit import (
    CircuitInstruction,
    ClassicalRegister,
    Clbit,
    ControlledGate,
    IfElseOp,
    QuantumCircuit,
    Qubit,
)

from app.circuits.event_graph import (
    BARRIER,
    END,
    GATE,
    MEASUREMENT,
    RESET,
    START,
    Condition,
    ConditionTerm,
    Event,
)
from app.circuits.own_gates import shown_name

_TYPES = {"measure": MEASUREMENT, "reset": RESET, "barrier": BARRIER}


class _GateLabel(NamedTuple):
    """How a gate is shown; a control state of only ones is not."""

    name: str
    control_state: int | None


def extract(circuit: QuantumCircuit) -> list[Event]:
    """Return one event for each operation, in program order, between EXECUTION_START and EXECUTION_END.

    1. Standard gates have their Qiskit name in upper case, the program's own gates the name that it gives.
    2. Gates with parameters have ``parameters`` in radians; a DELAY has its duration and ``unit``.
    3. Gates that are controlled by a 0 have their ``control_state``.
    4. Operations under an ``if`` have their ``condition``.
    """
    extractor = _Extractor(
        {bit: index for index, bit in enumerate(circuit.qubits)},
        {bit: index for index, bit in enumerate(circuit.clbits)},
    )
    extractor.events.append({"event_id": 0, "event_type": START, "timestamp": 0})
    extractor.add(circuit.data, None)
    last = len(extractor.events)
    extractor.events.append({"event_id": last, "event_type": END, "timestamp": last})
    return extractor.events


class _Extractor:
    """Collects events; the blocks of an ``if`` use the bits of the circuit, as ``flatten`` leaves them."""

    def __init__(self, qubits: Mapping[Qubit, int], clbits: Mapping[Clbit, int]) -> None:
        self.events: list[Event] = []
        self._qubits, self._clbits = qubits, clbits
        self._labels: dict[str, _GateLabel] = {}

    def add(self, instructions: Iterable[CircuitInstruction], condition: Condition | None) -> None:
        """Append the events of some instructions; large circuits spend most of their time in this loop."""
        events, qubit_index = self.events, self._qubits
        for instruction in instructions:
            name = instruction.name
            if name == "if_else":
                self._branches(instruction.operation, condition)
                continue
            event_id = len(events)
            kind = _TYPES.get(name, GATE)
            event: Event = {"event_id": event_id, "event_type": kind, "timestamp": event_id}
            if kind is GATE:
                self._describe(event, instruction, name)
            event["qubits"] = [qubit_index[qubit] for qubit in instruction.qubits]
            if kind is MEASUREMENT:
                event["classical_bits"] = [self._clbits[bit] for bit in instruction.clbits]
                event["outcome"] = None
            if condition is not None:
                event["condition"] = condition
            events.append(event)

    def _describe(self, event: Event, instruction: CircuitInstruction, name: str) -> None:
        label = self._labels.get(name)
        if label is None:
            label = self._labels[name] = _label(instruction)
        event["gate_name"] = label.name
        if params := instruction.params:
            event["parameters"] = [float(value) for value in params]
        if label.control_state is not None:
            event["control_state"] = label.control_state
        if name == "delay":
            event["unit"] = instruction.operation.unit

    def _branches(self, operation: IfElseOp, outer: Condition | None) -> None:
        target, value = operation.condition
        text, bits = self._compared(target)
        for block, equal in zip(operation.blocks, (True, False), strict=False):
            term: ConditionTerm = {"classical_bits": bits, "value": int(value), "equal": equal}
            sentence = f"{text} {'==' if equal else '!='} {int(value)}"
            terms: Sequence[ConditionTerm] = (*outer["terms"], term) if outer else (term,)
            whole = f"{outer['text']} and {sentence}" if outer else sentence
            self.add(block.data, {"text": whole, "terms": list(terms)})

    def _compared(self, target: Clbit | ClassicalRegister) -> tuple[str, list[int]]:
        """Return what a condition compares: its text in the program, and the indices of the bits."""
        if isinstance(target, ClassicalRegister):
            return target.name, [self._clbits[bit] for bit in target]
        return f"bit {self._clbits[target]}", [self._clbits[target]]


def _label(instruction: CircuitInstruction) -> _GateLabel:
    operation = instruction.operation
    name, control_state = operation.name, None
    if isinstance(operation, ControlledGate):
        if operation.ctrl_state != 2**operation.num_ctrl_qubits - 1:
            control_state = operation.ctrl_state
            name = name.removesuffix(f"_o{control_state}")
    home = operation.base_class.__module__
    is_qiskits = home.startswith(("qiskit.circuit.library", "qiskit.circuit.delay"))
    return _GateLabel(name.upper() if is_qiskits else shown_name(name), control_state)
