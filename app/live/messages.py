"""The messages of a stream: JSON objects whose member ``message`` is their kind."""

from collections.abc import Iterable, Sequence

import msgspec

from app.executions.repository import StoredExecution
from app.jobs.presenter import job_document
from app.live.pacer import Pacer
from app.models import Job
from app.rest.contracts import API

PONG = b'{"message":"pong"}'

_decode_events = msgspec.json.Decoder(list[msgspec.Raw]).decode


def split_events(events: str) -> list[msgspec.Raw]:
    return _decode_events(events)


def event_messages(
    events: Sequence[msgspec.Raw], positions: Iterable[int], states: Sequence[msgspec.Raw] | None = None
) -> list[bytes]:
    """Return the contract's event objects with their positions; their JSON text is not parsed.

    With ``states``, each has the states of the qubits that it changed.
    """
    if states is None:
        return [b'{"message":"event","position":%d,%b' % (at, bytes(events[at])[1:]) for at in positions]
    return [
        b'{"message":"event","position":%d,"state":%b,%b' % (at, bytes(states[at]), bytes(events[at])[1:])
        for at in positions
    ]


def state_message(pacer: Pacer) -> bytes:
    """Return the state of a replay, which is sent after each message that changes it."""
    return msgspec.json.encode(
        {
            "message": "state",
            "position": pacer.position,
            "total_events": pacer.total,
            "speed": pacer.speed,
            "is_paused": pacer.is_paused,
        }
    )


def job_message(job: Job, queue_position: int | None) -> bytes:
    """Return the job's document, the same as that of ``GET /api/jobs/{job_id}``."""
    return b'{"message":"job",' + msgspec.json.encode(job_document(job, API, queue_position))[1:]


def counts_message(execution: StoredExecution) -> bytes:
    """Return the counts, and what is needed to measure them again."""
    return msgspec.json.encode(
        {
            "message": "counts",
            "execution_id": execution.id,
            "circuit_name": execution.circuit_name,
            "num_events": execution.num_events,
            "shots": execution.shots,
            "seed": execution.seed,
            "counts": msgspec.Raw(execution.counts.encode()),
        }
    )


def error_message(problem: bytes) -> bytes:
    """Return a problem document (RFC 9457) as a message."""
    return b'{"message":"error",' + problem[1:]
