"""Filters: what is refused and how it is named, and what holds beyond plain values."""

import json
import sys
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from app.database import Database
from app.errors import InvalidInputError
from app.models import Vector
from app.vectors.filters import MAX_CHOICES, MAX_CONDITIONS, MAX_DEPTH, compile_filter
from tests.vectors.plans import explained_by_bitmap

LOCATION = ("body", "filters")


def nested(depth: int) -> dict[str, Any]:
    """Return a filter ``depth`` levels deep."""
    document: dict[str, Any] = {"metadata.a": 1}
    for _ in range(depth - 1):
        document = {"$not": document}
    return document


def found(database: Database, document: dict[str, Any]) -> set[str]:
    """Return the ids of the stored vectors that pass."""
    clause = compile_filter(document, LOCATION).clause
    with database.reading() as session:
        return set(session.scalars(select(Vector.id).where(clause)))


def store(database: Database, **metadata: Any) -> None:
    """One vector for each of the names, with these metadata."""
    rows = [{"id": name, "embedding": "[1]", "meta": each} for name, each in metadata.items()]
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Vector), rows)


@pytest.mark.parametrize(
    ("document", "place", "said"),
    [
        ([], (), "a filter is an object of conditions, not an empty list"),
        ("metadata.a", (), "not 'metadata.a'"),
        ({"source": "arxiv"}, ("source",), "there is no such field; there are metadata.NAME, id"),
        ({"metadata": {}}, ("metadata",), "no such field"),
        ({"metadata.a..b": 1}, ("metadata.a..b",), "a name between its dots"),
        ({"metadata.a.": 1}, ("metadata.a.",), "a name between its dots"),
        ({'metadata["a.b': 1}, ('metadata["a.b',), """as in metadata["a.b"] or metadata['a.b']"""),
        ({'metadata["a"]b': 1}, ('metadata["a"]b',), "a name between its dots"),
        ({'metadata.["a"]': 1}, ('metadata.["a"]',), "a name between its dots"),
        ({"metadata[0]": 1}, ("metadata[0]",), "in brackets and quotes"),
        ({'metadata["\\n"]': 1}, ('metadata["\\n"]',), "in brackets and quotes"),
        ({"metadata." + ".".join("a" * 17): 1}, ("metadata." + ".".join("a" * 17),), "16 names at most"),
        ({"metadata.a\0": 1}, ("metadata.a\0",), "NUL"),
        ({"metadata.a": "\ud800"}, ("metadata.a",), "half of a surrogate pair"),
        ({"$nor": []}, ("$nor",), "there is no operator '$nor' here; there are $and, $or and $not"),
        ({"metadata.a": {"$regex": "x"}}, ("metadata.a", "$regex"), "there is no operator '$regex'"),
        ({"metadata.a": {"b": 1}}, ("metadata.a", "b"), "name the path: metadata.a.b"),
        ({"metadata.a": {}}, ("metadata.a",), "names no operator"),
        ({"metadata.a": [1]}, ("metadata.a",), "not a list; $in takes a list"),
        ({"metadata.a": {"$eq": {}}}, ("metadata.a", "$eq"), "not an object"),
        ({"metadata.a": {"$in": 5}}, ("metadata.a", "$in"), "$in takes a list of values, not 5"),
        ({"metadata.a": {"$in": [1, []]}}, ("metadata.a", "$in", 1), "not an empty list"),
        ({"metadata.a": {"$gt": None}}, ("metadata.a", "$gt"), "takes a number or a text, not null"),
        ({"metadata.a": {"$lte": True}}, ("metadata.a", "$lte"), "takes a number or a text, not true"),
        ({"metadata.a": {"$exists": 1}}, ("metadata.a", "$exists"), "$exists takes true or false, not 1"),
        ({"metadata.a": {"$not": 1}}, ("metadata.a", "$not"), "$ne takes a value"),
        ({"$and": []}, ("$and",), "a list of at least one filter, not an empty list"),
        ({"$or": {}}, ("$or",), "a list of at least one filter, not an object"),
        ({"$or": [{"metadata.a": 1}, 5]}, ("$or", 1), "a filter is an object of conditions, not 5"),
        ({"metadata.a": float("nan")}, ("metadata.a",), "must be finite"),
        ({"metadata.a": 10**400}, ("metadata.a",), "within the range of a double"),
        ({"id": 5}, ("id",), "an id is compared with a text"),
        ({"created_at": "yesterday"}, ("created_at",), "is compared with a date or a time"),
        ({"updated_at": {"$gt": 5}}, ("updated_at", "$gt"), "is compared with a date or a time"),
        (nested(MAX_DEPTH + 1), ("$not",) * MAX_DEPTH, "nested 8 deep at most"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(document: object, place: tuple[Any, ...], said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        compile_filter(document, LOCATION)
    assert refused.value.location == LOCATION + place
    assert said in refused.value.message


def test_nesting_counts_within_a_field_too() -> None:
    condition: dict[str, Any] = {"$eq": 1}
    for _ in range(MAX_DEPTH):
        condition = {"$not": condition}
    with pytest.raises(InvalidInputError, match="8 deep"):
        compile_filter({"metadata.a": condition}, LOCATION)


def test_filters_at_their_bounds_run(database: Database) -> None:
    store(database, x={"a": 1})
    assert found(database, nested(MAX_DEPTH)) == set()
    assert found(database, {"$or": [{"metadata.a": i} for i in range(MAX_CONDITIONS)]}) == {"x"}
    assert found(database, {"metadata.a": {"$in": list(range(MAX_CHOICES))}}) == {"x"}
    assert found(database, {"metadata." + ".".join("a" * 16): {"$exists": False}}) == {"x"}
    assert found(database, {"metadata.a": {"$lt": sys.float_info.max, "$gt": -sys.float_info.max}}) == {"x"}
    with pytest.raises(InvalidInputError, match="100 conditions at most"):
        compile_filter({"$or": [{"metadata.a": i} for i in range(MAX_CONDITIONS + 1)]}, LOCATION)
    with pytest.raises(InvalidInputError, match="this list has 101"):
        compile_filter({"metadata.a": {"$in": list(range(MAX_CHOICES + 1))}}, LOCATION)


@pytest.mark.parametrize(
    ("document", "is_served"),
    [
        ({"metadata.a": 1}, True),
        ({"metadata.a": {"$in": [1, 2]}}, True),
        ({"id": "x"}, True),
        ({"id": {"$gte": "x", "$lt": "y"}}, True),
        ({"metadata.a": {"$gt": 1}}, False),
        ({"metadata.a": {"$ne": 1}}, False),
        ({"$not": {"metadata.a": 1}}, False),
        ({"metadata.a": {"$gt": 1}, "metadata.b": "x"}, True),
        ({"$or": [{"metadata.a": 1}, {"metadata.b": 1}]}, True),
        ({"$or": [{"metadata.a": 1}, {"metadata.b": {"$lt": 1}}]}, False),
        ({}, False),
    ],
)
def test_it_is_known_whether_an_index_serves_a_filter(
    database: Database, document: dict[str, Any], is_served: bool
) -> None:
    compiled = compile_filter(document, LOCATION)
    assert compiled.uses_index is is_served
    with database.unit_of_work() as unit:
        plan = explained_by_bitmap(unit.session, select(Vector.id).where(compiled.clause))
    assert ("Index Cond" in plan) is is_served


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"metadata.tags": "b"}, {"list"}),
        ({"metadata.tags": {"$ne": "b"}}, {"text", "null", "none"}),
        ({"metadata.tags": {"$in": ["a", "x"]}}, {"list", "text"}),
        ({"metadata.tags": {"$in": []}}, set()),
        ({"metadata.tags": {"$nin": []}}, {"list", "text", "null", "none"}),
        ({"metadata.tags": None}, {"null"}),
        ({"metadata.tags": {"$exists": True}}, {"list", "text", "null"}),
        ({"metadata.tags": {"$gt": ""}}, {"text"}),
        ({}, {"list", "text", "null", "none"}),
        ({"id": {"$gte": "n"}}, {"none", "null", "text"}),
        ({"id": {"$in": ["list", "unknown"]}}, {"list"}),
    ],
)
def test_lists_null_and_what_is_missing(
    database: Database, document: dict[str, Any], names: set[str]
) -> None:
    store(database, list={"tags": ["a", "b"]}, text={"tags": "a"}, null={"tags": None}, none={})
    assert found(database, document) == names


