"""Collects the instructions of a program, and builds the circuit.

The circuit is flat: its only control flow is ``if_else`` and ``while_loop``, whose blocks use the bits of the
circuit. Classical bits that the program declares come first, in its order. Hidden ones hold values of other
variables; they come last, in a register called :data:`HIDDEN`.
"""

from collections.abc import Iterable, Sequence

from qiskit import QuantumCircuit
from qiskit.circuit import (
    CircuitInstruction,
    ClassicalRegister,
    Clbit,
    IfElseOp,
    Measure,
    Operation,
    QuantumRegister,
    Qubit,
    Store,
    WhileLoopOp,
)
from qiskit.circuit.classical import expr

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.logic import Bit, Logic
from app.circuits.operations import HIDDEN, OperationCount, stored_bits
from app.circuits.origins import ORIGINS, BlockCondition, CallSite, Origin
from app.circuits.spec import RunLimits
from app.errors import LimitExceededError

MAX_HIDDEN_BITS = 4_096
"""The most hidden bits. Each one takes Aer one byte for each shot that runs at the same time."""
_LONGEST_EXPRESSION = 24
"""The most operators in an expression that is used directly; a longer one is stored in a bit first."""
_MEASURE = Measure()


class Block:
    """Instructions, and the origin of each."""

    def __init__(self) -> None:
        self.instructions: list[CircuitInstruction] = []
        self.origins: list[Origin] = []


