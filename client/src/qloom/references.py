"""Executions and sweeps, given by their ids or by objects that have their ids."""

from typing import Literal, Protocol, TypeAlias

from qloom.errors import QloomError
from qloom.models.jobs import Job
from qloom.models.sweeps import Sweep


class HasExecutionId(Protocol):
    """An execution, a summary, a replay, or another answer about one execution."""

    @property
    def execution_id(self) -> str: ...


ExecutionLike: TypeAlias = str | HasExecutionId | Job
"""The id of an execution, an object that was read of it, or the job that runs it."""

CircuitOfRun: TypeAlias = Literal["submitted", "transpiled"]
"""``submitted``: the circuit as it was sent; ``transpiled``: what ran on a device, on the device's qubits."""

SweepLike: TypeAlias = str | Sweep | Job
"""The id of a sweep, the sweep as it was read, or its job."""


def execution_id(of: ExecutionLike) -> str:
    """Return the id of an execution.

    Raises:
        QloomError: the value is not an id and has none.
    """
    return _id(of, "an execution", ("execution_id", "job_id"))


def sweep_id(of: SweepLike) -> str:
    """Return the id of a sweep.

    Raises:
        QloomError: the value is not an id and has none.
    """
    return _id(of, "a sweep", ("sweep_id", "job_id"))


def _id(of: object, kind: str, members: tuple[str, ...]) -> str:
    if isinstance(of, str):
        return of
    for member in members:
        if isinstance(found := getattr(of, member, None), str):
            return found
    raise QloomError(f"{kind} is named by its id, not by a value of the type {type(of).__name__}")
