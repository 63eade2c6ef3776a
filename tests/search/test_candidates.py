"""Candidates of a query on real PostgreSQL: which ones, in which order, with what, and by which plan."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import text

from app.database import Database
from app.direct_sql import OutOfTimeError, Reader, run, run_plain
from app.errors import NotFoundError
from app.search import candidates
from app.search.candidate_queries import CandidateSearch, Mode, pool_size
from app.search.candidates import Candidates
from app.search.pool_query import Plan
from app.search.rendering import vector_texts
from app.search.store import read_store
from app.vectors import catalogue, hnsw
from app.vectors.filters import compile_filter
from app.vectors.indexer import Indexer
from tests.search.vector_store import clusters, cosines, fill, nearest, packed

DIMENSION = 16
NUMBER = 1_500
VECTORS = clusters(NUMBER, DIMENSION)
QUERY = clusters(1, DIMENSION, seed=3)[0]
ROWS = [
    {
        "metadata": {"group": index % 100, "source": f"s{index % 3}"},
        "contexts": {"a": 0.7, "b": 0.3} if index % 10 == 0 else {"c": 1.0} if index % 10 == 1 else {},
    }
    for index in range(NUMBER)
]
MODES = list(Mode)


@pytest.fixture
def scanned(database: Database) -> Database:
    """A store without an index."""
    fill(database, VECTORS, ROWS)
    return database


@pytest.fixture
def indexed(scanned: Database) -> Iterator[Database]:
    """The same with an index of most rows; the last 50 wait."""
    with scanned.unit_of_work() as unit:
        unit.session.execute(text("UPDATE vectors SET indexed_in = 1 WHERE id < 'v01450'"))
    with scanned.reading() as session:
        hnsw.build(session, DIMENSION, 1)
        hnsw.use(session, 1)
    yield scanned
    with scanned.reading() as session:
        for found in hnsw.found_indexes(session):
            catalogue.drop(session, found.name)


def find(database: Database, max_exact_rows: int | None = None, **asked: Any) -> Candidates:
    """Return the candidates of a search for ``QUERY``, unless an id is asked for."""
    if "filter" in asked:
        asked["filter"] = compile_filter(asked["filter"], ("body", "filters"))
    vector = None if "vector_id" in asked else packed(QUERY)
    with database.searching() as session, pytest.MonkeyPatch.context() as patch:
        if max_exact_rows is not None:
            patch.setattr(candidates, "MAX_EXACT_ROWS", max_exact_rows)
        store = read_store(session)
        assert store is not None
        return candidates.find_candidates(session, store, CandidateSearch(vector=vector, **asked))


def ids(found: Candidates) -> list[str]:
    """Return the ids, in order."""
    return [each.id for each in found.rows]


def test_there_is_no_store_before_the_first_insert(database: Database) -> None:
    with database.reading() as session:
        assert read_store(session) is None


def test_an_emptied_store_has_no_candidates(database: Database) -> None:
    fill(database, VECTORS[:1])
    with database.unit_of_work() as unit:
        unit.session.execute(text("DELETE FROM vectors"))
    found = find(database, with_bytes=True)
    assert found.rows == []
    assert found.plan is Plan.EXACT


@pytest.mark.parametrize("mode", MODES)
def test_without_an_index_every_mode_scans_and_says_so(scanned: Database, mode: Mode) -> None:
    size = pool_size(mode, 10)
    found = find(scanned, mode=mode, pool_size=size)
    assert found.plan is Plan.EXACT
    assert ids(found) == nearest(VECTORS, QUERY, size)


@pytest.mark.parametrize(
    ("mode", "plan"), [(Mode.PRECISE, Plan.EXACT), (Mode.BALANCED, Plan.HNSW), (Mode.EXPLORATORY, Plan.HNSW)]
)
def test_with_an_index_the_mode_chooses_the_plan(indexed: Database, mode: Mode, plan: Plan) -> None:
    size = pool_size(mode, 10)
    found = find(indexed, mode=mode, pool_size=size)
    assert found.plan is plan
    assert ids(found)[:10] == nearest(VECTORS, QUERY, 10)
    assert len(found.rows) == size


def test_pools_hold_at_least_what_is_asked_for() -> None:
    sizes = [pool_size(mode, top_k) for mode in MODES for top_k in (10, 1_000)]
    assert sizes == [64, 1_000, 64, 1_000, 256, 1_000]


def test_a_candidate_has_its_score_metadata_and_numbers(indexed: Database) -> None:
    found = find(indexed, with_text=True, with_bytes=True)
    first = found.rows[0]
    index = int(first.id[1:])
    assert first.classical_score == pytest.approx(cosines(VECTORS, QUERY)[index], abs=1e-6)
    assert json.loads(first.metadata) == ROWS[index]["metadata"]
    assert first.numbers == packed(VECTORS[index])
    assert first.text is not None
    assert np.float32(json.loads(first.text)).tolist() == VECTORS[index].tolist()
    assert found.query == packed(QUERY)


def test_numbers_are_read_only_if_they_are_asked_for(scanned: Database) -> None:
    found = find(scanned)
    assert (found.rows[0].text, found.rows[0].numbers, found.query) == (None, None, None)


def test_vectors_are_written_as_the_snapshot_had_them(scanned: Database) -> None:
    found = find(scanned, with_bytes=True, pool_size=3)
    before = find(scanned, with_text=True, pool_size=3)
    with scanned.unit_of_work() as unit:
        unit.session.execute(text("DELETE FROM vectors WHERE id = :id"), {"id": found.rows[0].id})
        unit.session.execute(
            text(
                "UPDATE vectors SET embedding = other.embedding FROM vectors AS other"
                " WHERE other.id = 'v00000' AND vectors.id = :id"
            ),
            {"id": found.rows[1].id},
        )
    with scanned.reading() as session:
        texts = vector_texts(session, found.rows)
    for each in before.rows:
        assert each.text is not None
        assert np.float32(json.loads(texts[each.id])).tolist() == np.float32(json.loads(each.text)).tolist()
    assert texts[before.rows[2].id] == before.rows[2].text


@pytest.mark.parametrize("mode", MODES)
def test_a_stored_vector_is_asked_for_by_its_id(indexed: Database, mode: Mode) -> None:
    found = find(indexed, vector_id="v00003", mode=mode, with_bytes=True)
    assert ids(found)[:10] == nearest(VECTORS, VECTORS[3], 10)
    assert found.rows[0].classical_score == pytest.approx(1.0, abs=1e-6)
    assert found.query == packed(VECTORS[3])


@pytest.mark.parametrize("mode", MODES)
def test_an_unknown_id_is_not_found(indexed: Database, mode: Mode) -> None:
    with pytest.raises(NotFoundError, match="'nobody'"):
        find(indexed, vector_id="nobody", mode=mode)


def test_few_matching_rows_are_filtered_first(indexed: Database) -> None:
    found = find(indexed, filter={"metadata.group": 5})
    assert (found.plan, found.filter_uses_index) == (Plan.FILTERED_EXACT, True)
    assert ids(found) == nearest(VECTORS, QUERY, 64, range(5, NUMBER, 100))


def test_many_matching_rows_are_looked_for_in_the_index(indexed: Database) -> None:
    found = find(indexed, filter={"metadata.group": {"$lt": 50}}, max_exact_rows=100)
    members = [index for index in range(NUMBER) if index % 100 < 50]
    assert (found.plan, found.filter_uses_index) == (Plan.HNSW, False)
    assert ids(found)[:10] == nearest(VECTORS, QUERY, 10, members)
    assert len(found.rows) == 64


def test_a_filter_that_nothing_passes_has_no_candidates(indexed: Database) -> None:
    found = find(indexed, filter={"metadata.group": "5"})
    assert (found.plan, found.rows) == (Plan.FILTERED_EXACT, [])


def test_a_walk_goes_on_where_the_nearest_rows_were_deleted(indexed: Database) -> None:
    """Until PostgreSQL cleans the index up, a walk of 120 rows finds only deleted ones here."""
    deleted = nearest(VECTORS, QUERY, 300)
    with indexed.unit_of_work() as unit:
        unit.session.execute(text("DELETE FROM vectors WHERE id = ANY(:ids)"), {"ids": deleted})
    found = find(indexed, pool_size=10)
    assert found.plan is Plan.HNSW
    assert ids(found) == nearest(VECTORS, QUERY, 310)[300:]


def test_a_walk_that_comes_back_short_is_done_again_by_a_scan(indexed: Database) -> None:
    with indexed.unit_of_work() as unit:
        unit.session.execute(text("DELETE FROM vectors WHERE id >= 'v00040'"))
    found = find(indexed)
    assert found.plan is Plan.EXACT
    assert ids(found) == nearest(VECTORS, QUERY, 64, range(40))


@pytest.mark.parametrize("most", [10, None])
@pytest.mark.parametrize("share", [None, 0.1, 0.9])
@pytest.mark.parametrize("mode", MODES)
def test_vectors_with_the_context_come_first_and_others_fill_up(
    indexed: Database, mode: Mode, share: float | None, most: int | None
) -> None:
    carriers = range(0, NUMBER, 10)
    found = find(indexed, mode=mode, context="a", context_share=share, pool_size=200, max_exact_rows=most)
    with_context = [each for each in found.rows if each.context_weight is not None]
    assert [each.id for each in with_context] == nearest(VECTORS, QUERY, 200, carriers)
    assert {each.context_weight for each in with_context} == {0.7}
    assert {each.context_count for each in with_context} == {2}
    others = [each.id for each in found.rows if each.context_weight is None]
    assert len(others) == 50
    assert others[:10] == nearest(VECTORS, QUERY, 10, [i for i in range(NUMBER) if i % 10])
    assert found.contexts_in_pool == 3


def test_a_context_that_most_vectors_carry_is_looked_for_in_the_index(indexed: Database) -> None:
    with indexed.unit_of_work() as unit:
        unit.session.execute(
            text("UPDATE vectors SET context_names = '{d}', context_weights = '{1}' WHERE id > 'v00099'")
        )
    found = find(indexed, context="d", max_exact_rows=100)
    assert found.plan is Plan.HNSW
    assert ids(found)[:10] == nearest(VECTORS, QUERY, 10, range(100, NUMBER))
    assert found.contexts_in_pool == 1


def test_a_context_and_a_filter_hold_together(indexed: Database) -> None:
    found = find(indexed, context="a", filter={"metadata.source": "s0"}, pool_size=60)
    with_context = [each.id for each in found.rows if each.context_weight is not None]
    assert with_context == nearest(VECTORS, QUERY, 60, range(0, NUMBER, 30))
    assert all(int(each.id[1:]) % 3 == 0 for each in found.rows)


def test_coherence_ends_with_the_state_or_at_its_expiry(database: Database) -> None:
    rows = [{"expires": "90 seconds"}, {"expires": "-1 second"}, {"state": False}, {}, {"expires": "1 hour"}]
    names = fill(database, VECTORS[:5], rows)
    found = find(database)
    coherent = {each.id: each.is_coherent for each in found.rows}
    assert [coherent[name] for name in names] == [True, False, False, True, True]
    assert found.coherent_seconds is not None
    assert 0 < found.coherent_seconds <= 90


def test_coherence_for_ever_has_no_end(database: Database) -> None:
    fill(database, VECTORS[:3], [{}, {}, {"expires": "-1 second"}])
    assert find(database).coherent_seconds is None


def test_the_answer_brings_the_stores_version_of_its_snapshot(scanned: Database) -> None:
    with scanned.unit_of_work() as unit:
        unit.session.execute(text("INSERT INTO store_versions VALUES (1, 5), (2, 8)"))
    with scanned.reading() as session:
        store = read_store(session)
    assert store is not None
    assert (store.version, store.dimension) == (13, DIMENSION)
    assert find(scanned).store == store


def test_vectors_that_no_index_can_hold_are_scanned(database: Database) -> None:
    wide = clusters(20, 4_096)
    fill(database, wide)
    assert not Indexer(database, min_rows=1).tick()
    with database.searching() as session:
        store = read_store(session)
        assert store is not None
        found = candidates.find_candidates(session, store, CandidateSearch(vector=packed(wide[0])))
    assert found.plan is Plan.EXACT
    assert ids(found) == nearest(wide, wide[0], 20)


def test_a_search_that_takes_too_long_is_ended_and_the_connection_goes_on(scanned: Database) -> None:
    with scanned.engine.begin() as blocking:
        blocking.execute(text("LOCK TABLE vectors IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(OutOfTimeError):
            find(scanned, timeout_ms=50)
    with scanned.searching() as session:
        store = read_store(session)
        assert store is not None
        search = CandidateSearch(vector=packed(QUERY))
        assert ids(candidates.find_candidates(session, store, search)) == nearest(VECTORS, QUERY, 64)
    with scanned.reading() as session:
        assert session.scalar(text("SHOW statement_timeout")) == "0"


def test_settings_are_sent_again_after_a_statement_that_failed(database: Database) -> None:
    shown = "SELECT current_setting('statement_timeout')"
    with database.searching() as reader:
        assert run(reader, {"statement_timeout": "70"}, shown, {}) == [("70ms",)]
        with pytest.raises(OutOfTimeError):
            run(reader, {"statement_timeout": "50"}, "SELECT pg_sleep(5)", {})
        assert run(reader, {"statement_timeout": "50"}, shown, {}) == [("50ms",)]
        assert run(reader, {"jit": "off"}, shown, {}) == [("50ms",)]


class InterruptedByTimer(BaseException):
    """What ends a statement from outside, as gevent's timer does."""


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: run_plain(reader, b"SELECT 1"),
        lambda reader: run(reader, {"jit": "off"}, "SELECT 1", {}),
    ],
)
def test_a_connection_whose_statement_was_interrupted_is_given_to_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Reader], object]
) -> None:
    def interrupt(_cursor: object) -> None:
        raise InterruptedByTimer

    with database.looking_up() as reader:
        with monkeypatch.context() as patched:
            patched.setattr(psycopg.Cursor, "fetchall", interrupt)
            with pytest.raises(InterruptedByTimer):
                ask(reader)
        assert not reader.is_valid
