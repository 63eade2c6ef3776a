"""Ids that stand in paths, and those that cannot; reads by a body where a URL would be too long."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests
from flask import Flask
from sqlalchemy import insert
from urllib3.util import parse_url

from app.database import Database
from app.models import Vector
from app.vectors.limits import MAX_PAGE_VECTORS, MAX_READ_VECTORS, ROUTE_NAMES
from tests.vectors.conftest import VECTORS, Writer, vector

ODD = [
    *(
        "ü ?#%",
        "a,b",
        "x" * 256,
        "'; DROP TABLE vectors",
        "...",
        ".a",
        "%2e",
        "%2e%2e",
        "%2F",
        "\\",
        "..\\..",
    ),
    *(
        " a ",
        "+",
        "&",
        ";",
        "a;b=c",
        ":",
        '"',
        "<>",
        "|",
        "^",
        "[x]",
        "{}",
        "~",
        "*",
        "\u2028",
        "\ufeff",
        "．．",
        "💥",
    ),
    *("Export", "exports", "read "),
]
"""Characters that clients escape in a path, so that these ids can be asked for."""

IMPOSSIBLE = [".", "..", *ROUTE_NAMES]


def test_odd_ids_are_kept_and_found_by_their_path(writer: Writer) -> None:
    for vector_id in ODD:
        response = writer.post(json=vector(vector_id))
        assert response.status_code == 201, vector_id
        path = response.headers["Location"]
        assert path == f"{VECTORS}/{quote(vector_id, safe='')}"
        assert writer.client.get(path, headers=writer.headers).get_json()["id"] == vector_id
        assert writer.client.delete(path, headers=writer.headers).status_code == 200


def test_clients_send_every_path_but_those_of_dots_as_it_is() -> None:
    def sent(vector_id: str) -> str:
        path = requests.Request("GET", f"http://x{VECTORS}/{vector_id}").prepare().path_url
        return str(parse_url(f"http://x{path}").request_uri)

    for vector_id in ODD:
        assert sent(quote(vector_id, safe="")) == f"{VECTORS}/{quote(vector_id, safe='')}"
    assert {sent(dot) for dot in (".", "%2E", "%2e")} == {f"{VECTORS}/"}
    assert {sent(dots) for dots in ("..", "%2E%2e", ".%2e")} == {"/v2/"}


@pytest.mark.parametrize("vector_id", IMPOSSIBLE)
def test_an_id_that_no_path_can_name_is_refused_wherever_it_comes_in(writer: Writer, vector_id: str) -> None:
    given = vector(vector_id)
    for response in (
        writer.post(json=given),
        writer.post("?upsert=true", json=given),
        writer.post("/batch", json={"vectors": [vector("good"), given]}),
    ):
        assert response.status_code == 400
        assert "id must" in response.get_json()["detail"]
    assert writer.ids() == []
    partly = writer.post("/batch", json={"vectors": [vector("good"), given], "transaction": False})
    assert [item["status"] for item in partly.get_json()["results"]] == ["inserted", "failed"]


def test_the_names_of_the_routes_are_all_refused(app: Flask) -> None:
    rules = [rule.rule.removeprefix(f"{VECTORS}/") for rule in app.url_map.iter_rules()]
    assert {rule for rule in rules if "<" not in rule and "/" not in rule} == set(ROUTE_NAMES)


def test_a_group_can_have_the_name_of_a_route_and_no_dots(writer: Writer) -> None:
    def make(group_id: str) -> Any:
        body = {"group_id": group_id, "entity_ids": ["a", "b"], "correlation_strength": 0.5}
        return writer.client.post("/v2/entanglement/groups", json=body, headers=writer.headers)

    for dots in (".", ".."):
        assert (make(dots).status_code, "clients resolve" in make(dots).get_json()["detail"]) == (400, True)
    assert make("export").status_code != 400


@pytest.mark.parametrize("vector_id", ["..", "export"])
def test_what_was_stored_under_such_an_id_is_read_and_deleted_by_a_body(
    writer: Writer, database: Database, vector_id: str
) -> None:
    writer.store(vector("z"))
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Vector).values(id=vector_id, embedding="[1,2,3]", meta={}))
    read = writer.post("/read", json={"ids": [vector_id, "x"]}).get_json()
    assert ([each["id"] for each in read["results"]], read["missing"]) == ([vector_id], ["x"])
    page = writer.post("/read", json={"size": 1}).get_json()
    after = writer.post("/read", json={"cursor": page["pagination"]["next_cursor"]}).get_json()
    assert [each["id"] for each in (*page["results"], *after["results"])] == [vector_id, "z"]
    exported = writer.post("/export", json={"filter": {"id": vector_id}}).get_data()
    assert json.loads(exported)["id"] == vector_id
    deleted = writer.post("/delete", json={"ids": [vector_id]}).get_json()
    assert deleted == {"deleted": 1, "missing": []}
    assert writer.ids() == ["z"]


def test_a_body_reads_what_a_query_string_reads(writer: Writer) -> None:
    contexts = [{"name": "a", "weight": 1}]
    writer.store(*(vector(f"v{n}", metadata={"n": n}, contexts=contexts[: n % 2]) for n in range(6)))
    odd = {"metadata.n": {"$gte": 1}}
    for query, body in (
        ({}, {}),
        ({"ids": "v3,x,v1"}, {"ids": ["v3", "x", "v1"]}),
        ({"ids": "v3", "page": 1}, {"ids": ["v3"], "page": 1}),
        ({"id": ["v1", "v0"], "include_vector": "false"}, {"ids": ["v1", "v0"], "include_vector": False}),
        ({"page": 2, "size": 2}, {"page": 2, "size": 2}),
        ({"filter": json.dumps(odd), "context": "a", "size": 2}, {"filter": odd, "context": "a", "size": 2}),
    ):
        assert writer.post("/read", json=body).get_json() == writer.get(query_string=query).get_json()
    for query, body in (
        ({}, {}),
        ({"filter": json.dumps(odd), "context": "a"}, {"filter": odd, "context": "a"}),
        ({"include_vector": "false"}, {"include_vector": False}),
    ):
        exported = writer.post("/export", json=body)
        assert exported.mimetype == "application/x-ndjson"
        assert exported.get_data() == writer.get("/export", query_string=query).get_data()


def test_as_many_uuids_as_may_be_are_read_by_a_body(writer: Writer) -> None:
    ids = [str(uuid4()) for _ in range(MAX_READ_VECTORS)]
    writer.store(*(vector(each) for each in ids))
    version = writer.version()
    response = writer.post("/read", json={"ids": ids, "include_vector": False}).get_json()
    assert ([each["id"] for each in response["results"]], response["missing"]) == (ids, [])
    assert writer.version() == version
    assert "max_read_vectors" in writer.post("/read", json={"ids": [*ids, "x"]}).get_json()["detail"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"ids": ["a"], "filter": {}}, ["body", "filter"]),
        ({"ids": ["a"], "page": 2}, ["body", "page"]),
        ({"ids": []}, []),
        ({"ids": [1]}, ["body", "ids", 0]),
        ({"size": MAX_PAGE_VECTORS + 1}, ["body", "size"]),
        ({"page": 0}, ["body", "page"]),
        ({"page": 10**6}, ["body", "page"]),
        ({"page": 1, "cursor": "x"}, ["body", "cursor"]),
        ({"cursor": "?"}, ["body", "cursor"]),
        ({"filter": {"n": 1}}, ["body", "filter", "n"]),
        ({"filter": "{}"}, ["body", "filter"]),
        ({"id": "a"}, ["body"]),
    ],
)
def test_what_reads_nothing_is_refused_with_its_place(
    writer: Writer, body: dict[str, Any], place: list[str]
) -> None:
    response = writer.post("/read", json=body)
    assert response.status_code == 400
    assert [each["loc"] for each in response.get_json().get("errors", [{"loc": []}])] == [place]
