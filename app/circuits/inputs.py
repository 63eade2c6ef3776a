"""Values for the ``input`` variables of a program that was loaded: the circuit's parameters."""

from collections.abc import Mapping

from qiskit import QuantumCircuit

from app.circuits.operations import FiniteCheck
from app.circuits.program_inputs import with_constants
from app.errors import InvalidProgramError


def with_inputs(
    circuit: QuantumCircuit, source: str, values: Mapping[str, float]
) -> tuple[QuantumCircuit, str]:
    """Return the circuit with its parameters bound by name, and the program that has the values as constants.

    Raises:
        InvalidProgramError: an input has no value, or an angle has none that is finite.
    """
    if missing := sorted({parameter.name for parameter in circuit.parameters} - values.keys()):
        names = f" ({', '.join(missing)})" if values else ""
        raise InvalidProgramError(f"the program's 'input' parameters{names} have no value")
    if not values:
        return circuit, source
    try:
        bound = circuit.assign_parameters({each: values[each.name] for each in circuit.parameters})
    except ZeroDivisionError as error:
        raise InvalidProgramError("with these inputs an angle of the program is not finite") from error
    FiniteCheck().check(bound.data)
    return bound, with_constants(source, values)
