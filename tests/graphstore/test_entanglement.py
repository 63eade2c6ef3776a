"""Entangled groups in both graph servers: written, replaced only by newer ones, removed, walked."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from app.errors import UnavailableError
from app.graphstore import entanglement
from app.graphstore.driver import GraphStore, Transaction
from app.graphstore.entanglement import GroupGraph

SECONDS = 20.0


def _group(*members: str, version: int = 1, correlation: float = 0.85, group_id: str = "") -> GroupGraph:
    return GroupGraph(group_id or f"g-{uuid4().hex}", version, correlation, members)


def _ids(number: int) -> list[str]:
    prefix = uuid4().hex
    return [f"{prefix}-{index:03}" for index in range(number)]


def _pairs(store: GraphStore, group_id: str) -> list[tuple[str, str, float]]:
    def work(transaction: Transaction) -> list[list[str]]:
        return transaction.run(
            "MATCH (a:Vector)-[r:ENTANGLED {group_id: $id}]->(b:Vector) RETURN a.id, b.id, r.correlation",
            {"id": group_id},
        )

    return sorted((min(a, b), max(a, b), float(correlation)) for a, b, correlation in store.read(work))


def _members(store: GraphStore, group_id: str) -> list[str]:
    def work(transaction: Transaction) -> list[list[str]]:
        return transaction.run(
            "MATCH (v:Vector)-[:MEMBER_OF]->(:EntanglementGroup {group_id: $id}) RETURN v.id",
            {"id": group_id},
        )

    return sorted(row[0] for row in store.read(work))


def _vectors(store: GraphStore, ids: list[str]) -> list[str]:
    def work(transaction: Transaction) -> list[list[str]]:
        return transaction.run("UNWIND $ids AS id MATCH (v:Vector {id: id}) RETURN v.id", {"ids": ids})

    return sorted(row[0] for row in store.read(work))


def test_a_small_group_has_an_edge_for_each_pair(store: GraphStore) -> None:
    a, b, c = _ids(3)
    group = _group(a, b, c)
    entanglement.project(store, group)
    assert _members(store, group.group_id) == [a, b, c]
    assert _pairs(store, group.group_id) == [(a, b, 0.85), (a, c, 0.85), (b, c, 0.85)]


def test_a_large_group_has_its_members_and_no_pairs(store: GraphStore) -> None:
    ids = _ids(256)
    group = _group(*ids)
    entanglement.project(store, group)
    assert _members(store, group.group_id) == ids
    assert _pairs(store, group.group_id) == []


def test_projecting_twice_changes_nothing(store: GraphStore) -> None:
    group = _group(*_ids(3))
    entanglement.project(store, group)
    entanglement.project(store, group)
    assert len(_pairs(store, group.group_id)) == 3
    assert len(_members(store, group.group_id)) == 3


def test_a_newer_version_replaces_the_edges_and_an_older_one_does_not(store: GraphStore) -> None:
    a, b, c = _ids(3)
    first = _group(a, b, c, version=5)
    newer = _group(a, b, version=7, group_id=first.group_id)
    entanglement.project(store, first)
    entanglement.project(store, newer)
    entanglement.project(store, first)
    assert _pairs(store, first.group_id) == [(a, b, 0.85)]
    assert _vectors(store, [a, b, c]) == [a, b], "a vector that left its last group stayed"


def test_a_vector_stays_while_another_group_holds_it(store: GraphStore) -> None:
    a, b, c = _ids(3)
    one, two = _group(a, b), _group(b, c)
    for group in (one, two):
        entanglement.project(store, group)
    entanglement.remove(store, one.group_id, one.version)
    assert _vectors(store, [a, b, c]) == [b, c]
    assert _pairs(store, two.group_id) == [(b, c, 0.85)]
    assert _pairs(store, one.group_id) == []


def test_a_removal_that_comes_late_leaves_a_newer_group(store: GraphStore) -> None:
    a, b = _ids(2)
    group = _group(a, b, version=9)
    entanglement.project(store, group)
    entanglement.remove(store, group.group_id, 8)
    assert _members(store, group.group_id) == [a, b]
    entanglement.remove(store, group.group_id, 9)
    entanglement.remove(store, group.group_id, 9)
    assert _vectors(store, [a, b]) == []


def test_writers_at_the_same_time_leave_whole_groups(store: GraphStore) -> None:
    shared = _ids(4)
    groups = [_group(*shared, *_ids(2)) for _ in range(4)]
    # as the projector does: what a server that has no locks gave up is tried again
    trying = Retrying(
        retry=retry_if_exception_type(UnavailableError),
        stop=stop_after_delay(60),
        wait=wait_random(0, 0.2),
        reraise=True,
    )

    def work(group: GroupGraph) -> None:
        for version in (1, 2, 3):
            newer = GroupGraph(group.group_id, version, group.correlation, group.members)
            trying(entanglement.project, store, newer)

    with ThreadPoolExecutor(len(groups)) as pool:
        list(pool.map(work, groups))
    for group in groups:
        assert _members(store, group.group_id) == sorted(group.members)
        assert len(_pairs(store, group.group_id)) == 15
    for group in groups:
        entanglement.remove(store, group.group_id, 3)
    assert _vectors(store, shared) == []


def test_the_groups_around_come_strongest_first_and_only_once(store: GraphStore) -> None:
    a, b, c, d = _ids(4)
    weak, strong, far = _group(a, b, correlation=0.2), _group(a, c, correlation=0.9), _group(c, d)
    for group in (weak, strong, far):
        entanglement.project(store, group)
    around = entanglement.groups_around(store, [a], [], 10, SECONDS)
    assert [(each.group_id, each.members) for each in around] == [
        (strong.group_id, sorted([a, c])),
        (weak.group_id, sorted([a, b])),
    ]
    onwards = entanglement.groups_around(store, [b, c], [strong.group_id, weak.group_id], 10, SECONDS)
    assert [each.group_id for each in onwards] == [far.group_id]
    assert [each.group_id for each in entanglement.groups_around(store, [a], [], 1, SECONDS)] == [
        strong.group_id
    ]


@pytest.mark.parametrize("id_", ["with 'quotes\" and \\", "emoji 🪢", "`) DETACH DELETE v //"])
def test_ids_are_parameters_and_no_cypher(store: GraphStore, id_: str) -> None:
    a, b = (f"{id_} {each}" for each in _ids(2))
    group = _group(a, b, group_id=f"{id_} {uuid4().hex}")
    entanglement.project(store, group)
    assert _members(store, group.group_id) == sorted([a, b])
    entanglement.remove(store, group.group_id, 1)
    assert _vectors(store, [a, b]) == []
