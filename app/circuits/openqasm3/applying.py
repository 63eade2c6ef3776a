"""Applies gates to qubits: broadcasting, and measured angles as gates under conditions."""

from openqasm3 import ast
from qiskit.circuit import Clbit, Qubit

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.errors import refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.gates import Call, Gates, check_operands, is_rotation
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.operands import Operands, Qubits
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import Linear
from app.circuits.origins import BitTerm, BlockCondition


class Applying:
    """Applies the gates of statements."""

    def __init__(self, state: State, evaluator: Evaluator, operands: Operands, gates: Gates) -> None:
        self._state, self._evaluator, self._operands, self._gates = state, evaluator, operands, gates

    def gate(self, node: ast.QuantumGate | ast.QuantumPhase) -> None:
        """Append the gates that a statement stands for."""
        if isinstance(node, ast.QuantumGate) and node.duration is not None:
            raise refuse(node.duration, "a gate takes no duration here: gates have no length")
        call = self._gates.call_of(node)
        rows = self._rows(node, call)
        if any(isinstance(each, Linear) for each in call.parameters):
            self._measured_angle(node, call, rows)
        else:
            self._append(call, call.parameters, rows)  # type: ignore[arg-type]

    def _append(self, call: Call, parameters: tuple[float, ...], rows: list[list[Qubit]]) -> None:
        built = self._gates.build(call.symbol, parameters, call.modifiers)
        builder = self._state.builder
        if not self._state.depth:
            builder.global_phase += built.phase * len(rows)
        if call.num_qubits == 0:
            if not self._state.depth:
                builder.global_phase += built.gate.params[0] * len(rows)
            return
        for row in rows:
            builder.append(built.gate, row)

    def _rows(self, node: ast.QuantumGate | ast.QuantumPhase, call: Call) -> list[list[Qubit]]:
        """Return the operands of each gate: broadcasting goes through all registers together."""
        found = [self._operands.qubits(each) for each in node.qubits]
        if len(found) != call.num_qubits:
            check_operands(node, call, range(len(found)))
        sizes = {len(each.qubits) for each in found if not each.is_single}
        if len(sizes) > 1:
            first, second = sorted(sizes)[:2]
            raise refuse(
                node,
                f"{call.symbol.name} needs registers of one size, and not of the sizes {first} and {second}",
            )
        number = sizes.pop() if sizes else 1
        rows = [[_at(each, place) for each in found] for place in range(number)]
        for row in rows:
            check_operands(node, call, row)
        return rows

    def _measured_angle(
        self, node: ast.QuantumGate | ast.QuantumPhase, call: Call, rows: list[list[Qubit]]
    ) -> None:
        """Append the gate for the known part of the angle, then a conditional gate for each measured bit."""
        if not is_rotation(call):
            raise refuse(
                node,
                f"the angle of '{call.symbol.name}' depends on a measurement, which only rotations of one "
                "angle can have (rx, ry, rz, p, cp, gphase and the like): write an 'if' for each value",
            )
        if any(item.name == "pow" and item.argument != int(item.argument) for item in call.modifiers):
            raise refuse(node, "a power that is no integer needs an angle that depends on no measurement")
        (angle,) = (each for each in call.parameters if isinstance(each, Linear))
        if angle.constant:
            self._append(call, (angle.constant,), rows)
        if call.num_qubits == 0:
            return  # a global phase under a condition cannot be observed
        for bit, weight in angle.terms:
            self._state.builder.open()
            self._append(call, (weight,), rows)
            block = self._state.builder.close()
            self._state.builder.branch(bit, [block], [condition_of(bit)])


def condition_of(bit: Bit) -> BlockCondition:
    """Return the condition that a bit is 1."""
    if isinstance(bit, Clbit):
        return BlockCondition("", (bit,), (BitTerm((bit,), 1, True),))
    return BlockCondition("a bit of the angle == 1", tuple(logic.reads_of(bit)))


def _at(operand: Qubits, place: int) -> Qubit:
    return operand.qubits[0 if operand.is_single else place]
