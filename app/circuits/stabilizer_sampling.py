"""Draws the shots of stabilizer states of many qubits, without measuring the state for each shot.

Measured in the computational basis, a stabilizer state gives all outcomes of an affine space with the same
probability: the sums modulo 2 of one outcome and some of the rows in the X part of its stabilizers. Sources:
S. Aaronson, D. Gottesman, Phys. Rev. A 70 (2004) 052328; J. Dehaene, B. De Moor, Phys. Rev. A 68 (2003)
042318, section IV.

Aer measures each qubit of each shot: that takes 0.1 s a shot for 1,000 qubits.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Clifford

from app.circuits.spec import RunLimits

_WORD_BITS = 62  # of a drawn number, which is a signed one of 64 bits
_OUTCOMES_AT_ONCE = 4_096  # 16 MB of 32-bit floats for 1,000 bits

Words = NDArray[np.int64]


def sample(circuit: QuantumCircuit, outcome: int, shots: int, seed: int, limits: RunLimits) -> dict[str, int]:
    """Return how often each outcome was drawn; outcomes are hexadecimal numbers, as Aer writes them.

    Args:
        circuit: Clifford gates, then measurements; it has no conditions and no resets.
        outcome: one that the circuit can have; its bit k is the circuit's classical bit k.

    Raises:
        LimitExceededError: there are more than ``max_outcomes`` different outcomes.
    """
    rows = _independent(_differences(circuit))
    words = _draw(len(rows), shots, np.random.Generator(np.random.PCG64(seed)), limits)
    chosen, numbers = np.unique(words, axis=0, return_counts=True)
    limits.check("max_outcomes", len(chosen), "the run gave {} different outcomes")
    bits = np.array([_bits(row, circuit.num_clbits) for row in rows], dtype=np.float32)
    counts: dict[str, int] = {}
    for begin in range(0, len(chosen), _OUTCOMES_AT_ONCE):
        some = chosen[begin : begin + _OUTCOMES_AT_ONCE]
        for packed, number in zip(_sums(some, bits), numbers[begin:], strict=False):
            value = outcome ^ int.from_bytes(packed.tobytes(), "little")
            counts[hex(value)] = int(number)
    return counts


def _differences(circuit: QuantumCircuit) -> Iterable[int]:
    """Yield numbers of classical bits whose sums modulo 2 are all differences of two outcomes."""
    gates = QuantumCircuit(circuit.qubits)
    measured: dict[int, int] = {}
    for instruction in circuit.data:
        if instruction.name == "measure":
            clbit, qubit = instruction.clbits[0], instruction.qubits[0]
            measured[circuit.find_bit(clbit).index] = circuit.find_bit(qubit).index
        elif instruction.name not in ("barrier", "delay"):
            gates._append(instruction)
    columns = np.zeros((circuit.num_qubits, circuit.num_clbits), dtype=bool)
    columns[:, list(measured)] = Clifford(gates).stab_x[:, list(measured.values())]
    for row in np.packbits(columns, axis=1, bitorder="little"):
        yield int.from_bytes(row.tobytes(), "little")


def _independent(rows: Iterable[int]) -> list[int]:
    """Return rows that are linearly independent modulo 2 and have the same sums."""
    by_highest_bit: dict[int, int] = {}
    for row in rows:
        rest = row
        while rest and (known := by_highest_bit.get(rest.bit_length())):
            rest ^= known
        if rest:
            by_highest_bit[rest.bit_length()] = rest
    return list(by_highest_bit.values())


def _draw(num_rows: int, shots: int, generator: np.random.Generator, limits: RunLimits) -> Words:
    """Return for each shot which rows it adds, as bits of words.

    Raises:
        LimitExceededError: the first words alone differ more often than outcomes may.
    """
    words: list[NDArray[np.int64]] = []
    for begin in range(0, max(num_rows, 1), _WORD_BITS):
        words.append(generator.integers(0, 1 << min(num_rows - begin, _WORD_BITS), shots))
        if not begin:
            limits.check("max_outcomes", len(np.unique(words[0])), "the run gave {} different outcomes")
    return np.stack(words, axis=1)


def _sums(words: Words, rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the sum modulo 2 of the rows that each word names, eight bits in each number, lowest first."""
    places = np.arange(len(rows))
    named = words[:, places // _WORD_BITS] >> (places % _WORD_BITS) & 1
    sums = named.astype(np.float32) @ rows if len(rows) else np.zeros((len(words), 1), np.float32)
    return np.packbits(sums.astype(np.int64) & 1 == 1, axis=1, bitorder="little")


def _bits(number: int, count: int) -> NDArray[np.uint8]:
    packed = np.frombuffer(number.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(packed, bitorder="little", count=count)
