"""An estimator that runs on a Qloom server: Qiskit's ``BaseEstimatorV2``."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from qiskit.circuit import ClassicalRegister, QuantumCircuit
from qiskit.primitives import (
    BaseEstimatorV2,
    DataBin,
    EstimatorPubLike,
    PrimitiveResult,
    PubResult,
)
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.primitives.primitive_job import PrimitiveJob
from qiskit.quantum_info import PauliList

from qloom.client import Qloom
from qloom.qiskit.backend import QloomBackend
from qloom.qiskit.programs import free_register_name
from qloom.qiskit.running import Outcome, Runner, at_once, seed_of
from qloom.qiskit.sweeping import Sweeper

Index = tuple[int, ...]

LEAST_SHOTS = 2
"""The fewest shots with which a standard error can be computed."""


@dataclass
class EstimatorOptions:
    """Options of ``EstimatorV2``.

    Attributes:
        default_precision: the precision of PUBs that have none: the largest standard error of one Pauli
            string. 0: exact values.
        seed_simulator: the same seed and PUBs give the same values.
        method: Aer's simulation method.
    """

    default_precision: float = 0.015625
    seed_simulator: int | None = None
    method: str | None = None


@dataclass(frozen=True)
class _Measurement:
    """One circuit to run: a binding of a PUB, measured in the basis of a group of Pauli strings.

    Attributes:
        measured: the qubits that are measured, in the order of the bits of ``register_at``.
        offset: where the measured bits begin among the circuit's classical bits.
    """

    pub: int
    binding: Index
    circuit: QuantumCircuit
    paulis: tuple[str, ...]
    measured: tuple[int, ...]
    offset: int


class EstimatorV2(BaseEstimatorV2):
    """Estimates expectation values of observables.

    Pauli strings that commute qubit by qubit are measured together. ``stds`` are standard errors, with the
    covariances of strings that were measured in the same shots.

    Args:
        backend: a backend, whose noise is used; or a client.
        options: the members of ``EstimatorOptions``.
    """

    def __init__(
        self, backend: QloomBackend | Qloom | None = None, *, options: dict[str, Any] | None = None
    ) -> None:
        self._backend = backend if isinstance(backend, QloomBackend) else QloomBackend(backend)
        self.options = EstimatorOptions(**(options or {}))

    def __repr__(self) -> str:
        return f"EstimatorV2({self._backend!r}, {self.options!r})"

    @property
    def default_precision(self) -> float:
        """The precision of PUBs that have none, as other estimators name it."""
        return self.options.default_precision

    @property
    def backend(self) -> QloomBackend:
        """The backend that runs the circuits."""
        return self._backend

    def run(
        self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None
    ) -> PrimitiveJob[PrimitiveResult[PubResult]]:
        """Estimate PUBs: ``(circuit, observables, parameter_values, precision)``.

        ``evs`` and ``stds`` have the shape to which observables and parameter values are broadcast.
        Precision 0 asks for exact values: of the state vector, or under noise of the density matrix.

        Raises:
            ValueError: a PUB is not valid; its precision is below 0, or 0 on a device, or needs more shots
                than the server takes.
        """
        default = self.options.default_precision if precision is None else precision
        coerced = [EstimatorPub.coerce(pub, default) for pub in pubs]
        for index, pub in enumerate(coerced):
            self._check_precision(index, pub.precision)
        job = PrimitiveJob(self._run, coerced)
        job._submit()
        return job

    def _check_precision(self, index: int, precision: float) -> None:
        """Refuse a precision that the server cannot give."""
        if precision == 0 and "device" in (self._backend.noise or {}):
            raise ValueError(f"The {index}-th pub has precision 0; on a device it must be above 0.")
        least = float(self._backend.limits["max_shots"] ** -0.5)
        if not (precision == 0 or precision >= least):
            raise ValueError(
                f"The {index}-th pub has precision {precision:g}; it may be 0 (exact values), "
                f"or at least {least:g}: the server takes {self._backend.limits['max_shots']:,} shots."
            )

    def _run(self, pubs: list[EstimatorPub]) -> PrimitiveResult[PubResult]:
        """Run PUBs as sweeps, or as executions if the server takes no sweeps under this noise."""
        options = {"noise": self._backend.noise, "method": self.options.method}
        sweeper, seed = Sweeper(self._backend, options), self.options.seed_simulator
        if not sweeper.is_available:
            return self._run_executions(pubs)
        items = [(sweeper, pub, seed_of(seed, index)) for index, pub in enumerate(pubs)]
        return PrimitiveResult(at_once(lambda item: _swept(*item), items), metadata={"version": 2})

    def _run_executions(self, pubs: list[EstimatorPub]) -> PrimitiveResult[PubResult]:
        measurements = [each for index, pub in enumerate(pubs) for each in _measurements(index, pub)]
        shots = [_shots(pubs[each.pub]) for each in measurements]
        options = {"noise": self._backend.noise, "method": self.options.method}
        runner = Runner(self._backend.client, options)
        circuits = [each.circuit for each in measurements]
        outcomes = runner.run(circuits, shots, self.options.seed_simulator)
        found: dict[int, dict[Index, list[tuple[_Measurement, Outcome]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for measurement, outcome in zip(measurements, outcomes, strict=True):
            found[measurement.pub][measurement.binding].append((measurement, outcome))
        results = [_pub_result(pub, found[index]) for index, pub in enumerate(pubs)]
        return PrimitiveResult(results, metadata={"version": 2})


def _broadcast(pub: EstimatorPub) -> tuple[Any, Any]:
    """Return for each element of the PUB's shape its observable, and the index of its binding."""
    bindings = np.fromiter(np.ndindex(pub.parameter_values.shape), dtype=object).reshape(
        pub.parameter_values.shape
    )
    places, observables = np.broadcast_arrays(bindings, np.asarray(pub.observables))
    return observables, places