def test_dates_compare_as_points_in_time_and_only_with_dates(database: Database) -> None:
    store(
        database,
        day={"at": "2025-01-01"},
        noon={"at": "2025-01-01T12:00:00Z"},
        east={"at": "2025-01-02T01:00:00+14:00"},
        west={"at": "2024-12-31T23:00:00-14:00"},
        nanoseconds={"at": "2025-01-01T12:00:00.000000001Z"},
        never={"at": "2025-02-30"},
        word={"at": "2025-01-01 or so"},
        number={"at": 20250101},
    )
    dates = {"day", "noon", "east", "west", "nanoseconds"}
    assert found(database, {"metadata.at": {"$gte": "2025-01-01"}}) == dates
    assert found(database, {"metadata.at": {"$gt": "2025-01-01T11:00:00Z"}}) == {
        "noon",
        "west",
        "nanoseconds",
    }
    assert found(database, {"metadata.at": {"$lt": "2025-01-01T12:00:00"}}) == {"day", "east"}
    assert found(database, {"metadata.at": {"$lte": "2025-01-01T12:00:00Z"}}) == dates - {"west"}
    assert found(database, {"metadata.at": {"$gte": "2025-01-01 "}}) == {
        "never",
        "word",
        "noon",
        "east",
        "nanoseconds",
    }


