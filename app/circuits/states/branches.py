"""The states of the qubits after measurements in the middle: one pure state for each outcome.

1. Each measurement and each reset splits the state into branches, one for each outcome.
2. Branches with the same bits and the same state (except for its global phase) are merged.
3. The most probable ``MAX_STATE_BRANCHES`` branches are kept.
4. A last measurement, whose qubit and bit nothing uses any more, splits nothing: all later operations commute
   with it. Its qubit is noted as dephased, and its bit as the outcome of that qubit.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import CircuitInstruction

from app.circuits.states import vectors
from app.circuits.states.gates import GateMatrices
from app.circuits.states.limits import MAX_STATE_BRANCHES
from app.circuits.states.steps import Item, Path
from app.circuits.states.vectors import SMALLEST_PROBABILITY, Matrix, Vector

OUTCOME_OF = 2
"""A bit of a branch has the code 0 or 1 (its value), or this number plus the qubit whose outcome it is."""

BLOCKS_AT_ONCE = 1_024
"""For so many values of the dephased qubits, overlaps are computed at once: 4 MB for 16 branches."""

EQUAL_STATES = 1e-11
"""Two states are equal if the norm of their difference is below this, which is a rounding error."""


@dataclass(slots=True)
class Branch(Item):
    """A pure state with its probability (``weight``) and the classical bits of its outcome."""

    weight: float
    bits: tuple[int, ...]
    state: Vector
    path: Path = ()


@dataclass(frozen=True)
class Mixture:
    """The state averaged over all outcomes, or for one: a mixture of pure states, with some qubits dephased.

    Attributes:
        kept: the probability of the branches that are kept; if it is 1, the mixture is complete.
    """

    num_qubits: int
    branches: Sequence[Branch]
    dephased: frozenset[int]
    kept: float = 1.0

    @property
    def _weighted(self) -> list[tuple[float, Vector]]:
        total = sum(branch.weight for branch in self.branches)
        return [(branch.weight / total, branch.state) for branch in self.branches]

    def bloch_vector(self, qubit: int) -> NDArray[np.float64]:
        """Return the expectation values of X, Y and Z of a qubit."""
        weighted = self._weighted
        found = sum((w * vectors.bloch_vector(state, qubit) for w, state in weighted), np.zeros(3))
        return found * (0, 0, 1) if qubit in self.dephased else found

    def density(self, qubits: Sequence[int]) -> Matrix:
        """Return the reduced density matrix of some qubits; the first one is the least significant bit."""
        found = np.zeros((1 << len(qubits), 1 << len(qubits)), complex)
        for weight, state in self._weighted:
            found += weight * vectors.gram(vectors.grouped(state, qubits))
        mask = sum(1 << place for place, qubit in enumerate(qubits) if qubit in self.dephased)
        values = np.arange(len(found)) & mask
        return np.where(values[:, None] == values[None, :], found, 0)

    def overlap(self, target: Vector, qubits: Sequence[int]) -> float:
        """Return the fidelity ``<target|ρ|target>`` of the state ρ of some qubits to a pure state."""
        mask = sum(1 << place for place, qubit in enumerate(qubits) if qubit in self.dephased)
        _, block = np.unique(np.arange(len(target)) & mask, return_inverse=True)
        found = 0.0
        for weight, state in self._weighted:
            rows = target.conj()[:, None] * vectors.grouped(state, qubits)
            sums = np.zeros((int(block.max()) + 1, rows.shape[1]), complex)
            np.add.at(sums, block, rows)
            found += weight * float(np.vdot(sums, sums).real)
        return found

    def purity(self) -> float:
        """Return tr ρ² of all qubits: 1 if the state is pure, less if it is mixed."""
        dephased = sorted(self.dephased)
        stacked = np.stack(
            [np.sqrt(weight) * vectors.grouped(state, dephased) for weight, state in self._weighted], axis=1
        )  # a row for each value of the dephased qubits, then the branches, then the rest
        found = 0.0
        for start in range(0, len(stacked), BLOCKS_AT_ONCE):
            part = stacked[start : start + BLOCKS_AT_ONCE]
            overlaps = part.conj() @ part.transpose(0, 2, 1)
            found += float(np.vdot(overlaps, overlaps).real)
        return min(1.0, found)

    def probabilities(self) -> NDArray[np.float64]:
        """Return the probability of each basis state of all qubits."""
        found = np.zeros(1 << self.num_qubits)
        for weight, state in self._weighted:
            found += weight * (state.real**2 + state.imag**2)
        return found

    def outcomes(self, shown: Collection[int], most: int | None = None) -> dict[int, float]:
        """Return the probability of each value of the classical bits; bit k of the value is classical bit k.

        Args:
            shown: the bits that are included; all others are 0 in the values.
            most: how many outcomes of each group of branches are returned, the most probable ones first.
        """
        groups: dict[tuple[int, ...], NDArray[np.float64]] = {}
        total = sum(branch.weight for branch in self.branches)
        for branch in self.branches:
            bits = tuple(code if place in shown else 0 for place, code in enumerate(branch.bits))
            qubits = sorted({code - OUTCOME_OF for code in bits if code >= OUTCOME_OF})
            rows = vectors.grouped(branch.state, qubits)
            share = branch.weight / total * np.einsum("ij,ij->i", rows.conj(), rows).real
            groups[bits] = groups[bits] + share if bits in groups else share
        found: dict[int, float] = {}
        for bits, shares in groups.items():
            qubits = sorted({code - OUTCOME_OF for code in bits if code >= OUTCOME_OF})
            indices = np.flatnonzero(shares > SMALLEST_PROBABILITY)
            if most is not None:  # no outcome is in two groups: all branches have the same last measurements
                indices = indices[np.argsort(-np.round(shares[indices], 12), kind="stable")[:most]]
            for index in indices:
                value = _value(bits, qubits, int(index))
                found[value] = found.get(value, 0.0) + float(shares[index])
        return found

    def given(self, outcome: int, shown: Collection[int]) -> "Mixture | None":
        """Return the state for one outcome of the bits ``shown``; ``None`` if this outcome cannot happen."""
        chosen: list[Branch] = []
        known: set[int] = set()
        for branch in self.branches:
            weight, state = branch.weight, branch.state
            for place in shown:
                code, value = branch.bits[place], outcome >> place & 1
                if code < OUTCOME_OF:
                    weight *= code == value
                elif weight:
                    probability, state = vectors.projected(state, code - OUTCOME_OF, value)
                    known.add(code - OUTCOME_OF)
                    weight *= probability if probability >= SMALLEST_PROBABILITY else 0.0
            if weight >= SMALLEST_PROBABILITY:
                chosen.append(replace(branch, weight=weight, state=state))
        if not chosen:
            return None
        return Mixture(self.num_qubits, chosen, self.dephased - known, self.kept)


class Branches:
    """The branches of a run without noise, as an ``Ensemble`` of a ``Stepper``."""

    def __init__(self, num_qubits: int, num_clbits: int, matrices: GateMatrices) -> None:
        self._matrices = matrices
        self._num_qubits = num_qubits
        self._branches = [Branch(1.0, (0,) * num_clbits, vectors.zero_state(num_qubits))]
        self._dephased: set[int] = set()

    def mixture(self) -> Mixture:
        """Return the present state over all outcomes."""
        kept = sum(branch.weight for branch in self._branches)
        copies = [replace(branch) for branch in self._branches]
        return Mixture(self._num_qubits, copies, frozenset(self._dephased), kept)

    def items(self) -> Sequence[Branch]:
        """Return all branches."""
        return self._branches

    def gate(self, path: Path, instruction: CircuitInstruction, qubits: Sequence[int]) -> None:
        """Apply a gate to the branches on this path; barriers and delays change nothing."""
        parts = list(self._matrices.parts(instruction, qubits))
        for branch in self._branches:
            if branch.path == path:
                for matrix, places in parts:
                    branch.state = vectors.transformed(branch.state, matrix, places)

    def measure(self, path: Path, qubit: int, clbit: int, is_last: bool) -> None:
        """Split the branches on this path by the outcome, unless nothing depends on it."""
        if is_last:
            self._dephased.add(qubit)
            for branch in self._branches:
                branch.bits = _with_bit(branch.bits, clbit, OUTCOME_OF + qubit)
            return

        def measured(branch: Branch, value: int, weight: float, state: Vector) -> Branch:
            return replace(branch, weight=weight, bits=_with_bit(branch.bits, clbit, value), state=state)

        self._split(path, qubit, measured)

    def reset(self, path: Path, instruction: CircuitInstruction, qubit: int) -> None:
        """Set a qubit to 0; the branches on this path split by its former value."""

        def set_to_0(branch: Branch, value: int, weight: float, state: Vector) -> Branch:
            after = vectors.flipped(state, qubit) if value else state
            return replace(branch, weight=weight, state=after)

        self._split(path, qubit, set_to_0)

    def _split(self, path: Path, qubit: int, after: Callable[[Branch, int, float, Vector], Branch]) -> None:
        """Replace each branch on this path by those that ``after`` makes for the outcomes of a qubit."""
        split: list[Branch] = []
        for branch in self._branches:
            if branch.path != path:
                split.append(branch)
                continue
            split += [after(branch, *outcome) for outcome in _outcomes(branch, qubit)]
        self._branches = split
        self.merge()

    def merge(self) -> None:
        """Merge equal branches, and keep the most probable ones."""
        merged: list[Branch] = []
        for branch in self._branches:
            same = next((other for other in merged if _are_equal(branch, other)), None)
            if same is None:
                merged.append(branch)
            else:
                same.weight += branch.weight
        merged.sort(key=lambda branch: -branch.weight)
        self._branches = merged[:MAX_STATE_BRANCHES]


def _outcomes(branch: Branch, qubit: int) -> list[tuple[int, float, Vector]]:
    """Return the value, the probability and the state of each possible outcome of a measurement."""
    found = []
    for value in (0, 1):
        probability, state = vectors.projected(branch.state, qubit, value)
        if probability >= SMALLEST_PROBABILITY:
            found.append((value, branch.weight * probability, state))
    return found


def _are_equal(one: Branch, other: Branch) -> bool:
    if one.bits != other.bits or one.path != other.path:
        return False
    overlap = np.vdot(other.state, one.state)
    if abs(overlap) < 1 - EQUAL_STATES:
        return False
    difference = one.state - overlap / abs(overlap) * other.state
    return float(np.linalg.norm(difference)) < EQUAL_STATES


def _with_bit(bits: tuple[int, ...], place: int, value: int) -> tuple[int, ...]:
    return (*bits[:place], value, *bits[place + 1 :])


def _value(bits: tuple[int, ...], qubits: Sequence[int], index: int) -> int:
    """Return the value of all bits, where the bits of ``index`` are the outcomes of ``qubits``."""
    outcome = {qubit: index >> place & 1 for place, qubit in enumerate(qubits)}
    values = (outcome[code - OUTCOME_OF] if code >= OUTCOME_OF else code for code in bits)
    return sum(value << place for place, value in enumerate(values))