def _swept(sweeper: Sweeper, pub: EstimatorPub, seed: int | None) -> PubResult:
    """Estimate a PUB: one sweep for the bindings that need the same observables."""
    observables, places = _broadcast(pub)
    known: dict[tuple[tuple[str, float], ...], int] = {}
    column = np.empty(observables.shape, dtype=int)
    for element in np.ndindex(observables.shape):
        terms = tuple(sorted((label, float(np.real(c))) for label, c in observables[element].items()))
        column[element] = known.setdefault(terms, len(known))
    needed: dict[Index, list[int]] = defaultdict(list)
    for element in np.ndindex(observables.shape):
        needed[places[element]].append(int(column[element]))
    alike: dict[tuple[int, ...], list[Index]] = defaultdict(list)
    for binding, columns in needed.items():
        alike[tuple(sorted(set(columns)))].append(binding)
    listed, shots = list(known), _shots(pub)
    found: dict[tuple[Index, int], tuple[float, float]] = {}
    for number, (chosen_columns, bindings) in enumerate(alike.items()):
        chosen = _chosen(pub.parameter_values, bindings)
        wanted = [dict(listed[each]) for each in chosen_columns]
        values, errors = sweeper.values(pub.circuit, chosen, wanted, shots, seed_of(seed, number, level=1))
        for row, binding in enumerate(bindings):
            for place, each in enumerate(chosen_columns):
                found[binding, each] = values[row, place], errors[row, place]
    evs, stds = np.empty(observables.shape), np.empty(observables.shape)
    for element in np.ndindex(observables.shape):
        evs[element], stds[element] = found[places[element], int(column[element])]
    return PubResult(DataBin(evs=evs, stds=stds, shape=observables.shape), metadata=_metadata(pub))


def _chosen(values: BindingsArray, places: list[Index]) -> BindingsArray:
    """Return some bindings as an array of one axis."""
    data = {
        names: np.stack([np.asarray(array)[place] for place in places])
        for names, array in values.data.items()
    }
    return BindingsArray(data, shape=(len(places),))


