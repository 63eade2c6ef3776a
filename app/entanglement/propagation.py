"""What entanglement does when a vector changes or is deleted: its partners move, its groups shrink.

The service of vectors calls these functions inside its own transactions.
"""

import math
from array import array
from collections.abc import Collection

import msgspec
from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.entanglement import moves, repository
from app.entanglement.limits import MIN_MEMBERS
from app.entanglement.moves import LockedPartner, LockedVector, MovedPartner
from app.errors import ConflictError
from app.vectors.limits import LARGEST_COMPONENT, SMALLEST_COMPONENT
from app.vectors.service import no_such_vector
from app.vectors.vector_input import unpack_numbers
from app.webhooks import outbox
from app.webhooks.outbox import EventType

ROUNDING = 2.0**-20
"""A vector of which a move leaves less than this part is only the rounding of float32 (2^-24 a number)."""

BY_DELETION = {"by": "deletion of members"}
"""The action in the audit trail for groups that lost members because their vectors were deleted."""


def lock(session: Session, vector_id: str) -> LockedVector | None:
    """Lock a vector that is about to change, with its coherent partners: before any other lock of vectors.

    Raises:
        NotFoundError: it was deleted meanwhile. Somebody may have inserted its id again since, but that row
            would be locked after those of its partners: not in the order of ids, which keeps deadlocks away.
    """
    locked = moves.lock(session, vector_id)
    if locked is not None and locked.numbers is None:
        raise no_such_vector(vector_id)
    return locked


def move_partners(session: Session, locked: LockedVector, numbers: bytes) -> list[str]:
    """Move the coherent partners of a vector that becomes ``numbers``; return their ids.

    Each moves by strength × (new − old), once, with the strongest strength of the groups that it shares with
    the vector; partners of partners stay. The caller restarts the coherence of those that moved.

    Raises:
        ConflictError: a partner would become zero, or leave the magnitudes that can be compared.
    """
    if locked.numbers is None:
        return []
    change = [
        new - old for new, old in zip(unpack_numbers(numbers), unpack_numbers(locked.numbers), strict=True)
    ]
    if not any(change):
        return []
    strengths = sorted({partner.strength for partner in locked.partners})
    number_of = {strength: number for number, strength in enumerate(strengths)}
    moved = moves.move(
        session,
        [_scaled(change, strength) for strength in strengths],
        [(partner.id, number_of[partner.strength]) for partner in locked.partners],
        SMALLEST_COMPONENT * math.sqrt(len(change)),
        LARGEST_COMPONENT,
    )
    before = {partner.id: partner for partner in locked.partners}
    for partner in moved:
        _check(partner, before[partner.id])
    return [partner.id for partner in moved]


def leave_groups(session: Session, vector_ids: Collection[str]) -> int:
    """Take vectors, which are locked and about to be deleted, out of their groups.

    A group that is left with fewer than two members is deleted.

    Returns:
        How many memberships ended.
    """
    group_ids = repository.groups_of(session, vector_ids)
    if not group_ids:
        return 0
    repository.lock_groups(session, group_ids)
    left = repository.remove_memberships(session, vector_ids)
    sizes = repository.sizes(session, left)
    shrunk = sorted(group_id for group_id in set(left) if sizes.get(group_id, 0) >= MIN_MEMBERS)
    ended = sorted(set(left) - set(shrunk))
    if shrunk:
        repository.mark_changed(session, shrunk)
        _tell(session, Action.UPDATED, EventType.ENTANGLEMENT_UPDATED, shrunk)
    if ended:
        repository.mark_deleted(session, ended)
        _tell(session, Action.DELETED, EventType.ENTANGLEMENT_DELETED, ended)
    return len(left)


def _tell(session: Session, action: Action, event: EventType, group_ids: list[str]) -> None:
    """Tell the audit trail and the webhooks what the deletion of members did to groups."""
    if len(group_ids) == 1:
        audit.record(session, action, Kind.ENTANGLEMENT_GROUP, group_ids[0], BY_DELETION)
    else:
        details = {**BY_DELETION, "count": len(group_ids)}
        audit.record(session, action, Kind.ENTANGLEMENT_GROUP, None, details)
    outbox.publish_ids(session, event, group_ids)


def _check(moved: MovedPartner, before: LockedPartner) -> None:
    too_small = moved.norm <= before.norm * ROUNDING or (
        moved.magnitude is not None and moved.magnitude < SMALLEST_COMPONENT
    )
    if too_small:
        raise _refusal(moved.id, "would become zero")
    if moved.magnitude is not None and moved.magnitude > LARGEST_COMPONENT:
        raise _refusal(moved.id, f"would have a number over {LARGEST_COMPONENT:g}")


def _refusal(partner_id: str, what: str) -> ConflictError:
    return ConflictError(
        f"The entangled partner {partner_id!r} {what} if this vector changed so; nothing is changed. Change "
        "it otherwise, or delete the group first.",
        code="partner_refuses",
    )


def _scaled(change: list[float], strength: float) -> str:
    """Write a step as pgvector's text, rounded to float32: what is too small becomes 0 and no error."""
    return msgspec.json.encode(array("f", [strength * each for each in change]).tolist()).decode()
