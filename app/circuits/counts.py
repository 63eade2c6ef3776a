"""Counts from what Aer returns: keys in Qiskit's form, and the check that nothing is lost.

Qiskit's own ``get_counts`` leaves out classical bits outside registers and shows those of aliases twice,
so the keys are built here.
"""

from collections.abc import Mapping
from itertools import groupby

from qiskit import QuantumCircuit
from qiskit.circuit import Clbit

from app.errors import AppError


def counts_of(circuit: QuantumCircuit, by_value: Mapping[str, int], shots: int) -> dict[str, int]:
    """Counts by bit strings that hold each classical bit once.

    ``by_value`` has the outcomes as hexadecimal numbers, bit k being the circuit's classical bit k. In a key
    the last bit comes first, and a space stands between registers. A bit outside registers is a register
    of one; where there are no registers, there are no spaces.

    Raises:
        AppError: the counts do not add up to ``shots``, or an outcome has more bits than the circuit.
    """
    if sum(by_value.values()) != shots:
        raise AppError(f"the simulator's counts are incomplete: {sum(by_value.values())} of {shots} shots")
    sizes = _register_sizes(circuit)
    counts: dict[str, int] = {}
    for value, number in by_value.items():
        bits = format(int(value, 16), f"0{circuit.num_clbits}b")
        if len(bits) > circuit.num_clbits:
            raise AppError("the simulator's counts have bits that the circuit has not")
        counts[_spaced(bits, sizes)] = int(number)
    return counts


def _register_sizes(circuit: QuantumCircuit) -> list[int]:
    """The sizes of the parts of a key, first bits first; a bit of several registers belongs to the first."""
    owners: dict[Clbit, object] = {}
    for register in circuit.cregs:
        for bit in register:
            owners.setdefault(bit, register.name)
    if not owners:
        return [circuit.num_clbits]
    parts = groupby(circuit.clbits, key=lambda bit: owners.get(bit, bit))
    return [len(list(bits)) for _, bits in parts]


def _spaced(bits: str, sizes: list[int]) -> str:
    parts, end = [], len(bits)
    for size in sizes:
        parts.append(bits[end - size : end])
        end -= size
    return " ".join(reversed(parts))
