"""The index of waiting rows: queries use it beside the HNSW index, and are right at each step."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

from app.database import Database
from app.errors import UnavailableError
from app.search.candidate_queries import CandidateSearch, IndexedQueries
from app.search.candidates import find_candidates
from app.search.pool_query import Plan
from app.search.store import read_store
from app.vectors import catalogue, hnsw
from app.vectors.filters import compile_filter
from app.vectors.indexer import Indexer
from tests.search.vector_store import Matrix, clusters, fill, nearest, packed
from tests.stack import wait_until
from tests.vectors.indexing import blocked_builds, drop_indexes, kill_build, run_to_end, tick_to_failure

DIMENSION = 16
NUMBER, INDEXED = 3_000, 2_000
VECTORS = clusters(NUMBER, DIMENSION)
QUERIES = clusters(20, DIMENSION, seed=3)
ROWS: list[dict[str, Any]] = [
    {"metadata": {"group": index % 10}, "contexts": {"a": 1.0} if index % 3 else {}}
    for index in range(NUMBER)
]
WAITING_NAME = "ix_vectors_waiting_16_1"


@pytest.fixture
def store(database: Database) -> Iterator[Database]:
    """2,000 vectors in the HNSW index, and 1,000 that wait."""
    drop_indexes(database)
    indexed = [{**row, "indexed_in": 1} for row in ROWS[:INDEXED]]
    fill(database, VECTORS, [*indexed, *ROWS[INDEXED:]])
    with database.reading() as session:
        hnsw.build(session, DIMENSION, 1)
        hnsw.use(session, 1)
    yield database
    drop_indexes(database)


def indexer(
    database: Database, rebuild_rows: int = 5_000, scanned: int = 200, delay: float = 600.0
) -> Indexer:
    """Return an indexer that makes an index of waiting rows if there are more than ``scanned``."""
    return Indexer(
        database,
        rebuild_rows=rebuild_rows,
        scanned_numbers=scanned * DIMENSION,
        most_delay_seconds=delay,
    )


def found(database: Database, query: Matrix, **asked: Any) -> list[str]:
    """Return the ids of the ten nearest as a query finds them by an index."""
    with database.searching() as session:
        state = read_store(session)
        assert state is not None
        search = CandidateSearch(vector=packed(query), pool_size=10, **asked)
        candidates = find_candidates(session, state, search)
    assert candidates.plan is not Plan.EXACT
    return [each.id for each in candidates.rows]


def assert_right(database: Database) -> None:
    """Ask in every way, and compare with the nearest in double precision; an HNSW index misses a few."""
    group = compile_filter({"metadata.group": {"$lt": 6}}, ("body", "filters"))
    in_group = [index for index in range(NUMBER) if index % 10 < 6]
    carriers = [index for index in range(NUMBER) if index % 3]
    ways: list[tuple[dict[str, Any], list[int]]] = [
        ({}, list(range(NUMBER))),
        ({"filter": group}, in_group),
        ({"context": "a", "context_share": 2 / 3}, carriers),
    ]
    for asked, members in ways:
        hits = 0
        for query in QUERIES:
            ids = found(database, query, **asked)
            assert len(set(ids)) == 10
            hits += len(set(ids) & set(nearest(VECTORS, query, 10, members)))
        assert hits / (10 * len(QUERIES)) > 0.95


def has_waiting_index(database: Database) -> bool:
    """Return whether queries use the index of waiting rows."""
    with database.reading() as session:
        state = hnsw.read_state(session)
    assert state is not None
    return state.has_waiting_index


def index_names(database: Database) -> set[str]:
    """Return the indexes of the vectors that indexers made."""
    with database.reading() as session:
        found = catalogue.indexes(session, "ix_vectors_")
    return {name for name in found if name.split("_")[-1].isdigit()}


def is_being_built(database: Database) -> bool:
    """Return whether an index of waiting rows is there that is not in use."""
    with database.reading() as session:
        return f"{WAITING_NAME}_next" in catalogue.indexes(session, WAITING_NAME)


def write_again(database: Database, first: str, end: str) -> None:
    """Store rows as a client does that sends the same vectors once more."""
    with database.unit_of_work() as unit:
        unit.session.execute(
            text("UPDATE vectors SET indexed_in = NULL WHERE id >= :first AND id < :end"),
            {"first": first, "end": end},
        )


def oid(database: Database, name: str) -> int:
    """Return the number of an index in the catalogue, which another index of its name does not have."""
    with database.reading() as session:
        return int(session.scalar(text("SELECT CAST(CAST(:name AS regclass) AS oid)"), {"name": name}) or 0)


def explained(database: Database, pool_query: Any) -> str:
    """Return how PostgreSQL runs a pool query."""
    sql = pool_query.sql(has_context=False, with_state=False, with_text=False, with_bytes=False)
    bound = {
        "%(query)s": f"'{QUERIES[0].tolist()}'",
        "%(pool_size)s": "10",
        "%(walked)s": "20",
        "%(breadth)s": "50",
        "%(enough)s": "30",
    }
    for name, value in bound.items():
        sql = sql.replace(name, value)
    with database.reading() as session:
        for name, value in pool_query.settings(50, has_filter=False).items():
            session.execute(text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value})
        rows = session.connection().exec_driver_sql(f"EXPLAIN {sql.replace('%', '%%')}")
        plan = "\n".join(row[0] for row in rows)
        session.invalidate()
    return plan


def test_rows_that_wait_get_an_index_and_are_then_moved(store: Database) -> None:
    made = indexer(store)
    assert_right(store)
    assert made.tick()
    assert index_names(store) == {"ix_vectors_half_16_1", WAITING_NAME}
    assert has_waiting_index(store)
    assert_right(store)
    for _ in range(3):
        assert made.tick()
        assert_right(store)
    run_to_end(made)
    assert not has_waiting_index(store)
    assert index_names(store) == {"ix_vectors_half_16_1"}
    assert_right(store)


def test_postgresql_reads_it_by_the_index(store: Database) -> None:
    indexer(store).tick()
    queries = IndexedQueries(
        where="true",
        by_id=False,
        has_filter=False,
        has_context=False,
        most=200,
        dimension=DIMENSION,
        generation=1,
        form=hnsw.IndexForm.HALF,
        waiting=1,
    )
    for pool in (queries.walk("true"), queries.near_or_few("true", "true")):
        plan = explained(store, pool)
        assert f"Index Scan using {WAITING_NAME}" in plan
        assert "Index Scan using ix_vectors_half_16_1" in plan


def test_it_serves_while_the_next_hnsw_index_is_built(store: Database) -> None:
    indexer(store).tick()
    builder = Thread(target=run_to_end, args=[indexer(store, rebuild_rows=500, scanned=100_000)])
    with store.unit_of_work() as unit:  # more than half of the rows wait
        unit.session.execute(text("UPDATE vectors SET indexed_in = 2 WHERE id < 'v00500'"))
    with blocked_builds(store):
        builder.start()
        wait_until(lambda: "ix_vectors_half_16_2" in index_names(store), what="the build")
        assert has_waiting_index(store)
        assert_right(store)
    builder.join()
    assert index_names(store) == {"ix_vectors_half_16_2"}
    assert not has_waiting_index(store)
    assert_right(store)


def test_a_row_that_is_written_meanwhile_is_found(store: Database) -> None:
    indexer(store).tick()
    with store.unit_of_work() as unit:
        unit.session.execute(
            text(
                "UPDATE vectors SET embedding = CAST(:new AS vector), indexed_in = NULL WHERE id = 'v02999'"
            ),
            {"new": str(QUERIES[0].tolist())},
        )
    assert found(store, QUERIES[0])[0] == "v02999"
    run_to_end(indexer(store))
    assert found(store, QUERIES[0])[0] == "v02999"


def test_a_build_that_was_cut_short_is_done_again(store: Database) -> None:
    failures: list[UnavailableError] = []
    builder = Thread(target=tick_to_failure, args=[indexer(store), failures])
    with blocked_builds(store):
        builder.start()
        wait_until(lambda: is_being_built(store), what="the build")
        kill_build(store)
        builder.join()
        assert not has_waiting_index(store)
        assert_right(store)
    assert len(failures) == 1
    assert indexer(store).tick()
    assert has_waiting_index(store)
    assert_right(store)


def test_an_index_of_another_generation_is_not_read(store: Database) -> None:
    """An indexer of the version before builds the next HNSW index, and knows no index of waiting rows."""
    indexer(store).tick()
    with store.unit_of_work() as unit:
        unit.session.execute(text("UPDATE store SET waiting_generation = 0"))
    assert_right(store)
    assert indexer(store).tick()
    assert has_waiting_index(store)


def test_an_index_that_is_gone_is_not_read_for_long(store: Database) -> None:
    indexer(store).tick()
    with store.reading() as session:
        catalogue.drop(session, WAITING_NAME)
    assert_right(store)
    indexer(store, scanned=100_000).tick()
    assert not has_waiting_index(store)
    assert_right(store)


def test_it_is_built_again_of_twice_as_many_rows(store: Database) -> None:
    made = indexer(store)
    made.tick()
    first = oid(store, WAITING_NAME)
    write_again(store, "v00000", "v00900")
    assert made.tick()
    assert oid(store, WAITING_NAME) == first
    write_again(store, "v00900", "v01200")
    assert made.tick()
    assert oid(store, WAITING_NAME) != first
    assert index_names(store) == {"ix_vectors_half_16_1", WAITING_NAME}
    assert has_waiting_index(store)
    assert_right(store)


def test_a_build_waits_until_no_more_vectors_come(store: Database) -> None:
    made = indexer(store, rebuild_rows=500)
    for first, end in (("v00000", "v00500"), ("v00500", "v00501")):
        write_again(store, first, end)
        assert not made.tick()
        assert index_names(store) == {"ix_vectors_half_16_1", WAITING_NAME}
        assert_right(store)
    assert made.tick()
    assert index_names(store) == {"ix_vectors_half_16_2"}


def test_a_build_does_not_wait_for_ever(store: Database) -> None:
    write_again(store, "v00000", "v00500")
    assert indexer(store, rebuild_rows=500, delay=0.0).tick()
    assert index_names(store) == {"ix_vectors_half_16_2"}


def test_what_it_finds_of_many_rows(database: Database) -> None:
    drop_indexes(database)
    vectors = clusters(20_000, 32)
    queries = clusters(50, 32, seed=5)
    fill(database, vectors, [{"indexed_in": 1 if index < 1_000 else None} for index in range(len(vectors))])
    with database.reading() as session:
        hnsw.build(session, 32, 1)
        hnsw.use(session, 1)
    Indexer(database, rebuild_rows=50_000, scanned_numbers=1).tick()
    assert has_waiting_index(database)
    hits = sum(len(set(found(database, query)) & set(nearest(vectors, query, 10))) for query in queries)
    drop_indexes(database)
    assert hits / 500 > 0.95
