"""Transpiles the circuit of a sweep, and gives Aer the values of its bindings.

Usually one circuit with parameters is transpiled for all bindings (Aer's ``parameter_binds``). A binding of 8
qubits then takes 2 ms; parsing and transpiling it would take 100 ms. Under noise, a gate that is replaced by
its matrix cannot have parameters; then the circuit is bound and transpiled for each binding.
"""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Parameter, ParameterExpression
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from app.circuits import aer
from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import gates_of, repeats, rewrites_bits
from app.circuits.operations import CONTROL_FLOW, STORE, FiniteCheck, all_instructions, rewritten
from app.circuits.spec import Method, NoiseSpec
from app.circuits.sweeps.template import KEPT_TEMPLATES, Template
from app.errors import InvalidInputError, InvalidProgramError

Numbers = NDArray[np.float64]
"""The values of some bindings, of shape (bindings, inputs)."""

Columns = dict[str, NDArray[np.float64]]
"""The values of each input, one for each binding."""


BOUND_BY_AER = frozenset({"rx", "ry", "rz", "p", "u", "u1", "u2", "u3", "r", "rxx", "ryy", "rzz", "rzx"})
"""The gates to which Aer gives the values of their parameters. Controlled gates (crz, cp, cu, mcp, …) are run
with wrong angles by ``parameter_binds`` of Aer 0.18.2 (measured)."""


class Bound(NamedTuple):
    """The circuits of some bindings, ready to be run.

    With ``binds`` there is one circuit, and ``binds`` has the list of values of each parameter. Without
    ``binds`` there is one circuit for each binding.
    """

    circuits: Sequence[QuantumCircuit]
    binds: dict[Parameter, list[float]] | None
    model: NoiseModel | None
    runs_whole: bool
    """Whether Aer must not remove operations from the circuits (``truncates`` in ``aer.run_under``)."""


class _Compiled(NamedTuple):
    """A transpiled circuit whose angles are plain parameters, and the expression of each parameter."""

    circuit: QuantumCircuit
    angles: dict[Parameter, ParameterExpression]


def bind(
    template: Template, numbers: Numbers, inputs: Sequence[str], noise: NoiseSpec | None, method: Method
) -> Bound:
    """Return the circuits of some bindings.

    Raises:
        InvalidInputError: an angle has no finite value with a binding.
    """
    columns = {name: numbers[:, place] for place, name in enumerate(inputs)}
    count = len(numbers)
    noise_key = None if noise is None else msgspec.json.encode(noise)
    compiled = _compiled(template, noise_key, method)
    if compiled is None:
        circuits = [
            aer.transpile(_assigned(template.circuit, columns, index), noise, method)
            for index in range(count)
        ]
        return _bound(circuits, None, noise)
    if not compiled.angles:
        return _bound([compiled.circuit] * count, None, noise)
    binds = {
        parameter: _values(expression, columns, count) for parameter, expression in compiled.angles.items()
    }
    return _bound([compiled.circuit], binds, noise)


def _bound(
    circuits: list[QuantumCircuit], binds: dict[Parameter, list[float]] | None, noise: NoiseSpec | None
) -> Bound:
    different = {id(circuit): circuit for circuit in circuits}.values()
    model = None
    if noise is not None:
        gates = frozenset().union(*(gates_of(circuit) for circuit in different))
        model = noise_model(noise, gates, repeats=any(map(repeats, different)))
    runs_whole = any(
        any(instruction.name in (*CONTROL_FLOW, STORE) for instruction in circuit.data)
        or (model is not None and rewrites_bits(circuit))
        for circuit in different
    )
    return Bound(circuits, binds, model, runs_whole)


