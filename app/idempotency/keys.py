"""Idempotency keys: a request that is sent twice is carried out once, and gets the same response twice.

This follows draft-ietf-httpapi-idempotency-key-header-07. Whether the first request is still in flight is
read from its job's row, so that a web process that dies leaves no lock behind.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import BadRequestError, ConflictError, InvalidInputError
from app.models import TERMINAL_STATUSES, IdempotencyKey, Job, JobStatus

if TYPE_CHECKING:
    from _hashlib import HASH
Digest: TypeAlias = "HASH"
"""A hash of hashlib's, to which bytes are added."""

MAX_KEY_LENGTH = 255
ANONYMOUS_SCOPE = "anonymous"
"""Callers without an API key share one scope."""

REPLAYED_HEADERS = ("Content-Type", "Location", "Retry-After", "Preference-Applied")
SWEEP_BATCH = 10_000

KEPT_FOR = timedelta(hours=24)
"""How long the first response is kept: a client that lost it repeats its request within the day."""


@dataclass(frozen=True)
class IdempotentRequest:
    """A request that carries an idempotency key; ``jobs_path`` is where its half of the API shows jobs."""

    scope: str
    key: str
    fingerprint: bytes
    jobs_path: str = "/api/jobs"


@dataclass(frozen=True)
class StoredResponse:
    """The first response to a request, as it was sent."""

    status_code: int
    headers: dict[str, str]
    body: bytes


def parse_key(header: str) -> str:
    """Return the key of an ``Idempotency-Key`` header, which is quoted (as in the draft) or bare.

    Raises:
        BadRequestError: it is empty, too long or not printable ASCII.
    """
    key = header.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise BadRequestError(
            f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} printable ASCII characters, quoted or bare."
        )
    return key


def begin_fingerprint(method: str, path: str, query: list[tuple[str, str]]) -> Digest:
    """Return SHA-256 over what makes requests the same: method, path and query; the body is to be added."""
    digest = hashlib.sha256()
    for part in (method, path, repr(sorted(query))):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest


def claim_key(
    session: Session, request: IdempotentRequest, job_id: UUID | None
) -> StoredResponse | UUID | None:
    """Take the key for this request, or find what the first request with it came to.

    Returns:
        ``None`` if the key is taken now and the request is to be carried out; the first response, to be sent
        again; or the id of the first request's job, which has ended but whose response was never sent.

    Raises:
        InvalidInputError: the key was used with another request (422).
        ConflictError: the first request is still in flight (409), with ``Location``.
    """
    if _insert(session, request, job_id):
        return None
    first, is_old = session.execute(
        select(IdempotencyKey, IdempotencyKey.created_at < func.now() - KEPT_FOR)
        .where(IdempotencyKey.scope == request.scope, IdempotencyKey.key == request.key)
        .with_for_update()
    ).one()
    result = None if is_old else _result_of(session, first, request)
    if result is None:
        _take_over(session, request, job_id)
    return result


def store_response(
    session: Session, request: IdempotentRequest, job_id: UUID | None, response: StoredResponse
) -> None:
    """Store the first response, unless one is stored already or the key names another job by now."""
    session.execute(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.scope == request.scope,
            IdempotencyKey.key == request.key,
            IdempotencyKey.job_id.is_not_distinct_from(job_id),
            IdempotencyKey.status_code.is_(None),
        )
        .values(status_code=response.status_code, headers=response.headers, body=response.body)
    )


def is_kept(status_code: int) -> bool:
    """Return whether a response is stored: after 5xx, 409 and 429 a repeat is to be carried out."""
    return 200 <= status_code < 500 and status_code not in (409, 429)


def remove_old(session: Session) -> int:
    """Remove a batch of the keys that are older than ``KEPT_FOR``; return how many."""
    old = select(IdempotencyKey.scope, IdempotencyKey.key).where(
        IdempotencyKey.created_at < func.now() - KEPT_FOR
    )
    statement = delete(IdempotencyKey).where(
        func.row(IdempotencyKey.scope, IdempotencyKey.key).in_(old.limit(SWEEP_BATCH))
    )
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _result_of(
    session: Session, first: IdempotencyKey, request: IdempotentRequest
) -> StoredResponse | UUID | None:
    """Return the result of a first request; ``None`` if it has no result that is kept."""
    if first.fingerprint != request.fingerprint:
        raise InvalidInputError(
            "This Idempotency-Key was used with another request; use a new key.",
            ("header", "Idempotency-Key"),
        )
    if first.status_code is not None:
        return StoredResponse(first.status_code, first.headers or {}, first.body or b"")
    # A statement of its own, after the key is locked: a join with the key would show a repeat that waited for
    # another repeat the jobs of before the wait, so that it would make the job a second time.
    job_status = session.scalar(select(Job.status).where(Job.id == first.job_id))
    if job_status == JobStatus.SUCCEEDED:
        return UUID(str(first.job_id))
    if job_status is None or job_status in TERMINAL_STATUSES:
        return None
    raise ConflictError(
        "The first request with this Idempotency-Key is still in flight.",
        code="request_in_flight",
        location=f"{request.jobs_path}/{first.job_id}",
    )


def _insert(session: Session, request: IdempotentRequest, job_id: UUID | None) -> bool:
    statement = (
        insert(IdempotencyKey)
        .values(scope=request.scope, key=request.key, fingerprint=request.fingerprint, job_id=job_id)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    return session.execute(statement).first() is not None


def _take_over(session: Session, request: IdempotentRequest, job_id: UUID | None) -> None:
    values: dict[str, Any] = {"status_code": None, "headers": None, "body": None, "created_at": func.now()}
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.scope == request.scope, IdempotencyKey.key == request.key)
        .values(fingerprint=request.fingerprint, job_id=job_id, **values)
    )
