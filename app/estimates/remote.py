"""Sends estimates to a worker of the search queue, which has simulator processes and no long jobs."""

from dataclasses import dataclass

import msgspec

from app.circuits.result import CircuitEstimate
from app.errors import AppError, UnavailableError, restored_error
from app.estimates.problem import EstimateProblem
from app.executions.parser_faults import fault_of_program
from app.remote_calls.caller import CallFailure, Deadline, FailureReason, RemoteCall, RemoteCaller

SECONDS = 15.0
"""The most seconds of an estimate, including its wait; the parser may use 5 of them (``parse_seconds``)."""

CALL: RemoteCall[EstimateProblem, list[CircuitEstimate]] = RemoteCall(
    "estimate",
    msgspec.msgpack.Decoder(EstimateProblem),
    msgspec.msgpack.Decoder(list[CircuitEstimate] | CallFailure),
)
"""The remote call by which a worker estimates a circuit."""

REFUSALS = {
    FailureReason.NO_WORKER: ("no_worker", "No worker of the search queue is alive to parse the circuit."),
    FailureReason.REDIS_AWAY: ("queue_unavailable", "The queue to the simulators does not answer."),
    FailureReason.QUEUE_FULL: ("queue_full", "Too many requests wait for a simulator. Try again shortly."),
    FailureReason.OUT_OF_TIME: ("timeout", f"The estimate did not end within {SECONDS:g} s."),
    FailureReason.SIMULATOR_LOST: ("simulator_lost", "The process that parsed the circuit died."),
}
FAULT = "The estimate failed through a fault of the server; it is logged."


@dataclass(frozen=True)
class RemoteEstimator:
    """Sends circuits to workers for an estimate. Thread safe."""

    caller: RemoteCaller[EstimateProblem, list[CircuitEstimate]]

    def estimate(self, problem: EstimateProblem) -> CircuitEstimate:
        """Estimate one circuit.

        Raises:
            InvalidInputError: an execution of it would fail with the same error.
            UnavailableError: no worker, no Redis, or no answer in time.
        """
        deadline = Deadline.after_ms(SECONDS * 1000)
        sent = self.caller.send(problem, deadline)
        result = self.caller.receive(sent, deadline, can_do_without=True)
        if isinstance(result, CallFailure):
            raise _error(result, problem)
        return result[0]


def _error(failure: CallFailure, problem: EstimateProblem) -> AppError:
    if failure.reason is FailureReason.FAULT:
        return restored_error(failure.code, failure.detail or FAULT, failure.details)
    fault = fault_of_program(failure.details.get("exit_code"), problem.limits)
    if problem.spec.program is not None and fault is not None:
        return fault
    code, message = REFUSALS[failure.reason]
    return UnavailableError(message, code=code)
