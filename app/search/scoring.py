"""How pools of candidates come to a simulator: what is asked, what is answered, and what may go wrong."""

import time
from dataclasses import dataclass
from typing import Protocol

import msgspec

from app.search.quantum.problem import ScoringAnswer, ScoringProblem


class Failure(msgspec.Struct, frozen=True):
    """Why a pool was not scored by a circuit: a stable code and a sentence."""

    code: str
    message: str


OUT_OF_TIME = Failure("timeout", "The circuit did not end within timeout_ms.")
LATE = Failure("timeout", "The circuit did not end within its share of timeout_ms.")
"""Of a costly one that was sent: a worker may be busy with it for some time yet."""
QUEUE_FULL = Failure("queue_full", "Too many queries wait for a simulator (max_waiting_queries).")
NO_WORKER = Failure("no_worker", "No worker of the search queue is alive.")
REDIS_AWAY = Failure("queue_unavailable", "The queue to the simulators does not answer.")
SIMULATOR_LOST = Failure("simulator_lost", "The simulator process died while it scored the candidates.")
FAULT = Failure("scoring_failed", "The circuit could not be run through a fault of the server; it is logged.")


class ScoringReply(msgspec.Struct, frozen=True):
    """What a worker sends back: an answer to each problem of a message, or why there is none."""

    answers: list[ScoringAnswer] = []
    failure: Failure | None = None


@dataclass(frozen=True)
class Deadline:
    """A moment of the monotonic clock."""

    at: float

    @classmethod
    def after_ms(cls, milliseconds: float) -> "Deadline":
        """So many milliseconds from now."""
        return cls(time.monotonic() + milliseconds / 1000)

    @property
    def seconds_left(self) -> float:
        """0 once it has passed."""
        return max(0.0, self.at - time.monotonic())

    @property
    def ms_left(self) -> int:
        """Whole milliseconds."""
        return int(self.seconds_left * 1000)


class Scorer(Protocol):
    """Where pools are scored: by a worker, or in this process's own simulators."""

    def score(self, problems: list[ScoringProblem], deadline: Deadline) -> list[ScoringAnswer | Failure]:
        """Score all pools, in their order; what could not be scored in time is a failure."""


def problem_keys(key_prefix: str, scoring_id: str) -> tuple[str, str]:
    """The Redis keys of a message's problems and of its reply."""
    return f"{key_prefix}score:{scoring_id}", f"{key_prefix}scored:{scoring_id}"


encode = msgspec.msgpack.Encoder().encode
decode_problems = msgspec.msgpack.Decoder(list[ScoringProblem]).decode
decode_reply = msgspec.msgpack.Decoder(ScoringReply).decode
