"""Indexes for ranges: built beside running writes, used by filters, and never a reason to refuse a vector."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.database import Database
from app.errors import UnavailableError
from app.models import Vector
from app.search.candidate_queries import CandidateSearch
from app.search.candidates import find_candidates
from app.search.pool_query import Plan
from app.search.store import read_store
from app.settings import Settings, SettingsError
from app.vectors import field_indexes
from app.vectors.filters import compile_filter
from app.vectors.indexer import Indexer
from tests.environment import ENVIRONMENT
from tests.search.vector_store import clusters, fill, packed
from tests.stack import wait_until
from tests.vectors.indexing import blocked_builds, drop_indexes, kill_build, run_to_end, tick_to_failure
from tests.vectors.plans import explained_by_bitmap

LOCATION = ("body", "filters")
SERVERS = {"DATABASE_URL": "postgresql://localhost/qloom", "REDIS_URL": "redis://localhost"}
VALUES: list[object] = [
    *(-1e307, -5, -1e-300, 0, 5, 5.5, 2**53 + 1, 10**308, "", "5", "2025-01-01", "2025-06-01T10:00:00+02:00"),
    *("2025-06-01T10:00:00+0200", "2025-06-01t08:00z", "2025-06-01 10:00+02"),
    *("x" * 64, "x" * 65, "x" * 5_000, "ä", "\U0001f600", True, None, [5], {"year": 5}),
]
"""Numbers, texts, dates, and other values."""


@pytest.fixture
def store(database: Database) -> Iterator[Database]:
    """A store of one vector for each value of ``year`` and 50 without, without indexes before and after."""
    keep(database)
    fill(database, clusters(len(VALUES) + 50, 4))
    with database.unit_of_work() as unit:
        for place, value in enumerate(VALUES):
            metadata = {"year": value, "at": {"year": value}, "by.year": value}
            document = msgspec.json.encode(metadata).decode()
            statement = text("UPDATE vectors SET metadata = CAST(:document AS jsonb) WHERE id = :id")
            unit.session.execute(statement, {"document": document, "id": f"v{place:05}"})
    yield database
    keep(database)


def keep(database: Database, *fields: str) -> None:
    """Have the indexes of these members and no others."""
    with database.reading() as session:
        while not field_indexes.keep(session, fields):
            pass


def served(database: Database) -> list[str]:
    """Return the members whose indexes filters use."""
    with database.reading() as session:
        state = read_store(session)
    return [] if state is None else list(state.ordered_fields)


def index_names(database: Database) -> list[str]:
    """Return the indexes for ranges, valid or not."""
    with database.reading() as session:
        names = text("SELECT relname FROM pg_class WHERE starts_with(relname, :prefix) ORDER BY 1")
        return list(session.scalars(names, {"prefix": field_indexes.PREFIX}))


def found(database: Database, document: dict[str, Any], ordered: tuple[str, ...] = ()) -> set[str]:
    """Return the ids of the vectors that pass, read by indexes where there are any."""
    clause = compile_filter(document, LOCATION, ordered).clause
    with database.unit_of_work() as unit:
        unit.session.execute(text("SET LOCAL enable_seqscan = off"))
        return set(unit.session.scalars(select(Vector.id).where(clause)))


@pytest.mark.parametrize("member", [".year", ".at.year", '["by.year"]'])
@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte"])
def test_a_range_finds_the_same_with_and_without_its_index(
    store: Database, operator: str, member: str
) -> None:
    bounds = [value for value in VALUES if isinstance(value, int | float | str) and value is not True]
    bounds += ["2025-06-01T08:00:00Z", "9999-12-31", "0001-01-01", 7.25]
    bounds += ["2025-06-01T09:59:59+0200", "2025-06-01 08:00:00Z", "2025-06-01T08:00:00.5+00"]
    expected = [found(store, {f"metadata{member}": {operator: bound}}) for bound in bounds]
    declared = member.removeprefix(".")
    keep(store, declared)
    assert len(index_names(store)) == 2
    asked = [found(store, {f"metadata{member}": {operator: bound}}, (declared,)) for bound in bounds]
    assert asked == expected
    assert set.union(*expected) > {"v00004"}


@pytest.mark.parametrize("bound", [5, "m", "2025-03-01"])
def test_the_index_names_the_rows_to_look_at(store: Database, bound: object) -> None:
    keep(store, "year")
    compiled = compile_filter({"metadata.year": {"$gt": bound, "$lt": bound}}, LOCATION, ("year",))
    assert compiled.uses_index
    with store.unit_of_work() as unit:
        plan = explained_by_bitmap(unit.session, select(Vector.id).where(compiled.clause))
    assert field_indexes.PREFIX in plan
    assert "Index Cond: (" in plan


def test_queries_use_what_the_indexer_has_built(store: Database, client: FlaskClient) -> None:
    run_to_end(Indexer(store, ["year"], min_rows=1_000))
    assert served(store) == ["year"]
    assert client.get("/api/limits").json["indexed_metadata_fields"] == ["year"]
    with store.searching() as session:
        state = read_store(session)
        assert state is not None
        asked = compile_filter({"metadata.year": {"$gte": 5}}, LOCATION, state.ordered_fields)
        search = CandidateSearch(vector=packed(clusters(1, 4)[0]), filter=asked)
        candidates = find_candidates(session, state, search)
    assert (candidates.plan, candidates.filter_uses_index) == (Plan.FILTERED_EXACT, True)
    assert {each.id for each in candidates.rows} == found(store, {"metadata.year": {"$gte": 5}})


def test_what_is_no_longer_declared_is_dropped(store: Database) -> None:
    keep(store, "year", "at.year")
    assert served(store) == ["year", "at.year"]
    kept = index_names(store)
    keep(store, "at.year")
    assert served(store) == ["at.year"]
    assert len(index_names(store)) == 2
    assert set(index_names(store)) < set(kept)


def test_an_index_whose_build_was_cut_short_is_built_again(store: Database) -> None:
    indexer = Indexer(store, ["year"], min_rows=1_000)
    failures: list[UnavailableError] = []
    builder = Thread(target=tick_to_failure, args=[indexer, failures])
    with blocked_builds(store):
        builder.start()
        wait_until(lambda: len(index_names(store)) == 1, what="the build")
        kill_build(store)
        builder.join()
    assert len(failures) == 1
    assert (served(store), len(index_names(store))) == ([], 1)  # what is left of it
    run_to_end(indexer)
    assert (served(store), len(index_names(store))) == (["year"], 2)


def test_steady_writes_do_not_keep_an_index_from_being_built(store: Database) -> None:
    indexer = Indexer(store, ["year"], min_rows=1)
    for _ in range(10):
        with store.unit_of_work() as unit:
            unit.session.execute(text("UPDATE vectors SET indexed_in = NULL WHERE id < 'v00003'"))
        indexer.tick()
    assert served(store) == ["year"]
    drop_indexes(store)


def test_an_index_holds_only_what_can_be_in_a_range(store: Database) -> None:
    keep(store, "year")
    with store.reading() as session:
        names = "SELECT sum(reltuples) FROM pg_class WHERE starts_with(relname, :prefix)"
        entries = session.scalar(text(names), {"prefix": field_indexes.PREFIX})
    assert entries == sum(isinstance(value, int | float | str) and value is not True for value in VALUES)


@pytest.mark.parametrize(
    ("literal", "condition"),
    [
        ("1e400", {"$gt": 10**307}),
        ("-1e400", {"$lt": -(10**307)}),
        ("1e-400", {"$gt": 0, "$lt": 1e-300}),
        ("1" + "0" * 400, {"$gte": 10**308}),
        ('"' + "ü" * 100_000 + '"', {"$gt": "ü" * 99_999, "$lt": "ü" * 100_001}),
    ],
)
def test_no_value_is_too_large_for_an_index(store: Database, literal: str, condition: object) -> None:
    keep(store, "year")
    with store.unit_of_work() as unit:
        statement = text("UPDATE vectors SET metadata = CAST(:document AS jsonb) WHERE id = 'v00000'")
        unit.session.execute(statement, {"document": f'{{"year": {literal}}}'})
    assert "v00000" in found(store, {"metadata.year": condition}, ("year",))


@pytest.mark.parametrize(
    "fields", ["a b", "a..b", ".a", "it's", '["a:b"]', '["a', 'a["b"]c', ",".join(f"f{i}" for i in range(17))]
)
def test_what_cannot_be_indexed_is_refused_at_the_start(fields: str) -> None:
    with pytest.raises(SettingsError, match="INDEXED_METADATA_FIELDS"):
        Settings.from_env({**SERVERS, **ENVIRONMENT, "INDEXED_METADATA_FIELDS": fields})


def test_members_are_declared_with_commas() -> None:
    settings = Settings.from_env(
        {**SERVERS, **ENVIRONMENT, "INDEXED_METADATA_FIELDS": """ year, at.year ,year,["a.b"],at['b.c'].d"""}
    )
    assert settings.indexed_metadata_fields == ("year", "at.year", '["a.b"]', "at['b.c'].d")
