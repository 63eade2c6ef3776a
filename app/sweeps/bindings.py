"""Reads the bindings and the observables of a request; every number is checked before a job is stored."""

import math
import struct
from collections.abc import Mapping, Sequence
from itertools import chain, product
from typing import Any, NamedTuple

from app.circuits.program_inputs import inputs_of
from app.circuits.program_scan import scan
from app.circuits.spec import Language, RunLimits
from app.circuits.sweeps.problem import Observable
from app.errors import InvalidInputError

GRID = "grid"
PAULIS = frozenset("IXYZ")

HAS_NO_INPUTS = (
    "{}, so there is nothing to bind; send the program as OpenQASM 3 with a line such as "
    "'input float[64] theta;' for each name in bindings"
)


class Bindings(NamedTuple):
    """The numbers of all bindings: for each binding one for each input, as float64 in little-endian order."""

    inputs: tuple[str, ...]
    number: int
    packed: bytes


def read_bindings(given: Mapping[str, Any] | None, program: str | None, limits: RunLimits) -> Bindings:
    """Return the bindings, in the order in which the program declares its inputs.

    Raises:
        InvalidInputError: they do not fit the program's inputs, or a number is not finite.
        InvalidProgramError: an input is not of type float or angle.
        LimitExceededError: there are too many.
    """
    inputs = _inputs(given, program, limits)
    if not inputs:
        return Bindings((), 1, b"")
    given = given or {}
    nested = given.get(GRID)
    is_grid = isinstance(nested, dict)
    if is_grid and len(given) > 1:
        raise _wrong("beside grid there can be no other bindings")
    columns = _columns(nested if isinstance(nested, dict) else given, inputs)
    count = math.prod(map(len, columns)) if is_grid else _common_length(inputs, columns)
    limits.check("max_sweep_bindings", count, "{} bindings", ("body", "bindings"))
    limits.check("max_sweep_numbers", count * len(inputs), "{} numbers", ("body", "bindings"))
    rows = product(*columns) if is_grid else zip(*columns, strict=True)
    return Bindings(inputs, count, struct.pack(f"<{count * len(inputs)}d", *chain.from_iterable(rows)))


def numbers_of(packed: bytes) -> tuple[float, ...]:
    """Return the numbers of some bindings."""
    return struct.unpack(f"<{len(packed) // 8}d", packed)


def read_observables(
    given: Sequence[Observable] | None, bindings: int, limits: RunLimits
) -> tuple[Observable, ...]:
    """Return the observables; each term is in an observable only once.

    Raises:
        InvalidInputError: a term is no Pauli string, or a coefficient is not finite.
        LimitExceededError: there are too many.
    """
    if given is None:
        return ()
    place = ("body", "observables")
    if not given:
        raise InvalidInputError("observables is empty; leave it out for counts", place)
    limits.check("max_sweep_observables", len(given), "{} observables", place)
    limits.check("max_sweep_terms", sum(map(len, given)), "{} terms", place)
    limits.check("max_sweep_values", bindings * len(given), "{} values (bindings × observables)", place)
    length = len(next(iter(given[0]), ""))
    for number, observable in enumerate(given):
        if not observable:
            raise InvalidInputError("an observable needs a term, such as {'ZZ': 1.0}", (*place, number))
        for label, coefficient in observable.items():
            _check_term(label, coefficient, length, number)
    return tuple(given)


def _check_term(label: str, coefficient: float, length: int, number: int) -> None:
    place = ("body", "observables", number)
    if not label or not set(label) <= PAULIS:
        raise InvalidInputError(
            f"{label[:100]!r} is no Pauli string: it has one of I, X, Y, Z for each qubit", place
        )
    if len(label) != length:
        raise InvalidInputError(
            f"{label[:100]} has {len(label)} letters, and the first Pauli string {length}; "
            "each has one for each qubit",
            place,
        )
    if not math.isfinite(coefficient):
        raise InvalidInputError(f"the coefficient of {label[:100]} is not finite", place)


def _inputs(given: Mapping[str, Any] | None, program: str | None, limits: RunLimits) -> tuple[str, ...]:
    """Return the names of the program's inputs, which are those of the bindings."""
    if program is None:
        if given:
            raise _wrong(HAS_NO_INPUTS.format("circuits of the library have no inputs"))
        return ()
    if scan(program, limits).language is Language.OPENQASM_2:
        if given:
            raise _wrong(HAS_NO_INPUTS.format("OpenQASM 2 programs have no inputs"))
        return ()
    inputs = tuple(each.name for each in inputs_of(program))
    if given and not inputs:
        raise _wrong(HAS_NO_INPUTS.format("the program declares no inputs"))
    if inputs and not given:
        raise _wrong(f"the program has the inputs {', '.join(inputs)}; give bindings with their values")
    return inputs


def _columns(values: Mapping[str, Any], inputs: Sequence[str]) -> list[list[float]]:
    if unknown := [name for name in values if name not in inputs]:
        raise _wrong(f"the program has no input {unknown[0][:100]}; its inputs are {', '.join(inputs)}")
    if missing := [name for name in inputs if name not in values]:
        raise _wrong(f"the bindings lack the input {missing[0]}")
    for name in inputs:
        _check_column(name, values[name])
    return [values[name] for name in inputs]


def _check_column(name: str, column: Any) -> None:
    if not isinstance(column, list):
        raise _wrong(f"the values of {name} must be a list of numbers")
    if not column:
        raise _wrong(f"{name} has no values")
    for place, value in enumerate(column):
        if not math.isfinite(value):
            raise InvalidInputError("is not finite", ("body", "bindings", name, place))


def _common_length(inputs: Sequence[str], columns: Sequence[Sequence[float]]) -> int:
    for name, column in zip(inputs, columns, strict=True):
        if len(column) != len(columns[0]):
            raise _wrong(
                f"{name} has {len(column)} values and {inputs[0]} {len(columns[0])}; each needs as many, one "
                'for each binding ({"grid": {...}} combines all values)'
            )
    return len(columns[0])


def _wrong(message: str) -> InvalidInputError:
    return InvalidInputError(message, ("body", "bindings"))
