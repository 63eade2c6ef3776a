"""The indexer: rows get into the index, and every query is right before, meanwhile and after."""

from collections.abc import Iterator
from threading import Thread

import pytest
from sqlalchemy import text

from app.database import Database
from app.errors import UnavailableError
from app.search.candidate_queries import CandidateSearch
from app.search.candidates import find_candidates
from app.search.pool_query import Plan
from app.search.store import read_store
from app.vectors import hnsw
from app.vectors.hnsw import IndexForm
from app.vectors.indexer import Indexer
from tests.search.vector_store import Matrix, clusters, fill, nearest, packed
from tests.stack import wait_until
from tests.vectors.indexing import blocked_builds, drop_indexes, kill_build, run_to_end, tick_to_failure

DIMENSION = 16
VECTORS = clusters(600, DIMENSION)
QUERY = clusters(1, DIMENSION, seed=3)[0]


@pytest.fixture
def store(database: Database) -> Iterator[Database]:
    """The database, without HNSW indexes before and after."""
    drop_indexes(database)
    yield database
    drop_indexes(database)


def indexer(database: Database, min_rows: int = 100, rebuild_rows: int = 150) -> Indexer:
    """Return an indexer for small stores."""
    return Indexer(database, min_rows=min_rows, rebuild_rows=rebuild_rows)


def generations(database: Database) -> dict[int | None, int]:
    """Return how many rows each generation has."""
    with database.reading() as session:
        rows = session.execute(text("SELECT indexed_in, count(*) FROM vectors GROUP BY indexed_in"))
        return {generation: count for generation, count in rows}


def index_names(database: Database) -> list[str]:
    """Return the HNSW indexes, valid or not."""
    with database.reading() as session:
        return [found.name for found in hnsw.found_indexes(session)]


def found(database: Database, query: Matrix = QUERY) -> tuple[Plan, list[str]]:
    """Return how the ten nearest are found, and their ids."""
    with database.searching() as session:
        store = read_store(session)
        assert store is not None
        search = CandidateSearch(vector=packed(query), pool_size=10)
        candidates = find_candidates(session, store, search)
    return candidates.plan, [each.id for each in candidates.rows]


def add(database: Database, vectors: Matrix, prefix: str) -> None:
    """Store more vectors, outside the index."""
    rows = [{"id": f"{prefix}{i:05}", "e": str(each.tolist())} for i, each in enumerate(vectors)]
    with database.unit_of_work() as unit:
        unit.session.execute(
            text("INSERT INTO vectors (id, embedding) VALUES (:id, CAST(:e AS vector))"), rows
        )


def is_building(database: Database) -> bool:
    """Return whether a build has begun and is not at its end."""
    with database.reading() as session:
        return any(not each.is_valid for each in hnsw.found_indexes(session))


def test_a_small_store_gets_no_index(store: Database) -> None:
    fill(store, VECTORS[:99])
    assert not indexer(store).tick()
    assert index_names(store) == []
    assert found(store)[0] is Plan.EXACT


def test_an_empty_store_is_left_alone(store: Database) -> None:
    assert not indexer(store).tick()


def test_vectors_too_large_for_an_index_are_left_alone(store: Database) -> None:
    fill(store, clusters(3, 4_001))
    assert not indexer(store, min_rows=1).tick()
    assert index_names(store) == []


def test_the_first_index_holds_every_row(store: Database) -> None:
    fill(store, VECTORS)
    run_to_end(indexer(store))
    assert generations(store) == {1: 600}
    assert index_names(store) == ["ix_vectors_half_16_1"]
    assert found(store) == (Plan.HNSW, nearest(VECTORS, QUERY, 10))


def test_a_few_new_rows_are_moved_into_the_index(store: Database) -> None:
    fill(store, VECTORS)
    run_to_end(indexer(store))
    add(store, QUERY[None, :], "w")
    expected = ["w00000", *nearest(VECTORS, QUERY, 9)]
    assert found(store) == (Plan.HNSW, expected)
    run_to_end(indexer(store))
    assert generations(store) == {1: 601}
    assert found(store) == (Plan.HNSW, expected)


def test_many_new_rows_make_a_new_index(store: Database) -> None:
    fill(store, VECTORS[:300])
    run_to_end(indexer(store))
    add(store, VECTORS[300:], "w")
    run_to_end(indexer(store))
    assert generations(store) == {1: 300, 2: 300}
    assert index_names(store) == ["ix_vectors_half_16_2"]
    assert found(store)[1] == [renamed(each) for each in nearest(VECTORS, QUERY, 10)]


def test_moving_rows_does_not_raise_the_version(store: Database) -> None:
    fill(store, VECTORS)
    with store.reading() as session:
        before = read_store(session)
        run_to_end(indexer(store))
        after = read_store(session)
    assert before is not None
    assert after == before._replace(index_generation=1, index_form=IndexForm.HALF)


def test_a_row_that_a_writer_has_locked_is_passed_over(store: Database) -> None:
    fill(store, VECTORS)
    run_to_end(indexer(store))
    with store.unit_of_work() as unit:
        unit.session.execute(text("UPDATE vectors SET indexed_in = NULL WHERE id < 'v00003'"))
    with store.unit_of_work() as unit:
        unit.session.execute(text("SELECT FROM vectors WHERE id = 'v00000' FOR UPDATE"))
        indexer(store).tick()
    assert generations(store) == {None: 1, 1: 599}


