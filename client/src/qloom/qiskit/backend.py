"""A backend that runs circuits on a Qloom."""

from collections.abc import Mapping, Sequence
from typing import Any

from qiskit.circuit import Delay, ForLoopOp, IfElseOp, Measure, Parameter, QuantumCircuit, Reset
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.providers import BackendV2, Options
from qiskit.transpiler import Target

from qloom.client import Qloom
from qloom.qiskit.job import QloomJob
from qloom.qiskit.programs import GATES
from qloom.version import VERSION

MAX_CIRCUITS = 300
"""Of one ``run``: how many jobs one caller may have active is a limit of the server."""


class QloomBackend(BackendV2):
    """Qloom's simulators as a backend.

    Args:
        client: a client; without one, ``Qloom()``, which reads ``QLOOM_URL`` and ``QLOOM_API_KEY``.
        noise: as of ``executions.run``: every circuit runs under it.
        num_qubits: how many qubits ``transpile`` may use; without one, as many as the statevector method has.
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
        self.client = client or Qloom()
        self.noise = dict(noise) if noise else None
        self._target = _target(num_qubits or int(self.client.limits()["max_qubits_statevector"]))

    @property
    def target(self) -> Target:
        """The gates that are run as they are; every qubit is connected to every other."""
        return self._target

    @property
    def max_circuits(self) -> int:
        """How many circuits one ``run`` takes."""
        return MAX_CIRCUITS

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, memory=False, seed_simulator=None, method=None, noise=None, tags=None)

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> QloomJob:
        """Run circuits as jobs and return at once.

        Args:
            run_input: a circuit or several; they need not be transpiled.
            options: ``shots``, ``memory`` (the outcome of each shot too), ``seed_simulator``, ``method``,
                ``noise`` and ``tags``; others are not known here and are left out.

        Raises:
            QloomError: a circuit has unbound parameters.
            InvalidInputError: the server refuses a circuit; the message says where and why.
        """
        circuits = [run_input] if isinstance(run_input, QuantumCircuit) else list(run_input)
        known = dict(self.options)
        known.update({name: value for name, value in options.items() if name in known})
        known["noise"] = known["noise"] or self.noise
        job = QloomJob(self, circuits, known)
        job.submit()
        return job


def _target(num_qubits: int) -> Target:
    target = Target(description="Qloom", num_qubits=num_qubits)
    gates = get_standard_gate_name_mapping()
    for name in GATES:
        target.add_instruction(gates[name], name=name)
    for instruction in (Measure(), Reset(), Delay(Parameter("duration"))):
        target.add_instruction(instruction)
    target.add_instruction(IfElseOp, name="if_else")
    target.add_instruction(ForLoopOp, name="for_loop")
    return target