@pytest.mark.parametrize(
    "noon",
    [
        "2025-01-01T13:00:00+01:00",
        "2025-01-01T13:00:00+0100",
        "2025-01-01T13:00:00+01",
        "2025-01-01T12:00:00+0000",
        "2025-01-01T12:00-00",
        "2025-01-01t12:00:00z",
        "2025-01-01 12:00:00Z",
        "2025-01-01 12:00:00.000",
    ],
)
def test_an_offset_is_one_however_it_is_written(database: Database, noon: str) -> None:
    store(
        database, noon={"at": noon}, other={"at": "2025-01-01T12:00:00Z"}, before={"at": "2025-01-01T11:59"}
    )
    for bound in (noon, "2025-01-01T12:00:00Z"):
        assert found(database, {"metadata.at": {"$gte": bound, "$lte": bound}}) == {"noon", "other"}
    assert found(database, {"created_at": {"$gt": noon}}) == {"noon", "other", "before"}


def test_a_member_with_a_dot_in_its_name_stands_in_brackets(database: Database) -> None:
    store(database, dotted={"a.b": 1}, nested={"a": {"b": 1}}, both={"a": {"b.c": 1}}, empty={"": 1})
    assert found(database, {"metadata.a.b": 1}) == {"nested"}
    assert found(database, {'metadata["a"]["b"]': 1}) == {"nested"}
    for name in ('metadata["a.b"]', "metadata['a.b']"):
        assert found(database, {name: 1}) == {"dotted"}
        assert found(database, {name: {"$gte": 1, "$lt": 2}}) == {"dotted"}
        assert found(database, {name: {"$exists": False}}) == {"nested", "both", "empty"}
    assert found(database, {'metadata.a["b.c"]': {"$in": [1, 2]}}) == {"both"}
    assert found(database, {"metadata['']": 1}) == {"empty"}


@pytest.mark.parametrize("instant", ["0001-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_the_ends_of_the_calendar_can_be_asked_for(database: Database, instant: str) -> None:
    store(database, now={"at": "2025-01-01"})
    later = found(database, {"metadata.at": {"$gt": instant}})
    assert later == ({"now"} if instant.startswith("0001") else set())
    assert found(database, {"created_at": {"$gt": instant}}) == later


def test_the_times_of_a_row_can_be_asked_for(database: Database) -> None:
    store(database, x={})
    with database.unit_of_work() as unit:
        unit.session.execute(
            text("UPDATE vectors SET created_at = :at"),
            {"at": datetime.fromisoformat("2025-06-01T10:00:00Z")},
        )
    assert found(database, {"created_at": "2025-06-01T12:00:00+02:00"}) == {"x"}
    assert found(database, {"created_at": {"$gt": "2025-06-01", "$lt": "2025-06-02"}}) == {"x"}
    assert found(database, {"created_at": {"$lt": "2025-06-01"}}) == set()
    assert found(database, {"updated_at": {"$gt": "2025-06-02"}}) == {"x"}


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE vectors; --", "%(id)s", '"a" = 1', "a' OR '1'='1", "\\", "$ne", ":p", "{}", "💥"]
)
def test_what_looks_like_sql_is_only_a_name_or_a_value(database: Database, name: str) -> None:
    store(database, x={name: name}, y={name: 1}, z={"a": 1})
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    for path in (f"metadata.{name}", f'metadata["{escaped}"]'):
        assert found(database, {path: name}) == {"x"}
        assert found(database, {path: {"$in": [name, 1]}}) == {"x", "y"}
        assert found(database, {path: {"$gte": name}}) == {"x"}
        assert found(database, {path: {"$exists": False}}) == {"z"}


def test_no_name_and_no_value_stands_in_the_sql() -> None:
    document = {"metadata.sesame": {"$gte": "sesame", "$ne": 12345, "$in": ["2025-01-01"]}, "id": "sesame"}
    sql = str(compile_filter(document, LOCATION).clause)
    assert not any(each in sql for each in ("sesame", "12345", "2025"))


def test_a_number_is_compared_in_full(database: Database) -> None:
    store(database, big={"n": 2**63}, text={"n": str(2**63)}, half={"n": 0.5})
    assert found(database, {"metadata.n": {"$gt": 2**63 - 1}}) == {"big"}
    assert found(database, {"metadata.n": {"$gt": 2**63}}) == set()
    assert found(database, {"metadata.n": json.loads("5e-1")}) == {"half"}
