"""A sampler that runs on a Qloom server: Qiskit's ``BaseSamplerV2``."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from qiskit.circuit import QuantumCircuit
from qiskit.primitives import (
    BaseSamplerV2,
    BitArray,
    DataBin,
    PrimitiveResult,
    SamplerPubLike,
    SamplerPubResult,
)
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.primitives.primitive_job import PrimitiveJob

from qloom.client import Qloom
from qloom.qiskit.backend import QloomBackend
from qloom.qiskit.programs import measures
from qloom.qiskit.running import Outcome, Runner, seed_of, shuffled
from qloom.qiskit.sweeping import Sweeper


@dataclass
class SamplerOptions:
    """Options of ``SamplerV2``.

    Attributes:
        default_shots: the shots of PUBs that have none.
        seed_simulator: the same seed and PUBs give the same samples.
        method: Aer's simulation method.
    """

    default_shots: int = 1024
    seed_simulator: int | None = None
    method: str | None = None


class SamplerV2(BaseSamplerV2):
    """Samples the classical registers of circuits.

    Args:
        backend: a backend, whose noise is used, or a client.
        options: the members of ``SamplerOptions``.
    """

    def __init__(
        self, backend: QloomBackend | Qloom | None = None, *, options: dict[str, Any] | None = None
    ) -> None:
        self._backend = backend if isinstance(backend, QloomBackend) else QloomBackend(backend)
        self.options = SamplerOptions(**(options or {}))

    def __repr__(self) -> str:
        return f"SamplerV2({self._backend!r}, {self.options!r})"

    @property
    def default_shots(self) -> int:
        """The shots of PUBs that have none, as other samplers name it."""
        return self.options.default_shots

    @property
    def backend(self) -> QloomBackend:
        """The backend that runs the circuits."""
        return self._backend

    def run(
        self, pubs: Iterable[SamplerPubLike], *, shots: int | None = None
    ) -> PrimitiveJob[PrimitiveResult[SamplerPubResult]]:
        """Sample PUBs: ``(circuit, parameter_values, shots)``.

        Each register of a circuit is a ``BitArray`` of the PUB's shape.

        Raises:
            ValueError: a PUB is not valid.
        """
        default = self.options.default_shots if shots is None else shots
        coerced = [SamplerPub.coerce(pub, default) for pub in pubs]
        for index, pub in enumerate(coerced):
            if not pub.circuit.cregs:
                warnings.warn(
                    f"The {index}-th pub's circuit has no output classical registers and so the result "
                    "will be empty. Did you mean to add measurement instructions?",
                    UserWarning,
                    stacklevel=2,
                )
        job = PrimitiveJob(self._run, coerced)
        job._submit()
        return job

    def _run(self, pubs: list[SamplerPub]) -> PrimitiveResult[SamplerPubResult]:
        """Run PUBs with several values as sweeps, the others as executions."""
        options = {"noise": self._backend.noise, "method": self.options.method}
        sweeper, seed = Sweeper(self._backend, options), self.options.seed_simulator
        swept = {
            index
            for index, pub in enumerate(pubs)
            if pub.size > 1 and measures(pub.circuit) and sweeper.is_available
        }
        single = [pub for index, pub in enumerate(pubs) if index not in swept]
        runs = iter(self._executions(single, Runner(self._backend.client, options)))
        found = [
            sweeper.counts(pub.circuit, pub.parameter_values, pub.shots, seed_of(seed, index))
            if index in swept
            else next(runs)
            for index, pub in enumerate(pubs)
        ]
        results = [_pub_result(pub, outcomes) for pub, outcomes in zip(pubs, found, strict=True)]
        return PrimitiveResult(results, metadata={"version": 2})

    def _executions(self, pubs: list[SamplerPub], runner: Runner) -> list[list[Outcome]]:
        bound = [np.asarray(pub.parameter_values.bind_all(pub.circuit), dtype=object) for pub in pubs]
        circuits = [circuit for array in bound for circuit in array.ravel()]
        shots = [pub.shots for pub, array in zip(pubs, bound, strict=True) for _ in range(array.size)]
        outcomes = iter(runner.run(circuits, shots, self.options.seed_simulator))
        return [[next(outcomes) for _ in range(array.size)] for array in bound]


def _pub_result(pub: SamplerPub, outcomes: list[Outcome]) -> SamplerPubResult:
    """Return the samples of one PUB; position k of every register belongs to the same shot."""
    samples = [shuffled(each) for each in outcomes]
    data = {
        register.name: _bit_array(pub, samples, _bits(pub.circuit, register))
        for register in pub.circuit.cregs
    }
    metadata = {
        "shots": pub.shots,
        "circuit_metadata": pub.circuit.metadata,
        "execution_ids": [each.execution.execution_id for each in outcomes if each.execution is not None],
    }
    return SamplerPubResult(DataBin(**data, shape=pub.shape), metadata=metadata)


def _bits(circuit: QuantumCircuit, register: Any) -> list[int]:
    return [circuit.find_bit(bit).index for bit in register]


def _bit_array(pub: SamplerPub, samples: list[Any], bits: list[int]) -> BitArray:
    """Return the samples of one register: shape (*pub.shape, shots, bytes), the highest byte first."""
    num_bytes = -(-len(bits) // 8)
    packed = np.zeros((len(samples), pub.shots, num_bytes), dtype=np.uint8)
    for number, drawn in enumerate(samples):
        values, places = np.unique(drawn, return_inverse=True)
        rows = np.array([_bytes(int(value), bits, num_bytes) for value in values], dtype=np.uint8)
        packed[number] = rows.reshape(len(values), num_bytes)[places.ravel()]
    return BitArray(packed.reshape(*pub.shape, pub.shots, num_bytes), len(bits))


def _bytes(value: int, bits: list[int], num_bytes: int) -> list[int]:
    found = sum(((value >> index) & 1) << place for place, index in enumerate(bits))
    return list(found.to_bytes(num_bytes, "big"))