@lru_cache(maxsize=2 * KEPT_TEMPLATES)
def _compiled_once(template: "_ById", noise_key: bytes | None, method: Method) -> _Compiled | None:
    circuit = template.template.circuit
    noise = None if noise_key is None else msgspec.json.decode(noise_key, type=NoiseSpec)
    if noise is not None and not _keeps_parameters(circuit, method):
        return None
    if noise is None:
        circuit = rewritten(circuit, _opened)
    angles: dict[ParameterExpression, Parameter] = {}
    named = partial(_with_plain_parameters, angles=angles)
    plain = rewritten(aer.transpile(circuit, noise, method), named)
    plain.global_phase = 0  # it changes no outcome
    return _Compiled(plain, {parameter: expression for expression, parameter in angles.items()})


class _ById:
    """A template as a key of a cache: it is compared by identity, since comparing circuits takes long."""

    def __init__(self, template: Template) -> None:
        self.template = template

    def __hash__(self) -> int:
        return id(self.template)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.template is self.template


def _compiled(template: Template, noise_key: bytes | None, method: Method) -> _Compiled | None:
    return _compiled_once(_ById(template), noise_key, method)


def _keeps_parameters(circuit: QuantumCircuit, method: Method) -> bool:
    """Return whether no gate with parameters is replaced under noise, and Aer binds all of them."""
    return all(
        instruction.is_standard_gate()
        and len(instruction.qubits) <= 2
        and instruction.name in BOUND_BY_AER
        and instruction.name in _native_names(method)
        for instruction in all_instructions(circuit)
        if _has_parameters(instruction)
    )


def _opened(instruction: CircuitInstruction) -> Iterator[CircuitInstruction]:
    """Open a gate with parameters that Aer cannot bind to its definition, up to the global phase."""
    if not _has_parameters(instruction) or instruction.name in BOUND_BY_AER:
        yield instruction
        return
    definition = instruction.operation.definition
    qubit_of = dict(zip(definition.qubits, instruction.qubits, strict=True))
    for inner in rewritten(definition, _opened).data:
        yield inner.replace(qubits=[qubit_of[qubit] for qubit in inner.qubits])


def _has_parameters(instruction: CircuitInstruction) -> bool:
    return any(_is_open(value) for value in instruction.params)


def _is_open(value: Any) -> bool:
    return isinstance(value, ParameterExpression) and bool(value.parameters)


@cache
def _native_names(method: Method) -> frozenset[str]:
    return frozenset(AerSimulator(method=method).target.operation_names)


def _with_plain_parameters(
    instruction: CircuitInstruction, angles: dict[ParameterExpression, Parameter]
) -> Iterator[CircuitInstruction]:
    """Replace each expression of parameters by one new parameter, and note it in ``angles``."""
    operation = instruction.operation
    if _has_parameters(instruction):
        operation = operation.to_mutable()
        operation.params = [
            angles.setdefault(value, Parameter(f"angle {len(angles)}")) if _is_open(value) else value
            for value in operation.params
        ]
    yield CircuitInstruction(operation, instruction.qubits, instruction.clbits)


def _values(expression: ParameterExpression, columns: Columns, count: int) -> list[float]:
    if isinstance(expression, Parameter):
        return [float(value) for value in columns[expression.name]]
    return [_value(expression, columns, index) for index in range(count)]


def _value(expression: ParameterExpression, columns: Columns, index: int) -> float:
    values = {each: float(columns[each.name][index]) for each in expression.parameters}
    try:
        value = float(expression.bind(values))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise _not_finite(values) from error
    if not np.isfinite(value):
        raise _not_finite(values)
    return value


def _assigned(circuit: QuantumCircuit, columns: Columns, index: int) -> QuantumCircuit:
    values = {each: float(columns[each.name][index]) for each in circuit.parameters}
    try:
        bound = circuit.assign_parameters(values)
        FiniteCheck().check(bound.data)
    except (ArithmeticError, InvalidProgramError) as error:
        raise _not_finite(values) from error
    return bound


def _not_finite(values: dict[Parameter, float]) -> InvalidInputError:
    given = ", ".join(f"{each.name} = {value:g}" for each, value in sorted(values.items(), key=str))
    return InvalidInputError(f"an angle of the program is not finite with {given}", ("body", "bindings"))
