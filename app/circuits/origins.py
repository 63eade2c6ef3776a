"""Where the operations of a circuit come from in the program, and under which conditions they stand.

A circuit of the OpenQASM 3 front end has a list of these in its metadata, one for each instruction. So have
the blocks of its control flow.
"""

from dataclasses import dataclass
from typing import NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import Clbit

ORIGINS = "origins"


class CallSite(NamedTuple):
    """A call of a subroutine: its name, and where the call stands (counted from 1)."""

    name: str
    line: int
    column: int


class BitTerm(NamedTuple):
    """A comparison of classical bits (the least significant first) with a number."""

    bits: tuple[Clbit, ...]
    value: int
    equal: bool


@dataclass(frozen=True, slots=True)
class BlockCondition:
    """The condition of a block: its text, the bits that it reads, and its terms if it is a list of those."""

    text: str
    reads: tuple[Clbit, ...]
    terms: tuple[BitTerm, ...] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a statement (counted from 1), the calls that lead to it (the outermost first).

    Instructions of control flow have a condition for each of their blocks.
    """

    line: int
    column: int
    call: tuple[CallSite, ...] = ()
    conditions: tuple[BlockCondition, ...] = ()


def origins_of(circuit: QuantumCircuit) -> list[Origin]:
    """Return the origins of a circuit's instructions; an empty list where the front end made none."""
    found: list[Origin] = (circuit.metadata or {}).get(ORIGINS, [])
    return found
