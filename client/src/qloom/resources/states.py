"""The quantum states of an execution after its steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from qloom.calls import Call, Flow, as_type, get, path, send_json
from qloom.models.states import CheckedAssertions, Fidelity, StateAfterStep, States
from qloom.operations import D, Resource, operation
from qloom.references import ExecutionLike, execution_id
from qloom.resources.jobs import run_to_result


def read_states(
    execution: ExecutionLike, first: int | None, last: int | None, timeout: float | None
) -> Flow[States]:
    """Read the states of the qubits after each step; they are computed by a job the first time."""
    return _answered(get(_where(execution, "states"), States, from_=first, to=last), States, timeout)


class StatesOfRuns(Resource[D]):
    """The states of a run: a job computes them at the first request, and the server stores them.

    Every method waits for that job; ``timeout`` is in seconds, ``None``: without end.
    """

    @operation
    def steps(
        self,
        execution: ExecutionLike,
        *,
        first: int | None = None,
        last: int | None = None,
        timeout: float | None = None,
    ) -> Flow[States]:
        """Read the state of each qubit after each step that changes it, from step ``first`` to ``last``."""
        return read_states(execution, first, last, timeout)

    @operation
    def after(
        self,
        execution: ExecutionLike,
        step: int,
        *,
        top: int | None = None,
        pairs: bool | None = None,
        outcome: str | None = None,
        timeout: float | None = None,
    ) -> Flow[StateAfterStep]:
        """Read the whole state after one step.

        Args:
            top: how many basis states are shown.
            pairs: whether mutual information and concurrence of all pairs are computed.
            outcome: a value of the classical bits, as in counts: the state of the shots with this outcome.
        """
        where = _where(execution, "step", step, "state")
        return _answered(
            get(where, StateAfterStep, top=top, pairs=pairs, outcome=outcome), StateAfterStep, timeout
        )

    @operation
    def fidelity(self, execution: ExecutionLike, *, timeout: float | None = None) -> Flow[Fidelity]:
        """Read the fidelity of a noisy execution to the ideal state after each step, and the losses."""
        return _answered(get(_where(execution, "fidelity"), Fidelity), Fidelity, timeout)

    @operation
    def check(
        self,
        execution: ExecutionLike,
        assertions: Sequence[Mapping[str, Any]],
        *,
        timeout: float | None = None,
    ) -> Flow[CheckedAssertions]:
        """Check assertions, such as ``{"step": 2, "equals": "bell", "qubits": [0, 1]}``.

        The first failure comes with the events that can have caused it.
        """
        reader = as_type(CheckedAssertions)
        call = send_json("POST", _where(execution, "assertions"), reader, [dict(each) for each in assertions])
        return _answered(call, CheckedAssertions, timeout)


def _where(execution: ExecutionLike, *parts: str | int) -> str:
    return path("api", "replay", execution_id(execution), *parts)


def _answered(call: Call[Any], kind: type[Any], timeout: float | None) -> Flow[Any]:
    """Carry out a call; when its job has ended, the same call gives the stored answer."""
    return run_to_result(call, as_type(kind), lambda job: call, timeout)
