"""The SQL by which the change of a vector moves its partners: all are locked, and all are moved at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

# One statement finds the partners and locks them: a vector that is deleted and inserted anew meanwhile is not
# taken for the partner that it was before. All rows are locked in the order of their ids, the changed one
# among them. Where a row had to be waited for, PostgreSQL reads it again after the wait, so that its numbers
# are those that the other transaction left.
LOCK = text("""
SELECT v.id, entangled.strength, vector_norm(v.embedding),
  CASE WHEN v.id = :vector_id THEN vector_send(v.embedding) END
FROM vectors AS v JOIN (
  SELECT CAST(:vector_id AS text) COLLATE "C" AS id, NULL::float8 AS strength
  UNION ALL
  SELECT other.vector_id, max(g.correlation_strength)
  FROM entanglement_members AS own
  JOIN entanglement_members AS other ON other.group_id = own.group_id AND other.vector_id <> own.vector_id
  JOIN entanglement_groups AS g ON g.id = own.group_id
  JOIN vector_states AS s ON s.vector_id = other.vector_id AND (s.expires_at IS NULL OR s.expires_at > now())
  WHERE own.vector_id = :vector_id
  GROUP BY other.vector_id
) AS entangled ON entangled.id = v.id
ORDER BY v.id FOR NO KEY UPDATE OF v
""")

# Each of the few different steps is parsed once, however many partners take it. The magnitude is
# computed only where the norm leaves it open: going through all numbers would take longer than moving them.
MOVE = text("""
WITH steps AS MATERIALIZED (
  SELECT number, step::vector AS step
  FROM unnest(CAST(:steps AS text[])) WITH ORDINALITY AS s (step, number)
), moved AS (
  UPDATE vectors AS v
  SET embedding = v.embedding + steps.step, indexed_in = NULL, updated_at = now()
  FROM unnest(CAST(:ids AS text[]), CAST(:numbers AS int[])) AS p (id, number)
  JOIN steps ON steps.number = p.number
  WHERE v.id = p.id
  RETURNING v.id, v.embedding
)
SELECT id, vector_norm(embedding),
  CASE WHEN vector_norm(embedding) BETWEEN :surely_above AND :surely_below THEN NULL
    ELSE (SELECT max(abs(x)) FROM unnest(embedding::real[]) AS x) END
FROM moved
""")


@dataclass(frozen=True)
class LockedPartner:
    """A coherent partner that is kept from others; ``norm`` is its length."""

    id: str
    strength: float
    norm: float


@dataclass(frozen=True)
class LockedVector:
    """A vector that is about to change, and its coherent partners.

    ``numbers`` are big-endian float32; ``None`` if the vector was deleted before its row could be locked.
    """

    numbers: bytes | None
    partners: list[LockedPartner]


@dataclass(frozen=True)
class MovedPartner:
    """A partner after its move; ``magnitude``, that of its largest number, only where it is in doubt."""

    id: str
    norm: float
    magnitude: float | None


def lock(session: Session, vector_id: str) -> LockedVector | None:
    """Lock a vector and its coherent partners; ``None`` if it has none, or was no vector before."""
    numbers: bytes | None = None
    partners: list[LockedPartner] = []
    for each_id, strength, norm, sent in session.execute(LOCK, {"vector_id": vector_id}):
        if each_id == vector_id:
            numbers = bytes(sent)[4:]  # after the dimension and an unused word
        else:
            partners.append(LockedPartner(each_id, strength, norm))
    return LockedVector(numbers, partners) if partners else None


def move(
    session: Session,
    steps: Sequence[str],
    step_of: Sequence[tuple[str, int]],
    surely_above: float,
    surely_below: float,
) -> list[MovedPartner]:
    """Add to each locked partner its step, by number from 0 in ``steps``, which are vectors as text.

    A moved vector is out of the index until it is put in again. Between the two norms a magnitude is not
    looked for.
    """
    rows = session.execute(
        MOVE,
        {
            "steps": list(steps),
            "ids": [vector_id for vector_id, _ in step_of],
            "numbers": [number + 1 for _, number in step_of],
            "surely_above": surely_above,
            "surely_below": surely_below,
        },
    )
    return [MovedPartner(*row) for row in rows]
