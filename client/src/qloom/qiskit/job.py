"""Several circuits as one job of Qiskit; each is a job and an execution of its own on the server."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from qiskit.circuit import QuantumCircuit
from qiskit.providers import JobStatus, JobV1
from qiskit.result import Result

from qloom.errors import QloomError
from qloom.models.comparisons import Comparison
from qloom.models.executions import Execution
from qloom.models.graphs import Graph
from qloom.models.replay import Replay
from qloom.models.states import States
from qloom.qiskit.programs import Program, to_program
from qloom.qiskit.running import Outcome, at_once, naming, outcome, seed_of, shuffled

if TYPE_CHECKING:
    from qloom.qiskit.backend import QloomBackend

STATUSES = {
    "FAILED": JobStatus.ERROR,
    "CANCELLED": JobStatus.CANCELLED,
    "CANCELLING": JobStatus.RUNNING,
    "RUNNING": JobStatus.RUNNING,
    "QUEUED": JobStatus.QUEUED,
    "SUCCEEDED": JobStatus.DONE,
}
"""Qiskit's status for each status of the server. A job has the first of these that any circuit has."""


class QloomJob(JobV1):
    """A job of one or several circuits. ``QloomBackend.run`` makes it."""

    def __init__(
        self, backend: "QloomBackend", circuits: list[QuantumCircuit], options: dict[str, Any]
    ) -> None:
        super().__init__(backend, str(uuid4()))
        self._client = backend.client
        self._circuits = circuits
        self._options = options
        self._programs = [to_program(circuit) for circuit in circuits]
        self._ids: list[str | None] = []
        self._submitted: list[str] = []
        self._result: Result | None = None

    def __repr__(self) -> str:
        return f"<QloomJob({self.job_id()!r}) of {len(self._circuits)} circuits>"

    def submit(self) -> None:
        """Submit all circuits. If an answer is lost, no second job is made.

        Raises:
            QloomError: one was refused; the others are cancelled.
        """
        try:
            self._ids = at_once(self._submit, list(enumerate(self._programs)))
        except QloomError:
            for job_id in self._submitted:
                with suppress(QloomError):  # the first error says what is wrong
                    self._client.jobs.cancel(job_id)
            raise

    def _submit(self, item: tuple[int, Program]) -> str | None:
        index, program = item
        if program.text is None:
            return None
        options = self._options
        with naming(self._circuits[index].name):
            submitted = self._client.executions.submit(
                program=program.text,
                shots=options["shots"],
                seed=seed_of(options["seed_simulator"], index),
                method=options["method"],
                noise=options["noise"],
                tags=["qiskit", self.job_id(), *options["tags"]],
                idempotency_key=f"{self.job_id()}-{index}",
            )
        self._submitted.append(submitted.job_id)
        return submitted.job_id

    def execution_ids(self) -> list[str | None]:
        """The ids of the executions, one for each circuit; ``None`` where nothing was measured."""
        return list(self._ids)

    def status(self) -> JobStatus:
        """The status of a circuit that failed or was cancelled, otherwise that of the slowest circuit."""
        known = {self._client.jobs.get(each).status for each in self._ids if each is not None}
        return next((mine for theirs, mine in STATUSES.items() if theirs in known), JobStatus.DONE)

    def cancel(self) -> bool:
        """Cancel all circuits; return whether all of them are or will be cancelled."""
        cancelled = [self._client.jobs.cancel(each).status for each in self._ids if each is not None]
        return all(each in {"CANCELLED", "CANCELLING"} for each in cancelled)

    def result(self, timeout: float | None = None) -> Result:
        """Wait for all circuits and return their counts.

        Args:
            timeout: seconds for each circuit; ``None``: without end. The job goes on.

        Raises:
            JobFailedError, JobCancelledError, WaitTimeoutError: of a circuit.
        """
        if self._result is None:
            outcomes = at_once(lambda index: self._outcome(index, timeout), range(len(self._circuits)))
            experiments = [
                _experiment(circuit, found, memory=bool(self._options["memory"]))
                for circuit, found in zip(self._circuits, outcomes, strict=True)
            ]
            self._result = Result.from_dict(
                {
                    "backend_name": self.backend().name,
                    "backend_version": self.backend().backend_version,
                    "job_id": self.job_id(),
                    "success": True,
                    "status": "COMPLETED",
                    "results": experiments,
                }
            )
        return self._result

    def _outcome(self, index: int, timeout: float | None) -> Outcome:
        execution_id = self._ids[index]
        if execution_id is None:
            shots = int(self._options["shots"])
            return Outcome({0: shots}, shots)
        with naming(self._circuits[index].name):
            self._client.jobs.wait_for_success(execution_id, timeout)
        return outcome(self._programs[index], self._client.executions.get(execution_id))

    def execution(self, index: int = 0) -> Execution:
        """The stored run of one circuit, with its counts, its graph and its noise."""
        return self._client.executions.get(self._id(index))

    def event_graph(self, index: int = 0) -> Graph:
        """The events of one circuit's run, and which of them depended on which."""
        return self._client.graphs.get(self._id(index))

    def replay(self, index: int = 0) -> Replay:
        """The steps of one circuit's run, in order."""
        return self._client.replay.get(self._id(index))

    def states(self, index: int = 0) -> States:
        """The states of the qubits after each step of one circuit's run, computed at the first call."""
        return self._client.states.steps(self._id(index))

    def compare(self, other: "QloomJob", index: int = 0, other_index: int = 0) -> Comparison:
        """Compare one circuit's run with one of another job: their events and their counts."""
        return self._client.comparisons.of(self._id(index), other._id(other_index))

    def _id(self, index: int) -> str:
        """Return the id of one circuit's execution, once it is there."""
        found = self._ids[index]
        if found is None:
            raise QloomError(f"circuit {index} measures nothing, so there is no run of it")
        self._client.jobs.wait_for_success(found)
        return found


def _experiment(circuit: QuantumCircuit, found: Outcome, *, memory: bool) -> dict[str, Any]:
    """Return one circuit's part of a result; outcomes are hex, as in every result of Qiskit."""
    data: dict[str, Any] = {}
    if circuit.num_clbits:
        data["counts"] = {hex(value): count for value, count in found.counts.items()}
        if memory:
            data["memory"] = [hex(value) for value in shuffled(found)]
    header = {
        "name": circuit.name,
        "memory_slots": circuit.num_clbits,
        "n_qubits": circuit.num_qubits,
        "metadata": circuit.metadata or {},
    }
    in_order = [circuit.find_bit(bit).index for register in circuit.cregs for bit in register]
    if in_order == list(range(circuit.num_clbits)):
        # otherwise Qiskit would cut a key at the wrong bits: such keys have no spaces
        header["creg_sizes"] = [[register.name, register.size] for register in circuit.cregs]
    return {
        "shots": found.shots,
        "success": True,
        "status": "DONE",
        "seed_simulator": found.seed,
        "data": data,
        "header": header,
    }
