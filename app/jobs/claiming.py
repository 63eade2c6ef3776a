"""The SQL by which a worker claims the next jobs of its queue: callers take turns, small jobs go together.

1. Next is the job of the caller with the fewest running jobs, and among these the oldest. A job that waits
   for its shards does not run. The jobs that one statement claims count as running for the turns of the
   others: a caller with 5,000 queued jobs delays a new caller's first one by no more than what runs.
2. If that job is small, others that are small are claimed with it, in the same order.
3. Rows that another worker is claiming are passed over.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import direct_sql

PASSED_OVER = 4
"""The claim reads this many times the wanted jobs: other workers may be claiming the first ones."""

MOST_TOGETHER = 16
"""The most small jobs that one slot claims at once: more would leave other slots idle, and the first would
wait for the last."""

# The first part jumps from caller to caller in the index (a loose index scan): its time grows with the
# callers that wait, not with their jobs.
CLAIM = b"""
WITH RECURSIVE callers (caller) AS (
  (SELECT caller FROM jobs WHERE status = 'QUEUED' AND queue = %(queue)s ORDER BY caller LIMIT 1)
  UNION ALL
  SELECT (SELECT j.caller FROM jobs AS j
          WHERE j.status = 'QUEUED' AND j.queue = %(queue)s AND j.caller > callers.caller
          ORDER BY j.caller LIMIT 1)
  FROM callers WHERE callers.caller IS NOT NULL
), next AS MATERIALIZED (
  SELECT waiting.id, waiting.is_small,
    row_number() OVER in_turn AS turn,
    first_value(waiting.is_small) OVER in_turn AS first_is_small
  FROM callers
  CROSS JOIN LATERAL (
    SELECT count(*) AS jobs FROM jobs AS r
    WHERE r.caller = callers.caller AND r.status IN ('RUNNING', 'CANCELLING') AND r.shards IS NULL
  ) AS running
  CROSS JOIN LATERAL (
    SELECT j.id, j.is_small, j.queued_at, row_number() OVER (ORDER BY j.queued_at, j.id) AS place
    FROM jobs AS j
    WHERE j.status = 'QUEUED' AND j.queue = %(queue)s AND j.caller = callers.caller
    ORDER BY j.queued_at, j.id
    LIMIT (SELECT 4 + %(looked_at)s::bigint / count(*) FROM callers)  -- together they are enough
  ) AS waiting
  WHERE callers.caller IS NOT NULL
  WINDOW in_turn AS (ORDER BY running.jobs + waiting.place, waiting.queued_at, waiting.id)
  ORDER BY turn LIMIT %(looked_at)s::bigint
), chosen AS MATERIALIZED (
  SELECT jobs.id, next.turn
  FROM next JOIN jobs ON jobs.id = next.id
  WHERE jobs.status = 'QUEUED' AND jobs.queue = %(queue)s
    AND (next.is_small OR NOT next.first_is_small)
  ORDER BY next.turn
  LIMIT (SELECT CASE WHEN first_is_small THEN CAST(%(most)s AS bigint) ELSE 1 END FROM next LIMIT 1)
  FOR UPDATE OF jobs SKIP LOCKED
), claimed AS (
  UPDATE jobs SET
    status = 'RUNNING',
    attempt = attempt + 1,
    claim_token = gen_random_uuid(),
    worker = %(worker)s,
    progress = 0,
    started_at = now(),
    lease_expires_at = now() + CAST(%(lease)s AS interval),
    deadline_at = now() + CAST(%(deadline)s AS interval)
  FROM chosen WHERE jobs.id = chosen.id
  RETURNING chosen.turn, jobs.id, kind, queue, spec, tags, owner, attempt, max_attempts, claim_token,
    request_id, is_awaited, parent_id
)
SELECT claimed.*, (SELECT count(*) FROM next) AS looked_at
FROM (SELECT 1) AS always LEFT JOIN claimed ON true
ORDER BY turn
"""


@dataclass(frozen=True)
class ClaimedJob:
    """A job as the worker that claimed it knows it; ``CLAIM`` returns its fields in this order."""

    id: UUID
    kind: str
    queue: str
    spec: dict[str, Any]
    tags: list[str]
    owner: str | None
    attempt: int
    max_attempts: int
    token: UUID
    request_id: str | None = None
    is_awaited: bool = False
    parent_id: UUID | None = None

    @property
    def is_last_attempt(self) -> bool:
        """Whether the job fails if this attempt is lost."""
        return self.attempt >= self.max_attempts

    @property
    def awaited_id(self) -> UUID:
        """The id of the job that callers wait for: of a shard, that of the whole."""
        return self.parent_id or self.id


@dataclass(frozen=True)
class Claim:
    """The jobs of one claim; ``are_more`` says whether other jobs were waiting."""

    jobs: list[ClaimedJob]
    are_more: bool


def claim_next(
    session: Session, queue: str, worker: str, lease: timedelta, deadline: timedelta, most: int = 1
) -> Claim:
    """Claim the next job of a queue, and with a small one others that are small, ``most`` in all."""
    rows = direct_sql.run_plain(
        session,
        CLAIM,
        {
            "queue": queue,
            "worker": worker,
            "lease": lease,
            "deadline": deadline,
            "most": most,
            "looked_at": PASSED_OVER * most,
        },
    )
    jobs = [ClaimedJob(*fields) for _turn, *fields, _looked_at in rows if fields[0] is not None]
    return Claim(jobs, are_more=rows[0][-1] > len(jobs))
