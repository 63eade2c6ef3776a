"""The result of scoring a pool of candidates, or the reason why there is none."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from app.remote_calls import caller
from app.remote_calls.caller import CallFailure, Deadline, FailureReason, RemoteCall
from app.search.quantum.problem import ScoringProblem, ScoringResult


class Failure(msgspec.Struct, frozen=True):
    """Why a pool was not scored by a circuit: a stable code and a sentence."""

    code: str
    message: str


OUT_OF_TIME = Failure("timeout", "The circuit did not end within timeout_ms.")
LATE = Failure("timeout", "The circuit did not end within its share of timeout_ms.")
"""Of a costly pool that was sent: a worker may be busy with it for some time yet."""
NO_WORKER = Failure("no_worker", "No worker of the search queue is alive.")
NOT_TAKEN = Failure("no_worker", caller.NOT_TAKEN)
"""Of a pool that no worker took; a worker may be starting."""
SIMULATOR_LOST = Failure("simulator_lost", "The simulator process died while it scored the candidates.")

FAILURES = {
    FailureReason.OUT_OF_TIME: OUT_OF_TIME,
    FailureReason.NO_WORKER: NO_WORKER,
    FailureReason.SIMULATOR_LOST: SIMULATOR_LOST,
    FailureReason.QUEUE_FULL: Failure(
        "queue_full", "Too many queries wait for a simulator (max_waiting_queries)."
    ),
    FailureReason.REDIS_AWAY: Failure("queue_unavailable", "The queue to the simulators does not answer."),
    FailureReason.FAULT: Failure(
        "scoring_failed", "The circuit could not be run through a fault of the server; it is logged."
    ),
}
"""The reasons for a call without a result."""

Outcome: TypeAlias = ScoringResult | Failure

Scorer: TypeAlias = Callable[[list[ScoringProblem], Deadline, bool], list[Outcome]]
"""Scores all pools, in their order: in a worker, or in this process's own simulators.

The last argument says whether scores are required: then a worker that starts is waited for.
"""

CALL: RemoteCall[list[ScoringProblem], list[ScoringResult]] = RemoteCall(
    "score",
    msgspec.msgpack.Decoder(list[ScoringProblem]),
    msgspec.msgpack.Decoder(list[ScoringResult] | CallFailure),
)
"""How the web has pools scored by a worker."""
