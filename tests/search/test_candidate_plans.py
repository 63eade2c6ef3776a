"""That PostgreSQL reads as the plan says, also once it has prepared the statement; and the recall."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.database import Database
from app.direct_sql import PackedVector, run
from app.search import candidates
from app.search.candidate_queries import CandidateSearch, IndexedQueries
from app.search.pool_query import Plan, PoolQuery
from app.search.store import read_store
from app.vectors import catalogue
from app.vectors.filters import compile_filter
from app.vectors.hnsw import IndexForm
from app.vectors.indexer import Indexer
from tests.search.vector_store import Matrix, clusters, fill, nearest, packed

DIMENSION = 32
NUMBER = 5_000
DRAWN = clusters(NUMBER + 50, DIMENSION)
VECTORS, QUERIES = DRAWN[:NUMBER], DRAWN[NUMBER:]
FIVE = "metadata @> '{\"group\": 5}'"
INDEX = IndexForm.HALF.name_of(DIMENSION, 1)


@pytest.fixture
def indexed(database: Database) -> Iterator[Database]:
    """5,000 vectors, indexed but for the last 100, in a hundred groups; two of three carry "common"."""
    rows = [
        {"metadata": {"group": index % 100}, "contexts": {"common": 1.0} if index % 3 else {}}
        for index in range(NUMBER)
    ]
    fill(database, VECTORS[:-100], rows[:-100])
    indexer = Indexer(database)
    while indexer.tick():
        pass
    fill_more(database, rows)
    yield database
    with database.reading() as session:
        catalogue.drop(session, INDEX)


def fill_more(database: Database, rows: list[dict[str, Any]]) -> None:
    """Store the last 100 vectors under their own ids."""
    with database.unit_of_work() as unit:
        connection = unit.session.connection()
        for index in range(NUMBER - 100, NUMBER):
            connection.exec_driver_sql(
                "INSERT INTO vectors (id, embedding, metadata, context_names, context_weights)"
                " VALUES (%s, %s::text::vector, %s::text::jsonb, %s, %s)",
                (
                    f"v{index:05}",
                    str(VECTORS[index].tolist()),
                    json.dumps(rows[index]["metadata"]),
                    list(rows[index]["contexts"]),
                    list(rows[index]["contexts"].values()),
                ),
            )


def queries(**parts: Any) -> IndexedQueries:
    """Return the pool queries of a search by vector, without a filter and a context unless given."""
    usual = {"where": "true", "by_id": False, "has_filter": False, "has_context": False, "most": 200}
    return IndexedQueries(**{**usual, **parts}, dimension=DIMENSION, generation=1, form=IndexForm.HALF)


def explained(database: Database, pool_query: PoolQuery, *, analyze: bool = False) -> str:
    """Return how PostgreSQL runs a pool query, the tenth time in one session."""
    has_context = "context_names" in "".join(pool_query.sources)
    sql = pool_query.sql(has_context=has_context, with_state=True, with_text=False, with_bytes=True)
    parameters = {
        "query": PackedVector(packed(QUERIES[0])),
        "pool_size": 64,
        "breadth": 200,
        "enough": 192,
        "walked": 74,
        "query_id": "v00003",
        "context": "a",
    }
    asked = {name: value for name, value in parameters.items() if f"%({name})s" in sql}
    explain = "EXPLAIN (ANALYZE)" if analyze else "EXPLAIN"
    settings = pool_query.settings(200, has_filter=False)
    with database.searching() as session:
        for _ in range(9):
            run(session, settings, sql, asked)
        return "\n".join(row[0] for row in run(session, settings, f"{explain} {sql}", asked))


def test_a_walk_uses_the_index_and_reads_nothing_else_in_full(indexed: Database) -> None:
    made = [
        queries(where=where, by_id=by_id).walk(where)
        for by_id in (False, True)
        for where in ("true", FIVE, "id > 'v00100'")
    ]
    for pool_query in (*made, queries().walk_once(), queries(has_context=True).carriers_first()):
        plan = explained(indexed, pool_query)
        assert f"Index Scan using {INDEX}" in plan
        assert "Seq Scan on vectors" not in plan


def test_what_is_found_near_spares_every_other_query(indexed: Database) -> None:
    pool_query = queries().near_or_few("id > 'v00100'", "id > 'v00100'")
    plan = explained(indexed, pool_query, analyze=True)
    walk, _, rest = plan.partition("CTE matching")
    assert f"Index Scan using {INDEX}" in walk
    assert "(never executed)" in rest.partition("CTE pool")[0]


def test_not_all_carriers_are_read_for_the_rows_in_no_index(indexed: Database) -> None:
    """Also while PostgreSQL believes that there are many such rows, as after a load until it analyzes."""
    with indexed.unit_of_work() as unit:
        connection = unit.session.connection()
        connection.exec_driver_sql("UPDATE vectors SET indexed_in = NULL WHERE id < 'v01000'")
        connection.exec_driver_sql("ANALYZE vectors")
        connection.exec_driver_sql("UPDATE vectors SET indexed_in = 1")
    carried = queries(has_context=True)
    pool_query = carried.near_or_few(carried.carriers, carried.carriers)
    for made in (pool_query, carried.walk(carried.carriers)):
        _, _, pool = explained(indexed, made).partition("CTE pool")
        assert "ix_vectors_indexed_in" in pool
        assert "ix_vectors_context_names" not in pool


def test_a_scan_uses_no_vector_index_but_that_of_the_metadata(indexed: Database) -> None:
    assert INDEX not in explained(indexed, queries().scan())
    plan = explained(indexed, queries().few(FIVE))
    assert INDEX not in plan
    assert "Bitmap Index Scan on ix_vectors_metadata" in plan


def test_after_a_build_the_indexes_have_no_old_versions_of_rows(indexed: Database) -> None:
    plan = explained(indexed, queries().few(FIVE), analyze=True)
    [found] = re.findall(r"Bitmap Index Scan on ix_vectors_metadata .*rows=([0-9.]+) loops", plan)
    assert float(found) == NUMBER / 100


def recall(
    database: Database,
    members: NDArray[np.int64],
    plan: Plan,
    max_exact_rows: int = candidates.MAX_EXACT_ROWS,
    **asked: Any,
) -> float:
    """Return how many of the ten nearest members are found, of all queries together."""
    hits = 0
    with database.searching() as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "MAX_EXACT_ROWS", max_exact_rows)
        store = read_store(session)
        assert store is not None
        for query in QUERIES:
            search = CandidateSearch(vector=packed(query), **asked)
            found = candidates.find_candidates(session, store, search)
            assert found.plan is plan
            hits += len({each.id for each in found.rows[:10]} & expected(query, members))
    return hits / (10 * len(QUERIES))


def test_the_carriers_of_a_common_context_are_found_near(indexed: Database) -> None:
    carriers = np.flatnonzero(np.arange(NUMBER) % 3)
    assert recall(indexed, carriers, Plan.HNSW, context="common", max_exact_rows=500) >= 0.97
    kept = np.flatnonzero((np.arange(NUMBER) % 3 > 0) & (np.arange(NUMBER) % 100 < 80))
    document = compile_filter({"metadata.group": {"$lt": 80}}, ("body", "filters"))
    assert recall(indexed, kept, Plan.HNSW, context="common", filter=document) >= 0.97


def test_new_vectors_are_among_those_found_near(indexed: Database) -> None:
    with indexed.searching() as session:
        store = read_store(session)
        assert store is not None
        for index in range(NUMBER - 100, NUMBER):
            if index % 3:
                search = CandidateSearch(vector=packed(VECTORS[index]), context="common", pool_size=5)
                found = candidates.find_candidates(session, store, search)
                assert (found.plan, found.rows[0].id) == (Plan.HNSW, f"v{index:05}")


def expected(query: Matrix, members: NDArray[np.int64]) -> set[str]:
    """Return the ten nearest members."""
    return set(nearest(VECTORS, query, 10, members.tolist()))


def test_balanced_finds_what_is_nearest(indexed: Database) -> None:
    for below, most, plan in (
        (100, 10_000, Plan.HNSW),
        (5, 10_000, Plan.FILTERED_EXACT),
        (1, 10_000, Plan.FILTERED_EXACT),
        (50, 500, Plan.HNSW),
        (5, 100, Plan.HNSW),  # too many to be read by this bound, too few for the index
    ):
        members = np.flatnonzero(np.arange(NUMBER) % 100 < below)
        document = {"metadata.group": {"$lt": below}} if below < 100 else None
        asked = {"filter": compile_filter(document, ("body", "filters"))} if document else {}
        found = recall(indexed, members, plan, max_exact_rows=most, **asked)
        assert found >= 0.97, (below, plan)
