"""Running the circuit of a group on a worker of the search queue."""

from dataclasses import dataclass

import msgspec

from app.entanglement.problem import EntanglingProblem
from app.errors import UnavailableError
from app.remote_calls.caller import CallFailure, Deadline, FailureReason, RemoteCall, RemoteCaller

SECONDS = 10.0
"""How long a circuit may wait and run; the slowest takes 0.3 s."""

CALL: RemoteCall[EntanglingProblem, float] = RemoteCall(
    "entangle", msgspec.msgpack.Decoder(EntanglingProblem), msgspec.msgpack.Decoder(float | CallFailure)
)
"""The remote call by which a worker runs the circuit of a group."""

NO_WORKER = "No worker of the search queue is alive, and making a group runs a circuit; nothing is stored."
REFUSALS = {
    FailureReason.NO_WORKER: ("no_worker", NO_WORKER),
    FailureReason.REDIS_AWAY: (
        "queue_unavailable",
        "The queue to the simulators does not answer; nothing is stored.",
    ),
    FailureReason.OUT_OF_TIME: (
        "timeout",
        f"The group's circuit did not end within {SECONDS:g} s; nothing is stored.",
    ),
}
FAILED = ("circuit_failed", "The group's circuit could not be run; nothing is stored.")
"""The code and the message of every other failure."""


@dataclass(frozen=True)
class RemoteEntangler:
    """Has the circuits of groups run by workers. Thread safe."""

    caller: RemoteCaller[EntanglingProblem, float]

    def entangle(self, problem: EntanglingProblem) -> float:
        """Run one circuit and wait for what it gives.

        Raises:
            UnavailableError: no worker, no Redis, or no result in time.
        """
        deadline = Deadline.after_ms(SECONDS * 1000)
        result = self.caller.receive(self.caller.send(problem, deadline), deadline)
        if isinstance(result, CallFailure):
            code, message = REFUSALS.get(result.reason, FAILED)
            raise UnavailableError(message, code=code)
        return result
