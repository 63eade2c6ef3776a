"""The events of a circuit in the contract's form.

They follow from the circuit, not from what one shot did: both branches of an ``if`` give events, each with
its ``condition``. The circuit must be flat, as ``program.load`` makes it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from qiskit.circuit import (
    CircuitInstruction,
    ClassicalRegister,
    Clbit,
    ControlledGate,
    IfElseOp,
    ParameterExpression,
    QuantumCircuit,
    Qubit,
    WhileLoopOp,
)
from qiskit.circuit.classical import expr

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
    Source,
    SourceCall,
    bits_of_condition,
)
from app.circuits.measurements_behind import MeasurementsBehind
from app.circuits.operations import STORE, bits_read, stored_bits
from app.circuits.origins import BlockCondition, CallSite, Origin, origins_of
from app.circuits.own_gates import shown_name

_TYPES = {"measure": MEASUREMENT, "reset": RESET, "barrier": BARRIER}


class _GateLabel(NamedTuple):
    """How a gate is shown; a control state of only ones is not."""

    name: str
    control_state: int | None


def extract(circuit: QuantumCircuit) -> list[Event]:
    """Return one event for each operation, in program order, between EXECUTION_START and EXECUTION_END.

    1. Standard gates have their Qiskit name in upper case, the program's own gates the name that it gives.
    2. Gates with parameters have ``parameters`` in radians, if all have values; a DELAY has its duration and
       ``unit``.
    3. Gates that are controlled by a 0 have their ``control_state``.
    4. Operations under an ``if`` or in a ``while`` have their ``condition``. The body of a ``while`` has its
       events once, however often it runs; each has its ``loops``.
    5. Operations of an OpenQASM 3 program have the ``source`` of their statement.
    """
    extractor = _Extractor(
        {bit: index for index, bit in enumerate(circuit.qubits)},
        {bit: index for index, bit in enumerate(circuit.clbits)},
        {tuple(register): register.name for register in circuit.cregs},
    )
    extractor.events.append({"event_id": 0, "event_type": START, "timestamp": 0})
    extractor.add(circuit.data, None, origins_of(circuit))
    last = len(extractor.events)
    extractor.events.append({"event_id": last, "event_type": END, "timestamp": last})
    return extractor.events


class _Extractor:
    """Collects events; the blocks of an ``if`` use the bits of the circuit, as ``flatten`` leaves them."""

    def __init__(
        self,
        qubits: Mapping[Qubit, int],
        clbits: Mapping[Clbit, int],
        registers: Mapping[tuple[Clbit, ...], str],
    ) -> None:
        self.events: list[Event] = []
        self._qubits, self._clbits = qubits, clbits
        self._registers = registers
        self._sources: dict[tuple[int, int, tuple[CallSite, ...]], Source] = {}
        self._behind: dict[Clbit, set[int]] = {}
        self._measured = MeasurementsBehind()
        self._labels: dict[str, _GateLabel] = {}
        self._loops: list[int] = []

    def add(
        self,
        instructions: Iterable[CircuitInstruction],
        condition: Condition | None,
        origins: Sequence[Origin] = (),
    ) -> None:
        """Append the events of some instructions; large circuits spend most of their time in this loop."""
        events, qubit_index = self.events, self._qubits
        for instruction, origin in zip_longest(instructions, origins):
            name = instruction.name
            if name == STORE:
                self._stored(instruction, condition)
                continue
            if instruction.is_control_flow():
                self._branches(instruction.operation, condition, origin)
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
                self._measured.measure(event["classical_bits"], event_id, is_certain=condition is None)
            if condition is not None:
                event["condition"] = condition
            if self._loops:
                event["loops"] = self._loops
            if origin is not None:
                event["source"] = self._source(origin)
            events.append(event)

    def _source(self, origin: Origin) -> Source:
        """Return the place of a statement; events of one statement share it."""
        key = (origin.line, origin.column, origin.call)
        source = self._sources.get(key)
        if source is None:
            calls: list[SourceCall] = [
                {"name": site.name, "line": site.line, "column": site.column} for site in origin.call
            ]
            source = self._sources[key] = {"line": origin.line, "column": origin.column, "call": calls}
        return source

    def _describe(self, event: Event, instruction: CircuitInstruction, name: str) -> None:
        label = self._labels.get(name)
        if label is None:
            label = self._labels[name] = _label(instruction)
        event["gate_name"] = label.name
        if params := instruction.params:
            try:
                event["parameters"] = [float(value) for value in params]
            except TypeError:  # it depends on an input of a sweep
                if not any(isinstance(value, ParameterExpression) for value in params):
                    raise
        if label.control_state is not None:
            event["control_state"] = label.control_state
        if name == "delay":
            event["unit"] = instruction.operation.unit

    def _branches(
        self, operation: IfElseOp | WhileLoopOp, outer: Condition | None, origin: Origin | None
    ) -> None:
        conditions = [self._measured.named(each) for each in self._conditions_of(operation, origin)]
        around = self._loops
        if isinstance(operation, WhileLoopOp):
            self._loops = [*around, len(self.events)]
        for block, condition in zip(operation.blocks, conditions, strict=False):
            self.add(block.data, condition if outer is None else _joined(outer, condition), origins_of(block))
        self._loops = around

    def _conditions_of(self, operation: IfElseOp | WhileLoopOp, origin: Origin | None) -> Iterator[Condition]:
        if origin is not None and origin.conditions:
            yield from map(self._condition, origin.conditions)
            return
        if isinstance(operation.condition, expr.Expr):  # of a transpiled circuit, whose text is not known
            bits = self._read(bits_read(operation.condition))
            for holds in ("holds", "does not hold"):
                yield {"text": f"the condition on bits {bits} {holds}", "classical_bits": bits}
            return
        target, value = operation.condition
        name, bits = self._compared(target)
        for equal in (True, False):
            term: ConditionTerm = {"classical_bits": bits, "value": int(value), "equal": equal}
            yield {"text": f"{name} {'==' if equal else '!='} {int(value)}", "terms": [term]}

    def _condition(self, found: BlockCondition) -> Condition:
        bits = self._read(found.reads)
        if found.terms is None:
            return {"text": found.text, "classical_bits": bits}
        terms: list[ConditionTerm] = [
            {
                "classical_bits": [self._clbits[bit] for bit in term.bits],
                "value": term.value,
                "equal": term.equal,
            }
            for term in found.terms
        ]
        sentences = [
            f"{self._name_of(term.bits)} {'==' if term.equal else '!='} {term.value}" for term in found.terms
        ]
        return {"text": " and ".join(sentences), "terms": terms}

    def _name_of(self, bits: tuple[Clbit, ...]) -> str:
        register = self._registers.get(bits)
        if register is not None:
            return register
        indices = ", ".join(str(self._clbits[bit]) for bit in bits)
        return f"bit{'s' if len(bits) > 1 else ''} {indices}"

    def _read(self, bits: Iterable[Clbit]) -> list[int]:
        """Return the indices of the bits that decide, also through assignments to hidden ones."""
        return sorted({index for bit in bits for index in self._behind.get(bit, {self._clbits[bit]})})

    def _stored(self, instruction: CircuitInstruction, condition: Condition | None) -> None:
        """Remember what an assignment to a bit depends on; it is no event, since it acts on no qubit."""
        target = instruction.operation.lvalue.var
        found = set(self._read(stored_bits(instruction) - {target}))
        if condition is not None:
            found.update(bits_of_condition(condition))
            found |= self._behind.get(target, set())
        self._behind[target] = found | {self._clbits[target]}
        read = {self._clbits[bit] for bit in bits_read(instruction.operation.rvalue)}
        self._measured.assign(self._clbits[target], read, condition)

    def _compared(self, target: Clbit | ClassicalRegister) -> tuple[str, list[int]]:
        """Return the left side of a condition: its text in the program, and the indices of its bits."""
        if isinstance(target, ClassicalRegister):
            return target.name, [self._clbits[bit] for bit in target]
        return f"bit {self._clbits[target]}", [self._clbits[target]]


def _joined(outer: Condition, inner: Condition) -> Condition:
    """Return the condition that both hold: with terms if both have terms, otherwise with the bits read."""
    joined: Condition = {"text": f"{outer['text']} and {inner['text']}"}
    if "terms" in outer and "terms" in inner:
        joined["terms"] = [*outer["terms"], *inner["terms"]]
    else:
        joined["classical_bits"] = sorted({*bits_of_condition(outer), *bits_of_condition(inner)})
    if "measurements" in outer or "measurements" in inner:
        joined["measurements"] = sorted({*outer.get("measurements", ()), *inner.get("measurements", ())})
    return joined


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
