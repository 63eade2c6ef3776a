"""The density matrices of a noisy run, and their fidelity to the ideal state.

There is one density matrix for each value of the classical bits that conditions read. It is stored as a flat
array: the high half of the index is the row, the low half the column.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import CircuitInstruction

from app.circuits.states import vectors
from app.circuits.states.branches import Mixture
from app.circuits.states.channels import Channels
from app.circuits.states.limits import MAX_STATE_BRANCHES
from app.circuits.states.steps import Item, Path
from app.circuits.states.vectors import SMALLEST_PROBABILITY, Matrix, Vector
from app.errors import LimitExceededError

ROUNDING = 1e-16
"""Eigenvalues below this fraction of the largest one are rounding errors."""


@dataclass(slots=True)
class NoisyItem(Item):
    """The density matrix of some outcomes; its trace is their probability."""

    bits: tuple[int, ...]
    density: Vector
    path: Path = ()


class NoisyStates:
    """The density matrices of a run under noise, as an ``Ensemble`` of a ``Stepper``.

    Raises:
        LimitExceededError: the bits that conditions read have more than ``MAX_STATE_BRANCHES`` values.
    """

    def __init__(
        self, num_qubits: int, num_clbits: int, bits_read: frozenset[int], channels: Channels
    ) -> None:
        self._num_qubits, self._bits_read, self._channels = num_qubits, bits_read, channels
        self._readout = channels.readout()
        self._items = [NoisyItem((0,) * num_clbits, vectors.zero_state(2 * num_qubits))]

    def density(self) -> Matrix:
        """Return the density matrix over all outcomes."""
        whole = self._items[0].density
        for item in self._items[1:]:
            whole = whole + item.density
        return whole.reshape(1 << self._num_qubits, -1)

    def items(self) -> Sequence[NoisyItem]:
        """Return all items."""
        return self._items

    def gate(self, path: Path, instruction: CircuitInstruction, qubits: Sequence[int]) -> None:
        """Apply an operation and its errors to the items on this path."""
        parts = self._channels.parts(instruction, qubits)
        for item in self._items:
            if item.path == path:
                for channel, places in parts:
                    both = [*(self._num_qubits + place for place in places), *places]
                    item.density = vectors.transformed(item.density, channel, both)

    def reset(self, path: Path, instruction: CircuitInstruction, qubit: int) -> None:
        """Set a qubit to 0, which is a channel."""
        self.gate(path, instruction, [qubit])

    def measure(self, path: Path, qubit: int, clbit: int, is_last: bool) -> None:
        """Dephase the qubit; if a condition reads the bit, split by the recorded value."""
        split: list[NoisyItem] = []
        for item in self._items:
            if item.path != path:
                split.append(item)
                continue
            zero, one = self._outcomes(item.density, qubit)
            if clbit not in self._bits_read:
                split.append(replace(item, density=zero + one))
                continue
            for value in (0, 1):
                recorded = self._readout[0, value] * zero + self._readout[1, value] * one
                bits = (*item.bits[:clbit], value, *item.bits[clbit + 1 :])
                split.append(replace(item, bits=bits, density=recorded))
        self._items = split
        self.merge()

    def merge(self) -> None:
        """Add up items with the same bits; drop those that do not happen."""
        merged: dict[tuple[object, ...], NoisyItem] = {}
        for item in self._items:
            if self._trace(item.density) < SMALLEST_PROBABILITY:
                continue
            key = (item.bits, item.path)
            if key in merged:
                merged[key].density = merged[key].density + item.density
            else:
                merged[key] = item
        if len(merged) > MAX_STATE_BRANCHES:
            raise LimitExceededError(
                "under noise, the bits that conditions read have more values than the limit "
                f"max_state_branches, {MAX_STATE_BRANCHES}",
                "max_state_branches",
            )
        self._items = list(merged.values())

    def _outcomes(self, density: Vector, qubit: int) -> tuple[Vector, Vector]:
        found = []
        for value in (0, 1):
            kept = np.zeros_like(density)
            shape = (-1, 2, 1 << (self._num_qubits - 1), 2, 1 << qubit)
            kept.reshape(shape)[:, value, :, value] = density.reshape(shape)[:, value, :, value]
            found.append(kept)
        return found[0], found[1]

    def _trace(self, density: Vector) -> float:
        return float(density[:: (1 << self._num_qubits) + 1].sum().real)


def fidelity(ideal: Mixture, density: Matrix) -> float:
    """Return the fidelity of the ideal state to a density matrix: (tr √(√ρ σ √ρ))².

    R. Jozsa, J. Mod. Opt. 41 (1994) 2315. With ρ = A A† of few columns, √ρ σ √ρ and A† σ A have the same
    eigenvalues. Dephased qubits make both block diagonal: the traces of the blocks add up.
    """
    if len(ideal.branches) == 1 and not ideal.dephased:
        state = ideal.branches[0].state
        return _bounded(float(np.vdot(state, density @ state).real))
    dephased = sorted(ideal.dephased)
    total = sum(branch.weight for branch in ideal.branches)
    columns = np.stack(
        [
            np.sqrt(branch.weight / total) * vectors.grouped(branch.state, dephased)
            for branch in ideal.branches
        ],
        axis=2,
    )
    return _bounded(float(_root_fidelities(columns, _blocks(density, dephased)).sum()) ** 2)


def _root_fidelities(columns: Matrix, blocks: Matrix) -> NDArray[np.float64]:
    """Return tr √(A† σ A) of each block; linearly dependent columns are merged, so few eigenvalues are 0."""
    if columns.shape[2] > 1:
        left, singular, _ = np.linalg.svd(columns, full_matrices=False)
        columns = left * singular[:, None, :]
    inner = columns.conj().transpose(0, 2, 1) @ blocks @ columns
    values = np.linalg.eigvalsh(inner)
    values[values < ROUNDING * values.max(initial=0.0)] = 0.0
    return np.asarray(np.sqrt(values).sum(axis=1))


def _blocks(density: Matrix, dephased: Sequence[int]) -> Matrix:
    """Return the diagonal blocks of a density matrix, one for each value of the dephased qubits."""
    size = len(density).bit_length() - 1
    both = [*(size + qubit for qubit in dephased), *dephased]
    count = 1 << len(dephased)
    moved = vectors.grouped(density.reshape(-1), both)  # the value of the columns is the higher one
    rest = 1 << (size - len(dephased))
    return np.ascontiguousarray(moved.reshape(count, count, rest, rest)[range(count), range(count)])


def _bounded(value: float) -> float:
    return min(1.0, max(0.0, value))
