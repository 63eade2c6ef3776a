"""A backend that runs circuits on a Qloom server."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from qiskit.circuit import Delay, Measure, Parameter, QuantumCircuit, Reset
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.providers import BackendV2, Options
from qiskit.transpiler import Target

from qloom.calls import texts
from qloom.client import Qloom
from qloom.qiskit.job import QloomJob
from qloom.qiskit.programs import CONTROL_FLOW, GATES
from qloom.resources.runs import noise_document
from qloom.version import VERSION

MAX_CIRCUITS = 300
"""The most circuits of one ``run``: the server limits the active jobs of a caller."""


class QloomBackend(BackendV2):
    """Qloom's simulators as a backend.

    Args:
        client: a client; without one, ``Qloom()``, which reads ``QLOOM_URL`` and ``QLOOM_API_KEY``.
        noise: the noise of every circuit, as in ``executions.run``.
        num_qubits: how many qubits ``transpile`` may use; by default the limit of the statevector method.
            Circuits of Clifford gates run on more.
    """

    def __init__(
        self,
        client: Qloom | None = None,
        *,
        noise: Mapping[str, Any] | None = None,
        num_qubits: int | None = None,
        name: str = "qloom",
    ) -> None:
        super().__init__(name=name, description="Qloom's simulators", backend_version=VERSION)
        if not isinstance(client, Qloom | None):
            raise TypeError(f"a backend takes a Qloom client, and not a {type(client).__name__}")
        self.client = client or Qloom()
        self.noise = noise_document(noise)
        self._target = _target(num_qubits or int(self.limits["max_qubits_statevector"]))

    @cached_property
    def limits(self) -> dict[str, Any]:
        """The limits of the server, read once."""
        return self.client.limits()

    @property
    def target(self) -> Target:
        """The gates that are run without translation; every qubit is connected to every other."""
        return self._target

    @property
    def max_circuits(self) -> int:
        """How many circuits one ``run`` takes."""
        return MAX_CIRCUITS

    def __repr__(self) -> str:
        return f"<QloomBackend({self.name!r})>"

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, memory=False, seed_simulator=None, method=None, noise=None, tags=None)

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> QloomJob:
        """Run circuits as jobs and return at once.

        Args:
            run_input: a circuit or several; they need not be transpiled.
            options: ``shots``, ``memory`` (also return the outcome of each shot), ``seed_simulator``,
                ``method``, ``noise`` and ``tags``; a warning names ignored options.

        Raises:
            TypeError: something is no circuit.
            QloomError: a circuit has unbound parameters.
            InvalidInputError: the server refuses a circuit; the message says where and why, a note says which
                circuit. The others are cancelled then.
        """
        circuits = _circuits(run_input)
        known = dict(self.options)
        for name in options.keys() - known.keys():
            warnings.warn(f"Option {name} is not used by this backend", UserWarning, stacklevel=2)
        known.update({name: value for name, value in options.items() if name in known})
        known["noise"] = known["noise"] or self.noise
        known["tags"] = texts("tags", known["tags"] or ())
        job = QloomJob(self, circuits, known)
        job.submit()
        return job


def _circuits(run_input: Any) -> list[QuantumCircuit]:
    """Return one circuit or several as a list.

    Raises:
        TypeError: something is no circuit.
    """
    several = isinstance(run_input, Iterable) and not isinstance(run_input, QuantumCircuit | str)
    circuits = list(run_input) if several else [run_input]
    for circuit in circuits:
        if not isinstance(circuit, QuantumCircuit):
            raise TypeError(
                "run() takes a QuantumCircuit or a list of them, and not a value of the type "
                f"{type(circuit).__name__}; executions.run(program=…) of the client takes OpenQASM"
            )
    return circuits


def _target(num_qubits: int) -> Target:
    target = Target(description="Qloom", num_qubits=num_qubits)
    gates = get_standard_gate_name_mapping()
    for name in GATES:
        target.add_instruction(gates[name], name=name)
    for instruction in (Measure(), Reset(), Delay(Parameter("duration"))):
        target.add_instruction(instruction)
    for name, kind in CONTROL_FLOW.items():
        target.add_instruction(kind, name=name)
    return target
