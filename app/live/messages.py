"""What a stream says: each message is a JSON object whose ``message`` tells its kind."""

from collections.abc import Iterable, Sequence

import msgspec

from app.jobs.presenter import job_document
from app.live.pacer import Pacer
from app.live.repository import Recording
from app.models import Job
from app.rest.contracts import API

PONG = b'{"message":"pong"}'

_decode_events = msgspec.json.Decoder(list[msgspec.Raw]).decode


def split_events(events: str) -> list[msgspec.Raw]:
    """The event objects of an execution, each still JSON."""
    return _decode_events(events)


def event_messages(events: Sequence[msgspec.Raw], positions: Iterable[int]) -> list[bytes]:
    """The contract's event objects, each with its position; what is JSON already is not parsed again."""
    return [b'{"message":"event","position":%d,%b' % (at, bytes(events[at])[1:]) for at in positions]


def state_message(pacer: Pacer) -> bytes:
    """Where a replay is, said after each message of the client that changes it."""
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
    """The job's document, as ``GET /api/jobs/{job_id}`` answers it."""
    return msgspec.json.encode({"message": "job", **job_document(job, API, queue_position)})


def counts_message(recording: Recording) -> bytes:
    """What was measured, and what is needed to measure it again."""
    return msgspec.json.encode(
        {
            "message": "counts",
            "execution_id": recording.id,
            "circuit_name": recording.circuit_name,
            "num_events": recording.num_events,
            "shots": recording.shots,
            "seed": recording.seed,
            "counts": msgspec.Raw(recording.counts.encode()),
        }
    )


def error_message(problem: bytes) -> bytes:
    """A problem document (RFC 9457) as a message; after it the stream closes."""
    return b'{"message":"error",' + problem[1:]
