"""The operations on entangled groups: create, read, list, delete, and list the partners of a vector."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs, to_builtins
from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.database import Database
from app.entanglement import repository
from app.entanglement.documents import Group, GroupInput, GroupList, GroupPagination, Partners
from app.entanglement.limits import MAX_GROUPS_OF_A_VECTOR, MAX_MEMBERS, MIN_MEMBERS
from app.entanglement.problem import EntanglingProblem, problem_of
from app.entanglement.remote import RemoteEntangler
from app.errors import ConflictError, InvalidInputError, LimitExceededError, NotFoundError
from app.rest.page_request import PageRequest
from app.rest.pagination import count
from app.vectors.service import no_such_vector
from app.vectors.vector_input import check_id, check_new_id, is_id
from app.webhooks import outbox
from app.webhooks.outbox import EventType, listed

SEED_BITS = 53
"""Larger integers lose digits in JavaScript."""

NAMED = 10
"""A message names so many ids at most."""

ENTITY_IDS = ("body", "entity_ids")


@dataclass(frozen=True)
class Entangled:
    """The circuit of a group, and the correlation that it gave."""

    problem: EntanglingProblem
    measured_correlation: float


def check(asked: GroupInput) -> GroupInput:
    """Return a group that is asked for with its members in order, checked as far as no database is needed.

    Raises:
        InvalidInputError: an id cannot be one, an entity is named twice, or there are too few.
        LimitExceededError: there are more entities than a group may have.
    """
    entity_ids = asked.entity_ids
    check_new_id(asked.group_id, ("body", "group_id"), route_names=())
    if len(entity_ids) > MAX_MEMBERS:
        raise LimitExceededError(
            f"a group has at most {MAX_MEMBERS} entities (max_group_members); {len(entity_ids)} were given",
            "max_group_members",
            ENTITY_IDS,
        )
    for index, entity_id in enumerate(entity_ids):
        check_id(entity_id, (*ENTITY_IDS, index))
        if entity_id in entity_ids[:index]:
            raise InvalidInputError(
                f"entity_ids[{index}] is {entity_id!r} again; name each once", (*ENTITY_IDS, index)
            )
    if len(entity_ids) < MIN_MEMBERS:
        raise InvalidInputError(
            f"a group has at least {MIN_MEMBERS} entities; {len(entity_ids)} were given", ENTITY_IDS
        )
    return structs.replace(asked, entity_ids=sorted(entity_ids))


def entangle(database: Database, entangler: RemoteEntangler, new: GroupInput) -> Entangled | None:
    """Run the circuit of a group; return ``None`` where the group will be refused all the same.

    It comes before the transaction, which must not wait for a simulation.

    Raises:
        UnavailableError: there is no worker to run it.
    """
    with database.reading() as session:
        is_taken = repository.exists(session, new.group_id)
        if is_taken or len(repository.existing_vectors(session, new.entity_ids)) < len(new.entity_ids):
            return None
    problem = problem_of(len(new.entity_ids), new.correlation_strength, secrets.randbits(SEED_BITS))
    return Entangled(problem, entangler.entangle(problem))


def create(session: Session, new: GroupInput, entangled: Entangled | None, owner: str | None) -> Group:
    """Store a group whose circuit was run.

    Raises:
        ConflictError: there is a group with this id.
        NotFoundError: an entity is no vector; the member ``missing`` of the error names all of these.
        LimitExceededError: an entity belongs to as many groups as it may.
    """
    there = repository.lock_vectors(session, new.entity_ids)
    if repository.exists(session, new.group_id):
        raise _exists_already(new.group_id)
    if missing := [entity_id for entity_id in new.entity_ids if entity_id not in there]:
        raise _no_such_vectors(missing)
    if entangled is None:
        raise ConflictError("The group or its vectors changed meanwhile; send the request again.")
    if full := repository.full_vectors(session, new.entity_ids, MAX_GROUPS_OF_A_VECTOR):
        raise LimitExceededError(
            f"a vector belongs to at most {MAX_GROUPS_OF_A_VECTOR} groups (max_groups_of_a_vector); "
            f"{_named(full)} do already",
            "max_groups_of_a_vector",
            ENTITY_IDS,
        )
    values = {
        "id": new.group_id,
        "correlation_strength": new.correlation_strength,
        "measured_correlation": entangled.measured_correlation,
        "shots": entangled.problem.shots,
        "seed": entangled.problem.seed,
        "owner": owner,
    }
    if not repository.add(session, values, new.entity_ids):
        raise _exists_already(new.group_id)
    group = read(session, new.group_id)
    audit.record(
        session, Action.CREATED, Kind.ENTANGLEMENT_GROUP, new.group_id, {"entities": len(new.entity_ids)}
    )
    data = {**listed([new.group_id]), "group": to_builtins(group)}
    outbox.publish(session, EventType.ENTANGLEMENT_CREATED, data)
    return group


def read(session: Session, group_id: str) -> Group:
    """Return one group with its members.

    Raises:
        NotFoundError: there is none with this id.
    """
    group = repository.find(session, group_id) if is_id(group_id) else None
    if group is None:
        raise _no_such_group(group_id)
    return Group(**structs.asdict(group), entity_ids=repository.members_of(session, group_id))


def read_page(session: Session, number: int, size: int) -> GroupList:
    """Return a page of the groups, newest first."""
    request = PageRequest(size, number)
    total, is_estimate = count(session, repository.listed())
    pagination = GroupPagination(number, size, total, -(-total // size), is_estimate)
    return GroupList(repository.page(session, size, request.offset), pagination)


def delete(session: Session, group_id: str) -> None:
    """Delete a group; its vectors stay as they are.

    Raises:
        NotFoundError: there is none with this id.
    """
    if not is_id(group_id) or not repository.mark_deleted(session, [group_id]):
        raise _no_such_group(group_id)
    audit.record(session, Action.DELETED, Kind.ENTANGLEMENT_GROUP, group_id)
    outbox.publish_ids(session, EventType.ENTANGLEMENT_DELETED, [group_id])


def partners(session: Session, entity_id: str) -> Partners:
    """Return who is entangled with a vector, once for each group that they share, the strongest first.

    Raises:
        NotFoundError: there is no such vector.
    """
    require_vector(session, entity_id)
    return Partners(entity_id, repository.partners_of(session, entity_id))


def require_vector(session: Session, entity_id: str) -> None:
    """Refuse an id that no vector has.

    Raises:
        NotFoundError: it is one.
    """
    if not is_id(entity_id) or not repository.existing_vectors(session, [entity_id]):
        raise no_such_vector(entity_id)


def _named(ids: Sequence[str]) -> str:
    return ", ".join(repr(each) for each in ids[:NAMED])


def _no_such_vectors(missing: Sequence[str]) -> NotFoundError:
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    message = f"There are no vectors with the ids {_named(missing)}{more}."
    return NotFoundError(message, details={"missing": missing})


def _no_such_group(group_id: str) -> NotFoundError:
    return NotFoundError(f"There is no entangled group with the id {group_id!r}.")


def _exists_already(group_id: str) -> ConflictError:
    return ConflictError(
        f"There is an entangled group with the id {group_id!r} already; delete it first.", code="group_exists"
    )