def test_queries_in_the_middle_of_a_build_see_every_row(store: Database) -> None:
    fill(store, VECTORS[:300])
    run_to_end(indexer(store))
    add(store, VECTORS[300:], "w")
    expected = [renamed(each) for each in nearest(VECTORS, QUERY, 10)]
    builder = Thread(target=run_to_end, args=[indexer(store)])
    with blocked_builds(store):
        builder.start()
        wait_until(lambda: is_building(store), what="the build")
        assert generations(store) == {1: 300, 2: 300}
        assert found(store) == (Plan.HNSW, expected)
        add(store, QUERY[None, :], "x")
        assert found(store) == (Plan.HNSW, ["x00000", *expected[:9]])
    builder.join()
    assert found(store) == (Plan.HNSW, ["x00000", *expected[:9]])
    assert index_names(store) == ["ix_vectors_half_16_2"]


def test_one_indexer_works_at_a_time(store: Database) -> None:
    fill(store, VECTORS)
    builder = Thread(target=run_to_end, args=[indexer(store)])
    with blocked_builds(store):
        builder.start()
        wait_until(lambda: is_building(store), what="the build")
        assert not indexer(store).tick()
        assert index_names(store) == ["ix_vectors_half_16_1"]
    builder.join()
    assert found(store)[0] is Plan.HNSW


def test_a_build_that_was_cut_short_is_done_again(store: Database) -> None:
    fill(store, VECTORS)
    failures: list[UnavailableError] = []
    builder = Thread(target=tick_to_failure, args=[indexer(store), failures])
    with blocked_builds(store):
        builder.start()
        wait_until(lambda: is_building(store), what="the build")
        kill_build(store)
        builder.join()
        assert is_building(store)  # what is left of it
        assert found(store) == (Plan.EXACT, nearest(VECTORS, QUERY, 10))
    assert len(failures) == 1
    run_to_end(indexer(store))
    assert index_names(store) == ["ix_vectors_half_16_1"]
    assert found(store) == (Plan.HNSW, nearest(VECTORS, QUERY, 10))


def test_a_finished_index_of_a_killed_indexer_is_adopted(store: Database) -> None:
    fill(store, VECTORS)
    run_to_end(indexer(store))
    with store.unit_of_work() as unit:
        hnsw.use(unit.session, None)
    assert found(store)[0] is Plan.EXACT
    run_to_end(indexer(store))
    assert generations(store) == {1: 600}
    assert found(store)[0] is Plan.HNSW


def test_an_index_of_the_old_form_is_used_until_another_stands_beside_it(store: Database) -> None:
    fill(store, VECTORS, [{"indexed_in": 1}] * len(VECTORS))
    with store.reading() as session:
        hnsw.build(session, DIMENSION, 1, IndexForm.VECTOR)
        hnsw.use(session, 1, IndexForm.VECTOR)
    expected = (Plan.HNSW, nearest(VECTORS, QUERY, 10))
    assert found(store) == expected
    builder = Thread(target=run_to_end, args=[indexer(store)])
    with blocked_builds(store):
        builder.start()
        wait_until(lambda: is_building(store), what="the build")
        assert set(index_names(store)) == {"ix_vectors_hnsw_16_1", "ix_vectors_half_16_2"}
        assert found(store) == expected
    builder.join()
    assert index_names(store) == ["ix_vectors_half_16_2"]
    assert generations(store) == {1: 600}
    assert found(store) == expected


@pytest.mark.parametrize("scale", [1e-15, 1e15])
def test_vectors_of_any_length_are_indexed(store: Database, scale: float) -> None:
    vectors = (VECTORS * scale).astype(VECTORS.dtype)
    fill(store, vectors)
    run_to_end(indexer(store))
    assert found(store, (QUERY * scale).astype(QUERY.dtype)) == (Plan.HNSW, nearest(VECTORS, QUERY, 10))


def test_an_index_that_is_gone_is_built_again(store: Database) -> None:
    fill(store, VECTORS)
    run_to_end(indexer(store))
    drop_indexes(store)
    with store.unit_of_work() as unit:
        unit.session.execute(text("UPDATE vectors SET indexed_in = NULL WHERE id = 'v00000'"))
    assert found(store)[1] == nearest(VECTORS, QUERY, 10)
    run_to_end(indexer(store))
    assert found(store) == (Plan.HNSW, nearest(VECTORS, QUERY, 10))


def test_stopping_gives_a_build_up(store: Database) -> None:
    fill(store, VECTORS)
    made = indexer(store)
    with blocked_builds(store):
        made.start()
        wait_until(lambda: is_building(store), what="the build")
        made.stop()
    assert found(store) == (Plan.EXACT, nearest(VECTORS, QUERY, 10))
    run_to_end(indexer(store))
    assert found(store) == (Plan.HNSW, nearest(VECTORS, QUERY, 10))


def test_the_thread_indexes_what_comes(store: Database) -> None:
    fill(store, VECTORS)
    made = indexer(store)
    made.start()
    wait_until(lambda: generations(store) == {1: 600} and found(store)[0] is Plan.HNSW, what="the index")
    add(store, VECTORS[:3], "w")
    wait_until(lambda: generations(store) == {1: 603}, what="the move")
    made.stop()


def test_a_database_that_is_away_is_waited_for() -> None:
    away = Database("postgresql+psycopg://127.0.0.1:1/none")
    made = Indexer(away)
    with pytest.raises(UnavailableError):
        made.tick()
    made.start()
    made.stop()
    away.close()


def renamed(name: str) -> str:
    """Return the id of a vector of the second half, which ``add`` stored."""
    number = int(name[1:])
    return name if number < 300 else f"w{number - 300:05}"