def _shots(pub: EstimatorPub) -> int:
    """Return the shots of each group of Pauli strings; 0 asks the server for exact values."""
    return max(LEAST_SHOTS, math.ceil(1 / pub.precision**2)) if pub.precision else 0


def _metadata(pub: EstimatorPub) -> dict[str, Any]:
    return {
        "target_precision": pub.precision,
        "shots": _shots(pub),
        "circuit_metadata": pub.circuit.metadata,
    }


def _measurements(index: int, pub: EstimatorPub) -> Iterable[_Measurement]:
    """Yield the circuits of a PUB: for each binding one for each group of its Pauli strings."""
    observables, places = _broadcast(pub)
    wanted: dict[Index, dict[str, None]] = {}
    for element in np.ndindex(observables.shape):
        needed = (each for each in observables[element] if set(each) != {"I"})
        wanted.setdefault(places[element], {}).update(dict.fromkeys(needed))
    for binding, strings in wanted.items():
        if not strings:
            continue
        bound = pub.parameter_values.bind(pub.circuit, binding)
        for group in PauliList(list(strings)).group_commuting(qubit_wise=True):
            yield _measured(index, binding, bound, group.to_labels())


def _measured(index: int, binding: Index, bound: QuantumCircuit, labels: list[str]) -> _Measurement:
    """Return a circuit that measures Pauli strings that commute qubit by qubit."""
    num_qubits, basis = bound.num_qubits, {}
    for label in labels:
        basis.update({num_qubits - 1 - at: letter for at, letter in enumerate(label) if letter != "I"})
    measured = tuple(sorted(basis))
    circuit = bound.copy()
    circuit.add_register(register := ClassicalRegister(len(measured), free_register_name(bound, "observed")))
    for place, qubit in enumerate(measured):
        if basis[qubit] == "Y":
            circuit.sdg(qubit)
        if basis[qubit] in "XY":
            circuit.h(qubit)
        circuit.measure(qubit, register[place])
    return _Measurement(index, binding, circuit, tuple(labels), measured, bound.num_clbits)


def _pub_result(pub: EstimatorPub, found: dict[Index, list[tuple[_Measurement, Outcome]]]) -> PubResult:
    observables, places = _broadcast(pub)
    evs, stds = np.zeros(observables.shape), np.zeros(observables.shape)
    for element in np.ndindex(observables.shape):
        observable = observables[element]
        evs[element] = sum(float(np.real(value)) for each, value in observable.items() if set(each) == {"I"})
        variance = 0.0
        for measurement, outcome in found.get(places[element], ()):
            mean, spread = _group_value(observable, measurement, outcome)
            evs[element] += mean
            variance += spread / outcome.shots
        stds[element] = math.sqrt(variance)
    return PubResult(DataBin(evs=evs, stds=stds, shape=observables.shape), metadata=_metadata(pub))


def _group_value(observable: Any, measurement: _Measurement, outcome: Outcome) -> tuple[float, float]:
    """Return the mean and its variance for the part of an observable that one circuit measured.

    Each shot gives a value of every string of the group, so the variance of their sum includes covariances.
    """
    terms = [
        (float(np.real(observable[label])), _mask(label, measurement))
        for label in measurement.paulis
        if label in observable
    ]
    if not terms:
        return 0.0, 0.0
    values = np.array(
        [
            sum(factor * (-1) ** ((value & mask).bit_count() & 1) for factor, mask in terms)
            for value in outcome.counts
        ]
    )
    weights = np.array(list(outcome.counts.values())) / outcome.shots
    mean = float(weights @ values)
    return mean, max(0.0, float(weights @ (values - mean) ** 2))


def _mask(label: str, measurement: _Measurement) -> int:
    """Return the classical bits whose parity is the value of a Pauli string."""
    acts_on = {len(label) - 1 - at for at, letter in enumerate(label) if letter != "I"}
    return sum(
        1 << (measurement.offset + place)
        for place, qubit in enumerate(measurement.measured)
        if qubit in acts_on
    )
