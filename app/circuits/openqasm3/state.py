"""The state that the parts of the front end share while they read a program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from openqasm3 import ast
from qiskit.circuit import ParameterExpression

from app.circuits.openqasm3.builder import Builder
from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.scope import Array, Scope, Subroutine, Variable
from app.circuits.openqasm3.types import Linear, Value
from app.circuits.spec import RunLimits
from app.errors import LimitExceededError

_STEPS_PER_OPERATION = 100
"""Expressions and statements that the front end may evaluate for each operation of the limit: 1 us each."""


class CallSubroutine(Protocol):
    """Inlines a call of a subroutine and returns its result."""

    def __call__(
        self, node: ast.QASMNode, name: str, symbol: Subroutine, arguments: list[ast.Expression]
    ) -> Value | None: ...


@dataclass
class State:
    """The state of reading one program.

    Attributes:
        logs: for each open block under a condition that depends on measurements, the variables that it
            assigned and the values that these had before.
        loops: how many loops that depend on measurements are open.
        call: inlines a subroutine; set by the interpreter.
    """

    builder: Builder
    limits: RunLimits
    qubit_limit: str
    inputs: Mapping[str, float | ParameterExpression]
    scope: Scope = field(default_factory=Scope)
    logs: list[dict[Variable, Value]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    steps: int = 0
    iterations: int = 0
    loops: int = 0
    call: CallSubroutine = field(init=False)
    measure: Callable[[ast.QuantumMeasurement], Value] = field(init=False)

    @property
    def depth(self) -> int:
        """How many blocks under conditions that depend on measurements are open."""
        return len(self.logs)

    def step(self) -> None:
        """Count one expression or statement.

        Raises:
            LimitExceededError: the program takes too long to read.
        """
        self.steps += 1
        if self.steps > self.limits.max_operations_qasm3 * _STEPS_PER_OPERATION:
            raise LimitExceededError(
                "the classical statements of the program take more than "
                f"{_STEPS_PER_OPERATION} steps for each operation of the limit max_operations_qasm3, "
                f"{self.limits.max_operations_qasm3}",
                "max_operations_qasm3",
            )

    def count_iteration(self) -> None:
        """Count one iteration of a loop; an empty loop counts too.

        Raises:
            LimitExceededError: the limit ``max_operations_qasm3``.
        """
        self.iterations += 1
        self.limits.check("max_operations_qasm3", self.iterations, "the program's loops have {} iterations")

    def assign(self, variable: Variable, value: Value) -> None:
        """Give a variable a value, which later statements see."""
        if self.logs and variable.depth < len(self.logs):
            self.logs[-1].setdefault(variable, variable.value)
        variable.value = value

    def assign_element(self, array: Array, place: int, value: Value) -> None:
        """Give an element of an array a value."""
        if array.is_readonly:
            raise Refusal("a 'readonly' array cannot be changed")
        if self.logs:
            raise Refusal("an array cannot be changed under a condition that depends on a measurement")
        array.values[place] = value

    def kept(self, value: Value) -> Value:
        """Return a value that later measurements do not change."""
        if isinstance(value.data, Linear):
            terms = tuple((self._kept_bit(bit), weight) for bit, weight in value.data.terms)
            return Value(value.type, Linear(value.data.constant, terms))
        if isinstance(value.data, tuple):
            return Value(value.type, tuple(map(self._kept_bit, value.data)))
        return value

    def _kept_bit(self, bit: Bit) -> Bit:
        return bit if self.builder.is_lasting(bit) else self.builder.copied(bit)
