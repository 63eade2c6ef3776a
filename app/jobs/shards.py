"""Jobs that are done in shards: jobs of their own, which any worker of any node claims.

1. A job that is split stays RUNNING without a claim. ``shards`` counts its shards, ``shards_left`` those that
   have not ended. It has no lease, so that nobody reaps it.
2. A shard is a row of ``jobs`` with ``parent_id``. It is claimed, retried and reaped as other jobs are; the
   routes of jobs do not show it.
3. The shard that ends last ends the whole job, in the transaction that stores its result. A shard that has
   used its attempts up, or that fails, fails the whole job.
4. When the whole job has ended otherwise (it was cancelled, or it failed), queued shards are cancelled, and
   the lease threads stop running ones (``claims.extend_leases``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app import direct_sql
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import report_failure

MAY_SPLIT = (
    b"UPDATE jobs SET shards = %(shards)s, shards_left = %(shards)s, result = %(result)s::json,"
    b" claim_token = NULL, lease_expires_at = NULL, deadline_at = NULL, worker = NULL, progress = 0"
    b" WHERE id = %(id)s AND claim_token = %(token)s AND status = 'RUNNING' RETURNING id"
)

# The place of a shard in the queue (queued_at) is the time when the shards before it will be done. So other
# jobs that the same caller submits later are run between the shards.
ADD_SHARDS = b"""
INSERT INTO jobs (id, kind, spec, owner, caller, queue, max_attempts, request_id, parent_id, queued_at)
SELECT gen_random_uuid(), %(kind)s, shard.spec, whole.owner, whole.caller, %(queue)s, whole.max_attempts,
  whole.request_id, whole.id, now() + (shard.place - 1) * %(seconds)s * interval '1 second'
FROM jobs AS whole, jsonb_array_elements(%(specs)s::jsonb) WITH ORDINALITY AS shard(spec, place)
WHERE whole.id = %(id)s
ORDER BY shard.place
RETURNING id
"""

END_SHARD = b"""
UPDATE jobs SET
  shards_left = shards_left - 1,
  progress = 1 - (shards_left - 1)::float8 / shards,
  status = CASE WHEN shards_left = 1 THEN 'SUCCEEDED' ELSE status END,
  finished_at = CASE WHEN shards_left = 1 THEN now() END
WHERE id = %(whole)s AND status = 'RUNNING' AND shards_left > 0
RETURNING shards_left
"""

FAIL_WHOLE = (
    b"UPDATE jobs SET status = 'FAILED', error = %(error)s::jsonb, finished_at = now()"
    b" WHERE id = (SELECT parent_id FROM jobs WHERE id = %(shard)s) AND status = 'RUNNING' RETURNING id, kind"
)

# Rows that others have locked are left out, so that transactions cannot deadlock. A worker that claims such a
# shard finds that the whole job has ended.
CANCEL_QUEUED = (
    b"UPDATE jobs SET status = 'CANCELLED', finished_at = now() WHERE id IN"
    b" (SELECT id FROM jobs WHERE parent_id = %(whole)s AND status = 'QUEUED' FOR UPDATE SKIP LOCKED)"
)


@dataclass(frozen=True)
class Split:
    """What ``Work.run`` returns for a job that is to be done in shards.

    Attributes:
        kind: the kind of the shards.
        specs: the spec of each shard.
        queue: the queue in which they wait.
        seconds: about how long a shard takes; their places in the queue are so far apart.
        result: JSON text that the job's row keeps as its result.
        attach: writes other rows of the job, in the transaction that stores the shards.
    """

    kind: str
    specs: Sequence[Mapping[str, Any]]
    queue: str
    seconds: float
    result: str | None = None
    attach: Callable[[Session], None] | None = None


def split(session: Session, job: ClaimedJob, into: Split) -> list[UUID]:
    """Store the shards of a claimed job and give up its claim; return no ids if the claim was lost."""
    values = {"id": job.id, "token": job.token, "shards": len(into.specs), "result": into.result}
    if not direct_sql.run_plain(session, MAY_SPLIT, values):
        return []
    if into.attach is not None:
        into.attach(session)
    specs = msgspec.json.encode(into.specs).decode()
    values = {"id": job.id, "kind": into.kind, "queue": into.queue, "seconds": into.seconds, "specs": specs}
    return [shard for (shard,) in direct_sql.run_plain(session, ADD_SHARDS, values)]


def end_shard(session: Session, whole: UUID) -> int | None:
    """Count a shard as done; the last one ends the whole job as SUCCEEDED.

    Returns:
        How many are left; ``None`` if the whole job has ended otherwise and the shard's result is of no use.
    """
    rows = direct_sql.run_plain(session, END_SHARD, {"whole": whole})
    return rows[0][0] if rows else None


def fail_whole(session: Session, shard: UUID, error: dict[str, Any]) -> None:
    """Fail the whole job because a shard failed, unless it has ended."""
    values = {"shard": shard, "error": msgspec.json.encode(error).decode()}
    for whole, kind in direct_sql.run_plain(session, FAIL_WHOLE, values):
        cancel_queued(session, whole)
        report_failure(session, kind, whole, error)


def cancel_queued(session: Session, whole: UUID) -> None:
    """Cancel the shards that no worker has claimed."""
    direct_sql.run_plain(session, CANCEL_QUEUED, {"whole": whole})
