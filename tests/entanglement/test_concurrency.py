"""Changes of overlapping groups at the same time: nothing is lost, and nobody runs into a deadlock.

All numbers are whole and small, so that float32 adds them exactly, in whatever order the changes come.
"""

import json
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier, Event

import msgspec
import pytest
from sqlalchemy import event

from app.database import Database
from app.entanglement import service as groups
from app.entanglement.documents import GroupInput
from app.entanglement.problem import problem_of
from app.entanglement.service import Entangled
from app.errors import ConflictError, NotFoundError
from app.vectors import service as vectors
from app.vectors.bodies import VectorChange, VectorInput
from app.vectors.listing import read_one
from tests.databases import waiting_for_rows
from tests.stack import wait_until

THREADS = 8
CHANGES = 20


@dataclass(frozen=True)
class Store:
    """A store of vectors of two numbers; the second one never changes, so that none becomes zero."""

    database: Database

    def insert(self, vector_id: str, number: float) -> None:
        """Store a vector."""
        with self.database.unit_of_work() as unit:
            vectors.insert(unit.session, VectorInput(id=vector_id, vector=[number, 1.0]), None, upsert=False)

    def change(self, vector_id: str, number: float) -> int:
        """Give a vector another number; how many partners followed."""
        with self.database.unit_of_work() as unit:
            change = VectorChange(vector=[number, 1.0])
            return vectors.update(unit.session, vector_id, change, replace_metadata=False)

    def number(self, vector_id: str) -> float:
        """Return the number of a vector."""
        with self.database.reading() as session:
            document = read_one(session, vector_id, with_numbers=True)
        return float(json.loads(msgspec.json.encode(document.vector))[0])

    def delete(self, vector_id: str) -> None:
        """Delete a vector."""
        with self.database.unit_of_work() as unit:
            vectors.delete(unit.session, vector_id)

    def make_group(self, group_id: str, members: list[str], strength: float) -> None:
        """Make a group; its circuit does not matter here."""
        entangled = Entangled(problem_of(len(members), strength, seed=1), strength)
        with self.database.unit_of_work() as unit:
            groups.create(unit.session, GroupInput(group_id, members, strength), entangled, None)

    def delete_group(self, group_id: str) -> None:
        """Delete a group."""
        with self.database.unit_of_work() as unit:
            groups.delete(unit.session, group_id)


@pytest.fixture
def store(database: Database) -> Store:
    """Fourteen vectors, v00 to v13, of the numbers 0 to 13."""
    made = Store(database)
    for number in range(14):
        made.insert(f"v{number:02}", float(number))
    return made


def _together(works: list[Callable[[], None]]) -> None:
    """Run all of them in threads that begin at once; the first failure is raised."""
    start = Barrier(len(works))

    def begin(work: Callable[[], None]) -> None:
        start.wait(60)
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(begin, work) for work in works]:
            done.result()


def test_the_steps_of_many_add_up_in_the_partner_that_they_share(store: Store) -> None:
    shared, strength = "v05", 0.5
    others = [f"v{number:02}" for number in range(THREADS + 1) if number != 5]
    for other in others:
        store.make_group(other, sorted([shared, other]), strength)

    def work(vector_id: str) -> None:
        for number in random.Random(vector_id).sample(range(-1_000, 1_000, 2), CHANGES):
            assert store.change(vector_id, float(number)) == 1

    before = {vector_id: store.number(vector_id) for vector_id in [*others, shared]}
    _together([partial(work, vector_id) for vector_id in others])
    steps = [store.number(vector_id) - before[vector_id] for vector_id in others]
    assert store.number(shared) == before[shared] + strength * sum(steps)


def test_overlapping_groups_that_all_change_keep_their_distances(store: Store) -> None:
    """With strength 1 whoever belongs to the same groups moves alike, however the changes interleave."""
    left, both, right = (
        [f"v{number:02}" for number in span] for span in (range(5), range(5, 9), range(9, 14))
    )
    store.make_group("left", left + both, 1.0)
    store.make_group("right", both + right, 1.0)

    def work(thread: int) -> None:
        draw = random.Random(thread)
        for _ in range(CHANGES):
            vector_id = draw.choice(left + both + right)
            # near where it is, or the two groups drive each other further and further
            store.change(vector_id, store.number(vector_id) + draw.randint(-100, 100))

    def distances() -> list[float]:
        return [
            store.number(vector_id) - store.number(alike[0])
            for alike in (left, both, right)
            for vector_id in alike
        ]

    before = distances()
    _together([partial(work, thread) for thread in range(THREADS)])
    assert distances() == before


def test_changes_deletions_and_groups_get_along(store: Store) -> None:
    ids = [f"v{number:02}" for number in range(14)]

    def attempt(draw: random.Random, thread: int) -> None:
        some = sorted(draw.sample(ids, 5))
        match draw.randrange(8):
            case 0:
                store.make_group(f"g{draw.randrange(6)}", some, 0.5)
            case 1:
                store.delete_group(f"g{draw.randrange(6)}")
            case 2:
                store.delete(some[0])
            case 3:
                store.insert(some[0], float(thread))
            case _:
                store.change(some[0], float(draw.randint(-1_000, 1_000)))

    def work(thread: int) -> None:
        draw = random.Random(thread)
        for _ in range(2 * CHANGES):
            try:
                attempt(draw, thread)
            except (NotFoundError, ConflictError):
                continue

    _together([partial(work, thread) for thread in range(THREADS)])
    with store.database.reading() as session:
        for group in groups.read_page(session, 1, 50).results:
            members = groups.read(session, group.group_id).entity_ids
            assert len(members) == group.entities >= 2


def test_a_vector_that_is_deleted_and_made_anew_while_its_partners_are_locked_is_not_changed(
    store: Store,
) -> None:
    """Its new row would be locked after rows of later ids: two changes of it could wait for each other."""
    store.make_group("g", ["v01", "v02"], 0.5)
    with ThreadPoolExecutor(1) as pool:
        with store.database.unit_of_work() as unit:
            vectors.delete(unit.session, "v01")
            changing = pool.submit(store.change, "v01", 7.0)
            wait_until(lambda: waiting_for_rows(store.database) == 1, what="the change at the deleted row")
            vectors.insert(unit.session, VectorInput(id="v01", vector=[5.0, 1.0]), None, upsert=False)
        with pytest.raises(NotFoundError, match="no vector with the id 'v01'"):
            changing.result()
    assert (store.number("v01"), store.number("v02")) == (5.0, 2.0)


def test_a_partner_that_is_deleted_and_made_anew_during_a_change_is_no_partner_any_more(store: Store) -> None:
    store.make_group("g", ["v01", "v02"], 0.5)
    replacing: list[Future[None]] = []
    begun = Event()

    def replace() -> None:
        store.delete("v02")
        store.insert("v02", 5.0)

    def replace_after_the_first_statement(*_event: object) -> None:
        if begun.is_set():
            return
        begun.set()
        replacing.append(pool.submit(replace))
        wait_until(
            lambda: replacing[0].done() or waiting_for_rows(store.database) == 1,
            what="the new row, or the deletion at the locked one",
        )

    engine = store.database.engine
    with ThreadPoolExecutor(1) as pool:
        event.listen(engine, "after_cursor_execute", replace_after_the_first_statement)
        try:
            store.change("v01", 7.0)
        finally:
            event.remove(engine, "after_cursor_execute", replace_after_the_first_statement)
        replacing[0].result()
    assert (store.number("v01"), store.number("v02")) == (7.0, 5.0)
