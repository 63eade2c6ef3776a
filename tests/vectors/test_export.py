"""Pages of vectors, by number and by cursor, and all of them as NDJSON."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from app.vectors import listing
from tests.vectors.conftest import Writer, vector


@pytest.fixture
def ten(writer: Writer) -> list[str]:
    """Ten vectors; every second one stands in a context. Their ids in the order of code points."""
    ids = ["A", "a", "b", "c", "d", "e", "f", "g", "é", "\U0001f600"]
    items = [
        vector(name, metadata={"n": n}, contexts=[{"name": "even", "weight": 1}] if n % 2 == 0 else [])
        for n, name in enumerate(ids)
    ]
    writer.store(*reversed(items))
    return ids


def shown(document: dict[str, Any]) -> list[str]:
    """Return the ids of a page."""
    return [each["id"] for each in document["results"]]


def test_pages_have_the_contracts_pagination(writer: Writer, ten: list[str]) -> None:
    document = writer.get("?page=2&size=4").get_json()
    pagination = document["pagination"]
    assert {name: pagination[name] for name in ("page", "size", "total", "pages")} == {
        "page": 2,
        "size": 4,
        "total": 10,
        "pages": 3,
    }
    assert shown(document) == ten[4:8]
    assert shown(writer.get("?page=9&size=4").get_json()) == []


def test_an_empty_store_has_no_pages(writer: Writer) -> None:
    pagination = writer.get().get_json()["pagination"]
    assert (pagination["total"], pagination["pages"], pagination["next_cursor"]) == (0, 0, None)


def test_cursors_lead_through_all_of_them(writer: Writer, ten: list[str]) -> None:
    document, seen = writer.get("?size=3").get_json(), []
    while True:
        seen += shown(document)
        cursor = document["pagination"]["next_cursor"]
        if cursor is None:
            break
        document = writer.get(query_string={"size": 3, "cursor": cursor}).get_json()
        assert document["pagination"]["total"] is None
    assert seen == ten


def test_filters_and_contexts_narrow_the_list(writer: Writer, ten: list[str]) -> None:
    query = {"filter": '{"metadata.n": {"$gte": 3}}', "context": "even", "size": 2}
    document = writer.get(query_string=query).get_json()
    assert (shown(document), document["pagination"]["total"]) == ([ten[4], ten[6]], 3)
    last = writer.get(query_string={**query, "cursor": document["pagination"]["next_cursor"]}).get_json()
    assert shown(last) == [ten[8]]


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"size": 0},
        {"size": 201},
        {"page": 100_001, "size": 1},
        {"cursor": "///"},
        {"cursor": "Lw"},
        {"cursor": "x" * 4_001},
        {"cursor": "YQ", "page": 2},
        {"filter": "{"},
        {"filter": "[]"},
        {"filter": '{"metadata.n": {"$near": 1}}'},
        {"filter": '{"metadata.n": "\\ud800"}'},
        {"id": "a", "page": 2},
        {"ids": ",".join(str(n) for n in range(1_001))},
        {"include_vector": "maybe"},
        {"sort": "id"},
    ],
)
def test_a_list_that_makes_no_sense_is_refused(writer: Writer, query: dict[str, Any]) -> None:
    assert writer.get(query_string=query).status_code == 400


def test_an_export_has_a_line_a_vector(
    writer: Writer, ten: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for chunk in (1, 5, 10, 11):
        monkeypatch.setattr(listing, "EXPORT_CHUNK", chunk)
        response = writer.get("/export")
        lines = [msgspec.json.decode(line) for line in response.get_data().splitlines()]
        assert response.mimetype == "application/x-ndjson"
        assert [line["id"] for line in lines] == ten
        assert set(lines[0]) == {"id", "vector", "contexts", "coherence_time_ms", "metadata"}


def test_an_export_is_narrowed_as_a_list_is(writer: Writer, ten: list[str]) -> None:
    query = {"filter": '{"metadata.n": {"$lt": 3}}', "context": "even", "include_vector": "false"}
    lines = writer.get("/export", query_string=query).get_data().splitlines()
    documents = [msgspec.json.decode(line) for line in lines]
    assert [each["id"] for each in documents] == [ten[0], ten[2]]
    assert all("vector" not in each for each in documents)
    assert writer.get("/export", query_string={"filter": "{"}).status_code == 400


def test_what_is_inserted_meanwhile_disturbs_no_cursor(writer: Writer, ten: list[str]) -> None:
    first = writer.get("?size=5").get_json()
    writer.store(vector("0"), vector("dd"))
    second = writer.get(query_string={"cursor": first["pagination"]["next_cursor"]}).get_json()
    assert shown(first) + shown(second) == [*ten[:5], "dd", *ten[5:]]
    assert all(before < after for before, after in pairwise(shown(second)))