class Builder:
    """Appends to the innermost open block; the outermost one becomes the circuit."""

    def __init__(self, limits: RunLimits, count: OperationCount) -> None:
        self._limits, self._count = limits, count
        self._blocks = [Block()]
        self._qubits: list[Qubit] = []
        self._quantum_registers: list[QuantumRegister] = []
        self._bits: list[Clbit] = []
        self._registers: list[ClassicalRegister] = []
        self._hidden: dict[Clbit, None] = {}
        self._whole: dict[tuple[Clbit, ...], ClassicalRegister] = {}
        self.known: dict[Clbit, bool] = {}
        self.global_phase = 0.0
        self.place = (1, 1)
        self.calls: tuple[CallSite, ...] = ()

    @property
    def qubits(self) -> Sequence[Qubit]:
        """The qubits that are declared so far."""
        return self._qubits

    def add_qubits(self, name: str, size: int, limit: str) -> list[Qubit]:
        """Declare qubits.

        Raises:
            LimitExceededError: there are more than the limit of this name.
        """
        self._limits.check(limit, len(self._qubits) + size, "the program has {} qubits")
        register = QuantumRegister(size, name)
        self._quantum_registers.append(register)
        self._qubits += list(register)
        return list(register)

    def add_bits(self, name: str, size: int | None) -> list[Clbit]:
        """Declare bits that the counts show; without a size it is a single bit, in no register."""
        number = len(self._bits) + (1 if size is None else size)
        self._limits.check("max_clbits", number, "the program has {} classical bits")
        if size is None:
            bits = [Clbit()]
        else:
            register = ClassicalRegister(size, name)
            bits = list(register)
            self._registers.append(register)
            self._whole[tuple(bits)] = register
        self._bits += bits
        return bits

    def hidden_bit(self) -> Clbit:
        """Return a new bit that the counts do not show."""
        if len(self._hidden) >= MAX_HIDDEN_BITS:
            raise LimitExceededError(
                f"the program keeps more than {MAX_HIDDEN_BITS} measured bits in variables", "max_clbits"
            )
        bit = Clbit()
        self._hidden[bit] = None
        return bit

    def append(self, operation: Operation, qubits: Sequence[Qubit], clbits: Sequence[Clbit] = ()) -> None:
        """Append an operation, and count it.

        Raises:
            LimitExceededError: the operation limit.
        """
        instruction = CircuitInstruction(operation, qubits, clbits)
        self._count.add((instruction,))
        self._append(instruction, ())

    def measure(self, qubit: Qubit, bit: Clbit) -> None:
        """Measure a qubit into a bit."""
        self.known.pop(bit, None)
        self.append(_MEASURE, (qubit,), (bit,))

    def store(self, bit: Clbit, value: Bit) -> None:
        """Assign a value to a bit."""
        if value is bit:
            return
        if isinstance(value, bool):
            self.known[bit] = value
        else:
            self.known.pop(bit, None)
        self.append(Store(expr.lift(bit), logic.expression_of(value)), ())

    def settle(self, bit: Bit) -> Bit:
        """Return a bit with the same value: a hidden bit in place of a long expression."""
        if not isinstance(bit, Logic) or bit.size <= _LONGEST_EXPRESSION:
            return bit
        return self.copied(bit)

    def copied(self, bit: Bit) -> Bit:
        """Return a bit with the present value, which later instructions do not change."""
        if isinstance(bit, bool):
            return bit
        hidden = self.hidden_bit()
        self.store(hidden, bit)
        return hidden

    def fixed(self, bit: Bit) -> Clbit:
        """Return a new hidden bit with the present value; a known value becomes a bit too."""
        hidden = self.hidden_bit()
        self.store(hidden, bit)
        self.known.pop(hidden, None)
        return hidden

    def is_lasting(self, bit: Bit) -> bool:
        """Return whether a bit keeps its value, since no statement of the program can change it."""
        return logic.reads_of(bit) <= self._hidden.keys()

    def open(self) -> None:
        """Begin a block of control flow."""
        self._blocks.append(Block())

    def reopen(self, block: Block) -> None:
        """Append to a closed block again."""
        self._blocks.append(block)

    def close(self) -> Block:
        """End the innermost block and return it."""
        return self._blocks.pop()

    @property
    def position(self) -> tuple[Block, int]:
        """The innermost block and the number of its instructions."""
        block = self._blocks[-1]
        return block, len(block.instructions)

    def insert_reset(self, position: tuple[Block, int], bit: Clbit) -> None:
        """Set a hidden bit to 0 at an earlier position."""
        block, index = position
        store = CircuitInstruction(Store(expr.lift(bit), expr.lift(False)), (), ())
        block.instructions.insert(index, store)
        block.origins.insert(index, Origin(*self.place, self.calls))

    def branch(self, condition: Bit, blocks: Sequence[Block], texts: Sequence[BlockCondition]) -> None:
        """Append an ``if`` with one or two blocks."""
        if not any(block.instructions for block in blocks):
            return
        shown = list(texts[: len(blocks)])
        if len(blocks) == 2 and not blocks[1].instructions:
            blocks = blocks[:1]
        reads = texts[0].reads
        qubits, clbits = self._operands(blocks, reads)
        circuits = [self._circuit(block, qubits, clbits) for block in blocks]
        operation = IfElseOp(self._condition(condition, texts[0]), *circuits)
        self._append(CircuitInstruction(operation, qubits, clbits), tuple(shown))

    def loop(self, condition: Bit, block: Block, text: BlockCondition) -> None:
        """Append a ``while`` with its body."""
        qubits, clbits = self._operands([block], text.reads)
        operation = WhileLoopOp(self._condition(condition, text), self._circuit(block, qubits, clbits))
        self._append(CircuitInstruction(operation, qubits, clbits), (text,))

    def finish(self) -> QuantumCircuit:
        """Return the circuit."""
        circuit = QuantumCircuit(global_phase=self.global_phase)
        for quantum in self._quantum_registers:
            circuit.add_register(quantum)
        circuit.add_bits(self._bits)
        for register in self._registers:
            circuit.add_register(register)
        if self._hidden:
            circuit.add_bits(list(self._hidden))
            circuit.add_register(ClassicalRegister(name=HIDDEN, bits=list(self._hidden)))
        return self._filled(circuit, self._blocks[0])

    def _append(self, instruction: CircuitInstruction, conditions: tuple[BlockCondition, ...]) -> None:
        block = self._blocks[-1]
        block.instructions.append(instruction)
        block.origins.append(Origin(*self.place, self.calls, conditions))

    def _operands(self, blocks: Iterable[Block], reads: Iterable[Clbit]) -> tuple[list[Qubit], list[Clbit]]:
        """Return the bits of blocks and of their condition, in a fixed order; at least one qubit."""
        qubits: dict[Qubit, None] = {}
        clbits: dict[Clbit, None] = dict.fromkeys(reads)
        for block in blocks:
            for instruction in block.instructions:
                qubits.update(dict.fromkeys(instruction.qubits))
                clbits.update(dict.fromkeys(instruction.clbits))
                if instruction.name == "store":
                    clbits.update(dict.fromkeys(stored_bits(instruction)))
        return list(qubits) or list(self._qubits[:1]), list(clbits)

    def _condition(
        self, condition: Bit, text: BlockCondition
    ) -> expr.Expr | tuple[Clbit | ClassicalRegister, int]:
        """Return the form that Qiskit compares fastest: a bit or a register with a number."""
        if text.terms is not None and len(text.terms) == 1 and text.terms[0].equal:
            term = text.terms[0]
            if len(term.bits) == 1:
                return term.bits[0], term.value
            register = self._whole.get(term.bits)
            if register is not None:
                return register, term.value
        return logic.expression_of(condition)

    def _circuit(self, block: Block, qubits: Sequence[Qubit], clbits: Sequence[Clbit]) -> QuantumCircuit:
        return self._filled(QuantumCircuit(list(qubits), list(clbits)), block)

    def _filled(self, circuit: QuantumCircuit, block: Block) -> QuantumCircuit:
        for instruction in block.instructions:
            circuit._append(instruction)
        circuit.metadata = {ORIGINS: block.origins}
        return circuit
