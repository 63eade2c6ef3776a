"""The SQL of places in the queue: how many queued jobs are before one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app import direct_sql
from app.models import Job, JobStatus

QUEUE_POSITION_LIMIT = 1_000
"""Places in the queue are counted up to this."""


def ahead_of(*, queue: str, queued_at: str, id: str) -> str:
    """Return the statement of the number of jobs before a place, which SQL expressions say."""
    return (
        f"SELECT count(*) FROM (SELECT FROM jobs WHERE status = 'QUEUED' AND queue = {queue}"  # noqa: S608
        f" AND (queued_at, id) < ({queued_at}, {id}) LIMIT {QUEUE_POSITION_LIMIT}) AS ahead"
    )


AHEAD = ahead_of(queue="%(queue)s", queued_at="%(queued_at)s", id="%(id)s").encode()

# The same for several jobs: the first of each queue are read once, however many jobs are asked for.
ALL_AHEAD = b"""
SELECT id, ahead FROM (
  SELECT id, is_asked, count(*) FILTER (WHERE NOT is_asked) OVER (
    PARTITION BY queue ORDER BY queued_at, id, is_asked DESC ROWS UNBOUNDED PRECEDING
  ) AS ahead
  FROM (
    SELECT queue, first.queued_at, first.id, false AS is_asked
    FROM (SELECT DISTINCT unnest(%(queues)s::text[]) AS queue) AS asked CROSS JOIN LATERAL (
      SELECT queued_at, id FROM jobs WHERE status = 'QUEUED' AND queue = asked.queue
      ORDER BY queued_at, id LIMIT %(limit)s
    ) AS first
    UNION ALL
    SELECT *, true FROM unnest(%(queues)s::text[], %(times)s::timestamptz[], %(ids)s::uuid[])
  ) AS both_kinds
) AS counted WHERE is_asked
"""


def place_of(session: Session, job: Job) -> int | None:
    """Return how many queued jobs are before this one in its queue; ``None`` if it is not queued."""
    if job.status != JobStatus.QUEUED:
        return None
    values = {"queue": job.queue, "queued_at": job.queued_at, "id": job.id}
    return int(direct_sql.run_plain(session, AHEAD, values)[0][0])


def places_of(session: Session, jobs: Sequence[Job]) -> dict[UUID, int]:
    """Return the same for those of some jobs that are queued, with one statement."""
    queued = [job for job in jobs if job.status == JobStatus.QUEUED]
    if not queued:
        return {}
    values = {
        "queues": [job.queue for job in queued],
        "times": [job.queued_at for job in queued],
        "ids": [job.id for job in queued],
        "limit": QUEUE_POSITION_LIMIT,
    }
    return dict(direct_sql.run_plain(session, ALL_AHEAD, values))
