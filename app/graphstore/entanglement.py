"""Entangled groups in the graph: ``(:Vector {id})-[:MEMBER_OF]->(:EntanglementGroup {group_id, …})``.

1. Groups of up to ``MAX_PAIRWISE`` members also have an edge for each pair, ``(:Vector)-[:ENTANGLED
   {group_id, correlation}]-(:Vector)``, for people who look at the graph. A group of 256 would need 32,640 of
   them, which say no more than its 256 ``MEMBER_OF``.
2. Neighbourhoods are found through the groups, so that each group is read once.
3. A group node has the ``version`` that was projected; an older one that comes late changes nothing.
4. A lock on one node lets one writer work at a time: a vector that leaves its last group can be removed,
   since no other writer can be adding it to a group.

The functions raise ``UnavailableError`` without a graph server, or if it does not answer in time; they may be
called again.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from neo4j.exceptions import ConstraintError, Neo4jError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from app.graphstore.driver import GraphStore, Transaction

MAX_PAIRWISE = 32
"""The largest group whose pairs have edges: 496 of them."""

WRITE_SECONDS = 10.0
"""The longest wait for one statement; groups of 256 take 0.1 s."""

LONGEST_RETRY_WAIT_SECONDS = 0.5

GONE_CODE = "Neo.ClientError.Statement.EntityNotFound"

REMOVE_BATCH = 100
"""Groups that one transaction of ``remove_all`` removes."""

# Writing a property locks the node, so that all other writers wait here.
TAKE_LOCK = "MERGE (l:EntanglementLock {name: 'projection'}) SET l.taken = coalesce(l.taken, 0) + 1"
CLAIM = """
MERGE (g:EntanglementGroup {group_id: $group_id})
WITH g WHERE coalesce(g.version, -1) < $version
SET g.version = $version, g.correlation = $correlation
RETURN g.group_id
"""
MEMBERS_OF = """
UNWIND $group_ids AS group_id
MATCH (v:Vector)-[:MEMBER_OF]->(:EntanglementGroup {group_id: group_id}) RETURN DISTINCT v.id
"""
CUT_PAIRS = """
UNWIND $group_ids AS group_id
MATCH (:EntanglementGroup {group_id: group_id})<-[:MEMBER_OF]-(v:Vector)
MATCH (v)-[r:ENTANGLED {group_id: group_id}]->(:Vector) DELETE r
"""
CUT_MEMBERS = """
UNWIND $group_ids AS group_id
MATCH (:EntanglementGroup {group_id: group_id})<-[r:MEMBER_OF]-(:Vector) DELETE r
"""
JOIN = """
MATCH (g:EntanglementGroup {group_id: $group_id})
UNWIND $members AS id
MERGE (v:Vector {id: id})
CREATE (v)-[:MEMBER_OF]->(g)
"""
JOIN_PAIRS = """
UNWIND $pairs AS pair
MATCH (a:Vector {id: pair[0]})
MATCH (b:Vector {id: pair[1]})
CREATE (a)-[:ENTANGLED {group_id: $group_id, correlation: $correlation}]->(b)
"""
REMOVE_LEFT_ALONE = """
UNWIND $ids AS id
MATCH (v:Vector {id: id}) WHERE NOT (v)-[:MEMBER_OF]->() DELETE v
"""
NOT_NEWER = """
MATCH (g:EntanglementGroup {group_id: $group_id}) WHERE coalesce(g.version, -1) <= $version RETURN g.group_id
"""
REMOVE_GROUPS = "UNWIND $group_ids AS group_id MATCH (g:EntanglementGroup {group_id: group_id}) DELETE g"
SOME_GROUPS = "MATCH (g:EntanglementGroup) RETURN g.group_id LIMIT $limit"
GROUPS_AROUND = """
UNWIND $ids AS id
MATCH (:Vector {id: id})-[:MEMBER_OF]->(g:EntanglementGroup)
WHERE NOT g.group_id IN $seen
WITH DISTINCT g ORDER BY g.correlation DESC, g.group_id LIMIT $limit
MATCH (g)<-[:MEMBER_OF]-(v:Vector)
RETURN g.group_id, g.correlation, collect(v.id)
"""


Result = TypeVar("Result")


@dataclass(frozen=True)
class GroupGraph:
    """A group to be written; ``version`` grows with each change of the group."""

    group_id: str
    version: int
    correlation: float
    members: Sequence[str]


@dataclass(frozen=True)
class GroupAround:
    """A group that some vectors belong to, with all its members."""

    group_id: str
    correlation: float
    members: list[str]


def project(store: GraphStore, graph: GroupGraph) -> None:
    """Write a group in place of an older version; a newer version is left as it is."""
    store.ensure_schema()
    pairs = list(combinations(graph.members, 2)) if len(graph.members) <= MAX_PAIRWISE else []

    def work(transaction: Transaction) -> None:
        transaction.run(TAKE_LOCK)
        claim = {"group_id": graph.group_id, "version": graph.version, "correlation": graph.correlation}
        if not transaction.run(CLAIM, claim):
            return
        _cut(transaction, [graph.group_id], keep=set(graph.members))
        transaction.run(JOIN, {"group_id": graph.group_id, "members": list(graph.members)})
        if pairs:
            transaction.run(JOIN_PAIRS, {**claim, "pairs": [list(pair) for pair in pairs]})

    _write(store, work)


def remove(store: GraphStore, group_id: str, version: int) -> None:
    """Remove a group, unless the graph has a newer version of it."""
    store.ensure_schema()

    def work(transaction: Transaction) -> None:
        transaction.run(TAKE_LOCK)
        if transaction.run(NOT_NEWER, {"group_id": group_id, "version": version}):
            _remove(transaction, [group_id])

    _write(store, work)


def remove_all(store: GraphStore) -> None:
    """Remove all groups and their vectors, in batches of bounded size, and nothing else."""
    store.ensure_schema()

    def work(transaction: Transaction) -> int:
        transaction.run(TAKE_LOCK)
        group_ids = [str(row[0]) for row in transaction.run(SOME_GROUPS, {"limit": REMOVE_BATCH})]
        _remove(transaction, group_ids)
        return len(group_ids)

    while _write(store, work) == REMOVE_BATCH:
        continue


def groups_around(
    store: GraphStore, vector_ids: Collection[str], seen: Collection[str], limit: int, seconds: float
) -> list[GroupAround]:
    """Return up to ``limit`` groups of these vectors that are not in ``seen``, the strongest first."""
    store.ensure_schema()

    def work(transaction: Transaction) -> list[GroupAround]:
        rows = transaction.run(GROUPS_AROUND, {"ids": list(vector_ids), "seen": list(seen), "limit": limit})
        groups = [GroupAround(str(row[0]), float(row[1]), sorted(map(str, row[2]))) for row in rows]
        return sorted(groups, key=lambda group: (-group.correlation, group.group_id))

    return store.search(work, seconds=seconds)


def _write(store: GraphStore, work: Callable[[Transaction], Result]) -> Result:
    """Run ``work`` in one transaction, and repeat it after conflicts with other writers.

    ArcadeDB has no locks: of two writers at once, one fails when a node that it needs appears or disappears.
    """
    retrying = Retrying(
        retry=retry_if_exception(_is_conflict),
        stop=stop_after_delay(WRITE_SECONDS),
        wait=wait_random_exponential(multiplier=0.02, max=LONGEST_RETRY_WAIT_SECONDS),
        reraise=True,
    )
    result: Result = retrying(store.write, work, seconds=max(WRITE_SECONDS, store.timeout_seconds))
    return result


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, ConstraintError) or (isinstance(error, Neo4jError) and error.code == GONE_CODE)


def _remove(transaction: Transaction, group_ids: list[str]) -> None:
    _cut(transaction, group_ids, keep=set())
    transaction.run(REMOVE_GROUPS, {"group_ids": group_ids})


def _cut(transaction: Transaction, group_ids: list[str], keep: set[str]) -> None:
    """Remove all members from groups, and the vectors that are in no group then, except those to ``keep``."""
    members = [str(row[0]) for row in transaction.run(MEMBERS_OF, {"group_ids": group_ids})]
    if not members:
        return
    transaction.run(CUT_PAIRS, {"group_ids": group_ids})
    transaction.run(CUT_MEMBERS, {"group_ids": group_ids})
    if left := [each for each in members if each not in keep]:
        transaction.run(REMOVE_LEFT_ALONE, {"ids": left})
