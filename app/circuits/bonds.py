"""Matrix product states: how large one may become, and circuits that keep its qubits in their order.

1. A cut divides the qubits into those before it and those after it. The bond dimension at a cut is at most
   2 to the smaller number of qubits on a side.
2. A gate whose operator Schmidt rank is r multiplies the bond dimension of each cut between its qubits by at
   most r. It is 2 for controlled gates and rotations about a pair of Paulis, and at most 4 for every other
   gate of two qubits.

Source: G. Vidal, Phys. Rev. Lett. 91 (2003) 147902; M. A. Nielsen et al., Phys. Rev. A 67 (2003) 052301 for
operator Schmidt ranks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Qubit
from qiskit.circuit.library import SwapGate

from app.circuits.methods import Bond

_RANK_2 = frozenset("cx cy cz cp csx ecr rxx ryy rzx rzz".split())
_MANY = 1_000
"""The assumed iterations of a loop that depends on measurements: every cut in it reaches its bound."""
_ROUTING = SwapGate(label="move")
"""Moves a qubit along the chain. Noise models know no gate of this label, so that it has no error."""

Places = Mapping[Qubit, int]


def estimate(circuit: QuantumCircuit) -> Bond:
    """Return bounds of the state of a flat circuit in gates of one and two qubits.

    The gates of all branches of a condition count.
    """
    sides = np.arange(1, circuit.num_qubits)
    sides = np.minimum(sides, sides[::-1])
    powers, bonds, work = np.zeros_like(sides), np.zeros_like(sides), 0.0
    places = {qubit: place for place, qubit in enumerate(circuit.qubits)}
    for low, high, power in _entangling(circuit.data, places):
        cuts = slice(low, high)
        powers[cuts] += power
        bonds[cuts] = np.minimum(powers[cuts], sides[cuts])
        work += float(np.exp2(3.0 * bonds[cuts]).sum())
    entries = float(np.exp2(2.0 * bonds).sum()) + circuit.num_qubits
    return Bond(int(bonds.max(initial=0)), work, entries)


def in_chain_order(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return the circuit with each gate between neighbours: one qubit moves to the other, and back after it.

    Aer moves qubits too, but leaves them in their new places. Then other cuts would hold, and their bond
    dimensions not those of :func:`estimate`. While a qubit moves, a bond dimension is at most twice that of a
    cut beside it.
    """
    places = {qubit: place for place, qubit in enumerate(circuit.qubits)}
    if all(high - low == 1 for low, high, _ in _entangling(circuit.data, places)):
        return circuit
    routed = circuit.copy_empty_like()
    _route(routed, circuit.data, circuit.qubits, places)
    return routed


def _entangling(instructions: Iterable[CircuitInstruction], places: Places) -> Iterator[tuple[int, int, int]]:
    """Yield the places of both qubits of each gate of two, the lower first, and its power of 2."""
    for instruction in instructions:
        if instruction.is_control_flow():
            iterations = _MANY if instruction.name == "while_loop" else 1
            for block in instruction.operation.blocks:
                for low, high, power in _entangling(block.data, _inner_places(instruction, block, places)):
                    yield low, high, power * iterations
        elif len(instruction.qubits) == 2 and instruction.name != "barrier":
            low, high = sorted(places[qubit] for qubit in instruction.qubits)
            yield low, high, 1 if instruction.name in _RANK_2 else 2


def _inner_places(instruction: CircuitInstruction, block: QuantumCircuit, places: Places) -> Places:
    outer = [places[qubit] for qubit in instruction.qubits]
    return dict(zip(block.qubits, outer, strict=True))


def _route(
    target: QuantumCircuit, instructions: Iterable[CircuitInstruction], chain: Sequence[Qubit], places: Places
) -> None:
    """Append the instructions to a circuit whose qubits are the chain."""
    append = target._append  # checks nothing, as in ``noisy_gates``
    for instruction in instructions:
        at = [places[qubit] for qubit in instruction.qubits]
        if instruction.is_control_flow():
            _route_branches(target, instruction, chain, at)
        elif len(at) == 2 and abs(at[0] - at[1]) > 1 and instruction.name != "barrier":
            low, high = sorted(at)
            moves = [
                CircuitInstruction(_ROUTING, (chain[place], chain[place + 1]))
                for place in range(low, high - 1)
            ]
            ends = [chain[high] if place == high else chain[high - 1] for place in at]
            for each in (*moves, instruction.replace(qubits=ends), *reversed(moves)):
                append(each)
        else:
            append(instruction.replace(qubits=[chain[place] for place in at]))


def _route_branches(
    target: QuantumCircuit, instruction: CircuitInstruction, chain: Sequence[Qubit], at: Sequence[int]
) -> None:
    """Append an ``if`` whose branches have all qubits between those of the original ones."""
    first, last = min(at), max(at)
    span = chain[first : last + 1]
    branches = []
    for block in instruction.operation.blocks:
        branch = QuantumCircuit(list(span), block.clbits, *block.cregs)
        inner = dict(zip(block.qubits, (place - first for place in at), strict=True))
        _route(branch, block.data, span, inner)
        branches.append(branch)
    operation = instruction.operation.replace_blocks(branches)
    target.append(operation, list(span), instruction.clbits, copy=False)
